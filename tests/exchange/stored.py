"""What imports of orders have left in the store."""

from typing import Any

from sqlalchemy import select

from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.services.facade import Services

ORDER = TABLES["order"]
ANSWER = TABLES["survey_answer"]


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


def totals(services: Services) -> dict[str, int]:
    """What the customers of imports have bought in all, by key."""
    query = select(customer.c.source_key, customer.c.total_amount_fen)
    with services.core.engine.connect() as conn:
        return {str(r[0]): int(r[1]) for r in conn.execute(query)}
