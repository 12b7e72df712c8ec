"""A blind study: judges look at glyphs on a page, and their answers become the form of the paper's Table 3."""
