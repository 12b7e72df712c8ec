"""Figures with their intervals, as a table prints them."""

from __future__ import annotations

from segan_cli.evaluation.bootstrap import Estimate


def row(name: str, estimate: Estimate, digits: int, beside: str) -> list[str]:
    """A row: what it is, its value, its interval, and what it is to be held against."""
    return [name, number(estimate, digits), interval(estimate, digits), beside]


def number(estimate: Estimate, digits: int) -> str:
    """The value."""
    return f"{estimate.value:.{digits}f}"


def interval(estimate: Estimate, digits: int) -> str:
    """The interval's ends, or that there is none."""
    if estimate.low != estimate.low:
        return "too few glyphs"
    return f"{estimate.low:.{digits}f} to {estimate.high:.{digits}f}"
