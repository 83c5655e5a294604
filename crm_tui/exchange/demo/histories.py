"""A year of tickets, most of them ended, written in bulk as imported history."""

from datetime import datetime, timedelta
from typing import Final

from crm_tui.domain.msg import msg
from crm_tui.exchange.demo.customers import Known
from crm_tui.exchange.demo.desk import BATCH, Desk
from crm_tui.exchange.demo.words import (
    BACK_AGAIN,
    CHANNELS,
    DETAILS,
    REPLIES,
    RESULTS,
    SUBJECTS,
    WEIGHTS,
)
from crm_tui.services.history import History, HistoryEvent

SOURCE: Final = "demo"
OWNERS: Final = {
    "ana": "after_sales",
    "ben": "after_sales",
    "wu": "after_sales",
    "zhou": "service",
    "tang": "product",
    "ivo": "technology",
    "bai": "call_centre",
}
"""Who has tickets, and in which department."""
Step = tuple[str, str, float, str]
"""Event, state after it, hours since the step before, text."""


def make_histories(desk: Desk, customers: list[Known], count: int) -> None:
    """So many tickets over the year before now, in the order they were received."""
    rng = desk.rng
    start = desk.now - timedelta(days=365)
    moments = sorted(start + (desk.now - start) * (1 - rng.random() ** 1.3) for _ in range(count))
    for begin in range(0, count, BATCH):
        desk.say(msg("Demo: tickets {done} of {total}", done=begin, total=count))
        batch = [
            _history(desk, index, moments[index].replace(microsecond=0), rng.choice(customers))
            for index in range(begin, min(begin + BATCH, count))
        ]
        desk.services.imports.write_tickets(batch, actor=desk.admin)


class _Course:
    """The events of one ticket while they are made; nothing in it lies ahead of now."""

    def __init__(self, index: int, received: datetime, now: datetime) -> None:
        self.index, self.at, self.now = index, received, now
        self.state = "registered"
        self.events: list[HistoryEvent] = []

    def go(self, what: str, state: str, hours: float, text: str = "", **fields: str) -> bool:
        """An event so many hours later, unless that lies ahead."""
        later = self.at + timedelta(hours=hours)
        if later > self.now:
            return False
        if what == "state":
            fields |= {"from": self.state, "to": state}
            if self.state in ("resolved", "closed") and state == "accepted":
                fields["reopened"] = "1"
            self.state = state
        self.at = later
        key = f"{self.index}:{len(self.events)}"
        self.events.append(HistoryEvent(later, what, self.state, key, "", text, fields))
        return True


def _history(desk: Desk, index: int, received: datetime, customer: Known) -> History:
    rng = desk.rng
    kind = rng.choices([k for k, _ in WEIGHTS], [w for _, w in WEIGHTS])[0]
    urgency = "urgent" if rng.random() < 0.06 else "normal"
    if kind in ("suggestion", "praise"):
        urgency = "low"
    owner = rng.choice(list(OWNERS))
    course = _Course(index, received, desk.now)
    course.go("created", "registered", 0, urgency=urgency)
    course.go("registered", "registered", rng.expovariate(6))
    steps = _steps(desk, kind, urgency, customer.language)
    recent = desk.now - received < timedelta(days=5)
    at_work = rng.random() < (0.65 if recent else 0.012)
    stop = rng.randint(0, len(steps) - 3) if at_work else len(steps)
    for step in steps[:stop]:
        if not course.go(*step):
            break
    subject = rng.choice(SUBJECTS[customer.language][kind])
    return History(
        source=SOURCE,
        source_key=f"demo:{index}",
        digest="1",
        customer_key=customer.key,
        customer_name=customer.key,
        customer_source="customers",
        subject=subject,
        description=f"{subject}\n{rng.choice(DETAILS[customer.language])}",
        kind=kind,
        urgency=urgency,
        channel=rng.choice(CHANNELS),
        state=course.state,
        received_at=received,
        registered_at=course.events[-1].at if len(course.events) < 2 else course.events[1].at,
        events=course.events,
        department=OWNERS[owner],
        assignee=owner if course.state != "registered" else "",
    )


def _steps(desk: Desk, kind: str, urgency: str, language: str) -> list[Step]:
    """The whole course that a ticket of this kind takes when nothing stops it."""
    rng = desk.rng
    steps: list[Step] = [
        ("state", "dispatched", rng.expovariate(1 / 3), ""),
        ("staff_reply", "dispatched", rng.expovariate(1 / 5), rng.choice(REPLIES[language])),
    ]
    if rng.random() < 0.02:
        return [*steps, ("state", "cancelled", 2.0, "")]
    steps.append(("state", "accepted", rng.expovariate(1 / 4), ""))
    if rng.random() < 0.3:
        wait = rng.choice(("waiting_customer", "waiting_third_party"))
        steps += [
            ("state", wait, rng.expovariate(1 / 6), ""),
            ("state", "accepted", rng.expovariate(1 / 30), ""),
        ]
    if kind in ("complaint", "after_sales") or urgency == "urgent":
        steps += [
            ("state", "solution_proposed", rng.expovariate(1 / 8), ""),
            ("state", "approved", rng.expovariate(1 / 5), ""),
            ("state", "executing", rng.expovariate(1 / 4), ""),
        ]
    steps += [
        ("staff_reply", "result_fed_back", rng.expovariate(1 / 20), RESULTS[language]),
        ("state", "result_fed_back", 0.01, ""),
        ("state", "resolved", rng.expovariate(1 / 20), ""),
        ("state", "closed", rng.expovariate(1 / 40), ""),
    ]
    if rng.random() < 0.04:
        steps += [
            ("customer_message", "accepted", rng.expovariate(1 / 40), BACK_AGAIN[language]),
            ("state", "accepted", 0.01, ""),
            ("staff_reply", "accepted", rng.expovariate(1 / 4), rng.choice(REPLIES[language])),
            ("state", "resolved", rng.expovariate(1 / 20), ""),
        ]
    return steps
