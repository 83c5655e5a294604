"""Files as spreadsheet programs save them in China: their encodings, separators, digits and dates."""

import csv
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from crm_tui.exchange.importing import recognise
from crm_tui.exchange.percents import percent_cells, shown
from crm_tui.services.facade import Services
from tests.exchange.real_logs import load
from tests.exchange.template_rows import TEMPLATES

TASK = "template-task"
SAVED = {
    "csv in Chinese": ("gbk", ","),
    "csv UTF-8": ("utf-8-sig", ","),
    "Unicode text": ("utf-16", "\t"),
    "semicolons": ("gbk", ";"),
    "full Unicode": ("gb18030", "\t"),
    "plain UTF-8": ("utf-8", ";"),
}


def saved(path: Path, rows: list[list[str]], encoding: str = "utf-8-sig", by: str = ",") -> Path:
    """Rows as a program saves them."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=by).writerows(rows)
    return path


def task_rows(*due: str) -> list[list[str]]:
    """The template with one task for each due date."""
    header, printed = TEMPLATES[TASK][:2]
    rows = [list(header)]
    for number, text in enumerate(due, 1):
        row = list(printed)
        row[0], row[1], row[5] = f"XZ20240{number:02d}", f"任务{number}", text
        rows.append(row)
    return rows


@pytest.mark.req("R-314")
@pytest.mark.parametrize(("encoding", "by"), SAVED.values(), ids=SAVED)
def test_a_template_is_read_however_it_was_saved(
    services: Services, tmp_path: Path, encoding: str, by: str
) -> None:
    path = saved(tmp_path / "in.csv", list(map(list, TEMPLATES[TASK])), encoding, by)
    assert recognise(path) == TASK
    tally = load(services, TASK, path)
    assert (tally.created, tally.refused) == (2, 0)
    rows = services.registers.page("task", actor=services.org.login("root")).rows
    assert {r.values["description"] for r in rows} == {
        "制定客户分层运营手册",
        "优化售后响应流程",
    }


@pytest.mark.req("R-314")
def test_days_and_digits_are_read_as_they_are_written(services: Services, tmp_path: Path) -> None:
    written = ["2025年3月1日", "2025/3/1", "2025-03-01", "2025.3.1", "２０２５年３月１日"]
    written += ["2025/3/1 0:00", "2025-03-01 00:00:00", "２０２５／３／１"]
    rows = task_rows(*written)
    rows[1][0] = "ＸＺ２０２４００１"
    tally = load(services, TASK, saved(tmp_path / "in.csv", rows))
    kept = tally.errors.read_text("utf-8-sig") if tally.errors else ""
    assert (tally.created, tally.refused) == (len(written), 0), kept
    found = services.registers.page("task", actor=services.org.login("root")).rows
    assert {r.values["due_on"] for r in found} == {date(2025, 3, 1)}
    assert "XZ2024001" in {r.values["number"] for r in found}


@pytest.mark.req("R-315")
def test_the_number_of_a_day_is_refused_and_named(services: Services, tmp_path: Path) -> None:
    bad = ["45717", "45717.0", "3/1/2025", "2025-02-30", "2025-03-01 09:30"]
    tally = load(services, TASK, saved(tmp_path / "in.csv", task_rows(*bad)))
    assert (tally.created, dict(tally.reasons)) == (0, {"bad_date": len(bad)})
    assert tally.errors is not None
    with tally.errors.open(encoding="utf-8-sig", newline="") as file:
        reasons = [row["Reason"] for row in csv.DictReader(file)]
    assert all(reason.startswith("截止时间") for reason in reasons)
    assert all("45717" in r and "format the cells as dates" in r for r in reasons[:2])


@pytest.mark.req("R-314")
def test_days_of_a_workbook_are_days(services: Services, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "in.xlsx"
    rows = task_rows("", "", "")
    forms = ("yyyy/m/d", 'yyyy"年"m"月"d"日"', "yyyy/m/d h:mm")
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)
        for line, form in enumerate(forms, 1):
            sheet.write_datetime(
                line, 5, datetime(2025, 3, 1), book.add_format({"num_format": form})
            )
    tally = load(services, TASK, path)
    assert (tally.created, tally.refused) == (3, 0)
    found = services.registers.page("task", actor=services.org.login("root")).rows
    assert {r.values["due_on"] for r in found} == {date(2025, 3, 1)}


@pytest.mark.req("R-314")
def test_customers_in_full_width(services: Services, tmp_path: Path) -> None:
    header = ["客户编号", "客户名称", "历史合作时长", "累计合作金额", "最近合作时间"]
    row = ["Ｃ２０２４００１", "Ａ公司", "２年", "￥５，０００，０００", "２０２４年５月２０日"]
    tally = load(services, "customers", saved(tmp_path / "in.csv", [header, row], "gbk"))
    kept = tally.errors.read_text("utf-8-sig") if tally.errors else ""
    assert tally.created == 1, kept
    found = services.customers.page("", actor=services.org.login("root")).rows[0]
    # Numbers are numbers; the name stays as it was written.
    assert (found.customer_no, found.name) == ("C2024001", "Ａ公司")
    assert found.total_amount_fen == 500_000_000
    assert found.last_cooperation_on == date(2024, 5, 20)


@pytest.mark.req("R-181", "R-314")
def test_cells_in_percent_are_read_as_they_are_shown(services: Services, tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "in.xlsx"
    header, _, printed = TEMPLATES["template-goal"]
    with xlsxwriter.Workbook(str(path)) as book:
        forms = [book.add_format({"num_format": f}) for f in ("0%", "0.00%", '0"%"', 10)]
        sheet = book.add_worksheet("跟踪表")
        sheet.write_row(0, 0, header)
        sheet.write_row(1, 0, printed)
        for column, value, form in ((2, 0.2, 0), (3, 0.155, 1), (4, 17, 2), (5, 0.88, 3)):
            sheet.write_number(1, column, value, forms[form])
        # Another sheet does not lend its formats to this one.
        book.add_worksheet("说明").write_number(2, 2, 0.5, forms[0])
    tally = load(services, "template-goal", path)
    kept = tally.errors.read_text("utf-8-sig") if tally.errors else ""
    assert (tally.created, tally.refused) == (1, 0), kept
    goal = services.registers.page("goal", actor=services.org.login("root")).rows[0].values
    read = [goal[n] for n in ("baseline", "target", "current", "reported_attainment")]
    assert read == [Decimal("20"), Decimal("15.5"), Decimal("17"), Decimal("88")]


@pytest.mark.parametrize(
    ("value", "text"), [(0.97, "97%"), (1, "100%"), (0.005, "0.5%"), (0, "0%")]
)
def test_a_number_in_percent(value: float, text: str) -> None:
    assert shown(value) == text


def test_formats_that_cannot_be_told_leave_numbers_as_they_are(tmp_path: Path) -> None:
    import zipfile

    assert percent_cells(tmp_path / "none.xlsx") == {}
    for styles in (b"<styleSheet", b'<!DOCTYPE x [<!ENTITY a "b">]><styleSheet/>'):
        path = tmp_path / "odd.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/styles.xml", styles)
        assert percent_cells(path) == {}
