"""The copies of the benchmark's generator are what the services would have made."""

from typing import Any

import pytest
from sqlalchemy import select

from bench.generate import NOW, generate
from crm_tui import bootstrap
from crm_tui.db.schema.tickets import ticket, ticket_clock
from crm_tui.exchange.demo.live import LIVE
from crm_tui.services.actor import SYSTEM
from crm_tui.services.facade import Services

CACHED = (
    "next_due_at",
    "next_due_kind",
    "due_sort",
    "warn_at",
    "paused",
    "breached",
    "first_response_at",
    "resolved_at",
    "closed_at",
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A thousand tickets: 250 from the services, the others copies."""
    path = tmp_path_factory.mktemp("bench") / "bench.db"
    generate(path, 1000, base=250)
    made = bootstrap.open_services(
        str(path),
        key_file=path.with_suffix(".key"),
        files=path.parent / "files",
        clock=lambda: NOW,
    )
    yield made
    made.close()


def rows(services: Services, ids: list[int]) -> dict[int, Any]:
    """Cached columns and clocks of these tickets."""
    with services.core.engine.connect() as conn:
        found: dict[int, Any] = {
            r["id"]: ({c: r[c] for c in CACHED}, [])
            for r in conn.execute(select(ticket).where(ticket.c.id.in_(ids))).mappings()
        }
        query = select(ticket_clock).where(ticket_clock.c.ticket_id.in_(ids))
        order = (ticket_clock.c.ticket_id, ticket_clock.c.kind, ticket_clock.c.cycle)
        for row in conn.execute(query.order_by(*order)).mappings():
            found[row["ticket_id"]][1].append({k: v for k, v in row.items() if k != "id"})
    return found


def test_five_hundred_copies_equal_what_the_services_make(services: Services) -> None:
    with services.core.engine.connect() as conn:
        query = select(ticket.c.id).where(ticket.c.source_key.like("%#%")).order_by(ticket.c.id)
        ids = [int(r.id) for r in conn.execute(query.limit(500))]
    assert len(ids) == 500
    before = rows(services, ids)
    assert sum(len(clocks) for _, clocks in before.values()) >= 500
    with services.core.write(SYSTEM) as unit:
        unit.touched.update(ids)
    assert rows(services, ids) == before


def test_copies_are_whole(services: Services) -> None:
    root = services.org.login("root")
    assert services.views.count("", actor=root) == 1000 + LIVE
    assert services.audit.verify(actor=root).ok
    page = services.views.page("is:open", actor=root).rows
    assert len(page) == 50
    assert all(services.views.timeline(r.id, actor=root) for r in page[:5])
    with services.core.engine.connect() as conn:
        query = select(ticket.c.number, ticket.c.customer_id).where(ticket.c.source_key.like("%#3"))
        number, customer = conn.execute(query.limit(1)).one()
    found = services.find.find(f"T-{number}", actor=root)
    assert found[0].title.startswith(f"T-{number}")
    assert services.customers.view(customer, actor=root).contacts
    made = services.intake.create(
        {"kind": "praise", "channel": "phone", "subject": "s", "description": "d"}, actor=root
    )
    assert services.intake.number(made, actor=root) > number
