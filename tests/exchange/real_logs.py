"""Importing real logs in tests, and pictures of what is then stored."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm_tui import bootstrap
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.log import activity
from crm_tui.db.schema.tickets import message, ticket, ticket_clock
from crm_tui.exchange.importing import run_import
from crm_tui.exchange.report import Tally
from crm_tui.i18n import render
from crm_tui.services.actor import SYSTEM
from crm_tui.services.facade import Services, initialise, is_initialised
from crm_tui.services.history import SOURCE

LATER = datetime(2026, 6, 1, 2, tzinfo=UTC)
"""After the last event of every log."""
NOT_HISTORY = frozenset({"id", "ticket_id", "row_version", "created_at"})
"""Columns that tell of the import and not of what was imported."""


def opened(url: str, folder: Path, now: datetime) -> Services:
    """Services on a database that has an administrator, ``root``."""
    services = bootstrap.open_services(
        url, key_file=folder / "field.key", files=folder / "files", clock=lambda: now
    )
    if not is_initialised(services):
        initialise(services, "root", "Root")
    return services


def load(
    services: Services,
    profile: str,
    path: Path,
    progress: Callable[[str, int, int], None] | None = None,
) -> Tally:
    """Import a file; a row may not be lost."""
    return run_import(
        services,
        profile,
        path,
        actor=services.org.login("root"),
        render=render,
        errors_to=path.with_suffix(".errors.csv"),
        progress=progress,
    )


def picture(services: Services) -> dict[str, Any]:
    """Everything that the imported tickets are, by source key and without the engine's own ids."""
    with services.core.write(SYSTEM) as unit:
        # What a running clock has used is kept as of its last event: bring all to the same moment.
        unit.source = SOURCE
        unit.touched.update(unit.conn.execute(select(ticket.c.id)).scalars())
    with services.core.engine.connect() as conn:
        tickets = list(conn.execute(select(ticket)).mappings())
        keys = {int(row["id"]): str(row["source_key"]) for row in tickets}
        names = {
            int(r.id): (r.customer_no, r.name)
            for r in conn.execute(select(customer.c.id, customer.c.customer_no, customer.c.name))
        }
        found: dict[str, Any] = {
            str(row["source_key"]): {
                "ticket": _bare(row) | {"customer_id": names.get(row["customer_id"])},
                "clocks": [],
                "messages": [],
                "log": [],
            }
            for row in tickets
        }
        order = (ticket_clock.c.kind, ticket_clock.c.cycle)
        for row in conn.execute(select(ticket_clock).order_by(*order)).mappings():
            found[keys[row["ticket_id"]]]["clocks"].append(_bare(row))
        by_time = (message.c.written_at, message.c.id)
        for row in conn.execute(select(message).order_by(*by_time)).mappings():
            found[keys[row["ticket_id"]]]["messages"].append(_bare(row))
        query = select(activity).where(activity.c.kind == "ticket")
        for row in conn.execute(query.order_by(activity.c.at, activity.c.seq)).mappings():
            found[keys[row["subject_id"]]]["log"].append(
                (row["at"], row["verb"], row["changes"], row["data"], names.get(row["customer_id"]))
            )
    return found


def _bare(row: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in NOT_HISTORY}
