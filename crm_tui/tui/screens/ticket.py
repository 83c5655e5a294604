"""The ticket: timeline, fields, every clock with its explanation, and what may be done now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from crm_tui.domain.errors import DomainError, Unavailable
from crm_tui.domain.msg import Msg
from crm_tui.i18n import render, tr
from crm_tui.services.ticket_tools import NOTHING
from crm_tui.tui.labels import URGENCIES, moment
from crm_tui.tui.screens.ticket_edit import edit
from crm_tui.tui.screens.ticket_pane import KINDS, Pane, explanation
from crm_tui.tui.screens.ticket_presence import marks
from crm_tui.tui.screens.ticket_records import TicketRecords
from crm_tui.tui.screens.ticket_verbs import CAUSES
from crm_tui.tui.widgets.bars import Bar
from crm_tui.tui.widgets.composer import Composer
from crm_tui.tui.widgets.dialogs import Option, Page
from crm_tui.tui.widgets.lines import Lines
from crm_tui.tui.widgets.timeline import Timeline

KEPT_HERE = frozenset({"time_entry", "checklist_item"})
"""Kinds of records that a ticket shows; the feed does not say which ticket they are of."""


class TicketScreen(TicketRecords):
    """One ticket."""

    SCOPE = "ticket"

    def __init__(self, ticket_id: int, siblings: Sequence[int] = ()) -> None:
        super().__init__(ticket_id)
        self.neighbours = list(siblings)
        self.view: Any = None
        self._drawn = 0

    def body(self) -> ComposeResult:
        """Head, timeline with composer, fields."""
        theme = self.crm.terminal.theme
        yield Lines(theme, focus=False, id="head")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Timeline(theme, self.local, id="timeline")
                yield Bar(theme, id="changed")
                yield Composer(theme, self._keep)
            yield Lines(theme, id="right")

    def on_mount(self) -> None:
        """Focus the timeline."""
        self.timeline.focus()

    def ready(self) -> None:
        """Read the ticket."""
        self._read(stay=False)

    def reread(self) -> None:
        """Read the ticket again and show its newest."""
        self._read(stay=False)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again when it is this ticket; for what others did no key waits."""
        here = any(
            c.kind in KEPT_HERE or (c.kind == "ticket" and c.id == self.ticket_id) for c in changes
        )
        if not changes or here:
            self._read(stay=True, apart=bool(changes))

    def _read(self, *, stay: bool, apart: bool = False) -> None:
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def work() -> tuple[Any, Any, Any]:
            return (
                services.views.view(key, actor=actor),
                services.views.timeline(key, actor=actor),
                services.tools.of(key, actor=actor),
            )

        def then(answer: tuple[Any, Any, Any]) -> None:
            if not self.is_attached or key != self.ticket_id:
                return
            known = self.view is not None
            self.view, self.tools = answer[0], answer[2]
            if known:
                self.noticed(self.timeline.entries, answer[1])
            self.timeline.number = self.view.row.number
            self.timeline.year = self.local(self.now).year
            self.timeline.show(answer[1], stay=stay)
            self._draw()
            if self.unknown_here:
                self.beat()

        self.gateway.run(
            work, then, group="ticket", exclusive=True, refused=self._gone, apart=apart
        )

    def _gone(self, error: DomainError) -> None:
        if isinstance(error, Unavailable):
            # What is shown can still be read, and what is written here is still here.
            self.crm.offline(error)
            return
        self.crm.show_error(error)
        self.crm.leave()

    def crumb(self) -> str:
        """The number."""
        return f"T-{self.view.row.number}" if self.view is not None else tr("loading")

    def minute(self) -> None:
        """Clocks have moved."""
        self._read(stay=True, apart=True)

    def _draw(self) -> None:
        pane = self._pane()
        self.query_one("#head", Lines).put(pane.head)
        self.query_one("#right", Lines).put(pane.info, stay=self._drawn == self.ticket_id)
        self._drawn = self.ticket_id
        self.draw_bars()

    def _pane(self) -> Pane:
        here = marks(self.others, ascii_only=self.crm.terminal.ascii)
        return Pane(self.view, self.now, self.local, self.crm.keys, here, self.tools)

    def draw_head(self) -> None:
        """Others have come or gone."""
        if self.view is not None:
            self.query_one("#head", Lines).put(self._pane().head)

    def targets(self) -> Sequence[int]:
        """This ticket."""
        return [self.ticket_id]

    def version_of(self, ticket_id: int) -> int | None:
        """The version shown."""
        shown = self.view is not None and self.view.row.id == ticket_id
        return self.view.row.version if shown else None

    # Places

    def do_back(self) -> None:
        """Leave the composer or hide the fields on narrow screens, else go back."""
        if self.composer.display:
            self.composer.action_leave()
        elif self.has_class("-narrow") and self.has_class("-info"):
            self.remove_class("-info")
            self.timeline.focus()
        else:
            self.crm.leave()

    def do_info(self) -> None:
        """Show or hide fields and clocks."""
        if self.has_class("-narrow"):
            self.toggle_class("-info")
        else:
            self.toggle_class("-noinfo")
        if self.has_class("-info"):
            self.query_one("#right").focus()
        else:
            self.timeline.focus()

    def do_explain(self) -> None:
        """Why each clock is due when it is (sla.md 2.14)."""
        if self.view is None:
            return
        clocks = self.view.clocks
        self.app.push_screen(
            Page(
                tr("Why it is due"),
                self.crm.terminal.theme,
                lambda width: explanation(clocks, self._sentence, width),
            )
        )

    def _sentence(self, message: Msg) -> str:
        now = self.local(self.now)
        words = {"kind": KINDS, "urgency": URGENCIES}
        params: dict[str, object] = {}
        for name, value in message.params.items():
            if isinstance(value, datetime):
                value = moment(self.local(value), now)
            elif name in words:
                value = tr(words[name].get(str(value), str(value)))
            params[name] = value
        return render(Msg(message.msgid, params))

    def _step(self, by: int) -> None:
        if self.ticket_id in self.neighbours:
            at = self.neighbours.index(self.ticket_id) + by
            if 0 <= at < len(self.neighbours):
                self.composer.keep()
                self.composer.close()
                self.ticket_id, self.view = self.neighbours[at], None
                self.others, self.tools = (), NOTHING
                self.forget_foreign()
                self._mode()
                self._read(stay=False)
                return
        self.crm.say(tr("End of the list"))

    def step_taken(self, result: Any) -> None:
        """Go where the person wants to go from a ticket whose step is taken (`:set advance`)."""
        if not result.refused:
            self.after_macro(self.crm.advance)

    def after_macro(self, after: str) -> None:
        """Stay, go to the next ticket of the list, or back to it."""
        if after == "next":
            # At the end of the list there is none; what the verb said stays readable.
            if self.ticket_id != (self.neighbours or [self.ticket_id])[-1]:
                self._step(1)
        elif after == "list":
            self.crm.leave()

    def do_next(self) -> None:
        """The next ticket of the list."""
        self._step(1)

    def do_previous(self) -> None:
        """The previous ticket of the list."""
        self._step(-1)

    # Deciding

    def do_approve(self) -> None:
        """Approve or reject what waits (R-148)."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def chosen(approve: bool) -> None:
            if approve:
                self.perform(lambda ids: services.closing.decide(ids, True, actor=actor))
                return
            self.ask(
                tr("Why is it rejected?"),
                lambda text: self.perform(
                    lambda ids: services.closing.decide([key], False, actor=actor, reason=text)
                ),
            )

        pending = [a for a in self.view.approvals if a.state == "pending"] if self.view else []
        if not pending:
            self.crm.say(tr("Nothing waits for approval"))
            return
        self.menu(
            pending[0].text,
            [Option(True, tr("Approve"), "y"), Option(False, tr("Reject"), "n")],
            chosen,
        )

    def do_confirm(self) -> None:
        """The customer agrees to the solution (R-133)."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(lambda ids: services.closing.confirm_solution(ids, actor=actor))

    def do_satisfy(self) -> None:
        """Record the customer's answer (R-149)."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def answer(satisfied: bool, comment: str, reason: str) -> None:
            self.perform(
                lambda ids: services.closing.satisfy(
                    key, satisfied, actor=actor, comment=comment, reason=reason
                )
            )

        def chosen(satisfied: bool) -> None:
            def said(comment: str) -> None:
                if self.view is not None and self.view.fields["satisfaction"] != "none":
                    why = tr("Why does this answer replace the one before?")
                    self.ask(why, lambda reason: answer(satisfied, comment, reason))
                else:
                    answer(satisfied, comment, "")

            self.ask(tr("What did the customer say? (may be empty)"), said, required=False)

        options = [Option(True, tr("Satisfied"), "y"), Option(False, tr("Not satisfied"), "n")]
        self.menu(tr("Is the customer satisfied?"), options, chosen)

    def do_attempt(self) -> None:
        """The customer was not reached; three attempts allow closing (R-149)."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        channel = self.view.fields["channel"] if self.view is not None else "phone"
        self.ask(
            tr("Not reached: what was tried?"),
            lambda text: self.perform(
                lambda ids: services.closing.attempt(key, channel, text, actor=actor)
            ),
        )

    def do_end(self) -> None:
        """Close; a complaint asks for its cause, an unanswered one for its reason."""
        services, actor = self.gateway.services, self.gateway.actor

        def close(cause: str, reason: str) -> None:
            self.perform(
                lambda ids: services.closing.close(
                    ids, actor=actor, cause_category=cause, reason=reason
                ),
                then=self.step_taken,
            )

        reason = ""
        if self.view is not None and self.view.fields["satisfaction"] == "none":
            reason = "customer_unreachable"
        complaint = self.view is not None and self.view.row.kind == "complaint"
        if complaint and not self.view.fields["cause_category"]:
            options = [
                Option(value, tr(text), key=str(i))
                for i, (value, text) in enumerate(CAUSES.items(), 1)
            ]
            self.menu(tr("Cause of the complaint"), options, lambda cause: close(cause, reason))
        else:
            close("", reason)

    def do_edit(self) -> None:
        """Edit the form fields."""
        if self.view is not None:
            edit(self, self.view)
