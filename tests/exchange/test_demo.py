"""The demo: the template rows as printed, and a desk on which everything occurs (R-312)."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crm_tui import bootstrap
from crm_tui.cli.main import main
from crm_tui.db.crypto import KeyRing
from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.policy import ClockKind, default_policy_book
from crm_tui.domain.terms import ServiceTier, TicketState, Urgency
from crm_tui.exchange import demo
from crm_tui.services.actor import SYSTEM
from crm_tui.services.core import Core
from crm_tui.services.facade import Services, wire
from crm_tui.services.history import SOURCE

NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
LATER_WORK = {ClockKind.FOLLOW_UP, ClockKind.CHANGE_SYNC}
"""Limits that only deliveries and changes of requirements start."""


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The demo as `make demo` makes it."""
    folder = tmp_path_factory.mktemp("demo")
    made = bootstrap.open_services(
        str(folder / "crm.db"),
        key_file=folder / "field.key",
        files=folder / "files",
        clock=lambda: NOW,
    )
    demo.build(made, "demo", now=NOW)
    yield made
    made.close()


def rows(services: Services, query: Any) -> list[Any]:
    """What a query finds."""
    with services.core.engine.connect() as conn:
        return list(conn.execute(query))


@pytest.mark.req("R-312", "R-001", "R-036")
def test_template_customers_are_those_printed(services: Services) -> None:
    admin = services.org.login("demo")
    found = {}
    for number in ("C2024001", "C2024002"):
        key = services.customers.find_by_no(number)
        assert key is not None
        found[number] = services.customers.view(key, actor=admin)
    one, two = found.values()
    assert (one.row.name, one.fields["industry"], one.fields["segment"]) == (
        "A公司",
        "制造业",
        "high_value",
    )
    assert (one.row.decision_maker, list(one.tags)) == ("*总/采购总监", ["降本增效", "供应链优化"])
    assert one.fields["total_amount_fen"] == 500_000_000
    assert one.fields["last_cooperation_on"] == date(2024, 5, 20)
    assert one.fields["first_cooperation_on"] == date(2022, 5, 20)
    assert (two.row.name, two.fields["industry"], two.fields["segment"]) == (
        "B企业",
        "IT服务",
        "potential",
    )
    assert (two.row.decision_maker, list(two.tags)) == (
        "*经理/技术负责人",
        ["系统稳定性", "售后支持"],
    )
    assert two.contacts[0].phone == "139XXXX"
    assert two.fields["total_amount_fen"] == 80_000_000
    assert two.fields["last_cooperation_on"] == date(2024, 5, 15)
    assert two.fields["first_cooperation_on"] == date(2023, 11, 15)
    assert (one.row.tier, two.row.tier) == ("A", "B")


@pytest.mark.req("R-312")
@pytest.mark.parametrize(
    ("kind", "fields", "printed"),
    [
        (
            "requirement",
            ("type", "description", "priority", "expected_resolution_on", "customer_feedback"),
            {
                ("product", "采购智能仓储系统", "high", "2024-06-30", "confirmed"),
                (
                    "service",
                    "优化售后响应速度（48小时→24小时）",
                    "medium",
                    "2024-06-15",
                    "to_follow_up",
                ),
            },
        ),
        (
            "interaction",
            ("occurred_on", "channel", "topic", "follow_up_action", "completion_state"),
            {
                ("2024-05-10", "visit", "Q2业务回顾", "安排6月产品培训", "in_progress"),
                ("2024-05-12", "phone", "售后问题跟进", "技术48小时内排查", "done"),
            },
        ),
        (
            "goal",
            ("metric", "baseline", "target", "current", "reported_attainment", "review_on"),
            {
                ("满意度", "75", "90", "87", "97", "2024-07-01"),
                ("流失率", "20", "15", "17", "85", "2024-06-30"),
            },
        ),
        (
            "task",
            ("number", "description", "due_on", "status"),
            {
                ("XZ2024001", "制定客户分层运营手册", "2024-06-30", "in_progress"),
                ("XZ2024002", "优化售后响应流程", "2024-06-15", "done"),
            },
        ),
    ],
)
def test_template_registers_hold_the_printed_rows(
    services: Services, kind: str, fields: tuple[str, ...], printed: set[tuple[str, ...]]
) -> None:
    from crm_tui.db.schema import registers

    table = registers.TABLES[kind]
    found = rows(services, select(table).where(table.c.source == "template"))
    shown = set()
    for row in found:
        values = [getattr(row, name) for name in fields]
        shown.add(
            tuple(f"{v.normalize():f}" if hasattr(v, "normalize") else str(v) for v in values)
        )
    assert (len(found), shown) == (2, printed)


@pytest.mark.req("R-008", "R-013", "R-312")
def test_what_customers_bought_agrees_with_their_figures(services: Services) -> None:
    from crm_tui.db.schema.registers import TABLES
    from crm_tui.services import trade

    order = TABLES["order"]
    orders = rows(services, select(order))
    before = {r.id: r for r in rows(services, select(customer))}
    sums: Counter[int] = Counter()
    for row in orders:
        sums[row.customer_id] += row.amount_fen
    printed = {r.id for r in before.values() if r.customer_no in ("C2024001", "C2024002")}
    for key, row in before.items():
        assert row.opening_balance_fen >= 0
        assert row.total_amount_fen == row.opening_balance_fen + sums[key]
        # What its orders say is what it was made with: the list shows the same as without them.
        assert row.annual_amount_fen == row.opening_annual_fen
        assert row.last_cooperation_on == row.opening_last_on
        assert (key in printed) is (key not in sums)
    with services.core.write(SYSTEM) as unit:
        trade.recompute(unit, set(before))
    assert {r.id: r for r in rows(services, select(customer))} == before
    notes = [row for row in orders if row.credit_note]
    assert notes and all(row.credited_order_id for row in notes)
    days = [row.ordered_on for row in orders]
    assert (NOW.date() - min(days)).days > 365 > (NOW.date() - max(days)).days
    assert {row.product_id for row in orders} <= {
        row.id for row in rows(services, select(TABLES["product"]))
    }
    assert {row.survey for row in rows(services, select(TABLES["survey_answer"]))} == {
        "csat",
        "nps",
    }
    assert rows(services, select(TABLES["contract"]))


@pytest.mark.req("R-312")
def test_the_board_has_everything_a_board_can_show(services: Services) -> None:
    admin = services.org.login("demo")
    board = services.tasks.board(actor=admin)
    cards = {card.title: card for card in board.cards}
    assert 25 <= len(cards) == len(board.cards)
    assert {c.shown for c in board.cards} == {"not_started", "in_progress", "done", "delayed"}
    assert {c.warning for c in board.cards} == {
        "",
        "behind",
        "near_due",
        "overdue",
        "standstill",
    }
    standing = cards["流失风险客户逐户拜访"]
    assert standing.warning == "standstill" and standing.risk_open
    assert [r.state for r in services.tasks.risks(standing.id, actor=admin)] == ["open"]
    late = cards["备件库存盘点与安全库存设定"]
    assert late.status == "delayed" and late.original_due_on is not None
    assert {c.goal for c in board.cards} >= {"客户满意度", "客户流失率"}
    # the goal that source A prints has three key actions.
    assert len([c for c in board.cards if c.goal == "客户满意度"]) == 3
    assert any(c.milestone for c in board.cards) and any(c.ticket_id for c in board.cards)
    assert len(board.limits) == 2
    plan = services.tasks.schedule(actor=admin)
    assert len(plan.links) > 10 and len(plan.critical) > 3 and plan.broken
    assert any(c.baseline_due_on for c in plan.cards)
    assert services.tasks.proposals(actor=admin)


@pytest.mark.req("R-312")
def test_a_year_of_work_in_both_languages(services: Services) -> None:
    tickets = rows(services, select(ticket))
    assert len(tickets) == demo.TICKETS
    assert len(rows(services, select(customer.c.id))) == demo.CUSTOMERS
    received = [t.received_at for t in tickets]
    assert NOW - timedelta(days=365) <= min(received) < NOW - timedelta(days=340)
    assert NOW - timedelta(hours=12) < max(received) <= NOW
    assert {t.state for t in tickets} == {str(s) for s in TicketState}
    assert {t.escalation_level for t in tickets} == {1, 2, 3}
    assert {t.urgency for t in tickets} == {str(u) for u in Urgency}
    assert {t.tier for t in tickets} == {str(t) for t in ServiceTier}
    assert {t.satisfaction for t in tickets} == {"none", "satisfied", "unsatisfied"}
    english = sum(t.subject.isascii() for t in tickets)
    assert len(tickets) // 10 < english < len(tickets) * 9 // 10
    assert all(t.subject.isascii() == t.description.isascii() for t in tickets)
    at_work = [t for t in tickets if t.category in ("new", "open", "waiting")]
    assert 60 < len(at_work) < 300
    assert any(t.breached for t in at_work) and not all(t.breached for t in at_work)


@pytest.mark.req("R-312", "R-127")
def test_every_limit_is_kept_by_some_and_broken_by_others(services: Services) -> None:
    limits = {str(line.clock) for line in default_policy_book().lines} - LATER_WORK
    admin = services.org.login("demo")
    stored = rows(services, select(ticket_clock))
    late = {c.kind for c in stored if c.breached_at is not None}
    for key in services.views.all_ids("is:open", actor=admin):
        late |= {c.kind for c in services.views.explain(key, actor=admin) if c.breached}
    assert late == limits
    assert {c.state for c in stored} >= {"running", "paused", "met", "missed", "cancelled"}


@pytest.mark.req("R-312", "R-306")
def test_the_demo_is_what_the_services_make_of_its_log(services: Services) -> None:
    admin = services.org.login("demo")
    assert services.audit.verify(actor=admin).ok
    cached = ("state", "category", "next_due_at", "next_due_kind", "due_sort", "warn_at", "paused")
    query = select(ticket.c.id, *(ticket.c[name] for name in cached)).order_by(ticket.c.id)
    clocks = select(
        ticket_clock.c.ticket_id, ticket_clock.c.kind, ticket_clock.c.cycle, ticket_clock.c.state
    ).order_by(*ticket_clock.c["ticket_id", "kind", "cycle"])
    before = rows(services, query), rows(services, clocks)
    with services.core.write(SYSTEM) as unit:
        unit.source = SOURCE
        unit.touched.update(row.id for row in before[0])
    assert (rows(services, query), rows(services, clocks)) == before


@pytest.mark.req("R-312", "R-299")
def test_nobody_real_is_in_it(services: Services) -> None:
    admin = services.org.login("demo")
    people = 0
    for row in rows(services, select(contact.c.customer_id)):
        for person in services.customers.view(row.customer_id, actor=admin).contacts:
            people += 1
            assert person.phone in ("", "139XXXX") or re.fullmatch(r"199\d{8}", person.phone)
            assert person.email == "" or person.email.endswith("@example.com")
    assert people == demo.CUSTOMERS
    names = [row.name for row in rows(services, select(customer.c.name))]
    assert len(set(names)) == len(names)


def small(core: Core, seed: int) -> list[Any]:
    """A little demo, and what is in it but for keys."""
    services = wire(core)
    demo.build(services, "demo", now=NOW, seed=seed, customers=50, tickets=120)
    found: list[Any] = []
    for table in (customer, ticket, message):
        for row in rows(services, select(table).order_by(table.c.id)):
            found.append(
                {k: v for k, v in row._mapping.items() if not k.endswith(("_sealed", "_index"))}
            )
    clocks = select(ticket_clock).order_by(*ticket_clock.c["ticket_id", "kind", "cycle"])
    for row in rows(services, clocks):
        # Written anew at each event: the engines count their ids differently.
        found.append({k: v for k, v in row._mapping.items() if k != "id"})
    log = select(activity).order_by(activity.c.seq)
    return [*found, *({**row._mapping} for row in rows(services, log))]


@pytest.fixture
def core(engine: Engine, keyring: KeyRing, tmp_path: Path) -> Core:
    """An empty database on each engine."""
    return Core(engine=engine, clock=lambda: NOW, keyring=keyring, files=tmp_path / "files")


@pytest.fixture
def other_core(tmp_path: Path, sqlite_template: Path, keyring: KeyRing) -> Iterator[Core]:
    """One more on SQLite."""
    from shutil import copyfile

    from crm_tui.db.engine import open_engine

    copyfile(sqlite_template, tmp_path / "other.db")
    engine = open_engine(str(tmp_path / "other.db"))
    yield Core(engine=engine, clock=lambda: NOW, keyring=keyring, files=tmp_path / "files")
    engine.dispose()


@pytest.mark.req("R-312")
def test_same_seed_and_present_give_the_same_rows(core: Core, other_core: Core) -> None:
    # Down to the hash of the log's last entry.
    assert small(core, 7) == small(other_core, 7)


def test_another_seed_gives_another_desk(core: Core, other_core: Core) -> None:
    assert small(core, 7) != small(other_core, 8)


@pytest.mark.parametrize(
    "now",
    [
        datetime(2025, 1, 30, 20, tzinfo=UTC),  # in the spring festival
        datetime(2025, 12, 31, 15, 59, tzinfo=UTC),  # a minute before the year turns in Shanghai
        demo.EARLIEST,
    ],
)
def test_it_can_be_made_at_any_time(other_core: Core, now: datetime) -> None:
    other_core.clock = lambda: now
    services = wire(other_core)
    demo.build(services, "demo", now=now, customers=50, tickets=60)
    admin = services.org.login("demo")
    assert services.customers.find_by_no("C2024002") is not None
    assert services.audit.verify(actor=admin).ok


def test_it_is_not_made_before_its_printed_rows(other_core: Core) -> None:
    services = wire(other_core)
    with pytest.raises(ValidationError) as early:
        demo.build(services, "demo", now=demo.EARLIEST - timedelta(seconds=1))
    assert early.value.code == "too_early"
    assert rows(services, select(activity)) == []


class TestCommand:
    """`crm-tui demo`, with a small desk in place of the whole."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """Where the demo is kept."""
        whole = demo.build

        def little(*args: Any, **more: Any) -> None:
            whole(*args, **more, customers=50, tickets=60)

        monkeypatch.setattr(demo, "build", little)
        return tmp_path / "kept"

    def run(self, folder: Path, *more: str) -> int:
        """The command without opening the screens."""
        return main(["demo", "--folder", str(folder), "--no-open", *more])

    def test_it_is_made_once(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.run(folder) == 0
        first = (folder / "crm.db").stat()
        capsys.readouterr()
        assert self.run(folder) == 0
        assert capsys.readouterr().out.strip() == str(folder / "crm.db")
        again = (folder / "crm.db").stat()
        assert (first.st_mtime_ns, first.st_ino) == (again.st_mtime_ns, again.st_ino)
        assert sorted(p.name for p in folder.iterdir() if p.name.startswith("crm.db")) == ["crm.db"]

    def test_an_interrupted_one_is_begun_again(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        little = demo.build

        def interrupted(*args: Any, **more: Any) -> None:
            little(*args, **more)
            raise KeyboardInterrupt

        monkeypatch.setattr(demo, "build", interrupted)
        assert self.run(folder) != 0
        assert not (folder / "crm.db").exists()
        # What a killed process leaves.
        (folder / "crm.db.part-wal").write_bytes(b"left over")
        monkeypatch.setattr(demo, "build", little)
        assert self.run(folder) == 0
        assert (folder / "crm.db").exists()

    def test_the_first_start_shows_progress(
        self, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True)
        assert self.run(folder, "--lang", "zh", "--seed", "5") == 0
        said = capsys.readouterr().err
        assert "演示数据：工单 0 / 24" in said and "最近几天" in said
        assert self.run(folder) == 0
        assert capsys.readouterr().err == ""
