"""View strings, placeholders and macros: what can be read, what is refused and why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.domain import macros, templates
from crm_tui.domain.errors import DomainError, RuleViolation, ValidationError
from crm_tui.domain.macros import MacroStep
from crm_tui.domain.records.base import RecordInvalid, validate
from crm_tui.domain.records.registry import kind
from crm_tui.domain.views import ViewSpec, parse_view

WORDS = st.from_regex(r"[a-z_]{1,10}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("queue", ViewSpec("queue")),
        ("queue is:open", ViewSpec("queue", "is:open")),
        ("queue is:open | due", ViewSpec("queue", "is:open", "due")),
        ("queue | due desc", ViewSpec("queue", "", "due", True)),
        ("queue|due asc|id, subject", ViewSpec("queue", "", "due", False, ("id", "subject"))),
        ('queue "a | b" | due', ViewSpec("queue", '"a | b"', "due")),
        (r'queue "a \" | b"', ViewSpec("queue", r'"a \" | b"')),
        ("customers tier:A | | name", ViewSpec("customers", "tier:A", columns=("name",))),
    ],
)
def test_a_view_reads_back_as_it_was_written(text: str, spec: ViewSpec) -> None:
    assert parse_view(text) == spec
    assert parse_view(spec.to_text()) == spec


@pytest.mark.parametrize(
    "text",
    ["", "| due", "Queue!", "queue | a b c", "queue | due down", "queue | | id,id",
     "queue | | id,", "queue || x | y", "queue | DUE", "q" * 4000],
)  # fmt: skip
def test_what_is_no_view_is_refused(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        parse_view(text)
    assert refused.value.code == "bad_view"


@given(
    st.builds(
        ViewSpec,
        screen=WORDS,
        filter=st.lists(st.sampled_from(["is:open", '"a | b"', "tag:x", "-due:today"])).map(
            " ".join
        ),
        sort=WORDS,
        descending=st.booleans(),
        columns=st.lists(WORDS, unique=True, max_size=4).map(tuple),
    )
)
def test_every_view_survives_its_string(spec: ViewSpec) -> None:
    assert parse_view(spec.to_text()) == spec


@given(st.text(max_size=80))
def test_any_text_is_a_view_or_a_refusal(text: str) -> None:
    try:
        assert parse_view(parse_view(text).to_text()) == parse_view(text)
    except DomainError as error:
        assert error.code == "bad_view"


@pytest.mark.req("R-302")
def test_a_text_for_customers_names_nothing_internal() -> None:
    templates.check("{{customer.name}} {{ ticket.number }}", public=True)
    for name in templates.INTERNAL:
        with pytest.raises(RuleViolation) as refused:
            templates.check(f"x {{{{{name}}}}}", public=True)
        assert refused.value.code == "internal_placeholder"
        templates.check(f"x {{{{{name}}}}}", public=False)
    for text in ("{{}}", "{{contract}}", "{{customer.phone}}"):
        with pytest.raises(ValidationError) as unknown:
            templates.check(text, public=False)
        assert unknown.value.code == "unknown_placeholder"


def test_filling_names_what_is_empty_and_fills_nothing_twice() -> None:
    text = "{{customer.name}}: {{ ticket.subject }} {{ticket.due}}{{ticket.due}}"
    values = {"customer.name": "A公司", "ticket.subject": "{{agent.name}}", "ticket.due": " "}
    filled = templates.fill(text, values, public=True)
    assert filled.text == "A公司: {{agent.name}}   "
    assert filled.empty == ("ticket.due",)
    assert templates.placeholders(text) == ("customer.name", "ticket.subject", "ticket.due")


def test_a_macro_is_read_line_by_line() -> None:
    text = """
    # vendor
    take
    assign @me
    status accepted looked at it
    status resolved
    wait third_party  the vendor answers
    department product knows it
    tag +vendor -new
    note seen by the vendor
    reply @sorry
    urgency urgent
    """
    assert macros.parse_steps(text) == (
        MacroStep("take"),
        MacroStep("assign", "@me"),
        MacroStep("status", "accepted", "looked at it"),
        MacroStep("status", "resolved"),
        MacroStep("wait", "third_party", "the vendor answers"),
        MacroStep("department", "product", "knows it"),
        MacroStep("tag", "+vendor -new"),
        MacroStep("note", "seen by the vendor"),
        MacroStep("reply", "@sorry"),
        MacroStep("urgency", "urgent"),
    )
    steps = {s.verb: s for s in macros.parse_steps(text)}
    assert steps["reply"].canned == "sorry"
    assert steps["note"].canned is None and steps["assign"].canned is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at least one"),
        ("# nothing", "at least one"),
        ("take\nfly away", "Line 2: there is no verb fly"),
        ("take it", "Line 1: take takes 0"),
        ("wait customer", "Line 1: wait takes 2"),
        ("note", "Line 1: note takes 1"),
        ("status happy", "Line 1: status is one of"),
        ("urgency very", "Line 1: urgency is one of"),
        ("wait weather rain", "Line 1: wait is one of"),
        ("take\n" * 21, "at most 20"),
    ],
)
def test_what_is_no_macro_names_the_line(text: str, says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        macros.parse_steps(text)
    assert refused.value.code == "bad_macro" and refused.value.field == "steps"
    assert says in str(refused.value.message)


@pytest.mark.parametrize(
    ("name", "data", "field", "code"),
    [
        ("saved_view", {"name": "x", "text": "| x"}, "text", "bad_view"),
        ("canned_text", {"name": "a b", "body": "x"}, "name", "not_a_word"),
        ("canned_text", {"name": "ab", "body": "{{nope}}"}, "body", "unknown_placeholder"),
        ("canned_text", {"name": "ab", "body": "{{contract.amount}}"}, "body",
         "internal_placeholder"),
        ("macro", {"name": "a/b", "steps": "take"}, "name", "not_a_word"),
        ("macro", {"name": "ab", "steps": "fly"}, "steps", "bad_macro"),
        ("time_entry", {"ticket_id": 1, "minutes": 0, "day": "2024-06-03"}, "minutes", "invalid"),
    ],
)  # fmt: skip
def test_what_is_kept_is_checked_first(
    name: str, data: dict[str, object], field: str, code: str
) -> None:
    with pytest.raises(RecordInvalid) as refused:
        validate(kind(name), data)
    assert (refused.value.field, refused.value.code) == (field, code)


def test_internal_texts_may_name_internal_fields() -> None:
    made = validate(
        kind("canned_text"), {"name": "sum", "body": "{{contract.amount}}", "audience": "internal"}
    )
    assert made.model_dump()["body"] == "{{contract.amount}}"
