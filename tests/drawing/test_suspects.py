from segan_cli.drawing.suspects import outliers, rank


def test_only_what_is_far_from_this_hands_usual_strays() -> None:
    usual = {chr(0x4E00 + i): 20 + i % 5 for i in range(40)}
    assert outliers(usual) == set()
    assert outliers({**usual, "永": 60.0}) == {"永"}
    assert outliers({"永": 900.0, "一": 1.0}) == set()  # two tell nothing


def test_the_worst_come_first_and_blanks_before_all() -> None:
    scores = {"a": 0.1, "b": 0.1, "c": 0.6, "d": 0.0}
    distances = {"a": 50.0, "b": 20.0, "c": 10.0}
    assert rank(["c", "b", "a", "d"], scores, distances) == ["d", "a", "b", "c"]
