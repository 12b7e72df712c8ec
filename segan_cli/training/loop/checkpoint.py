"""Checkpoints: one safetensors file each, hashed, written beside and renamed; nothing in them can be executed."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import cause_of, parse_json
from segan_cli.files.plain import check_plain, read_plain
from segan_cli.files.writing import hidden_prefix, written_beside

log = logging.getLogger(__name__)

FORMAT = "segan checkpoint 1"
BEST = "best.safetensors"
KEPT = 2
"""Checkpoints of the last steps that stay, beside the best one: if the newest is torn, the one before serves."""


class CheckpointError(SeganError):
    """A checkpoint is damaged, foreign, or of another version."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint holds.

    Args:
        tensors: every tensor by its dotted name, on the CPU.
        metadata: plain values: step, samples seen, elapsed seconds, best score …
        path: where it was read.
    """

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, Any]
    path: Path

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The tensors below `prefix.`, without it."""
        start = f"{prefix}."
        return {name[len(start) :]: tensor for name, tensor in self.tensors.items() if name.startswith(start)}


def write_checkpoint(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> None:
    """Write a checkpoint; it appears whole or not at all.

    Args:
        path: its place.
        tensors: by dotted name.
        metadata: plain JSON values.

    Raises:
        OSError: the disk is full, or the folder is not ours to write.
    """
    from safetensors.torch import save

    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    data = save(plain, {"format": FORMAT, "metadata": json.dumps(dict(metadata)), "sha256": _digest(plain)})
    with written_beside(path) as beside, beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_checkpoint(path: Path) -> Checkpoint:
    """Read and verify a checkpoint.

    Raises:
        CheckpointError: not there, torn, changed, of another version, or no safetensors file at all (a pickle is never opened).
    """
    from safetensors import safe_open

    try:
        check_plain(path)
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 – not a mapping
    except Exception as error:  # of a damaged header safetensors raises of several kinds
        raise CheckpointError(
            f"{path} is not a whole checkpoint ({cause_of(error, path)}). Only safetensors files are read: nothing in them can be executed."
        ) from error
    if header.get("format") != FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of this version (its format: {header.get('format')!r}).")
    if _digest(tensors) != header.get("sha256"):
        raise CheckpointError(f"{path} was changed after it was written: its SHA-256 differs.")
    try:
        metadata = parse_json(
            header.get("metadata") or header.get("words", ""), "its metadata"
        )  # words: of the first version
    except UsageError as error:
        raise CheckpointError(f"{path} is damaged: {cause_of(error, path)}.") from error
    if not isinstance(metadata, dict):
        raise CheckpointError(f"{path} is damaged: its metadata is no table.")
    return Checkpoint(tensors, metadata, path)


def step_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}.safetensors"


def newest_checkpoint(folder: Path) -> Checkpoint | None:
    """The newest whole checkpoint; torn ones are skipped with a word. None where there is none.

    Args:
        folder: the run's `checkpoints/`.
    """
    for path in (found := sorted(folder.glob("step-*.safetensors"), reverse=True)):
        try:
            return read_checkpoint(path)
        except CheckpointError as error:
            log.warning(
                "%s %s", error, "The one before it is taken." if path != found[-1] else "There is none before it."
            )
    return None


def newest_step(folder: Path) -> int | None:
    """The step of the newest checkpoint by its name, whole or not; None where there is none."""
    names = [path.stem.removeprefix("step-") for path in folder.glob("step-*.safetensors")]
    return max((int(name) for name in names if name.isdecimal()), default=None)


def keep_last(folder: Path) -> None:
    """Remove all but the last few step checkpoints."""
    for path in sorted(folder.glob("step-*.safetensors"))[:-KEPT]:
        path.unlink(missing_ok=True)


def mark_best(folder: Path, step: int) -> None:
    """Let `best.safetensors` be the checkpoint of this step."""
    beside = folder / f"{hidden_prefix()}best"
    beside.unlink(missing_ok=True)
    try:
        os.link(step_path(folder, step), beside)
    except OSError:
        beside.write_bytes(read_plain(step_path(folder, step)))
    beside.replace(folder / BEST)


def _digest(tensors: Mapping[str, Tensor]) -> str:
    hasher = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        hasher.update(f"{name}|{tensor.dtype}|{tuple(tensor.shape)}|".encode())
        hasher.update(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
    return hasher.hexdigest()
