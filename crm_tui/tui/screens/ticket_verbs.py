"""The verbs on tickets, the same in queue, ticket and profile (ux.md 3.4)."""

from collections.abc import Callable, Sequence
from typing import Any

from crm_tui.domain.msg import N_
from crm_tui.domain.terms import LABELS, SolutionType
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import URGENCIES, state_label
from crm_tui.tui.screens.copying import Piece, offer
from crm_tui.tui.screens.ticket_lines import TicketLines
from crm_tui.tui.widgets.dialogs import Finder, Menu, Option

STATE_KEYS = {
    "dispatched": "d",
    "accepted": "a",
    "solution_proposed": "p",
    "approved": "v",
    "executing": "e",
    "waiting_customer": "w",
    "waiting_third_party": "t",
    "result_fed_back": "f",
    "resolved": "r",
    "closed": "c",
    "cancelled": "x",
    "merged": "m",
}
ASKED = {
    "verified_note_needed": ("verified_note", N_("What did you verify?")),
    "solution_needed": ("solution", N_("What is the solution?")),
    "handling_basis_needed": ("handling_basis", N_("What is the handling basis?")),
    "wait_reason_needed": ("wait_reason", N_("What does it wait for?")),
}
"""What a guard asks for, by its code: the field and the question."""
SOLUTION_KEYS = {"answer": "a", "repair": "r", "exchange": "e", "alternative": "l", "other": "o"}
BY_STATE = {
    "solution_proposed": "do_propose",
    "approved": "do_approve",
    "result_fed_back": "do_feedback",
    "resolved": "do_satisfy",
    "closed": "do_end",
    "merged": "do_merge",
    "cancelled": "do_cancel",
}
"""What leads to a state and asks for more than a line: the screen's method."""
ANSWERED = frozenset({*ASKED, "satisfaction_needed", "cause_category_needed"})
"""Codes of guards that those questions answer."""
CAUSES = {
    "process_unclear": N_("Service process unclear"),
    "duty_vague": N_("Department duties vague"),
    "tool_lacking": N_("Tool support lacking"),
    "product_quality": N_("Product quality"),
    "other": N_("Other"),
}


class TicketVerbs(TicketLines):
    """Mixed into screens that show tickets."""

    def about(self) -> tuple[int, int]:
        """The one ticket that a verb would be for."""
        ids = self.targets()
        return 0, ids[0] if len(ids) == 1 else 0

    # Verbs

    def do_repeat(self) -> None:
        """Do the last change again on what is chosen now."""
        if self.crm.repeatable is None:
            self.crm.say(tr("Nothing to repeat yet"))
        else:
            self.perform(self.crm.repeatable)

    def do_take(self) -> None:
        """Make them mine."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(
            lambda ids: services.tickets.take(ids, actor=actor, expected=self.versions(ids))
        )

    def do_assign(self) -> None:
        """Give them to somebody."""
        services, actor = self.gateway.services, self.gateway.actor
        self.find_staff(
            tr("Assign to"),
            lambda who: self.perform(
                lambda ids: services.tickets.assign(
                    ids, who, actor=actor, expected=self.versions(ids)
                )
            ),
        )

    def do_status(self) -> None:
        """Choose among the states that the workflow allows; forbidden ones say their rule."""
        ids = self.targets()
        if not ids:
            return
        services, actor = self.gateway.services, self.gateway.actor

        def show(choices: Sequence[Any]) -> None:
            options = [
                Option(
                    (str(c.to), c.refusal.code if c.refusal else ""),
                    state_label(str(c.to)),
                    key=STATE_KEYS.get(str(c.to), ""),
                    detail=render(c.refusal.message)
                    if c.refusal and c.refusal.code in ANSWERED
                    else "",
                    refusal=render(c.refusal.message)
                    if c.refusal and c.refusal.code not in ANSWERED
                    else "",
                )
                for c in choices
            ]
            if not options:
                self.crm.say(tr("No further state; X reopens"))
                return
            self.menu(tr("Status"), options, self._status_chosen)

        self.gateway.run(lambda: services.tickets.choices(ids[0], actor=actor), show)

    def _status_chosen(self, value: tuple[str, str]) -> None:
        to, code = value
        asking = getattr(self, BY_STATE.get(to, ""), None)
        if asking is not None:
            asking()
        elif code in ASKED:
            field, question = ASKED[code]
            self.ask(tr(question), lambda text: self._to_state(to, {field: text}))
        else:
            self._to_state(to, {})

    def _to_state(self, to: str, values: dict[str, Any]) -> None:
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(
            lambda ids: services.tickets.status(
                ids, to, actor=actor, values=values, expected=self.versions(ids)
            )
        )

    def do_propose(self) -> None:
        """Put a solution to the head: first its type, then what it is (R-147)."""
        labels = LABELS[SolutionType]
        options = [Option(value, tr(labels[value]), key) for value, key in SOLUTION_KEYS.items()]

        def chosen(value: str | None) -> None:
            if value is not None:
                self.ask(tr("What is the solution?"), lambda text: self.propose(text, value))

        at = len(options) - 1
        menu = Menu(tr("Type of solution"), options, self.crm.terminal.theme, at)
        self.app.push_screen(menu, chosen)

    def propose(self, text: str, solution_type: str = "other") -> None:
        """Put a solution of a type to the head."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(
            lambda ids: services.closing.propose(
                ids, text, actor=actor, solution_type=solution_type, expected=self.versions(ids)
            )
        )

    def do_clarify(self) -> None:
        """The customer was reached and the need is clear (R-129)."""
        self.ask(tr("Who was reached, and what is needed?"), self.clarify)

    def clarify(self, text: str) -> None:
        """Note what is needed; the clarification clock stops."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(lambda ids: services.tickets.clarify(ids, text, actor=actor))

    def do_feedback(self) -> None:
        """Tell the result; needs the ticket itself to write in."""
        self.crm.say(tr("Open the ticket and press R to tell the customer the result"))

    def do_urgency(self) -> None:
        """Change the urgency."""
        services, actor = self.gateway.services, self.gateway.actor
        options = [Option(value, tr(text), value[0]) for value, text in URGENCIES.items()]
        self.menu(
            tr("Urgency"),
            options,
            lambda value: self.perform(
                lambda ids: services.tickets.urgency(
                    ids, value, actor=actor, expected=self.versions(ids)
                )
            ),
        )

    def do_resolve(self) -> None:
        """The next step towards resolved, or what is missing for it."""
        services, actor = self.gateway.services, self.gateway.actor
        self.perform(
            lambda ids: services.closing.resolve(ids, actor=actor, expected=self.versions(ids)),
            then=self.step_taken,
        )

    def step_taken(self, result: Any) -> None:
        """The next step was taken or refused; a list stays where it is."""

    def do_reopen(self) -> None:
        """Open again, with a reason."""
        services, actor = self.gateway.services, self.gateway.actor
        self.ask(
            tr("Why is it opened again?"),
            lambda text: self.perform(lambda ids: services.tickets.reopen(ids, text, actor=actor)),
        )

    def do_wait(self) -> None:
        """Wait for the customer or a third party, with a reason."""
        services, actor = self.gateway.services, self.gateway.actor
        options = [
            Option("customer", tr("Wait customer"), "c"),
            Option("third_party", tr("Wait third party"), "t"),
        ]

        def chosen(on: str) -> None:
            self.ask(
                tr("What does it wait for?"),
                lambda text: self.perform(
                    lambda ids: services.tickets.wait(
                        ids, actor=actor, on=on, reason=text, expected=self.versions(ids)
                    )
                ),
            )

        self.menu(tr("Wait"), options, chosen)

    def do_transfer(self) -> None:
        """Hand over to another department, with a reason."""
        services, actor = self.gateway.services, self.gateway.actor

        def show(departments: Sequence[Any]) -> None:
            from crm_tui.i18n import current

            options = [
                Option(
                    d.code,
                    d.name_zh if current() == "zh" else d.name_en,
                    key=str(i),
                    detail=d.head,
                )
                for i, d in enumerate(departments, 1)
            ]
            self.menu(tr("Hand over to"), options, chosen)

        def chosen(code: str) -> None:
            self.ask(
                tr("Why does it go there?"),
                lambda text: self.perform(
                    lambda ids: services.tickets.transfer(
                        ids, code, text, actor=actor, expected=self.versions(ids)
                    )
                ),
            )

        self.gateway.run(services.org.departments, show)

    def do_tags(self) -> None:
        """Add a tag, known or new, or remove one with a minus; several with blanks between."""
        services, actor = self.gateway.services, self.gateway.actor

        def search(text: str) -> list[Option]:
            words = text.split()
            if len(words) > 1:
                return [Option(text, text)]
            sign, word = ("-", text[1:]) if text.startswith("-") else ("", text)
            word = word.strip()
            key = "tag:"
            known = [f.removeprefix(key) for f in services.views.complete(key + word, actor=actor)]
            known.sort(key=lambda name: name != word)
            found = [Option(sign + name, sign + name) for name in known]
            if word and word not in known and not sign:
                found.append(Option(word, word, detail=tr("new tag")))
            return found

        def given(text: str | None) -> None:
            words = (text or "").split()
            if not words:
                return
            add = [w for w in words if not w.startswith("-")]
            remove = [w[1:] for w in words if w.startswith("-")]
            self.perform(lambda ids: services.tickets.tag(ids, actor=actor, add=add, remove=remove))

        title = tr("Tags to add; -tag removes")
        finder = Finder(title, self.crm.terminal.theme, search, self.gateway.run)
        self.app.push_screen(finder, given)

    def do_follow(self) -> None:
        """Follow, or no longer."""
        services, actor = self.gateway.services, self.gateway.actor
        options = [Option(True, tr("Follow"), "f"), Option(False, tr("Do not follow"), "n")]
        self.menu(
            tr("Notices about every change"),
            options,
            lambda on: self.perform(lambda ids: services.tickets.watch(ids, actor=actor, on=on)),
        )

    def do_escalate(self) -> None:
        """A level up, with a reason."""
        services, actor = self.gateway.services, self.gateway.actor
        self.ask(
            tr("Why is it escalated?"),
            lambda text: self.perform(
                lambda ids: services.tickets.escalate(ids, text, actor=actor)
            ),
        )

    def do_cancel(self) -> None:
        """Cancel, with a reason; reached by the status menu."""
        services, actor = self.gateway.services, self.gateway.actor
        self.ask(
            tr("Why is it cancelled?"),
            lambda text: self.perform(lambda ids: services.closing.cancel(ids, text, actor=actor)),
        )

    def do_copy(self) -> None:
        """Copy the numbers of the chosen tickets, one a line."""
        ids = self.targets()
        if ids:
            views, actor = self.gateway.services.views, self.gateway.actor
            self.gateway.run(
                lambda: views.rows(ids, actor=actor),
                lambda rows: self.copy("\n".join(f"T-{r.number}" for r in rows)),
            )

    def do_copy_menu(self) -> None:
        """Choose what of the chosen tickets to copy."""
        ids = self.targets()
        if not ids:
            return
        views, actor = self.gateway.services.views, self.gateway.actor

        def show(rows: Sequence[Any]) -> None:
            def lines(text: Callable[[Any], str]) -> str:
                return "\n".join(map(text, rows))

            pieces = [
                Piece(tr("number"), lines(lambda r: f"T-{r.number}"), "n"),
                Piece(tr("subject"), lines(lambda r: r.subject), "s"),
                Piece(tr("customer"), lines(lambda r: r.customer), "c"),
                # There is nothing to browse: what opens a ticket anywhere is this command.
                Piece(tr("link"), lines(lambda r: f"crm-tui ticket show T-{r.number}"), "l"),
                Piece(tr("row"), lines(_as_row), "r"),
            ]
            owner = rows[0].customer_id if len(rows) == 1 else None
            more = [] if owner is None else [("e", tr("e-mail or phone"), lambda: detail(owner))]
            offer(self, pieces, more)

        def detail(customer: int) -> None:
            # Loads the forms: not before the first frame.
            from crm_tui.tui.screens.contacts import copy_detail

            customers = self.gateway.services.customers
            self.gateway.run(
                lambda: customers.view(customer, actor=actor),
                lambda view: copy_detail(self, view.contacts),
            )

        self.gateway.run(lambda: views.rows(ids, actor=actor), show)


def _as_row(row: Any) -> str:
    """What a list says of a ticket, a tab between the columns."""
    cells = (
        f"T-{row.number}",
        tr(URGENCIES[row.urgency]),
        row.subject,
        row.customer,
        row.owner,
        state_label(row.state),
    )
    return "\t".join(cells)
