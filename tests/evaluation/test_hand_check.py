from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar, cast

from segan_cli.evaluation.hand_check import find_suspects
from segan_cli.evaluation.recognizer import Reading, Recognizer, Verdict
from segan_cli.evaluation.variants import Variants
from segan_cli.glyph import Frame, GlyphRaster


class Scripted:
    """Reads what it is told to."""

    answers: ClassVar = {
        "于": ("於", 0.99, 0.001),  # another form's picture
        "云": ("雲", 0.99, 0.2),  # another form, but the right one is likely, too
        "末": ("未", 0.97, 0.01),  # another character
        "土": ("士", 0.6, 0.3),  # not sure
        "永": ("永", 0.99, 0.99),
    }

    def knows(self, char: str) -> bool:
        return char in self.answers

    def judge(self, inks: list[object], chars: list[str]) -> list[Verdict]:
        found = [(char, *self.answers[char]) for char in chars]
        return [Verdict(char, Reading(read, confidence), score) for char, read, confidence, score in found]


def test_only_sure_readings_are_listed_and_only_another_forms_picture_is_a_variant(toy: SimpleNamespace) -> None:
    rasters = [GlyphRaster(char, toy.glyph(char), Frame(64)) for char in "于云末土永龘"]
    one = SimpleNamespace(same=lambda a, b: {a, b} in ({"于", "於"}, {"云", "雲"}))
    steps: list[int] = []
    suspects = find_suspects(rasters, cast(Recognizer, Scripted()), cast(Variants, one), steps.append)
    assert [(suspect.char, suspect.read, suspect.variant) for suspect in suspects] == [
        ("于", "於", True),
        ("云", "雲", False),
        ("末", "未", False),
    ]
    assert sum(steps) == 5
    assert suspects[0].as_row() == {"char": "于", "read": "於", "confidence": 0.99, "variant": True}
