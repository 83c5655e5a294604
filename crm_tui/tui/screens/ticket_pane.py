"""What a ticket's head and side pane say: clocks, what may be done now, fields (ux.md 3.7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from crm_tui.domain.checklist import ACTIVITY_LABELS
from crm_tui.domain.msg import N_, Msg
from crm_tui.domain.text import cell_width, cut, pad
from crm_tui.i18n import render, tr
from crm_tui.services.ticket_tools import NOTHING, TicketTools
from crm_tui.tui.actions import BY_ID
from crm_tui.tui.keymap import shown
from crm_tui.tui.labels import (
    CLOCK_STATES,
    URGENCY,
    clock_label,
    department_label,
    moment,
    span,
    state_label,
)
from crm_tui.tui.screens.telling import REMEDIES
from crm_tui.tui.screens.ticket_verbs import ANSWERED, CAUSES
from crm_tui.tui.widgets.lines import Line, flowing, labelled, wrap

KINDS: Final = {
    "consultation": N_("Consultation"),
    "complaint": N_("Complaint"),
    "suggestion": N_("Suggestion"),
    "praise": N_("Praise"),
    "after_sales": N_("After-sales request"),
    "rescue": N_("Rescue"),
}
CHANNELS: Final = {
    "phone": N_("Phone"),
    "chat": N_("Online chat"),
    "email": N_("E-mail"),
    "visit": N_("Visit"),
    "online": N_("Online"),
    "portal": N_("Suggestion box"),
}
FIELDS: Final = (
    ("customer", N_("Customer")),
    ("contact_info", N_("Contact")),
    ("kind", N_("Kind")),
    ("channel", N_("Channel")),
    ("preferred_reply_channel", N_("Reply by")),
    ("department", N_("Department")),
    ("owner", N_("Owner")),
    ("first_responsible", N_("First responsible")),
    ("product", N_("Product concerned")),
    ("appeal", N_("Appeal")),
    ("verified_note", N_("Verified")),
    ("solution", N_("Solution")),
    ("handling_basis", N_("Basis")),
    ("wait_reason", N_("Waits for")),
    ("satisfaction", N_("Satisfaction")),
    ("cause_category", N_("Cause")),
)
SATISFACTION: Final = {
    "satisfied": N_("Satisfied"),
    "unsatisfied": N_("Not satisfied"),
}
APPROVALS: Final = {
    "pending": N_("Awaiting approval"),
    "approved": N_("Approved"),
}
LINKS: Final = {
    "related": N_("Related"),
    "duplicate": N_("Duplicate"),
    "blocks": N_("Blocks"),
    "blocked_by": N_("Blocked by"),
    "follows": N_("Follows"),
    "followed_by": N_("Followed by"),
    "parent": N_("Part of"),
    "child": N_("Has part"),
    "merged_into": N_("Merged into"),
    "merged_from": N_("Took in"),
}
VERB_ACTIONS: Final = {"watch": "follow"}
"""Actions of the registry by the verbs of the services, where they are not called the same."""
STEP_ACTIONS: Final = (
    ("solution_proposed", "propose"),
    ("result_fed_back", "feedback"),
    ("resolved", "satisfy"),
    ("closed", "end"),
)
"""The actions that lead to a state beside the status menu."""
SIGNS: Final = {"done": "[x]", "open": "[ ]", "skipped": "[-]"}


@dataclass(frozen=True, slots=True)
class Pane:
    """A ticket as lines."""

    view: Any
    now: datetime
    local: Callable[[datetime], datetime]
    keys: Mapping[str, tuple[str, ...]]
    others: Line = ()
    """Who else is at the ticket."""
    tools: TicketTools = NOTHING

    def _at(self, at: datetime) -> str:
        return moment(self.local(at), self.local(self.now))

    # Head

    def head(self, width: int) -> list[Line]:
        """Subject; state and people; the next limit and what the customer wants (R-106)."""
        row = self.view.row
        urgency, role = URGENCY[row.urgency]
        number = f"T-{row.number}"
        room = width - len(number) - 2 - sum(cell_width(t) for t, _ in self.others)
        facts: list[Line] = [
            [(state_label(row.state), "head")],
            [(tr(urgency), role)],
            [(f"{tr('Tier')} {row.tier}", "")],
        ]
        if row.escalation_level > 1:
            facts.append([(tr("level {level}").format(level=row.escalation_level), "late")])
        facts.append([(row.customer or tr("unknown customer"), "")])
        facts.append([(row.owner or tr("nobody"), "" if row.owner else "dim")])
        return [
            [(f"{number}  ", "dim"), (pad(cut(row.subject, room), room), "title"), *self.others],
            flowing(facts, 10_000, gap=3)[0],
            self._limit(),
        ]

    def _limit(self) -> Line:
        running = [c for c in self.view.clocks if c.due_at is not None]
        pieces: list[tuple[str, str]] = []
        if running:
            clock = min(running, key=lambda c: c.due_at)
            text, role = self._left(clock)
            pieces = [(f"{clock_label(clock.kind)} ", "dim"), (text, role)]
            pieces.append((f"  {self._at(clock.due_at)}", "dim"))
        else:
            pieces = [(tr("no limit runs"), "dim")]
        appeal = self.view.fields.get("appeal")
        if appeal:
            pieces += [(f"   {tr('Appeal')} ", "dim"), (" ".join(appeal.split()), "")]
        return pieces

    def _left(self, clock: Any) -> tuple[str, str]:
        """What is left of a clock, or how it ended, and its role."""
        state = tr(CLOCK_STATES.get(clock.state, clock.state))
        if clock.remaining_s is None:
            return state, "late" if clock.state == "missed" else "dim"
        if clock.state == "paused":
            left = tr("{time} left").format(time=span(max(clock.remaining_s, 0)))
            return f"{state}, {left}", "wait"
        if clock.state != "running":
            return state, "late" if clock.state == "missed" else "dim"
        if clock.remaining_s < 0:
            return f"{tr('LATE')} {span(-clock.remaining_s)}", "late"
        near = clock.warn_at is not None and clock.warn_at <= self.now
        return f"{'!' if near else ''}{span(clock.remaining_s)}", "warn" if near else ""

    # Side pane

    def info(self, width: int) -> list[Line]:
        """Everything beside the timeline."""
        parts = (
            (tr("Next step"), self._next(width)),
            (f"{tr('Clocks')}   {self._key('explain')} {tr('why')}", self._clocks()),
            (tr("What can be done now"), self._actions(width)),
            (tr("Details"), self._fields(width)),
            (tr("Service steps"), self._steps()),
            (f"{tr('To do')}   {self._key('todo')}", self._items(width)),
            (f"{tr('Time spent')}   {self._key('time')}", self._time()),
            (tr("Description"), [[(t, "")] for t in wrap(self.view.fields["description"], width)]),
        )
        lines: list[Line] = []
        for title, body in parts:
            if body:
                lines += [[(title, "head")], *body, []]
        return lines[:-1]

    def _key(self, action: str) -> str:
        keys = self.keys[action]
        return shown(keys[0]) if keys else f":{BY_ID[action].command}"

    def _next(self, width: int) -> list[Line]:
        step = self.view.next_step
        if step is not None:
            return [[(f"{self._key('resolve')} ", "head"), (state_label(step.to), "")]]
        lines: list[Line] = []
        for missing in self.view.missing:
            code = next((c.code for c in self.view.choices if c.refusal == missing), "")
            text = tr("missing: {what}").format(what=render(missing)) + self._remedy(code)
            lines += [[(part, "warn")] for part in wrap(text, width)]
        return lines

    def _remedy(self, code: str) -> str:
        action = REMEDIES.get(code)
        return f"  ({self._key(action)} {tr(BY_ID[action].title)})" if action else ""

    def _clocks(self) -> list[Line]:
        clocks = self.view.clocks
        names = [clock_label(c.kind) for c in clocks]
        left = [self._left(c) for c in clocks]
        first = max(map(cell_width, names), default=0)
        second = max((cell_width(t) for t, _ in left), default=0)
        lines: list[Line] = []
        for clock, name, (text, role) in zip(clocks, names, left, strict=True):
            due = clock.due_at or clock.stored_due_at
            when = self._at(due) if due is not None else ""
            pin = " " + tr("by hand") if clock.pinned else ""
            lines.append(
                [
                    (pad(name, first) + "  ", "dim"),
                    (pad(text, second) + "  ", role),
                    (when + pin, "dim"),
                ]
            )
        return lines

    def _actions(self, width: int) -> list[Line]:
        """Keys that work now; then those that do not, dimmed, under the rule that forbids them."""
        allowed: list[Line] = []
        refused: dict[str, list[str]] = {}
        for action, refusal, code in self._verdicts():
            key, title = self._key(action), tr(BY_ID[action].title)
            if refusal is None:
                allowed.append([(key, "head"), (f" {title}", "")])
            else:
                rule = render(refusal) + self._remedy(code)
                refused.setdefault(rule, []).append(f"{key} {title}")
        lines = flowing(allowed, width, gap=3)
        for rule, verbs in refused.items():
            lines += [[(part, "off")] for part in wrap("  ".join(verbs), width)]
            lines += [[("  " + part, "off")] for part in wrap(rule, width - 2)]
        return lines

    def _verdicts(self) -> list[tuple[str, Msg | None, str]]:
        """Every action, with the rule that forbids it now and its code."""
        found: list[tuple[str, Msg | None, str]] = []
        for verdict in self.view.actions:
            action = VERB_ACTIONS.get(verdict.verb, verdict.verb)
            found.append((action, verdict.refusal, verdict.code))
            if action == "reply":
                found.append(("progress", verdict.refusal, verdict.code))
        choices = {c.to: c for c in self.view.choices}
        for state, action in STEP_ACTIONS:
            choice = choices.get(state)
            if choice is not None:
                answered = choice.code in ANSWERED
                found.append((action, None if answered else choice.refusal, choice.code))
        return [verdict for verdict in found if verdict[0] in BY_ID]

    def _fields(self, width: int) -> list[Line]:
        fields = self.view.fields
        rows: list[tuple[str, str]] = [
            (tr(label), self._shown(name, str(fields[name])))
            for name, label in FIELDS
            if fields.get(name)
        ]
        if cell_width(self.view.row.subject) > width:
            # The head has room for one line of it.
            rows.insert(0, (tr("Subject"), self.view.row.subject))
        rows.append((tr("Received"), self._at(fields["received_at"])))
        if self.view.tags:
            rows.append((tr("Tags"), " ".join(self.view.tags)))
        if self.view.collaborators:
            rows.append((tr("With"), ", ".join(self.view.collaborators)))
        for approval in self.view.approvals:
            state = APPROVALS.get(approval.state, N_("Rejected"))
            rows.append((tr(state), f"{approval.text} ({approval.proposer})"))
        for link in self.view.links:
            rows.append((tr(LINKS.get(link.kind, link.kind)), f"T-{link.number} {link.subject}"))
        for file in self.view.attachments:
            rows.append((tr("File"), f"{file.file_name} ({file.size})"))
        return labelled(rows, width)

    @staticmethod
    def _shown(name: str, value: str) -> str:
        tables: dict[str, Mapping[str, str]] = {
            "kind": KINDS,
            "channel": CHANNELS,
            "preferred_reply_channel": CHANNELS,
            "cause_category": CAUSES,
        }
        if name == "satisfaction":
            return tr(SATISFACTION.get(value, N_("Not asked yet")))
        if name == "department":
            return department_label(value)
        return tr(tables[name].get(value, value)) if name in tables else value

    def _steps(self) -> list[Line]:
        """The five steps of the service: done, to do, skipped (R-126)."""
        return [
            [(f"{SIGNS[s.state]} ", "dim"), (tr(ACTIVITY_LABELS[s.activity]), "")]
            for s in self.view.checklist
        ]

    def _items(self, width: int) -> list[Line]:
        """The checklist of the ticket's own items."""
        lines: list[Line] = []
        for item in self.tools.items:
            sign = SIGNS["done" if item.done else "open"]
            for at, part in enumerate(wrap(item.text, width - 4)):
                lines.append([(f"{sign} " if at == 0 else "    ", "dim"), (part, "")])
        return lines

    def _time(self) -> list[Line]:
        minutes = self.tools.minutes
        return [[(span(minutes * 60), "")]] if minutes else []


def explanation(clocks: Sequence[Any], sentence: Callable[[Any], str], width: int) -> list[Line]:
    """Why each clock is due when it is (sla.md 2.14)."""
    lines: list[Line] = []
    for clock in clocks:
        for index, message in enumerate(clock.explanation):
            indent = "" if index == 0 else "  "
            lines += [
                [(indent, ""), (part, "head" if index == 0 else "")]
                for part in wrap(sentence(message), width - len(indent))
            ]
        lines.append([])
    return lines[:-1]
