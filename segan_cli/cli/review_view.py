"""What `segan review` shows in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segan_cli.review.opening import Opened


def show_page(opened: Opened, address: str, browser: bool, as_json: bool) -> None:
    """Print the page's address, and open it."""
    import sys
    import webbrowser

    from segan_cli.cli.console import print_json, print_note, print_result

    for remark in opened.remarks:
        print_note(remark)
    if as_json:
        print_json({"address": address, **_facts(opened)})
    else:
        print_result(address)
    sys.stdout.flush()
    print_note("Decisions are kept at once. Ctrl-C ends.")
    if browser:
        webbrowser.open(address)


def show_plan(opened: Opened, as_json: bool) -> None:
    """What would be reviewed."""
    from segan_cli.cli.console import print_json, print_note, print_result

    for remark in opened.remarks:
        print_note(remark)
    facts = _facts(opened)
    if as_json:
        print_json(facts)
    else:
        print_result("\n".join(f"{name}: {value}" for name, value in facts.items()))


def _facts(opened: Opened) -> dict[str, Any]:
    review = opened.review
    rows = review.rows()
    return {
        "title": review.title,
        "folders": [str(place.folder) for place in review.places],
        "glyphs": len(review.homes),
        "suspect": sum(bool(row.get("why")) for row in rows if row["origin"] != "missing"),
        "decided": sum(bool(row.get("status")) for row in rows),
        "missing": sum(row["origin"] == "missing" for row in rows),
        "builds": str(opened.recipe.outputs[0]),
        "reviewer": review.reviewer,
    }
