"""Who sees and does what: surfaces by roles, verbs by roles, data at rest (R-005, R-006, R-299 to R-301)."""

import base64
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from crm_tui.cli.main import main
from crm_tui.db.crypto import KeyRing
from crm_tui.db.maintenance import backup
from crm_tui.db.schema.customers import contact
from crm_tui.db.schema.log import activity, undo_entry
from crm_tui.db.transfer import dump_tables
from crm_tui.domain.errors import DomainError, PermissionDenied, Unavailable, ValidationError
from crm_tui.domain.records.base import fields
from crm_tui.domain.records.registry import REGISTRY
from crm_tui.services import masking
from crm_tui.services.core import Core
from crm_tui.services.facade import wire
from crm_tui.services.permissions import RANK
from crm_tui.services.result import Result
from crm_tui.settings import Places
from tests.services.conftest import Desk

PERSONAL = {
    "phone": "13912340001",
    "email": "wang.zong@example.com",
    "wechat": "wx_wang_zong_88",
    "address": "上海市静安区虚构路100号",
    "id_document_no": "110101199003070011",
    "birthday": "1990-03-07",
}
REPORTER = "13700007777"
MASKED = {
    "phone": "139****0001",
    "email": "w****@example.com",
    "wechat": "w****",
    "address": "上****",
    "id_document_no": "****11",
    "birthday": "1****",
}
OPEN_FIELDS = ("phone", "email", "wechat", "address")
"""Shown to those who serve the customer; document and birthday only by revealing them."""


@pytest.fixture
def served(desk: Desk) -> tuple[int, int, int]:
    """A customer with a contact whose every field is personal, and the department's ticket of it."""
    customer = desk.services.customers.create(
        {"name": "A公司"},
        actor=desk.actor("ana"),
        contacts=[{"name": "王总", "job_title": "总监", "is_decision_maker": True, **PERSONAL}],
    )
    key = desk.services.contacts.ids_of(customer, actor=desk.actor("root"))[0]
    ticket = desk.ticket(customer_id=customer, contact_id=key, contact_info=REPORTER)
    desk.services.tickets.take([ticket], actor=desk.actor("ana")).one()
    desk.services.contacts.change(key, {"job_title": "采购总监"}, actor=desk.actor("root")).one()
    return customer, key, ticket


def staff_of_every_role(desk: Desk) -> dict[str, str]:
    """Logins by role and whether they serve the customer: ``viewer here``, ``viewer elsewhere``."""
    org, root = desk.services.org, desk.actor("root")
    found = {}
    for role in RANK:
        for place, department in (("here", "after_sales"), ("elsewhere", "product")):
            login = f"{role}.{place}"
            org.add_staff(login, login, role=role, department=department, actor=root)
            found[f"{role} {place}"] = login
    return found


def leaked(shown: str) -> set[str]:
    """The personal fields whose plain value stands in what was shown."""
    return {name for name, value in {**PERSONAL, "reporter": REPORTER}.items() if value in shown}


# Surfaces by roles


def service_surfaces(
    desk: Desk, login: str, customer: int, ticket: int
) -> dict[str, Callable[[], Any]]:
    """What the services show of a customer."""
    services, actor = desk.services, desk.actor(login)
    return {
        "list": lambda: (
            services.customers.page("", actor=actor),
            services.customers.rows([customer], actor=actor),
            services.views.page("", actor=actor),
        ),
        "profile": lambda: (
            services.customers.view(customer, actor=actor),
            services.views.view(ticket, actor=actor),
        ),
        "search": lambda: [
            services.find.find(words, actor=actor)
            for words in (PERSONAL["phone"], "0001", "A公司", "王总", "wang", "110101")
        ],
        "timeline": lambda: (
            services.views.customer_timeline(customer, actor=actor),
            services.views.timeline(ticket, actor=actor),
        ),
        "audit": lambda: services.audit.entries(actor=actor),
    }


ALL = frozenset({*OPEN_FIELDS, "reporter"})
SEES: Mapping[str, frozenset[str]] = {
    "viewer here": frozenset(),
    "viewer elsewhere": frozenset(),
    "agent here": ALL,
    "agent elsewhere": frozenset(),
    "lead here": ALL,
    "lead elsewhere": frozenset(),
    "manager here": ALL,
    "manager elsewhere": frozenset(),
    "admin here": ALL,
    "admin elsewhere": ALL,
}
"""What stands unmasked on the profile; on every other surface nothing does, for nobody."""
READS_THE_WHOLE_AUDIT = frozenset({"manager", "admin"})


@pytest.mark.req("R-300", "R-301")
def test_six_surfaces_by_five_roles(
    desk: Desk,
    served: tuple[int, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    customer, _, ticket = served
    logins = staff_of_every_role(desk)
    assert logins.keys() == SEES.keys()
    command = command_line(desk, tmp_path, monkeypatch, capsys)
    for who, login in logins.items():
        role = who.split()[0]
        for surface, read in service_surfaces(desk, login, customer, ticket).items():
            if surface == "audit" and role not in READS_THE_WHOLE_AUDIT:
                with pytest.raises(PermissionDenied):
                    read()
                continue
            wanted = SEES[who] if surface == "profile" else frozenset()
            assert leaked(repr(read())) == wanted, f"{surface} of {who}"
        for kind, subject in (("customer", customer), ("contact", served[1]), ("ticket", ticket)):
            trail = desk.services.audit.entries(
                actor=desk.actor(login), kind=kind, subject_id=subject
            )
            assert trail and not leaked(repr(trail)), who
        for surface, words in COMMANDS.items():
            status, shown = command(login, *words)
            refused = surface == "audit" and role not in READS_THE_WHOLE_AUDIT
            assert status == (1 if refused else 0), f"{surface} of {who}: {shown}"
            wanted = SEES[who] if surface in ("profile", "ticket") else frozenset()
            hidden = {"reporter"} if surface == "profile" else set(OPEN_FIELDS)
            assert leaked(shown) == wanted - hidden, f"{surface} of {who}"


@pytest.mark.req("R-300")
def test_masked_values_look_alike_on_every_surface_that_has_them(
    desk: Desk, served: tuple[int, int, int]
) -> None:
    customer, _, ticket = served
    for login in ("vic", "pat"):
        actor = desk.actor(login)
        view = desk.services.customers.view(customer, actor=actor).contacts[0]
        assert {name: getattr(view, name) for name in PERSONAL} == MASKED
        assert view.masked
        assert desk.services.views.view(ticket, actor=actor).fields["contact_info"] == (
            "137****7777"
        )
    view = desk.services.customers.view(customer, actor=desk.actor("ana")).contacts[0]
    assert {n: getattr(view, n) for n in OPEN_FIELDS} == {n: PERSONAL[n] for n in OPEN_FIELDS}
    assert (view.id_document_no, view.birthday) == (MASKED["id_document_no"], MASKED["birthday"])


COMMANDS = {
    "list": ("customer", "list", "--json"),
    "profile": ("customer", "show", "C2024001", "--json"),
    "list as text": ("customer", "list"),
    "ticket": ("ticket", "show", "T-1", "--json"),
    "search": ("search", PERSONAL["phone"], "--json"),
    "timeline": ("ticket", "history", "T-1", "--json"),
    "audit": ("audit", "list", "--limit", "0", "--json"),
    "export of customers": ("export", "customers", "{folder}/c.csv"),
    "export of tickets": ("export", "tickets", "{folder}/t.json"),
}


def command_line(
    desk: Desk,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., tuple[int, str]]:
    """Runs a command as somebody; answers its status and all it printed or wrote to a file."""
    desk.core.keyring.save(folder / "field.key")
    url = desk.core.engine.url
    monkeypatch.setenv("CRM_TUI_DB", url.render_as_string(hide_password=False))
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(folder / "field.key"))

    def run(login: str, *words: str) -> tuple[int, str]:
        monkeypatch.setenv("LOGNAME", login)
        status = main([w.format(folder=folder) for w in words])
        out, err = capsys.readouterr()
        for path in [*folder.glob("c.csv"), *folder.glob("t.json")]:
            out += path.read_text("utf-8-sig")
            path.unlink()
        return status, out + err

    return run


# Revealing


@pytest.mark.req("R-300", "R-306")
@pytest.mark.parametrize("field", PERSONAL)
def test_revealing_needs_a_manager_and_a_reason_and_is_logged(
    desk: Desk, served: tuple[int, int, int], field: str
) -> None:
    contacts, audit = desk.services.contacts, desk.services.audit
    _, key, _ = served
    for login in ("vic", "ana", "lee", "pat"):
        before = audit.last_seq()
        with pytest.raises(PermissionDenied):
            contacts.reveal(key, field, actor=desk.actor(login), reason="curious")
        assert audit.last_seq() == before
    for reason in ("", "  "):
        with pytest.raises(ValidationError):
            contacts.reveal(key, field, actor=desk.actor("head"), reason=reason)
    for login in ("head", "root"):
        shown = contacts.reveal(key, field, actor=desk.actor(login), reason="identity check")
        assert shown == PERSONAL[field]
        entry = audit.entries(actor=desk.actor("root"), limit=1)[0]
        assert (entry.verb, entry.actor, entry.reason) == ("revealed", login, "identity check")
        assert dict(entry.changes) == {field: ("****", "****")}


@pytest.mark.req("R-300")
def test_what_is_masked_is_not_changed_unseen(desk: Desk, served: tuple[int, int, int]) -> None:
    contacts, root = desk.services.contacts, desk.actor("root")
    customer, key, _ = served
    pat = desk.actor("pat")
    for field in OPEN_FIELDS:
        refused = contacts.change(key, {field: "13800000000"}, actor=pat)
        assert refused.refused and refused.outcomes[0].error is not None
        assert refused.outcomes[0].error.field == field
    contacts.change(key, {**MASKED, "job_title": "CEO"}, actor=pat).one()
    view = desk.services.customers.view(customer, actor=root).contacts[0]
    assert {n: getattr(view, n) for n in OPEN_FIELDS} == {n: PERSONAL[n] for n in OPEN_FIELDS}
    for field in ("id_document_no", "birthday"):
        assert contacts.reveal(key, field, actor=root, reason="x") == PERSONAL[field]
    assert view.job_title == "CEO"
    with pytest.raises(ValidationError):
        contacts.reveal(key, "name", actor=root, reason="x")


# Verbs by roles


def verbs(desk: Desk, login: str, served: tuple[int, int, int]) -> dict[str, Callable[[], Any]]:
    """Acts beside those on tickets, each with the role that may do it."""
    services, actor = desk.services, desk.actor(login)
    customer, key, _ = served
    lee = desk.actor("lee").staff_id
    return {
        "agent customers.create": lambda: services.customers.create({"name": "N"}, actor=actor),
        "agent customers.change": lambda: services.customers.change(
            customer, {"region": login}, actor=actor
        ),
        "lead customers.manager": lambda: services.customers.change(
            customer, {"manager_id": lee}, actor=actor
        ),
        "agent contacts.add": lambda: services.contacts.add(customer, {"name": "N"}, actor=actor),
        "agent contacts.change": lambda: services.contacts.change(
            key, {"job_title": login}, actor=actor
        ),
        "manager contacts.reveal": lambda: services.contacts.reveal(
            key, "phone", actor=actor, reason="r"
        ),
        "agent registers.create": lambda: services.registers.create(
            "requirement",
            {"customer_id": customer, "type": "product", "description": "d"},
            actor=actor,
        ),
        "lead imports": lambda: services.imports.write_customers([], actor=actor),
        "manager audit.entries": lambda: services.audit.entries(actor=actor),
        "manager audit.verify": lambda: services.audit.verify(actor=actor),
        "admin kinds": lambda: services.kinds.set(["complaint"], actor=actor),
        "admin staff": lambda: services.org.add_staff(f"{login}.x", "X", role="agent", actor=actor),
        "admin staff.change": lambda: services.org.change_staff(lee, {"name": login}, actor=actor),
        "admin head": lambda: services.org.set_head("sales", "lee", actor=actor),
        "admin team": lambda: services.org.add_to_team("special_service", login, actor=actor),
        "admin policy": lambda: services.policies.change_line(
            "first_response_a", {"amount": 3600}, actor=actor, reason="r"
        ),
    }


def refusal_of(act: Callable[[], Any]) -> DomainError | None:
    """Why an act is refused, or None."""
    try:
        result = act()
    except DomainError as error:
        return error
    return result.outcomes[0].error if isinstance(result, Result) else None


@pytest.mark.req("R-300")
@pytest.mark.parametrize("role", RANK)
def test_verbs_by_roles(desk: Desk, served: tuple[int, int, int], role: str) -> None:
    desk.services.org.add_staff(
        "me", "Me", role=role, department="after_sales", actor=desk.actor("root")
    )
    for name, act in verbs(desk, "me", served).items():
        needed = name.split()[0]
        error = refusal_of(act)
        if RANK[role] >= RANK[needed]:
            assert error is None, f"{name}: {error}"
        else:
            assert error is not None and error.code == "role_needed", name


# At rest


def decoded(value: Any) -> Iterable[bytes]:
    """Everything that stands in a stored value, the bytes in base64 as themselves."""
    if isinstance(value, dict):
        if "$b" in value:
            yield base64.b64decode(value["$b"])
        for part in value.values():
            yield from decoded(part)
    elif isinstance(value, list):
        for part in value:
            yield from decoded(part)
    elif isinstance(value, bytes):
        yield value
    elif value is not None:
        yield str(value).encode()


def at_rest(desk: Desk, folder: Path) -> dict[str, bytes]:
    """All bytes that a thief would find, by where."""
    engine = desk.core.engine
    found: dict[str, bytes] = {}
    if engine.dialect.name == "sqlite":
        path = Path(engine.url.database or "")
        for file in path.parent.glob(f"{path.name}*"):
            found[file.name] = file.read_bytes()
        assert f"{path.name}-wal" in found
    with engine.connect() as conn:
        (folder / "tables").mkdir()
        dump_tables(conn, folder / "tables")
        raw: list[bytes] = []
        for name in ("contact", "ticket", "activity", "undo_entry", "fts_customer", "fts_ticket"):
            for row in conn.execute(text(f"SELECT * FROM {name}")):
                raw += [part for value in row for part in decoded(value)]
        for entry in conn.execute(select(undo_entry.c.steps)):
            raw += decoded(entry.steps)
        for event in conn.execute(select(activity.c.changes, activity.c.data)):
            raw += [*decoded(event.changes), *decoded(event.data)]
        found["rows"] = b"\n".join(raw)
    backup(engine, desk.core.files, folder / "copy", now=desk.now)
    for file in (p for part in ("tables", "copy") for p in (folder / part).rglob("*")):
        if file.is_file():
            found[str(file.relative_to(folder))] = file.read_bytes()
    return found


@pytest.mark.req("R-005", "R-006", "R-299")
def test_nothing_personal_lies_in_the_store_its_journal_its_copy_or_the_logs(
    desk: Desk,
    served: tuple[int, int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    services, root = desk.services, desk.actor("root")
    customer, key, ticket = served
    other = {
        "phone": "13655554444",
        "email": "later@example.org",
        "wechat": "wx_later_99",
        "address": "北京市海淀区虚构街2号",
        "id_document_no": "110101198001010022",
        "birthday": "1980-01-01",
    }
    services.contacts.change(key, other, actor=root).one()
    services.undo.undo(actor=root)
    services.undo.redo(actor=root)
    services.contacts.add(customer, {"name": "乙", **PERSONAL}, actor=root)
    services.contacts.reveal(key, "phone", actor=root, reason="call back")
    services.tickets.edit(ticket, {"contact_info": "13599998888"}, actor=desk.actor("ana")).one()
    services.imports.write_customers(
        [("k", "d", {"name": "C", "contacts": [{"name": "丙", **other}]})], actor=root
    )
    for words in (*PERSONAL.values(), *other.values(), "0001"):
        services.find.find(words, actor=root)
    command = command_line(desk, tmp_path, monkeypatch, capsys)
    status, shown = command(
        "root", "customer", "contact", "C2024001", "--name", "丁", "--phone", "1" * 61
    )
    assert (status, "1" * 61 in shown) == (1, False)
    # A defect in the midst of writing personal data.
    monkeypatch.setattr(
        "crm_tui.services.contacts.sealed_columns", lambda unit, values: values["phone"] // 2
    )
    status, _ = command(
        "root", "customer", "contact", "C2024001", "--name", "丁", "--phone", PERSONAL["phone"]
    )
    assert status == 1
    logs = list(Places.of_user().logs.iterdir())
    assert [p.name.split("-")[0] for p in logs] == ["crash"]
    (tmp_path / "look").mkdir()
    found = at_rest(desk, tmp_path / "look") | {p.name: p.read_bytes() for p in logs}
    secrets = {*PERSONAL.values(), *other.values(), REPORTER, "13599998888"}
    for place, content in found.items():
        assert content or place.endswith(("-shm", "-wal", ".jsonl")), place
        for secret in secrets:
            assert secret.encode() not in content, f"{secret} in {place}"
    assert "乙".encode() in found["rows"]


@pytest.mark.req("R-006", "R-299")
def test_equal_values_lie_there_differently_and_are_found_exactly(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    made = [
        services.customers.create({"name": name}, actor=ana, contacts=[{"name": name, **PERSONAL}])
        for name in ("A", "B")
    ]
    with desk.core.engine.connect() as conn:
        rows = conn.execute(select(contact)).mappings().all()
    for field in PERSONAL:
        first, second = (r[f"{field}_sealed"] for r in rows)
        assert first != second
        # One byte of key id, twelve of nonce, the text and sixteen of tag.
        assert len(first) == 29 + len(PERSONAL[field].encode())
    contacts = services.contacts
    for typed in ("13912340001", "+86 139-1234-0001", "0086 139 1234 0001", "0001", " 0001 "):
        assert contacts.find_by_phone(typed, actor=ana) == made, typed
    for typed in ("13912340002", "1391234000", "0002", "001", "", "x"):
        assert contacts.find_by_phone(typed, actor=ana) == [], typed
    for typed in ("110101199003070011", "110101 19900307 0011", "１１０１０１199003070011"):
        assert contacts.find_by_document(typed, actor=ana) == made, typed
    assert contacts.find_by_document("110101199003070012", actor=ana) == []
    assert contacts.find_by_email("WANG.ZONG@Example.com ", actor=ana) == made
    assert contacts.find_by_email("wang.zong@example.co", actor=ana) == []
    services.contacts.change(
        contacts.ids_of(made[0], actor=ana)[0], {"id_document_no": ""}, actor=ana
    ).one()
    assert contacts.find_by_document("110101199003070011", actor=ana) == made[1:]


@pytest.mark.req("R-299")
def test_a_new_key_seals_and_the_old_one_still_opens_and_finds(
    desk: Desk, served: tuple[int, int, int]
) -> None:
    customer, key, _ = served
    root = desk.actor("root")
    rings = {"old": desk.core.keyring, "new": desk.core.keyring.with_new_key()}
    services = wire(
        Core(desk.core.engine, desk.core.clock, rings["new"], desk.core.files, desk.core.rules)
    )
    assert services.contacts.find_by_phone(PERSONAL["phone"], actor=root) == [customer]
    assert services.contacts.reveal(key, "email", actor=root, reason="r") == PERSONAL["email"]
    services.contacts.change(key, {"phone": "13800000009"}, actor=root).one()
    with desk.core.engine.connect() as conn:
        row = conn.execute(select(contact)).mappings().one()
    assert (row["phone_sealed"][0], row["email_sealed"][0]) == (2, 1)
    assert services.contacts.find_by_phone("13800000009", actor=root) == [customer]
    assert not rings["new"].is_current(row["email_sealed"])
    # Who lost the new key says so instead of showing something else.
    with pytest.raises(Unavailable) as refused:
        desk.services.contacts.reveal(key, "phone", actor=root, reason="r")
    assert refused.value.code == "wrong_key"


@pytest.mark.req("R-299")
def test_with_another_key_nothing_opens_and_nothing_is_found(
    desk: Desk, served: tuple[int, int, int]
) -> None:
    customer, key, _ = served
    root = desk.actor("root")
    core = replace(desk.core, keyring=KeyRing.generate(), before_commit=[], inverses={}, cache={})
    services = wire(core)
    assert services.contacts.find_by_phone(PERSONAL["phone"], actor=root) == []
    for act in (
        lambda: services.contacts.reveal(key, "phone", actor=root, reason="r"),
        lambda: services.customers.view(customer, actor=root),
        lambda: services.contacts.change(key, {"job_title": "x"}, actor=root),
    ):
        error = refusal_of(act)
        assert error is not None and error.code == "wrong_key"
    assert not any(e.verb == "revealed" for e in services.audit.entries(actor=root, kind="contact"))


def test_every_personal_field_is_sealed_where_it_is_stored() -> None:
    from crm_tui.db.schema.base import metadata
    from crm_tui.db.schema.registers import TABLES

    assert TABLES
    for name, kind in REGISTRY.items():
        table = metadata.tables.get(name)
        for field, spec in fields(kind).items():
            if spec.sensitivity in ("personal", "secret") and not spec.computed:
                assert table is not None, f"{name} has no table of its own"
                assert f"{field}_sealed" in table.c, f"{name}.{field}"
                assert field not in table.c, f"{name}.{field}"


def test_masks() -> None:
    assert masking.mask_phone("13912340001") == "139****0001"
    assert masking.mask_phone("123") == "****3"
    assert masking.mask_phone("8234567") == "****7"
    assert masking.mask_any("w@example.com") == "w****@example.com"
    assert masking.mask_any("微信王") == "微****"
    assert masking.mask_any("13912340001") == "139****0001"
    for mask in (
        masking.mask_phone,
        masking.mask_document,
        masking.mask_text,
        masking.mask_email,
    ):
        assert mask("") == ""
