"""The ticket: timeline, fields, every clock with its explanation, and what may be done now."""

from collections.abc import Sequence
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from crm_tui.domain.checklist import ACTIVITY_LABELS
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import (
    CLOCK_STATES,
    URGENCY,
    clock_label,
    department_label,
    span,
    state_label,
)
from crm_tui.tui.screens.ticket_verbs import CAUSES, TicketVerbs
from crm_tui.tui.widgets.composer import Composer
from crm_tui.tui.widgets.dialogs import Option
from crm_tui.tui.widgets.form import FieldSpec, Form, choices
from crm_tui.tui.widgets.timeline import Timeline

KINDS = {
    "consultation": N_("Consultation"),
    "complaint": N_("Complaint"),
    "suggestion": N_("Suggestion"),
    "praise": N_("Praise"),
    "after_sales": N_("After-sales request"),
    "rescue": N_("Rescue"),
}
CHANNELS = {
    "phone": N_("Phone"),
    "chat": N_("Online chat"),
    "email": N_("E-mail"),
    "visit": N_("Visit"),
    "online": N_("Online"),
    "portal": N_("Suggestion box"),
}
FIELDS = (
    ("customer", N_("Customer")),
    ("contact_info", N_("Contact")),
    ("kind", N_("Kind")),
    ("channel", N_("Channel")),
    ("preferred_reply_channel", N_("Reply by")),
    ("department", N_("Department")),
    ("owner", N_("Owner")),
    ("first_responsible", N_("First responsible")),
    ("product", N_("Product")),
    ("appeal", N_("Appeal")),
    ("verified_note", N_("Verified")),
    ("solution", N_("Solution")),
    ("handling_basis", N_("Basis")),
    ("wait_reason", N_("Waits for")),
    ("satisfaction", N_("Satisfaction")),
    ("cause_category", N_("Cause")),
)


class TicketScreen(TicketVerbs):
    """One ticket."""

    SCOPE = "ticket"

    def __init__(self, ticket_id: int, siblings: Sequence[int] = ()) -> None:
        super().__init__()
        self.ticket_id = ticket_id
        self.neighbours = list(siblings)
        self.view: Any = None
        self._basis = ""

    def body(self) -> ComposeResult:
        """Head, timeline with composer, fields."""
        yield Static("", id="head", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield Timeline(self.crm.terminal.theme, self.local, id="timeline")
                yield Composer(self._keep)
            with VerticalScroll(id="right"):
                yield Static("", id="fields-text", markup=False)

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
        """Read again when it is this ticket."""
        if not changes or any(c.kind == "ticket" and c.id == self.ticket_id for c in changes):
            self._read(stay=True)

    def _read(self, *, stay: bool) -> None:
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
            self.timeline.show(answer[1], stay=stay)
            self._draw()

        self.gateway.run(work, then, group="ticket", exclusive=True, refused=self._gone)

    def _gone(self, error: DomainError) -> None:
        self.crm.show_error(error)
        self.crm.leave()

    def crumb(self) -> str:
        """The number."""
        return f"T-{self.view.row.number}" if self.view is not None else ""

    def minute(self) -> None:
        """Clocks have moved."""
        self._read(stay=True)

    def _draw(self) -> None:
        row = self.view.row
        urgency, _ = URGENCY[row.urgency]
        level = f"  L{row.escalation_level}" if row.escalation_level > 1 else ""
        first = (
            f"T-{row.number} {row.subject}\n"
            f"{state_label(row.state)}  {tr(urgency)}  {tr('Tier')} {row.tier}{level}  {row.customer}"
        )
        self.query_one("#head", Static).update(first)
        lines = [self.view.fields["description"], ""]
        lines += self._next()
        lines += ["", tr("Clocks")]
        lines += self._clocks()
        lines += ["", tr("Service steps"), *self._checklist()]
        lines.append("")
        for name, label in FIELDS:
            value = self.view.fields.get(name)
            if value:
                lines.append(f"{tr(label)}: {self._shown(name, str(value))}")
        if self.view.tags:
            lines.append(f"{tr('Tags')}: {' '.join(self.view.tags)}")
        for approval in self.view.approvals:
            state = {"pending": N_("Awaiting approval"), "approved": N_("Approved")}.get(
                approval.state, N_("Rejected")
            )
            lines.append(f"{tr(state)}: {approval.text} ({approval.proposer})")
        for link in self.view.links:
            lines.append(f"{link.kind} T-{link.number} {link.subject}")
        for file in self.view.attachments:
            lines.append(f"{tr('File')}: {file.file_name} ({file.size})")
        self.query_one("#fields-text", Static).update("\n".join(lines))
        self.draw_bars()

    @staticmethod
    def _shown(name: str, value: str) -> str:
        table = {"kind": KINDS, "channel": CHANNELS, "preferred_reply_channel": CHANNELS}.get(name)
        if table is not None:
            return tr(table.get(value, value))
        if name == "department":
            return department_label(value)
        if name == "cause_category":
            return tr(CAUSES.get(value, value))
        if name == "satisfaction":
            words = {"satisfied": N_("Satisfied"), "unsatisfied": N_("Not satisfied")}
            return tr(words.get(value, N_("Not asked yet")))
        return value

    def _next(self) -> list[str]:
        if self.view.next_step is not None:
            return [tr("x next: {state}").format(state=state_label(self.view.next_step.to))]
        return [tr("missing: {what}").format(what=render(m)) for m in self.view.missing]

    def _checklist(self) -> list[str]:
        """The five steps of the service: done, to do, skipped (R-126)."""
        signs = {"done": "[x]", "open": "[ ]", "skipped": "[-]"}
        return [
            f"  {signs[s.state]} {tr(ACTIVITY_LABELS[s.activity])}" for s in self.view.checklist
        ]

    def _clocks(self) -> list[str]:
        lines: list[str] = []
        for clock in self.view.clocks:
            due = clock.due_at or clock.stored_due_at
            when = f" {self.local(due):%m-%d %H:%M}" if due is not None else ""
            left = ""
            if clock.state == "running" and clock.remaining_s is not None:
                late = clock.remaining_s < 0
                left = f" {tr('LATE') + ' ' if late else ''}{span(abs(clock.remaining_s))}"
            elif clock.state == "paused" and clock.remaining_s is not None:
                left = " " + tr("{time} left").format(time=span(max(clock.remaining_s, 0)))
            state = tr(CLOCK_STATES.get(clock.state, clock.state))
            # What is left says that it runs; the word is needed only where nothing is left to say.
            shown = left.strip() or state
            lines.append(f"  {clock_label(clock.kind)}: {shown}{when}")
        return lines

    def targets(self) -> Sequence[int]:
        """This ticket."""
        return [self.ticket_id]

    def version_of(self, ticket_id: int) -> int | None:
        """The version shown."""
        return self.view.row.version if self.view is not None else None

    # Places

    def do_back(self) -> None:
        """Hide the fields on narrow screens, else go back."""
        if self.has_class("-narrow") and self.has_class("-info"):
            self.remove_class("-info")
            self.timeline.focus()
        else:
            self.crm.leave()

    def do_info(self) -> None:
        """Show or hide fields and clocks; a second time the explanation of each clock."""
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
        lines: list[str] = []
        for clock in self.view.clocks:
            lines += [self._sentence(m) for m in clock.explanation]
            lines.append("")
        from crm_tui.tui.widgets.dialogs import Page

        self.app.push_screen(Page(tr("Why it is due"), lines))

    def _sentence(self, message: Any) -> str:
        from datetime import datetime

        from crm_tui.domain.msg import Msg

        params = {
            k: f"{self.local(v):%m-%d %H:%M}" if isinstance(v, datetime) else v
            for k, v in message.params.items()
        }
        return render(Msg(message.msgid, params))

    def _step(self, by: int) -> None:
        if self.ticket_id in self.neighbours:
            at = self.neighbours.index(self.ticket_id) + by
            if 0 <= at < len(self.neighbours):
                self.composer.keep()
                self.composer.close()
                self.ticket_id = self.neighbours[at]
                self._read(stay=False)
                return
        self.app.notify(tr("End of the list"), markup=False)

    def do_next(self) -> None:
        """The next ticket of the list."""
        self._step(1)

    def do_previous(self) -> None:
        """The previous ticket of the list."""
        self._step(-1)

    # Writing

    def _keep(self, kind: str, text: str) -> None:
        if not self.gateway.ready or kind not in ("public", "note"):
            return
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        self.gateway.run(
            lambda: services.messages.save_draft(key, kind, text, actor=actor), group="draft"
        )

    def _write(self, kind: str) -> None:
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id
        if kind not in ("public", "note"):
            self.composer.open(kind, "")
            self._mode()
            return

        def then(text: str) -> None:
            self.composer.open(kind, text)
            self._mode()

        self.gateway.run(lambda: services.messages.draft(key, kind, actor=actor), then)

    def _mode(self) -> None:
        self.mode = "EDIT" if self.composer.display else "LIST"
        self.draw_bars()

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
            if event.kind == "note":
                return services.messages.note([key], text, actor=actor)
            if event.kind == "said":
                return services.messages.customer_message(key, text, actor=actor)[1]
            return services.closing.feedback([key], text, basis, actor=actor)

        def then(result: Any) -> None:
            self.tell(result)
            if result.done:
                self.composer.close()
                self._left()
                self._read(stay=False)

        self.gateway.run(work, then)

    def do_reply(self) -> None:
        """Write to the customer."""
        self._write("public")

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

        pending = [a for a in self.view.approvals if a.state == "pending"]
        title = pending[0].text if pending else tr("Nothing waits for approval")
        self.menu(
            title, [Option(True, tr("Approve"), "y"), Option(False, tr("Reject"), "n")], chosen
        )

    def do_confirm(self) -> None:
        """The customer agrees to the solution (R-133)."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(lambda ids: services.closing.confirm_solution(ids, actor=actor))

    def do_satisfy(self) -> None:
        """Record the customer's answer (R-149)."""
        services, actor, key = self.gateway.services, self.gateway.actor, self.ticket_id

        def chosen(satisfied: bool) -> None:
            def given(comment: str) -> None:
                self.perform(
                    lambda ids: services.closing.satisfy(
                        key, satisfied, actor=actor, comment=comment
                    )
                )

            self.ask(tr("What did the customer say? (may be empty)"), given, required=False)

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
        values, version = self.view.fields, self.view.row.version
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
            FieldSpec("product", N_("Product"), value=values["product"]),
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

        def save(data: dict[str, Any], done: Any, refused: Any) -> None:
            def work() -> Any:
                result = services.tickets.edit(key, data, actor=actor, expected=version)
                result.one()
                return result

            self.gateway.run(work, done, refused=refused)

        def closed(result: Any) -> None:
            if result is not None:
                self.tell(result)
                self._read(stay=True)

        form = Form(f"T-{self.view.row.number}", fields, self.crm.terminal.theme, save)
        self.app.push_screen(form, closed)
