"""Orders, survey answers and the templates imported: equal to what the standard library reckons.

Made-up files run always. The real ones run in part by default; whole with the marker ``full``.
"""

import csv
import gzip
import io
import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, func, select

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.domain.errors import ValidationError
from crm_tui.exchange.importing import recognise
from crm_tui.exchange.report import Tally
from crm_tui.services.facade import Services
from tests.exchange.conftest import MakeFile
from tests.exchange.real_logs import LATER, load, opened

ORDER = TABLES["order"]
ANSWER = TABLES["survey_answer"]
HEAD = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
LINES = (
    "536365,85123A,HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "536365,71053,LANTERN,6,2010-12-01 08:26:00,3.39,17850,United Kingdom\n"
    "536365,POST,POSTAGE,1,2010-12-01 08:26:00,18.00,17850,United Kingdom\n"
    "536366,22752,BOX,2,2010-12-01 08:28:00,7.65,,United Kingdom\n"
    "C536379,D,Discount,-1,2010-12-01 09:41:00,27.50,17850,United Kingdom\n"
    "C536380,22752,BOX,-1,2010-12-02 09:41:00,7.65,17850,United Kingdom\n"
)


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an empty database on each engine in turn."""
    url: str | URL = request.getfixturevalue(f"{request.param}_url")
    if isinstance(url, str):
        return url
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def services(place: str, tmp_path: Path) -> Iterator[Services]:
    """Services on an empty database, long after every file."""
    found = opened(place, tmp_path, LATER)
    yield found
    found.close()


def orders(services: Services) -> dict[str, Any]:
    """The stored orders by number, with the key of their customer."""
    query = select(
        ORDER.c.number,
        ORDER.c.ordered_on,
        ORDER.c.amount_fen,
        ORDER.c.quantity,
        ORDER.c.credit_note,
        ORDER.c.product_id,
        ORDER.c.remark,
        customer.c.source_key,
    ).select_from(ORDER.outerjoin(customer, customer.c.id == ORDER.c.customer_id))
    with services.core.engine.connect() as conn:
        return {str(r.number): r for r in conn.execute(query)}


def refused_rows(tally: Tally) -> list[dict[str, str]]:
    """What the error file says."""
    assert tally.errors is not None
    with tally.errors.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


# Made-up files


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
    data = {"number": "536366", "customer_id": mine, "ordered_on": "2024-01-01", "amount_fen": 1}
    services.registers.create("order", data, actor=root)
    tally = load(services, "online-retail", make(HEAD + LINES))
    assert (tally.refused, dict(tally.reasons)) == (1, {"number_taken": 1})
    assert orders(services)["536366"].amount_fen == 1


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


def totals(services: Services) -> dict[str, int]:
    """What the customers of imports have bought in all, by key."""
    query = select(customer.c.source_key, customer.c.total_amount_fen)
    with services.core.engine.connect() as conn:
        return {str(r[0]): int(r[1]) for r in conn.execute(query)}


# Real files


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


# The templates of source A

TEMPLATES: dict[str, tuple[tuple[str, ...], ...]] = {
    "customers": (
        (
            "客户编号",
            "客户名称",
            "所属行业",
            "决策人(姓名/职位)",
            "联系方式",
            "历史合作时长",
            "累计合作金额",
            "核心需求标签",
            "客户分层",
            "最近合作时间",
        ),
        (
            "C2024001",
            "A公司",
            "制造业",
            "*总/采购总监",
            "138XXXX",
            "2年",
            "500万",
            "降本增效+供应链优化",
            "高价值",
            "2024-05-20",
        ),
        (
            "C2024002",
            "B企业",
            "IT服务",
            "*经理/技术负责人",
            "139XXXX",
            "6个月",
            "80万",
            "系统稳定性+售后支持",
            "潜力",
            "2024-05-15",
        ),
    ),
    "template-requirement": (
        (
            "客户编号",
            "需求类型(产品/服务/售后)",
            "需求描述",
            "优先级(高/中/低)",
            "关联产品/服务",
            "解决方案建议",
            "负责人",
            "预计解决时间",
            "客户反馈(已确认/待跟进)",
        ),
        (
            "C2024001",
            "产品需求",
            "采购智能仓储系统",
            "高",
            "",
            "",
            "",
            "2024-06-30",
            "已确认(需补充成本明细)",
        ),
        (
            "C2024002",
            "服务需求",
            "优化售后响应速度（48小时→24小时）",
            "中",
            "",
            "",
            "",
            "2024-06-15",
            "待跟进(需确认具体场景)",
        ),
    ),
    "template-interaction": (
        (
            "互动日期",
            "客户编号",
            "互动方式(电话/拜访/线上)",
            "互动主题",
            "参与人员",
            "客户反馈",
            "后续行动",
            "负责人",
            "完成状态(已完成/进行中/待处理)",
        ),
        (
            "2024-05-10",
            "C2024001",
            "线下拜访",
            "Q2业务回顾",
            "",
            "",
            "安排6月产品培训",
            "",
            "进行中",
        ),
        (
            "2024-05-12",
            "C2024002",
            "电话沟通",
            "售后问题跟进",
            "李工",
            "",
            "技术48小时内排查",
            "",
            "已完成",
        ),
    ),
    "template-goal": (
        (
            "优化目标",
            "核心指标",
            "优化前值",
            "目标值",
            "当前值",
            "达成率",
            "差距分析",
            "改进措施",
            "责任人",
            "复查时间",
        ),
        (
            "客户满意度",
            "满意度",
            "75",
            "90",
            "87",
            "97%",
            "培训支持未完全落地",
            "增加6月培训频次至2次",
            "",
            "2024-07-01",
        ),
        (
            "客户流失率",
            "流失率",
            "20%",
            "15%",
            "17%",
            "85%",
            "潜力客户识别滞后",
            "",
            "",
            "2024-06-30",
        ),
    ),
    "template-task": (
        (
            "任务编号",
            "任务描述",
            "涉及部门",
            "负责人",
            "配合人",
            "截止时间",
            "完成标准",
            "状态(待开始/进行中/已完成/延期)",
            "备注",
        ),
        (
            "XZ2024001",
            "制定客户分层运营手册",
            "销售部+服务部",
            "root",
            "",
            "2024-06-30",
            "",
            "进行中",
            "",
        ),
        (
            "XZ2024002",
            "优化售后响应流程",
            "服务部+技术部",
            "root",
            "",
            "2024-06-15",
            "",
            "已完成",
            "",
        ),
    ),
}


def file_of(folder: Path, name: str, form: str) -> Path:
    rows = TEMPLATES[name]
    path = folder / f"{name}.{form}"
    if form == "xlsx":
        import xlsxwriter

        with xlsxwriter.Workbook(str(path)) as book:
            sheet = book.add_worksheet()
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
        return path
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


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


@pytest.mark.req("R-314")
def test_files_are_known_by_their_columns(make: MakeFile) -> None:
    assert recognise(make(HEAD + LINES)) == "online-retail"
    assert recognise(make("customer_id,date,quantity,amount\n1,19970101,1,1\n")) == "cdnow"
    head = "ID,Market,Survey date,Customer Name,Month,Quarter,NPS\n"
    assert recognise(make(head + "1,UK,01-03-2021,C,3,1,8\n")) == "nps"
    with pytest.raises(ValidationError) as found:
        recognise(make("甲,乙\n1,2\n"))
    assert found.value.code == "unknown_file"
