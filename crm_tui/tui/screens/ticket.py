"""The ticket: timeline, fields, every clock with its explanation, and what may be done now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from crm_tui.domain.errors import Conflict, DomainError, Unavailable
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.i18n import render, tr
from crm_tui.tui.drafts import Drafts
from crm_tui.tui.labels import URGENCIES, moment
from crm_tui.tui.screens.base import LIST
from crm_tui.tui.screens.ticket_pane import CHANNELS, KINDS, Pane, explanation
from crm_tui.tui.screens.ticket_verbs import CAUSES, TicketVerbs
from crm_tui.tui.widgets.composer import Composer
from crm_tui.tui.widgets.dialogs import Option, Page, Question
from crm_tui.tui.widgets.form import FieldSpec, Form, choices
from crm_tui.tui.widgets.lines import Lines
from crm_tui.tui.widgets.timeline import Timeline


class TicketScreen(TicketVerbs):
    """One ticket."""

    SCOPE = "ticket"

    def __init__(self, ticket_id: int, siblings: Sequence[int] = ()) -> None:
        super().__init__()
        self.ticket_id = ticket_id
        self.neighbours = list(siblings)
        self.view: Any = None
        self._basis = ""
        self._drawn = 0
        self.drafts = Drafts(self.gateway)

    def body(self) -> ComposeResult:
        """Head, timeline with composer, fields."""
        theme = self.crm.terminal.theme
        yield Lines(theme, focus=False, id="head")
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Timeline(theme, self.local, id="timeline")
                yield Composer(theme, self._keep)
            yield Lines(theme, id="right")

    def on_mount(self) -> None:
        """Focus the timeline."""
        super().on_mount()
        self.timeline.focus()

    @property
    def timeline(self) -> Timeline:
        """The timeline."""
        return self.query_one("#timeline", Timeline)

    @property
    def composer(self) -> Composer:
        """Where texts are written."""
        return self.query_one(Composer)

    def ready(self) -> None:
        """Read the ticket."""
        self._read(stay=False)

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again when it is this ticket; for what others did no key waits."""
        if not changes or any(c.kind == "ticket" and c.id == self.ticket_id for c in changes):
            self._read(stay=True, apart=bool(changes))

    def _read(self, *, stay: bool, apart: bool = False) -> None:
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def work() -> tuple[Any, Any]:
            return (
                services.views.view(key, actor=actor),
                services.views.timeline(key, actor=actor),
            )

        def then(answer: tuple[Any, Any]) -> None:
            if not self.is_attached or key != self.ticket_id:
                return
            self.view = answer[0]
            self.timeline.number = self.view.row.number
            self.timeline.year = self.local(self.now).year
            self.timeline.show(answer[1], stay=stay)
            self._draw()

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
        pane = Pane(self.view, self.now, self.local, self.crm.keys)
        self.query_one("#head", Lines).put(pane.head)
        self.query_one("#right", Lines).put(pane.info, stay=self._drawn == self.ticket_id)
        self._drawn = self.ticket_id
        self.draw_bars()

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
                self._mode()
                self._read(stay=False)
                return
        self.crm.say(tr("End of the list"))

    def do_next(self) -> None:
        """The next ticket of the list."""
        self._step(1)

    def do_previous(self) -> None:
        """The previous ticket of the list."""
        self._step(-1)

    # Writing

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
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        text, basis = event.text, self._basis

        def work() -> Any:
            if event.kind == "public":
                return services.messages.reply([key], text, actor=actor)
            if event.kind == "progress":
                return services.messages.reply([key], text, actor=actor, progress=True)
            if event.kind == "note":
                return services.messages.note([key], text, actor=actor)
            if event.kind == "said":
                return services.messages.customer_message(key, text, actor=actor)[1]
            return services.closing.feedback([key], text, basis, actor=actor)

        def then(result: Any) -> None:
            self.tell(result)
            if not result.done:
                self.composer.refused()
                return
            self._keep(event.kind, "")
            self.composer.close()
            self._left()
            self._read(stay=False)

        def refused(error: DomainError) -> None:
            self.composer.refused()
            self.crm.show_error(error)

        self.gateway.run(work, then, refused=refused)

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
                )
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
        if self.view is None:
            return
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        values, seen = self.view.fields, {key: self.view.row.version}
        fields = [
            FieldSpec(
                "customer_id",
                N_("Customer"),
                value=values["customer_no"],
                help=N_("number or exact name; empty: unknown"),
            ),
            FieldSpec("subject", N_("Subject"), value=values["subject"], required=True),
            FieldSpec(
                "description", N_("Description"), "lines", values["description"], required=True
            ),
            FieldSpec("appeal", N_("Appeal"), "lines", values["appeal"]),
            FieldSpec("product", N_("Product concerned"), value=values["product"]),
            FieldSpec("kind", N_("Kind"), "choice", values["kind"], options=choices(KINDS)),
            FieldSpec(
                "channel", N_("Channel"), "choice", values["channel"], options=choices(CHANNELS)
            ),
            FieldSpec(
                "preferred_reply_channel",
                N_("Reply by"),
                "choice",
                values["preferred_reply_channel"],
                options=[("", "-"), *choices(CHANNELS)],
            ),
        ]

        start = {f.name: f.value for f in fields}

        def save(data: dict[str, Any], done: Any, refused: Any) -> None:
            # Only what was changed here: a colleague's change of another field stays.
            changed = {name: value for name, value in data.items() if value != start[name]}

            def work() -> Any:
                result = services.tickets.edit(key, changed, actor=actor, expected=seen[key])
                result.one()
                return result

            def not_saved(error: DomainError) -> None:
                if not isinstance(error, Conflict):
                    refused(error)
                    return
                again = msg(
                    "{reason}\nctrl+s again saves your fields over it", reason=error.message
                )
                refused(Conflict(again))
                self.gateway.run(
                    lambda: services.views.view(key, actor=actor).row.version,
                    lambda version: seen.update({key: version}),
                )

            self.gateway.run(work, done, refused=not_saved)

        def closed(result: Any) -> None:
            if result is not None:
                self.tell(result)
                self._read(stay=True)

        form = Form(f"T-{self.view.row.number}", fields, self.crm.terminal.theme, save)
        self.app.push_screen(form, closed)
