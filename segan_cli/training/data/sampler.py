"""In which order pairs are drawn: a function of (seed, number of the sample), so that nothing needs to be remembered."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt


def sampled_pairs(seed: int, pairs: int, samples: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Which pair each draw takes: every epoch is a shuffle of all pairs.

    Args:
        seed: the run's seed.
        pairs: number of training pairs.
        samples: (B,) numbers of the samples, counted from the run's beginning.
    """
    epochs, places = np.divmod(samples, pairs)
    return np.array([_shuffle(seed, pairs, int(epoch))[place] for epoch, place in zip(epochs, places, strict=True)])


def share_of_process(first: int, batch_size: int, rank: int, processes: int) -> npt.NDArray[np.int64]:
    """The samples of one process: its slice of the batch that starts at draw `first`."""
    each = batch_size // processes
    return np.arange(first + rank * each, first + (rank + 1) * each, dtype=np.int64)


@lru_cache(maxsize=4)
def _shuffle(seed: int, pairs: int, epoch: int) -> npt.NDArray[np.int64]:
    return np.random.Generator(np.random.Philox(key=[seed + 2**32, epoch])).permutation(pairs)
