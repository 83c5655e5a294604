"""Screen 6: what waits for me; each row acts in place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.msg import N_, Msg
from crm_tui.i18n import render, tr
from crm_tui.tui.labels import clock_label, moment
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.goals import open_goal
from crm_tui.tui.screens.records import record_form
from crm_tui.tui.widgets.dateprompt import ask_due
from crm_tui.tui.widgets.dialogs import Menu, Option, Question
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window

KINDS: Final = {
    "approval": N_("Approval"),
    "approval_decided": N_("Decision"),
    "urgent": N_("Urgent"),
    "escalated": N_("Escalation"),
    "alarm": N_("Alarm"),
    "overdue": N_("Overdue"),
    "warning": N_("Warning"),
    "wait_over": N_("Wait over"),
    "untracked": N_("Tracking"),
    "assigned": N_("Assigned"),
    "changed": N_("Changed"),
    "risk": N_("Risk"),
    "handover": N_("Handover"),
    "collaborator": N_("Joined"),
    "registered": N_("Received"),
    "mention": N_("Mention"),
    "improvement": N_("Improvement"),
    "delivered": N_("Delivery"),
    "follow_up": N_("Follow-up"),
    "goal_review": N_("Goal"),
    "merged": N_("Merged"),
}
KIND_ROLES: Final = {
    "approval": "head",
    "urgent": "urgent",
    "escalated": "late",
    "alarm": "late",
    "overdue": "late",
    "risk": "late",
    "warning": "warn",
    "wait_over": "warn",
}
OTHER: Final = "other"
APPROVALS: Final = ("approvals",)
UNTRACKED: Final = ("untracked tickets",)
VIEWS: Final[tuple[tuple[str, tuple[str, ...] | None], ...]] = (
    (N_("everything"), None),
    (N_("to approve"), APPROVALS),
    (N_("late and escalated"), ("urgent", "escalated", "alarm", "overdue", "risk")),
    (N_("warnings"), ("warning", "wait_over", "untracked")),
    (
        N_("for me"),
        (
            "mention",
            "assigned",
            "changed",
            "handover",
            "collaborator",
            "merged",
            "approval_decided",
        ),
    ),
    (N_("follow-ups due"), ("follow_up", "delivered", "goal_review")),
    (N_("no note today"), UNTRACKED),
)
"""Views with the kinds they show; None is all. Two show what waits itself, told of or not."""


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A notification, an approval or a ticket as a list row."""

    id: int
    at: str
    text: str
    kind: str
    read: bool
    waits: bool
    subject: tuple[str, int]
    approval: Any = None
    told: bool = True
    """Whether it is a notification, which can be put away."""

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By id, newest first."""
        return (self.id,)


class InboxScreen(BaseScreen):
    """Warnings, escalations, mentions, approvals."""

    SCOPE = "inbox"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.view = 0
        self.counts: dict[str, int] = {}
        self._started = False

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[Any]] = [
            Column(N_("When"), 11, lambda r: (r.at, "dim"), most=16),
            Column("", 1, lambda r: ("!" if r.waits else "" if r.read else "+", "warn")),
            Column(
                N_("Kind"),
                8,
                lambda r: (tr(KINDS.get(r.kind, r.kind)), KIND_ROLES.get(r.kind, "")),
                most=11,
            ),
            Column(N_("What"), 0, lambda r: (r.text, "dim" if r.read else "title")),
        ]
        yield VirtualList(
            columns,
            theme_name=self.crm.terminal.theme,
            empty=tr("nothing waits for you"),
            id="list",
        )

    @property
    def listing(self) -> "VirtualList[Any]":
        """The list widget."""
        return self.query_one("#list", VirtualList)

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.listing.focus()

    def place_state(self) -> dict[str, Any]:
        """The view, and the row under the cursor."""
        row = self.listing.current
        return {"view": VIEWS[self.view][0], "cursor": row.id if row is not None else 0}

    @on(VirtualList.Moved)
    def remember(self) -> None:
        """Keep the place for the next start."""
        self.crm.keep_place(self.SCOPE, self.place_state())

    def ready(self) -> None:
        """Read the view from its top, the first time the one that was shown last."""
        cursor = 0 if self._started else self._restore(self.crm.place_of(self.SCOPE))
        self._started = True
        _, kinds = VIEWS[self.view]
        if kinds is APPROVALS:
            fetch: Callable[..., Window[Any]] = self._approvals
        elif kinds is UNTRACKED:
            fetch = self._untracked
        else:
            fetch = self._notifications(kinds)
        # Rows stand by id, so that one of the same id finds the place of one that has gone.
        place = InboxRow(cursor, "", "", "", True, False, ("", 0)) if cursor else None
        self.listing.source(fetch, self.gateway.read, place)
        self.draw_bars()
        self._count_views()

    def _restore(self, state: Any) -> int:
        """Take the view of a place that was kept; answers the row under the cursor."""
        if not isinstance(state, dict):
            return 0
        names = [name for name, _ in VIEWS]
        if state.get("view") in names:
            self.view = names.index(state["view"])
        cursor = state.get("cursor")
        return cursor if isinstance(cursor, int) else 0

    def crumb(self) -> str:
        """The view with its count; where there is room, the others in which something waits."""
        here, _ = VIEWS[self.view]
        words = self._counted(here)
        if self.app.size.width < 100:
            return words
        others = [n for n, _ in VIEWS if n != here and self.counts.get(n)]
        return "  ".join([f"[{words}]", *map(self._counted, others)])

    def _counted(self, name: str) -> str:
        return f"{tr(name)} {self.counts[name]}" if self.counts.get(name) else tr(name)

    def _count_views(self) -> None:
        """How many rows each view has; never before the rows themselves."""
        services, actor = self.gateway.services, self.gateway.actor

        def work() -> dict[str, int]:
            told = services.notifications.counts(actor=actor)
            beside = {
                APPROVALS: len(services.notifications.approvals(actor=actor)),
                UNTRACKED: len(services.views.untracked_today(actor=actor)),
            }

            def count(kinds: tuple[str, ...] | None) -> int:
                if kinds in beside:
                    return beside[kinds]
                return sum(n for kind, n in told.items() if kinds is None or kind in kinds)

            return {name: count(kinds) for name, kinds in VIEWS}

        def then(counts: dict[str, int]) -> None:
            self.counts = counts
            if self.is_attached:
                self.draw_bars()

        self.gateway.run(
            work, then, group="views", exclusive=True, refused=self.crm.offline, apart=True
        )

    def _notifications(self, kinds: Sequence[str] | None) -> Callable[..., Window[Any]]:
        notifications, actor = self.gateway.services.notifications, self.gateway.actor

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            page = notifications.page(
                actor=actor,
                kinds=kinds,
                after=key[0] if where == "after" and key else None,
                before=key[0] if where == "before" and key else None,
                last=where == "last",
                limit=limit,
            )
            return Window([self._row(n) for n in page.rows], page.before, page.after)

        return fetch

    def _approvals(self, where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
        """All that wait; they are few by nature."""
        notifications, actor = self.gateway.services.notifications, self.gateway.actor
        if where in ("after", "before"):
            return Window((), False, False)
        rows = [
            InboxRow(
                a.id,
                self._moment(a.requested_at),
                f"T-{a.ticket_number} {a.proposer}: {a.text}".replace("\n", " "),
                "approval",
                False,
                True,
                ("ticket", a.ticket_id),
                a,
                told=False,
            )
            for a in notifications.approvals(actor=actor)
        ]
        return Window(rows[::-1], False, False)

    def _untracked(self, where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
        """Tickets without a note on this day (R-141), at most 500."""
        views, actor = self.gateway.services.views, self.gateway.actor
        if where in ("after", "before"):
            return Window((), False, False)
        rows = [
            InboxRow(
                row.id,
                self._moment(row.updated_at),
                f"T-{row.number} {row.subject}",
                "untracked",
                False,
                True,
                ("ticket", row.id),
                told=False,
            )
            for row in views.untracked_today(actor=actor)
        ]
        return Window(rows[::-1] if where == "last" else rows, False, False)

    def _row(self, n: Any) -> InboxRow:
        return InboxRow(
            n.id,
            self._moment(n.at),
            self._sentence(n.text)
            + (f" ×{n.times}" if n.times > 1 else "")
            + (f"  ({n.snooze_reason})" if n.snooze_reason else ""),
            n.kind,
            n.read,
            n.needs_acknowledgement and n.acknowledged_at is None,
            (n.subject_kind, n.subject_id),
        )

    def _moment(self, at: datetime) -> str:
        return moment(self.local(at), self.local(self.now))

    def _sentence(self, message: Msg) -> str:
        params = {k: self._said(v) for k, v in message.params.items()}
        return render(Msg(message.msgid, params))

    def _said(self, value: Any) -> Any:
        """Times by the desk's wall clock, clocks in words."""
        if isinstance(value, datetime):
            return self._moment(value)
        return clock_label(value.msgid) if isinstance(value, Msg) and not value.params else value

    def changed(self, changes: Sequence[Any]) -> None:
        """Read the same place again."""
        if self.gateway.ready:
            self.listing.reload()
            self._count_views()

    def _recount(self) -> None:
        """The number in the top line, which no change feed tells of."""
        notifications, actor = self.gateway.services.notifications, self.gateway.actor

        def then(count: int) -> None:
            self.crm.counts["inbox"] = count
            if self.is_attached:
                self.draw_bars()

        self.gateway.run(lambda: notifications.unread(actor=actor), then, group="count", apart=True)

    # Views

    def do_view_next(self) -> None:
        """The next view."""
        self.view = (self.view + 1) % len(VIEWS)
        self.ready()

    def do_view_prev(self) -> None:
        """The previous view."""
        self.view = (self.view - 1) % len(VIEWS)
        self.ready()

    def do_back(self) -> None:
        """Everything again."""
        if self.view:
            self.view = 0
            self.ready()

    # Acts

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open what the row is about; it counts as read."""
        row = self.listing.current
        if row is None:
            return
        if row.told and not row.read:
            notifications, actor = self.gateway.services.notifications, self.gateway.actor
            self.gateway.run(
                lambda: notifications.mark_read([row.id], actor=actor), lambda _: self._recount()
            )
        kind, key = row.subject
        if kind == "ticket":
            siblings = [r.subject[1] for r in self.listing.rows if r.subject[0] == "ticket"]
            self.crm.open_ticket(key, list(dict.fromkeys(siblings)))
        elif kind == "customer":
            self.crm.open_customer(key)
        elif kind == "goal":
            open_goal(self.crm, key)
        elif kind == "task":
            rows = [r.subject[1] for r in self.listing.rows if r.subject[0] == "task"]
            self.crm.open_task(key, list(dict.fromkeys(rows)))
        else:
            self._open_record(kind, key)

    def _open_record(self, kind: str, key: int) -> None:
        registers, actor = self.gateway.services.registers, self.gateway.actor
        if kind in ("staff", "department"):
            # What is told of a person's or a department's day is told in the queue.
            self.crm.go("queue")
            return
        self.gateway.run(
            lambda: registers.get(kind, key, actor=actor),
            lambda record: record_form(self, kind, record),
        )

    def _told(self) -> InboxRow | None:
        """The row under the cursor, if it is a notification; what waits itself cannot be put away."""
        row: InboxRow | None = self.listing.current
        if row is None or row.told:
            return row
        if row.approval is not None:
            self.crm.say(tr("An approval is decided: A approves or rejects"), "warning")
        else:
            self.crm.say(
                tr("A note on the ticket takes it off this list; enter opens it"), "warning"
            )
        return None

    def _act(self, work: Callable[[int], Any]) -> None:
        row = self._told()
        if row is None:
            return

        def then(result: Any) -> None:
            self.tell(result)
            self.changed([])
            self._recount()

        self.gateway.run(lambda: work(row.id), then)

    def about(self) -> tuple[int, int]:
        """Whom the row under the cursor is about."""
        row = self.listing.current
        kind, key = row.subject if row is not None else ("", 0)
        return (key if kind == "customer" else 0), (key if kind == "ticket" else 0)

    def do_board_task(self) -> None:
        """Make a task for the board from the ticket that the row is about (R-195)."""
        from crm_tui.tui.screens.task_forms import task_from_ticket

        row = self.listing.current
        if row is not None and row.subject[0] == "ticket":
            task_from_ticket(self, row.subject[1])
        else:
            self.crm.say(tr("This row is about no ticket"))

    def do_inbox_acknowledge(self) -> None:
        """Acknowledge after a question: of an urgent ticket it stops the head's clock, for good."""
        row = self._told()
        if row is None:
            return
        notifications, actor = self.gateway.services.notifications, self.gateway.actor

        def answered(yes: bool | None) -> None:
            if yes:
                self._act(lambda item: notifications.acknowledge([item], actor=actor))

        self.app.push_screen(Question(tr("Acknowledge? It stays on record")), answered)

    def do_inbox_snooze(self) -> None:
        """Hide until a time to be chosen."""
        if self._told() is None:
            return
        notifications, actor = self.gateway.services.notifications, self.gateway.actor
        now = self.local(self.now)
        morning = (now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
        times = (
            ("1", tr("for an hour"), now + timedelta(hours=1)),
            ("4", tr("for four hours"), now + timedelta(hours=4)),
            ("t", tr("until tomorrow"), morning),
            ("m", tr("until Monday"), monday),
        )
        options: list[Option] = [
            Option(at, words, key, moment(at, now)) for key, words, at in times
        ]
        options.append(Option(OTHER, tr("until another time"), "o"))

        def chosen(until: Any) -> None:
            if until == OTHER:
                ask_due(self, tr("Until when, like fri 17:00, +3bd, month's end"), why)
            elif until is not None:
                why(until)

        def why(until: datetime) -> None:
            self.ask(
                tr("Why is it put off?"),
                lambda reason: self._act(
                    lambda item: notifications.snooze([item], until, reason, actor=actor)
                ),
            )

        self.app.push_screen(Menu(tr("Hide it"), options, self.crm.terminal.theme), chosen)

    def do_inbox_dismiss(self) -> None:
        """Put away with a reason."""
        notifications, actor = self.gateway.services.notifications, self.gateway.actor
        if self._told() is not None:
            self.ask(
                tr("Why is it put away?"),
                lambda text: self._act(
                    lambda item: notifications.dismiss([item], text, actor=actor)
                ),
            )

    def do_approve(self) -> None:
        """Decide what waits on the row's ticket, here and now (R-148)."""
        row = self.listing.current
        if row is None or row.subject[0] != "ticket":
            return
        if row.approval is not None:
            self._decide(row.approval, ())
            return
        notifications, actor = self.gateway.services.notifications, self.gateway.actor

        def then(found: Sequence[Any]) -> None:
            waiting = [a for a in found if a.ticket_id == row.subject[1]]
            if waiting:
                self._decide(waiting[0], [row.id] if row.kind == "approval" else ())
            else:
                self.crm.say(tr("Nothing waits for approval"))

        self.gateway.run(lambda: notifications.approvals(actor=actor), then)

    def _decide(self, approval: Any, told: Sequence[int]) -> None:
        """Approve or reject; the rows that told of it are done with."""
        services, actor = self.gateway.services, self.gateway.actor

        def act(approve: bool, reason: str = "") -> None:
            def then(result: Any) -> None:
                self.tell(result)
                self.changed([])
                self._recount()

            def work() -> Any:
                result = services.closing.decide(
                    [approval.ticket_id], approve, actor=actor, reason=reason
                )
                if result.done:
                    services.notifications.acknowledge(told, actor=actor)
                return result

            self.gateway.run(work, then)

        def chosen(approve: bool | None) -> None:
            if approve:
                act(True)
            elif approve is False:
                self.ask(tr("Why is it rejected?"), lambda text: act(False, text))

        title = f"T-{approval.ticket_number}  {approval.proposer}\n{approval.text}"
        options = [Option(True, tr("Approve"), "y"), Option(False, tr("Reject"), "n")]
        self.app.push_screen(Menu(title, options, self.crm.terminal.theme), chosen)
