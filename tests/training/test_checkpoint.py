from __future__ import annotations

import logging
import pickle
from pathlib import Path

import pytest
import torch

from segan_cli.training.loop.checkpoint import (
    CheckpointError,
    keep_last,
    mark_best,
    newest_checkpoint,
    newest_step,
    read_checkpoint,
    step_path,
    write_checkpoint,
)

TENSORS = {
    "a.weight": torch.arange(6.0).reshape(2, 3),
    "a.step": torch.tensor(3),
    "b.random": torch.arange(9, dtype=torch.uint8),
}


def test_a_checkpoint_comes_back_bit_for_bit(tmp_path: Path) -> None:
    write_checkpoint(step_path(tmp_path, 3), TENSORS, {"step": 3, "elapsed_s": 0.1})
    found = read_checkpoint(step_path(tmp_path, 3))
    assert found.metadata == {"step": 3, "elapsed_s": 0.1}
    assert all(torch.equal(found.tensors[name], value) for name, value in TENSORS.items())
    assert set(found.part("a")) == {"weight", "step"}


def test_a_torn_checkpoint_is_skipped_with_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for step in (1, 2):
        write_checkpoint(step_path(tmp_path, step), TENSORS, {"step": step})
    torn = step_path(tmp_path, 2)
    torn.write_bytes(torn.read_bytes()[:-5])
    with caplog.at_level(logging.WARNING):
        found = newest_checkpoint(tmp_path)
    assert found is not None and found.metadata["step"] == 1
    assert "step-00000002" in caplog.text


def test_a_checkpoint_of_the_first_version_is_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    from segan_cli.training.loop import checkpoint

    header = {"format": checkpoint.FORMAT, "words": '{"step": 3, "draws": 12}', "sha256": checkpoint._digest(TENSORS)}
    save_file(TENSORS, tmp_path / "step-00000003.safetensors", header)
    assert read_checkpoint(tmp_path / "step-00000003.safetensors").metadata == {"step": 3, "draws": 12}


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"step": 1e999}'])
def test_metadata_that_cannot_be_read_are_skipped_like_a_torn_file(tmp_path: Path, text: str) -> None:
    from safetensors.torch import save_file

    from segan_cli.training.loop import checkpoint

    write_checkpoint(step_path(tmp_path, 1), TENSORS, {"step": 1})
    header = {"format": checkpoint.FORMAT, "metadata": text, "sha256": checkpoint._digest(TENSORS)}
    save_file(TENSORS, step_path(tmp_path, 2), metadata=header)
    with pytest.raises(CheckpointError, match="is damaged"):
        read_checkpoint(step_path(tmp_path, 2))
    found = newest_checkpoint(tmp_path)
    assert found is not None and found.metadata["step"] == 1 and newest_step(tmp_path) == 2


def test_a_changed_byte_is_refused(tmp_path: Path) -> None:
    path = step_path(tmp_path, 1)
    write_checkpoint(path, TENSORS, {"step": 1})
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256"):
        read_checkpoint(path)


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was executed",))


def test_a_pickle_is_never_opened(tmp_path: Path) -> None:
    path = step_path(tmp_path, 1)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CheckpointError, match="nothing in them can be executed"):
        read_checkpoint(path)


def test_another_version_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(TENSORS, step_path(tmp_path, 1), metadata={"format": "segan checkpoint 99"})
    with pytest.raises(CheckpointError, match="not a checkpoint of this version"):
        read_checkpoint(step_path(tmp_path, 1))


def test_only_the_last_and_the_best_stay(tmp_path: Path) -> None:
    for step in range(1, 6):
        write_checkpoint(step_path(tmp_path, step), TENSORS, {"step": step})
        if step == 2:
            mark_best(tmp_path, step)
        keep_last(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.safetensors",
        "step-00000004.safetensors",
        "step-00000005.safetensors",
    ]
    assert read_checkpoint(tmp_path / "best.safetensors").metadata["step"] == 2
