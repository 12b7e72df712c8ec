"""Characters become what the network sees: sets of characters, source glyphs, skeletons, glyph folders."""
