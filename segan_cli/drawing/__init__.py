"""Characters to a folder of drawn glyphs: plan, draw, note, read back, report."""
