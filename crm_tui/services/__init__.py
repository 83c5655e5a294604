"""Use cases: transactions, permissions, audit and undo live here."""
