"""Customers that imported tickets and orders name by a key of their source, made where they are new."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select

from crm_tui.db import search
from crm_tui.db.schema.customers import customer
from crm_tui.services.customers import given_numbers
from crm_tui.services.unit import Unit

Found = dict[str, tuple[int, str]]
"""Id and tier of customers by their key."""


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as its first row tells it; ``year`` is the year of its number."""

    name: str
    year: int
    region: str = ""


def found_or_made(unit: Unit, source: str, parties: Mapping[str, Party]) -> Found:
    """The customers of a source by key, new ones made in the order in which they are named."""
    found = _found(unit, source, list(parties))
    fresh = {key: party for key, party in parties.items() if key not in found}
    if not fresh:
        return found
    numbers = {
        year: iter(given_numbers(unit, year, count))
        for year, count in Counter(party.year for party in fresh.values()).items()
    }
    rows = [
        {
            "name": (party.name or key)[:200],
            "region": party.region[:80],
            "source": source,
            "source_key": key,
            "created_at": unit.now,
            "updated_at": unit.now,
            **next(numbers[party.year]),
        }
        for key, party in fresh.items()
    ]
    unit.conn.execute(insert(customer), rows)
    found |= _found(unit, source, list(fresh))
    for row in rows:
        key, number = found[str(row["source_key"])][0], row["customer_no"]
        changes = {"customer_no": [None, number], "name": [None, row["name"]]}
        unit.log("customer", key, "created", changes=changes, customer_id=key)
    search.index_many(
        unit.conn,
        "customer",
        ((found[str(r["source_key"])][0], str(r["customer_no"]), [str(r["name"])]) for r in rows),
    )
    return found


def _found(unit: Unit, source: str, keys: Sequence[str]) -> Found:
    query = select(customer.c.id, customer.c.source_key, customer.c.service_tier).where(
        customer.c.source == source, customer.c.source_key.in_(keys)
    )
    return {str(r.source_key): (int(r.id), str(r.service_tier)) for r in unit.conn.execute(query)}
