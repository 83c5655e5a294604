"""The command line: a word of the registry and what stands behind it (ux.md 3.5).

``:assign @ana`` does without a picker what the key does with one. What was typed is read off the loop,
wrong arguments are refused under the line in words, and what is right is then done on the screen.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.tui import arguments
from crm_tui.tui.actions import Action, by_command, for_scope
from crm_tui.tui.readers import READERS as READERS
from crm_tui.tui.readers import Do
from crm_tui.tui.screens.filtered import Filtered
from crm_tui.tui.widgets.dialogs import Fault, Prompt, fault

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen


def show(screen: "BaseScreen", text: str = "") -> None:
    """Open the command line on a screen."""
    ready: list[Do] = []

    def check(line: str) -> Fault | str | None:
        ready.clear()
        try:
            ready.append(read(screen, line))
        except DomainError as error:
            return fault(error, len(line) - len(arguments.split(line)[1]))
        return None

    def given(line: str | None) -> None:
        if line is None or not line.strip():
            return
        screen.crm.typed("commands", line)
        ready[-1]()

    prompt = Prompt(
        ":",
        text,
        check=check,
        complete=lambda line: complete(screen, line),
        history=screen.crm.lines("commands"),
        run=screen.gateway.run,
    )
    screen.app.push_screen(prompt, given)


def read(screen: "BaseScreen", line: str) -> Do:
    """What a line means here; raises `DomainError` where it means nothing."""
    word, rest = arguments.split(line)
    if not word:
        return lambda: None
    action = named(screen, word)
    if action is None:
        raise ValidationError(
            msg("There is no command {word}; tab shows those there are", word=word),
            code="bad_command",
        )
    if not rest:
        return lambda: screen.action_act(action.id)
    reader = READERS.get(action.id)
    if reader is None or not takes(screen, action):
        raise ValidationError(
            msg("{word} takes nothing behind it here", word=word), code="bad_argument"
        )
    return reader(screen, rest)


def takes(screen: "BaseScreen", action: Action) -> bool:
    """Whether an action takes an argument on this screen."""
    if action.id in ("filter", "sort"):
        return isinstance(screen, Filtered)
    return bool(action.argument)


def named(screen: "BaseScreen", word: str) -> Action | None:
    """The action that a word means here: its own, or the only one that begins so."""
    exact = by_command(screen.SCOPE, word)
    if exact is not None:
        return exact
    begin = [a for a in for_scope(screen.SCOPE) if a.command.startswith(word)]
    return begin[0] if len(begin) == 1 else None


def complete(screen: "BaseScreen", line: str) -> Sequence[str]:
    """Whole lines that a line could become."""
    word, blank, rest = line.lstrip().partition(" ")
    if not blank:
        return sorted({a.command for a in for_scope(screen.SCOPE) if a.command.startswith(word)})
    action = named(screen, word)
    if action is None or not takes(screen, action):
        return []
    found = arguments.COMPLETERS[action.argument](screen, rest.lstrip())
    return [f"{word} {f}" for f in dict.fromkeys(found)]
