"""Writing imported customers: what the file says, once, each row refused or written by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, or_, select

from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.log import activity
from crm_tui.domain.errors import DomainError
from crm_tui.domain.records.base import validate
from crm_tui.domain.records.registry import kind
from crm_tui.services.contacts import PLAIN, SEALED, insert_contact, opened, sealed_columns
from crm_tui.services.customer_names import index_names, refresh_primary
from crm_tui.services.customers import checked, customer_tags, insert_customer, set_tags
from crm_tui.services.history import Written
from crm_tui.services.unit import Unit

CustomerData = tuple[str, str, Mapping[str, Any]]
"""Source key, digest of the content, and fields with ``contacts`` and ``tags`` beside them."""
ORIGIN = "customers"


class CustomerWriter:
    """One batch of customers in one transaction."""

    def __init__(self, unit: Unit, rows: Sequence[CustomerData]) -> None:
        self.unit = unit
        self.rows = rows
        self.known = self._known()
        self.digests = self._digests([int(r["id"]) for r in self.known.values()])

    def _known(self) -> dict[str, RowMapping]:
        """Customers by the key or the number that the file gives them."""
        keys = [key for key, _, _ in self.rows]
        numbers = {
            str(data["customer_no"]): key for key, _, data in self.rows if data.get("customer_no")
        }
        query = select(customer).where(
            or_(
                (customer.c.source == ORIGIN) & customer.c.source_key.in_(keys),
                customer.c.customer_no.in_(numbers),
            )
        )
        found: dict[str, RowMapping] = {}
        for row in self.unit.conn.execute(query).mappings():
            ours = row["source"] == ORIGIN and row["source_key"] in keys
            found[row["source_key"] if ours else numbers[row["customer_no"]]] = row
        return found

    def _digests(self, ids: Sequence[int]) -> dict[int, str]:
        """What was imported last of each, told by the log: later changes by hand do not hide it."""
        query = (
            select(activity.c.subject_id, activity.c.data)
            .where(
                activity.c.kind == "customer",
                activity.c.subject_id.in_(ids),
                activity.c.verb == "imported",
            )
            .order_by(activity.c.seq)
        )
        return {
            int(r.subject_id): r.data["digest"] for r in self.unit.conn.execute(query) if r.data
        }

    def write(self) -> list[Written]:
        """Write all rows; one that breaks a rule is refused and leaves the others standing."""
        written: list[Written] = []
        for key, digest, data in self.rows:
            row = self.known.get(key)
            if row is not None and self.digests.get(int(row["id"])) == digest:
                written.append(Written(key, "skipped"))
                continue
            try:
                with self.unit.attempt():
                    if row is None:
                        self._create(key, digest, data)
                    else:
                        self._change(row, digest, data)
            except DomainError as error:
                written.append(Written(key, "refused", error=error))
            else:
                written.append(Written(key, "created" if row is None else "changed"))
        return written

    def _create(self, key: str, digest: str, data: Mapping[str, Any]) -> None:
        new = insert_customer(
            self.unit,
            _typed(data),
            tags=data.get("tags", ()),
            contacts=data.get("contacts", ()),
            source=ORIGIN,
            source_key=key,
        )
        row = self.unit.row(customer, new)
        self.unit.change(customer, row, _opening(data))
        self.unit.log("customer", new, "imported", data={"digest": digest}, customer_id=new)

    def _change(self, row: RowMapping, digest: str, data: Mapping[str, Any]) -> None:
        unit, key = self.unit, int(row["id"])
        values = checked(unit, _typed(data), row)
        diff = unit.change(customer, row, {**values, **_opening(data)})
        tags = list(data.get("tags", ()))
        if tags and tags != (before := customer_tags(unit, key)):
            set_tags(unit, key, tags)
            diff["tags"] = [before, tags]
        for one in data.get("contacts", ()):
            query = select(contact).where(
                contact.c.customer_id == key,
                contact.c.name == one["name"],
                contact.c.archived.is_(False),
            )
            there = unit.conn.execute(query.order_by(contact.c.id)).mappings().first()
            if there is None:
                insert_contact(unit, key, one)
            else:
                _change_contact(unit, there, one)
        unit.log(
            "customer", key, "imported", changes=diff, data={"digest": digest}, customer_id=key
        )
        if "name" in diff:
            index_names(unit, key)


def _opening(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the file tells of the time before the first order here; `trade` works out the rest."""
    return {
        "opening_annual_fen": data.get("annual_amount_fen", 0),
        "opening_last_on": data.get("last_cooperation_on"),
    }


def _typed(data: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in fields that people type; the rest of the file follows or is kept elsewhere."""
    beside = ("tags", "contacts", "annual_amount_fen", "last_cooperation_on")
    return {name: value for name, value in data.items() if name not in beside}


def _change_contact(unit: Unit, row: RowMapping, data: Mapping[str, Any]) -> None:
    """Give a known contact what the file says of it; what the file leaves out stays."""
    clean = validate(kind("contact"), data).model_dump()
    values = {name: clean[name] for name in PLAIN if name in data}
    values |= sealed_columns(
        unit,
        {
            name: clean[name]
            for name in SEALED
            if name in data and opened(unit, row, name) != str(clean[name] or "")
        },
    )
    diff = unit.change(contact, row, values)
    if not diff:
        return
    shown = {k.removesuffix("_sealed"): v for k, v in diff.items() if not k.endswith("_index")}
    unit.log("contact", row["id"], "changed", changes=shown, customer_id=row["customer_id"])
    refresh_primary(unit, row["customer_id"])
