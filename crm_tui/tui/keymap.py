"""From action to key: the defaults of the registry, then the user's keys.toml (ux.md 3.3, 6)."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

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
    "ampersand": "&",
    "asterisk": "*",
    "apostrophe": "'",
    "circumflex_accent": "^",
    "plus": "+",
    "percent_sign": "%",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
}
PRESETS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "default": {},
    "arrows": {
        "help": ("f1", "question_mark"),
        "command": ("f2", "colon"),
        "open": ("enter", "right"),
        "edit": ("f4", "e"),
        "refresh": ("f5", "ctrl+r"),
        "filter": ("f7", "slash"),
        "undo": ("f8", "u"),
        "palette": ("f9", "ctrl+p"),
        "quit": ("f10", "ctrl+q"),
        "mark": ("insert", "space"),
        "back": ("escape", "backspace"),
        "view.next": ("f3", "right_square_bracket"),
    },
}
"""Keymaps by name, as changes of the defaults: `arrows` is for hands used to function keys."""
MOVES: Final = frozenset(
    {"j", "k", "g", "G", "up", "down", "home", "end", "pageup", "pagedown", "ctrl+d", "ctrl+u"}
)
"""Keys that lists take for themselves."""
SAME: Final = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+j": "enter",
    "ctrl+left_square_bracket": "escape",
}
"""Keys that terminals cannot tell from others (ux.md 3.1)."""
SCOPES = (
    *("queue", "ticket", "customers", "board", "timeline", "task", "goals", "profile", "inbox"),
    *("register", "figures", "figure_rows"),
)


def shown(key: str) -> str:
    """A key as it is printed."""
    return SHOWN.get(key, key)


def load(path: Path | None) -> dict[str, tuple[str, ...]]:
    """Keys per action id: the defaults, with what ``path`` changes.

    Raises the first fault that `look` finds.
    """
    keys, faults = look(path)
    if faults:
        raise faults[0]
    return keys


def look(path: Path | None) -> tuple[dict[str, tuple[str, ...]], list[ValidationError]]:
    """The keys of a file, and everything that is wrong with it, by file and line.

    Wrong are an unknown preset or action, a value that is no key, a key that moves the cursor, one
    that terminals do not tell apart from another, and a key that two actions of one screen share.
    """
    keys = {a.id: a.keys for a in ACTIONS}
    if path is None or not path.is_file():
        return keys, []
    text = path.read_text("utf-8", errors="replace")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        reason = msg("{file} cannot be read: {reason}", file=path.name, reason=str(error))
        return keys, [ValidationError(reason, code="keys_syntax")]
    faults: list[ValidationError] = []
    preset = data.get("preset", "default")
    if preset not in PRESETS:
        faults.append(
            ValidationError(
                msg(
                    "{file}, line {line}: no preset is called {name}; there are {known}",
                    file=path.name,
                    line=_line(text, "preset"),
                    name=str(preset),
                    known=", ".join(PRESETS),
                ),
                code="keys_preset",
            )
        )
    else:
        keys |= PRESETS[preset]
    given = data.get("keys", {})
    if not isinstance(given, dict):
        faults.append(_no_key(path.name, _line(text, "keys")))
        given = {}
    for name, value in _flat(given).items():
        fault = _wrong(path.name, _line(text, name), name, value)
        if fault is not None:
            faults.append(fault)
        else:
            keys[name] = (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
    return keys, [*faults, *_clashes(path.name, text, keys)]


def _wrong(file: str, line: int, name: str, value: object) -> ValidationError | None:
    """What is wrong with a line of the file by itself."""
    if name not in BY_ID:
        return ValidationError(
            msg("{file}, line {line}: no action is called {name}", file=file, line=line, name=name),
            code="keys_unknown",
        )
    wanted = [value] if isinstance(value, str) else value
    if not isinstance(wanted, list) or not all(isinstance(k, str) and k for k in wanted):
        return _no_key(file, line)
    for key in wanted:
        if key in MOVES:
            return ValidationError(
                msg(
                    "{file}, line {line}: {key} moves the cursor",
                    file=file,
                    line=line,
                    key=shown(key),
                ),
                code="keys_moves",
            )
        if key in SAME:
            return ValidationError(
                msg(
                    "{file}, line {line}: terminals send {other} for {key}",
                    file=file,
                    line=line,
                    key=shown(key),
                    other=shown(SAME[key]),
                ),
                code="keys_same",
            )
    return None


def _no_key(file: str, line: int) -> ValidationError:
    return ValidationError(
        msg("{file}, line {line}: a key is a name or a list of names", file=file, line=line),
        code="keys_value",
    )


def _clashes(file: str, text: str, keys: Mapping[str, Sequence[str]]) -> list[ValidationError]:
    """Keys that mean two things on one screen, each pair once."""
    found: dict[tuple[str, str, str], ValidationError] = {}
    for scope in SCOPES:
        taken: dict[str, str] = {}
        for action in for_scope(scope):
            for key in keys[action.id]:
                one = taken.setdefault(key, action.id)
                if one == action.id or (key, one, action.id) in found:
                    continue
                later = action.id if _line(text, action.id) else one
                found[key, one, action.id] = ValidationError(
                    msg(
                        "{file}, line {line}: {key} means both {one} and {other}",
                        file=file,
                        line=_line(text, later),
                        key=shown(key),
                        one=one,
                        other=action.id,
                    ),
                    code="keys_clash",
                )
    return list(found.values())


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
