"""How good it is, in the paper's terms."""
