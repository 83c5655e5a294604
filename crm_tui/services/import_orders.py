"""Writing imported orders in bulk: few statements a batch, each order once, figures in the same go.

Orders keep what their file says, source and key among it. One that is there already with the same
content is passed over, one whose rows have changed is changed. The customers' figures are worked
out again before the batch is committed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from crm_tui.db.schema.log import activity
from crm_tui.db.schema.registers import TABLES
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import msg
from crm_tui.services import order_rules, trade
from crm_tui.services.history import Written
from crm_tui.services.import_parties import Party, found_or_made
from crm_tui.services.unit import Unit

ORDER = TABLES["order"]
PRODUCT = TABLES["product"]


@dataclass(frozen=True, slots=True)
class OrderData:
    """An order of a file; ``source_key`` names it for ever, ``digest`` its content."""

    source: str
    source_key: str
    digest: str
    number: str
    customer_key: str | None
    customer_name: str
    region: str
    ordered_on: date
    amount_fen: int
    quantity: int
    credit_note: bool
    products: tuple[str, ...] = ()
    """Codes of its goods; one that is alone and in the register becomes the order's product."""
    remark: str = ""
    cost_fen: int | None = None
    customer_source: str = ""
    """Where the customer came from, when not with the orders."""


class OrderWriter:
    """One batch of orders in one transaction."""

    def __init__(self, unit: Unit, rows: Sequence[OrderData]) -> None:
        self.unit = unit
        self.rows = rows
        self.source = rows[0].source
        self.known = self._known()
        self.digests = digests(unit, "order", list(self.known.values()))
        self.taken = self._taken()
        self.products = self._products()
        self.owners: set[int | None] = set()

    def _known(self) -> dict[str, int]:
        query = select(ORDER.c.source_key, ORDER.c.id).where(
            ORDER.c.source == self.source, ORDER.c.source_key.in_([r.source_key for r in self.rows])
        )
        return {str(r.source_key): int(r.id) for r in self.unit.conn.execute(query)}

    def _taken(self) -> set[str]:
        """Numbers among those of new orders that another order has."""
        numbers = [r.number for r in self.rows if r.source_key not in self.known]
        query = select(ORDER.c.number).where(ORDER.c.number.in_(numbers))
        return set(self.unit.conn.execute(query).scalars())

    def _products(self) -> dict[str, int]:
        codes = {r.products[0] for r in self.rows if len(r.products) == 1}
        query = select(PRODUCT.c.code, PRODUCT.c.id).where(
            PRODUCT.c.code.in_(codes), PRODUCT.c.archived.is_(False)
        )
        return {str(r.code): int(r.id) for r in self.unit.conn.execute(query)}

    def write(self) -> list[Written]:
        """Write all orders; one that breaks a rule is refused and leaves the others standing."""
        refused = {r.source_key: error for r in self.rows if (error := self._refusal(r))}
        accepted = [r for r in self.rows if r.source_key not in refused]
        customers = self._customers(accepted)
        self._insert([r for r in accepted if r.source_key not in self.known], customers)
        written: list[Written] = []
        for row in self.rows:
            if (error := refused.get(row.source_key)) is not None:
                written.append(Written(row.source_key, "refused", error=error))
            elif (there := self.known.get(row.source_key)) is None:
                written.append(Written(row.source_key, "created"))
            elif self.digests.get(there) == row.digest:
                written.append(Written(row.source_key, "skipped"))
            else:
                self._change(there, row, customers)
                written.append(Written(row.source_key, "changed"))
        trade.recompute(self.unit, self.owners)
        return written

    def _refusal(self, row: OrderData) -> DomainError | None:
        try:
            order_rules.need_past(self.unit, row.ordered_on)
            there = self.known.get(row.source_key)
            if there is not None and self.digests.get(there) != row.digest:
                order_rules.need_worth(self.unit, there, row.amount_fen)
        except DomainError as error:
            return error
        if row.source_key not in self.known and row.number in self.taken:
            return ValidationError(
                msg("The number {number} is taken", number=row.number),
                field="number",
                code="number_taken",
            )
        return None

    def _customers(self, rows: Sequence[OrderData]) -> dict[str, tuple[int, str]]:
        parties: dict[str, Party] = {}
        for row in rows:
            if row.customer_key:
                party = Party(row.customer_name, row.ordered_on.year, row.region)
                parties.setdefault(row.customer_key, party)
        return found_or_made(self.unit, self.rows[0].customer_source or self.source, parties)

    def _values(self, row: OrderData, customers: Mapping[str, tuple[int, str]]) -> dict[str, Any]:
        product = self.products.get(row.products[0]) if len(row.products) == 1 else None
        return {
            "customer_id": customers[row.customer_key][0] if row.customer_key else None,
            "ordered_on": row.ordered_on,
            "product_id": product,
            "quantity": row.quantity,
            "credit_note": row.credit_note,
            "amount_fen": row.amount_fen,
            "cost_fen": row.cost_fen,
            "remark": row.remark,
        }

    def _insert(self, rows: Sequence[OrderData], customers: Mapping[str, tuple[int, str]]) -> None:
        if not rows:
            return
        unit = self.unit
        values = [
            {
                "number": row.number,
                **self._values(row, customers),
                "source": self.source,
                "source_key": row.source_key,
                "created_at": unit.now,
                "created_by": unit.actor.staff_id or None,
                "updated_at": unit.now,
            }
            for row in rows
        ]
        unit.conn.execute(insert(ORDER), values)
        query = select(ORDER.c.source_key, ORDER.c.id).where(
            ORDER.c.source == self.source, ORDER.c.source_key.in_([r.source_key for r in rows])
        )
        ids = {str(r.source_key): int(r.id) for r in unit.conn.execute(query)}
        for row, told in zip(rows, values, strict=True):
            self.owners.add(told["customer_id"])
            unit.log(
                "order",
                ids[row.source_key],
                "created",
                changes={
                    "number": [None, row.number],
                    "customer_id": [None, told["customer_id"]],
                    "ordered_on": [None, row.ordered_on.isoformat()],
                    "amount_fen": [None, row.amount_fen],
                },
                data={"digest": row.digest},
                # History keeps its own time.
                at=noon(unit, row.ordered_on),
                customer_id=told["customer_id"],
            )

    def _change(
        self, order_id: int, row: OrderData, customers: Mapping[str, tuple[int, str]]
    ) -> None:
        stored = self.unit.row(ORDER, order_id)
        values = self._values(row, customers)
        self.owners |= {stored["customer_id"], values["customer_id"]}
        diff = self.unit.change(ORDER, stored, values)
        self.unit.log(
            "order",
            order_id,
            "imported",
            changes=diff,
            data={"digest": row.digest},
            customer_id=values["customer_id"],
        )


def noon(unit: Unit, day: date) -> datetime:
    """The middle of a day at the desk: for what is told by its day alone."""
    return datetime.combine(day, time(12), ZoneInfo(unit.core.rules.zone)).astimezone(UTC)


def digests(unit: Unit, kind: str, ids: Sequence[int]) -> dict[int, str]:
    """What was imported last of each record, told by the log: later changes by hand do not hide it."""
    query = (
        select(activity.c.subject_id, activity.c.data)
        .where(
            activity.c.kind == kind,
            activity.c.subject_id.in_(ids),
            activity.c.data.is_not(None),
        )
        .order_by(activity.c.seq)
    )
    return {
        int(r.subject_id): str(r.data["digest"])
        for r in unit.conn.execute(query)
        if "digest" in r.data
    }
