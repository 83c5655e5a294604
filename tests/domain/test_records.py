"""The descriptions of records: complete in both languages, and what follows from them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui import i18n
from crm_tui.domain.errors import DomainError, NotFound, ValidationError
from crm_tui.domain.records import base, derive, enums, headers, words
from crm_tui.domain.records.base import FieldSpec, Kind, RecordInvalid, fields, validate
from crm_tui.domain.records.folding import fold
from crm_tui.domain.records.interactions import check_not_future
from crm_tui.domain.records.problem import Problem
from crm_tui.domain.records.registry import REGISTRY, kind
from crm_tui.domain.records.values import readable
from tests.exchange.template_rows import TEMPLATES as PRINTED

KIND_NAMES = list(REGISTRY)
TEMPLATES = {n.removeprefix("template-").removesuffix("s"): rows[0] for n, rows in PRINTED.items()}
"""Headers of the five templates (requirements.md A.4)."""

REQUIREMENT = {"customer_id": 1, "type": "product", "description": "智能仓储系统"}
INTERACTION = {"occurred_on": "2024-05-10", "customer_id": 1, "channel": "visit", "topic": "Q2"}
CONTRACT = {"customer_id": 1, "start_on": "2024-01-01", "end_on": "2024-12-31"}
GOAL = {
    "objective": "满意度",
    "metric": "满意度",
    "baseline": 75,
    "target": 90,
    "deadline_on": "2024-07-01",
}
TASK = {"description": "x", "department_ids": [1], "owner_id": 1}
TICKET = {"kind": "complaint", "channel": "phone", "subject": "s", "description": "d"}


def every_enum() -> Iterator[type[StrEnum]]:
    """The enumerations of all fields."""
    found = {s.enum for k in REGISTRY.values() for s in fields(k).values() if s.enum is not None}
    yield from sorted(found, key=lambda e: e.__name__)


def refused(name: str, data: Mapping[str, Any]) -> RecordInvalid:
    """The refusal of data that must not pass."""
    with pytest.raises(RecordInvalid) as caught:
        validate(kind(name), data)
    return caught.value


# Labels


@pytest.mark.req("R-313")
@pytest.mark.parametrize("name", KIND_NAMES)
def test_every_kind_and_field_is_named_in_both_languages(name: str) -> None:
    one = kind(name)
    named = [one.title, one.plural]
    for spec in fields(one).values():
        named += [spec.label, spec.help] if spec.help else [spec.label]
    for msgid in named:
        assert msgid.strip()
        assert i18n.tr(msgid, "zh") != msgid, f"{name}: no Chinese for {msgid!r}"


@pytest.mark.req("R-313")
@pytest.mark.parametrize("enum", list(every_enum()), ids=lambda e: e.__name__)
def test_every_value_of_an_enumeration_is_named(enum: type[StrEnum]) -> None:
    for one in enum:
        assert words.enum_label(one).strip()
        assert words.enum_label(one) != one.value
        assert words.member(enum, one.value) is one
        assert words.member(enum, words.enum_label(one)) is one


@pytest.mark.req("R-313")
def test_own_enumerations_have_chinese_labels() -> None:
    for enum, shown in enums._LABELS.items():
        assert {m.value for m in enum} == shown.keys()
        for msgid in shown.values():
            assert i18n.tr(msgid, "zh") != msgid, msgid


def test_words_belong_to_known_values() -> None:
    known = {e.__name__: {m.value for m in e} for e in every_enum()}
    for name, values in words.WORDS.items():
        assert name in known, name
        assert set(values) <= known[name], name


def test_an_enumeration_without_labels_is_shown_by_its_values() -> None:
    class Bare(StrEnum):
        ONE = "one"

    assert str(words.choices(Bare)) == "one"


# Descriptions


@pytest.mark.parametrize("name", KIND_NAMES)
def test_a_description_names_only_its_own_fields(name: str) -> None:
    one = kind(name)
    named = {
        *one.columns,
        *(s.removeprefix("-") for s in one.sort),
        *one.owner_fields,
        *one.department_fields,
        *one.group_fields,
        *([one.state_field] if one.state_field else []),
        one.title_field,
    }
    assert named <= fields(one).keys()
    if one.register and one.parent:
        assert one.parent in fields(one)


@pytest.mark.parametrize("name", KIND_NAMES)
def test_filter_keys_are_distinct_and_never_personal(name: str) -> None:
    one = kind(name)
    keys = [s.filter for s in fields(one).values() if s.filter]
    assert len(keys) == len(set(keys))
    for key in derive.filter_keys(one).values():
        assert fields(one)[key.field].sensitivity in ("public", "internal")


@pytest.mark.parametrize("name", KIND_NAMES)
def test_flags_are_distinct_and_leave_computed_fields_out(name: str) -> None:
    flags = derive.cli_flags(kind(name))
    assert len({f.option for f in flags}) == len(flags)
    assert not {f.field for f in flags} & {n for n, s in fields(kind(name)).items() if s.computed}
    assert all(f.option.startswith("--") and "_" not in f.option for f in flags)


@pytest.mark.parametrize("name", KIND_NAMES)
def test_schema_and_dictionary_name_every_field(name: str) -> None:
    one = kind(name)
    schema = derive.json_schema(one)
    assert set(schema["properties"]) == set(fields(one))
    assert all(p["title"] for p in schema["properties"].values())
    text = derive.data_dictionary([one], lambda m: i18n.tr(m, "zh"))
    assert all(f"`{field}`" in text for field in fields(one))
    assert text.splitlines()[0].startswith(f"## {i18n.tr(one.title, 'zh')}")


def test_schema_marks_computed_and_personal_fields() -> None:
    parts = derive.json_schema(kind("customer"))["properties"]
    assert parts["total_amount_fen"]["readOnly"]
    assert parts["total_amount_fen"]["x-unit"] == "CNY"
    assert derive.json_schema(kind("contact"))["properties"]["phone"]["x-sensitivity"] == "personal"


def test_filter_keys_know_how_their_values_are_written() -> None:
    keys = derive.filter_keys(kind("task"))
    assert keys["status"].type == "enum"
    assert "delayed" in keys["status"].values
    assert keys["owner"].type == "person"
    assert keys["dept"].type == "department"
    assert keys["dept"].many
    assert keys["due"].type == "date"
    assert keys["customer"].type == "id"
    assert derive.filter_keys(kind("order"))["amount"].type == "money"
    assert derive.filter_keys(kind("goal"))["year"].type == "number"
    assert derive.filter_keys(kind("interaction"))["automated"].type == "bool"


def test_flags_carry_what_the_command_line_needs() -> None:
    flags = {f.field: f for f in derive.cli_flags(kind("task"))}
    assert flags["owner_id"].option == "--owner"
    assert flags["owner_id"].metavar == "LOGIN"
    assert flags["helper_ids"].option == "--helpers"
    assert flags["helper_ids"].repeatable
    assert flags["delivered"].switch
    assert flags["description"].required
    order = {f.field: f for f in derive.cli_flags(kind("order"))}
    assert order["amount_fen"].option == "--amount"
    assert i18n.render(order["cost_fen"].help) == "Cost: Empty where unknown"


def test_registry_is_a_mapping_and_refuses_the_unknown() -> None:
    assert len(REGISTRY) == len(KIND_NAMES) == len(set(KIND_NAMES))
    assert REGISTRY["task"] is kind("task")
    assert "nothing" not in REGISTRY
    with pytest.raises(NotFound, match="nothing"):
        kind("nothing")


@pytest.mark.req("R-195", "D-33")
def test_numbers_widen_after_their_digits() -> None:
    assert kind("task").format_number(2024, 3) == "XZ2024003"
    assert kind("customer").format_number(2024, 1000) == "C20241000"
    assert kind("goal").format_number(2024, 1) is None


def test_a_field_without_description_is_a_defect() -> None:
    class Bare(base.Record):
        name: str = ""

    with pytest.raises(TypeError, match="name"):
        base.fields_of(Bare)


def test_labels_are_sentences_by_name() -> None:
    assert i18n.render(base.labels(kind("customer"))["name"], "zh") == "客户名称"
    assert str(base.label(kind("customer"), "unknown")) == "unknown"
    assert "customer_no" not in base.editable(kind("customer"))


# Import mapping


@pytest.mark.req("R-314")
@pytest.mark.parametrize("name", TEMPLATES)
def test_headers_of_the_templates_map_without_a_question(name: str) -> None:
    mapping = headers.import_mapping(kind(name), TEMPLATES[name])
    assert tuple(mapping) == TEMPLATES[name]
    assert len(set(mapping.values())) == len(mapping)
    assert headers.recognised(kind(name), TEMPLATES[name]) == 1.0
    others = [n for n in TEMPLATES if n != name]
    assert all(headers.recognised(kind(o), TEMPLATES[name]) < 1.0 for o in others)


@pytest.mark.req("R-315", "D-42")
@pytest.mark.parametrize(
    ("name", "header", "field"),
    [
        ("customer", "客戶(hù)編號(hào)", "customer_no"),
        ("customer", "所屬(shǔ)行業(yè)", "industry"),
        ("customer", "歷(lì)史合作時(shí)長(cháng)", "cooperation_duration"),
        ("customer", "核心需求標(biāo)簽(qiān)", "core_need_tags"),
        ("customer", "决策人（姓名／职位）", "primary_decision_maker"),
        ("requirement", "優(yōu)先級(jí)（高／中／低）", "priority"),
        ("requirement", "關(guān)聯(lián)產(chǎn)品/服務(wù)", "product_id"),
        ("interaction", "互動(dòng)日期", "occurred_on"),
        ("interaction", " 後續(xù)行動(dòng) ", "follow_up_action"),
        ("goal", "優(yōu)化目標(biāo)", "objective"),
        ("task", "涉及部門(mén)", "department_ids"),
        ("task", "完成標(biāo)準(zhǔn)", "completion_standard"),
        ("task", "狀態(tài)", "status"),
        ("task", "ＤＵＥ－ＯＮ", "due_on"),
        ("task", "First responsible", "owner_id"),
    ],
)
def test_headers_map_as_source_a_prints_them(name: str, header: str, field: str) -> None:
    assert headers.import_mapping(kind(name), [header]) == {header: field}


def test_a_field_is_taken_by_one_column_and_strangers_by_none() -> None:
    mapping = headers.import_mapping(kind("task"), ["负责人", "责任人", "", "星座"])
    assert mapping == {"负责人": "owner_id"}
    assert headers.recognised(kind("task"), ["", " "]) == 0.0


@pytest.mark.req("R-089", "R-315")
@pytest.mark.parametrize(
    ("name", "field", "text", "value"),
    [
        ("interaction", "channel", "线下拜访", "visit"),
        ("interaction", "channel", "電話(huà)溝通", "phone"),
        ("interaction", "completion_state", "待处理", "pending"),
        ("requirement", "type", "产品需求", "product"),
        ("requirement", "priority", "高", "high"),
        ("customer", "segment", "潜力", "potential"),
        ("customer", "segment", "高價(jià)值客戶(hù)", "high_value"),
        ("task", "status", "延期", "delayed"),
        ("ticket", "kind", "After-Sales", "after_sales"),
        ("ticket", "urgency", "Low urgency", "low"),
    ],
)
def test_values_are_read_in_the_words_of_the_sources(
    name: str, field: str, text: str, value: str
) -> None:
    spec = fields(kind(name))[field]
    assert readable(text, spec.base) == value


# Validation


@pytest.mark.req("R-002")
@pytest.mark.parametrize("data", [{}, {"name": ""}, {"name": "  "}, {"name": None}])
def test_a_customer_needs_a_name(data: dict[str, Any]) -> None:
    error = refused("customer", data)
    assert error.field == "name"
    assert error.code == "required"
    assert i18n.render(error.message, "zh").startswith("客户名称")


@pytest.mark.req("R-075")
@pytest.mark.parametrize("text", ["", " \n ", None])
def test_a_requirement_needs_a_description(text: str | None) -> None:
    assert refused("requirement", {**REQUIREMENT, "description": text}).field == "description"


@pytest.mark.req("R-074")
def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    error = refused("requirement", {**REQUIREMENT, "type": "magic"})
    assert error.field == "type"
    assert error.code == "unknown_value"
    assert str(error).startswith("Type is one of: Product need, Service need, ")


@pytest.mark.req("R-090", "R-105", "R-196")
@pytest.mark.parametrize(
    ("name", "data", "field"),
    [
        ("interaction", {**INTERACTION, "topic": " "}, "topic"),
        ("ticket", {**TICKET, "description": ""}, "description"),
        ("task", {**TASK, "description": ""}, "description"),
    ],
)
def test_required_texts(name: str, data: dict[str, Any], field: str) -> None:
    assert refused(name, data).field == field


@pytest.mark.req("R-197", "R-198")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"owner_id": None}, "owner_id"),
        ({"owner_id": [1, 2]}, "owner_id"),
        ({"department_ids": []}, "department_ids"),
    ],
)
def test_a_task_has_one_owner_and_a_department(change: dict[str, Any], field: str) -> None:
    assert refused("task", {**TASK, **change}).field == field


@pytest.mark.req("R-015")
def test_a_contract_does_not_end_before_it_starts() -> None:
    error = refused("contract", {**CONTRACT, "end_on": "2023-12-31"})
    assert (error.field, error.code) == ("end_on", "end_before_start")
    assert str(error) == "The end 2023-12-31 is before the start 2024-01-01"
    validate(kind("contract"), {**CONTRACT, "end_on": "2024-01-01"})


def test_a_task_does_not_end_before_it_starts() -> None:
    error = refused("task", {**TASK, "start_on": "2024-06-02", "due_on": "2024-06-01"})
    assert error.field == "due_on"
    clean = validate(kind("task"), {**TASK, "start_on": "2024-06-02", "due_on": "2024-06-02"})
    assert clean.model_dump()["status"] == "not_started"


@pytest.mark.req("R-079")
def test_a_requirement_leaves_new_with_an_owner() -> None:
    error = refused("requirement", {**REQUIREMENT, "state": "in_progress"})
    assert (error.field, error.code) == ("owner_id", "owner_required")
    validate(kind("requirement"), {**REQUIREMENT, "state": "in_progress", "owner_id": 1})


@pytest.mark.req("R-078")
def test_three_solutions_and_one_chosen() -> None:
    data = {**REQUIREMENT, "proposed_solutions": "A, cheap\nB+\nC", "chosen_solution": 2}
    clean = validate(kind("requirement"), data).model_dump()
    assert clean["proposed_solutions"] == ["A, cheap", "B+", "C"]
    error = refused("requirement", {**data, "chosen_solution": 4})
    assert (error.field, error.code) == ("chosen_solution", "no_such_solution")


@pytest.mark.req("R-081", "D-41")
def test_a_bracketed_remark_of_the_feedback_is_its_note() -> None:
    clean = validate(
        kind("requirement"), {**REQUIREMENT, "customer_feedback": "已确认（需补充成本明细）"}
    ).model_dump()
    assert clean["customer_feedback"] == "confirmed"
    assert clean["feedback_note"] == "需补充成本明细"
    kept = {**REQUIREMENT, "customer_feedback": "已确认(x)", "feedback_note": "y"}
    assert validate(kind("requirement"), kept).model_dump()["feedback_note"] == "y"


@pytest.mark.req("R-184")
def test_a_goal_needs_a_deadline_and_takes_the_review_date_for_it() -> None:
    assert refused("goal", {**GOAL, "deadline_on": None}).field == "deadline_on"
    clean = validate(kind("goal"), {**GOAL, "deadline_on": "", "review_on": "2024-06-30"})
    assert clean.model_dump()["deadline_on"] == date(2024, 6, 30)


@pytest.mark.req("R-087")
def test_a_contact_of_tomorrow_is_refused() -> None:
    check_not_future(date(2024, 6, 3), date(2024, 6, 3))
    with pytest.raises(ValidationError) as caught:
        check_not_future(date(2024, 6, 4), date(2024, 6, 3))
    assert caught.value.field == "occurred_on"


def test_all_problems_are_told_the_first_field_first() -> None:
    error = refused(
        "requirement", {"colour": 1, "priority": "?", "description": "", "customer_id": "A公司"}
    )
    assert [p.field for p in error.problems] == [
        "customer_id",
        "type",
        "description",
        "priority",
        "colour",
    ]
    assert (error.field, error.code) == ("customer_id", "bad_number")
    assert error.problems[-1].code == "unknown_field"


def test_limits_are_told_without_the_value() -> None:
    secret = "x" * 300
    error = refused("contact", {"name": "a", "phone": secret})
    assert (error.field, error.code) == ("phone", "too_long")
    assert secret not in str(error)
    assert "60" in str(error)
    assert refused("task", {**TASK, "progress": 101}).field == "progress"
    assert refused("task", {**TASK, "progress": -1}).field == "progress"
    assert refused("staff", {"login": "a b", "name": "A"}).field == "login"
    assert refused("goal", {**GOAL, "plan_year": 10_000}).field == "plan_year"


def test_records_are_read_from_what_a_spreadsheet_holds() -> None:
    row = {
        "name": " A公司 ",
        "segment": "高价值",
        "core_need_tags": "降本增效+供应链优化",
        "opening_balance_fen": "500万",
        "first_cooperation_on": "2022年6月3日",
        "manager_id": "",
        "preferences": None,
    }
    clean = validate(kind("customer"), row).model_dump()
    assert clean["name"] == "A公司"
    assert clean["core_need_tags"] == ["降本增效", "供应链优化"]
    assert clean["opening_balance_fen"] == 500_000_000
    assert clean["first_cooperation_on"] == date(2022, 6, 3)
    assert clean["manager_id"] is None
    assert clean["preferences"] == ""


# Values


@pytest.mark.req("D-36")
@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("500万", 500_000_000),
        ("80 万元", 80_000_000),
        ("5,000,000", 500_000_000),
        ("¥12.30", 1230),
        ("１２元", 1200),
        ("0.5亿", 5_000_000_000),
        ("-3", -300),
        (1230, 1230),
    ],
)
def test_money(text: str | int, fen: int) -> None:
    assert readable(text, int, name="amount_fen") == fen


@pytest.mark.parametrize("text", ["", "  "])
def test_a_blank_is_nothing(text: str) -> None:
    for wanted in (int, bool, date, datetime, Decimal, enums.GoalMode):
        assert readable(text, wanted) is None


@pytest.mark.parametrize(
    ("value", "wanted", "name"),
    [
        ("12.345", int, "a_fen"),
        ("1万2", int, "a_fen"),
        ("万", int, "a_fen"),
        ("1千万", int, "a_fen"),
        ("1,23", int, "a_fen"),
        (12.5, int, "a_fen"),
        (True, int, "a_fen"),
        ("9" * 25, int, "a_fen"),
        ("1.5", int, "n"),
        (2**31, int, "n"),
        (True, int, "n"),
        ("NaN", Decimal, "n"),
        (float("inf"), Decimal, "n"),
        ("1e5", Decimal, "n"),
        ([], Decimal, "n"),
        ("perhaps", bool, "n"),
        (2.0, bool, "n"),
        ("2024-02-30", date, "n"),
        ("tomorrow", date, "n"),
        (45000, date, "n"),
        (datetime(2024, 1, 1, 9, tzinfo=UTC), date, "n"),
        ("2024-06-30T09:00", datetime, "n"),
        ("0001-01-01T00:00+08:00", datetime, "n"),
        (datetime(2024, 1, 1), datetime, "n"),
        ("soon", datetime, "n"),
        (5, datetime, "n"),
        ("a\x00b", str, "n"),
        ("\ud800", str, "n"),
        (1.5, str, "n"),
        (True, str, "n"),
    ],
)
def test_what_cannot_be_read_is_a_problem(value: Any, wanted: type, name: str) -> None:
    with pytest.raises(Problem):
        readable(value, wanted, name=name)


@pytest.mark.parametrize(
    ("value", "wanted", "read"),
    [
        ("是", bool, True),
        ("No", bool, False),
        (True, bool, True),
        ("20%", Decimal, Decimal(20)),
        (0.1, Decimal, Decimal("0.1")),
        (12, str, "12"),
        (3.0, int, 3),
        ("2024/6/3", date, date(2024, 6, 3)),
        (datetime(2024, 6, 3, tzinfo=UTC), date, date(2024, 6, 3)),
        (date(2024, 6, 3), date, date(2024, 6, 3)),
        ("2024-06-03T09:00+08:00", datetime, datetime(2024, 6, 3, 1, tzinfo=UTC)),
        (enums.GoalMode.REACH, enums.GoalMode, enums.GoalMode.REACH),
    ],
)
def test_what_can_be_read(value: Any, wanted: type, read: Any) -> None:
    assert readable(value, wanted) == read


def test_lists_lose_doubles_and_blanks() -> None:
    assert readable("a+b、a, ,c", str, many=True) == ["a", "b", "c"]
    assert readable(5, int, many=True) == [5]
    assert readable(("1", 2, None), int, many=True) == [1, 2]
    assert readable(None, int, many=True) is None


def test_moments_come_out_in_utc() -> None:
    moment = datetime(2024, 6, 3, 9, tzinfo=timezone(timedelta(hours=8)))
    assert readable(moment, datetime).utcoffset() == timedelta(0)


def test_folding() -> None:
    assert fold("客 戶(hù)_編-號") == fold("客户编号")


# Whatever comes in

ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.datetimes(timezones=st.just(UTC)),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.none()), max_size=3),
    st.binary(max_size=4),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@pytest.mark.parametrize("name", KIND_NAMES)
@settings(max_examples=30)
@given(data=st.data())
def test_validation_answers_with_a_record_or_a_domain_error(name: str, data: st.DataObject) -> None:
    one: Kind = kind(name)
    keys = st.sampled_from([*fields(one), "colour"])
    given_data = data.draw(st.dictionaries(keys, ANYTHING, max_size=len(fields(one))))
    record: base.Record | None = None
    refusal: DomainError | None = None
    try:
        record = validate(one, given_data)
    except DomainError as error:
        refusal = error
    if refusal is not None:
        assert i18n.render(refusal.message, "zh")
        assert i18n.render(refusal.message, "en")
    if record is not None:
        assert validate(one, record.model_dump()) == record


def test_specs_are_plain_values() -> None:
    spec = fields(kind("customer"))["name"]
    assert isinstance(spec, FieldSpec)
    assert spec.required
    assert spec.max_length == 200
    assert spec.enum is None
