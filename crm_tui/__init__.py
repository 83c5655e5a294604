"""Keyboard-driven service desk and CRM for the terminal."""

__version__ = "0.1.0"
