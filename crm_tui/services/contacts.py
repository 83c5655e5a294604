"""Contacts: personal values sealed at rest, masked unless the reader serves the customer (R-004 to R-006)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, or_, select

from crm_tui.db.crypto import normalise_document, normalise_email, normalise_phone
from crm_tui.db.schema.customers import contact, customer
from crm_tui.db.schema.tickets import OPEN, ticket, ticket_person
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.records.base import validate
from crm_tui.domain.records.registry import kind
from crm_tui.domain.text import display
from crm_tui.services.actor import Actor
from crm_tui.services.core import Core
from crm_tui.services.customer_names import index_names, refresh_primary
from crm_tui.services.dto import ContactView
from crm_tui.services.masking import mask_document, mask_email, mask_phone, mask_text
from crm_tui.services.permissions import may_see_personal, need_reveal, need_role
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

SEALED = ("phone", "email", "wechat", "address", "id_document_no", "birthday")
MASKS = {
    "phone": mask_phone,
    "email": mask_email,
    "wechat": mask_text,
    "address": mask_text,
    "id_document_no": mask_document,
    "birthday": mask_text,
}
ALWAYS_MASKED = frozenset({"id_document_no", "birthday"})
PLAIN = ("name", "job_title", "is_decision_maker", "is_primary")


def sealed_columns(unit: Unit, values: Mapping[str, Any]) -> dict[str, Any]:
    """Ciphertexts and blind indexes of the personal fields among ``values``."""
    ring = unit.core.keyring
    columns: dict[str, Any] = {}
    for name in SEALED:
        if name not in values:
            continue
        text = "" if values[name] is None else str(values[name]).strip()
        columns[f"{name}_sealed"] = ring.seal(f"contact.{name}", text) if text else None
        if name == "phone":
            normal = normalise_phone(text) if text else ""
            columns["phone_index"] = ring.blind("phone", normal) if normal else None
            columns["phone_last4_index"] = ring.blind_last4("phone", normal) if normal else None
        elif name == "email":
            columns["email_index"] = ring.blind("email", normalise_email(text)) if text else None
        elif name == "id_document_no":
            normal = normalise_document(text) if text else ""
            columns["id_document_no_index"] = ring.blind("document", normal) if normal else None
    return columns


def opened(unit: Unit, row: Mapping[Any, Any], name: str) -> str:
    """A personal value in plain text; empty where there is none."""
    sealed = row[f"{name}_sealed"]
    return "" if sealed is None else unit.core.keyring.open(f"contact.{name}", sealed)


def insert_contact(unit: Unit, customer_id: int, data: Mapping[str, Any]) -> int:
    """Write a contact inside a transaction; the first decision maker is the primary one."""
    clean = validate(kind("contact"), data).model_dump()
    values: dict[str, Any] = {k: clean[k] for k in PLAIN}
    if values["is_decision_maker"] and not has_primary(unit, customer_id):
        values["is_primary"] = True
    if values["is_primary"]:
        unset_primary(unit, customer_id)
    values |= sealed_columns(unit, {k: v for k, v in clean.items() if k in SEALED})
    new = unit.add(contact, {"customer_id": customer_id, **values})
    unit.made(contact, new)
    unit.log(
        "contact", new, "created", changes={"name": [None, values["name"]]}, customer_id=customer_id
    )
    refresh_primary(unit, customer_id)
    index_names(unit, customer_id)
    return new


def has_primary(unit: Unit, customer_id: int) -> bool:
    """Whether the customer has a primary decision maker."""
    query = select(contact.c.id).where(
        contact.c.customer_id == customer_id,
        contact.c.is_primary.is_(True),
        contact.c.archived.is_(False),
    )
    return unit.conn.execute(query.limit(1)).first() is not None


def unset_primary(unit: Unit, customer_id: int, keep: int | None = None) -> None:
    """One primary decision maker at most; undoing brings the former one back."""
    query = select(contact).where(
        contact.c.customer_id == customer_id,
        contact.c.is_primary.is_(True),
        contact.c.id != (keep or 0),
        contact.c.archived.is_(False),
    )
    for row in unit.conn.execute(query).mappings().all():
        diff = unit.change(contact, row, {"is_primary": False})
        unit.log("contact", row["id"], "changed", changes=diff, customer_id=customer_id)


def serves(unit: Unit, actor: Actor, customer_id: int) -> bool:
    """Whether the actor or their department has an open ticket of this customer."""
    shared = select(ticket_person.c.ticket_id).where(ticket_person.c.staff_id == actor.staff_id)
    query = (
        select(ticket.c.id)
        .where(
            OPEN,
            ticket.c.customer_id == customer_id,
            or_(
                ticket.c.owner_id == actor.staff_id,
                ticket.c.first_responsible_id == actor.staff_id,
                ticket.c.department_id == (actor.department_id or -1),
                ticket.c.department_id.in_(actor.headed_department_ids),
                ticket.c.id.in_(shared),
            ),
        )
        .limit(1)
    )
    return unit.conn.execute(query).first() is not None


def sees_personal(unit: Unit, customer_row: Mapping[Any, Any]) -> bool:
    """Whether the reader of this unit sees the customer's contact details unmasked."""
    own = serves(unit, unit.actor, customer_row["id"])
    return may_see_personal(unit.actor, customer_row, on_own_ticket=own)


def views(unit: Unit, customer_row: Mapping[Any, Any]) -> tuple[ContactView, ...]:
    """The customer's contacts, primary first, masked by permission."""
    plain = sees_personal(unit, customer_row)
    query = (
        select(contact)
        .where(contact.c.customer_id == customer_row["id"], contact.c.archived.is_(False))
        .order_by(contact.c.is_primary.desc(), contact.c.is_decision_maker.desc(), contact.c.id)
    )
    return tuple(view(unit, r, plain) for r in unit.conn.execute(query).mappings())


def view(unit: Unit, row: RowMapping, plain: bool) -> ContactView:
    """One contact as shown."""
    shown = {}
    for name in SEALED:
        value = display(opened(unit, row, name))
        shown[name] = value if plain and name not in ALWAYS_MASKED else MASKS[name](value)
    return ContactView(
        id=row["id"],
        version=row["row_version"],
        name=display(row["name"]),
        job_title=display(row["job_title"]),
        is_decision_maker=row["is_decision_maker"],
        is_primary=row["is_primary"],
        masked=not plain,
        **shown,
    )


class ContactService:
    """Contacts: add, change, reveal."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def add(self, customer_id: int, data: Mapping[str, Any], *, actor: Actor) -> int:
        """Add a contact to a customer."""
        with self._core.write(actor) as unit:
            need_role(actor, "agent")
            unit.row(customer, customer_id, msg("customer"))
            unit.label = msg("Contact added")
            return insert_contact(unit, customer_id, data)

    def change(
        self,
        contact_id: int,
        data: Mapping[str, Any],
        *,
        actor: Actor,
        expected: int | None = None,
    ) -> Result:
        """Change a contact; personal fields left out stay as they are."""

        def work(unit: Unit, item: int) -> Msg | None:
            need_role(actor, "agent")
            row = unit.row(contact, item, msg("contact"))
            owner = unit.row(customer, row["customer_id"])
            hidden = SEALED if not sees_personal(unit, owner) else tuple(ALWAYS_MASKED)
            for name in hidden:
                if name in data and MASKS[name](opened(unit, row, name)) == data[name]:
                    continue
                if name in data and name not in ALWAYS_MASKED and opened(unit, row, name):
                    raise ValidationError(
                        msg("This value is masked for you; it cannot be changed unseen"), field=name
                    )
            given = {
                k: v
                for k, v in data.items()
                if k not in SEALED or MASKS[k](opened(unit, row, k)) != v
            }
            base = {k: row[k] for k in PLAIN} | {k: opened(unit, row, k) or None for k in SEALED}
            clean = validate(kind("contact"), {**base, **given}).model_dump()
            values: dict[str, Any] = {k: clean[k] for k in PLAIN if k in given}
            changed = {
                k: clean[k] for k in SEALED if k in given and str(clean[k] or "") != (base[k] or "")
            }
            values |= sealed_columns(unit, changed)
            if values.get("is_primary"):
                unset_primary(unit, row["customer_id"], keep=item)
            diff = unit.change(contact, row, values, expected=expected)
            diff = {
                k.removesuffix("_sealed"): v for k, v in diff.items() if not k.endswith("_index")
            }
            if not diff:
                return None
            unit.log("contact", item, "changed", changes=diff, customer_id=row["customer_id"])
            refresh_primary(unit, row["customer_id"])
            index_names(unit, row["customer_id"])
            return None

        return self._core.each(actor, [contact_id], msg("Contact changed"), work)

    def reveal(self, contact_id: int, field: str, *, actor: Actor, reason: str) -> str:
        """The plain value of a masked field; an audited act with a reason (R-300)."""
        if field not in SEALED:
            raise ValidationError(
                msg("A field that can be revealed is one of {fields}", fields=", ".join(SEALED)),
                field="field",
            )
        if not reason.strip():
            raise ValidationError(msg("Say why the value must be revealed"), field="reason")
        with self._core.write(actor) as unit:
            need_reveal(actor)
            row = unit.row(contact, contact_id, msg("contact"))
            unit.log(
                "contact",
                contact_id,
                "revealed",
                changes={field: ["****", "****"]},
                reason=reason,
                customer_id=row["customer_id"],
            )
            return display(opened(unit, row, field))

    def find_by_phone(self, text: str, *, actor: Actor) -> list[int]:
        """Customer ids by a full phone number or its last four digits (D-34)."""
        digits = "".join(c for c in text if c.isdigit())
        if len(digits) < 4:
            return []
        ring = self._core.keyring
        with self._core.read(actor) as unit:
            if len(digits) == 4:
                index = ring.blind_last4("phone", digits)
                condition = contact.c.phone_last4_index == index
            else:
                condition = contact.c.phone_index == ring.blind("phone", normalise_phone(text))
            return _customers_by(unit, condition)

    def find_by_document(self, text: str, *, actor: Actor) -> list[int]:
        """Customer ids by an exact identity document number (R-006)."""
        with self._core.read(actor) as unit:
            index = self._core.keyring.blind("document", normalise_document(text))
            return _customers_by(unit, contact.c.id_document_no_index == index)

    def find_by_email(self, text: str, *, actor: Actor) -> list[int]:
        """Customer ids by a full e-mail address in any case (D-34)."""
        with self._core.read(actor) as unit:
            index = self._core.keyring.blind("email", normalise_email(text))
            return _customers_by(unit, contact.c.email_index == index)

    def ids_of(self, customer_id: int, *, actor: Actor) -> Sequence[int]:
        """Contact ids of a customer, primary first."""
        with self._core.read(actor) as unit:
            return [c.id for c in views(unit, unit.row(customer, customer_id, msg("customer")))]


def _customers_by(unit: Unit, condition: ColumnElement[bool], limit: int = 50) -> list[int]:
    """Customers with a listed contact that fits."""
    query = (
        select(contact.c.customer_id)
        .join(customer, customer.c.id == contact.c.customer_id)
        .where(condition, contact.c.archived.is_(False), customer.c.archived.is_(False))
        .distinct()
        .order_by(contact.c.customer_id)
        .limit(limit)
    )
    return [int(r.customer_id) for r in unit.conn.execute(query)]
