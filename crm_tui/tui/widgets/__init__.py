"""Widgets: they draw and say what was chosen; they decide nothing."""
