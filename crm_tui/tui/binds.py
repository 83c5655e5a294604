"""Keys of one's own that run lines of the command line, one after the other (ux.md 3.9).

``:bind F6 "wait third_party ordered; tags +vendor"`` is kept with the person's session. The lines run as
if typed: each waits for what the one before asked of the services, a question is answered before the next
one runs, and where one is refused or left the rest does not run. `undo` takes them back one by one.
"""

import asyncio
import re
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.screen import ModalScreen

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.i18n import tr
from crm_tui.tui.actions import ACTIONS, by_command
from crm_tui.tui.keymap import MOVES, SAME, SCOPES, shown

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp
    from crm_tui.tui.screens.base import BaseScreen

PLACE: Final = "binds"
"""Where they are kept among a person's session state."""
KEY: Final = re.compile(r"f([1-9]|1\d|2[0-4])|insert|ctrl\+[a-z]|[A-Za-z0-9]")
TAKEN: Final = frozenset({"ctrl+a", "ctrl+b", "ctrl+c", "ctrl+q", "ctrl+s", "ctrl+z"})
"""Keys of the terminal, of screen and tmux, and those that must always mean the same."""
LINES: Final = re.compile(r'((?:[^;"]|"[^"]*")+)')
ANSWERED_S: Final = 0.02


class Binds:
    """The keys of one's own of a running program."""

    def __init__(self, app: "CrmApp") -> None:
        self._app = app
        self._task: asyncio.Task[None] | None = None

    @property
    def lines(self) -> dict[str, str]:
        """Lines by key."""
        found = self._app.places.session.get(PLACE)
        return dict(found) if isinstance(found, dict) else {}

    def put(self, key: str, line: str) -> None:
        """Bind a key; an empty line frees it."""
        kept = {**self.lines, key: line}
        if not line:
            del kept[key]
        self._app.places.keep(PLACE, kept)
        self._app.attach_binds()
        said = tr("{key} is free again") if not line else tr("{key} runs: {line}")
        self._app.say(said.format(key=shown(key), line=line))

    def attach(self, screen: "BaseScreen") -> None:
        """Let a screen obey the keys."""
        for key in self.lines:
            bound = Binding(key, f"bound('{key}')", show=False)
            known = screen._bindings.key_to_bindings.setdefault(key, [])
            if not any(b.action == bound.action for b in known):
                known.append(bound)

    def run(self, screen: "BaseScreen", key: str) -> None:
        """Run what a key is bound to; where one writes, keys are text."""
        line = self.lines.get(key)
        # Textual's name in all widgets that one types in.
        writing = hasattr(self._app.focused, "cursor_screen_offset")
        if line is not None and not writing:
            self._task = asyncio.create_task(self._chain(screen, split(line)), name="own-key")

    def stop(self) -> None:
        """The program ends."""
        if self._task is not None:
            self._task.cancel()

    async def _chain(self, screen: "BaseScreen", lines: list[str]) -> None:
        from crm_tui.tui import commands

        app = self._app
        # What is typed meanwhile is for what stands there afterwards, unless a question is asked.
        release = app.typeahead.hold(lambda: not isinstance(app.screen, ModalScreen))
        try:
            for line in lines:
                warned = app.warned
                try:
                    do = await asyncio.to_thread(commands.read, screen, line)
                except DomainError as error:
                    app.show_error(error)
                    return
                do()
                if not await self._done() or app.warned != warned:
                    return
                screen = app.main_screen
        finally:
            release()

    async def _done(self) -> bool:
        """Wait until a line has done its work; False where its question was left."""
        app = self._app
        await app.typeahead.answered()
        asked, told = False, app.told
        while isinstance(app.screen, ModalScreen):
            asked = True
            await asyncio.sleep(ANSWERED_S)
            await app.typeahead.answered()
        return not asked or app.told != told


def split(line: str) -> list[str]:
    """The lines of a chain; a semicolon in quotes is text."""
    return [part.strip() for part in LINES.findall(line) if part.strip()]


def read(screen: "BaseScreen", text: str) -> tuple[str, str]:
    """The key and the line of ``F6 "status waiting; tags +vendor"``, checked as far as can be."""
    # The command line is loaded when it is opened first.
    from crm_tui.tui.commands import named

    word, _, line = text.strip().partition(" ")
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] == '"':
        line = line[1:-1].strip()
    key = word if len(word) == 1 else word.lower()
    if not KEY.fullmatch(key) or key in MOVES or key in SAME or key in TAKEN:
        raise ValidationError(
            msg("{key} cannot be bound; F2 to F12 can", key=word),
            code="bad_argument",
        )
    used = next((a for a in ACTIONS if key in screen.crm.keys[a.id]), None)
    if used is not None:
        raise ValidationError(
            msg("{key} is the key of {action} already", key=word, action=used.id),
            code="bad_argument",
        )
    if not line and key not in screen.crm.binds.lines:
        raise ValidationError(
            msg("Say what the key shall do, like {example}", example='F6 "take; tags +vendor"'),
            code="bad_argument",
        )
    for part in split(line):
        first = part.split()[0]
        known = any(by_command(scope, first) for scope in SCOPES)
        if not known and named(screen, first) is None:
            raise ValidationError(
                msg("There is no command {word}; tab shows those there are", word=first),
                code="bad_command",
            )
    return key, line
