"""Themes of the user's own: `themes/NAME.toml` in the settings folder, chosen by `ui.theme = "NAME"` (ux.md 6).

    base = "dark"            # dark (the default), light, ansi or mono: what the file does not name
    late = "bold #ff6600"    # a role and its style: colours, `on` a background, bold, italic, …

Textual must not be imported before the terminal is prepared, so that this module does without.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.errors import StyleSyntaxError
from rich.style import Style

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.settings import line_of
from crm_tui.tui.platform import THEMES

ROLE_NAMES: Final = frozenset(
    (
        *(
            "alarm",
            "bar",
            "columns",
            "cursor",
            "dim",
            "event",
            "head",
            "key",
            "late",
            "low",
            "mark",
        ),
        *("note", "off", "ok", "public", "rest", "row", "rule", "tab", "title", "urgent", "wait"),
        "warn",
    )
)
"""What can be styled: the keys of `theme.ROLES`, which needs Textual."""


@dataclass(frozen=True, slots=True)
class OwnTheme:
    """A theme that is there and what a file changes of it."""

    base: str = "dark"
    roles: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> OwnTheme:
    """Read a theme file.

    `ValidationError` with codes ``theme_missing``, ``theme_syntax``, ``theme_unknown`` and
    ``theme_value``, naming file and line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise _fault(
            msg("There is no theme file {path} that can be read as text", path=str(path)),
            "theme_missing",
        ) from None
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _fault(
            msg("{file} cannot be read: {reason}", file=path.name, reason=str(error)),
            "theme_syntax",
        ) from None
    base = values.pop("base", "dark")
    for name, value in {"base": base, **values}.items():
        place = {"file": path.name, "line": line_of(text, [name]) or 1}
        if name == "base":
            if base not in THEMES:
                raise _fault(
                    msg(
                        "{file}, line {line}: base is one of {names}",
                        names=", ".join(THEMES),
                        **place,
                    ),
                    "theme_value",
                )
        elif name not in ROLE_NAMES:
            raise _fault(
                msg(
                    "{file}, line {line}: there is no role {name}; {names} are",
                    name=name,
                    names=", ".join(sorted(ROLE_NAMES)),
                    **place,
                ),
                "theme_unknown",
            )
        elif not _is_style(value):
            raise _fault(
                msg(
                    "{file}, line {line}: {name} is a style such as {example}",
                    name=name,
                    example='"bold #ff8800 on #102030"',
                    **place,
                ),
                "theme_value",
            )
    return OwnTheme(base, values)


def chosen(wanted: str, folder: Path) -> tuple[OwnTheme, list[DomainError]]:
    """The theme that the settings name; where its file is broken the default, and why."""
    if wanted in THEMES:
        return OwnTheme(wanted), []
    try:
        return load(folder / f"{Path(wanted).name}.toml"), []
    except DomainError as error:
        return OwnTheme(), [error]


def _is_style(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        style = Style.parse(value)
    except StyleSyntaxError:
        return False
    # A link is an order to the terminal, not a look.
    return style.link is None


def _fault(message: Msg, code: str) -> ValidationError:
    return ValidationError(message, code=code)
