"""The figures from the command line (R-250, R-251, R-252, R-255)."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest
from python_calamine import load_workbook

from crm_tui.domain import kpi
from crm_tui.exchange.figures_text import screens
from tests.cli.conftest import Run
from tests.cli.words import answer, refused


def filled(run: Run) -> None:
    """A customer with two orders and an answer."""
    customer = answer(run, "customer", "new", "--name", "=SUM(A1)")["number"]
    for day, yuan in (("2024-05-02", "100"), ("2024-05-20", "300"), ("2024-04-01", "50")):
        words = ("--customer", customer, "--ordered-on", day, "--amount", yuan, "--cost", "10")
        answer(run, "order", "new", *words)
    answer(
        *(run, "survey", "new", "--survey", "csat", "--respondent", "W", "--channel", "phone"),
        *("--answered-at", "2024-05-03T10:00+08:00", "--answer", "4", "--evidence", "form"),
    )


MAY = ("--period", "2024-05")


@pytest.mark.req("R-255")
def test_files_hold_the_numbers_that_are_shown(run_on: Run, tmp_path: Path) -> None:
    run = run_on
    filled(run)
    shown = {f["id"]: f for f in answer(run, "kpi", "show", *MAY)["figures"]}
    assert set(shown) == set(kpi.FIGURES)
    assert Decimal(shown["order_value"]["value"]) == 200
    assert Decimal(shown["order_value"]["previous"]) == 50
    assert Decimal(shown["csat"]["value"]) == 75
    assert shown["nps"]["value"] is None
    assert len(shown["csat"]["spark"]) == 12
    paths = {form: tmp_path / f"kpi.{form}" for form in ("csv", "markdown", "xlsx")}
    options = [word for form, path in paths.items() for word in (f"--{form}", str(path))]
    assert run("kpi", "show", *MAY, *options)[0] == 0
    with paths["csv"].open(encoding="utf-8-sig", newline="") as file:
        written = {r["id"]: r for r in csv.DictReader(file)}
    sheet = load_workbook(paths["xlsx"]).get_sheet_by_index(0).to_python()
    columns = [str(c) for c in sheet[0]]
    book = {str(r[0]): dict(zip(columns, r, strict=True)) for r in sheet[1:]}
    text = paths["markdown"].read_text("utf-8")
    for name, figure in shown.items():
        value = figure["value"]
        for found in (written[name]["value"], book[name]["value"]):
            if value is None:
                assert found in ("", None)
            else:
                assert abs(Decimal(str(found)) - Decimal(value)) < Decimal("1e-9"), name
        assert int(written[name]["rows"]) == figure["rows"]
        assert written[name]["unit"] == kpi.UNITS[figure["unit"]]
        assert f"| {name} |" in text


@pytest.mark.req("R-250")
def test_rows_definitions_parts_and_tables(run: Run) -> None:
    filled(run)
    found = answer(run, "kpi", "rows", "order_value", *MAY)
    assert found["count"] == 2
    assert sum(Decimal(r["numerator"]) for r in found["rows"]) == 400
    assert len(answer(run, "kpi", "rows", "order_value", *MAY, "--limit", "1")["rows"]) == 1
    parts = answer(run, "kpi", "show", "contribution", *MAY, "--by", "tier")["parts"]
    assert {p["key"]: Decimal(p["value"]) for p in parts} == {"C": 400}
    part = ("--by", "tier", "--key", "C")
    assert answer(run, "kpi", "rows", "contribution", *MAY, *part)["count"] == 2
    cells = answer(run, "kpi", "show", "--table", "cohorts", *MAY)["cells"]
    values = {(c["row"], c["column"]): Decimal(c["value"]) for c in cells}
    assert {k: v for k, v in values.items() if v} == {("2024-04", "0"): 100, ("2024-04", "1"): 100}
    assert answer(run, "kpi", "rows", "cohorts", *MAY, "--cell", "2024-04", "1")["count"] == 1
    assert {d["id"] for d in answer(run, "kpi", "list")} == set(kpi.FIGURES)


def test_people_read_tables_and_a_wall_that_ends_where_nobody_watches(run: Run) -> None:
    filled(run)
    status, out, _ = run("kpi", "show", "order_value", *MAY)
    assert status == 0
    assert "200" in out
    status, out, _ = run("kpi", "--watch", *MAY)
    assert status == 0
    assert "Average order value" in out
    assert "\x1b" not in out
    status, out, _ = run("kpi", "--watch", *MAY, "--lang", "zh")
    assert "客单价" in out
    for words in (
        ("list",),
        ("rows", "csat", *MAY),
        ("rows", "compliance", *MAY, "--cell", "first_response", "A"),
    ):
        assert run("kpi", *words)[0] == 0, words


@pytest.mark.parametrize("height", [5, 16, 24, 30, 200])
def test_a_long_wall_is_shown_in_screens(height: int) -> None:
    tiles = [line for n in range(20) for line in (f"name {n}", f"value {n}", f"change {n}", "")]
    lines = ["title", "", *tiles]
    pages = screens(lines, height)
    assert all(page[0] == "title" and len(page) <= height for page in pages)
    assert [t for page in pages for t in page[2:] if t] == [t for t in tiles if t]
    for page in pages:
        assert page[2].startswith("name")
    assert [page[1] for page in pages] == (
        [f"{n}/{len(pages)}" for n in range(1, len(pages) + 1)] if len(pages) > 1 else [""]
    )


@pytest.mark.req("R-251")
def test_another_period_is_compared_with(run: Run) -> None:
    filled(run)
    words = ("kpi", "show", "contribution", *MAY)
    assert Decimal(answer(run, *words)["figures"][0]["previous"]) == 50
    other = answer(run, *words, "--compare", "2024-03")
    assert Decimal(other["figures"][0]["previous"]) == 0
    days = ("--from", "2024-05-10", "--to", "2024-05-31")
    figure = answer(run, "kpi", "show", "contribution", *days)["figures"][0]
    assert [Decimal(figure["value"]), Decimal(figure["previous"])] == [300, 100]
    early = answer(run, "kpi", "show", "contribution", *MAY, "--as-of", "2024-05-10")
    assert Decimal(early["figures"][0]["value"]) == 100


@pytest.mark.req("R-251")
def test_a_running_period_is_compared_up_to_the_same_point(run: Run) -> None:
    filled(run)
    words = ("kpi", "show", "contribution", "--as-of", "2024-05-10")
    figure = answer(run, *words, *MAY)["figures"][0]
    assert [Decimal(figure[name]) for name in ("value", "previous")] == [100, 50]
    assert figure["to_date"] and figure["compared"]["end"] == "2024-04-10"
    other = answer(run, *words, *MAY, "--compare", "2024-02")["figures"][0]
    assert other["compared"] == {**figure["compared"], "start": "2024-02-01", "end": "2024-02-10"}
    quarter = answer(run, *words, *MAY, "--compare", "2024Q1")["figures"][0]
    assert (quarter["to_date"], quarter["compared"]["end"]) == (False, "2024-03-31")
    assert "to date" in run(*words, *MAY)[1]
    past = answer(run, "kpi", "show", "contribution", *MAY)["figures"][0]
    assert (past["to_date"], past["compared"]["end"]) == (False, "2024-04-30")


@pytest.mark.req("R-252")
def test_a_moment_before_any_data_moves_no_period_and_counts_nothing(run: Run) -> None:
    filled(run)
    now = answer(run, "kpi", "show")
    early = answer(run, "kpi", "show", "--as-of", "1999-01-01")
    assert early["period"] == now["period"]
    assert {f["value"] for f in early["figures"]} == {None}
    named = answer(run, "kpi", "show", "arrivals", "--period", "1999", "--as-of", "1999-06-01")
    assert named["figures"][0]["value"] is None
    assert named["period"]["start"] == "1999-01-01"


def test_a_target_is_set_and_taken_away(run: Run) -> None:
    filled(run)
    answered = run("kpi", "target", "csat", "90", "--baseline", "70", "--baseline-name", "2023")
    assert answered[0] == 0
    figure = answer(run, "kpi", "show", "csat", *MAY)["figures"][0]
    assert (figure["target"], figure["baseline"], figure["baseline_name"]) == ("90", "70", "2023")
    assert run("kpi", "target", "csat", "none")[0] == 0
    assert answer(run, "kpi", "show", "csat", *MAY)["figures"][0]["target"] is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "--from", "2024-05-10", "--to", "2024-05-01"), "end_before_start"),
        (("show", "--period", "fortnight"), "bad_period"),
        (("show", "--from", "soon"), "bad_date"),
        (("show", "--period", "9999"), "period_out_of_range"),
        (("show", "nothing"), "not_found"),
        (("show", "csat", "--by", "market"), "unknown_dimension"),
        (("rows", "cohorts", "--cell", "1", "1"), "not_found"),
        (("rows", "csat", "--by", "period", "--key", "1999-01-01"), "not_found"),
        (("target", "csat", "much"), "bad_number"),
        (("target", "csat", "1e999"), "invalid"),
    ],
)
def test_bad_input_is_refused_by_name(run: Run, words: tuple[str, ...], code: str) -> None:
    assert refused(run, "kpi", *words) == code


@pytest.mark.parametrize(
    "words",
    [
        ("show", "--to", "2024-05-01"),
        ("show", "--period", "month", "--from", "2024-05-01"),
        ("show", "--by", "tier"),
        ("show", "csat", "--by", "tier", "--compare", "2024-01"),
    ],
)
def test_options_that_do_not_go_together_are_not_understood(
    run: Run, words: tuple[str, ...]
) -> None:
    assert run("kpi", *words)[0] == 2


def test_json_is_whole(run: Run) -> None:
    status, out, _ = run("kpi", "show", "--period", "2100", "--json")
    assert status == 0
    assert all(f["value"] is None or f["value"] == "0" for f in json.loads(out)["figures"])


@pytest.mark.req("R-250", "R-251")
def test_figures_are_printed_as_people_read_them(run: Run) -> None:
    filled(run)
    _, out, _ = run("kpi", "show", "order_value", *MAY)
    period, heads, value = out.splitlines()
    assert period.startswith("month 5 of 2024  2024-05-01 to 2024-05-31  as of ")
    assert heads.split() == ["Code", "Figure", "Value", "Target", "Change", "Rows", "Notes"]
    assert "200.00 yuan" in value and "up 150.00 yuan, better" in value
    _, out, _ = run("kpi", "show", "csat", *MAY, "--by", "channel")
    title, _, part = out.splitlines()
    assert title.startswith("Customer satisfaction (CSAT) - by channel  month 5 of 2024")
    assert part.split() == ["phone", "Phone", "75.0", "pt", "75", "/", "1", "1"]
    _, out, _ = run(
        "kpi", "show", "--table", "cohorts", "--period", "2024Q2", "--as-of", "2024-06-30"
    )
    _, heads, *months = out.splitlines()
    first = next(line for line in months if line.startswith("2024-04"))
    assert heads.split()[:2] == ["+0", "+1"]
    assert first.split()[:5] == ["2024-04", "100.0", "%", "100.0", "%"]
    _, out, _ = run("kpi", "rows", "order_value", *MAY)
    heads, *rows, count = out.splitlines()
    assert heads.split()[0] == "What" and "Amount" in heads
    assert [row.split()[0] for row in rows] == ["Order", "Order"]
    assert {"100", "300"} == {row.split()[-3] for row in rows}
    assert count == "2 of 2 rows"
