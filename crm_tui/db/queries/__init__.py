"""Named queries for lists."""
