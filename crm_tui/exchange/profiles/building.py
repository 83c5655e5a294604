"""One case while its rows are read; shared by the profiles of event logs."""

import datetime
from collections import Counter
from collections.abc import Mapping
from typing import Final

from crm_tui.exchange.profiles.base import EventType, ImportedCase, ImportedEvent, digest_of
from crm_tui.exchange.tabular import Row

DONE: Final = frozenset({"resolved", "closed"})
"""States that a later open state reopens."""

MAX_NAME: Final = 120
"""Characters of a customer's name that are its key in the source; a longer one is shortened."""

_Draft = tuple[EventType, str, dict[str, str], datetime.datetime, str]


class Building:
    """Collects the events of one case row by row.

    Attributes are the case as known after the last row: ``state``, ``urgency``, ``group`` (who
    works on it), ``assignee``.
    """

    def __init__(self, number: str) -> None:
        self.number = number
        self.state = "registered"
        self.urgency = "normal"
        self.group = ""
        self.assignee = ""
        self.responded = False
        self.unknown: Counter[tuple[str, str]] = Counter()
        self._events: list[ImportedEvent] = []
        self._lines: list[int] = []
        self._out_of_order: list[int] = []
        self._keys: Counter[str] = Counter()
        self._drafts: list[_Draft] = []
        self._row: Row | None = None
        self._at: datetime.datetime | None = None
        self._last_at: datetime.datetime | None = None
        self._actor = ""
        self._key = ""
        self._unread: list[tuple[str, str]] = []

    @property
    def empty(self) -> bool:
        """Whether no row has been accepted yet."""
        return not self._lines

    def begin(self, row: Row, at: datetime.datetime, actor: str, *identity: str) -> None:
        """Start the events of ``row``; ``identity`` is what makes it the same row another time."""
        self._lines.append(row.line)
        self._row = row
        self.follow(at, actor, *identity)

    def follow(self, at: datetime.datetime, actor: str, *identity: str) -> None:
        """Start events of the same row at another time, by another hand."""
        assert self._row is not None, "begin() comes first"
        self._at, self._actor = at, actor
        key = digest_of(self.number, *identity)
        self._keys[key] += 1
        self._key = key if self._keys[key] == 1 else f"{key}.{self._keys[key]}"
        if self._last_at is not None and at < self._last_at:
            self._out_of_order.append(self._row.line)
        self._last_at = at

    def emit(
        self,
        kind: EventType,
        fields: Mapping[str, str] | None = None,
        *,
        text: str = "",
        at: datetime.datetime | None = None,
    ) -> None:
        """Add an event of the row, at its time unless ``at`` is given."""
        when = at if at is not None else self._at
        assert when is not None, "begin() comes first"
        self._drafts.append((kind, text, dict(fields or {}), when, self.state))

    def cannot_read(self, column: str, text: str) -> None:
        """Note a value of the row that has no meaning here; it is counted and kept as text."""
        self._unread.append((column, text))
        self.unknown[column, text] += 1

    def enter(self, state: str, *, reopened: bool = False) -> None:
        """Go to ``state``; nothing happens if the case is in it."""
        if state == self.state:
            if reopened:
                self.emit(EventType.ACTIVITY, {"reopened": "1"})
            return
        fields = {"from": self.state, "to": state}
        if reopened or (self.state in DONE and state not in DONE):
            fields["reopened"] = "1"
        self.state = state
        self.emit(EventType.STATE, fields)

    def respond(self) -> None:
        """The staff's first answer, once."""
        if not self.responded:
            self.responded = True
            self.emit(EventType.STAFF_REPLY, {"first_response": "1"})

    def assign(self, group: str, assignee: str) -> None:
        """Who works on it now; empty means the log does not say, and nothing changes."""
        if group and group != self.group:
            kind = EventType.TRANSFERRED if self.group else EventType.ASSIGNED
            fields = {"from": self.group, "to": group, "what": "department"}
            self.group = group
            self.emit(kind, fields)
        if assignee and assignee != self.assignee:
            fields = {"from": self.assignee, "to": assignee, "what": "assignee"}
            self.assignee = assignee
            self.emit(EventType.ASSIGNED, fields)

    def prioritise(self, urgency: str) -> None:
        """The urgency now; the first one is the case's own and no event."""
        if urgency != self.urgency:
            fields = {"from": self.urgency, "to": urgency}
            self.urgency = urgency
            self.emit(EventType.URGENCY, fields)

    def end(self, changes: Mapping[str, str]) -> None:
        """Finish the row; ``changes`` go with its last event, an activity if there was none."""
        assert self._row is not None, "begin() comes first"
        if not self._drafts or self._unread:
            self.emit(EventType.ACTIVITY, text=" ".join(text for _, text in self._unread))
        last = len(self._drafts) - 1
        lines = (self._row.line,)
        for index, (kind, text, fields, at, state) in enumerate(self._drafts):
            if index == last and changes:
                fields = {**changes, **fields}
            self._events.append(
                ImportedEvent(
                    at=at,
                    type=kind,
                    state=state,
                    actor_name=self._actor,
                    key=f"{self._key}/{index}",
                    lines=lines,
                    text=text,
                    fields=fields,
                    unknown=tuple(self._unread) if index == last else (),
                )
            )
        self._drafts.clear()
        self._unread.clear()

    def finish(
        self,
        profile: str,
        *,
        customer: str,
        subject: str,
        description: str,
        kind: str,
        channel: str,
        received_at: datetime.datetime,
        registered_at: datetime.datetime,
        raw: Mapping[str, str],
        urgency: str | None = None,
    ) -> ImportedCase:
        """The case; ``customer`` empty means unknown, ``urgency`` defaults to the last one."""
        urgency = self.urgency if urgency is None else urgency
        known_as = customer if len(customer) <= MAX_NAME else digest_of(customer)
        content = (customer, subject, description, kind, channel, received_at.isoformat())
        if self._events and min(event.at for event in self._events[:2]) < received_at:
            self._out_of_order.insert(0, self._lines[0])
        return ImportedCase(
            source_key=f"{profile}:{self.number}",
            digest=digest_of(*content, *[event.key for event in self._events]),
            number=self.number,
            customer_key=f"{profile}:{known_as}" if customer else None,
            customer_name=customer,
            subject=subject,
            description=description,
            kind=kind,
            urgency=urgency,
            channel=channel,
            state=self.state,
            received_at=received_at,
            registered_at=registered_at,
            events=tuple(self._events),
            lines=tuple(self._lines),
            department_name=self.group,
            assignee_name=self.assignee,
            raw=dict(raw),
            unknown=dict(self.unknown),
            out_of_order=tuple(sorted(set(self._out_of_order))),
        )
