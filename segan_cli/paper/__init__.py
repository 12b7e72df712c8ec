"""From paper to a glyph folder: which characters to write, sheets to write them on, and scans cut into glyphs."""
