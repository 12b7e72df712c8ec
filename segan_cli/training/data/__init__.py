"""Pairs of source and brush glyphs on their way to the networks."""
