"""Several processes as one: gradients averaged, clocks agreed on. One process is the simple case.

Plain `torch.distributed`, as `torchrun` starts it: each process takes its slice of the batch, and after each backward
pass the gradients are averaged. There is no wrapper around the networks, so a checkpoint knows nothing of processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segan_cli.errors import SeganError, UsageError


@dataclass(frozen=True, slots=True)
class Processes:
    """This process in its group.

    Args:
        rank: its number.
        count: how many there are.
        device: where it trains.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def leads(self) -> bool:
        """Whether this process writes the run folder."""
        return self.rank == 0

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes."""
        if self.count == 1:
            return
        gradients = []
        for parameter in parameters:
            if parameter.grad is None:  # of a hand, say, that this process had no glyph of, and another one had
                parameter.grad = torch.zeros_like(parameter)
            gradients.append(parameter.grad)
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        torch.distributed.all_reduce(flat)
        flat /= self.count
        for gradient, mean in zip(gradients, torch.split(flat, [one.numel() for one in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def average(self, values: Tensor) -> Tensor:
        """The mean of `values` over the processes, for the logs."""
        if self.count == 1:
            return values
        mean = values.clone()
        torch.distributed.all_reduce(mean)
        return mean / self.count

    def agree(self, value: float) -> float:
        """The first process's value: clocks differ, schedules must not."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64, device=self.device)
        torch.distributed.broadcast(told, 0)
        return float(told.item())

    def wait(self) -> None:
        """Wait for the others."""
        if self.count > 1:
            torch.distributed.barrier()


def join_processes(device: str = "auto", threads: int = 0) -> Processes:
    """Join the processes that `torchrun` started, or be alone.

    Args:
        device: "auto" (CUDA where there is any), "cpu", "cuda", "cuda:1".
        threads: of this process on the CPU; 0 leaves it to torch, which takes every core.

    Raises:
        SeganError: CUDA is wanted and not there.
        UsageError: no device is called so.
    """
    if threads:
        torch.set_num_threads(threads)
    count, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
    cuda = torch.cuda.is_available()
    if device.startswith("cuda") and not cuda:
        raise SeganError("There is no CUDA device that torch can use here. Train with --device cpu or --device auto.")
    name = device if device != "auto" else "cuda" if cuda else "cpu"
    try:
        chosen = torch.device(f"cuda:{local}" if name == "cuda" else name)
    except RuntimeError as error:
        raise UsageError(f"There is no device {device!r}; there are auto, cpu, cuda, cuda:1.") from error
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if count > 1 and not torch.distributed.is_initialized():
        torch.distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    return Processes(int(os.environ.get("RANK", "0")), count, chosen)


def leave_processes() -> None:
    """Take leave of the others, if there are any."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()
