"""Customers and their requirements with the values of the catalogue (R-001 to R-021, R-073 to R-081)."""

import threading
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from crm_tui import i18n
from crm_tui.db.crypto import KeyRing
from crm_tui.db.schema.system import sequence
from crm_tui.domain.errors import DomainError, PermissionDenied, ValidationError
from crm_tui.domain.money import display_fen, parse_fen
from crm_tui.exchange import demo
from crm_tui.services.core import Core, Rules
from crm_tui.services.facade import Services, wire
from tests.conftest import T0
from tests.services.conftest import Desk
from tests.services.test_loop import code

# The rows that source A prints (A.4)


@pytest.fixture
def templates(engine: Engine, keyring: KeyRing, tmp_path: Path) -> Iterator[Services]:
    """A small demo: the ten template rows and few others."""
    services = wire(Core(engine, lambda: T0, keyring, tmp_path / "files", Rules()))
    demo.build(services, "root", now=T0, customers=40, tickets=0)
    yield services


@pytest.mark.req("R-312", "R-003", "R-004", "R-007", "R-008", "R-009", "R-010", "R-011")
def test_the_two_customers_of_the_template(templates: Services) -> None:
    customers, root = templates.customers, templates.org.login("root")
    made = [customers.find_by_no(n) for n in ("C2024001", "C2024002")]
    views = [customers.view(c or 0, actor=root) for c in made]
    assert [
        (
            v.row.name,
            v.row.industry,
            v.row.decision_maker,
            i18n.render(v.cooperation_duration or "", "zh"),
            display_fen(v.row.total_amount_fen),
            v.tags,
            v.row.segment,
            v.row.last_cooperation_on,
            v.row.tier,
        )
        for v in views
    ] == [
        (
            "A公司",
            "制造业",
            "*总/采购总监",
            "2年",
            "500万",
            ("降本增效", "供应链优化"),
            "high_value",
            date(2024, 5, 20),
            "A",
        ),
        (
            "B企业",
            "IT服务",
            "*经理/技术负责人",
            "6个月",
            "80万",
            ("系统稳定性", "售后支持"),
            "potential",
            date(2024, 5, 15),
            "B",
        ),
    ]
    assert views[1].contacts[0].phone == "139XXXX"
    fixture = [r.name for r in customers.page("industry:制造业", actor=root).rows]
    assert "A公司" in fixture and "B企业" not in fixture


@pytest.mark.req("R-312", "R-073")
def test_the_eight_records_of_the_templates(templates: Services) -> None:
    registers, root = templates.registers, templates.org.login("root")
    first, second = (templates.customers.find_by_no(n) for n in ("C2024001", "C2024002"))

    def rows(kind: str, *names: str, customer: int | None = None) -> set[tuple[Any, ...]]:
        page = registers.page(kind, actor=root, customer_id=customer, limit=500)
        printed = [r for r in page.rows if r.source == "template"]
        return {tuple(r.values[n] for n in names) for r in printed}

    requirement = (
        "type",
        "description",
        "priority",
        "expected_resolution_on",
        "customer_feedback",
        "feedback_note",
    )
    assert rows("requirement", *requirement, customer=first) == {
        (
            "product",
            "采购智能仓储系统",
            "high",
            date(2024, 6, 30),
            "confirmed",
            "需补充成本明细",
        )
    }
    assert rows("requirement", *requirement, customer=second) == {
        (
            "service",
            "优化售后响应速度（48小时→24小时）",
            "medium",
            date(2024, 6, 15),
            "to_follow_up",
            "需确认具体场景",
        )
    }
    assert rows(
        "interaction",
        "occurred_on",
        "customer_id",
        "channel",
        "topic",
        "follow_up_action",
        "completion_state",
    ) == {
        (date(2024, 5, 10), first, "visit", "Q2业务回顾", "安排6月产品培训", "in_progress"),
        (date(2024, 5, 12), second, "phone", "售后问题跟进", "技术48小时内排查", "done"),
    }
    assert rows(
        "goal", "metric", "baseline", "target", "current", "reported_attainment", "review_on"
    ) == {
        ("满意度", *map(Decimal, (75, 90, 87, 97)), date(2024, 7, 1)),
        ("流失率", *map(Decimal, (20, 15, 17, 85)), date(2024, 6, 30)),
    }
    page = registers.page("task", actor=root, limit=500).rows
    assert {
        (
            r.values["number"],
            r.values["description"],
            r.names["department_ids"],
            r.values["due_on"],
            r.values["status"],
        )
        for r in page
        if r.source == "template"
    } == {
        (
            "XZ2024001",
            "制定客户分层运营手册",
            "sales, service",
            date(2024, 6, 30),
            "in_progress",
        ),
        ("XZ2024002", "优化售后响应流程", "service, technology", date(2024, 6, 15), "done"),
    }


# Numbers


@pytest.mark.req("R-001", "D-33")
def test_after_999_the_number_grows_and_the_list_keeps_its_order(desk: Desk) -> None:
    customers, registers, lee = desk.services.customers, desk.services.registers, desk.actor("lee")
    desk.customer(name="first")
    task = {"description": "t", "department_ids": ["sales"], "owner_id": "lee"}
    registers.create("task", task, actor=lee)
    with desk.core.engine.begin() as conn:
        conn.execute(update(sequence).where(sequence.c.year == 2024).values(value=998))
    made = [customers.create({"name": f"n{n}"}, actor=lee) for n in range(3)]
    numbers = [r.customer_no for r in customers.rows(made, actor=lee)]
    assert sorted(numbers) == ["C20241000", "C20241001", "C2024999"]
    listed = [r.customer_no for r in customers.page("", actor=lee).rows]
    assert listed == ["C2024001", "C2024999", "C20241000", "C20241001"]
    assert customers.find_by_no("c20241000") == made[1]
    tasks = [registers.create("task", task, actor=lee) for _ in range(2)]
    assert [registers.get("task", t, actor=lee).values["number"] for t in tasks] == [
        "XZ2024999",
        "XZ20241000",
    ]
    desk.later(days=365)
    assert customers.rows([desk.customer()], actor=lee)[0].customer_no == "C2025001"


@pytest.mark.req("R-001", "D-33")
def test_fifty_at_once_get_fifty_numbers(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    start = threading.Barrier(50)
    errors: list[BaseException] = []
    task = {"description": "t", "department_ids": ["sales"], "owner_id": "ana"}

    def work(number: int) -> None:
        try:
            start.wait(60)
            if number % 2:
                services.customers.create({"name": f"K{number}"}, actor=ana)
            else:
                services.registers.create("task", task, actor=ana)
        except BaseException as error:  # told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    rows = services.customers.page("", actor=ana).rows
    assert [r.customer_no for r in rows] == [f"C2024{n:03d}" for n in range(1, 26)]
    tasks = services.registers.page("task", actor=ana).rows
    numbers = sorted(str(t.values["number"]) for t in tasks)
    assert numbers == [f"XZ2024{n:03d}" for n in range(1, 26)]


# Fields


@pytest.mark.req("R-002", "R-007", "R-008")
@pytest.mark.parametrize(
    ("data", "field", "reason"),
    [
        ({"name": " "}, "name", "required"),
        ({"cooperation_duration": "2年"}, "cooperation_duration", "computed"),
        ({"total_amount_fen": 5}, "total_amount_fen", "computed"),
        ({"service_tier": "A"}, "service_tier", "computed"),
        ({"last_cooperation_on": "2024-05-20"}, "last_cooperation_on", "computed"),
        ({"nmae": "typo"}, "nmae", "unknown_field"),
        ({"segment": "golden"}, "segment", "unknown_value"),
        ({"opening_balance_fen": "much"}, "opening_balance_fen", "bad_amount"),
        ({"manager_id": "nobody"}, "manager_id", "unknown_reference"),
        ({"expert_ids": [999]}, "expert_ids", "unknown_reference"),
        ({"customer_no": "C2024009"}, "customer_no", "number_fixed"),
    ],
)
def test_what_cannot_be_saved_is_refused_by_field(
    desk: Desk, data: dict[str, Any], field: str, reason: str
) -> None:
    customers, lee = desk.services.customers, desk.actor("lee")
    customer = desk.customer()
    before = desk.services.audit.last_seq()
    refused = customers.change(customer, data, actor=lee)
    error = refused.outcomes[0].error
    assert error is not None
    assert (error.field, error.code) == (field, reason)
    for language in i18n.LANGUAGES:
        assert i18n.render(error.message, language)
    if field != "customer_no":
        with pytest.raises(ValidationError) as new:
            customers.create({"name": "N", **data}, actor=lee)
        assert (new.value.field, new.value.code) == (field, reason)
    assert desk.services.audit.last_seq() == before
    assert customers.count("", actor=lee) == 1


@pytest.mark.req("R-004")
def test_the_list_shows_the_primary_of_two_decision_makers(desk: Desk) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = services.customers.create({"name": "A公司"}, actor=ana)
    for name, title, primary in (("*经理", "技术负责人", False), ("*总", "采购总监", True)):
        services.contacts.add(
            customer,
            {"name": name, "job_title": title, "is_decision_maker": True, "is_primary": primary},
            actor=ana,
        )
    assert services.customers.page("", actor=ana).rows[0].decision_maker == "*总/采购总监"
    view = services.customers.view(customer, actor=ana)
    assert [(c.is_decision_maker, c.is_primary) for c in view.contacts] == [
        (True, True),
        (True, False),
    ]


@pytest.mark.req("R-008", "D-36")
def test_the_opening_balance_is_read_as_people_write_it_and_moves_the_total(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    customer = desk.customer(opening_balance_fen="500万")

    def total() -> int:
        return customers.view(customer, actor=ana).row.total_amount_fen

    assert (total(), display_fen(total())) == (500_000_000, "500万")
    for typed, shown in (("5,000,000", "500万"), ("800000", "80万"), ("1234567.89", "123.46万")):
        customers.change(customer, {"opening_balance_fen": typed}, actor=ana).one()
        assert (total(), display_fen(total())) == (parse_fen(typed), shown)
    desk.services.undo.undo(actor=ana)
    assert display_fen(total()) == "80万"


@pytest.mark.req("R-016")
def test_the_profile_carries_preferences_and_taboos(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    customer = desk.customer(preferences="喜欢绿茶\n上午来电", taboos="不提价格")
    fields = customers.view(customer, actor=ana).fields
    assert (fields["preferences"], fields["taboos"]) == ("喜欢绿茶\n上午来电", "不提价格")


@pytest.mark.req("R-018")
def test_region_and_industry_filter_together(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    for name, region, industry in (
        ("a", "华东", "制造业"),
        ("b", "华东", "IT服务"),
        ("c", "华南", "制造业"),
    ):
        customers.create(
            {"name": name, "region": region, "industry": industry, "purchasing_power": "强"},
            actor=ana,
        )

    def found(words: str) -> str:
        return "".join(r.name for r in customers.page(words, actor=ana).rows)

    assert found("region:华东 industry:制造业") == "a"
    assert found("region:华东,华南 industry:制造业") == "ac"
    assert found("region:华东 -industry:制造业") == "b"
    assert customers.count("region:华北 industry:制造业", actor=ana) == 0


@pytest.mark.req("R-009")
def test_core_needs_keep_their_order_and_filter_alone_and_together(desk: Desk) -> None:
    customers, ana = desk.services.customers, desk.actor("ana")
    both = customers.create(
        {"name": "a", "core_need_tags": ["降本增效", "供应链优化", "降本增效", " "]}, actor=ana
    )
    customers.create({"name": "b"}, actor=ana, tags=["供应链优化"])

    def found(words: str) -> str:
        return "".join(r.name for r in customers.page(words, actor=ana).rows)

    assert customers.view(both, actor=ana).tags == ("降本增效", "供应链优化")
    assert [found(f"tag:{t}") for t in ("降本增效", "供应链优化")] == ["a", "ab"]
    assert found("tag:降本增效 tag:供应链优化") == "a"
    assert found("tag:降本增效,供应链优化") == "ab"
    customers.change(both, {"core_need_tags": "供应链优化+系统稳定性"}, actor=ana).one()
    assert customers.view(both, actor=ana).tags == ("供应链优化", "系统稳定性")


@pytest.mark.req("R-021")
def test_manager_and_experts_are_named_by_login(desk: Desk) -> None:
    customers, lee = desk.services.customers, desk.actor("lee")
    customer = desk.customer(key_account_level="strategic")
    assert any("expert" in w.msgid for w in customers.view(customer, actor=lee).warnings)
    customers.change(customer, {"manager_id": "lee", "expert_ids": ["pat", "bob"]}, actor=lee).one()
    view = customers.view(customer, actor=lee)
    assert view.row.manager == "Lee"
    assert view.fields["expert_ids"] == [desk.actor("pat").staff_id, desk.actor("bob").staff_id]
    assert view.warnings == ()
    assert customers.page("manager:@me", actor=lee).rows[0].id == customer


# Tiers


@pytest.mark.req("R-036", "D-03")
@pytest.mark.parametrize(
    ("fen", "contribution", "tier"),
    [
        (100_000_000, "high", "A"),
        (99_999_999, "medium", "B"),
        (50_000_000, "medium", "B"),
        (49_999_999, "low", "C"),
        (0, "low", "C"),
    ],
)
def test_contribution_follows_the_annual_amount(
    desk: Desk, fen: int, contribution: str, tier: str
) -> None:
    services, root = desk.services, desk.actor("root")
    services.imports.write_customers(
        [("k", "d", {"name": "K", "annual_amount_fen": fen})], actor=root
    )
    row = services.customers.page("", actor=root).rows[0]
    fields = services.customers.view(row.id, actor=root).fields
    assert (fields["contribution_tier"], row.tier) == (contribution, tier)


@pytest.mark.req("R-036", "R-037", "R-039", "D-04")
@pytest.mark.parametrize(
    ("fen", "potential", "level", "tier", "hours"),
    [
        (0, "ordinary", "ordinary", "C", 24),
        (0, "key", "ordinary", "A", 4),
        (0, "ordinary", "strategic", "A", 4),
        (0, "ordinary", "key", "C", 24),
        (50_000_000, "ordinary", "ordinary", "B", 8),
        (50_000_000, "key", "ordinary", "A", 4),
        (100_000_000, "ordinary", "ordinary", "A", 4),
    ],
)
def test_the_strictest_wins_and_sets_the_limit(
    desk: Desk, fen: int, potential: str, level: str, tier: str, hours: int
) -> None:
    services, root = desk.services, desk.actor("root")
    services.imports.write_customers(
        [("k", "d", {"name": "K", "annual_amount_fen": fen, "segment": "churn_risk"})], actor=root
    )
    customer = services.customers.page("", actor=root).rows[0].id
    services.customers.change(
        customer,
        {"potential_class": potential, "key_account_level": level},
        actor=desk.actor("ana"),
    ).one()
    assert services.customers.view(customer, actor=root).row.tier == tier
    made = desk.ticket(customer_id=customer)
    clock = desk.clock(made, "first_response")
    assert (clock.due_at - desk.now).total_seconds() == hours * 3600


# People


@pytest.mark.req("R-158")
def test_a_replaced_specialist_stands_in_the_history_with_the_reason(desk: Desk) -> None:
    services, lee = desk.services, desk.actor("lee")
    customer = desk.customer()
    services.customers.change(customer, {"manager_id": "bob"}, actor=lee).one()
    with pytest.raises(PermissionDenied):
        services.customers.change(
            customer, {"manager_id": "pat"}, actor=desk.actor("ana"), reason="customer request"
        ).one()
    services.customers.change(
        customer, {"manager_id": "pat"}, actor=lee, reason="customer request"
    ).one()
    last = services.views.customer_timeline(customer, actor=lee)[-1]
    assert (last.verb, last.reason, last.author) == ("changed", "customer request", "Lee")
    assert dict(last.changes) == {"manager_id": ("Bob", "Pat")}
    entry = services.audit.entries(actor=desk.actor("root"), kind="customer")[0]
    assert dict(entry.changes) == {"manager_id": ("Bob", "Pat")}
    services.customers.change(
        customer, {"manager_id": None, "expert_ids": ["bob", "pat"]}, actor=lee
    ).one()
    last = services.views.customer_timeline(customer, actor=lee)[-1]
    assert dict(last.changes) == {"manager_id": ("Pat", None), "expert_ids": ([], ["Bob", "Pat"])}


@pytest.mark.req("R-295", "R-296", "R-153")
def test_departments_have_heads_and_keep_them(desk: Desk) -> None:
    org, root = desk.services.org, desk.actor("root")
    departments = {d.name_zh: d for d in org.departments()}
    assert set(departments) == {
        "销售部",
        "服务部",
        "产品部",
        "技术部",
        "交付部",
        "售后部",
        "市场部",
        "客服中心",
        "大客户管理部门",
    }
    assert all(d.head_id is not None for d in departments.values())
    teams = {t.name_zh: t.duties for t in org.teams()}
    assert teams["客户关系管理团队"] == (
        "info_database",
        "communication",
        "care",
        "complaint",
        "survey",
    )
    assert "客户问题快速响应小组" in teams
    head = desk.actor("head").staff_id
    gone = org.change_staff(head, {"active": False}, actor=root)
    assert code(gone) == "heads_department"
    org.set_head("after_sales", "lee", actor=root).one()
    org.change_staff(head, {"active": False, "department": None}, actor=root).one()
    with pytest.raises(DomainError):
        org.set_head("after_sales", "head", actor=root).one()
    assert code(org.change_staff(root.staff_id, {"active": False}, actor=root)) == "invalid"
    assert code(org.change_staff(head, {"login": "x"}, actor=root)) == "unknown_field"
    found = next(s for s in org.staff_list(include_inactive=True) if s.login == "head")
    assert (found.active, found.department) == (False, "")


# Requirements


@pytest.mark.req("R-074", "R-075", "R-077", "R-078", "R-079", "R-081")
def test_requirements_are_checked_when_added_and_when_changed(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    customer = desk.customer()
    registers.create("product", {"name": "云桌面", "code": "YZM"}, actor=desk.actor("lee"))
    base = {"customer_id": "C2024001", "type": "价格需求", "description": "接口要快"}
    made = registers.create(
        "requirement",
        {
            **base,
            "product_id": "云桌面",
            "proposed_solutions": ["一", "二", "三"],
            "chosen_solution": 3,
            "customer_feedback": "已确认(需补充成本明细)",
        },
        actor=ana,
    )
    row = registers.get("requirement", made, actor=ana)
    assert row.values["type"] == "price"
    assert (row.values["proposed_solutions"], row.values["chosen_solution"]) == (
        ("一", "二", "三"),
        3,
    )
    assert (row.values["customer_feedback"], row.values["feedback_note"]) == (
        "confirmed",
        "需补充成本明细",
    )
    assert row.names["product_id"] == "云桌面"
    assert row.names["customer_id"] == "C2024001 A公司"
    for wrong, field in (
        ({"type": "magic"}, "type"),
        ({"description": " "}, "description"),
        ({"priority": "urgent"}, "priority"),
        ({"state": "in_progress"}, "owner_id"),
        ({"chosen_solution": 4}, "chosen_solution"),
        ({"customer_feedback": "perhaps"}, "customer_feedback"),
        ({"product_id": "moon"}, "product_id"),
    ):
        error = registers.change("requirement", made, wrong, actor=ana).outcomes[0].error
        assert error is not None and error.field == field, wrong
        with pytest.raises(ValidationError) as refused:
            registers.create("requirement", {**base, **wrong}, actor=ana)
        assert refused.value.field == ("chosen_solution" if field == "chosen_solution" else field)
    registers.change(
        "requirement", made, {"state": "in_progress", "owner_id": "ana"}, actor=ana
    ).one()
    for name in ("product", "service", "after_sales", "price", "business", "technical"):
        registers.change("requirement", made, {"type": name}, actor=ana).one()
    assert customer == registers.get("requirement", made, actor=ana).values["customer_id"]


@pytest.mark.req("R-076", "R-080")
def test_requirements_past_their_date_and_by_priority(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    desk.customer()
    made = {}
    for day, priority in (("2024-06-02", "中"), ("2024-06-03", "高"), (None, "低")):
        made[priority] = registers.create(
            "requirement",
            {
                "customer_id": "C2024001",
                "type": "service",
                "description": "d",
                "priority": priority,
                "expected_resolution_on": day,
            },
            actor=ana,
        )

    def found(words: str, **more: Any) -> list[int]:
        page = registers.page("requirement", actor=ana, filter_text=words, **more)
        return [r.id for r in page.rows]

    assert found("due:<today status:new") == [made["中"]]
    assert found("", sort="priority") == [made["高"], made["中"], made["低"]]
