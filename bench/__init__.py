"""Measures the program against the budgets of its design; not part of the wheel."""
