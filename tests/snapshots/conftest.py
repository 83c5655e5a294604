"""A small desk at a frozen time: every state that a screen draws differently, names in Chinese."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crm_tui import bootstrap, i18n
from crm_tui.bootstrap import Opened
from crm_tui.services.facade import Services, initialise

NOW = datetime(2024, 6, 5, 1, 30, tzinfo=UTC)
"""Wednesday 2024-06-05 09:30 in Shanghai."""
LONG = "整机在高温环境下连续运行三个班次以后主轴发出异响并且停机需要人工复位"


class Desk:
    """Services whose present can be moved while the data are made."""

    def __init__(self, folder: Path) -> None:
        self.at = NOW
        self.services: Services = bootstrap.open_services(
            str(folder / "crm.db"),
            key_file=folder / "field.key",
            files=folder / "files",
            clock=lambda: self.at,
        )
        object.__setattr__(self.services.core.rules, "reply_delay_s", 0)

    def ago(self, **spans: float) -> None:
        """Work so long before the present."""
        self.at = NOW - timedelta(**spans)


def _ticket(desk: Desk, actor: Any, subject: str, **values: Any) -> int:
    data = {"kind": "complaint", "channel": "phone", "description": subject, **values}
    return desk.services.intake.create({"subject": subject, **data}, actor=actor)


def _fill(desk: Desk) -> None:
    services = desk.services
    desk.ago(days=9)
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    for login, name, role in (
        ("ana", "Ana Reyes", "agent"),
        ("wu", "吴桐", "agent"),
        ("lin", "林晓", "manager"),
    ):
        services.org.add_staff(login, name, role=role, department="after_sales", actor=root)
    services.org.set_head("after_sales", "lin", actor=root)
    ana, wu, lin = (services.org.login(n) for n in ("ana", "wu", "lin"))
    lake = services.customers.create({"name": "东湖软件有限公司"}, actor=lin)
    long = services.customers.create(
        {"name": "中华长城跨国精密仪器制造股份有限公司第二分公司"}, actor=lin
    )
    harbour = services.customers.create({"name": "Harbour Instruments Ltd"}, actor=lin)
    services.contacts.add(lake, {"name": "王敏", "job_title": "采购主管"}, actor=lin)

    late = _ticket(desk, ana, "打印机冒烟", customer_id=lake, safety_risk=True)
    services.tickets.take([late], actor=ana).one()
    desk.ago(days=2)
    waits = _ticket(desk, ana, "账单金额有误", customer_id=long, appeal="请在本周内更正并致歉")
    services.tickets.take([waits], actor=wu).one()
    services.tickets.wait([waits], actor=wu, on="customer", reason="等客户寄回发票").one()
    desk.ago(days=1)
    whole = _ticket(desk, ana, "Scanner reads nothing", customer_id=lake, appeal="Replace it")
    services.tickets.take([whole], actor=ana).one()
    services.messages.note([whole], "机身编号 A-17，去年也报修过一次。", actor=ana).one()
    desk.ago(hours=22)
    services.messages.reply([whole], "您好，我们已收到，今天给您答复。", actor=ana).one()
    services.tickets.status(
        [whole], "accepted", actor=ana, values={"verified_note": "已与客户核对型号和序列号"}
    ).one()
    services.closing.propose([whole], "更换同型号新机，旧机返厂检测", actor=ana).one()
    desk.ago(hours=20)
    _ticket(desk, wu, LONG, customer_id=long, kind="after_sales", channel="email")
    _ticket(desk, wu, "Wrong parts delivered", customer_id=harbour)
    desk.ago(hours=3)
    _ticket(desk, wu, "希望增加夜间模式", customer_id=lake, kind="suggestion")
    _ticket(desk, wu, "Bad\x1b]52;c;aGk=\x07 [b]text[/b] \u202eevil", kind="consultation")
    _work(desk, ana, lin, late)
    desk.at = NOW


def _work(desk: Desk, ana: Any, lin: Any, ticket: int) -> None:
    """Tasks in every column: late, at risk, from a ticket, of two departments, done."""
    tasks = desk.services.tasks

    def new(text: str, **values: Any) -> int:
        data = {"description": text, "department_ids": ["after_sales"], "owner_id": "@me", **values}
        return tasks.new(data, actor=ana).one()

    new("打通销售与服务的信息传递", department_ids=["sales", "after_sales"], due_on="2024-06-28")
    new("Train the front desk", due_on="2024-06-06", priority="high")
    new(LONG, owner_id="wu", due_on="2024-07-15", priority="low")
    begun = new("建立客户反馈闭环流程", due_on="2024-06-20", completion_standard="三个部门都签字")
    tasks.progress([begun], 40, "流程草案已发各部门", actor=ana).one()
    made = tasks.from_ticket(ticket, {"description": "查明冒烟原因"}, actor=ana).one()
    tasks.move([made], "in_progress", actor=ana).one()
    desk.services.registers.create(
        "risk_case", {"task_id": made, "cause": "缺备件，等厂家发货"}, actor=lin
    )
    done = new("Write the SOP", department_ids=["service"], milestone=True)
    tasks.move([done], "done", actor=ana).one()
    new("Ask the suppliers", due_on="2024-06-01", owner_id="lin")
    desk.services.tasks.set_limit("in_progress", None, 4, actor=lin).one()


@pytest.fixture(scope="session")
def template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the desk, to be copied."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copyfile(sqlite_template, folder / "crm.db")
    desk = Desk(folder)
    _fill(desk)
    desk.services.close()
    return folder


@pytest.fixture
def opened(template: Path, tmp_path: Path) -> Iterator[Opened]:
    """The desk as Ana sees it."""
    folder = tmp_path / "desk"
    shutil.copytree(template, folder)
    desk = Desk(folder)
    yield Opened(desk.services, desk.services.org.login("ana"), demo=True)
    desk.services.close()
    i18n.use("en")
