"""The five templates of source A come in without a question, and what is wrong in them comes back."""

import csv
from datetime import date
from pathlib import Path

import pytest

from crm_tui.domain.errors import ValidationError
from crm_tui.exchange.importing import recognise
from crm_tui.services.facade import Services
from tests.exchange.conftest import MakeFile
from tests.exchange.real_logs import load
from tests.exchange.template_rows import TEMPLATES, file_of, write


@pytest.mark.req("R-314", "R-315")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_five_templates_come_in_without_a_question(
    services: Services, tmp_path: Path, form: str
) -> None:
    root = services.org.login("root")
    for name in TEMPLATES:
        path = file_of(tmp_path, name, form)
        assert recognise(path) == name
        tally = load(services, name, path)
        kept = tally.errors.read_text("utf-8-sig") if tally.errors else ""
        assert (tally.created, tally.refused) == (2, 0), kept
        again = load(services, name, path)
        assert (again.created, again.changed, again.skipped) == (0, 0, 2)
    rows = {
        kind: [row.values for row in services.registers.page(kind, actor=root).rows]
        for kind in ("requirement", "interaction", "goal", "task")
    }
    needs = {r["description"][:2]: r for r in rows["requirement"]}
    assert (needs["采购"]["type"], needs["采购"]["priority"]) == ("product", "high")
    assert (needs["采购"]["customer_feedback"], needs["采购"]["feedback_note"]) == (
        "confirmed",
        "需补充成本明细",
    )
    talks = {r["topic"]: r for r in rows["interaction"]}
    assert talks["Q2业务回顾"]["channel"] == "visit"
    assert talks["售后问题跟进"]["participants"] == "李工"
    assert talks["售后问题跟进"]["completion_state"] == "done"
    goals = {r["metric"]: r for r in rows["goal"]}
    assert (goals["满意度"]["target"], goals["满意度"]["reported_attainment"]) == (90, 97)
    assert goals["流失率"]["deadline_on"] == date(2024, 6, 30)
    tasks = {r["number"]: r for r in rows["task"]}
    assert set(tasks) == {"XZ2024001", "XZ2024002"}
    assert (tasks["XZ2024001"]["status"], len(tasks["XZ2024002"]["department_ids"])) == (
        "in_progress",
        2,
    )


@pytest.mark.req("R-314")
def test_a_corrected_cell_changes_the_record(services: Services, tmp_path: Path) -> None:
    root = services.org.login("root")
    for name in ("customers", "template-requirement", "template-task"):
        load(services, name, file_of(tmp_path, name, "csv"))
    need = tmp_path / "template-requirement.csv"
    need.write_text(need.read_text("gb18030").replace(",高,", ",低,"), "utf-8")
    task = tmp_path / "template-task.csv"
    task.write_text(task.read_text("gb18030").replace("2024-06-30", "2024-07-31"), "utf-8")
    for name, path in (("template-requirement", need), ("template-task", task)):
        tally = load(services, name, path)
        assert (tally.created, tally.changed, tally.skipped) == (0, 1, 1)
    assert services.registers.count("requirement", actor=root, filter_text="priority:low") == 1
    assert services.registers.count("task", actor=root, filter_text="due:2024-07-31") == 1


@pytest.mark.req("R-315")
def test_rows_of_templates_that_break_a_rule(services: Services, make: MakeFile) -> None:
    load(services, "customers", make("客户编号,客户名称\nC2024001,A公司\n"))
    head = "互动日期,客户编号,互动方式,互动主题\n"
    rows = (
        "2024-05-10,C2024001,电话,好\n"
        "2199-05-10,C2024001,电话,明天\n"
        "2024-05-10,C2099999,电话,谁\n"
        "2024-05-10,C2024001,飞鸽,怎么\n"
        "2024-05-10,C2024001,电话,\n"
        "2024-05-10,C2024001,电话,好\n"
    )
    tally = load(services, "template-interaction", make(head + rows))
    assert (tally.created, dict(tally.reasons)) == (
        1,
        {
            "in_future": 1,
            "unknown_reference": 1,
            "unknown_value": 1,
            "required": 1,
            "record_twice": 1,
        },
    )


WRONG: dict[str, tuple[tuple[int, str, str, str], ...]] = {
    "customers": (
        (1, "", "C公司", "客户名称"),
        (8, "贵宾", "普通", "客户分层"),
        (9, "45432", "2024/5/20", "最近合作时间"),
    ),
    "template-requirement": (
        (0, "C2029999", "C2024001", "客户编号"),
        (3, "极高", "中", "优先级(高/中/低)"),
        (7, "31/31/2024", "2024年6月30日", "预计解决时间"),
    ),
    "template-interaction": (
        (0, "2999-05-12", "2024-05-14", "互动日期"),
        (2, "飞鸽", "电话", "互动方式(电话/拜访/线上)"),
        (7, "某人", "root", "负责人"),
    ),
    "template-goal": (
        (1, "", "满意度", "核心指标"),
        (2, "五", "50", "优化前值"),
        (3, "", "60", "目标值"),
    ),
    "template-task": (
        (2, "火星部", "服务部", "涉及部门"),
        (3, "root、root", "root", "负责人"),
        (7, "搞定", "待开始", "状态(待开始/进行中/已完成/延期)"),
    ),
}
"""Column, what is wrong there, what is right, and what the reason must name, a row each."""
KINDS = {
    "template-requirement": "requirement",
    "template-interaction": "interaction",
    "template-goal": "goal",
    "template-task": "task",
}
NUMBERED = {"customers": "C20241", "template-task": "XZ20241"}
"""What the numbers of the rows that are wrong at first begin with."""
TEXTS = {"template-requirement": 2, "template-interaction": 3, "template-goal": 0}
"""The column that tells records without a number apart."""


def right_row(name: str, number: int) -> list[str]:
    """A row that can be imported beside those that are printed."""
    row = list(TEMPLATES[name][1])
    if name in NUMBERED:
        row[0] = f"{NUMBERED[name]}{number:02d}"
    if name in TEXTS:
        row[TEXTS[name]] += f"（{number}）"
    return row


def stored(services: Services, name: str) -> int:
    """How many records a template has made."""
    root = services.org.login("root")
    if name == "customers":
        return services.customers.count("", actor=root)
    return services.registers.count(KINDS[name], actor=root)


def read(path: Path) -> list[list[str]]:
    """The rows of an error file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.req("R-314", "R-315")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_error_file_is_corrected_and_imported_as_it_is(
    services: Services, tmp_path: Path, form: str
) -> None:
    for name, wrong in WRONG.items():
        rows = [right_row(name, number) for number in range(1, len(wrong) + 1)]
        for row, (column, bad, _, _) in zip(rows, wrong, strict=True):
            row[column] = bad
        path = file_of(tmp_path, name, form, *rows)
        tally = load(services, name, path)
        assert (tally.created, tally.refused) == (2, len(wrong)), name
        assert tally.errors is not None
        header, *refused = read(tally.errors)
        assert header[:3] == ["Line", "Reason", "Code"]
        assert tuple(header[3:]) == TEMPLATES[name][0]
        assert sorted(r[0] for r in refused) == ["4", "5", "6"]
        for kept in refused:
            at = int(kept[0]) - 4
            column, _, good, says = wrong[at]
            assert says in kept[1], kept
            assert kept[3:] == rows[at]
            kept[3 + column] = rows[at][column] = good
        corrected = tmp_path / f"corrected.{form}"
        write(corrected, [header, *refused], "utf-8-sig")
        assert recognise(corrected) == name
        again = load(services, name, corrected)
        left = again.errors.read_text("utf-8-sig") if again.errors else ""
        assert (again.created, again.refused) == (len(wrong), 0), (name, again, left)
        assert stored(services, name) == 2 + len(wrong)
        # Neither the corrected file nor the first one, corrected there, makes anything twice.
        assert load(services, name, corrected).skipped == len(wrong)
        whole = load(services, name, file_of(tmp_path, name, form, *rows))
        assert (whole.created, whole.changed, whole.skipped) == (0, 0, 2 + len(wrong)), name
        assert stored(services, name) == 2 + len(wrong)


@pytest.mark.req("R-314")
@pytest.mark.parametrize(
    ("name", "column"), [("template-task", 3), ("template-requirement", 2), ("template-goal", 2)]
)
def test_a_column_that_is_missing_is_called_as_the_template_calls_it(
    tmp_path: Path, name: str, column: int
) -> None:
    path = tmp_path / "in.csv"
    write(path, [[*row[:column], *row[column + 1 :]] for row in TEMPLATES[name]])
    with pytest.raises(ValidationError) as found:
        recognise(path)
    assert found.value.code == "missing_columns"
    assert TEMPLATES[name][0][column] in str(found.value)


@pytest.mark.req("R-198", "R-314")
def test_departments_and_persons_are_known_by_every_name_of_the_sources(
    services: Services, tmp_path: Path
) -> None:
    load(services, "customers", file_of(tmp_path, "customers", "csv"))
    renamed = {"负责人": "第一责任人", "责任人": "第一责任人", "涉及部门": "责任部门"}
    for name, kind in KINDS.items():
        header, *rows = [list(row) for row in TEMPLATES[name]]
        person = next(n for n, cell in enumerate(header) if cell in ("负责人", "责任人"))
        for row in rows:
            row[person] = "root"
        path = tmp_path / "renamed.csv"
        write(path, [[renamed.get(cell, cell) for cell in header], *rows])
        assert recognise(path) == name
        assert load(services, name, path).created == 2
        found = services.registers.page(kind, actor=services.org.login("root")).rows
        assert [row.values["owner_id"] for row in found] == [1, 1]
