"""The tables, one module per theme."""
