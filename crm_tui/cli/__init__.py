"""The command line: everything the screens do, plain or as JSON (design decision 16)."""
