"""A small desk with a customer and three tickets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_tui import bootstrap, i18n
from crm_tui.bootstrap import Opened
from crm_tui.services.facade import initialise
from tests.tui.driving import HOSTILE, NOW

pytest.register_assert_rewrite("tests.tui.taking_back")


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Keys pressed at random export files into the folder one works in: not into the checkout."""
    monkeypatch.chdir(tmp_path)


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
