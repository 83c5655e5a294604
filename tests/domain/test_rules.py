"""Workflow, routing, tiers, numbers, money, text, dates, filters."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.domain import (
    dates,
    escalation,
    filters,
    numbers,
    routing,
    text,
    tiering,
    tokens,
    workflow,
)
from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.money import display_fen, parse_fen
from crm_tui.domain.terms import LABELS, Term
from crm_tui.domain.workflow import Facts, State

NOW = datetime(2024, 6, 3, 1, tzinfo=UTC)
ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("state", "ago", "automatic", "effect"),
    [
        (State.WAITING_CUSTOMER, 1, False, "return_to_open"),
        (State.WAITING_CUSTOMER, 1, True, "nothing"),
        (State.RESOLVED, 7, False, "reopen"),
        (State.CLOSED, 8, False, "new_ticket"),
        (State.ACCEPTED, 1, False, "nothing"),
        (State.RESULT_FED_BACK, 1, False, "nothing"),
    ],
)
def test_customer_messages(state: State, ago: int, automatic: bool, effect: str) -> None:
    found = workflow.on_customer_message(
        Facts(state), now=NOW, resolved_at=NOW - timedelta(days=ago), automatic=automatic
    )
    assert found == effect


@pytest.mark.req("R-113", "R-114", "R-121")
def test_triage() -> None:
    assert routing.triage(kind="complaint").urgency == "normal"
    assert routing.triage(kind="praise").urgency == "low"
    for name in ("safety_risk", "batch_problem", "public_opinion"):
        found = routing.triage(kind="praise", **{name: True})  # type: ignore[arg-type]  # names of booleans
        assert (found.urgency, found.urgency_forced) == ("urgent", True)
    assert routing.triage(kind="complaint", complex=True).special_team


@pytest.mark.req("R-036")
@pytest.mark.parametrize(
    ("fen", "tier"),
    [(100_000_000, "high"), (99_999_999, "medium"), (50_000_000, "medium"), (49_999_999, "low")],
)
def test_contribution_bands_are_half_open(fen: int, tier: str) -> None:
    assert tiering.contribution(fen) == tier


@pytest.mark.req("R-037", "R-039")
def test_strictest_tier_wins() -> None:
    low = {"annual_amount_fen": 0, "potential_class": "ordinary", "key_account_level": "ordinary"}
    assert tiering.service_tier(**low).tier == "C"  # type: ignore[arg-type]
    assert tiering.service_tier(**{**low, "potential_class": "key"}).tier == "A"  # type: ignore[arg-type]
    assert tiering.service_tier(**{**low, "key_account_level": "strategic"}).tier == "A"  # type: ignore[arg-type]
    start, end = tiering.year_window(datetime(2024, 2, 28, tzinfo=UTC).date())
    assert ((end - start).days, tiering.year_window(end, calendar_year=True)[0].month) == (365, 1)


def test_levels() -> None:
    assert [escalation.escalates_on_transfer(n) for n in (2, 3, 4)] == [False, True, True]
    assert escalation.level_for_unsatisfied(1, 1) == 2
    assert escalation.level_for_unsatisfied(2, 2) == 3
    assert escalation.level_for_unsatisfied(2, 1) == 3
    assert escalation.level_for_unsatisfied(1, 3) == 3


@pytest.mark.req("R-001", "R-195")
def test_numbers_grow_and_come_back() -> None:
    assert numbers.format_customer_no(2024, 1) == "C2024001"
    assert numbers.format_customer_no(2024, 1000) == "C20241000"
    assert numbers.parse_customer_no("c20241000") == (2024, 1000)
    assert numbers.parse_task_no(numbers.format_task_no(2024, 3)) == (2024, 3)
    assert numbers.parse_ticket_no(numbers.format_ticket_no(1042)) == 1042
    for bad in ("", "T-", "x9", "T-12a"):
        with pytest.raises(ValidationError):
            numbers.parse_ticket_no(bad)
    with pytest.raises(ValidationError):
        numbers.parse_customer_no("XZ2024001")


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("500万", 500_000_000),
        ("5,000,000", 500_000_000),
        ("¥12.34", 1234),
        ("-3元", -300),
        ("１０", 1000),
    ],
)
def test_money(typed: str, fen: int) -> None:
    assert parse_fen(typed) == fen


def test_money_shown_and_refused() -> None:
    assert (display_fen(500_000_000), display_fen(1234), display_fen(-2_500_000)) == (
        "500万",
        "12.34",
        "-2.5万",
    )
    for bad in ("", "abc", "1.234", "9" * 20, "+-3"):
        with pytest.raises(ValidationError):
            parse_fen(bad)


@given(st.text())
def test_shown_text_is_inert_and_fits(value: str) -> None:
    shown = text.display(value)
    assert not any(
        ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E for c in shown
    )
    assert text.cell_width(text.pad(value.replace("\n", ""), 9)) == 9


@pytest.mark.req("R-315")
def test_traditional_text_with_pinyin_folds() -> None:
    assert text.fold("產(chǎn)品優(yōu)化") == text.fold("产品优化")
    assert text.display("a\x1b]52;c;aGk=\x07b") == "a·b"


@given(st.text("张三丰李abc 1", max_size=8), st.text("张三丰李abc", min_size=1, max_size=3))
def test_tokens_find_what_is_there(document: str, needle: str) -> None:
    kept = set(tokens.index_tokens(document))
    found = all(
        any(t.startswith(w) if p else t == w for t in kept) for w, p in tokens.query_terms(needle)
    )
    han = all("一" <= c <= "鿿" for c in needle)
    if han and len(needle) <= 2:
        assert found == (needle in document)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("明天下午5点", "2024-06-04 17:00"),
        ("下周一上午9点", "2024-06-10 09:00"),
        ("月底", "2024-06-30 18:00"),
        ("fri 17:00", "2024-06-07 17:00"),
        ("+2d", "2024-06-05 09:00"),
        ("2024-07-01 14:00", "2024-07-01 14:00"),
        ("tomorrow", "2024-06-04 18:00"),
        ("周五", "2024-06-07 18:00"),
        ("6月20日 九点半", "2024-06-20 09:30"),
    ],
)
def test_dates_people_type(typed: str, wanted: str) -> None:
    found = dates.resolve(typed, NOW, ZONE)
    assert f"{found.astimezone(ZoneInfo(ZONE)):%Y-%m-%d %H:%M}" == wanted


@given(st.text(max_size=20))
def test_any_date_is_read_or_refused(typed: str) -> None:
    for read in (lambda: dates.resolve(typed, NOW, ZONE), lambda: dates.duration(typed)):
        try:
            read()
        except DomainError:
            pass


KEYS = {
    k.name: k
    for k in (
        filters.Key("status", filters.KeyKind.ENUM, {"open": ("未结",), "closed": ()}),
        filters.Key("tag", filters.KeyKind.TEXT),
        filters.Key("sla", filters.KeyKind.DURATION),
        filters.Key("number", filters.KeyKind.NUMBER),
        filters.Key("received", filters.KeyKind.DATE),
        filters.Key("late", filters.KeyKind.BOOL),
        filters.Key("agent", filters.KeyKind.PERSON),
    )
}


@pytest.mark.parametrize(
    "typed",
    [
        'status:open,closed -tag:vip* "printer jam" sla:<30m',
        "received:2026-07-01..2026-07-31 number:3..9",
        "late:yes agent:@me -x",
    ],
)
def test_filters_round_trip(typed: str) -> None:
    tree = filters.parse(typed, KEYS)
    assert filters.parse(filters.to_text(tree), KEYS) == tree


@given(
    st.text(st.sampled_from('status:opentagsla<>30m"-*,. 未\\'), max_size=25) | st.text(max_size=25)
)
@settings(max_examples=300)
def test_any_filter_is_read_or_refused_with_its_place(typed: str) -> None:
    try:
        tree = filters.parse(typed, KEYS)
    except filters.FilterError as error:
        assert 0 <= error.column <= len(typed) and error.length >= 0
        return
    assert filters.parse(filters.to_text(tree), KEYS) == tree


def test_filter_completion() -> None:
    assert filters.complete("sta", KEYS) == ["status:"]
    assert filters.complete("tag:x -status:open,cl", KEYS) == ["tag:x -status:open,closed"]
    assert filters.complete("late:", KEYS) == ["late:yes", "late:no"]
    assert filters.complete("nokey:", KEYS) == []

    def known(key: filters.Key, start: str) -> list[str]:
        return [v for v in ("ana", "an li") if v.startswith(start)]

    assert filters.complete("agent:@an", KEYS, known) == ["agent:ana", 'agent:"an li"']
    assert filters.complete("agent:", KEYS, known)[:2] == ["agent:@me", "agent:none"]


def test_every_term_has_a_label() -> None:
    for kind in Term.__subclasses__():
        assert set(LABELS[kind]) == {m.value for m in kind}
        assert all(m.label() for m in kind)
