"""Figures of real files, equal to what the standard library reckons from the files alone.

By default a part of each file runs; the whole files run once on SQLite with the marker ``full``.
"""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from statistics import mean, median
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import URL

from crm_tui.domain import periods
from crm_tui.domain.periods import Period
from crm_tui.services.facade import Services
from crm_tui.services.figures_dto import Figure
from tests.exchange import reckoning
from tests.exchange.real_logs import LATER, load, opened

pytestmark = [pytest.mark.shared, pytest.mark.timeout(1200)]

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARGIN = Decimal(30)
"""Percent that the settings take an order of unknown cost to earn."""
WHOLE = pytest.mark.full


@dataclass(frozen=True)
class Bought:
    """An order as the file tells it."""

    customer: str
    on: date
    fen: int
    credit: bool


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    """A desk after the last event of every file, on each engine in turn."""
    url: str | URL = request.getfixturevalue(f"{request.param}_url")
    if isinstance(url, URL):
        url = url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = opened(url, tmp_path, LATER)
    yield made
    made.close()


def part(source: Path, folder: Path, rows: int | None) -> tuple[Path, list[dict[str, str]]]:
    """The first rows of a packed file as a file of its own, and as they are."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        found = list(islice(reader, rows))
    path = folder / source.name.removesuffix(".gz")
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(found[0]))
        writer.writeheader()
        writer.writerows(found)
    return path, found


def fen(yuan: Decimal) -> int:
    """Whole fen, halves upwards."""
    return int((yuan * 100).to_integral_value(ROUND_HALF_UP))


def invoices(rows: list[dict[str, str]]) -> list[Bought]:
    """Invoices of the retailer; adjustments and amounts of the wrong sign are no orders."""
    lines: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        lines[row["InvoiceNo"]].append(row)
    found = []
    for number, its in lines.items():
        worth = fen(
            sum((Decimal(r["Quantity"]) * Decimal(r["UnitPrice"]) for r in its), Decimal(0))
        )
        credit = number.startswith("C")
        if number.startswith("A") or (worth > 0 if credit else worth < 0):
            continue
        day = date.fromisoformat(its[0]["InvoiceDate"][:10])
        found.append(Bought(its[0]["CustomerID"], day, worth, credit))
    return found


def purchases(rows: list[dict[str, str]]) -> list[Bought]:
    """Purchases of the record shop."""
    return [
        Bought(
            r["customer_id"],
            datetime.strptime(r["date"], "%Y%m%d").date(),
            fen(Decimal(r["amount"])),
            credit=False,
        )
        for r in rows
    ]


def value(services: Services, name: str, period: Period) -> Figure:
    """A figure as an administrator sees it."""
    return services.figures.value(name, period, actor=services.org.login("root"))


def ends(case: reckoning.Case) -> tuple[list[datetime], bool]:
    """When a case came to an end, and whether it came back within a week of one."""
    over, last, found, soon = False, None, [], False
    for at, state in sorted(case.moves, key=lambda m: m[0]):
        ended = state in ("resolved", "closed")
        if ended and not over:
            last = at
            found.append(at)
        elif over and not ended and last is not None:
            soon = soon or at - last <= timedelta(days=7)
        over = ended
    return found, soon


def close(found: Decimal | None, expected: Decimal | float | None) -> bool:
    """Whether two reckonings agree to far beyond what is shown."""
    if found is None or expected is None:
        return found is None and expected is None
    return abs(found - Decimal(expected)) < Decimal("1e-6")


def share(part_of: int, whole: int) -> Decimal | None:
    """A percentage, or nothing of nothing."""
    return Decimal(100 * part_of) / whole if whole else None


def a_year_before(day: date) -> date:
    """The same day of the year before; no file needs the 29th of February."""
    return day.replace(year=day.year - 1)


def check_orders(services: Services, orders: list[Bought], period: Period) -> None:
    """Every figure of orders, of one period."""
    inside = [o for o in orders if period.start <= o.on <= period.end]
    worth = sum(o.fen for o in inside)
    bought = [o for o in inside if not o.credit]
    figure = value(services, "order_value", period)
    assert figure.rows == len(inside)
    assert close(figure.value, Decimal(worth) / 100 / len(bought) if bought else None)
    assert close(value(services, "contribution", period).value, Decimal(worth) / 100)

    counts = Counter(o.customer for o in bought if o.customer)
    figure = value(services, "repeat_purchase", period)
    assert close(figure.value, share(sum(n >= 2 for n in counts.values()), len(counts)))
    assert figure.rows == len(counts)
    months = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month + 1
    a_year = Decimal(sum(counts.values())) / len(counts) / months * 12 if counts else None
    assert close(value(services, "purchase_frequency", period).value, a_year)

    since = a_year_before(period.start)
    before = {
        o.customer for o in orders if o.customer and not o.credit and since <= o.on < period.start
    }
    kept = len(before & set(counts))
    figure = value(services, "retention", period)
    assert (figure.rows, close(figure.value, share(kept, len(before)))) == (len(before), True)
    assert close(value(services, "churn", period).value, share(len(before) - kept, len(before)))

    ever = [o for o in orders if o.customer and o.on <= period.end]
    buyers = {o.customer for o in ever if not o.credit}
    earned = sum(o.fen for o in ever if o.customer in buyers) * MARGIN / 100 / 100
    figure = value(services, "clv", period)
    assert close(figure.value, earned / len(buyers) if buyers else None)
    assert figure.estimated is bool(ever)


def check_cohorts(services: Services, orders: list[Bought], period: Period) -> None:
    """How many of those that first ordered in a month ordered so many months later."""
    firsts: dict[str, date] = {}
    ordered: dict[str, set[int]] = defaultdict(set)
    for one in orders:
        if one.customer and not one.credit and one.on <= period.end:
            firsts[one.customer] = min(one.on, firsts.get(one.customer, one.on))
            ordered[one.customer].add(one.on.year * 12 + one.on.month)
    expected: Counter[tuple[str, str]] = Counter()
    for customer, first in firsts.items():
        for month in ordered[customer]:
            away = month - first.year * 12 - first.month
            expected[f"{first:%Y-%m}", str(away)] += 1
    grid = services.figures.grid("cohorts", period, actor=services.org.login("root"))
    months = {key for key, _ in grid.rows}
    found = {place: cell.rows for place, cell in grid.cells.items() if cell.rows}
    assert found == {place: n for place, n in expected.items() if place[0] in months}
    assert found


@pytest.mark.req("R-234", "R-235", "R-237", "R-239", "R-012")
@pytest.mark.parametrize("rows", [8_000, pytest.param(None, marks=WHOLE)])
def test_figures_of_a_retailer(
    services: Services, shared_data: Path, tmp_path: Path, rows: int | None
) -> None:
    source = shared_data / "orders" / "online_retail_lines.csv.gz"
    path, lines = part(source, tmp_path, rows)
    load(services, "online-retail", path)
    orders = invoices(lines)
    last = max(o.on for o in orders)
    for period in (
        periods.around("month", date(2010, 12, 1)),
        periods.around("month", last),
        periods.around("quarter", last),
        periods.around("year", date(2011, 1, 1)),
    ):
        check_orders(services, orders, period)
    check_cohorts(services, orders, periods.around("month", last))


@pytest.mark.req("R-234", "R-235", "R-237", "R-239", "R-012")
@pytest.mark.parametrize("rows", [4_000, pytest.param(None, marks=WHOLE)])
def test_figures_of_a_record_shop(
    services: Services, shared_data: Path, tmp_path: Path, rows: int | None
) -> None:
    path, lines = part(shared_data / "orders" / "cdnow_orders.csv.gz", tmp_path, rows)
    load(services, "cdnow", path)
    orders = purchases(lines)
    for period in (
        periods.around("quarter", date(1997, 1, 1)),
        periods.around("quarter", date(1998, 4, 1)),
        periods.around("month", date(1998, 1, 1)),
        periods.around("year", date(1998, 1, 1)),
    ):
        check_orders(services, orders, period)
    check_cohorts(services, orders, periods.around("quarter", date(1997, 12, 1)))


@pytest.mark.req("R-233")
def test_recommendation_of_a_bank(services: Services, shared_data: Path, tmp_path: Path) -> None:
    path, lines = part(shared_data / "surveys" / "nps_bank_2021_h1.csv.gz", tmp_path, None)
    load(services, "nps", path)
    for month in (0, *range(1, 8)):
        given = [
            int(r["NPS"])
            for r in lines
            if month in (0, datetime.strptime(r["Survey date"], "%d-%m-%Y").month)
        ]
        kind = "month" if month else "year"
        figure = value(services, "nps", periods.around(kind, date(2021, month or 1, 1)))
        score = sum(n >= 9 for n in given) - sum(n <= 6 for n in given)
        assert (figure.rows, close(figure.value, share(score, len(given)))) == (len(given), True)


@pytest.mark.req("R-241", "R-243", "R-244")
@pytest.mark.parametrize("rows", [1_500, pytest.param(None, marks=WHOLE)])
def test_figures_of_an_incident_log(
    services: Services, shared_data: Path, tmp_path: Path, rows: int | None
) -> None:
    path, lines = part(shared_data / reckoning.LOGS["servicenow-events"][0], tmp_path, rows)
    load(services, "servicenow-events", path)
    cases = list(reckoning.cases_of("servicenow-events", lines).values())

    def day(moment: datetime) -> date:
        return moment.astimezone(SHANGHAI).date()

    for period in (
        periods.around("month", date(2016, 2, 1)),
        periods.around("month", date(2016, 3, 1)),
        periods.around("week", date(2016, 3, 2)),
        periods.around("year", date(2016, 1, 1)),
    ):

        def inside(moment: datetime | None, period: Period = period) -> bool:
            return moment is not None and period.start <= day(moment) <= period.end

        received = [c for c in cases if inside(c.received)]
        assert value(services, "arrivals", period).value == len(received)
        waited = [
            max(0, (c.reply - c.received) // timedelta(seconds=1))
            for c in cases
            if c.reply is not None and inside(c.reply)
        ]
        figure = value(services, "first_response", period)
        assert figure.rows == len(waited)
        assert close(figure.value, Decimal(sum(waited)) / 3600 / len(waited) if waited else None)
        if waited:
            assert abs(float(figure.value or 0) - mean(waited) / 3600) < 1e-6
            middle = {label.msgid: shown for label, shown, _ in figure.beside}["median"]
            assert abs(float(middle or 0) - median(waited) / 3600) < 1e-6
        solved = [(c, *ends(c)) for c in cases if ends(c)[0] and inside(ends(c)[0][0])]
        solved = [s for s in solved if s[0].state not in ("cancelled", "merged")]
        clean = [c for c, _, soon in solved if not soon and c.transfers <= 1]
        figure = value(services, "first_time_resolution", period)
        assert close(figure.value, share(len(clean), len(solved)))
        assert figure.rows == len(solved)
        done = [c for c in received if c.state in ("resolved", "closed")]
        kept = [c for c in received if c.state not in ("cancelled", "merged")]
        assert close(value(services, "resolution", period).value, share(len(done), len(kept)))
        grid = services.figures.grid("arrivals_by_hour", period, actor=services.org.login("root"))
        expected = Counter(
            (str(m.weekday()), str(m.hour))
            for m in (c.received.astimezone(SHANGHAI) for c in received)
        )
        assert {place: cell.rows for place, cell in grid.cells.items()} == dict(expected)
