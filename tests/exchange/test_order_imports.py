"""Orders and survey answers imported from made-up files."""

import csv
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_tui.domain.errors import ValidationError
from crm_tui.exchange.importing import recognise
from crm_tui.exchange.report import Tally
from crm_tui.services.facade import Services
from tests.exchange.conftest import MakeFile
from tests.exchange.real_logs import LATER, load, opened
from tests.exchange.stored import ANSWER, orders, totals

HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINES = (
    "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"
    "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom\n"
    "536366,22752,BOX,2,2010-12-01 08:28:00,7.65,,United Kingdom\n"
    "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,17850,United Kingdom\n"
    "C536380,22752,BOX,-1,2010-12-02 09:41:00,7.65,17850,United Kingdom\n"
)


def refused_rows(tally: Tally) -> list[dict[str, str]]:
    """What the error file says."""
    assert tally.errors is not None
    with tally.errors.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.req("R-013", "R-008", "R-314")
def test_an_invoice_is_one_order(services: Services, make: MakeFile) -> None:
    root = services.org.login("root")
    services.registers.create("product", {"name": "Box", "code": "22752"}, actor=root)
    path = make(HEAD + LINES)
    tally = load(services, "online-retail", path)
    assert (tally.rows_read, tally.created, tally.cases_created, tally.refused) == (6, 6, 4, 0)
    assert dict(tally.notes) == {"charge": 2, "no_customer": 1}
    found = orders(services)
    assert {n: (r.amount_fen, r.quantity, r.credit_note) for n, r in found.items()} == {
        "536365": (5364, 12, False),
        "536366": (1530, 2, False),
        "C536379": (-2750, 1, True),
        "C536380": (-765, 1, True),
    }
    assert found["536365"].ordered_on == date(2010, 12, 1)
    assert found["536365"].remark.splitlines()[2] == "1 × POST POSTAGE"
    assert (found["536365"].source_key, found["536366"].source_key) == ("17850", None)
    assert (found["536365"].product_id, found["536366"].product_id) == (None, 1)
    key = services.customers.page("Retail", actor=root).rows[0]
    assert (key.name, key.region, key.total_amount_fen) == (
        "Online Retail 17850",
        "United Kingdom",
        5364 - 2750 - 765,
    )
    assert key.last_cooperation_on == date(2010, 12, 1)


@pytest.mark.req("R-314", "R-315")
def test_the_same_file_again_and_one_that_has_grown(services: Services, make: MakeFile) -> None:
    root = services.org.login("root")
    load(services, "online-retail", make(HEAD + LINES))
    before = services.audit.verify(actor=root)
    again = load(services, "online-retail", make(HEAD + LINES))
    assert (again.created, again.changed, again.skipped) == (0, 0, 6)
    after = services.audit.verify(actor=root)
    assert after.ok and after.entries - before.entries == 1
    more = LINES.replace("LANTERN,6", "LANTERN,7") + (
        "536370,1,X,1,2010-12-03 08:26:00,1,17850,United Kingdom\n"
    )
    grown = load(services, "online-retail", make(HEAD + more))
    assert (grown.cases_created, grown.cases_changed, grown.cases_skipped) == (1, 1, 3)
    total = services.customers.page("Retail", actor=root).rows[0].total_amount_fen
    assert total == 5364 + 339 + 100 - 2750 - 765


def test_a_change_by_hand_outlives_the_same_file(services: Services, make: MakeFile) -> None:
    root = services.org.login("root")
    load(services, "online-retail", make(HEAD + LINES))
    mine = services.registers.find_number("order", "536365")
    assert mine is not None
    services.registers.change("order", mine, {"amount_fen": 1}, actor=root).one()
    load(services, "online-retail", make(HEAD + LINES))
    assert orders(services)["536365"].amount_fen == 1


@pytest.mark.req("R-315")
def test_rows_that_cannot_be_orders_go_to_the_error_file(
    services: Services, make: MakeFile, tmp_path: Path
) -> None:
    bad = {
        "A563185,B,Adjust bad debt,1,2011-08-12 14:50:00,11062.06,,United Kingdom\n": "adjustment",
        "600001,1,X,six,2011-08-12 14:50:00,1,1,UK\n": "bad_value",
        "600002,1,X,1,12/8/2011,1,1,UK\n": "bad_value",
        "600003,1,X,1,9999-12-31 00:00:00,1,1,UK\n": "bad_value",
        "600004,1,X,1,2199-12-31 00:00:00,1,1,UK\n": "in_future",
        "600005,1,X,-1,2011-08-12 14:50:00,1,1,UK\n": "amount_below_zero",
        "C600006,1,X,1,2011-08-12 14:50:00,1,1,UK\n": "credit_above_zero",
        "600007,1,X,1,2011-08-12 14:50:00,nan,1,UK\n": "bad_value",
        ",1,X,1,2011-08-12 14:50:00,1,1,UK\n": "no_number",
        "536365,1,X,1,2011-08-12 14:50:00,1,1,UK\n": "not_together",
        f"{'9' * 61},1,X,1,2011-08-12 14:50:00,1,1,UK\n": "number_too_long",
        "600009,1,X,1e12,2011-08-12 14:50:00,1e12,1,UK\n": "bad_value",
    }
    path = make(HEAD + LINES + "".join(bad))
    tally = load(services, "online-retail", path)
    assert (tally.created, tally.refused) == (6, len(bad))
    assert Counter(tally.reasons) == Counter(bad.values())
    kept = refused_rows(tally)
    assert sorted(r["Code"] for r in kept) == sorted(bad.values())
    assert all(r["Reason"] for r in kept)


@pytest.mark.req("R-315")
@pytest.mark.parametrize("others", [("17850", "13047"), ("", "13047"), ("17850", "")])
def test_lines_that_name_another_customer_than_their_order_are_reported(
    services: Services, make: MakeFile, others: tuple[str, str]
) -> None:
    line = "600010,1,X,1,2011-08-12 14:50:00,1,{},UK\n"
    path = make(HEAD + LINES + "".join(line.format(c) for c in others))
    tally = load(services, "online-retail", path)
    # A wrong amount would be worse than none: the whole invoice is refused, line by line.
    assert (tally.created, dict(tally.reasons)) == (6, {"several_customers": 2})
    assert [(r["Line"], r["CustomerID"]) for r in refused_rows(tally)] == [
        ("8", others[0]),
        ("9", others[1]),
    ]
    assert "600010" not in orders(services)


@pytest.mark.req("R-315")
def test_all_lines_of_an_order_that_the_store_refuses_are_reported(
    services: Services, make: MakeFile
) -> None:
    root = services.org.login("root")
    mine = services.customers.create({"name": "A"}, actor=root)
    data = {"number": "536365", "customer_id": mine, "ordered_on": "2024-01-01", "amount_fen": 1}
    services.registers.create("order", data, actor=root)
    tally = load(services, "online-retail", make(HEAD + LINES))
    assert (tally.rows_read, tally.refused, tally.created) == (6, 3, 3)
    assert [r["StockCode"] for r in refused_rows(tally)] == ["85123A", "71053", "POST"]


@pytest.mark.req("R-013", "R-315")
def test_an_order_is_not_made_smaller_than_what_was_credited_of_it(
    services: Services, make: MakeFile
) -> None:
    root = services.org.login("root")
    load(services, "online-retail", make(HEAD + LINES))
    bought = services.registers.find_number("order", "536365")
    row = services.registers.get("order", bought or 0, actor=root)
    note = {"credit_note": True, "credited_order_id": bought, "amount_fen": -5000}
    day = {"ordered_on": "2011-01-05", "customer_id": row.values["customer_id"]}
    services.registers.create("order", {**note, **day}, actor=root)
    tally = load(services, "online-retail", make(HEAD + LINES.replace("HOLDER,6", "HOLDER,1")))
    assert dict(tally.reasons) == {"credited_more": 3}
    assert {r["Code"] for r in refused_rows(tally)} == {"credited_more"}
    assert orders(services)["536365"].amount_fen == 5364


def test_a_number_that_somebody_else_has_is_refused(services: Services, make: MakeFile) -> None:
    root = services.org.login("root")
    mine = services.customers.create({"name": "A"}, actor=root)
    data = {"number": "536365", "customer_id": mine, "ordered_on": "2024-01-01", "amount_fen": 1}
    services.registers.create("order", data, actor=root)
    tally = load(services, "online-retail", make(HEAD + LINES))
    # The invoice has three rows: all of them are accounted for, and all come back.
    assert (tally.rows_read, tally.refused) == (6, 3)
    assert dict(tally.reasons) == {"number_taken": 3}
    assert orders(services)["536365"].amount_fen == 1
    assert tally.errors is not None
    kept = tally.errors.read_text("utf-8-sig").splitlines()
    assert [row.split(",")[0] for row in kept] == ["Line", "2", "3", "4"]
    assert kept[3].endswith("536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom")


@pytest.mark.req("R-013", "R-314")
def test_equal_rows_are_orders_of_their_own(services: Services, make: MakeFile) -> None:
    head = "customer_id,date,quantity,amount\n"
    rows = "00001,19970101,1,11.77\n00001,19970101,1,11.77\n00002,19970112,5,0.00\n"
    tally = load(services, "cdnow", make(head + rows))
    assert (tally.created, tally.refused) == (3, 0)
    assert sorted(r.amount_fen for r in orders(services).values()) == [0, 1177, 1177]
    assert {r.source_key for r in orders(services).values()} == {"00001", "00002"}
    bad = "00003,19970231,1,1\n00003,19970201,0,1\n00003,19970201,1,-1\n00003,19970201,1,x\n"
    second = load(services, "cdnow", make(head + rows + bad))
    assert (second.created, second.skipped, second.refused) == (0, 3, 4)
    assert dict(second.reasons) == {"bad_value": 3, "amount_below_zero": 1}


@pytest.mark.req("R-233", "R-267", "D-35")
def test_answers_say_where_they_can_be_checked(services: Services, make: MakeFile) -> None:
    head = "ID,Market,Survey date,Customer Name,Month,Quarter,NPS\n"
    rows = "1004,UK,01-03-2021,Ada Example,3,1,8\n1005,US,06-05-2021,Bob Example,5,2,10\n"
    path = make(head + rows, "nps.csv")
    tally = load(services, "nps", path)
    assert (tally.created, tally.refused, dict(tally.notes)) == (2, 0, {"channel_assumed": 2})
    with services.core.engine.connect() as conn:
        first = conn.execute(select(ANSWER).order_by(ANSWER.c.id)).mappings().first()
    assert first is not None
    assert (first["answer"], first["scale_low"], first["scale_high"]) == (8, 0, 10)
    assert (first["market"], first["respondent"], first["source"]) == ("UK", "Ada Example", "nps")
    assert (first["evidence"], first["version"], first["replaced"]) == ("nps.csv:2", 1, False)
    assert first["collector_id"] == services.org.login("root").staff_id
    assert load(services, "nps", path).skipped == 2
    # What was answered is not edited, neither by hand nor by a file.
    edited = load(services, "nps", make(head + rows.replace(",10", ",1"), "nps.csv"))
    assert (edited.changed, dict(edited.reasons)) == (0, {"answer_fixed": 1})
    bad = (
        "1,UK,01-03-2021,C,3,1,11\n2,UK,01-03-2021,,3,1,9\n3,UK,2021-03-01,C,3,1,9\n"
        "4,UK,01-03-2021,C,3,1,-1\n,UK,01-03-2021,C,3,1,9\n5,UK,01-03-2199,C,3,1,9\n"
    )
    refused = load(services, "nps", make(head + bad, "nps.csv"))
    assert dict(refused.reasons) == {
        "off_scale": 1,
        "required": 1,
        "bad_value": 2,
        "no_number": 1,
        "in_future": 1,
    }


KILLED = """
import os, signal, sys
from pathlib import Path
from crm_tui.exchange import importing
from tests.exchange.real_logs import LATER, load, opened
importing.ORDERS = 40
url, folder, path = sys.argv[1:]
def progress(phase, done, total):
    if phase == "write" and done >= total // 2:
        os.kill(os.getpid(), signal.SIGKILL)
load(opened(url, Path(folder), LATER), "cdnow", Path(path), progress)
"""


@pytest.mark.req("R-314")
def test_a_killed_import_goes_on(place: str, tmp_path: Path, make: MakeFile) -> None:
    rows = [f"{n % 37:05d},1997{n % 12 + 1:02d}{n % 28 + 1:02d},1,{n}.50" for n in range(200)]
    path = make("customer_id,date,quantity,amount\n" + "\n".join(rows) + "\n")
    opened(place, tmp_path, LATER).close()
    words = [sys.executable, "-c", KILLED, place, str(tmp_path), str(path)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == -9, done.stderr
    services = opened(place, tmp_path, LATER)
    try:
        tally = load(services, "cdnow", path)
        assert (tally.skipped, tally.created) == (120, 80)
        want = Counter[str]()
        for row in rows:
            key, _, _, amount = row.split(",")
            want[key] += int(Decimal(amount) * 100)
        assert totals(services) == dict(want)
        assert services.audit.verify(actor=services.org.login("root")).ok
    finally:
        services.close()


@pytest.mark.req("R-314")
def test_files_are_known_by_their_columns(make: MakeFile) -> None:
    assert recognise(make(HEAD + LINES)) == "online-retail"
    assert recognise(make("customer_id,date,quantity,amount\n1,19970101,1,1\n")) == "cdnow"
    head = "ID,Market,Survey date,Customer Name,Month,Quarter,NPS\n"
    assert recognise(make(head + "1,UK,01-03-2021,C,3,1,8\n")) == "nps"
    with pytest.raises(ValidationError) as found:
        recognise(make("甲,乙\n1,2\n"))
    assert found.value.code == "unknown_file"
