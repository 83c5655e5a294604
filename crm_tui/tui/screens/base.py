"""What every main screen has: two chrome lines, actions by id, live refresh, places to go back to."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from crm_tui.domain.errors import RuleViolation
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.text import cell_width
from crm_tui.i18n import render, tr
from crm_tui.tui.actions import ACTIONS, Action, for_scope
from crm_tui.tui.keymap import shown
from crm_tui.tui.mains import BY_SCOPE, MAINS
from crm_tui.tui.screens.telling import told
from crm_tui.tui.widgets.bars import Bar, hints
from crm_tui.tui.widgets.dialogs import (
    LEAST_HEIGHT,
    LEAST_WIDTH,
    Page,
    Prompt,
    Question,
    TooSmall,
    paragraphs,
)

if TYPE_CHECKING:
    from crm_tui.services.result import Result
    from crm_tui.tui.app import CrmApp
    from crm_tui.tui.gateway import Gateway


LIST = N_("LIST")
"""The mode in which printable keys are commands (ux.md 3.2)."""


class BaseScreen(Screen[None]):
    """A main screen; ``SCOPE`` is its name in the action registry."""

    SCOPE: ClassVar[str] = ""
    ROOT: ClassVar[bool] = False
    # The screen's own reactive repaints everything on each change of focus; ours need not.
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)

    def __init__(self) -> None:
        super().__init__()
        self.status = ""
        self.mode = LIST
        keys = self.crm.keys
        for action in for_scope(self.SCOPE):
            for key in keys[action.id]:
                self._bindings.key_to_bindings.setdefault(key, []).insert(
                    0, Binding(key, f"act('{action.id}')", tr(action.title), show=False)
                )

        self.crm.binds.attach(self)

    @property
    def crm(self) -> "CrmApp":
        """The program."""
        return cast("CrmApp", self.app)

    @property
    def gateway(self) -> "Gateway":
        """The door to the services."""
        return self.crm.gateway

    @property
    def now(self) -> datetime:
        """The services' present."""
        return self.gateway.services.core.clock()

    def local(self, at: datetime) -> datetime:
        """A moment on the desk's wall clock."""
        return at.astimezone(self.gateway.zone)

    # Frame

    def compose(self) -> ComposeResult:
        """The chrome lines round the body."""
        yield Bar(self.crm.terminal.theme, id="top")
        yield from self.body()
        yield Bar(self.crm.terminal.theme, id="bottom")
        # Laid over the rest, so that what is written keeps its focus below it.
        yield TooSmall()

    def body(self) -> ComposeResult:
        """The widgets between the chrome lines."""
        yield from ()

    def on_mount(self) -> None:
        """Draw the frame at once; data comes when the store is open.

        Textual runs it after a subclass's own, which must not call it: all would be read twice.
        """
        self.draw_bars()
        self.set_classes_by_size()
        if self.gateway.ready:
            self.ready()

    def ready(self) -> None:
        """The store is open: read."""

    def on_resize(self) -> None:
        """Other breakpoints, other hints."""
        self.set_classes_by_size()
        self.draw_bars()

    def set_classes_by_size(self) -> None:
        """Under 100 columns there is no side pane; under 60 by 16 only a sentence (ux.md 3.8)."""
        size = self.app.size
        self.set_class(size.width < 100, "-narrow")
        self.set_class(size.height < 30, "-low")
        self.set_class(size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT, "-tiny")

    def crumb(self) -> str:
        """Where we are, in words."""
        return ""

    def extra(self) -> "list[tuple[str, str]]":
        """More for the head line, each piece whole or not at all."""
        return []

    def draw_bars(self) -> None:
        """Draw both chrome lines."""
        wide = self.app.size.width >= 100
        corner = self._corner(wide)
        crumb = self.crumb()
        where = [(f" {'>' if self.crm.terminal.ascii else '›'} {crumb}", "bar")] if crumb else []
        left = [*self._places((*where, *corner)), *where]
        room = self.app.size.width - sum(cell_width(t) for t, _ in (*left, *corner))
        for text, role in self.extra():
            room -= cell_width(text)
            if room < 0:
                break
            left.append((text, role))
        self.query_one("#top", Bar).show(left, corner)
        status = f" {self.status} " if self.status else ""
        mode = f" {tr(self.mode)} "
        room = self.app.size.width - cell_width(mode) - cell_width(status) - 2
        role = "key" if self.mode == LIST else "tab"
        pieces = [(mode, role), (" ", "bar"), *hints(self.hints(), room)]
        self.query_one("#bottom", Bar).show(pieces, [(status, "bar")] if status else [])

    def _places(self, beside: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """The main screens, named as long as there is room for what stands ``beside`` them.

        With less room they stand closer and are called shorter (ux.md 3.8), at last by key alone but
        for this one and those with something to count.
        """
        counts, here = self.crm.counts, self.place()
        room = self.app.size.width - sum(cell_width(text) for text, _ in beside)
        pieces: list[tuple[str, str]] = []
        for naming in ("full", "short", "key") if self.app.size.width >= 100 else ("short", "key"):
            pieces = []
            for main in MAINS:
                mark = " " if naming == "full" else ":"
                count = f"{mark}{counts[main.scope]}" if counts.get(main.scope) else ""
                word = f" {tr(main.word if naming == 'full' else main.short)}{count}"
                if naming == "key" and not count and main.scope != here:
                    word = ""
                text = f" {main.key}{word}{' ' if naming == 'full' else ''}"
                pieces.append((text, "tab" if main.scope == here else "bar"))
            if sum(cell_width(text) for text, _ in pieces) <= room:
                break
        return pieces

    def _corner(self, wide: bool) -> list[tuple[str, str]]:
        """Whether the store is away, who works here, and the time."""
        if not self.gateway.ready:
            return [(f" {tr('loading')} ", "bar")]
        pieces = []
        if self.crm.trouble and self.crm.trouble_since is not None:
            since = self.local(self.crm.trouble_since)
            pieces.append((f" {tr(self.crm.trouble).format(time=f'{since:%H:%M}')} ", "alarm"))
        who = f" {self.gateway.actor.login}" if wide else ""
        return [*pieces, (f"{who} {self.local(self.now):%H:%M} ", "bar")]

    def place(self) -> str:
        """The main screen that this one was opened from."""
        for screen in self.app.screen_stack:
            if isinstance(screen, BaseScreen):
                return screen.SCOPE
        return self.SCOPE

    def place_state(self) -> Any:
        """What brings one back to this place; the next start keeps what is a mapping of plain values."""
        return None

    def hints(self) -> list[tuple[str, str]]:
        """Keys and words for the last line, the most wanted first."""
        found = sorted((a for a in for_scope(self.SCOPE) if a.hint), key=lambda a: a.hint)
        keys = self.crm.keys
        return [(shown(keys[a.id][0]), a.title) for a in found if keys[a.id]]

    # Actions

    def action_act(self, name: str) -> None:
        """Do what the registry calls ``name``."""
        action = next(a for a in ACTIONS if a.id == name)
        method = getattr(self, action.method, None)
        place = BY_SCOPE.get(name.removeprefix("go."))
        if method is None and place is not None:
            self.crm.go(place.scope)
        elif method is None:
            self.crm.say(tr("Not possible here"), "warning")
        elif not self.gateway.ready and action.id not in ("quit", "help", "redraw"):
            self.crm.say(tr("loading"))
        else:
            method()

    def do_help(self) -> None:
        """Keys of this screen; typing narrows, enter runs."""
        self.crm.show_actions(self.SCOPE)

    def do_palette(self) -> None:
        """Find a customer, a ticket or an action."""
        self.crm.show_find(self.SCOPE)

    def do_command(self) -> None:
        """Type a command."""
        self.crm.show_command(self)

    def do_back(self) -> None:
        """Cancel the innermost thing, else go back; never out of the program."""
        if not self.ROOT:
            self.crm.leave()

    def do_close(self) -> None:
        """Close; at a main screen ask whether to quit."""
        if not self.ROOT:
            self.crm.leave()
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self.crm.do_quit()

        self.app.push_screen(Question(tr("Quit?")), answered)

    def do_back_last(self) -> None:
        """To the last place."""
        self.crm.places.back(self)

    def do_quit(self) -> None:
        """Leave the program."""
        self.crm.do_quit()

    def do_go(self) -> None:
        """Ask for a number or a name."""
        self.crm.show_command(self, "go ")

    def do_go_customer(self) -> None:
        """Ask for a customer."""
        self.crm.show_command(self, "customer ")

    def do_set(self) -> None:
        """Ask for a setting."""
        self.crm.show_command(self, "set ")

    def do_keys(self) -> None:
        """Every key with its action."""
        from crm_tui.tui.palette import show_keys

        show_keys(self.crm)

    def do_redraw(self) -> None:
        """Draw everything again."""
        self.crm.redraw()

    def do_refresh(self) -> None:
        """Read everything again."""
        self.ready()

    def do_messages(self) -> None:
        """The last messages."""
        said = self.crm.said[::-1] or [tr("none")]
        self.app.push_screen(Page(tr("Messages"), self.crm.terminal.theme, paragraphs(said)))

    def do_undo(self) -> None:
        """Take back my last change."""
        services, actor = self.gateway.services, self.gateway.actor
        self.gateway.run(lambda: services.undo.undo(actor=actor), self._undone)

    def do_redo(self) -> None:
        """Do again what was undone."""
        services, actor = self.gateway.services, self.gateway.actor
        self.gateway.run(lambda: services.undo.redo(actor=actor), self._redone)

    def _undone(self, label: Any) -> None:
        self.crm.say(tr("Undone: {what}").format(what=render(label)))
        self.changed([])

    def _redone(self, label: Any) -> None:
        self.crm.say(tr("Done again: {what}").format(what=render(label)))
        self.changed([])

    def do_go_registers(self) -> None:
        """Choose a register (design.md 3)."""
        from crm_tui.tui.screens.register import choose

        choose(self)

    def do_process(self) -> None:
        """The service process of the desk (R-143)."""
        from crm_tui.domain.process import PROCESS, STAGES

        lines: list[str] = []
        for number, stage in enumerate(STAGES, 1):
            lines += [f"{number} {tr(stage)}"]
            for node in PROCESS:
                if node.stage == stage:
                    lines += [
                        f"  {tr(node.node)} - {tr(node.responsible)} - {tr(node.limit)}",
                        f"    {tr(node.action)}",
                    ]
            lines.append("")
        page = Page(tr("Service process"), self.crm.terminal.theme, paragraphs(lines))
        self.app.push_screen(page)

    def about(self) -> tuple[int, int]:
        """The customer and the ticket at hand; 0 where there is none."""
        return 0, 0

    def do_talk(self) -> None:
        """Write down a contact with a customer (R-096)."""
        from crm_tui.tui.screens.talk import talk

        talk(self, *self.about())

    def do_bind(self) -> None:
        """Bind a key to commands."""
        self.crm.show_command(self, "bind ")

    def action_bound(self, key: str) -> None:
        """What a key of the person's own does."""
        self.crm.binds.run(self, key)

    def do_delete(self) -> None:
        """Ask for the number of what is to go."""
        self.crm.show_command(self, "delete ")

    def delete(self, number: str) -> Callable[[], object]:
        """What deleting here means; raises `DomainError` where nothing is deleted."""
        raise RuleViolation(
            msg("This stays on record: it is corrected or archived, not deleted"), code="kept"
        )

    def do_export(self) -> None:
        """Ask for the format."""
        self.crm.show_command(self, "export ")

    def exported(self) -> Callable[[], Iterator[dict[str, Any]]]:
        """Reads what this screen lists, as objects; called off the loop."""
        return lambda: iter(())

    # Shared ways

    def number_of(self, item: int) -> str:
        """How a row is named to its reader; empty where the screen shows no other."""
        return ""

    def tell(self, result: "Result") -> None:
        """Say what a mutation did, with the reasons of what it refused."""
        said = told(self, result)
        if said:
            self.crm.say(said, "warning" if result.refused else "information")

    def ask(self, label: str, then: Any, text: str = "", *, required: bool = True) -> None:
        """Ask for a line and go on with it."""

        def answered(line: str | None) -> None:
            if line is not None:
                then(line.strip())

        self.app.push_screen(Prompt(label, text, required=required), answered)

    def copy(self, text: str, what: str = "") -> None:
        """Put a text on the terminal's clipboard and say so; ``what`` is told instead of it (OSC 52)."""
        from crm_tui.tui.screens import copying

        if copying.fits(text):
            self.app.copy_to_clipboard(text)
            told = what or " ".join(text.split())
            self.crm.say(tr("Copied: {what}; the terminal may refuse").format(what=told))
        else:
            self.crm.say(tr("Too long for the terminal's clipboard: select it by hand"), "warning")
            copying.by_hand(self, [text])

    def line_cut(self) -> None:
        """The line to the terminal is cut: keep what must not be lost."""

    def minute(self) -> None:
        """A minute has passed: redraw what counts down."""

    def changed(self, changes: Sequence[Any]) -> None:
        """Something changed, here or elsewhere: read what is shown again."""


def action_lines(scope: str, keys: dict[str, tuple[str, ...]]) -> list[tuple[Action, str]]:
    """The actions of a screen with their keys in words, the everyday ones first."""
    found = sorted(for_scope(scope), key=lambda a: (a.id == "help", not a.hint, a.hint))
    return [(a, " ".join(shown(k) for k in keys[a.id])) for a in found]
