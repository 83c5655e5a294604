"""The people at a customer: choose, add, change, copy, reveal (R-004 to R-006, R-300)."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from crm_tui.domain.msg import N_
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable, fields
from crm_tui.i18n import tr
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.records import Held, Refused, Saved, allowed, edited, field_of, show_record
from crm_tui.tui.widgets.dialogs import Finder, Menu, Option, Page, paragraphs
from crm_tui.tui.widgets.form import FieldSpec, Form
from crm_tui.tui.widgets.virtual_list import Column

DETAILS: Final = (
    ("phone", N_("Phone"), "p"),
    ("email", N_("E-mail address"), "e"),
    ("wechat", N_("WeChat"), "w"),
    ("address", N_("Address"), "a"),
    ("id_document_no", N_("Identity document"), "i"),
    ("birthday", N_("Birthday"), "b"),
)
"""Personal fields with their labels and the letters of their menus."""


NEW: Final = "new"


class ContactRow:
    """A contact as a row of a list."""

    def __init__(self, contact: Any, place: int) -> None:
        self.contact = contact
        self.id: int = contact.id
        self.sort_key = (place,)


def part_of(contact: Any) -> str:
    """What part somebody has in decisions."""
    if contact.is_primary:
        return tr("primary decision maker")
    return tr("decision maker") if contact.is_decision_maker else ""


def columns() -> list[Column[Any]]:
    """The columns of the list of contacts."""
    return [
        Column(N_("Name"), 10, lambda r: (r.contact.name, "title"), most=20),
        Column(N_("Post"), 10, lambda r: (r.contact.job_title, ""), most=18),
        Column(N_("Phone"), 14, lambda r: (r.contact.phone, ""), most=18),
        Column(N_("E-mail address"), 0, lambda r: (r.contact.email, "")),
        Column(N_("WeChat"), 12, lambda r: (r.contact.wechat, ""), least=100),
        Column(N_("Part"), 10, lambda r: (part_of(r.contact), "head"), most=22),
    ]


def contact_form(screen: BaseScreen, customer_id: int, contact: Any = None) -> None:
    """Ask for a new contact, or change one; what is masked is changed by those who see it."""
    kind = registry.kind("contact")
    if not allowed(screen, "contact", quiet=contact is not None):
        if contact is not None:
            values = {n: getattr(contact, n) for n in fields(kind)}
            show_record(screen, kind, contact.name, values, {})
        return
    contacts, actor = screen.gateway.services.contacts, screen.gateway.actor
    customers = screen.gateway.services.customers
    asked: list[FieldSpec] = []
    for spec in editable(kind).values():
        value = getattr(contact, spec.name) if contact is not None else spec.default
        sealed = spec.sensitivity == "personal" and contact is not None and contact.masked
        asked.append(field_of(spec, value, screen, fixed=sealed and bool(value)))

    def reread() -> int:
        found = customers.view(customer_id, actor=actor).contacts
        return next((c.version for c in found if c.id == contact.id), 0)

    held = Held(screen, contact.version if contact is not None else 0, reread)

    def save(data: dict[str, Any], done: Saved, refused: Refused) -> None:
        def work() -> Any:
            if contact is None:
                return contacts.add(customer_id, data, actor=actor)
            changes = edited(data, asked)
            result = contacts.change(contact.id, changes, actor=actor, expected=held.version)
            result.one()
            return result

        screen.gateway.run(work, done, refused=held.refusing(refused))

    def closed(answer: Any) -> None:
        if answer is None:
            return
        if contact is None:
            screen.crm.say(tr("Contact added"))
        else:
            screen.tell(answer)
        screen.changed([])

    title = tr("New contact") if contact is None else contact.name
    screen.app.push_screen(Form(title, asked, screen.crm.terminal.theme, save), closed)


def choose_contact(
    screen: BaseScreen, customer_id: int, contacts: Sequence[Any], then: Callable[[Any], None]
) -> None:
    """Find somebody at the customer, or add somebody; ``then`` gets the contact."""

    def search(text: str) -> list[Option]:
        wanted = text.casefold()
        found = [
            Option(c, f"{c.name}  {c.job_title}".strip(), detail=f"{c.phone}  {part_of(c)}".strip())
            for c in contacts
            if wanted in f"{c.name} {c.job_title} {c.phone} {c.email}".casefold()
        ]
        return [*found[:11], Option(NEW, tr("new contact"), detail=tr("add somebody"))]

    def chosen(contact: Any) -> None:
        if contact == NEW:
            contact_form(screen, customer_id)
        elif contact is not None:
            then(contact)

    screen.app.push_screen(Finder(tr("Contacts"), screen.crm.terminal.theme, search), chosen)


def contact_menu(screen: BaseScreen, customer_id: int, contact: Any) -> None:
    """What can be done with a contact."""
    options = [
        Option("edit", tr("edit"), "e"),
        Option("copy", tr("copy phone"), "y"),
        Option("reveal", tr("reveal"), "v"),
    ]

    def chosen(verb: str | None) -> None:
        if verb == "edit":
            contact_form(screen, customer_id, contact)
        elif verb == "copy":
            copy_detail(screen, [contact])
        elif verb == "reveal":
            reveal_detail(screen, contact)

    title = f"{contact.name}  {contact.job_title}".strip()
    screen.app.push_screen(Menu(title, options, screen.crm.terminal.theme), chosen)


def copy_detail(screen: BaseScreen, contacts: Sequence[Any]) -> None:
    """Choose a phone number or an address and put it on the terminal's clipboard; it is logged."""
    profiles, actor = screen.gateway.services.profiles, screen.gateway.actor
    options = [
        Option((c, field, label), f"{tr(label)}  {getattr(c, field)}", key, c.name)
        for c in contacts
        for field, label, key in DETAILS[:4]
        if getattr(c, field)
    ]
    if len(contacts) > 1:
        options = [Option(o.value, o.label, "", o.detail) for o in options[:12]]
    if not options:
        screen.crm.say(tr("No phone or e-mail address is known"), "warning")
        return

    def chosen(value: Any) -> None:
        if value is None:
            return
        contact, field, label = value

        def then(text: str) -> None:
            # The value itself is in no message: messages are kept.
            screen.copy(text, f"{contact.name} {tr(label)}")

        screen.gateway.run(lambda: profiles.take(contact.id, field, actor=actor), then)

    screen.app.push_screen(Menu(tr("Copy"), options, screen.crm.terminal.theme), chosen)


def reveal_detail(screen: BaseScreen, contact: Any) -> None:
    """Show a masked value after saying why; the log keeps who saw it (R-300)."""
    if not allowed(screen, "reveal"):
        return
    contacts, actor = screen.gateway.services.contacts, screen.gateway.actor
    options = [
        Option((field, label), f"{tr(label)}  {getattr(contact, field)}", key)
        for field, label, key in DETAILS
        if getattr(contact, field)
    ]
    if not options:
        screen.crm.say(tr("Nothing is masked here"))
        return

    def chosen(value: Any) -> None:
        if value is None:
            return
        field, label = value

        def then(text: str) -> None:
            theme = screen.crm.terminal.theme
            screen.app.push_screen(Page(f"{contact.name}  {tr(label)}", theme, paragraphs([text])))

        screen.ask(
            tr("Why must it be seen?"),
            lambda reason: screen.gateway.run(
                lambda: contacts.reveal(contact.id, field, actor=actor, reason=reason), then
            ),
        )

    screen.app.push_screen(Menu(tr("Reveal"), options, screen.crm.terminal.theme), chosen)
