from dataclasses import dataclass
from pathlib import Path

import pytest

from segan_cli.config import from_layers, from_mapping, read_toml, setting
from segan_cli.errors import UsageError


@dataclass(frozen=True)
class Brush:
    width: float = setting(2.0, "Stroke width in units.", low=0.5, high=10)
    ink: str = setting("sumi", "Kind of ink.", choices=("sumi", "vermilion"))
    hairs: int = setting(100, "Number of hairs.", low=1)
    sizes: tuple[int, ...] = setting((1, 2), "Sizes.")
    maker: str | None = setting(None, "Who made it.")
    wet: bool = setting(False, "Soaked.")


def test_a_flag_beats_the_file_and_the_file_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "brush.toml"
    file.write_text('width = 3\nink = "vermilion"\nsizes = [4, 5]\n')
    brush = from_layers(Brush, read_toml(file), {"width": 4.0, "hairs": None})
    assert brush == Brush(width=4.0, ink="vermilion", hairs=100, sizes=(4, 5))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"widht": 1}, ["widht", "Did you mean 'width'?"]),
        ({"width": 11}, ["width is 11", "between 0.5 and 10"]),
        ({"width": float("nan")}, ["between 0.5 and 10"]),
        ({"hairs": 0}, ["hairs is 0", "at or above 1"]),
        ({"hairs": True}, ["hairs is True", "a whole number"]),
        ({"hairs": 1.5}, ["a whole number"]),
        ({"wet": 1}, ["true or false"]),
        ({"ink": "vermillion"}, ["one of sumi, vermilion", "Did you mean 'vermilion'?"]),
        ({"maker": 3}, ["maker is 3"]),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(values: dict[str, object], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        from_mapping(Brush, values, where="brush.toml")
    assert all(word in str(caught.value) for word in ["brush.toml", *words])


@pytest.mark.parametrize("content", [b"width = ", b"\xff\xfe\x00"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "brush.toml"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"brush\.toml"):
        read_toml(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.toml cannot be read: No such file or directory\.$"):
        read_toml(tmp_path / "absent.toml")
