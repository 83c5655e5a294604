"""The real files of orders and answers, equal to what the standard library reckons.

They run in part by default; whole with the marker ``full``.
"""

import csv
import gzip
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm_tui.db.schema.customers import customer
from crm_tui.services.facade import Services
from tests.exchange.real_logs import load
from tests.exchange.stored import ANSWER, orders, totals


@dataclass
class Reckoned:
    """What a file tells, by the standard library alone."""

    amounts: dict[str, int]
    customers: dict[str, int]
    nameless: int


def plain(path: Path) -> list[dict[str, str]]:
    with gzip.open(path) as packed, io.TextIOWrapper(packed, "utf-8", newline="") as text:
        return list(csv.DictReader(text))


def fen(yuan: Decimal) -> int:
    return int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))


def reckon_invoices(rows: list[dict[str, str]]) -> Reckoned:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    owner: dict[str, str] = {}
    for row in rows:
        sums[row["InvoiceNo"]] += Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])
        owner[row["InvoiceNo"]] = row["CustomerID"]
    amounts = {invoice: fen(yuan) for invoice, yuan in sums.items()}
    customers: Counter[str] = Counter()
    for invoice, amount in amounts.items():
        if owner[invoice]:
            customers[owner[invoice]] += amount
    return Reckoned(amounts, dict(customers), sum(not key for key in owner.values()))


def written(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    return path


PART = pytest.param(2_000, id="part")
WHOLE = pytest.param(None, id="whole", marks=pytest.mark.full)


@pytest.mark.shared
@pytest.mark.timeout(600)
@pytest.mark.req("R-013", "R-008", "R-314")
@pytest.mark.parametrize("count", [PART, WHOLE])
def test_invoices_of_a_year(
    services: Services, shared_data: Path, tmp_path: Path, count: int | None
) -> None:
    rows = plain(shared_data / "orders" / "online_retail_lines.csv.gz")
    if count is not None:
        last = rows[count]["InvoiceNo"]
        rows = [row for row in islice(rows, count) if row["InvoiceNo"] != last]
    path = written(tmp_path / "lines.csv", rows)
    want = reckon_invoices(rows)
    tally = load(services, "online-retail", path)
    assert (tally.rows_read, tally.created, tally.refused) == (len(rows), len(rows), 0)
    assert tally.notes["no_customer"] == want.nameless
    found = orders(services)
    assert {n: r.amount_fen for n, r in found.items()} == want.amounts
    assert all(r.credit_note is n.startswith("C") for n, r in found.items())
    assert totals(services) == want.customers
    again = load(services, "online-retail", path)
    assert (again.created, again.changed, again.skipped) == (0, 0, len(rows))


@pytest.mark.shared
@pytest.mark.timeout(600)
@pytest.mark.req("R-013", "R-314")
@pytest.mark.parametrize("count", [PART, WHOLE])
def test_orders_one_a_row(
    services: Services, shared_data: Path, tmp_path: Path, count: int | None
) -> None:
    rows = plain(shared_data / "orders" / "cdnow_orders.csv.gz")[:count]
    path = written(tmp_path / "cdnow.csv", rows)
    want: Counter[str] = Counter()
    last: dict[str, str] = {}
    for row in rows:
        want[row["customer_id"]] += fen(Decimal(row["amount"]))
        last[row["customer_id"]] = max(last.get(row["customer_id"], ""), row["date"])
    tally = load(services, "cdnow", path)
    assert (tally.created, tally.refused) == (len(rows), 0)
    assert totals(services) == dict(want)
    query = select(customer.c.source_key, customer.c.last_cooperation_on)
    with services.core.engine.connect() as conn:
        days = {str(r[0]): f"{r[1]:%Y%m%d}" for r in conn.execute(query)}
    assert days == last
    assert load(services, "cdnow", path).skipped == len(rows)


@pytest.mark.shared
@pytest.mark.req("R-233", "R-267")
@pytest.mark.parametrize("count", [pytest.param(300, id="part"), WHOLE])
def test_answers_of_a_bank(
    services: Services, shared_data: Path, tmp_path: Path, count: int | None
) -> None:
    rows = plain(shared_data / "surveys" / "nps_bank_2021_h1.csv.gz")[:count]
    tally = load(services, "nps", written(tmp_path / "nps.csv", rows))
    assert (tally.created, tally.refused) == (len(rows), 0)
    query = select(ANSWER.c.market, ANSWER.c.answer, func.count()).group_by(
        ANSWER.c.market, ANSWER.c.answer
    )
    with services.core.engine.connect() as conn:
        found = {(str(r[0]), int(r[1])): int(r[2]) for r in conn.execute(query)}
    assert found == dict(Counter((row["Market"], int(row["NPS"])) for row in rows))
