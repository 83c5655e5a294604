"""The filter language on registers."""

from typing import Any

import pytest

from crm_tui.domain.filters import FilterError
from tests.services.conftest import Desk


@pytest.fixture
def tasks(desk: Desk) -> dict[str, int]:
    """Three tasks of different people, days and departments."""
    registers, ana = desk.services.registers, desk.actor("ana")
    rows: tuple[dict[str, Any], ...] = (
        {
            "description": "Alpha 打印机",
            "department_ids": ["sales"],
            "owner_id": "ana",
            "due_on": "2024-06-03",
            "progress": 10,
        },
        {
            "description": "Beta",
            "department_ids": ["sales", "product"],
            "owner_id": "bob",
            "due_on": "2024-06-10",
            "status": "in_progress",
            "progress": 50,
        },
        {
            "description": "Gamma 100%",
            "department_ids": ["after_sales"],
            "owner_id": "ana",
            "helper_ids": ["lee"],
        },
    )
    return {r["description"].split()[0]: registers.create("task", r, actor=ana) for r in rows}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "Alpha Beta Gamma"),
        ("alpha", "Alpha"),
        ("打印", "Alpha"),
        ("100%", "Gamma"),
        ("-alpha", "Beta Gamma"),
        ("owner:@me", "Alpha Gamma"),
        ("owner:bob", "Beta"),
        ("owner:@bob,ana", "Alpha Beta Gamma"),
        ("dept:sales", "Alpha Beta"),
        ("dept:product", "Beta"),
        ("-dept:sales", "Gamma"),
        ("helper:lee", "Gamma"),
        ("helper:none", "Alpha Beta"),
        ("status:in_progress", "Beta"),
        ("status:进行中", "Beta"),
        ("due:2024-06-03", "Alpha"),
        ("due:<2024-06-10", "Alpha"),
        ("due:>2024-06-03", "Beta"),
        ("due:2024-06-03..2024-06-10", "Alpha Beta"),
        ("due:2024-06-04..", "Beta"),
        ("due:..today", "Alpha"),
        ("due:none", "Gamma"),
        ("text:be*", "Beta"),
        ("number:XZ2024001", "Alpha"),
        ("owner:@me due:today", "Alpha"),
    ],
)
def test_terms(desk: Desk, tasks: dict[str, int], text: str, found: str) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    page = registers.page("task", actor=ana, filter_text=text, sort="number")
    names = {i: n for n, i in tasks.items()}
    assert sorted(names[r.id] for r in page.rows) == found.split()
    assert registers.count("task", actor=ana, filter_text=text) == len(found.split())


@pytest.mark.parametrize("text", ["owner:nobody", "dept:moon", "status:odd", "colour:red", 'x "'])
def test_bad_terms_are_refused_with_their_place(desk: Desk, text: str) -> None:
    with pytest.raises(FilterError) as refused:
        desk.services.registers.page("task", actor=desk.actor("ana"), filter_text=text)
    assert refused.value.length > 0


def test_money_moments_and_switches(desk: Desk) -> None:
    registers, ana = desk.services.registers, desk.actor("ana")
    customer = desk.customer()
    both = {"customer_id": customer, "start_on": "2024-01-01", "end_on": "2024-12-31"}
    small = registers.create(
        "contract", {**both, "name": "Small", "amount_fen": 100_000}, actor=ana
    )
    given = {"solution_confirmed_at": desk.now, "delivered_at": desk.now}
    large = registers.create(
        "contract", {**both, "name": "Large", "amount_fen": 5_000_000, **given}, actor=ana
    )

    def ids(text: str, kind: str = "contract") -> list[int]:
        return [r.id for r in registers.page(kind, actor=ana, filter_text=text).rows]

    assert ids("amount:>2000") == [large]
    assert ids("amount:1000") == [small]
    assert ids("amount:..1000") == [small]
    assert ids("delivered:2024-06-03") == ids("delivered:2024-06-03..2024-06-03") == [large]
    assert ids("delivered:>2024-06-02") == [large] and ids("delivered:>2024-06-03") == []
    assert ids("delivered:<2024-06-04") == [large] and ids("delivered:<2024-06-03") == []
    assert ids(f"customer:{desk.services.customers.view(customer, actor=ana).row.customer_no}")


def test_completion_knows_keys_and_values(desk: Desk) -> None:
    assert "owner:" in desk.services.registers.complete("task", "ow")
    assert desk.services.registers.complete("task", "status:do") == ["status:done"]
