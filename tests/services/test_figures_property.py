"""Whatever happens, kept sums are those of the rows, and lists are as long as tiles say (R-250)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule
from sqlalchemy import insert, update

from bench.queries import write_events
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.domain import kpi, periods
from crm_tui.domain.periods import Period
from crm_tui.exchange.importing import run_import
from crm_tui.i18n import render
from crm_tui.services.figure_rollup import Rolled
from crm_tui.services.figures_dto import Panel
from tests.services.conftest import Desk
from tests.services.test_random_verbs import Desks

CUSTOMER = st.integers(0, 3)
AMOUNTS = st.sampled_from([0, 1, 30_000, 10_000_000])
BACK = st.sampled_from([-3, 0, 1, 40, 200, 400])
"""Days before the present; some orders are of days to come."""
EVERY = 4


@contextmanager
def straight_from_the_rows() -> Iterator[None]:
    """Nothing that is kept is used."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("crm_tui.services.figures.refresh", lambda *_: None)
        patch.setattr(Rolled, "totals", lambda *_: {})
        patch.setattr(Rolled, "split", lambda *_: None)
        patch.setattr(Rolled, "cohorts", lambda *_: None)
        yield


def same(desk: Desk, period: Period) -> Panel:
    """The panel, which is the same when it is read straight from the rows."""
    figures, root = desk.services.figures, desk.actor("root")
    kept = figures.panel(period, actor=root)
    with straight_from_the_rows():
        fresh = figures.panel(period, actor=root)
    for one, other in zip(kept.figures, fresh.figures, strict=True):
        assert one == other, one.id
    for table, again in zip(kept.grids, fresh.grids, strict=True):
        cells = {k: v for k, v in table.cells.items() if v.rows}
        assert cells == {k: v for k, v in again.cells.items() if v.rows}, table.id
        assert replace(table, cells={}) == replace(again, cells={})
    return kept


class Figured(Desks):
    """The random desk with orders, answers and imports beside its tickets."""

    steps: ClassVar[int] = 0
    customers: ClassVar[list[int]] = []
    orders: ClassVar[list[int]] = []
    folder: ClassVar[Path]

    def only_listed_moves_each_in_the_history(self) -> None:
        """Not asked here: imported histories need not obey it."""

    def of_customer(self, which: int) -> int:
        """One of a few customers."""
        while len(self.customers) <= which:
            self.customers.append(
                self.desk.services.customers.create(
                    {"name": f"Firm {len(self.customers)}", "lifecycle_stage": "prospect"},
                    actor=self.desk.actor("root"),
                )
            )
        return self.customers[which]

    @rule(days=st.sampled_from([1, 8, 40]))
    def days_pass(self, days: int) -> None:
        """The desk sleeps."""
        self.desk.later(days=days)

    @rule(which=CUSTOMER, amount=AMOUNTS, back=BACK, credit=st.booleans(), known=st.booleans())
    def order(self, which: int, amount: int, back: int, credit: bool, known: bool) -> None:
        """A purchase or money given back, of any day."""
        data = {
            "customer_id": self.of_customer(which),
            "ordered_on": self.desk.now.date() - timedelta(days=back),
            "credit_note": credit,
            "amount_fen": -amount if credit else amount,
            "cost_fen": amount // 2 if known and not credit else None,
        }
        root = self.desk.actor("root")
        if back < 0:
            # The service refuses days to come; an older version or another program may have left some.
            common = {"quantity": 1, "remark": "", "number": f"F{self.steps}-{len(self.orders)}"}
            times = {"created_at": self.desk.now, "updated_at": self.desk.now}
            with self.desk.core.engine.begin() as conn:
                conn.execute(insert(TABLES["order"]).values(**data, **common, **times))
            return
        self.act(
            lambda: self.orders.append(
                self.desk.services.registers.create("order", data, actor=root)
            )
        )

    @rule(place=st.integers(0, 9), back=BACK, archive=st.booleans(), to=CUSTOMER)
    def change_order(self, place: int, back: int, archive: bool, to: int) -> None:
        """It moves to another day and customer, or off the list."""
        if not self.orders:
            return
        registers, root = self.desk.services.registers, self.desk.actor("root")
        chosen = self.orders[place % len(self.orders)]
        day = self.desk.now.date() - timedelta(days=back)
        data = {"ordered_on": day, "customer_id": self.of_customer(to)}
        if archive:
            self.act(lambda: registers.archive("order", [chosen], actor=root))
        else:
            self.act(lambda: registers.change("order", chosen, data, actor=root))

    @rule(
        which=CUSTOMER,
        survey=st.sampled_from(["csat", "nps"]),
        answer=st.integers(0, 10),
        asked=st.booleans(),
    )
    def answer(self, which: int, survey: str, answer: int, asked: bool) -> None:
        """An answer on a scale to ten, perhaps about a ticket that has one of its own."""
        data = {
            "survey": survey,
            "customer_id": self.of_customer(which),
            "respondent": "W",
            "channel": "phone",
            "answered_at": self.desk.now - timedelta(days=answer * 9),
            "scale_low": 0,
            "scale_high": 10,
            "answer": answer,
            "evidence": "form",
            "ticket_id": self.one(which) if asked else None,
        }
        registers, root = self.desk.services.registers, self.desk.actor("root")
        self.act(lambda: registers.create("survey_answer", data, actor=root))

    @rule(which=CUSTOMER, back=st.sampled_from([1, 40, 200]), off=st.booleans())
    def call(self, which: int, back: int, off: bool) -> None:
        """A contact with a customer, who may go off the list and come back."""
        chosen = self.of_customer(which)
        day = self.desk.now.date() - timedelta(days=back)
        data = {"customer_id": chosen, "occurred_on": day, "channel": "phone", "topic": "Hi"}
        registers, root = self.desk.services.registers, self.desk.actor("root")
        self.act(lambda: registers.create("interaction", data, actor=root))
        with self.desk.core.engine.begin() as conn:
            conn.execute(update(customer).where(customer.c.id == chosen).values(archived=off))

    @rule(which=CUSTOMER, back=st.sampled_from([0, 50, 300]), won=st.booleans())
    def leave(self, which: int, back: int, won: bool) -> None:
        """A customer leaves, and may have been won back."""
        day = self.desk.now.date() - timedelta(days=back)
        data: dict[str, Any] = {
            "customer_id": self.of_customer(which),
            "churned_on": day,
            "cause": "price",
        }
        if won:
            data["won_back_on"] = day + timedelta(days=20)
        registers, root = self.desk.services.registers, self.desk.actor("root")
        self.act(lambda: registers.create("churn_record", data, actor=root))

    @rule(which=CUSTOMER, back=st.integers(0, 60), length=st.sampled_from([10, 400]))
    def agree(self, which: int, back: int, length: int) -> None:
        """A contract of some length."""
        start = self.desk.now.date() - timedelta(days=back)
        data = {
            "customer_id": self.of_customer(which),
            "start_on": start,
            "end_on": start + timedelta(days=length),
        }
        registers, root = self.desk.services.registers, self.desk.actor("root")
        self.act(lambda: registers.create("contract", data, actor=root))

    @rule(which=CUSTOMER, segment=st.sampled_from(["ordinary", "potential"]))
    def segment(self, which: int, segment: str) -> None:
        """Customers are put elsewhere."""
        chosen = self.of_customer(which)
        customers, root = self.desk.services.customers, self.desk.actor("root")
        self.act(lambda: customers.change(chosen, {"segment": segment}, actor=root))

    @rule(rows=st.integers(6, 30))
    def bring_in(self, rows: int) -> None:
        """A log of an older desk, more of it each time."""
        path = self.folder / "events.csv"
        write_events(path, rows)
        run_import(
            self.desk.services,
            "servicenow-events",
            path,
            actor=self.desk.actor("root"),
            render=render,
            errors_to=None,
            progress=lambda *_: None,
        )

    @invariant()
    def kept_sums_are_those_of_the_rows(self) -> None:
        """Now and then, for a month, a year and the time of the older desk."""
        type(self).steps += 1
        if self.steps % EVERY:
            return
        today = self.desk.now.date()
        kinds = (
            periods.around("month", today),
            periods.rolling_months(12, today),
            periods.around("week", today - timedelta(days=7)),
            periods.around("month", date(2016, 1, 5)),
        )
        period = kinds[self.steps // EVERY % len(kinds)]
        panel = same(self.desk, period)
        figures, root = self.desk.services.figures, self.desk.actor("root")
        for figure in panel.figures:
            listed = figures.rows(figure.id, period, actor=root, limit=5)
            assert listed.count == figure.rows, figure.id


def rows_behind_all(desk: Desk, period: Period) -> set[str]:
    """As many rows stand behind every part and cell as it says; answers the divisions that had any."""
    figures, root = desk.services.figures, desk.actor("root")
    found: set[str] = set()
    told: set[tuple[str, str]] = set()
    for figure in figures.panel(period, actor=root).figures:
        spec = kpi.spec(figure.id)
        # Figures of one measure are divided by the same query.
        names = [n for n in spec.dimensions if (spec.measure, n) not in told]
        told |= {(spec.measure, n) for n in names}
        for name in names:
            parts = figures.breakdown(figure.id, name, period, actor=root).parts
            if name not in ("step", "period"):
                assert sum(p.rows for p in parts) == figure.rows, (figure.id, name)
            for part in parts:
                listed = figures.rows(
                    figure.id, period, actor=root, limit=1, dimension=name, key=part.key
                )
                assert listed.count == part.rows, (figure.id, name, part.key)
                found |= {name} if part.rows else set()
    for table in kpi.GRIDS:
        cells = figures.grid(table, period, actor=root).cells
        empty = [place for place in cells if not cells[place].rows]
        for place in cells.keys() - set(empty[3:]):
            listed = figures.rows(table, period, actor=root, limit=1, cell=place)
            assert listed.count == cells[place].rows, (table, place)
            found |= {table} if listed.count else set()
    return found


def test_kept_sums_are_those_of_the_rows(desk: Desk, tmp_path: Path) -> None:
    Figured.steps, Figured.customers, Figured.orders, Figured.folder = 0, [], [], tmp_path
    Figured.on(desk, runs=4, steps=20)
    # After all of it, everything that is divided: of the year, and of the time of the older desk.
    years = periods.custom(date(2015, 1, 1), desk.now.date())
    assert {"tier", "segment", "person", "arrivals_by_hour"} <= rows_behind_all(desk, years)
