"""The program: frame first, store in a worker, one place for messages and errors (ux.md 3)."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.domain.text import cell_width, pad
from crm_tui.i18n import render, tr
from crm_tui.tui import keymap
from crm_tui.tui.actions import by_command, for_scope
from crm_tui.tui.gateway import UNEXPECTED, Gateway
from crm_tui.tui.labels import found_detail
from crm_tui.tui.platform import Terminal, line_is_cut
from crm_tui.tui.private import WiredApp
from crm_tui.tui.screens.base import BaseScreen, action_lines
from crm_tui.tui.theme import TEXTUAL_NAMES, textual_themes
from crm_tui.tui.typeahead import TypeAhead
from crm_tui.tui.widgets.dialogs import Finder, Option, Prompt
from crm_tui.tui.widgets.form import Form

if TYPE_CHECKING:
    from crm_tui.bootstrap import Opened

log = logging.getLogger("crm_tui")
LINE_S = 2.0
"""Seconds between looks whether the terminal is still there."""
HUNG_UP = 129
OFFLINE = N_("OFFLINE since {time}")
READ_ONLY = N_("READ ONLY")
_HERE = Path(__file__).resolve()


def stylesheet() -> Path:
    """screens.tcss beside the package in a checkout, inside it in a wheel."""
    found = (_HERE.parents[2] / "screens.tcss", _HERE.parents[1] / "screens.tcss")
    return next(p for p in found if p.is_file())


class CrmApp(WiredApp):
    """The service desk."""

    CSS_PATH: ClassVar[Path] = stylesheet()
    ENABLE_COMMAND_PALETTE = False
    NOTIFICATION_TIMEOUT = 6
    BINDINGS: ClassVar[list[BindingType]] = []
    TITLE = "crm-tui"

    def __init__(
        self,
        opener: "Callable[[], Opened]",
        terminal: Terminal,
        *,
        keys_file: Path | None = None,
        log_folder: Path | None = None,
        ticking: bool = True,
    ) -> None:
        super().__init__(terminal)
        self.keys = keymap.load(keys_file)
        self.gateway = Gateway(self, opener, log_folder)
        self.counts: dict[str, int] = {}
        self.said: list[str] = []
        self.history: list[str] = []
        self.typeahead = TypeAhead(self, super().on_event)
        self._ticking = ticking
        self.faults: Sequence[DomainError] = ()
        """What was wrong with the settings, for which defaults serve."""
        self.trouble = ""
        """What is wrong with the store, in a word for the top line."""
        self.trouble_since: datetime | None = None
        for theme in textual_themes():
            self.register_theme(theme)
        self.theme = TEXTUAL_NAMES[terminal.theme]

    # Keys

    async def on_event(self, event: events.Event) -> None:
        """Keys and pastes wait their turn; everything else is Textual's."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            self.typeahead.add(event)
        else:
            await super().on_event(event)

    # Start

    def on_mount(self) -> None:
        """Paint the queue's frame, then open the store."""
        from crm_tui.tui.screens.queue import QueueScreen

        self.typeahead.start()
        self._mind_the_line()
        self.push_screen(QueueScreen())
        self.call_after_refresh(self._open)

    def _mind_the_line(self) -> None:
        """End when the terminal is gone: by signal, or without one, as behind some multiplexers."""
        if self.is_headless:
            return
        loop = asyncio.get_running_loop()
        for name in ("SIGHUP", "SIGTERM"):
            with suppress(AttributeError, NotImplementedError, RuntimeError, ValueError):
                loop.add_signal_handler(getattr(signal, name), self.line_cut)
        self.set_interval(LINE_S, self._look_at_the_line)

    def _look_at_the_line(self) -> None:
        stream = sys.__stdin__
        if stream is not None and line_is_cut(stream.fileno()):
            self.line_cut()

    def line_cut(self) -> None:
        """Keep what is being written and leave: nobody is there to be asked."""
        if self.gateway.ready:
            for screen in self.screen_stack:
                if isinstance(screen, BaseScreen):
                    screen.line_cut()
        self.exit(return_code=HUNG_UP)

    def _open(self) -> None:
        self.gateway.open(self._opened, self._not_opened)

    def _opened(self) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                screen.ready()
                screen.draw_bars()
        for fault in self.faults:
            self.show_error(fault)
        self.set_interval(self.terminal.poll_s, self._poll)
        self.set_interval(60, self._minute)
        self._count()
        if self._ticking:
            self.set_interval(15, self._tick)
            self._tick()

    def _not_opened(self, error: DomainError) -> None:
        # Nothing can be done without the store: say why and leave, the reason in the terminal.
        self.exit(return_code=1, message=render(error.message))

    # Background

    def _poll(self) -> None:
        if not isinstance(self.screen, ModalScreen):
            self.gateway.poll(self._changes, self._answered)

    def _answered(self) -> None:
        # A store that may only be read answers too.
        if self.trouble == OFFLINE:
            self.trouble = ""
            self.say(tr("online again"))
            self._refresh_screen()

    def _refresh_screen(self) -> None:
        if isinstance(self.screen, BaseScreen):
            self.screen.changed([])
            self.screen.draw_bars()

    def _changes(self, changes: list[Any]) -> None:
        if isinstance(self.screen, BaseScreen):
            self.screen.changed(changes)
        self._count()

    def _minute(self) -> None:
        if isinstance(self.screen, BaseScreen):
            self.screen.draw_bars()
            self.screen.minute()

    def _tick(self) -> None:
        services = self.gateway.services
        owner = f"tui-{id(self)}"
        self.gateway.run(lambda: services.ticker.tick(owner), group="tick", refused=self.offline)

    def _count(self) -> None:
        services, actor = self.gateway.services, self.gateway.actor

        def work() -> dict[str, int]:
            return {
                "queue": services.views.count("is:open", actor=actor),
                "inbox": services.notifications.unread(actor=actor),
            }

        def then(counts: dict[str, int]) -> None:
            self.counts = counts
            if isinstance(self.screen, BaseScreen):
                self.screen.draw_bars()

        self.gateway.run(work, then, group="count", exclusive=True, refused=self.offline)

    # Messages

    def say(self, text: str, severity: SeverityLevel = "information") -> None:
        """A toast in the place of the one before, kept for `:messages`."""
        self.said.append(text)
        del self.said[:-200]
        self.clear_notifications()
        self.notify(text, severity=severity, markup=False)

    def show_error(self, error: DomainError) -> None:
        """A refusal as a sentence."""
        self.say(render(error.message), "warning")

    def offline(self, error: DomainError) -> None:
        """The store is away or may only be read: say so once; what is shown stays."""
        word = READ_ONLY if error.code == "database_read_only" else OFFLINE
        if self.trouble != word:
            self.trouble, self.trouble_since = word, self.gateway.services.core.clock()
            self.say(render(error.message), "error")
            if isinstance(self.screen, BaseScreen):
                self.screen.draw_bars()

    def unexpected(self, error: Exception) -> None:
        """A defect: the log gets where it happened, without values, and the user a sentence."""
        frames = []
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{Path(code.co_filename).name}:{trace.tb_lineno}:{code.co_name}")
            trace = trace.tb_next
        log.error("%s at %s", type(error).__name__, " < ".join(reversed(frames)))
        self.say(render(UNEXPECTED), "error")

    # Places

    def go(self, place: str) -> None:
        """Go to a main screen."""
        from crm_tui.tui.screens.customers import CustomersScreen
        from crm_tui.tui.screens.inbox import InboxScreen
        from crm_tui.tui.screens.queue import QueueScreen

        kinds: dict[str, Callable[[], BaseScreen]] = {
            "queue": QueueScreen,
            "customers": CustomersScreen,
            "inbox": InboxScreen,
        }
        screen = self.screen
        if isinstance(screen, BaseScreen) and place == screen.SCOPE:
            return
        while len(self.screen_stack) > 2:
            self.pop_screen()
        bottom = self.screen_stack[1] if len(self.screen_stack) > 1 else None
        if isinstance(bottom, BaseScreen) and place == bottom.SCOPE:
            bottom.changed([])
            bottom.draw_bars()
            return
        self.switch_screen(kinds[place]())

    def open_ticket(self, ticket_id: int, siblings: Sequence[int] = ()) -> None:
        """Open a ticket; ``siblings`` are its neighbours in the list it came from."""
        from crm_tui.tui.screens.ticket import TicketScreen

        self.push_screen(TicketScreen(ticket_id, siblings))

    def open_customer(self, customer_id: int) -> None:
        """Open a customer's profile."""
        from crm_tui.tui.screens.profile import ProfileScreen

        self.push_screen(ProfileScreen(customer_id))

    def open_register(self, kind: str) -> None:
        """Open a register."""
        from crm_tui.tui.screens.register import RegisterScreen

        if isinstance(self.screen, RegisterScreen):
            self.switch_screen(RegisterScreen(kind))
        else:
            self.push_screen(RegisterScreen(kind))

    def leave(self) -> None:
        """Back to the screen below, which looks again at what it shows."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
            if isinstance(self.screen, BaseScreen):
                self.screen.changed([])
                self.screen.draw_bars()

    def on_unmount(self) -> None:
        """The end."""
        self.typeahead.stop()

    async def action_quit(self) -> None:
        """What Textual does on ctrl+q: the screen in use asks where something would be lost."""
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Form):
                screen.action_leave()
                return
            if isinstance(screen, BaseScreen):
                screen.do_quit()
                return
        self.exit()

    def do_quit(self) -> None:
        """Leave the program."""
        self.exit()

    # Palette, help, command line

    def show_actions(self, scope: str) -> None:
        """Help that can be searched and run."""
        lines = action_lines(scope, self.keys)
        first = max(cell_width(keys) for _, keys in lines)
        second = max(cell_width(tr(a.title)) for a, _ in lines)

        def search(text: str) -> list[Option]:
            wanted = text.casefold()
            return [
                Option(
                    a.id,
                    f"{pad(keys, first)}  {pad(tr(a.title), second)}",
                    detail=tr(a.help),
                )
                for a, keys in lines
                if wanted in f"{keys} {a.id} {a.command} {tr(a.title)} {tr(a.help)}".casefold()
            ]

        def chosen(name: str | None) -> None:
            if name is not None and isinstance(self.screen, BaseScreen):
                self.screen.action_act(name)

        self.push_screen(
            Finder(tr("Help: type to search, enter runs"), self.terminal.theme, search), chosen
        )

    def show_find(self, scope: str) -> None:
        """Quick find: customers, tickets, actions (R-005: contact details only by permission)."""
        services, actor = self.gateway.services, self.gateway.actor

        def search(text: str) -> list[Option]:
            found = [
                Option((f.kind, f.id), f.title, detail=found_detail(f))
                for f in services.find.find(text, actor=actor, limit=10)
            ]
            wanted = text.casefold()
            found += [
                Option(("action", a.id), tr(a.title), detail=tr(a.help))
                for a in for_scope(scope)
                if wanted and wanted in f"{a.command} {tr(a.title)}".casefold()
            ]
            return found[:12]

        def chosen(value: Any) -> None:
            if value is None:
                return
            kind, key = value
            if kind == "ticket":
                self.open_ticket(key)
            elif kind == "customer":
                self.open_customer(key)
            elif isinstance(self.screen, BaseScreen):
                self.screen.action_act(key)

        title = tr("Find: name, pinyin, phone, number")
        self.push_screen(Finder(title, self.terminal.theme, search, self.gateway.run), chosen)

    def show_command(self, screen: BaseScreen) -> None:
        """The command line: a word of the registry, or `go T-12`, `go C2024001`."""
        words = sorted({a.command for a in for_scope(screen.SCOPE)} | {"go"})

        def check(text: str) -> str | None:
            word = text.split(" ")[0] if text.strip() else ""
            if not word or word in words:
                return None
            return tr("There is no command {word}; tab shows those there are").format(word=word)

        def complete(text: str) -> list[str]:
            return [w for w in words if w.startswith(text)]

        def chosen(text: str | None) -> None:
            if not text:
                return
            self.history.append(text)
            word, _, rest = text.strip().partition(" ")
            if word == "go":
                self._go_to(rest.strip())
                return
            action = by_command(screen.SCOPE, word)
            if action is not None:
                screen.action_act(action.id)

        prompt = Prompt(":", check=check, complete=complete, history=self.history[-50:])
        self.push_screen(prompt, chosen)

    def _go_to(self, text: str) -> None:
        services, actor = self.gateway.services, self.gateway.actor

        def then(found: Sequence[Any]) -> None:
            if not found:
                self.say(tr("Nothing found"), "warning")
            elif found[0].kind == "ticket":
                self.open_ticket(found[0].id)
            else:
                self.open_customer(found[0].id)

        self.gateway.run(lambda: services.find.find(text, actor=actor, limit=1), then)

    def get_system_commands(self, screen: Screen[Any]) -> "Any":
        """None of Textual's own: they write files and start browsers where the program runs."""
        empty: list[SystemCommand] = []
        return iter(empty)


def run(
    opener: "Callable[[], Opened]",
    terminal: Terminal,
    *,
    keys_file: Path | None = None,
    log_folder: Path | None = None,
    faults: Sequence[DomainError] = (),
) -> int:
    """Run the program; ``faults`` of the settings are told. The answer is the exit status."""
    app = CrmApp(opener, terminal, keys_file=keys_file, log_folder=log_folder)
    app.faults = faults
    started = time.monotonic()
    app.run(mouse=terminal.mouse)
    log.info("ran %.0f s", time.monotonic() - started)
    return app.return_code or 0
