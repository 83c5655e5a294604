"""Answers to surveys and purchases on the command line."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer


@pytest.mark.req("R-267", "D-35", "R-316")
def test_an_answer_is_corrected_by_a_new_version(run: Run) -> None:
    given = {
        "survey": "csat",
        "respondent": "Somebody",
        "channel": "phone",
        "answered_at": "2024-06-01T10:00+08:00",
        "answer": 4,
        "evidence": "recording 17",
    }
    answer(run, "survey", "new", document=given)
    first = answer(run, "survey", "list")[0]["id"]
    status, _, err = run("survey", "change", str(first), "--answer", "5")
    assert status == 1 and "never changed" in err
    new = answer(run, "survey", "correct", str(first), "misheard", "--answer", "5")
    assert (new["answer"], new["version"], new["replaces_id"]) == (5, 2, first)
    assert new["correction_reason"] == "misheard"
    status, _, err = run("survey", "correct", str(first), "again", "--answer", "1")
    assert status == 1 and "has been replaced" in err
    kept = answer(run, "survey", "list", "--filter", "replaced:no")
    assert [row["id"] for row in kept] == [new["id"]]


@pytest.mark.req("R-012", "R-314", "R-316")
def test_orders_come_in_by_their_columns_and_show_in_the_profile(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = "".join(f"00001,2099{month:02d}01,1,100000.00\n" for month in (1, 2, 3))
    path.write_text("customer_id,date,quantity,amount\n" + rows, "utf-8")
    now = ("--now", "2099-06-01T10:00+08:00", "--allow-now")
    tally = answer(run, "import", str(path), *now)
    assert (tally["created"], tally["refused"], tally["notes"]) == (3, 0, {})
    number = answer(run, "customer", "list")[0]["number"]
    shown = answer(run, "customer", "show", number, *now)
    assert shown["fields"]["purchase_frequency"] == 3
    assert shown["fields"]["average_order_value_fen"] == 10_000_000
    assert shown["fields"]["total_amount_fen"] == 30_000_000
    status, out, _ = run("customer", "show", number, *now)
    assert status == 0
    lines = {line[:24].strip(): line[24:].strip() for line in out.splitlines()}
    assert lines["Orders a year"] == "3"
    assert lines["Average order value"] == "10万"
