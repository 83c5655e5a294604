"""Files that come again: what people did here since stands, what the file says anew comes in."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crm_tui.exchange.importing import run_import
from crm_tui.exchange.report import Tally
from crm_tui.i18n import render
from tests.services.conftest import Desk, desk

__all__ = ["desk"]

EVENTS = "Case ID,Activity,Resource,Complete Timestamp,customer,product,workgroup"
OPENING = ("7,Insert ticket,Value 1,2024/05/01 09:00:00,Value 9,Value 3,Value 1",)
TAKEN = (*OPENING, "7,Take in charge ticket,Value 2,2024/05/01 10:00:00,Value 9,Value 3,Value 1")
CUSTOMERS = "客户编号,客户名称,决策人,联系方式,累计合作金额,核心需求标签,最近合作时间"
Give = Callable[..., Tally]


@pytest.fixture
def give(desk: Desk, tmp_path: Path) -> Give:
    """Import these lines as one file."""

    def run(profile: str, head: str, *lines: str) -> Tally:
        path = tmp_path / "in.csv"
        path.write_text("\n".join((head, *lines)) + "\n", encoding="utf-8")
        return run_import(desk.services, profile, path, actor=desk.actor("root"), render=render)

    return run


def only_ticket(desk: Desk) -> int:
    """The one that was imported."""
    [row] = desk.services.views.page("", actor=desk.actor("root")).rows
    return row.id


def test_a_longer_log_brings_everything_up_to_date(desk: Desk, give: Give) -> None:
    assert give("helpdesk-events", EVENTS, *OPENING).created == 1
    ticket = only_ticket(desk)
    later = "7,Resolve ticket,Value 2,2024/05/02 09:00:00,Value 9,Value 4,Value 5"
    tally = give("helpdesk-events", EVENTS, *TAKEN, later)
    assert (tally.created, tally.changed, tally.skipped) == (0, 2, 1)
    row = desk.services.views.view(ticket, actor=desk.actor("root")).row
    assert (row.state, row.subject) == ("resolved", "7 · Value 4")
    assert desk.field(ticket, "transfer_count") == 1
    root = desk.actor("root")
    assert [hit.id for hit in desk.services.find.find("Value 4", actor=root)] == [ticket]


def test_older_entries_of_the_log_do_not_overrule_work_done_here(desk: Desk, give: Give) -> None:
    give("helpdesk-events", EVENTS, *OPENING)
    ticket = only_ticket(desk)
    root = desk.actor("root")
    desk.services.tickets.assign([ticket], desk.actor("ana").staff_id, actor=root).one()
    give("helpdesk-events", EVENTS, *TAKEN)
    assert desk.field(ticket, "state") == "dispatched"
    assert desk.field(ticket, "owner") == "Ana"
    desk.later(days=2)
    newer = "7,Resolve ticket,Value 2,2024/06/04 09:00:00,Value 9,Value 3,Value 1"
    tally = give("helpdesk-events", EVENTS, *TAKEN, newer)
    assert (tally.changed, tally.skipped) == (1, 2)
    assert desk.field(ticket, "state") == "resolved"


def test_a_reader_who_looked_before_the_log_grew_is_told(desk: Desk, give: Give) -> None:
    give("helpdesk-events", EVENTS, *OPENING)
    ticket = only_ticket(desk)
    seen = desk.services.views.rows([ticket], actor=desk.actor("root"))[0].version
    give("helpdesk-events", EVENTS, *TAKEN)
    ana = desk.actor("lee")
    result = desk.services.tickets.take([ticket], actor=ana, expected={ticket: seen})
    assert result.refused


def test_registration_never_lies_before_receipt(desk: Desk, give: Give) -> None:
    head = (
        "number,incident_state,sys_updated_at,sys_updated_by,opened_at,sys_created_at,priority,"
        "caller_id,assignment_group,assigned_to"
    )
    row = "I1,New,2/5/2024 08:00,U 1,2/5/2024 09:00,2/5/2024 07:30,3 - Moderate,C 1,?,?"
    give("servicenow-events", head, row)
    ticket = only_ticket(desk)
    kinds = {c.kind: c for c in desk.services.views.explain(ticket, actor=desk.actor("root"))}
    assert set(kinds) == {"registration", "first_response", "progress"}
    assert kinds["registration"].used_s == 0


@pytest.mark.parametrize("when", ["31/12/9999 23:59", "1/1/0001 00:00", "1/1/1601 00:00"])
def test_times_that_mean_unknown_are_refused(desk: Desk, give: Give, when: str) -> None:
    head = (
        "number,incident_state,sys_updated_at,sys_updated_by,opened_at,priority,caller_id,"
        "assignment_group,assigned_to"
    )
    tally = give("servicenow-events", head, f"I1,New,{when},U 1,{when},3,C 1,?,?")
    assert dict(tally.reasons) == {"bad_time": 1}


def test_names_and_numbers_without_end(desk: Desk, give: Give) -> None:
    long_number = "7" * 300 + TAKEN[0][1:]
    long_name = TAKEN[0].replace("Value 9", "N" * 300)
    tally = give("helpdesk-events", EVENTS, long_number, long_name)
    assert dict(tally.reasons) == {"number_too_long": 1}
    [row] = desk.services.views.page("", actor=desk.actor("root")).rows
    assert row.customer == "N" * 200


def test_customers_come_again_with_other_contacts_and_tags(desk: Desk, give: Give) -> None:
    first = "C2023007,北辰软件,*总/厂长,13900001111,50万,快速交付,2024-05-01"
    other = "C2023008,云岭食品,*经理/主管,微信 yl-01,1万,,2024-05-02"
    assert give("customers", CUSTOMERS, first, other).created == 2
    root = desk.actor("root")
    found = desk.services.customers.find_by_no("C2023007")
    assert found is not None
    desk.services.customers.change(found, {"key_account_level": "strategic"}, actor=root).one()
    # The same file again leaves the edit alone.
    assert give("customers", CUSTOMERS, first, other).skipped == 2
    assert (
        desk.services.customers.view(found, actor=root).fields["key_account_level"] == "strategic"
    )
    changed = "C2023007,北辰软件,*总/总经理,13900002222,60万,快速交付+售后支持,2024-06-01"
    tally = give("customers", CUSTOMERS, changed, other)
    assert (tally.changed, tally.skipped, tally.refused) == (1, 1, 0)
    view = desk.services.customers.view(found, actor=root)
    [person] = view.contacts
    assert (person.name, person.job_title) == ("*总", "总经理")
    assert list(view.tags) == ["快速交付", "售后支持"]
    assert view.fields["total_amount_fen"] == 60_000_000
    assert view.row.decision_maker == "*总/总经理"
    assert desk.services.contacts.find_by_phone("13900002222", actor=root) == [found]
    assert desk.services.contacts.find_by_phone("13900001111", actor=root) == []
    assert desk.services.audit.verify(actor=root).ok


def test_a_customer_the_store_refuses_leaves_the_others_standing(
    desk: Desk, give: Give, tmp_path: Path
) -> None:
    good = "C2023001,东湖仪器,*总/厂长,13900001111,50万,快速交付,2024-05-01"
    bad = f"C2023002,{'长' * 201},,,1万,,"
    tally = give("customers", CUSTOMERS, bad, good)
    assert (tally.created, tally.refused, tally.rows_read) == (1, 1, 2)
    assert tally.errors is not None
    kept = tally.errors.read_text("utf-8-sig")
    assert "C2023002" in kept and "C2023001" not in kept
    assert give("customers", CUSTOMERS, bad, good).skipped == 1
