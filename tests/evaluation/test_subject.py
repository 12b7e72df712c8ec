from segan_cli.evaluation.subject import bundle_subject
from segan_cli.generator.bundle import find_bundle
from segan_cli.source.split import part_of


def test_a_shipped_style_is_measured_on_characters_that_it_never_saw() -> None:
    chars = tuple(chr(code) for code in range(0x4E00, 0x4F00))
    for style in ("1", "6"):
        subject = bundle_subject(find_bundle(style), None, "cpu", everything=False)
        held_out = subject.candidates(chars)
        assert 5 < len(held_out) < 60
        assert all(part_of(char, 0) == "test" for char in held_out)
        assert subject.note == ""


def test_everything_is_measured_when_asked_for_and_said_so() -> None:
    subject = bundle_subject(find_bundle("1"), None, "cpu", everything=True)
    assert subject.candidates(("一", "丁")) == ("一", "丁")
    assert "learned from" in subject.note
