"""Many windows of the customers' figures in one pass over their orders.

The row queries of `db.queries.figure_customers` say what is counted, and are what lists and bars show; for
twelve periods of six figures they would read every order some eighty times. Here each customer's orders
are read once and looked up by their days. Tests hold both to the same sums.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Final

from sqlalchemy import String, cast, select

from crm_tui.db.figure_marks import BUCKET_BITS
from crm_tui.db.queries.figure_customers import (
    ACTIVE_MONTHS,
    BEGINNING,
    RAN,
    churn_record,
    contract,
    earned,
    in_bucket,
    order,
)
from crm_tui.db.queries.figures import Context, Window
from crm_tui.db.queries.orders import with_credited
from crm_tui.db.schema.customers import customer
from crm_tui.domain.kpi.spec import Sums
from crm_tui.domain.periods import DAY, add_months
from crm_tui.services.unit import Unit

PASSED: Final = frozenset({"retention", "active", "repeat", "buyers", "clv", "margin"})
"""Measures that are reckoned here."""
SPLIT: Final = frozenset({"retention", "margin"})
"""Those that are kept by segment too."""
Asked = tuple[str, Window]
Place = tuple[Asked, int, str, str]
"""A measure with its window, a range of customers, a dimension and its value."""


@dataclass(slots=True)
class _Customer:
    """What is known of one customer; days are ISO dates in order."""

    bought: list[str] = field(default_factory=list)
    """Days of purchases."""
    days: list[str] = field(default_factory=list)
    """Days of purchases and credit notes."""
    earned: list[int] = field(default_factory=lambda: [0])
    """What was earned before each of these days, in hundredths of a fen."""
    credited: Sequence[tuple[str, str, int]] = ()
    """Credit notes of known orders: the day of the order, their own, and what they take off."""
    agreed: Sequence[tuple[date, date]] = ()
    """First and last day of contracts in force."""
    left: Sequence[tuple[date, date | None]] = ()
    """Days of churn records, and of being won back."""

    def purchases(self, first: str, last: str) -> int:
        """How many there are between two days, both included."""
        return bisect_right(self.bought, last) - bisect_left(self.bought, first)

    def profit(self, first: str, last: str) -> int:
        """What was earned between two days."""
        until, since = bisect_right(self.days, last), bisect_left(self.days, first)
        # What is given back for earlier orders lowers the sum that those are in.
        earlier = sum(lost for of, on, lost in self.credited if of < first <= on <= last)
        return self.earned[until] - self.earned[since] - earlier

    def runs(self, day: date) -> bool:
        """Whether a contract is in force on a day."""
        return any(start <= day <= end for start, end in self.agreed)

    def gone(self, window: Window) -> bool:
        """Whether a churn record of the window stands at its end."""
        start = window.start or BEGINNING
        return any(
            start <= on <= window.end and (back is None or back > window.end)
            for on, back in self.left
        )


class _Window:
    """A measure's window with its days as they are compared."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.measure, self.window = asked
        self.start_on, self.end_on = self.window.start or BEGINNING, self.window.end
        self.start, self.end = self.start_on.isoformat(), self.end_on.isoformat()
        self.year = add_months(self.end_on + DAY, -ACTIVE_MONTHS).isoformat()
        if self.measure == "retention":
            self.before = add_months(self.start_on, -ACTIVE_MONTHS).isoformat()
            self.eve = (self.start_on - DAY).isoformat()

    def sums(self, one: _Customer) -> tuple[int, int] | None:
        """Numerator and denominator of a customer, or None for one that does not count."""
        if self.measure == "active":
            counts = one.purchases(self.year, self.end) or one.runs(self.end_on)
            return (1, 1) if counts else None
        if self.measure == "retention":
            return self._kept(one)
        if self.measure in ("clv", "margin"):
            first = self.year if self.measure == "margin" else ""
            counts = one.purchases(first, self.end)
            return (one.profit(first, self.end), 1) if counts else None
        count = one.purchases(self.start, self.end)
        if not count:
            return None
        return (count if self.measure == "buyers" else int(count >= 2)), 1

    def _kept(self, one: _Customer) -> tuple[int, int] | None:
        if not (one.purchases(self.before, self.eve) or one.runs(self.start_on)):
            return None
        still = one.purchases(self.start, self.end) or one.runs(self.end_on)
        return int(bool(still) and not one.gone(self.window)), 1


def customer_sums(unit: Unit, ctx: Context, asked: Iterable[Asked]) -> dict[Place, Sums]:
    """Sums of every measure and window, by range of customers, and by segment where it is kept."""
    windows = [_Window(one) for one in asked]
    segments: dict[int, str] = {}
    if any(w.measure in SPLIT for w in windows):
        query = select(customer.c.id, customer.c.segment).where(*in_bucket(customer.c.id, ctx))
        segments = {int(r.id): str(r.segment) for r in unit.conn.execute(query)}
    totals: dict[Place, list[int]] = defaultdict(lambda: [0, 0, 0])
    for customer_id, one in _customers(unit, ctx):
        bucket = customer_id >> BUCKET_BITS
        for window in windows:
            sums = window.sums(one)
            if sums is None:
                continue
            places = [(window.asked, bucket, "", "")]
            if window.measure in SPLIT:
                key = segments.get(customer_id, "")
                places.append((window.asked, bucket, "segment", key))
            for place in places:
                total = totals[place]
                total[0] += sums[0]
                total[1] += sums[1]
                total[2] += 1
    return {place: Sums(*total) for place, total in totals.items()}


def _customers(unit: Unit, ctx: Context) -> Iterator[tuple[int, _Customer]]:
    """Every customer with an order or a contract."""
    agreed = _dated(unit, ctx, contract, contract.c.start_on, contract.c.end_on)
    left = _dated(unit, ctx, churn_record, churn_record.c.churned_on, churn_record.c.won_back_on)
    query = (
        select(
            order.c.customer_id,
            cast(order.c.ordered_on, String),
            order.c.credit_note,
            earned(ctx),
        )
        .where(
            order.c.archived.is_(False),
            order.c.customer_id.is_not(None),
            *in_bucket(order.c.customer_id, ctx),
        )
        .order_by(order.c.customer_id, order.c.ordered_on)
    )
    credited = _credited(unit, ctx)
    seen: set[int] = set()
    rows = unit.conn.execute(query, execution_options={"yield_per": 20_000})
    for customer_id, its in groupby(rows, key=lambda r: int(r[0])):
        seen.add(customer_id)
        one = _Customer(
            credited=credited.get(customer_id, ()),
            agreed=agreed.get(customer_id, ()),
            left=left.get(customer_id, ()),
        )
        for _, day, credit, profit in its:
            one.days.append(day)
            one.earned.append(one.earned[-1] + int(profit))
            if not credit:
                one.bought.append(day)
        yield customer_id, one
    for customer_id in agreed.keys() - seen:
        yield customer_id, _Customer(agreed=agreed[customer_id], left=left.get(customer_id, ()))


def _credited(unit: Unit, ctx: Context) -> dict[int, list[tuple[str, str, int]]]:
    """Credit notes of known orders by customer, as `_Customer` has them."""
    joined, of, known = with_credited(order)
    query = (
        select(order.c.customer_id, cast(of, String), cast(order.c.ordered_on, String), earned(ctx))
        .select_from(joined)
        .where(
            known,
            order.c.archived.is_(False),
            order.c.customer_id.is_not(None),
            *in_bucket(order.c.customer_id, ctx),
        )
    )
    found: dict[int, list[tuple[str, str, int]]] = defaultdict(list)
    for customer_id, day, own, lost in unit.conn.execute(query):
        found[int(customer_id)].append((day, own, int(lost)))
    return dict(found)


def _dated(unit: Unit, ctx: Context, table: Any, first: Any, last: Any) -> dict[int, list[Any]]:
    """Pairs of days by customer."""
    query = select(table.c.customer_id, first, last).where(
        table.c.archived.is_(False), *in_bucket(table.c.customer_id, ctx)
    )
    if table is contract:
        query = query.where(table.c.status.in_(RAN))
    found: dict[int, list[Any]] = defaultdict(list)
    for customer_id, begin, end in unit.conn.execute(query):
        found[int(customer_id)].append((begin, end))
    return dict(found)
