"""Curves become TTF, OTF, WOFF2, UFO and proof sheets."""
