"""A run from the outside: begin, resume, look at, export."""
