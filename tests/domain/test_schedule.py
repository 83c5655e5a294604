"""Dependencies: rings, proposals after a delay, the critical path."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.domain.schedule import (
    Move,
    Span,
    broken,
    critical_path,
    in_order,
    propagated,
    ring,
)

DAY0 = date(2024, 6, 3)


def span(start: int, days: int) -> Span:
    return Span(DAY0 + timedelta(days=start), DAY0 + timedelta(days=start + days - 1))


def test_a_ring_is_named_before_it_is_closed() -> None:
    links = [("a", "b"), ("b", "c"), ("x", "c")]
    assert ring(links, "c", "a") == ["c", "a", "b", "c"]
    assert ring(links, "a", "a") == ["a", "a"]
    assert ring(links, "a", "c") == []
    assert ring(links, "c", "y") == []
    diamond = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    assert ring(diamond, "z", "a") == []


@pytest.mark.req("R-206")
def test_a_delay_is_answered_with_a_proposal() -> None:
    spans = {"a": span(0, 5), "b": span(5, 3), "c": span(8, 2), "d": span(30, 1)}
    links = [("a", "b"), ("b", "c"), ("c", "d"), ("gone", "a")]
    assert broken(spans, links) == [] and propagated(spans, links) == []
    late = {**spans, "a": span(0, 10)}
    assert broken(late, links) == [("a", "b")]
    assert propagated(late, links) == [
        Move("b", spans["b"], span(10, 3)),
        Move("c", spans["c"], span(13, 2)),
    ]


@pytest.mark.req("R-206")
def test_a_successor_starts_the_day_after_not_on_the_last_day() -> None:
    spans = {"a": span(0, 5), "b": span(4, 2)}
    assert broken(spans, [("a", "b")]) == [("a", "b")]
    assert propagated(spans, [("a", "b")]) == [Move("b", spans["b"], span(5, 2))]
    assert broken({**spans, "b": span(5, 2)}, [("a", "b")]) == []


def test_the_longest_chain_decides_the_end() -> None:
    spans = {"a": span(0, 5), "b": span(5, 3), "c": span(0, 7), "d": span(8, 2)}
    links = [("a", "b"), ("b", "d"), ("c", "d")]
    assert critical_path(spans, links) == ["a", "b", "d"]
    assert critical_path({"c": span(0, 7)}, []) == ["c"]
    assert critical_path({}, links) == []


def test_tasks_of_a_ring_are_left_out() -> None:
    assert in_order("abc", [("a", "b"), ("b", "a"), ("a", "z")]) == ["c"]
    assert critical_path({"a": span(0, 1), "b": span(1, 1)}, [("a", "b"), ("b", "a")]) == []


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=20),
)
def test_after_the_proposal_no_link_is_broken(
    given_spans: list[tuple[int, int]], pairs: list[tuple[int, int]]
) -> None:
    spans = {key: span(*one) for key, one in enumerate(given_spans)}
    links: list[tuple[int, int]] = []
    for before, after in pairs:
        if before in spans and after in spans and not ring(links, before, after):
            links.append((before, after))
    moves = propagated(spans, links)
    after_all = spans | {m.key: m.new for m in moves}
    assert broken(after_all, links) == []
    for move in moves:
        assert move.new.start > move.old.start and move.new.days == move.old.days
    order = in_order(spans, links)
    assert sorted(order) == sorted(spans)
    assert all(order.index(a) < order.index(b) for a, b in links)
    path = critical_path(spans, links)
    assert all(pair in links for pair in pairwise(path))
