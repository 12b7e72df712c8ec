"""Corners that a person gives: for all pictures alike, or for each by its file name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.files.documents import DocumentError, cause_of, read_json
from segan_cli.paper.marks import Points

_FORM = 'four points clockwise from the upper left, "120,80 2300,90 2310,3400 110,3390"'


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """Four corners each, in pixels, clockwise from the upper left.

    Args:
        by_name: by file name.
        everywhere: for pictures that have none of their own; None has them looked for.
    """

    by_name: Mapping[str, Points]
    everywhere: Points | None = None

    def of(self, name: str) -> Points | None:
        """The corners in a picture."""
        return self.by_name.get(name, self.everywhere)


def read_corners(text: str) -> Corners:
    """Read `--corners`.

    Args:
        text: four points, or a JSON file of an object whose keys are file names (and "*" for all others) and whose values
            are four points.

    Raises:
        UsageError: neither, or points that are no rectangle seen from somewhere.
    """
    file = Path(text)
    if file.suffix.lower() != ".json":
        return Corners({}, _points(text, "--corners"))
    try:
        found = read_json(file)
        if not isinstance(found, dict):
            raise ValueError("it is no table of file names")
        points = {str(name): _points(one, f"{file}, {name}") for name, one in found.items()}
    except OSError as error:
        raise UsageError(f"The corners {file} cannot be read: {error.strerror or error}.") from error
    except (DocumentError, ValueError, TypeError) as error:
        raise UsageError(
            f'{file} holds no corners ({cause_of(error, file)}). Write {{"page1.jpg": "…", "*": "…"}}, each {_FORM}.'
        ) from error
    everywhere = points.pop("*", None)
    return Corners(points, everywhere)


def _points(given: Any, where: str) -> Points:
    if isinstance(given, str):
        numbers = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", given)]
    else:
        numbers = [float(one) for point in given for one in (point if isinstance(point, list) else [point])]
    if len(numbers) != 8:
        raise UsageError(f"{where} gives {len(numbers)} numbers; write {_FORM}.")
    points = np.asarray(numbers).reshape(4, 2)
    sides = np.roll(points, -1, axis=0) - points
    turns = sides[:, 0] * np.roll(sides, -1, axis=0)[:, 1] - sides[:, 1] * np.roll(sides, -1, axis=0)[:, 0]
    if (turns <= 0).any():
        raise UsageError(f"{where} does not go clockwise round a page; write {_FORM}.")
    return points
