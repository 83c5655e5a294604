"""The customer archive, its people and who may see what (R-001 to R-021, R-295 to R-313)."""

from typing import Any

import pytest

from crm_tui.domain.errors import NotFound, PermissionDenied, RuleViolation, ValidationError
from tests.services.conftest import Desk
from tests.services.test_loop import code

PHONE = "13912340001"


@pytest.mark.req("R-001")
def test_numbers_are_given_once_and_step_over_taken_ones(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    first = customers.create({"name": "A", "customer_no": "C2024002"}, actor=ana)
    second = customers.create({"name": "B"}, actor=ana)
    third = customers.create({"name": "C"}, actor=ana)
    numbers = [customers.view(c, actor=ana).row.customer_no for c in (first, second, third)]
    assert numbers == ["C2024002", "C2024001", "C2024003"]
    with pytest.raises(ValidationError) as taken:
        customers.create({"name": "D", "customer_no": "C2024001"}, actor=ana)
    assert taken.value.code == "number_taken"
    assert code(customers.change(first, {"customer_no": "C2024009"}, actor=ana)) == "number_fixed"
    customers.change(first, {"customer_no": "C2024002", "name": "AA"}, actor=ana).one()
    assert customers.find_by_no("c2024002") == first
    assert customers.find_by_no("C2099001") is None


@pytest.mark.req("R-003", "R-009", "R-010")
def test_every_filter_key_of_customers(desk: Desk) -> None:
    customers, root = desk.services.customers, desk.actor("root")
    lee = desk.actor("lee")
    made = {
        "A公司": customers.create(
            {"name": "A公司", "industry": "制造业", "region": "华东", "source_channel": "广告"},
            actor=root,
            tags=["降本增效"],
        ),
        "B企业": customers.create(
            {"name": "B企业", "industry": "IT服务", "lifecycle_stage": "prospect"}, actor=root
        ),
    }
    customers.change(made["A公司"], {"manager_id": lee.staff_id}, actor=root).one()

    def found(text: str) -> str:
        return "".join(r.name[0] for r in customers.page(text, actor=lee).rows)

    for text, wanted in {
        "industry:制造业": "A",
        "industry:制*": "A",
        "region:华东": "A",
        "stage:prospect": "B",
        "manager:@me": "A",
        "manager:none": "B",
        "manager:lee": "A",
        "manager:Lee": "A",
        "tag:降本*": "A",
        "-tag:降本增效": "B",
        "A公司": "A",
        "source:live": "",
        "": "AB",
    }.items():
        assert found(text) == wanted, text
    with pytest.raises(ValidationError):
        found("manager:nobody")


@pytest.mark.parametrize("sort", ["number", "name", "tier", "amount", "updated"])
def test_customer_pages_by_key(desk: Desk, sort: str) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    made = [customers.create({"name": f"N{i % 2}"}, actor=ana) for i in range(5)]
    for down in (False, True):
        seen: list[int] = []
        after = None
        while True:
            page = customers.page("", actor=ana, sort=sort, descending=down, after=after, limit=2)
            seen += [r.id for r in page.rows]
            if not page.after:
                break
            after = page.rows[-1].sort_key
        assert sorted(seen) == made
        back = customers.page(
            "", actor=ana, sort=sort, descending=down, before=page.rows[-1].sort_key, limit=10
        )
        assert [r.id for r in back.rows] == seen[:-1]
    assert {r.id for r in customers.rows(made[:2], actor=ana)} == set(made[:2])


@pytest.mark.req("R-004")
def test_several_decision_makers_one_primary(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    second = services.contacts.add(
        customer,
        {"name": "李总", "job_title": "总经理", "is_decision_maker": True, "is_primary": True},
        actor=ana,
    )
    view = services.customers.view(customer, actor=ana)
    assert view.row.decision_maker == "李总/总经理"
    assert [c.is_primary for c in view.contacts].count(True) == 1
    services.contacts.change(second, {"is_decision_maker": False}, actor=ana).one()
    assert services.customers.view(customer, actor=ana).row.decision_maker == "王总/采购总监"
    services.undo.undo(actor=ana)
    assert services.customers.view(customer, actor=ana).row.decision_maker == "李总/总经理"


@pytest.mark.req("R-007")
@pytest.mark.parametrize(
    ("since", "shown"),
    [
        ("2022-06-03", {"years": 2}),
        ("2023-12-03", {"months": 6}),
        ("2022-04-03", {"years": 2, "months": 2}),
        ("2025-01-01", None),
        (None, None),
    ],
)
def test_duration_is_computed(desk: Desk, since: str | None, shown: dict[str, int] | None) -> None:
    customer = desk.customer(first_cooperation_on=since)
    told = desk.services.customers.view(customer, actor=desk.actor("ana")).cooperation_duration
    assert (None if told is None else dict(told.params)) == shown


@pytest.mark.req("R-008")
def test_an_opening_balance_counts_towards_the_total(desk: Desk) -> None:
    customer = desk.customer(opening_balance_fen=500_000_000)
    row = desk.services.customers.view(customer, actor=desk.actor("ana")).row
    assert row.total_amount_fen == 500_000_000


@pytest.mark.req("R-019", "R-020")
def test_source_and_stage_are_fields(desk: Desk) -> None:
    customer = desk.customer(
        lifecycle_stage="prospect", source_channel="广告投放", source_campaign="春季"
    )
    fields = desk.services.customers.view(customer, actor=desk.actor("ana")).fields
    assert (fields["lifecycle_stage"], fields["source_channel"]) == ("prospect", "广告投放")


@pytest.mark.req("R-021")
def test_tier_a_without_an_expert_is_warned_of(desk: Desk) -> None:
    customers, root, lee = desk.services.customers, desk.actor("root"), desk.actor("lee")
    customer = desk.customer(key_account_level="strategic")

    def warnings() -> str:
        return " ".join(w.msgid for w in customers.view(customer, actor=root).warnings)

    assert "expert" in warnings() and "manager" in warnings()
    changed = customers.change(
        customer, {"manager_id": lee.staff_id, "expert_ids": [lee.staff_id]}, actor=root
    )
    changed.one()
    assert warnings() == ""
    assert code(customers.change(customer, {"manager_id": None}, actor=desk.actor("ana"))) == (
        "role_needed"
    )


@pytest.mark.req("R-036", "R-037", "R-039")
def test_tier_follows_the_fields_that_drive_it(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    customer = desk.customer()
    assert customers.view(customer, actor=ana).row.tier == "C"
    customers.change(customer, {"potential_class": "key"}, actor=ana).one()
    assert customers.view(customer, actor=ana).row.tier == "A"
    made = desk.ticket(customer_id=customer)
    assert (desk.clock(made, "first_response").due_at - desk.now).total_seconds() == 4 * 3600
    customers.change(customer, {"potential_class": "ordinary"}, actor=ana).one()
    assert customers.view(customer, actor=ana).row.tier == "C"
    services = desk.services
    services.undo.undo(actor=ana)
    assert customers.view(customer, actor=ana).row.tier == "A"


@pytest.mark.req("R-017")
def test_complaints_of_a_customer_newest_first(desk: Desk) -> None:
    customer = desk.customer()
    made = []
    for _ in range(3):
        made.append(desk.ticket(customer_id=customer))
        desk.later(hours=1)
    desk.ticket(customer_id=customer, kind="praise")
    rows = desk.services.views.page(
        f"customer:{customer} kind:complaint",
        actor=desk.actor("ana"),
        sort="received",
        descending=True,
    ).rows
    assert [r.id for r in rows] == made[::-1]


@pytest.mark.req("R-295", "R-296")
def test_departments_posts_and_teams(desk: Desk) -> None:
    org, root, ana = desk.services.org, desk.actor("root"), desk.actor("ana")
    names = {d.name_zh for d in org.departments()}
    assert names >= {
        "销售部",
        "服务部",
        "产品部",
        "技术部",
        "交付部",
        "售后部",
        "市场部",
        "客服中心",
    }
    teams = {t.code: t for t in org.teams()}
    assert len(teams["customer_relationship"].duties) >= 5
    knowledge = org.add_staff("kim", "Kim", role="agent", posts=["knowledge_base"], actor=root)
    assert next(s for s in org.staff_list() if s.login == "kim").posts == ("knowledge_base",)
    org.change_staff(knowledge, {"department": "product", "active": False}, actor=root).one()
    assert "kim" not in {s.login for s in org.staff_list()}
    kim = next(s for s in org.staff_list(include_inactive=True) if s.login == "kim")
    assert kim.department == "product"
    with pytest.raises(PermissionDenied):
        org.login("kim")
    known: dict[str, Any] = {"login": "new", "name": "x", "role": "agent"}
    for bad in (
        {"login": "k m"},
        {"login": "kim"},
        {"role": "king"},
        {"posts": ["king"]},
        {"name": " "},
    ):
        with pytest.raises(ValidationError):
            org.add_staff(**{**known, **bad}, actor=root)
    with pytest.raises(NotFound):
        org.add_to_team("moon", "ana", actor=root)
    with pytest.raises(NotFound):
        org.set_head("moon", "ana", actor=root)
    with pytest.raises(PermissionDenied):
        org.add_staff("new", "x", role="agent", actor=ana)
    org.add_to_team("special_service", "ana", actor=root)
    org.add_to_team("special_service", "ana", actor=root)
    team = next(t for t in org.teams() if t.code == "special_service")
    assert len(team.members) == 1
    assert code(org.change_staff(root.staff_id, {"role": "agent"}, actor=root)) == "invalid"
    assert org.first_login() == "root"


@pytest.mark.req("R-306")
def test_every_write_leaves_an_entry(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    ana = desk.actor("ana")
    made = desk.accepted()
    customer = desk.customer()
    acts: list[Any] = [
        lambda: services.tickets.tag([made], add=["vip"], actor=ana),
        lambda: services.tickets.watch([made], actor=ana),
        lambda: services.messages.note([made], "x", actor=ana),
        lambda: services.messages.reply([made], "x", actor=ana),
        lambda: services.customers.change(customer, {"region": "华东"}, actor=ana),
        lambda: services.contacts.add(customer, {"name": "新"}, actor=ana),
        lambda: services.registers.create("product", {"name": "P"}, actor=desk.actor("lee")),
        lambda: services.policies.change_line(
            "first_response_a", {"amount": 3600}, actor=root, reason="r"
        ),
        lambda: services.kinds.set(["complaint"], actor=root),
        lambda: services.org.add_staff("zed", "Zed", role="agent", actor=root),
        lambda: services.undo.undo(actor=ana),
    ]
    for act in acts:
        before = services.audit.last_seq()
        act()
        assert services.audit.last_seq() > before
    report = services.audit.verify(actor=root)
    assert report.ok


def test_undo_of_register_contact_and_foreign_acts(desk: Desk) -> None:
    services, ana, lee = desk.services, desk.actor("lee"), desk.actor("ana")
    product = services.registers.create("product", {"name": "P"}, actor=ana)
    last = services.undo.last(actor=ana)
    assert last is not None
    with pytest.raises(PermissionDenied):
        services.undo.undo(last.id, actor=lee)
    services.undo.undo(actor=ana)
    assert services.registers.get("product", product, actor=ana).archived
    with pytest.raises(NotFound) as twice:
        services.undo.undo(last.id, actor=ana)
    assert twice.value.code == "undone_already"
    services.undo.redo(actor=ana)
    assert not services.registers.get("product", product, actor=ana).archived
    assert services.undo.last(actor=lee) is None
    with pytest.raises(NotFound):
        services.undo.undo(actor=lee)
    with pytest.raises(NotFound):
        services.undo.redo(actor=lee)


REQUIREMENT = {"type": "product", "description": "接口要快"}


@pytest.mark.req("R-073", "R-074", "R-075", "R-077", "R-078", "R-079", "R-080", "R-081")
def test_requirements_in_the_register(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    customer = desk.customer()
    product = registers.create(
        "product", {"name": "云桌面", "code": "YZM"}, actor=desk.actor("lee")
    )
    made = registers.create(
        "requirement",
        {
            **REQUIREMENT,
            "customer_id": customer,
            "product_id": "YZM",
            "owner_id": "ana",
            "proposed_solutions": ["一", "二", "三"],
            "chosen_solution": 2,
            "expected_resolution_on": "2024-06-30",
            "customer_feedback": "待跟进（需补充成本明细）",
        },
        actor=ana,
    )
    row = registers.get("requirement", made, actor=ana)
    assert row.values["product_id"] == product
    assert row.values["proposed_solutions"] == ("一", "二", "三")
    assert row.values["customer_feedback"] == "to_follow_up"
    assert "需补充成本明细" in str(row.values["feedback_note"])
    for wrong in (
        {"type": "magic"},
        {"description": " "},
        {"state": "in_progress", "owner_id": ""},
    ):
        with pytest.raises(ValidationError):
            registers.create(
                "requirement", {**REQUIREMENT, "customer_id": customer, **wrong}, actor=ana
            )


@pytest.mark.req("R-076")
def test_priority_sorts_high_first_and_pages(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    customer = desk.customer()
    made = {
        p: registers.create(
            "requirement", {**REQUIREMENT, "customer_id": customer, "priority": p}, actor=ana
        )
        for p in ("low", "high", "medium")
    }
    wanted = [made["high"], made["medium"], made["low"]]
    seen: list[int] = []
    after = None
    while True:
        page = registers.page("requirement", actor=ana, sort="priority", after=after, limit=1)
        seen += [r.id for r in page.rows]
        if not page.after:
            break
        after = page.rows[-1].key
    assert seen == wanted
    back = registers.page("requirement", actor=ana, sort="priority", before=page.rows[-1].key)
    assert [r.id for r in back.rows] == wanted[:-1]
    down = registers.page("requirement", actor=ana, sort="priority", descending=True).rows
    assert [r.id for r in down] == wanted[::-1]


@pytest.mark.parametrize("down", [False, True])
def test_rows_without_the_sorted_value_come_last_and_once(desk: Desk, down: bool) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    for number, due in enumerate(("2024-06-05", None, "2024-06-04", None, "2024-06-05")):
        registers.create(
            "task",
            {
                "description": f"t{number}",
                "department_ids": ["sales"],
                "owner_id": "ana",
                "due_on": due,
            },
            actor=ana,
        )
    for sort in ("due_on", "id", "updated_at", None):
        seen: list[int] = []
        after = None
        while True:
            page = registers.page(
                "task", actor=ana, sort=sort, descending=down, after=after, limit=2
            )
            seen += [r.id for r in page.rows]
            if not page.after:
                break
            after = page.rows[-1].key
        assert len(seen) == len(set(seen)) == 5
        back = registers.page(
            "task", actor=ana, sort=sort, descending=down, before=page.rows[-1].key, limit=9
        )
        assert [r.id for r in back.rows] == seen[:-1]
    with pytest.raises(ValidationError):
        registers.page("task", actor=ana, sort="helper_ids")
    assert registers.count("task", actor=ana) == 5


def test_registers_refuse_strangers_and_keep_references(desk: Desk) -> None:
    registers, ana, pat = desk.services.registers, desk.actor("ana"), desk.actor("pat")
    customer = desk.customer()
    contract = registers.create(
        "contract",
        {
            "customer_id": customer,
            "name": "K",
            "start_on": "2024-01-01",
            "end_on": "2024-12-31",
            "owner_id": "ana",
        },
        actor=ana,
    )
    number = registers.get("contract", contract, actor=ana).values["number"]
    order = registers.create(
        "order",
        {
            "customer_id": customer,
            "ordered_on": "2024-06-01",
            "amount_fen": "100",
            "contract_id": number,
        },
        actor=ana,
    )
    assert registers.find_number("contract", str(number)) == contract
    assert registers.find_number("contract", "none") is None
    assert registers.find_number("interaction", "x") is None
    assert code(registers.change("contract", contract, {"name": "X"}, actor=pat)) == (
        "other_department"
    )
    assert code(registers.archive("contract", [contract], actor=ana)) == "referenced"
    registers.archive("order", [order], actor=ana).one()
    registers.archive("contract", [contract], actor=ana).one()
    registers.archive("contract", [contract], actor=ana, restore=True).one()
    fixed = registers.change("contract", contract, {"number": "HT1"}, actor=ana)
    assert code(fixed) == "fixed"
    with pytest.raises(ValidationError) as taken:
        registers.create(
            "contract",
            {
                "customer_id": customer,
                "name": "K",
                "start_on": "2024-01-01",
                "end_on": "2024-12-31",
                "number": number,
            },
            actor=ana,
        )
    assert taken.value.code == "number_taken"
    task = {"description": "t", "department_ids": ["sales"], "owner_id": "ana"}
    with pytest.raises(ValidationError) as computed:
        registers.create("task", {**task, "done_on": "2024-06-01"}, actor=ana)
    assert computed.value.code == "computed"
    for wrong in ({"owner_id": "nobody"}, {"ticket_id": "T-99"}, {"customer_id": 99}):
        with pytest.raises(ValidationError) as unknown:
            registers.create("task", {**task, **wrong}, actor=ana)
        assert unknown.value.code == "unknown_reference"
    with pytest.raises(NotFound):
        registers.create("ticket", {}, actor=ana)
    made = registers.create(
        "task",
        {**task, "ticket_id": desk.ticket(), "customer_id": customer, "helper_ids": ["pat"]},
        actor=ana,
    )
    names = registers.get("task", made, actor=ana).names
    assert names["ticket_id"] == "T-1" and names["helper_ids"] == "Pat"
    assert registers.change("task", made, {"progress": 40}, actor=pat).done
    assert [r.id for r in registers.rows("task", [made], actor=ana)] == [made]
    with pytest.raises(PermissionDenied):
        registers.create("task", task, actor=desk.actor("vic"))
    with pytest.raises(ValidationError):
        registers.create(
            "interaction",
            {
                "customer_id": customer,
                "occurred_on": "2024-06-09",
                "channel": "phone",
                "content": "x",
            },
            actor=ana,
        )


def test_calendars_are_added_changed_and_refused(desk: Desk) -> None:
    policies, root = desk.services.policies, desk.actor("root")
    week = {"mon": [["10:00", "16:00"]]}
    policies.save_calendar(
        "night", {"timezone": "UTC", "hours": {"sat": [["00:00", "24:00"]]}}, actor=root
    ).one()
    assert {c.name for c in policies.calendars()} == {"default", "night"}
    made = desk.ticket()
    before = desk.clock(made, "dispatch").due_at
    policies.save_calendar("default", {"timezone": "Asia/Shanghai", "hours": week}, actor=root)
    assert desk.clock(made, "dispatch").due_at > before
    assert (
        code(policies.save_calendar("x", {"timezone": "UTC", "hours": {}}, actor=root))
        == "no_working_time"
    )
    assert policies.save_calendar(" ", {"timezone": "UTC", "hours": week}, actor=root).refused
    assert policies.save_calendar(
        "x", {"timezone": "UTC", "hours": week}, actor=desk.actor("ana")
    ).refused
    from datetime import date

    assert policies.set_day("moon", date(2024, 6, 4), None, actor=root).refused
    policies.set_day("default", date(2024, 6, 4), [["08:00", "09:00"]], actor=root).one()
    assert policies.calendar("default").is_working_day(date(2024, 6, 4))
    policies.set_day("default", date(2024, 6, 4), None, actor=root).one()
    assert not policies.calendar("default").is_working_day(date(2024, 6, 4))
    with pytest.raises(NotFound):
        policies.calendar("moon")
    with pytest.raises((NotFound, ValidationError)):
        policies.change_line("moon", {"amount": 1}, actor=root)


def test_rule_violations_are_domain_errors(desk: Desk) -> None:
    made = desk.accepted()
    desk.services.closing.cancel([made], "double", actor=desk.actor("ana")).one()
    result = desk.services.closing.resolve([made], actor=desk.actor("ana"))
    assert isinstance(result.outcomes[0].error, RuleViolation)
