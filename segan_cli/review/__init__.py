"""A local page to look through drawn glyphs, and what is decided on it."""
