"""The run folder, which explains itself: configuration, environment, split, figures, sheets, checkpoints."""

from __future__ import annotations

import json
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segan_cli import __version__
from segan_cli.config import from_mapping
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import cause_of, parse_json, read_json
from segan_cli.files.plain import open_to_append, read_plain
from segan_cli.files.writing import make_folder, write_json, written_beside
from segan_cli.glyph import Placement
from segan_cli.training.data.dataset import HandPairs, SourceName
from segan_cli.training.loop.checkpoint import BEST
from segan_cli.training.loop.precision import has_bfloat16
from segan_cli.training.run.sheet import write_sheet
from segan_cli.training.settings import TrainSettings, load_train_settings, settings_toml

CONFIG, ENVIRONMENT, SPLIT, METRICS = "config.toml", "environment.json", "split.json", "metrics.jsonl"
REVIEWED = "reviewed"
"""A folder for each hand that learns from a review, in it what the run put by of each drawn folder."""


@dataclass(frozen=True, slots=True)
class _SplitStyle:
    name: str
    folder: str
    key: str
    placement: Placement
    train: str
    dev: str
    test: str
    reviewed: tuple[str, ...] = ()
    corrected: str = ""


@dataclass(frozen=True, slots=True)
class _Split:
    """What `split.json` must hold; whatever else is in it is let be."""

    split_seed: int
    source_font: SourceName
    styles: tuple[_SplitStyle, ...]
    init: str | None = None
    skeleton_generator: str | None = None


class RunFolder:
    """The files of one run.

    Args:
        path: the folder; `create` fills it, `open` finds it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.samples = path / "samples"
        self.events = path / "events"

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """An existing run.

        Raises:
            UsageError: there is none.
        """
        if not is_run(path):
            raise UsageError(
                f"{path} is no training run: it has no {CONFIG} and {SPLIT}. Train one: segan train GLYPHS --out {path}"
            )
        return cls(path)

    @classmethod
    def create(
        cls,
        path: Path,
        settings: TrainSettings,
        hands: Sequence[HandPairs],
        folders: Sequence[Path],
        more: Mapping[str, Any],
    ) -> RunFolder:
        """Begin a run.

        Args:
            path: made if it is not there; must not hold a run.
            settings: resolved.
            hands: the pairs, in the order of the style index.
            folders: the glyph folder of each.
            more: what else `split.json` keeps (SG's hash, where the weights came from).

        Raises:
            UsageError: there is a run already.
        """
        if is_run(path):
            raise UsageError(
                f"{path} holds a run already. Go on with it: segan train --resume --out {path}; or choose another --out."
            )
        if any((path / "checkpoints").glob("*.safetensors")):
            raise UsageError(
                f"{path} holds checkpoints of a run without its {CONFIG} or {SPLIT}. Begin from their weights in another place: "
                f"--init {path}/checkpoints/{BEST} --out OTHER"
            )
        make_folder(path)
        run = cls(path)
        for folder in (run.checkpoints, run.samples, run.events):
            make_folder(folder)
        run.write_settings(settings)
        write_json(path / ENVIRONMENT, environment())
        for hand in hands:
            for number, place in enumerate(hand.reviewed):
                shutil.copytree(place, path / _reviewed_place(hand.name, number), dirs_exist_ok=True)
        write_json(path / SPLIT, split_record(settings, hands, folders, more))
        return run

    def settings(self) -> TrainSettings:
        """The resolved configuration."""
        return load_train_settings(str(self.path / CONFIG))

    def write_settings(self, settings: TrainSettings) -> None:
        """Write the configuration (again, when a resumed run is given more time)."""
        with written_beside(self.path / CONFIG) as beside:
            beside.write_text(settings_toml(settings), encoding="utf-8", errors="replace")

    def split(self) -> dict[str, Any]:
        """What `split.json` says.

        Raises:
            UsageError: it is damaged.
        """
        file = self.path / SPLIT
        try:
            record: dict[str, Any] = read_json(file)
            read = from_mapping(_Split, record, where=str(file), name="the split", others_may_be=True)
        except (OSError, UsageError) as error:
            raise UsageError(f"{file} is damaged: {cause_of(error, file)}.") from error
        for style, checked in zip(record["styles"], read.styles, strict=True):
            style["placement"] = asdict(checked.placement)
        return record

    def check_unchanged(self, hands: Sequence[HandPairs]) -> None:
        """Refuse to go on with other glyphs than the run began with.

        Raises:
            SeganError: a glyph folder or the source font changed since, with what to do.
        """
        for record, hand in zip(self.split()["styles"], hands, strict=True):
            if record["key"] != hand.key:
                before, now = set(record["train"] + record["dev"] + record["test"]), set(hand.chars)
                raise SeganError(
                    f"The glyphs of {hand.name} (or the source font) changed since the run began: {len(now - before)} are new, "
                    f"{len(before - now)} are gone. Put them back, or begin a new run from this one: --init {self.path} --out OTHER"
                )

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Add one line to `metrics.jsonl`."""
        line = json.dumps({"step": step, **{key: round(value, 6) for key, value in values.items()}}) + "\n"
        with open_to_append(self.path / METRICS) as file:
            file.write(line.encode())

    def keep_sheet(self, step: int, sheet: Tensor) -> None:
        """Write a step's picture sheet, (height, width) grey in [0, 1]."""
        write_sheet(self.samples / f"sheet-{step:08d}.png", sheet)

    def forget_after(self, step: int) -> None:
        """Drop the lines of steps that a resumed run does again."""
        path = self.path / METRICS
        if not path.is_file():
            return
        kept = [line for line in read_plain(path).decode("utf-8", "replace").splitlines() if _step_of(line) <= step]
        with written_beside(path) as beside:
            beside.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8", errors="replace")


def is_run(path: Path) -> bool:
    """Whether a run was begun there; its last file, `split.json`, says so."""
    return (path / CONFIG).is_file() and (path / SPLIT).is_file()


def environment() -> dict[str, Any]:
    """What the run ran on: versions, processor, devices, the call."""
    cuda = torch.cuda.is_available()
    return {
        "segan": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
        "threads": torch.get_num_threads(),
        "devices": [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())] if cuda else [],
        "bfloat16": [name for name in ("cpu", "cuda")[: 1 + cuda] if has_bfloat16(torch.device(name))],
        "call": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def split_record(
    settings: TrainSettings,
    hands: Sequence[HandPairs],
    folders: Sequence[Path],
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """What `split.json` keeps: the source font, and per style its folder, key, placement and characters by part."""
    styles = []
    for hand, folder in zip(hands, folders, strict=True):
        parts: dict[str, str] = {"train": "", "dev": "", "test": ""}
        for char in hand.chars:
            parts[hand.part(char, settings.data.split_seed)] += char
        placement = asdict(hand.placement)
        record = {"name": hand.name, "folder": str(folder), "key": hand.key, "placement": placement, **parts}
        if hand.reviewed:
            record["reviewed"] = [_reviewed_place(hand.name, number) for number in range(len(hand.reviewed))]
            record["corrected"] = "".join(hand.corrected)
        styles.append(record)
    return {"split_seed": settings.data.split_seed, "source_font": asdict(hands[0].source), "styles": styles, **more}


def _reviewed_place(name: str, number: int) -> str:
    """Where a run keeps what it put by of a hand's review, from its folder on."""
    return f"{REVIEWED}/{name}-{number + 1}"


def _step_of(line: str) -> int:
    try:
        return int(parse_json(line, METRICS)["step"])
    except (ValueError, KeyError, TypeError, UsageError):
        return 1 << 62
