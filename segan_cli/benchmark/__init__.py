"""The paper's table: every method trained for the same time on the same pairs, then measured."""
