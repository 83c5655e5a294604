"""The program: frame first, store in a worker, one place for messages and errors (ux.md 3)."""

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import SystemCommand
from textual.await_complete import AwaitComplete
from textual.binding import BindingType
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen, Screen

from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.domain.views import ViewSpec
from crm_tui.i18n import render, tr
from crm_tui.tui import keymap, palette
from crm_tui.tui.binds import Binds
from crm_tui.tui.gateway import UNEXPECTED, Gateway
from crm_tui.tui.mains import BY_SCOPE
from crm_tui.tui.places import Places
from crm_tui.tui.platform import ADVANCE, THEMES, Terminal, line_is_cut
from crm_tui.tui.private import WiredApp
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.theme import TEXTUAL_NAMES, textual_themes
from crm_tui.tui.toasts import Toasts
from crm_tui.tui.typeahead import TypeAhead
from crm_tui.tui.widgets.dialogs import Dialog

if TYPE_CHECKING:
    from crm_tui.bootstrap import Opened
    from crm_tui.tui.screens.figures_rows import Behind
    from crm_tui.tui.screens.queue import QueueScreen

log = logging.getLogger("crm_tui")
LINE_S = 2.0
"""Seconds between looks whether the terminal is still there."""
HUNG_UP = 129
HISTORY = 50
"""Lines of a kind that are kept for going back to them."""
QUIT_S = 1.0
"""What a place to keep is worth waiting for on the way out."""
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
        self._keys_fault: DomainError | None = None
        try:
            self.keys = keymap.load(keys_file)
        except DomainError as error:
            self.keys, self._keys_fault = keymap.load(None), error
        self.gateway = Gateway(self, opener, log_folder)
        self.counts: dict[str, int] = {}
        self.said: list[str] = []
        self.told = self.warned = 0
        """How often something was said, and how often it was a warning or an error."""
        self.repeatable: Callable[[Sequence[int]], Any] | None = None
        """The last change of tickets, for `repeat`."""
        self.repeatable_task: tuple[str, tuple[Any, ...]] | None = None
        """The last verb on tasks and what was given with it, for `repeat` on the board."""
        self.toasts = Toasts(self)
        self.places = Places(self)
        self.binds = Binds(self)
        self.wanted: ViewSpec | None = None
        """What the queue shall show when it opens next."""
        self.typeahead = TypeAhead(self, super().on_event)
        self._ticking = ticking
        self.advance_first = ADVANCE[0]
        """What `advance` is until the person sets it."""
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
                if isinstance(screen, BaseScreen | Dialog):
                    screen.line_cut()
            self.places.stand()
            self.places.save()
        self.exit(return_code=HUNG_UP)

    def _open(self) -> None:
        self.gateway.open(self._opened, self._not_opened)
        # Keys typed before this wait with those typed until the store is open.
        self.typeahead.start()

    def _opened(self) -> None:
        # Where the session cannot be read, work begins at the usual place.
        self.gateway.run(self.places.load, lambda _: self._begin(), refused=lambda _: self._begin())

    def _begin(self) -> None:
        self._apply_settings()
        self.attach_binds()
        if self._keys_fault is not None:
            self.show_error(self._keys_fault)
        if isinstance(self.screen, BaseScreen):
            self.places.resume()
        for screen in self.screen_stack:
            # One that opens just now reads by itself.
            if isinstance(screen, BaseScreen) and screen.is_mounted:
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
            self.keep_session()

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
        self.remember(text, severity)
        self.toasts.show(text, severity)

    def remember(self, text: str, severity: SeverityLevel = "information") -> None:
        """Keep for `:messages` what a screen itself says."""
        self.told += 1
        self.warned += severity != "information"
        self.said.append(text)
        del self.said[:-200]

    def push_screen(self, screen: Any, *args: Any, **kwargs: Any) -> Any:
        """Lay a screen over the one that is seen; what was said there stays there."""
        below = self.screen_stack[-1:]
        answer = super().push_screen(screen, *args, **kwargs)
        for covered in below:
            self.toasts.covered(covered)
        return answer

    def pop_screen(self) -> AwaitComplete:
        """Close the screen that is seen, with what was said there."""
        answer = super().pop_screen()
        self.toasts.uncovered(self.screen)
        return answer

    def switch_screen(self, screen: Any) -> AwaitComplete:
        """Put a screen in the place of the one that is seen, with what was said there."""
        left = self.screen
        answer = super().switch_screen(screen)
        self.toasts.covered(left)
        return answer

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

    def place_of(self, name: str) -> Any:
        """A part of the session that was kept."""
        return self.places.session.get(name)

    def keep_place(self, name: str, state: Any) -> None:
        """Keep a part of the session."""
        self.places.keep(name, state)

    def keep_session(self) -> None:
        """Write what is new of the session; nobody waits for it."""
        if self.gateway.ready:
            self.places.stand()
            self.gateway.run(self.places.save, group="session", apart=True)

    def leaving(self) -> None:
        """Another place is gone to: this one is where `-` leads."""
        if isinstance(self.screen, BaseScreen) and self.gateway.ready:
            self.places.leaving(self.screen)

    def open_view(self, spec: ViewSpec) -> None:
        """Show a view in the queue."""
        self.wanted = spec
        self.go("queue")
        self._queue_shows(lambda queue: queue.put_spec(spec))

    def open_queue(self, state: Any) -> None:
        """Show the queue as it was."""
        self.go("queue")
        self._queue_shows(lambda queue: queue.restore(state))

    def open_plan(self, place: str, state: Any) -> None:
        """Show board or timeline as it was, or as a view says."""
        from crm_tui.tui.screens.board import BoardScreen
        from crm_tui.tui.screens.timeline_screen import TimelineScreen

        self.go(place)
        self.places.keep(place, state)
        bottom = self.bottom_screen
        # One that opens now takes what is kept by itself.
        if isinstance(bottom, BoardScreen | TimelineScreen) and bottom.begun:
            bottom.restore(state)

    def _queue_shows(self, show: "Callable[[QueueScreen], object]") -> None:
        from crm_tui.tui.screens.queue import QueueScreen

        bottom = self.bottom_screen
        # One that opens now takes what is wanted by itself.
        if isinstance(bottom, QueueScreen) and bottom.begun:
            self.wanted = None
            show(bottom)

    # Keys of one's own

    @property
    def main_screen(self) -> BaseScreen:
        """The screen below whatever asks something."""
        found = [s for s in self.screen_stack if isinstance(s, BaseScreen)]
        return found[-1]

    @property
    def bottom_screen(self) -> BaseScreen:
        """The main screen below all others."""
        return next(s for s in self.screen_stack if isinstance(s, BaseScreen))

    @property
    def screen_below(self) -> BaseScreen | None:
        """The screen that one comes back to by closing this one."""
        found = [s for s in self.screen_stack if isinstance(s, BaseScreen)]
        return found[-2] if len(found) > 1 else None

    def attach_binds(self) -> None:
        """Let the screens that are open obey the keys of the person's own."""
        for screen in self.screen_stack:
            if isinstance(screen, BaseScreen):
                self.binds.attach(screen)

    # What was typed

    def lines(self, kind: str) -> list[str]:
        """Lines that were typed, ``filters`` or ``commands``, the last one last."""
        found = self.places.session.get(kind)
        return [str(line) for line in found] if isinstance(found, list) else []

    def typed(self, kind: str, line: str) -> None:
        """Keep a line for going back to it, also at the next start; names in it are the user's own."""
        line = line.strip()
        if line:
            before = [old for old in self.lines(kind) if old != line]
            self.places.keep(kind, [*before, line][-HISTORY:])

    # Settings of the person

    @property
    def settings(self) -> dict[str, str]:
        """What was set on the command line: theme, advance."""
        found = self.places.session.get("settings")
        return dict(found) if isinstance(found, dict) else {}

    @property
    def advance(self) -> str:
        """Where a ticket's screen goes when its ticket is done: stay, next or list."""
        found = self.settings.get("advance", "")
        return found if found in ADVANCE else self.advance_first

    def put_setting(self, name: str, value: str) -> None:
        """Set, and keep it for the next start."""
        self.places.keep("settings", {**self.settings, name: value})
        if name == "theme":
            self._put_theme(value)
        self.say(tr("{name} is {value} now").format(name=name, value=value))

    def _apply_settings(self) -> None:
        theme = self.settings.get("theme", "")
        # Where the terminal has few colours or shall have none, its own choice stands.
        if theme in THEMES and theme != self.terminal.theme and self.terminal.theme in THEMES[:2]:
            self._put_theme(theme)

    def _put_theme(self, name: str) -> None:
        self.terminal = replace(self.terminal, theme=name)
        self.theme = TEXTUAL_NAMES[name]
        for screen in self.screen_stack:
            for widget in screen.query("*"):
                if hasattr(widget, "theme_name"):
                    widget.theme_name = name
                    widget.refresh()
        self._refresh_screen()

    def go(self, place: str) -> None:
        """Go to a main screen."""
        screen = self.screen
        if isinstance(screen, BaseScreen) and place == screen.SCOPE:
            return
        self.leaving()
        while len(self.screen_stack) > 2:
            self.pop_screen()
        bottom = self.screen_stack[1] if len(self.screen_stack) > 1 else None
        if isinstance(bottom, BaseScreen) and place == bottom.SCOPE:
            bottom.changed([])
            bottom.draw_bars()
            return
        self.switch_screen(BY_SCOPE[place].make())

    def open_ticket(self, ticket_id: int, siblings: Sequence[int] = ()) -> None:
        """Open a ticket; ``siblings`` are its neighbours in the list it came from."""
        from crm_tui.tui.screens.ticket import TicketScreen

        self.leaving()
        self.push_screen(TicketScreen(ticket_id, siblings))

    def open_task(self, task_id: int, siblings: Sequence[int] = ()) -> None:
        """Open the page of a task; ``siblings`` are its neighbours in the list it came from."""
        from crm_tui.tui.screens.task_page import TaskScreen

        self.leaving()
        self.push_screen(TaskScreen(task_id, siblings))

    def open_customer(self, customer_id: int) -> None:
        """Open a customer's profile."""
        from crm_tui.tui.screens.profile import ProfileScreen

        self.leaving()
        self.push_screen(ProfileScreen(customer_id))

    def open_register(self, kind: str) -> None:
        """Open a register."""
        from crm_tui.tui.screens.register import RegisterScreen

        self.leaving()
        if isinstance(self.screen, RegisterScreen):
            self.switch_screen(RegisterScreen(kind))
        else:
            self.push_screen(RegisterScreen(kind))

    def open_figure_rows(self, behind: "Behind") -> None:
        """Open the rows behind a figure."""
        from crm_tui.tui.screens.figures_rows import FigureRowsScreen

        self.leaving()
        self.push_screen(FigureRowsScreen(behind))

    def leave(self) -> None:
        """Back to the screen below, which looks again at what it shows."""
        if len(self.screen_stack) > 2:
            self.leaving()
            self.pop_screen()
            if isinstance(self.screen, BaseScreen):
                self.screen.changed([])
                self.screen.draw_bars()

    def on_unmount(self) -> None:
        """The end."""
        self.binds.stop()
        self.typeahead.stop()

    async def action_quit(self) -> None:
        """What Textual does on ctrl+q: the screen in use asks where something would be lost."""
        # Loaded with the first form, not before the first frame.
        from crm_tui.tui.widgets.form import Form

        for screen in reversed(self.screen_stack):
            if isinstance(screen, Form):
                screen.action_leave()
                return
            if isinstance(screen, BaseScreen):
                screen.do_quit()
                return
        self.exit()

    def do_quit(self) -> None:
        """Keep the place and leave; a store that does not answer is not waited for."""
        if not self.gateway.ready:
            self.exit()
            return
        self.leaving()
        self.places.stand()

        def end(_: object = None) -> None:
            if self.is_running:
                self.exit()

        self.set_timer(QUIT_S, end)
        self.gateway.run(self.places.save, end, group="session", refused=end)

    # Palette, help, command line

    def show_actions(self, scope: str) -> None:
        """Help that can be searched and run."""
        palette.show_actions(self, scope)

    def show_find(self, scope: str) -> None:
        """Quick find: customers, tickets, actions."""
        palette.show_find(self, scope)

    def show_command(self, screen: BaseScreen, text: str = "") -> None:
        """The command line, with what may already stand on it."""
        from crm_tui.tui import commands

        commands.show(screen, text)

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
    advance: str = "",
) -> int:
    """Run the program; ``faults`` of the settings are told. The answer is the exit status."""
    app = CrmApp(opener, terminal, keys_file=keys_file, log_folder=log_folder)
    app.faults = faults
    app.advance_first = advance or ADVANCE[0]
    started = time.monotonic()
    app.run(mouse=terminal.mouse)
    log.info("ran %.0f s", time.monotonic() - started)
    return app.return_code or 0
