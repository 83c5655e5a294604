"""A small desk with a customer and three tickets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_tui import bootstrap, i18n
from crm_tui.bootstrap import Opened
from crm_tui.services.facade import initialise
from tests.tui.boards import STANDARD, add
from tests.tui.driving import HOSTILE, NOW

pytest.register_assert_rewrite("tests.tui.taking_back")


@pytest.fixture
def opened(sqlite_url: str, tmp_path: Path) -> Iterator[Opened]:
    """A desk with a customer and three tickets; root is also head of everything."""
    services = bootstrap.open_services(
        sqlite_url, key_file=tmp_path / "field.key", files=tmp_path / "files", clock=lambda: NOW
    )
    initialise(services, "root", "Root", demo=True)
    root = services.org.login("root")
    services.org.add_staff("ana", "Ana", role="agent", department="after_sales", actor=root)
    services.org.add_staff("lin", "Lin", role="manager", department="after_sales", actor=root)
    services.org.set_head("after_sales", "lin", actor=root)
    ana = services.org.login("ana")
    customer = services.customers.create({"name": "东湖软件有限公司"}, actor=ana)
    for subject in ("打印机冒烟", "Second", HOSTILE):
        services.intake.create(
            {
                "customer_id": customer,
                "kind": "complaint",
                "channel": "phone",
                "subject": subject,
                "description": subject,
            },
            actor=ana,
        )
    object.__setattr__(services.core.rules, "reply_delay_s", 0)
    yield Opened(services, ana, demo=True)
    services.close()


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    i18n.use(request.param)
    yield request.param
    i18n.use("en")


@pytest.fixture
def board(opened: Opened) -> Iterator[Opened]:
    """Four tasks of Ana's: two not started, one in progress, one of two departments late."""
    services, ana = opened.services, opened.actor
    add(
        services, ana, "打通销售与服务的信息传递", completion_standard=STANDARD, due_on="2024-07-01"
    )
    add(services, ana, "Write the SOP", department_ids=["sales"], priority="high")
    third = add(services, ana, "Call the customers", due_on="2024-06-20")
    services.tasks.move([third], "in_progress", actor=ana).one()
    add(
        services,
        ana,
        "Ask the suppliers",
        due_on="2024-05-31",
        department_ids=["after_sales", "sales"],
    )
    yield opened
    i18n.use("en")


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a key exports is written there."""
    monkeypatch.chdir(tmp_path)
