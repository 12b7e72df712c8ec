from pathlib import Path

import pytest
import torch

from segan_cli.errors import UsageError
from segan_cli.training.starting_point import generator_weights


def test_a_shipped_style_is_a_starting_point_by_name_by_number_and_by_folder() -> None:
    by_name = generator_weights(Path("kouzan-mouhitsu"))
    for place in ("1", Path(__file__).parents[2] / "models" / "six-hands"):
        other = generator_weights(Path(place))
        assert by_name.keys() == other.keys()
        assert all(torch.equal(by_name[name], other[name]) for name in by_name)


def test_an_unknown_starting_point_is_named_with_the_nearest_style() -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        generator_weights(Path("kouzan-mouhitu"))
