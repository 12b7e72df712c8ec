from pathlib import Path

import pytest
import torch

from segan_cli.errors import UsageError
from segan_cli.training.run.starting_point import check_start, generator_weights


def test_a_shipped_style_is_a_starting_point_by_name_by_number_and_by_folder() -> None:
    by_name = generator_weights(Path("kouzan-mouhitsu"))
    for place in ("1", Path(__file__).parents[2] / "models" / "six-hands"):
        other = generator_weights(Path(place))
        assert by_name.keys() == other.keys()
        assert all(torch.equal(by_name[name], other[name]) for name in by_name)


def test_an_unknown_starting_point_is_named_with_the_nearest_style() -> None:
    with pytest.raises(UsageError, match="Did you mean"):
        generator_weights(Path("kouzan-mouhitu"))


def test_a_folder_without_weights_does_not_hide_the_style_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kouzan-gyosho").mkdir()
    (tmp_path / "kouzan-gyosho" / "manifest.json").write_text('{"format": "segan hand 1"}')
    monkeypatch.chdir(tmp_path)
    check_start(Path("kouzan-gyosho"))
    assert generator_weights(Path("kouzan-gyosho")).keys() == generator_weights(Path("2")).keys()
    (tmp_path / "mine").mkdir()
    with pytest.raises(UsageError, match="holds no trained weights"):
        check_start(Path("mine"))
