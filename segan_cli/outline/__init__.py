"""Pixels become curves in font units."""
