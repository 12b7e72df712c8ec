"""Which characters are learned from and which are held out: the same in every hand, whoever asks."""

from __future__ import annotations

import hashlib
from typing import Literal

Part = Literal["train", "dev", "test"]


def part_of(char: str, seed: int) -> Part:
    """The part of the split that a character belongs to, 8:1:1, the same in every style and every folder.

    Args:
        char: the character.
        seed: `split_seed`.

    Source: the paper, §4.1, for 8:1:1; ours: by a hash of the character, so that a joint model never sees a test
        character in any hand.
    """
    digest = hashlib.sha256(f"{seed}:{char}".encode()).digest()
    tenth = int.from_bytes(digest[:4], "big") % 10
    return "dev" if tenth == 8 else "test" if tenth == 9 else "train"
