"""Black-and-white pictures in few bytes: an adaptive arithmetic coder with a context of 13 pixels, as JBIG2 has it.

Every picture is coded alone, from one shared table of starting probabilities, so that any of them is read in under a
millisecond.

Source: the range coder of LZMA (11-bit probabilities, carry by counting), the context of JBIG2's template 1 (ITU-T T.88, 6.2.5).
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.uint8]
Table = npt.NDArray[np.uint16]

CONTEXTS = 1 << 13
_ONE = 1 << 12
_RATE = 5


def trained_table(pictures: list[Bits]) -> Table:
    """Starting probabilities counted over pictures of 0 and 1."""
    counts = np.ones((CONTEXTS, 2), dtype=np.float64)
    for picture in pictures:
        _count(_framed(picture), counts)
    share = counts[:, 0] / counts.sum(axis=1)
    table: Table = np.clip(np.rint(share * _ONE), 32, _ONE - 32).astype(np.uint16)
    return table


def encode(picture: Bits, table: Table) -> bytes:
    """Code an (H, W) picture of 0 and 1, starting from `table`, which stays as it is."""
    out = np.zeros(picture.size * 2 + 16, dtype=np.uint8)
    length = _encode(_framed(picture), table.copy(), out)
    return out[:length].tobytes().rstrip(b"\0")


def decode(data: bytes, height: int, width: int, table: Table) -> Bits:
    """The picture again; any bytes decode to some picture."""
    padded = np.frombuffer(data + b"\0" * 8, dtype=np.uint8)
    framed = np.zeros((height + 2, width + 6), dtype=np.uint8)
    _decode(padded, table.copy(), framed)
    return framed[2:, 3:-3].copy()


def _framed(picture: Bits) -> Bits:
    return np.pad(picture.astype(np.uint8), ((2, 0), (3, 3)))


@numba.njit(cache=True, inline="always")  # type: ignore[untyped-decorator,unused-ignore]
def _context(p: Bits, y: int, x: int) -> int:
    """The 13 neighbours that are known already: 4 two rows up, 6 one row up, 3 to the left."""
    return int(
        p[y - 2, x - 1]
        | p[y - 2, x] << 1
        | p[y - 2, x + 1] << 2
        | p[y - 2, x + 2] << 3
        | p[y - 1, x - 2] << 4
        | p[y - 1, x - 1] << 5
        | p[y - 1, x] << 6
        | p[y - 1, x + 1] << 7
        | np.int64(p[y - 1, x + 2]) << 8
        | np.int64(p[y - 1, x + 3]) << 9
        | np.int64(p[y, x - 1]) << 10
        | np.int64(p[y, x - 2]) << 11
        | np.int64(p[y, x - 3]) << 12
    )


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _count(p: Bits, counts: npt.NDArray[np.float64]) -> None:
    for y in range(2, p.shape[0]):
        for x in range(3, p.shape[1] - 3):
            counts[_context(p, y, x), p[y, x]] += 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _encode(p: Bits, table: Table, out: Bits) -> int:
    low, span, length = np.int64(0), np.int64(0xFFFFFFFF), 0
    for y in range(2, p.shape[0]):
        for x in range(3, p.shape[1] - 3):
            context = _context(p, y, x)
            bound = (span >> 12) * table[context]
            if p[y, x] == 0:
                span = bound
                table[context] += (_ONE - 32 - table[context]) >> _RATE
            else:
                low += bound
                span -= bound
                table[context] -= (table[context] - 32) >> _RATE
            while span < 1 << 24:
                length = _shift(low, out, length)
                low = (low & 0x00FFFFFF) << 8
                span <<= 8
    for _ in range(4):
        length = _shift(low, out, length)
        low = (low & 0x00FFFFFF) << 8
    return length


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _shift(low: int, out: Bits, length: int) -> int:
    """Write the top byte of `low`; a carry runs back over the bytes written."""
    if low >> 32:
        back = length - 1
        while out[back] == 255:
            out[back] = 0
            back -= 1
        out[back] += 1
    out[length] = (low >> 24) & 255
    return length + 1


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _decode(data: Bits, table: Table, p: Bits) -> None:
    code, span, at = np.int64(0), np.int64(0xFFFFFFFF), 4
    for i in range(4):
        code = code << 8 | data[i]
    for y in range(2, p.shape[0]):
        for x in range(3, p.shape[1] - 3):
            context = _context(p, y, x)
            bound = (span >> 12) * table[context]
            if code < bound:
                span = bound
                table[context] += (_ONE - 32 - table[context]) >> _RATE
            else:
                code -= bound
                span -= bound
                p[y, x] = 1
                table[context] -= (table[context] - 32) >> _RATE
            while span < 1 << 24:
                code = code << 8 | (data[at] if at < len(data) else 0)
                at += 1
                span <<= 8
