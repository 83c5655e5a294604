"""Writing on a ticket: composer, drafts, canned texts, editor, and who else is writing (ux.md 3.7, 4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from textual import events, on
from textual.app import SuspendNotSupported

from crm_tui.domain import templates
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import current, render, tr
from crm_tui.tui.drafts import Drafts
from crm_tui.tui.editor import command, edited
from crm_tui.tui.screens.base import LIST
from crm_tui.tui.screens.ticket_presence import TicketPresence
from crm_tui.tui.widgets.composer import FOR_CUSTOMERS, Composer
from crm_tui.tui.widgets.dialogs import Finder, Option, Question
from crm_tui.tui.widgets.timeline import Timeline


class TicketWriting(TicketPresence):
    """The part of the ticket's screen in which one writes."""

    def __init__(self, ticket_id: int) -> None:
        super().__init__(ticket_id)
        self.drafts = Drafts(self.gateway)
        self._basis = ""

    @property
    def timeline(self) -> Timeline:
        """The timeline."""
        return self.query_one("#timeline", Timeline)

    def reread(self) -> None:
        """Read the ticket again and show its newest."""

    def _keep(self, kind: str, text: str) -> None:
        def told(state: str) -> None:
            if self.is_attached:
                self.composer.kept(text, state)

        self.drafts.keep(self.ticket_id, kind, text, told)

    def _write(self, kind: str) -> None:
        key = self.ticket_id

        def then(text: str) -> None:
            if self.is_attached and key == self.ticket_id:
                # On a narrow screen the fields stand where one writes.
                self.remove_class("-info")
                self.composer.open(kind, text)
                self._mode()

        self.gateway.run(lambda: self.drafts.find(key, kind), then)

    def _mode(self) -> None:
        self.mode = N_("EDIT") if self.composer.has_focus_within else LIST
        self.set_class(self.composer.display, "-writing")
        self.draw_bars()
        if not self.composer.display:
            self.forget_foreign()
        if self.gateway.ready and self.unknown_here:
            self.beat()

    def hints(self) -> list[tuple[str, str]]:
        """The composer's keys while one writes."""
        return self.composer.hints() if self.composer.has_focus_within else super().hints()

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _elsewhere(self) -> None:
        self.call_after_refresh(self._mode)

    @on(Composer.Left)
    def _left(self) -> None:
        self.timeline.focus()
        self._mode()

    @on(Composer.Sent)
    def _sent(self, event: Composer.Sent) -> None:
        """Send, after a question where somebody else writes an answer too (ux.md 4)."""
        services, key = self.gateway.services, self.ticket_id

        def refused(error: DomainError) -> None:
            self.composer.refused()
            self.crm.show_error(error)

        def others(found: Mapping[int, Sequence[Any]]) -> None:
            writers = [p.name for p in found.get(key, ()) if p.mode == "replying"]
            if not writers:
                self._send(event.kind, event.text)
                return

            def answered(yes: bool | None) -> None:
                if yes:
                    self._send(event.kind, event.text)
                else:
                    self.composer.refused()

            question = tr("{names} is writing an answer too. Send yours?")
            self.app.push_screen(Question(question.format(names=", ".join(writers))), answered)

        if event.kind not in FOR_CUSTOMERS:
            self._send(event.kind, event.text)
            return
        self.gateway.run(
            lambda: services.presence.others("ticket", [key], session=self.session),
            others,
            refused=refused,
        )

    def _send(self, kind: str, text: str) -> None:
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        basis = self._basis

        def work() -> Any:
            if kind == "public":
                return services.messages.reply([key], text, actor=actor)
            if kind == "progress":
                return services.messages.reply([key], text, actor=actor, progress=True)
            if kind == "note":
                return services.messages.note([key], text, actor=actor)
            if kind == "said":
                return services.messages.customer_message(key, text, actor=actor)[1]
            return services.closing.feedback([key], text, basis, actor=actor)

        def then(result: Any) -> None:
            self.tell(result)
            if not result.done:
                self.composer.refused()
                return
            self._keep(kind, "")
            self.composer.close()
            self._left()
            self.reread()

        def refused(error: DomainError) -> None:
            self.composer.refused()
            self.crm.show_error(error)

        self.gateway.run(work, then, refused=refused)

    @on(Composer.Canned)
    def _canned(self) -> None:
        """Put a canned text in; those for staff only are dimmed in a text to customers (R-302)."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        public, kind = self.composer.public, self.composer.kind
        inside = tr("for staff only")

        def search(text: str) -> list[Option]:
            wanted = text.casefold()
            return [
                Option(
                    t.name,
                    t.name,
                    detail=" ".join(t.body.split()),
                    refusal=inside if public and not t.public else "",
                )
                for t in services.texts.canned(actor=actor)
                if wanted in f"{t.name} {t.body}".casefold()
            ][:50]

        def filled(found: Any) -> None:
            here = self.is_attached and key == self.ticket_id and kind == self.composer.kind
            if here and self.composer.display:
                self.composer.insert(found.text)
                if found.empty:
                    labels = {**templates.PUBLIC, **templates.INTERNAL}
                    names = ", ".join(tr(labels[name]) for name in found.empty)
                    said = msg("Nothing to fill in for {fields}", fields=names)
                    self.crm.say(render(said), "warning")

        def chosen(name: str | None) -> None:
            if name is not None:
                self.gateway.run(
                    lambda: services.texts.fill(
                        key, name, actor=actor, public=public, language=current()
                    ),
                    filled,
                )

        self.app.push_screen(
            Finder(tr("Canned text"), self.crm.terminal.theme, search, self.gateway.run), chosen
        )

    @on(Composer.Editor)
    def _editor(self) -> None:
        """Go on in the user's editor; over SSH it would run where the program does."""
        words = command()
        if self.crm.terminal.ssh or self.app.is_headless:
            self.crm.say(tr("The editor opens only where the program runs on this machine"))
            return
        if not words:
            self.crm.say(tr("Set EDITOR to the program that you edit with"), "warning")
            return
        text = self.composer.area.text
        try:
            with self.app.suspend():
                text = edited(text, words)
        except SuspendNotSupported:
            self.crm.say(tr("The editor opens only where the program runs on this machine"))
        except DomainError as error:
            self.crm.show_error(error)
        else:
            self.composer.put(text)

    def line_cut(self) -> None:
        """Keep what is being written: the line is gone and the program with it."""
        if self.composer.unsent:
            self.drafts.keep_now(self.ticket_id, self.composer.kind, self.composer.area.text)

    def do_quit(self) -> None:
        """Leave the program; a text that is not sent is kept first, and asked about."""
        if not self.composer.unsent:
            super().do_quit()
            return
        self.composer.keep()

        def answered(yes: bool | None) -> None:
            if yes:
                self.crm.do_quit()

        self.app.push_screen(Question(tr("The draft is kept. Quit?")), answered)

    def do_reply(self) -> None:
        """Write to the customer."""
        self._write("public")

    def do_progress(self) -> None:
        """Tell the customer how it stands (R-140)."""
        self._write("progress")

    def do_note(self) -> None:
        """Write an internal note."""
        self._write("note")

    def do_customer_message(self) -> None:
        """Record what the customer said."""
        self._write("said")

    def do_feedback(self) -> None:
        """Tell the result: first the basis, then the text (R-135)."""

        def given(basis: str) -> None:
            self._basis = basis
            self._write("result")

        self.ask(tr("What is the handling basis?"), given)
