"""`segan dataset`: what a hand is learned from."""

from __future__ import annotations

import typer

from segan_cli.cli.dataset_from_font import from_font
from segan_cli.cli.dataset_pack import pack, unpack

dataset = typer.Typer(help="Make and look at the glyph folders that a hand is learned from.", no_args_is_help=True)
dataset.command("from-font")(from_font)
dataset.command("pack")(pack)
dataset.command("unpack")(unpack)
