"""Files of every kind: written whole, read within limits, locked; pictures for people."""
