"""`segan styles`: the styles that are installed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segan_cli.errors import EXIT_FAILED, SeganError

if TYPE_CHECKING:
    from segan_cli.generator.bundle import Bundle

SAMPLE = "永和九年歲在癸丑"


def styles(
    folder: Annotated[
        Path | None, typer.Option(help="Another folder of bundles than the shipped one, or a bundle.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Draw each bundle's probe and compare.")] = False,
    sheet: Annotated[Path | None, typer.Option(help="Draw a sample of every style into this PNG.")] = None,
    text: Annotated[str, typer.Option(help="The characters of the sample.")] = SAMPLE,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, coreml or directml; for --check and --sheet.")] = "auto",
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON on stdout.")] = False,
) -> None:
    """List the styles: number, name, script, scores, licence, size.

    Exit code 1: a bundle is broken, or --check found one that does not draw what it should.
    """
    from segan_cli.cli.console import print_error, print_json, print_note, print_table
    from segan_cli.files.writing import check_output
    from segan_cli.generator.bundle import scan_bundles

    if sheet is not None:
        check_output(sheet)
    found, broken = scan_bundles(folder)
    rows = [_facts(bundle) for bundle in found]
    failed = len(broken)
    if check:
        failed += _check(found, rows, device)
    if as_json:
        print_json(rows)
    elif rows:
        columns = ["", "name", "script", "scores", "license", "size", *(["check"] if check else [])]
        print_table("Styles", columns, _cells(rows), whole="name", as_result=True)
    else:
        print_note("No styles are installed.")
    for error in broken:
        print_error(str(error))
    if sheet is not None and found:
        print_note(f"Samples: {_write_sheet(found, text, sheet, device)}")
    if failed:
        raise typer.Exit(EXIT_FAILED)


def _facts(bundle: Bundle) -> dict[str, Any]:
    style = bundle.style
    return {
        "number": style.number,
        "name": style.name,
        "title": style.title,
        "script": style.script,
        "scores": style.scores,
        "license": style.license,
        "license_url": style.license_url,
        "credit": style.credit,
        "bundle": str(bundle.folder),
        "styles_in_bundle": len(bundle.manifest.styles),
        "size_bytes": bundle.size_bytes,
        "canvas_px": bundle.manifest.frame.size_px,
        "precisions": list(bundle.manifest.files),
        "source_font": bundle.manifest.source_font.family,
        "sheet": _file(bundle, "sheet.png"),
        "card": _file(bundle, "CARD.md"),
    }


def _file(bundle: Bundle, name: str) -> str | None:
    path = bundle.folder / name
    return str(path) if path.is_file() else None


def _check(found: list[Bundle], rows: list[dict[str, Any]], device: str) -> int:
    """Run each bundle's probe once; the number of bundles that failed. Notes the outcome in `rows`."""
    from segan_cli.drawing.draw import check_probe

    outcomes: dict[Path, str] = {}
    for bundle in found:
        if bundle.folder in outcomes:
            continue
        try:
            result = check_probe(bundle, device)
            verdict = "sound" if result.sound else f"NOT sound, more than {result.tolerance:g}"
            outcomes[bundle.folder] = f"{verdict} (differs by {result.difference:.4f})"
        except SeganError as error:
            outcomes[bundle.folder] = f"broken: {error}"
    for bundle, row in zip(found, rows, strict=True):
        row["check"] = outcomes[bundle.folder]
    return sum(not outcome.startswith("sound") for outcome in outcomes.values())


def _cells(rows: list[dict[str, Any]]) -> list[list[str]]:
    cells = []
    for row in rows:
        scores = _in_short(row["scores"])
        shared = f" for {row['styles_in_bundle']}" if row["styles_in_bundle"] > 1 else ""
        size = f"{row['size_bytes'] / 1e6:.1f} MB{shared}"
        cell = [str(row["number"] or ""), row["name"], row["script"], scores, row["license"], size]
        cells.append([*cell, row["check"]] if "check" in row else cell)
    return cells


def _write_sheet(found: list[Bundle], text: str, path: Path, device: str) -> Path:
    from segan_cli.cli.console import print_note
    from segan_cli.drawing.draw import draw_sample
    from segan_cli.drawing.sources import open_sources
    from segan_cli.files.contact_sheet import write_contact_sheet

    rows = []
    for bundle in found:
        sources = open_sources(None, bundle.manifest.source_font, text)
        if sources.remark:
            print_note(f"{bundle.style.name}: {sources.remark}")
        label = f"{bundle.style.number or ''}  {bundle.style.title or bundle.style.name}".strip()
        rows.append((label, draw_sample(bundle, text, sources, device)))
    return write_contact_sheet(rows, path)


def _in_short(scores: dict[str, float]) -> str:
    """What a person asks first: how much of it can be read, beside the hand's own glyphs. `--json` has every score."""
    if "accuracy" in scores and "human_accuracy" in scores:
        return f"{scores['accuracy']:.2f} read, hand {scores['human_accuracy']:.2f}"
    return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in list(scores.items())[:2])
