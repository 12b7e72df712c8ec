"""segan: a whole brush font from a few hundred written characters."""

__version__ = "0.1.0"
