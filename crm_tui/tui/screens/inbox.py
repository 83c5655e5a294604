"""Screen 6: what waits for me; each row acts in place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from textual import on
from textual.app import ComposeResult

from crm_tui.domain.msg import N_
from crm_tui.i18n import render, tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.widgets.virtual_list import Column, VirtualList, Window


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A notification as a list row."""

    id: int
    at: str
    text: str
    kind: str
    read: bool
    waits: bool
    subject: tuple[str, int]

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """By id, newest first."""
        return (self.id,)


class InboxScreen(BaseScreen):
    """Notifications, warnings, escalations, approvals."""

    SCOPE = "inbox"
    ROOT = True

    def body(self) -> ComposeResult:
        """The list."""
        columns: list[Column[Any]] = [
            Column(N_("When"), 11, lambda r: (r.at, "dim")),
            Column("", 1, lambda r: ("!" if r.waits else "" if r.read else "+", "warn")),
            Column(N_("What"), 0, lambda r: (r.text, "" if r.read else "head")),
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
        super().on_mount()
        self.listing.focus()

    def ready(self) -> None:
        """Read the inbox; it is short by nature."""
        notifications, actor = self.gateway.services.notifications, self.gateway.actor

        def fetch(where: str, key: tuple[Any, ...] | None, limit: int) -> Window[Any]:
            if where in ("after", "before"):
                return Window((), False, False)
            rows = [
                InboxRow(
                    n.id,
                    f"{self.local(n.at):%m-%d %H:%M}",
                    self._sentence(n.text) + (f" ×{n.times}" if n.times > 1 else ""),
                    n.kind,
                    n.read,
                    n.needs_acknowledgement and n.acknowledged_at is None,
                    (n.subject_kind, n.subject_id),
                )
                for n in notifications.inbox(actor=actor)
            ]
            return Window(rows, False, False)

        self.listing.source(fetch, self.gateway.read)

    def _sentence(self, message: Any) -> str:
        from datetime import datetime

        from crm_tui.domain.msg import Msg

        params = {
            k: f"{self.local(v):%m-%d %H:%M}" if isinstance(v, datetime) else v
            for k, v in message.params.items()
        }
        return render(Msg(message.msgid, params))

    def changed(self, changes: Sequence[Any]) -> None:
        """Read again."""
        if self.gateway.ready:
            self.ready()

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Open what the row is about; it counts as read."""
        row = self.listing.current
        if row is None:
            return
        notifications, actor = self.gateway.services.notifications, self.gateway.actor
        self.gateway.run(lambda: notifications.mark_read([row.id], actor=actor))
        kind, key = row.subject
        if kind == "ticket":
            self.crm.open_ticket(key)
        elif kind == "customer":
            self.crm.open_customer(key)

    def _act(self, work: Any) -> None:
        def then(result: Any) -> None:
            self.tell(result)
            self.ready()

        self.gateway.run(work, then)

    def do_inbox_acknowledge(self) -> None:
        """Acknowledge; of an urgent ticket it stops the head's clock."""
        row = self.listing.current
        if row is not None:
            notifications, actor = self.gateway.services.notifications, self.gateway.actor
            self._act(lambda: notifications.acknowledge([row.id], actor=actor))

    def do_inbox_snooze(self) -> None:
        """Hide until tomorrow morning."""
        row = self.listing.current
        if row is not None:
            notifications, actor = self.gateway.services.notifications, self.gateway.actor
            until = (self.local(self.now) + timedelta(days=1)).replace(hour=9, minute=0)
            self._act(lambda: notifications.snooze([row.id], until, actor=actor))

    def do_inbox_dismiss(self) -> None:
        """Put away with a reason."""
        row = self.listing.current
        if row is None:
            return
        notifications, actor = self.gateway.services.notifications, self.gateway.actor
        self.ask(
            tr("Why is it put away?"),
            lambda text: self._act(lambda: notifications.dismiss([row.id], text, actor=actor)),
        )

    def do_approve(self) -> None:
        """Open the ticket to approve."""
        self.do_open()
