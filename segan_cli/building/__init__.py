"""Glyph folders to a font: the twin of `drawing`."""
