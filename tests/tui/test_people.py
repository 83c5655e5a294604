"""Customers, their profile and their contacts by keys: the service desk on the phone."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from crm_tui.bootstrap import Opened
from crm_tui.db.schema.log import activity
from crm_tui.domain.records import registry
from crm_tui.domain.records.base import editable
from crm_tui.domain.text import cell_width
from crm_tui.i18n import tr
from crm_tui.tui.app import CrmApp
from crm_tui.tui.screens.customers import CustomersScreen
from crm_tui.tui.screens.profile import ProfileScreen
from crm_tui.tui.screens.profile_pane import TABS
from crm_tui.tui.widgets.dialogs import Finder, Page, Prompt
from crm_tui.tui.widgets.form import Choice, Form
from tests.tui.driving import HOSTILE, NOW, press, running, settle, shown

BOTH = pytest.mark.parametrize("size", [(80, 24), (120, 40)])


def top(app: CrmApp) -> object:
    """What is on top now, whatever it was before."""
    return app.screen


def as_(opened: Opened, login: str) -> Opened:
    return Opened(opened.services, opened.services.org.login(login), demo=True)


def viewer(opened: Opened) -> Opened:
    services = opened.services
    root = services.org.login("root")
    services.org.add_staff("vic", "Vic", role="viewer", department="service", actor=root)
    return as_(opened, "vic")


def customer_id(opened: Opened) -> int:
    found = opened.services.customers.find_by_no("C2024001")
    assert found is not None
    return found


def with_contact(opened: Opened, **data: Any) -> int:
    given = {
        "name": "王总",
        "job_title": "采购总监",
        "phone": "13912340001",
        "email": "w@example.com",
        "is_decision_maker": True,
        **data,
    }
    return opened.services.contacts.add(customer_id(opened), given, actor=opened.actor)


async def to_profile(app: CrmApp, pilot: Pilot[None], tab: str = "overview") -> ProfileScreen:
    await press(app, pilot, "2", "enter")
    screen = app.screen
    assert isinstance(screen, ProfileScreen)
    for _ in range([name for name, _ in TABS].index(tab)):
        await press(app, pilot, "right_square_bracket")
    return screen


def put(app: CrmApp, **values: str) -> None:
    for name, value in values.items():
        widget = app.screen.query_one(f"#f-{name}")
        if isinstance(widget, Choice):
            widget.at = [v for v, _ in widget.spec.options].index(value)
        elif isinstance(widget, TextArea):
            widget.text = value
        else:
            assert isinstance(widget, Input)
            widget.value = value


CALLERS = ("东湖", "dhrj", "0001", "+86 139-1234-0001", "C2024001", "王总", "w@example.com")


@BOTH
@pytest.mark.req("R-023")
async def test_a_caller_is_found_and_known_at_once(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    with_contact(opened)
    opened.services.customers.change(
        customer_id(opened),
        {"preferences": "Calls before ten", "taboos": "No price talk"},
        actor=opened.actor,
    ).one()
    async with running(opened, size) as (app, pilot):
        for typed in CALLERS if language == "zh" and size[0] == 80 else CALLERS[:1]:
            await press(app, pilot, "ctrl+p")
            assert isinstance(app.screen, Finder)
            app.screen.query_one(Input).value = typed
            await press(app, pilot, "enter")
            assert isinstance(app.screen, ProfileScreen), typed
            head = "\n".join(shown(app).splitlines()[1:5])
            for wanted in (
                "C2024001",
                "东湖软件有限公司",
                f"{tr('Tier')} C",
                tr("{count} open").format(count=3),
                tr("First response"),
                "Calls before ten",
                "No price talk",
            ):
                assert wanted in head, head
            assert "王总/采购总监" in shown(app)
            await press(app, pilot, "T")
            assert isinstance(app.screen, Form)
            assert "东湖软件有限公司" in "\n".join(shown(app).splitlines()[:3])
            await press(app, pilot, "escape", "escape")


@BOTH
@pytest.mark.req("R-023", "R-317")
async def test_every_tab_is_reached_by_keyboard_and_says_what_is_empty(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    async with running(opened, size) as (app, pilot):
        screen = await to_profile(app, pilot)
        for name, title in TABS:
            assert screen.place_of_tab == name
            assert f" {tr(title)} " in shown(app)
            assert all(cell_width(line) <= size[0] for line in shown(app).splitlines())
            assert app.focused is not None
            await press(app, pilot, "right_square_bracket")
        assert screen.tab == 0
        await press(app, pilot, "left_square_bracket")
        assert screen.place_of_tab == "history"


@pytest.mark.req("R-017")
async def test_complaints_stand_newest_first_with_their_results(opened: Opened) -> None:
    services, ana = opened.services, opened.actor
    key = customer_id(opened)
    services.intake.create(
        {
            "customer_id": key,
            "kind": "praise",
            "channel": "phone",
            "subject": "Well done",
            "description": "-",
        },
        actor=ana,
    )
    old = services.intake.create(
        {
            "customer_id": key,
            "kind": "complaint",
            "channel": "phone",
            "subject": "Older one",
            "description": "-",
            "received_at": NOW - timedelta(minutes=30),
        },
        actor=ana,
    )
    services.tickets.take([old], actor=ana).one()
    services.tickets.status([old], "accepted", actor=ana, values={"verified_note": "checked"}).one()
    services.closing.propose([old], "A new printer", actor=ana).one()
    async with running(opened, (120, 40)) as (app, pilot):
        screen = await to_profile(app, pilot, "complaints")
        rows = screen.listing.rows
        assert [r.subject for r in rows][-1] == "Older one"
        assert "Well done" not in [r.subject for r in rows]
        assert [r.received_at for r in rows] == sorted((r.received_at for r in rows), reverse=True)
        assert "A new printer" in shown(app)
        await press(app, pilot, "G", "g", "m")
        first = screen.listing.rows[0]
        assert services.views.view(first.id, actor=ana).row.owner_id == ana.staff_id
    page = services.profiles.complaints(key, actor=ana, limit=2)
    rest = services.profiles.complaints(key, actor=ana, after=page.rows[-1].sort_key, limit=9)
    assert [r.id for r in (*page.rows, *rest.rows)] == [r.id for r in rows]
    back = services.profiles.complaints(key, actor=ana, before=rest.rows[0].sort_key, limit=9)
    assert (back.rows, back.before, back.after) == (page.rows, False, True)


# Contacts


@pytest.mark.req("R-004", "R-005")
async def test_a_contact_is_added_and_changed_by_keys(opened: Opened, language: str) -> None:
    async with running(opened) as (app, pilot):
        screen = await to_profile(app, pilot, "contacts")
        assert "@" in shown(app)
        await press(app, pilot, "at", "enter")
        assert isinstance(app.screen, Form)
        put(app, name="李梅", job_title="厂长", phone="+86 139 1234 0002", is_decision_maker="1")
        await press(app, pilot, "ctrl+s")
        assert top(app) is screen, shown(app)
        assert "李梅" in shown(app)
        assert screen.view.row.decision_maker == "李梅/厂长"
        await press(app, pilot, "enter")
        put(app, job_title="总经理", birthday="31.31.2024")
        await press(app, pilot, "ctrl+s")
        assert isinstance(app.screen, Form)
        assert app.screen.query_one("#e-birthday").display
        put(app, birthday="1980-02-29")
        await press(app, pilot, "ctrl+s")
        assert "总经理" in shown(app)
        assert opened.services.find.find("0002", actor=opened.actor)[0].id == screen.customer_id


@pytest.mark.req("R-300")
async def test_a_phone_number_is_copied_and_the_log_knows_who(opened: Opened) -> None:
    key = with_contact(opened)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2", "Y", "enter")
        assert app.clipboard == "13912340001"
        assert "13912340001" not in " ".join(app.said)
        entries = opened.services.audit.entries(actor=opened.actor, kind="contact", subject_id=key)
        assert (entries[0].actor, entries[0].verb) == ("ana", "copied")
        assert "13912340001" not in str(entries)
        await press(app, pilot, "enter", "Y", "down", "enter")
        assert app.clipboard == "w@example.com"


@BOTH
@pytest.mark.req("R-300", "R-301")
async def test_a_viewer_reads_masked_values_and_changes_nothing(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    with_contact(opened, address="Lake road 1")
    async with running(viewer(opened), size) as (app, pilot):
        screen = await to_profile(app, pilot, "contacts")
        assert "139****0001" in shown(app)
        assert "13912340001" not in shown(app)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Page)
        assert "139****0001" in shown(app) and "L****" in shown(app)
        await press(app, pilot, "escape", "Y", "enter")
        assert app.clipboard == ""
        for keys in (("v",), ("at", "up", "enter"), ("T", "escape"), ("l",), ("H", "escape")):
            await press(app, pilot, *keys)
            assert not isinstance(app.screen, Form)
        await press(app, pilot, "left_square_bracket", "e", "2", "n", "e")
        assert isinstance(app.screen, CustomersScreen)
        assert screen.view.contacts[0].phone == "139****0001"


@pytest.mark.req("R-300", "R-306")
async def test_a_manager_reveals_with_a_reason_and_it_is_logged(opened: Opened) -> None:
    key = with_contact(opened, id_document_no="11010519491231002X")
    async with running(as_(opened, "lin")) as (app, pilot):
        await to_profile(app, pilot, "contacts")
        await press(app, pilot, "v", "i")
        assert isinstance(app.screen, Prompt)
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Prompt)
        app.screen.query_one(Input).value = "identity check"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Page)
        assert "11010519491231002X" in shown(app)
        await press(app, pilot, "escape", "H")
        assert "identity check" in shown(app)
        assert "11010519491231002X" not in shown(app) + " ".join(app.said)
    entry = opened.services.audit.entries(actor=opened.actor, kind="contact", subject_id=key)[0]
    assert (entry.actor, entry.verb, entry.reason) == ("lin", "revealed", "identity check")


# Forms


@BOTH
@pytest.mark.req("R-001", "R-002", "R-016", "R-018", "R-019")
async def test_a_new_customer_with_its_decision_maker(
    opened: Opened, language: str, size: tuple[int, int]
) -> None:
    async with running(opened, size) as (app, pilot):
        await press(app, pilot, "2", "n")
        form = app.screen
        assert isinstance(form, Form)
        for name in editable(registry.kind("customer")):
            assert form.query_one(f"#f-{name}") is not None
        await press(app, pilot, "ctrl+s")
        assert form.query_one("#e-name").display
        put(
            app,
            name="西山重工",
            contact_name="李梅",
            contact_phone="1" * 99,
            region="华东",
            source_channel="广告投放",
            core_need_tags="降本增效, 供应链优化",
            opening_balance_fen="500万",
            first_cooperation_on="2022-06-03",
            segment="high_value",
            preferences="morning\nemail",
        )
        await press(app, pilot, "ctrl+s")
        assert top(app) is form
        assert form.query_one("#e-contact_phone").display, shown(app)
        put(app, contact_phone="139 1234 0009")
        await press(app, pilot, "ctrl+s")
        screen = app.screen
        assert isinstance(screen, ProfileScreen), shown(app)
        view = screen.view
        assert (view.row.customer_no, view.row.decision_maker) == ("C2024002", "李梅")
        assert view.row.total_amount_fen == 500_000_000
        assert view.tags == ("降本增效", "供应链优化")
        assert view.fields["first_cooperation_on"] == date(2022, 6, 3)
        assert "500万" in shown(app) and "华东" in shown(app)


WRONG = (
    ("opening_balance_fen", "0.001"),
    ("opening_balance_fen", "-5"),
    ("opening_balance_fen", "much"),
    ("opening_balance_fen", "9" * 30),
    ("first_cooperation_on", "2024-02-30"),
    ("first_cooperation_on", "1900"),
    ("first_cooperation_on", "9999-99-99"),
    ("manager_id", "nobody at all"),
    ("name", "   "),
    ("name", "x" * 201),
)
RIGHT = (
    ("opening_balance_fen", "5,000,000", 500_000_000),
    ("opening_balance_fen", "500万", 500_000_000),
    ("opening_balance_fen", "12.34", 1_234),
    ("first_cooperation_on", "2024年6月3日", date(2024, 6, 3)),
)


async def test_what_is_typed_wrongly_is_said_at_its_field_and_nothing_is_lost(
    opened: Opened,
) -> None:
    before = opened.services.customers.view(customer_id(opened), actor=opened.actor)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2", "e")
        form = app.screen
        put(app, region="华南")
        for field, text in WRONG:
            put(app, **{field: text})
            await press(app, pilot, "ctrl+s")
            assert top(app) is form
            assert form.query_one(f"#e-{field}").display, (field, text)
            assert form.query_one("#f-region", Input).value == "华南"
            put(app, **{field: {"opening_balance_fen": "0", "name": "东湖软件"}.get(field, "")})
    assert before == opened.services.customers.view(customer_id(opened), actor=opened.actor)


async def test_amounts_and_dates_are_read_as_people_write_them(opened: Opened) -> None:
    def view() -> Any:
        return opened.services.customers.view(customer_id(opened), actor=opened.actor).fields

    async with running(opened) as (app, pilot):
        await press(app, pilot, "2")
        for field, text, stored in RIGHT:
            before = view()[field]
            await press(app, pilot, "e")
            put(app, **{field: text})
            await press(app, pilot, "ctrl+s")
            assert view()[field] == stored, text
            # What stands in the form again is the same value.
            await press(app, pilot, "e", "ctrl+s")
            assert view()[field] == stored
            await press(app, pilot, "u")
            assert view()[field] == before


@pytest.mark.req("R-022")
async def test_a_colleague_who_was_first_is_named_and_nothing_is_lost(opened: Opened) -> None:
    services, key = opened.services, customer_id(opened)
    async with running(opened) as (app, pilot):
        screen = await to_profile(app, pilot)
        await press(app, pilot, "e")
        form = app.screen
        put(app, region="华南")
        services.customers.change(key, {"industry": "物流"}, actor=services.org.login("lin")).one()
        await press(app, pilot, "ctrl+s")
        assert top(app) is form
        assert "Lin" in app.said[-1]
        assert services.customers.view(key, actor=opened.actor).row.region == ""
        await press(app, pilot, "ctrl+s")
        assert top(app) is screen
        row = services.customers.view(key, actor=opened.actor).row
        assert (row.region, row.industry) == ("华南", "物流")
        assert "物流" in shown(app)


@pytest.mark.req("R-016")
async def test_a_call_is_written_down_with_what_one_must_know_on_top(opened: Opened) -> None:
    services, key = opened.services, customer_id(opened)
    services.customers.change(
        key, {"preferences": "Calls before ten", "taboos": "No price talk"}, actor=opened.actor
    ).one()
    async with running(opened) as (app, pilot):
        screen = await to_profile(app, pilot, "interaction")
        await press(app, pilot, "c")
        assert isinstance(app.screen, Form)
        head = "\n".join(shown(app).splitlines()[:6])
        assert "Calls before ten" in head and "No price talk" in head
        assert app.focused is app.screen.query_one("#f-topic")
        put(app, topic="Asks for a quote")
        await press(app, pilot, "ctrl+s")
        assert top(app) is screen
        assert "Asks for a quote" in shown(app)
        row = services.registers.page("interaction", actor=opened.actor).rows[0]
        assert (row.values["customer_id"], str(row.values["occurred_on"])) == (key, "2024-06-03")
        await press(app, pilot, "H")
        assert "Asks for a quote" in shown(app) and "Ana" in shown(app)


@pytest.mark.req("R-024")
async def test_the_timeline_says_what_each_entry_is_about(opened: Opened, language: str) -> None:
    with_contact(opened)
    async with running(opened, (120, 40)) as (app, pilot):
        await to_profile(app, pilot, "history")
        text = shown(app)
        assert "T-1" in text and "打印机冒烟" in text
        assert tr("Contact") in text and "王总" in text
        assert tr("Customer") in text


async def test_two_thousand_entries_open_and_the_end_is_in_view(opened: Opened) -> None:
    key = customer_id(opened)
    last = opened.services.audit.last_seq()
    rows = [
        {
            "seq": last + 1 + n,
            "at": NOW + timedelta(minutes=n),
            "recorded_at": NOW,
            "actor_id": opened.actor.staff_id,
            "kind": "customer",
            "subject_id": key,
            "customer_id": key,
            "verb": "changed",
            "changes": {"region": [str(n), str(n + 1)], "manager_id": [None, 1]},
            "source": "live",
            "hash": "-",
        }
        for n in range(2_000)
    ]
    with opened.services.core.engine.begin() as conn:
        conn.execute(insert(activity), rows)
    async with running(opened) as (app, pilot):
        screen = await to_profile(app, pilot, "history")
        assert len(screen.query_one("#history").entries) == 2_000  # type: ignore[attr-defined]
        assert f"{NOW + timedelta(hours=8, minutes=1999):%m-%d %H:%M}" in shown(app)
        await press(app, pilot, "g")
        assert f"{NOW + timedelta(hours=8, minutes=1999):%m-%d %H:%M}" not in shown(app)


# The list


def many(opened: Opened) -> None:
    for number in range(40):
        opened.services.customers.create(
            {
                "name": f"N{number:02d}",
                "industry": ("制造业", "物流")[number % 2],
                "region": ("华东", "华南", "华北")[number % 3],
                "segment": "high_value" if number % 5 == 0 else "ordinary",
            },
            actor=opened.actor,
            tags=["降本增效"] if number % 4 else ["降本增效", "售后支持"],
        )


@pytest.mark.req("R-003", "R-009", "R-010", "R-018")
async def test_the_list_is_narrowed_by_keys_and_counts(opened: Opened) -> None:
    many(opened)
    async with running(opened, (120, 40)) as (app, pilot):
        await press(app, pilot, "2")
        screen = app.screen
        assert isinstance(screen, CustomersScreen)
        assert screen.matching == 41
        for text, count in (
            ("industry:制造业 region:华东", 7),
            ("tag:降本增效", 40),
            ("tag:降本增效 tag:售后支持", 10),
            ("tag:无此标签", 0),
            ("segment:高价值", 8),
            ("层级:C -region:华东,华南", 14),
            ("level:strategic", 0),
            ("since:none name:N0", 10),
        ):
            await press(app, pilot, "slash")
            app.screen.query_one(Input).value = text
            await press(app, pilot, "enter")
            assert screen.matching == count, text
            assert len(screen.listing.rows) == count, text
        await press(app, pilot, "slash")
        app.screen.query_one(Input).value = "region:"
        await press(app, pilot, "enter")
        assert isinstance(app.screen, Prompt)
        app.screen.query_one(Input).value = "seg"
        await press(app, pilot, "tab")
        assert app.screen.query_one(Input).value == "segment:"
        await press(app, pilot, "escape", "backslash")
        assert screen.matching == 41


async def test_the_order_chosen_is_there_at_the_next_start(opened: Opened) -> None:
    many(opened)
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2", "o", "m", "O")
        assert app.screen.listing.rows[0].name == "东湖软件有限公司"  # type: ignore[attr-defined]
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2")
        screen = app.screen
        assert isinstance(screen, CustomersScreen)
        assert (screen.sort, screen.down) == ("name", True)
        assert [r.name for r in screen.listing.rows[1:3]] == ["N39", "N38"]


@BOTH
@pytest.mark.req("R-318")
async def test_hostile_and_wide_names_stay_in_their_cells(
    opened: Opened, size: tuple[int, int]
) -> None:
    services, ana = opened.services, opened.actor
    for name in (HOSTILE, "长" * 100, "[b]x[/b] %s {0} \\", "e\u0301" * 60):
        made = services.customers.create(
            {"name": name, "preferences": name, "region": name[:80]},
            actor=ana,
            contacts=[{"name": name[:120], "job_title": name[:80], "is_decision_maker": True}],
        )
        services.registers.create(
            "order",
            {"customer_id": made, "ordered_on": "2024-06-01", "amount_fen": "1"},
            actor=ana,
        )
    async with running(opened, size) as (app, pilot):
        await press(app, pilot, "2")
        for _ in range(5):
            await press(app, pilot, "j", "enter")
            for _ in TABS:
                text = shown(app)
                assert "\x1b" not in text and "\u202e" not in text
                assert all(cell_width(line) <= size[0] for line in text.splitlines())
                await press(app, pilot, "right_square_bracket")
            await press(app, pilot, "e", "escape", "escape")
            assert isinstance(app.screen, CustomersScreen)


async def test_nothing_breaks_where_there_is_nobody(opened: Opened) -> None:
    with opened.services.core.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE customer SET archived = 1")
    async with running(opened) as (app, pilot):
        await press(app, pilot, "2", "enter", "e", "T", "y", "Y", "v", "at", "l", "H", "G", "g")
        assert isinstance(app.screen, CustomersScreen)
        assert tr("no customer matches; \\ clears the filter, n makes a new one")[:20] in shown(app)


async def test_a_customer_that_is_gone_is_said_and_left(opened: Opened) -> None:
    async with running(opened) as (app, pilot):
        app.open_customer(999)
        await settle(app, pilot)
        assert not isinstance(app.screen, ProfileScreen)
        assert "999" in app.said[-1]
