"""One description per kind of record (design.md 3)."""
