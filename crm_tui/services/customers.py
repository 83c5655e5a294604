"""Customers and their contacts (R-001 to R-021, R-036 to R-039)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, RowMapping, cast, delete, func, insert, select, tuple_

from crm_tui.db.schema.customers import customer, customer_tag, tag
from crm_tui.db.schema.org import staff
from crm_tui.db.schema.tickets import OPEN, ticket
from crm_tui.domain import tiering
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.numbers import format_customer_no
from crm_tui.domain.records.base import fields, validate
from crm_tui.domain.records.registry import kind
from crm_tui.domain.text import display
from crm_tui.services import contacts as contact_rules
from crm_tui.services import trade
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.customer_filters import compile_customer_filter, complete_customer_filter
from crm_tui.services.customer_names import index_names
from crm_tui.services.dto import CustomerPage, CustomerRow, CustomerView
from crm_tui.services.permissions import need_role
from crm_tui.services.references import resolved
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

SORTS: dict[str, tuple[Any, ...]] = {
    "number": (customer.c.no_year, customer.c.no_seq, customer.c.id),
    "name": (customer.c.name, customer.c.id),
    "tier": (customer.c.service_tier, customer.c.no_year, customer.c.no_seq, customer.c.id),
    "amount": (customer.c.total_amount_fen, customer.c.id),
    "updated": (customer.c.updated_at, customer.c.id),
}

EDITABLE = (
    "name",
    "industry",
    "region",
    "purchasing_power",
    "source_channel",
    "source_campaign",
    "lifecycle_stage",
    "segment",
    "key_account_level",
    "potential_class",
    "first_cooperation_on",
    "opening_balance_fen",
    "preferences",
    "taboos",
    "manager_id",
    "expert_ids",
)


class CustomerService:
    """Customers: create, change, list, profile."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["customer_tags"] = _undo_tags

    def create(
        self,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        tags: Sequence[str] = (),
        contacts: Sequence[Mapping[str, Any]] = (),
    ) -> int:
        """Create a customer with a number of its own (R-001); raises `ValidationError` by field."""
        with self._core.write(actor) as unit:
            need_role(actor, "agent")
            unit.label = msg("Customer added")
            return insert_customer(unit, data, tags=tags, contacts=contacts)

    def change(
        self,
        customer_id: int,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expected: int | None = None,
        tags: Sequence[str] | None = None,
        reason: str | None = None,
    ) -> Result:
        """Change fields; the number never changes, the tier follows the fields that drive it."""

        def work(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "agent")
            row = unit.row(customer, item, msg("customer"))
            values = checked(unit, data, row)
            needs = values.pop("core_need_tags", None) if tags is None else clean_tags(tags)
            if values.get("manager_id", row["manager_id"]) != row["manager_id"]:
                need_role(actor, "lead")
            before = customer_tags(unit, item)
            retagged = needs is not None and needs != before
            diff = unit.change(customer, row, values, expected=expected, beside=retagged)
            if needs is not None and retagged:
                set_tags(unit, item, needs)
                unit.inverse("customer_tags", customer=item, old=before, new=needs)
                diff["core_need_tags"] = [before, needs]
            if diff or reason:
                unit.log("customer", item, "changed", changes=diff, customer_id=item, reason=reason)
            if "name" in diff:
                index_names(unit, item)
            return None

        return self._core.each(actor, [customer_id], msg("Customer changed"), work)

    def page(
        self,
        filter_text: str = "",
        *,
        actor: Actor,
        sort: str = "number",
        descending: bool = False,
        after: tuple[Any, ...] | None = None,
        before: tuple[Any, ...] | None = None,
        limit: int = 50,
    ) -> CustomerPage:
        """A window of the customers that match a filter, by key."""
        keys = SORTS[sort]
        backwards = before is not None
        down = descending != backwards
        query = list_query().where(customer.c.archived.is_(False))
        bound = before if backwards else after
        if bound is not None:
            mark = tuple_(*bound, types=[k.type for k in keys])
            query = query.where(tuple_(*keys) < mark if down else tuple_(*keys) > mark)
        query = query.order_by(*[k.desc() if down else k.asc() for k in keys]).limit(limit + 1)
        with self._core.read(actor) as unit:
            query = query.where(*compile_customer_filter(unit, filter_text))
            rows = list(unit.conn.execute(query).mappings())
            more = len(rows) > limit
            rows = rows[:limit][::-1] if backwards else rows[:limit]
            counts = open_counts(unit, [r["id"] for r in rows])
        views = tuple(customer_row(r, counts.get(r["id"], 0), sort) for r in rows)
        return CustomerPage(
            views,
            more if backwards else bound is not None,
            bound is not None if backwards else more,
        )

    def count(self, filter_text: str = "", *, actor: Actor) -> int:
        """How many customers match."""
        with self._core.read(actor) as unit:
            query = select(func.count()).select_from(customer)
            where = compile_customer_filter(unit, filter_text)
            return int(
                unit.conn.execute(query.where(customer.c.archived.is_(False), *where)).scalar_one()
            )

    def complete(self, text: str) -> list[str]:
        """What the last word of a filter could become."""
        return complete_customer_filter(text)

    def rows(self, ids: Sequence[int], *, actor: Actor) -> list[CustomerRow]:
        """List rows of these customers, for patching a screen."""
        with self._core.read(actor) as unit:
            found = unit.conn.execute(list_query().where(customer.c.id.in_(ids))).mappings()
            counts = open_counts(unit, ids)
            return [customer_row(r, counts.get(r["id"], 0), "number") for r in found]

    def view(self, customer_id: int, *, actor: Actor) -> CustomerView:
        """The profile's overview; contact details masked by permission."""
        with self._core.read(actor) as unit:
            row = (
                unit.conn.execute(list_query().where(customer.c.id == customer_id))
                .mappings()
                .first()
            )
            full = unit.row(customer, customer_id, msg("customer"))
            assert row is not None
            counts = unit.conn.execute(
                select(func.count(), func.sum(cast(ticket.c.breached, Integer))).where(
                    OPEN, ticket.c.customer_id == customer_id
                )
            ).one()
            today = unit.now.astimezone(ZoneInfo(self._core.rules.zone)).date()
            values = {name: shown_field(full, name) for name in (*EDITABLE, *COMPUTED)}
            bought = trade.purchases(unit, customer_id)
            values["purchase_frequency"] = bought.frequency
            values["average_order_value_fen"] = bought.average_fen
            known = [d for d in (full["first_cooperation_on"], bought.first_on) if d is not None]
            values["first_cooperation_on"] = first = min(known, default=None)
            return CustomerView(
                row=customer_row(row, counts[0], "number"),
                fields=values,
                contacts=contact_rules.views(unit, full),
                tags=tuple(customer_tags(unit, customer_id)),
                open_tickets=int(counts[0]),
                breached_tickets=int(counts[1] or 0),
                cooperation_duration=duration(first, today),
                warnings=quality_warnings(unit, full),
            )

    def find_by_no(self, customer_no: str) -> int | None:
        """The id of a customer number, or None."""
        with self._core.read() as unit:
            query = select(customer.c.id).where(
                customer.c.customer_no == customer_no.strip().upper()
            )
            return unit.conn.execute(query).scalar_one_or_none()


COMPUTED = (
    "customer_no",
    "contribution_tier",
    "service_tier",
    "total_amount_fen",
    "annual_amount_fen",
    "last_cooperation_on",
    "last_interaction_at",
)


def insert_customer(
    unit: Unit,
    data: Mapping[str, Any],
    *,
    tags: Sequence[str] = (),
    contacts: Sequence[Mapping[str, Any]] = (),
    source: str = "live",
    source_key: str | None = None,
) -> int:
    """Write a customer inside a transaction; shared by form, command line and import."""
    values = checked(unit, data, None)
    tags = clean_tags(tags) or values.pop("core_need_tags", ())
    defaults = {
        "annual_amount_fen": 0,
        "potential_class": "ordinary",
        "key_account_level": "ordinary",
    }
    values |= tiering.tier_fields({**defaults, **values})
    values["total_amount_fen"] = values.get("opening_balance_fen", 0)
    year = unit.now.astimezone(ZoneInfo(unit.core.rules.zone)).year
    number = str(data.get("customer_no") or "")
    if number:
        values |= claimed_number(unit, number)
    else:
        values |= given_number(unit, year)
    new = unit.add(customer, {**values, "source": source, "source_key": source_key})
    unit.made(customer, new)
    unit.log(
        "customer",
        new,
        "created",
        changes={"customer_no": [None, values["customer_no"]], "name": [None, values["name"]]},
        customer_id=new,
    )
    if tags:
        set_tags(unit, new, tags)
    for one in contacts:
        contact_rules.insert_contact(unit, new, one)
    index_names(unit, new)
    return new


def given_number(unit: Unit, year: int) -> dict[str, Any]:
    """The next number of the year, stepping over numbers that an import claimed."""
    return given_numbers(unit, year, 1)[0]


def given_numbers(unit: Unit, year: int, count: int) -> list[dict[str, Any]]:
    """The next ``count`` numbers of the year, for those who write many customers at once."""
    found: list[dict[str, Any]] = []
    while missing := count - len(found):
        first = unit.next_number("customer", year, count=missing)
        numbers = {format_customer_no(year, n): n for n in range(first, first + missing)}
        query = select(customer.c.customer_no).where(customer.c.customer_no.in_(numbers))
        taken = set(unit.conn.execute(query).scalars())
        found += [
            {"customer_no": number, "no_year": year, "no_seq": sequence}
            for number, sequence in numbers.items()
            if number not in taken
        ]
    return found


def claimed_number(unit: Unit, number: str) -> dict[str, Any]:
    """A number that an import or the demo brings with it; refused when taken or malformed."""
    from crm_tui.domain.numbers import parse_customer_no

    year, sequence = parse_customer_no(number)
    if unit.conn.execute(select(customer.c.id).where(customer.c.customer_no == number)).first():
        raise ValidationError(
            msg("The customer number {number} is taken", number=number),
            field="customer_no",
            code="number_taken",
        )
    return {"customer_no": number, "no_year": year, "no_seq": sequence}


def checked(unit: Unit, data: Mapping[str, Any], row: RowMapping | None) -> dict[str, Any]:
    """The fields of ``data`` after validation by the record's description, core needs among them.

    Refuses fields that nobody has and computed ones, unless they say what is so anyway.
    """
    if row is not None and "customer_no" in data and data["customer_no"] != row["customer_no"]:
        raise ValidationError(
            msg("A customer number is given once and never changes"),
            field="customer_no",
            code="number_fixed",
        )
    specs = fields(kind("customer"))
    given = {k: v for k, v in data.items() if k != "customer_no"}
    for name in [n for n in given if n in specs and specs[n].computed]:
        value = given.pop(name)
        if value not in (None, "") and (row is None or row.get(name) != value):
            raise ValidationError(
                msg("{field} is worked out, not typed", field=Msg(specs[name].label)),
                field=name,
                code="computed",
            )
    base = {k: row[k] for k in EDITABLE} if row is not None else {}
    clean = validate(kind("customer"), {**base, **resolved(unit, specs, given)}).model_dump()
    values = {k: clean[k] for k in EDITABLE if k in given or row is None}
    values = {k: str(v) if k in ENUMS else v for k, v in values.items() if v is not None or row}
    if "core_need_tags" in given:
        values["core_need_tags"] = clean_tags(clean["core_need_tags"])
    return values


ENUMS = frozenset({"lifecycle_stage", "segment", "key_account_level", "potential_class"})


def customer_tags(unit: Unit, customer_id: int) -> list[str]:
    """Need tags in their order (R-009)."""
    query = (
        select(tag.c.name)
        .join(customer_tag, customer_tag.c.tag_id == tag.c.id)
        .where(customer_tag.c.customer_id == customer_id)
        .order_by(customer_tag.c.position)
    )
    return [r.name for r in unit.conn.execute(query)]


def clean_tags(names: Sequence[str]) -> list[str]:
    """Tags without blanks and doubles, in their order."""
    return list(dict.fromkeys(n.strip() for n in names if n.strip()))


def set_tags(unit: Unit, customer_id: int, names: Sequence[str]) -> None:
    """Replace the tags of a customer, making unknown ones."""
    unit.conn.execute(delete(customer_tag).where(customer_tag.c.customer_id == customer_id))
    for position, name in enumerate(names):
        found = unit.conn.execute(select(tag.c.id).where(tag.c.name == name)).scalar_one_or_none()
        tag_id = found if found is not None else unit.add(tag, {"name": name})
        unit.conn.execute(
            insert(customer_tag).values(customer_id=customer_id, tag_id=tag_id, position=position)
        )


def _undo_tags(unit: Unit, args: Mapping[str, Any]) -> None:
    item, old, new = int(args["customer"]), list(args["old"]), list(args["new"])
    set_tags(unit, item, old)
    unit.inverse("customer_tags", customer=item, old=new, new=old)
    unit.log("customer", item, "undone", changes={"core_need_tags": [new, old]}, customer_id=item)


def list_query() -> Any:
    """The narrow columns of the customer list."""
    return select(
        customer.c.id,
        customer.c.customer_no,
        customer.c.no_year,
        customer.c.no_seq,
        customer.c.row_version,
        customer.c.name,
        customer.c.industry,
        customer.c.region,
        customer.c.segment,
        customer.c.service_tier,
        customer.c.primary_decision_maker,
        customer.c.total_amount_fen,
        customer.c.last_cooperation_on,
        customer.c.updated_at,
        staff.c.name.label("manager"),
    ).select_from(customer.outerjoin(staff, staff.c.id == customer.c.manager_id))


def customer_row(row: RowMapping, open_tickets: int, sort: str) -> CustomerRow:
    """A list row, display-safe."""
    return CustomerRow(
        id=row["id"],
        customer_no=row["customer_no"],
        version=row["row_version"],
        name=display(row["name"]),
        industry=display(row["industry"]),
        region=display(row["region"]),
        segment=row["segment"],
        tier=row["service_tier"],
        decision_maker=display(row["primary_decision_maker"]),
        manager=display(row["manager"] or ""),
        total_amount_fen=row["total_amount_fen"],
        last_cooperation_on=row["last_cooperation_on"],
        open_tickets=open_tickets,
        sort_key=tuple(row[k.name] for k in SORTS[sort]),
    )


def open_counts(unit: Unit, ids: Sequence[int]) -> dict[int, int]:
    """Open tickets of these customers."""
    if not ids:
        return {}
    query = (
        select(ticket.c.customer_id, func.count())
        .where(OPEN, ticket.c.customer_id.in_(ids))
        .group_by(ticket.c.customer_id)
    )
    return {int(r[0]): int(r[1]) for r in unit.conn.execute(query)}


def shown_field(row: RowMapping, name: str) -> Any:
    """A field's value, display-safe."""
    value = row[name]
    return display(value, lines=True) if isinstance(value, str) else value


def duration(start: date | None, today: date) -> Msg | None:
    """Cooperation so far, computed and never typed (R-007): whole years, else whole months."""
    if start is None or start > today:
        return None
    months = (today.year - start.year) * 12 + today.month - start.month - (today.day < start.day)
    if months >= 12 and months % 12 == 0:
        return msg("{years} years", years=months // 12)
    if months >= 12:
        return msg("{years} years {months} months", years=months // 12, months=months % 12)
    return msg("{months} months", months=months)


def quality_warnings(unit: Unit, row: RowMapping) -> tuple[Msg, ...]:
    """What the profile should have and has not (R-021)."""
    found: list[Msg] = []
    if row["service_tier"] == "A" and not row["expert_ids"]:
        found.append(msg("Tier A needs at least one expert beside the manager (1+N)"))
    if row["manager_id"] is None:
        found.append(msg("No customer manager"))
    return tuple(found)
