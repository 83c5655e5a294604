"""Colours by role; in every theme a role also differs by weight, reverse or a word (ux.md 6)."""

from collections.abc import Mapping

from rich.style import Style
from textual.theme import Theme

ROLES: dict[str, dict[str, str]] = {
    "dark": {
        "cursor": "bold #ffffff on #1f4a7d",
        "mark": "bold #f0c674",
        "late": "bold #ff8c42",
        "warn": "#f0c674",
        "wait": "italic #8fa3b8",
        "urgent": "bold #ff8c42",
        "low": "#8fa3b8",
        "dim": "#8fa3b8",
        "head": "bold #9ecbff",
        "public": "#e6edf3",
        "note": "#f0c674",
        "event": "#8fa3b8",
        "ok": "#7fc4ff",
        "bar": "#c9d6e4 on #16202c",
        "key": "bold #9ecbff on #16202c",
        "row": "bold #e6edf3 on #1b3857",
        "rest": "on #17222f",
        "columns": "underline #8fa3b8",
        "tab": "bold #0d1117 on #9ecbff",
        "alarm": "bold #0d1117 on #ff8c42",
        "title": "bold #ffffff",
        "off": "#74879a",
        "rule": "#33475b",
    },
    "light": {
        "cursor": "bold #ffffff on #1f5fa8",
        "mark": "bold #8a5a00",
        "late": "bold #a63f00",
        "warn": "#8a5a00",
        "wait": "italic #55616e",
        "urgent": "bold #a63f00",
        "low": "#55616e",
        "dim": "#55616e",
        "head": "bold #0b4f9e",
        "public": "#1b1f24",
        "note": "#8a5a00",
        "event": "#55616e",
        "ok": "#0b4f9e",
        "bar": "#1b1f24 on #dfe6ee",
        "key": "bold #0b4f9e on #dfe6ee",
        "row": "bold #1b1f24 on #cfe3fa",
        "rest": "on #eef3f8",
        "columns": "underline #55616e",
        "tab": "bold #ffffff on #0b4f9e",
        "alarm": "bold #ffffff on #a63f00",
        "title": "bold #000000",
        "off": "#636d78",
        "rule": "#b8c4d0",
    },
    "ansi": {
        "cursor": "reverse bold",
        "mark": "bold yellow",
        "late": "bold red",
        "warn": "yellow",
        "wait": "italic",
        "urgent": "bold red",
        "low": "dim",
        "dim": "dim",
        "head": "bold blue",
        "public": "",
        "note": "yellow",
        "event": "dim",
        "ok": "blue",
        "bar": "reverse",
        "key": "reverse bold",
        "row": "reverse bold",
        "rest": "underline",
        "columns": "underline",
        "tab": "bold",
        "alarm": "bold red",
        "title": "bold",
        "off": "dim",
        "rule": "dim",
    },
    "mono": {
        "cursor": "reverse bold",
        "mark": "bold",
        "late": "bold",
        "warn": "bold",
        "wait": "italic",
        "urgent": "bold",
        "low": "",
        "dim": "",
        "head": "bold",
        "public": "",
        "note": "italic",
        "event": "",
        "ok": "",
        "bar": "reverse",
        "key": "reverse bold",
        "row": "reverse bold",
        "rest": "underline",
        "columns": "underline",
        "tab": "bold",
        "alarm": "bold underline",
        "title": "bold",
        "off": "",
        "rule": "",
    },
}

_styles: dict[str, dict[str, Style]] = {
    name: {role: Style.parse(text) for role, text in roles.items()} for name, roles in ROLES.items()
}
PLAIN = Style()


def style(theme: str, role: str) -> Style:
    """The style of a role in a theme; unknown roles are plain."""
    return _styles[theme].get(role, PLAIN)


def dress(theme: str, roles: Mapping[str, str]) -> None:
    """Change roles of a theme for the rest of the run, as the user's own file says."""
    _styles[theme].update({role: Style.parse(text) for role, text in roles.items()})


def textual_themes() -> list[Theme]:
    """The themes for Textual's own widgets."""
    return [
        Theme(
            name="crm-dark",
            primary="#1f4a7d",
            secondary="#16202c",
            accent="#9ecbff",
            warning="#f0c674",
            error="#ff8c42",
            success="#7fc4ff",
            foreground="#e6edf3",
            background="#0d1117",
            surface="#121a24",
            panel="#16202c",
            dark=True,
        ),
        Theme(
            name="crm-light",
            primary="#1f5fa8",
            secondary="#dfe6ee",
            accent="#0b4f9e",
            warning="#8a5a00",
            error="#a63f00",
            success="#0b4f9e",
            foreground="#1b1f24",
            background="#ffffff",
            surface="#f2f5f8",
            panel="#dfe6ee",
            dark=False,
        ),
        Theme(
            name="crm-mono",
            primary="#ffffff",
            secondary="#000000",
            accent="#ffffff",
            warning="#ffffff",
            error="#ffffff",
            success="#ffffff",
            foreground="#ffffff",
            background="#000000",
            surface="#000000",
            panel="#1c1c1c",
            dark=True,
            variables={
                "block-cursor-text-style": "reverse",
                "input-selection-background": "#555555",
            },
        ),
    ]


TEXTUAL_NAMES = {
    "dark": "crm-dark",
    "light": "crm-light",
    "ansi": "ansi-dark",
    "mono": "crm-mono",
}
"""The Textual theme that goes with each of ours."""
