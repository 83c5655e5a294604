"""From action to key: the defaults of the registry, then the user's keys.toml (ux.md 3.3, 6)."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.tui.actions import ACTIONS, BY_ID, for_scope

SHOWN = {
    "question_mark": "?",
    "slash": "/",
    "backslash": "\\",
    "colon": ":",
    "minus": "-",
    "at": "@",
    "exclamation_mark": "!",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "escape": "esc",
    "full_stop": ".",
}
SCOPES = ("queue", "ticket", "customers", "profile", "inbox", "register")


def shown(key: str) -> str:
    """A key as it is printed."""
    return SHOWN.get(key, key)


def load(path: Path | None) -> dict[str, tuple[str, ...]]:
    """Keys per action id: the defaults, with what ``path`` changes.

    Raises `ValidationError` naming file and line for an unknown action, a wrong value or a key that two
    actions of one screen share.
    """
    keys = {a.id: a.keys for a in ACTIONS}
    if path is None or not path.is_file():
        return keys
    text = path.read_text("utf-8", errors="replace")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(
            msg("{file} cannot be read: {reason}", file=path.name, reason=str(error)),
            code="keys_syntax",
        ) from None
    for name, value in _flat(data.get("keys", {})).items():
        line = _line(text, name)
        if name not in BY_ID:
            raise ValidationError(
                msg(
                    "{file}, line {line}: no action is called {name}",
                    file=path.name,
                    line=line,
                    name=name,
                ),
                code="keys_unknown",
            )
        wanted = [value] if isinstance(value, str) else value
        if not isinstance(wanted, list) or not all(isinstance(k, str) and k for k in wanted):
            raise ValidationError(
                msg(
                    "{file}, line {line}: a key is a name or a list of names",
                    file=path.name,
                    line=line,
                ),
                code="keys_value",
            )
        keys[name] = tuple(wanted)
    for scope in SCOPES:
        taken: dict[str, str] = {}
        for action in for_scope(scope):
            for key in keys[action.id]:
                if key in taken:
                    later = action.id if _line(text, action.id) else taken[key]
                    raise ValidationError(
                        msg(
                            "{file}, line {line}: {key} means both {one} and {other}",
                            file=path.name,
                            line=_line(text, later),
                            key=shown(key),
                            one=taken[key],
                            other=action.id,
                        ),
                        code="keys_clash",
                    )
                taken[key] = action.id
    return keys


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """TOML reads ``go.queue`` as a table in a table."""
    found: dict[str, object] = {}
    for name, value in table.items():
        whole = f"{prefix}{name}"
        if isinstance(value, dict):
            found |= _flat(value, f"{whole}.")
        else:
            found[whole] = value
    return found


def _line(text: str, name: str) -> int:
    for number, line in enumerate(text.splitlines(), 1):
        if line.split("=")[0].strip().strip('"') == name:
            return number
    return 0
