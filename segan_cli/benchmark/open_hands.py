"""The open benchmark: hands, held-out characters and metrics that anyone can have, fixed by hashes in `open.toml`.

Fonts come from Debian's and npm's packages. What a person gets is a folder of written glyphs for each hand to learn from,
the source glyphs of its test characters, and a command that scores a folder of pictures. The written glyphs of the test
characters lie beside them for scoring; who trains on them has measured nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from segan_cli.config import from_mapping
from segan_cli.errors import SeganError, UsageError, did_you_mean
from segan_cli.evaluation.evaluate import choose_chars
from segan_cli.files.documents import parse_toml, read_json
from segan_cli.files.writing import make_folder, written_beside
from segan_cli.glyph import Frame
from segan_cli.source.charset import parse_charset
from segan_cli.source.font_search import font_folders
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.hand_font import HandGlyphs, han_of, hand_glyphs
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.source.split import part_of

TEST_LIST = "test.txt"
WRITTEN, SOURCE, TEST = "written", "source", "test"

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class OpenFont:
    """A font of the benchmark.

    Args:
        package: what brings it, `NAME` or `NAME@VERSION`.
        registry: "debian" or "npm".
        sha256: of the file; of a package of web font parts, of their hashes in the order of their names.
        license: of the font.
        file: its file's name; empty for a package of parts.
        name: the hand's name; empty for the source.
        family: the family; empty for a hand.
        script: the kind of writing.
        chars: the characters taken, as `--chars` takes them; empty takes all Han of the font.
        test_sha256: of the test characters in code point order, as UTF-8.
    """

    package: str
    registry: str
    sha256: str
    license: str
    file: str = ""
    name: str = ""
    family: str = ""
    script: str = ""
    chars: str = ""
    test_sha256: str = ""

    @property
    def install(self) -> str:
        """The command that brings it."""
        return f"apt install {self.package}" if self.registry == "debian" else f"npm install {self.package}"


@dataclass(frozen=True, slots=True)
class OpenRecogniser:
    """The recogniser that content accuracy is measured with: its name, its package, and its file's SHA-256."""

    name: str
    package: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OpenBenchmark:
    """Everything that `open.toml` fixes; its comments say what each value is."""

    version: int
    split_seed: int
    count: int
    train_px: int
    pictures_px: int
    learned: int
    recogniser: OpenRecogniser
    source: OpenFont
    hand: tuple[OpenFont, ...]

    def hand_named(self, name: str) -> OpenFont:
        """One of the hands.

        Raises:
            UsageError: there is no hand of that name.
        """
        names = [hand.name for hand in self.hand]
        if name not in names:
            raise UsageError(
                f"The open benchmark has no hand {name!r}.{did_you_mean(name, names)} Its hands: {', '.join(names)}."
            )
        return self.hand[names.index(name)]


@dataclass(frozen=True)
class PreparedHand:
    """A hand as the benchmark takes it.

    Args:
        font: what it is.
        glyphs: the font's own glyphs of the characters taken.
        train: the characters that a method may see, in code point order: all that the split does not hold out for tests.
        test: the test characters.
    """

    font: OpenFont
    glyphs: HandGlyphs
    train: tuple[str, ...]
    test: tuple[str, ...]


def read_open_benchmark() -> OpenBenchmark:
    """The benchmark that this version of the program holds."""
    text = files("segan_cli.benchmark").joinpath("open.toml").read_text(encoding="utf-8")
    return from_mapping(OpenBenchmark, parse_toml(text, "open.toml"), where="open.toml")


def find_fonts(wanted: Sequence[OpenFont], places: Sequence[Path]) -> dict[str, SourceFont]:
    """The fonts by their SHA-256, from the places named and where this system keeps fonts.

    Args:
        wanted: the fonts.
        places: folders to look in first: one with `node_modules/`, or one of font files.

    Raises:
        UsageError: fonts are not there, or are of another version; the message has the commands that bring them.
    """
    found, wrong = {}, []
    for font in wanted:
        opened = [open_source_font(path) for path in _candidates(font, [*places, *font_folders()])]
        right = next((one for one in opened if one.sha256 == font.sha256), None)
        if right is not None:
            found[font.sha256] = right
        else:
            other = f" (another version is at {opened[0].path})" if opened else ""
            wrong.append(f"{font.name or font.family}: {font.install}{other}")
    if wrong:
        raise UsageError(
            f"{len(wrong)} of {len(wanted)} fonts are not here; bring them, and name the folder of npm's node_modules with "
            "--fonts. " + "; ".join(wrong)
        )
    return found


def prepare_hand(benchmark: OpenBenchmark, hand: OpenFont, font: SourceFont, advance: Advance) -> PreparedHand:
    """A hand's own glyphs and its test characters.

    Raises:
        SeganError: this program comes to other test characters than the benchmark fixes.
    """
    wanted = parse_charset(hand.chars) if hand.chars else han_of(font)
    glyphs = hand_glyphs(font, wanted, Frame(benchmark.train_px), advance)
    held_out = [char for char in glyphs.chars if part_of(char, benchmark.split_seed) == "test"]
    test = choose_chars(held_out, held_out, benchmark.count, seed=benchmark.split_seed)
    if hashlib.sha256("".join(test).encode()).hexdigest() != hand.test_sha256:
        raise SeganError(
            f"{hand.name}: this program comes to other test characters than version {benchmark.version} of the open benchmark "
            "fixes. Use the version of segan that this benchmark belongs to."
        )
    train = tuple(char for char in glyphs.chars if part_of(char, benchmark.split_seed) != "test")
    return PreparedHand(hand, glyphs, train, test)


def write_hand_task(prepared: PreparedHand, source: SourceFont, out: Path, advance: Advance) -> Path:
    """Write what a method may learn from and has to draw.

    Args:
        prepared: the hand.
        source: the source font.
        out: the benchmark's folder; the hand gets one of its own there.
        advance: told how many pictures are written since its last call.

    Returns:
        The hand's folder: `written/` (glyphs to learn from), `source/` (the test characters in the source font), `test/` (the
        same by the hand, to be measured against) and `test.txt`.
    """
    folder, hand = out / prepared.font.name, prepared.glyphs.font
    for name, font, chars in (
        (WRITTEN, hand, prepared.train),
        (SOURCE, source, prepared.test),
        (TEST, hand, prepared.test),
    ):
        make_folder(folder / name)
        write_frame(prepared.glyphs.frame, folder / name)
        for char in chars:
            if font.has(char):
                write_glyph(render_glyph(font, char, prepared.glyphs.frame, overflow="inside"), folder / name)
            advance(1)
    with written_beside(folder / TEST_LIST) as beside:
        beside.write_text("".join(prepared.test) + "\n", encoding="utf-8", errors="replace")
    return folder


def _candidates(font: OpenFont, places: Iterable[Path]) -> Iterator[Path]:
    """Files or folders that may be the font."""
    package = font.package.rpartition("@")[0] or font.package
    for place in places:
        if font.registry == "npm":
            folders = (place / "node_modules" / package, place / package, place / package.rpartition("/")[2], place)
            yield from (one for one in folders if _is_package(one, package))
        elif place.is_dir():
            yield from sorted(place.rglob(font.file))


def _is_package(folder: Path, package: str) -> bool:
    """Whether a folder is this npm package; the folder that npm was typed in has a package.json, too."""
    try:
        record = read_json(folder / "package.json")
    except (OSError, UsageError):
        return False
    return isinstance(record, dict) and record.get("name") == package
