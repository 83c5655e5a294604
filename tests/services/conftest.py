"""A desk on each engine: services, people and a clock that the test turns."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crm_tui.db.crypto import KeyRing
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core, Rules
from crm_tui.services.facade import Services, initialise, wire

PEOPLE = (
    ("ana", "agent", "after_sales"),
    ("bob", "agent", "after_sales"),
    ("lee", "lead", "after_sales"),
    ("head", "manager", "after_sales"),
    ("pat", "agent", "product"),
    ("vic", "viewer", "service"),
    ("exec", "manager", "key_account"),
)


@dataclass
class Desk:
    """Services and who works with them."""

    services: Services
    core: Core
    now: datetime

    def actor(self, login: str) -> Actor:
        """Somebody at work."""
        return self.services.org.login(login)

    def later(self, **step: float) -> None:
        """Turn the clock."""
        self.now += timedelta(**step)

    def customer(self, **data: Any) -> int:
        """A customer with a contact."""
        fields = {"name": "A公司", "industry": "制造业", **data}
        contacts = [
            {
                "name": "王总",
                "job_title": "采购总监",
                "phone": "13912340001",
                "email": "w@example.com",
                "is_decision_maker": True,
            }
        ]
        return self.services.customers.create(fields, actor=self.actor("ana"), contacts=contacts)

    def ticket(self, login: str = "ana", **data: Any) -> int:
        """A registered ticket."""
        fields = {
            "kind": "complaint",
            "channel": "phone",
            "subject": "Printer smokes",
            "description": "It smokes when it starts",
            **data,
        }
        return self.services.intake.create(fields, actor=self.actor(login))

    def field(self, ticket_id: int, name: str) -> Any:
        """A field of a ticket."""
        view = self.services.views.view(ticket_id, actor=self.actor("root"))
        return getattr(view.row, name) if hasattr(view.row, name) else view.fields[name]

    def clock(self, ticket_id: int, kind: str, cycle: int | None = None) -> Any:
        """The newest cycle of a clock."""
        found = [
            c
            for c in self.services.views.explain(ticket_id, actor=self.actor("root"))
            if c.kind == kind and (cycle is None or c.cycle == cycle)
        ]
        return max(found, key=lambda c: c.cycle) if found else None

    def accepted(self, **data: Any) -> int:
        """A ticket that ana works on."""
        if data.get("kind") == "consultation":
            data = {"department": "after_sales", "reason": "about a repair", **data}
        made = self.ticket(**data)
        ana = self.actor("ana")
        self.services.tickets.take([made], actor=ana).one()
        self.services.tickets.status(
            [made], "accepted", actor=ana, values={"verified_note": "checked"}
        ).one()
        return made

    def fed_back(self, **data: Any) -> int:
        """A consultation whose result the customer knows."""
        made = self.accepted(**{"kind": "consultation", **data})
        self.services.closing.feedback(
            [made], "This is how", "manual 3.2", actor=self.actor("ana")
        ).one()
        return made


@pytest.fixture
def desk(engine: Engine, keyring: KeyRing, frozen_now: datetime, tmp_path: Path) -> Iterator[Desk]:
    """A fresh desk with an administrator and staff; answers go out without delay."""
    core = Core(
        engine=engine,
        clock=lambda: made.now,
        keyring=keyring,
        files=tmp_path / "files",
        rules=Rules(reply_delay_s=0),
    )
    services = wire(core)
    made = Desk(services, core, frozen_now)
    initialise(services, "root", "Root")
    root = services.org.login("root")
    for login, role, department in PEOPLE:
        posts = ["executive"] if login == "exec" else []
        services.org.add_staff(
            login, login.title(), role=role, department=department, posts=posts, actor=root
        )
    services.org.set_head("after_sales", "head", actor=root)
    yield made
