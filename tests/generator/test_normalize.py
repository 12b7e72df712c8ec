import numpy as np
import pytest

from segan_cli.generator.manifest import NetworkRange
from segan_cli.generator.normalize import to_ink, to_network


@pytest.mark.parametrize(
    "values", [NetworkRange(), NetworkRange(ink=0.0, paper=1.0), NetworkRange(ink=-1.0, paper=1.0)]
)
def test_ink_comes_back_as_it_was(values: NetworkRange) -> None:
    ink = np.random.default_rng(1).random((3, 16, 16), np.float32)
    batch = to_network(list(ink), values)
    assert batch.shape == (3, 1, 16, 16) and batch.dtype == np.float32
    np.testing.assert_allclose(to_ink(batch, values), ink, atol=1e-6)


def test_full_ink_is_the_networks_ink() -> None:
    batch = to_network([np.ones((8, 8), np.float32), np.zeros((8, 8), np.float32)], NetworkRange())
    assert batch[0].min() == 1 and batch[1].max() == -1


def test_drawn_values_beyond_the_range_are_cut() -> None:
    assert to_ink(np.array([[[[3.0, -3.0]]]], np.float32), NetworkRange()).tolist() == [[[1.0, 0.0]]]
