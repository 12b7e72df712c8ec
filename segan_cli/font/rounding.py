"""Font units are whole: the one rule of rounding, for points as `otRound` has it for single numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def rounded(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Whole numbers; a half goes up, also below 0.

    Source: fontTools' `otRound`, which is how the specification rounds in variations.
    """
    return np.floor(values + 0.5)
