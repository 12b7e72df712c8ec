"""Two processes give what one gives at twice the batch (gloo, on the CPU)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from segan_cli.errors import SeganError, UsageError
from segan_cli.training.loop.checkpoint import read_checkpoint
from segan_cli.training.loop.processes import Processes, join_processes

SHAPE = [
    "size_px=32",
    "base_channels=8",
    "encoder_blocks=1",
    "decoder_blocks=1",
    "discriminator_channels=8",
    "score_every=3",
]


def test_torchrun_with_two_processes_is_one_process(write_hand: Callable[..., Path], kai: Path, tmp_path: Path) -> None:
    folder = write_hand()
    words = ["train", str(folder), "--source-font", str(kai), "--steps", "3", "--batch-size", "4", "--threads", "1"]
    words += ["--device", "cpu"] + [part for pair in SHAPE for part in ("--set", pair)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    one = [sys.executable, "-m", "segan_cli", *words, "--out", str(tmp_path / "one")]
    subprocess.run(one, check=True, capture_output=True, env=environment)
    torchrun = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    two = [sys.executable, *torchrun, "-m", "segan_cli", *words, "--out", str(tmp_path / "two")]
    subprocess.run(two, check=True, capture_output=True, env=environment)
    alone = read_checkpoint(tmp_path / "one" / "checkpoints" / "step-00000003.safetensors")
    together = read_checkpoint(tmp_path / "two" / "checkpoints" / "step-00000003.safetensors")
    assert together.metadata["samples_seen"] == alone.metadata["samples_seen"] == 12
    for name, value in alone.part("networks").items():
        assert torch.allclose(value, together.part("networks")[name], atol=2e-4), name


def test_alone_nothing_is_sent() -> None:
    alone = Processes(0, 1, torch.device("cpu"))
    layer = torch.nn.Linear(2, 1)
    layer(torch.ones(1, 2)).sum().backward()
    before = layer.weight.grad
    alone.average_gradients(layer.parameters())
    assert layer.weight.grad is before and alone.agree(3.5) == 3.5 and alone.leads


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is CUDA here")
def test_cuda_where_there_is_none_is_said() -> None:
    with pytest.raises(SeganError, match=r"no CUDA device.*--device cpu"):
        join_processes("cuda")
    with pytest.raises(UsageError, match="no device 'gpu'"):
        join_processes("gpu")


def test_a_hand_that_one_process_lacks_is_averaged_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[torch.Tensor] = []
    monkeypatch.setattr(torch.distributed, "all_reduce", sent.append)
    met, missed = torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(2, 1, bias=False)
    met(torch.ones(1, 2)).sum().backward()
    Processes(0, 2, torch.device("cpu")).average_gradients([*met.parameters(), *missed.parameters()])
    assert sent[0].numel() == 4
    assert met.weight.grad is not None and missed.weight.grad is not None
    assert torch.equal(met.weight.grad, torch.full((1, 2), 0.5)) and not missed.weight.grad.any()
