"""A short slice of the campaign: what once went wrong, a few damaged inputs of each reader, and the harness itself."""

from __future__ import annotations

import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.robustness import fuzz, mutations, seeds
from tests.robustness.readers import READERS, Reader

FINE = (fuzz.READ, fuzz.SENTENCE)
SLICE = 3
"""Damaged inputs of each reader; the campaign takes hundreds."""


def slug(reader: str) -> str:
    """A reader's name as files have it."""
    return re.sub(r"[^a-z0-9]+", "-", reader.lower())


BY_SLUG = {slug(name): reader for name, reader in READERS.items()}


@pytest.fixture(autouse=True, scope="module")
def kept_fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(seeds.FONTS_VARIABLE, str(tmp_path_factory.mktemp("fonts")))
        yield


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", sorted(fuzz.CORPUS.iterdir()), ids=lambda file: file.name)
def test_what_once_went_wrong_is_a_value_or_one_sentence(file: Path, tmp_path: Path) -> None:
    reader, folder = BY_SLUG[file.name.split(".")[0]], tmp_path / "work"
    folder.mkdir()
    reader.build(folder).write_bytes(file.read_bytes())
    verdict, said = fuzz.verdict_of(reader, folder)
    assert verdict in FINE, said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_a_value_or_one_sentence(name: str, tmp_path: Path) -> None:
    for number in range(1, SLICE + 1):
        folder = tmp_path / str(number) / "work"
        folder.mkdir(parents=True)
        target = READERS[name].build(folder)
        target.write_bytes(fuzz.damaged(name, target.read_bytes(), 1, number))
        verdict, said = fuzz.verdict_of(READERS[name], folder)
        assert verdict in FINE, said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name",
    [
        *("picture.png", "journal", "source pack", "archive, read", "font.toml", "proof of .ttf, page", "sheet file"),
        *("corners", "scan.json", "scanned cell", "review, decisions", "font to extend.ttf", "font to extend.otf"),
        *("font to extend.ttc", "reviewed.json"),
    ],
)
def test_the_sound_files_are_read(name: str, tmp_path: Path) -> None:
    READERS[name].build(tmp_path)
    assert READERS[name].read(tmp_path)


def test_the_same_seed_makes_the_same_damage(tmp_path: Path) -> None:
    seeds.archive(tmp_path / "a.zip")
    for data in ((tmp_path / "a.zip").read_bytes(), seeds.drawn_report().encode(), seeds.picture(".png")):
        damaged = [mutations.mutated(data, random.Random(number)) for number in range(20)]
        assert damaged == [mutations.mutated(data, random.Random(number)) for number in range(20)]
        assert len(set(damaged)) > 15
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert len(archive.namelist()) == 7


@pytest.mark.parametrize(
    ("planted", "verdict"),
    [
        ("raise KeyError('format')", "traceback"),
        ("(folder.parent / 'escaped').touch()", "wrote outside its folder"),
        ("raise SeganError('')", "no sentence"),
        ("raise SeganError('a.json is damaged.')", fuzz.SENTENCE),
        ("raise SeganError(f'{folder}/a.json is damaged: {folder}/a.json: it is not JSON.')", "names a file twice"),
        ("return 3", fuzz.READ),
    ],
)
def test_the_harness_sees_a_planted_fault(planted: str, verdict: str, tmp_path: Path) -> None:
    scope: dict[str, object] = {}
    exec(f"from segan_cli.errors import SeganError\ndef read(folder):\n    {planted}", scope)
    (tmp_path / "work").mkdir()
    reader = Reader(lambda folder: folder, scope["read"])  # type: ignore[arg-type]
    assert fuzz.verdict_of(reader, tmp_path / "work")[0] == verdict


def test_the_command_counts_and_ends_well(tmp_path: Path) -> None:
    words = ["-m", "tests.robustness.fuzz", "--only", "frame.json", "--inputs", "6", "--found", str(tmp_path / "found")]
    done = subprocess.run([sys.executable, *words], cwd=fuzz.ROOT, capture_output=True, text=True, check=True)
    assert "| frame.json | 6 |" in done.stdout and "6 inputs" in done.stdout and not (tmp_path / "found").exists()
