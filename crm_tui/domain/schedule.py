"""Finish-to-start dependencies between tasks: rings, what a delay pushes, the critical path (R-206).

Days are calendar days. A successor starts on the day after its last predecessor ends. Nothing here moves
a date: a delay is answered with a proposal.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a task, both ends included."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it takes."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Move(Generic[K]):
    """A task that would have to move."""

    key: K
    old: Span
    new: Span


Links = Iterable[tuple[K, K]]
"""Pairs of predecessor and successor."""


def _successors(links: "Links[K]") -> dict[K, list[K]]:
    found: dict[K, list[K]] = {}
    for before, after in links:
        found.setdefault(before, []).append(after)
    return found


def ring(links: "Links[K]", before: K, after: K) -> list[K]:
    """The ring that a new link ``before -> after`` would close, or an empty list.

    The list begins and ends with ``before``.
    """
    if before == after:
        return [before, before]
    following = _successors(links)
    came_from: dict[K, K] = {}
    waiting = deque([after])
    seen = {after}
    while waiting:
        here = waiting.popleft()
        if here == before:
            path = [here]
            while path[-1] != after:
                path.append(came_from[path[-1]])
            return [before, *reversed(path)]
        for nxt in following.get(here, ()):
            if nxt not in seen:
                seen.add(nxt)
                came_from[nxt] = here
                waiting.append(nxt)
    return []


def in_order(keys: Iterable[K], links: Sequence[tuple[K, K]]) -> list[K]:
    """The tasks with every predecessor before its successors; those of a ring are left out."""
    wanted = list(dict.fromkeys(keys))
    known = set(wanted)
    inside = [(a, b) for a, b in links if a in known and b in known]
    following = _successors(inside)
    open_before = dict.fromkeys(wanted, 0)
    for _, after in inside:
        open_before[after] += 1
    ready = deque(k for k in wanted if not open_before[k])
    found: list[K] = []
    while ready:
        here = ready.popleft()
        found.append(here)
        for nxt in following.get(here, ()):
            open_before[nxt] -= 1
            if not open_before[nxt]:
                ready.append(nxt)
    return found


def broken(spans: Mapping[K, Span], links: Sequence[tuple[K, K]]) -> list[tuple[K, K]]:
    """Links whose successor starts before its predecessor has ended."""
    return [
        (a, b) for a, b in links if a in spans and b in spans and spans[b].start <= spans[a].end
    ]


def propagated(spans: Mapping[K, Span], links: Sequence[tuple[K, K]]) -> list[Move[K]]:
    """The moves that would mend every broken link, each task as little as needed, its length kept."""
    following = _successors(links)
    now = dict(spans)
    moves: list[Move[K]] = []
    for key in in_order(spans, links):
        if now[key] != spans[key]:
            moves.append(Move(key, spans[key], now[key]))
        for nxt in following.get(key, ()):
            if nxt in now and now[nxt].start <= now[key].end:
                start = now[key].end + DAY
                now[nxt] = Span(start, start + (spans[nxt].end - spans[nxt].start))
    return moves


def critical_path(spans: Mapping[K, Span], links: Sequence[tuple[K, K]]) -> list[K]:
    """The chain of linked tasks that decides when the last of them ends, first task first.

    By length in days along the links; a task without links is a chain of its own.
    """
    before: dict[K, list[K]] = {}
    for a, b in links:
        before.setdefault(b, []).append(a)
    longest: dict[K, int] = {}
    came_from: dict[K, K] = {}
    for key in in_order(spans, links):
        ahead = [p for p in before.get(key, ()) if p in longest]
        best = max(ahead, key=lambda p: longest[p], default=None)
        longest[key] = spans[key].days + (longest[best] if best is not None else 0)
        if best is not None:
            came_from[key] = best
    if not longest:
        return []
    path = [max(longest, key=lambda k: longest[k])]
    while path[-1] in came_from:
        path.append(came_from[path[-1]])
    return path[::-1]
