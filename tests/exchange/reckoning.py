"""What the real logs say, reckoned from the files with the standard library alone."""

import csv
import gzip
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

CSV = list[dict[str, str]]
SHANGHAI = timedelta(hours=8)
"""Offset of Asia/Shanghai in all years of the logs."""
REGISTRATION = timedelta(hours=1)
FIRST_RESPONSE = timedelta(hours=24)
PROGRESS = timedelta(hours=72)
ENDED = ("resolved", "closed")
WAITING = ("waiting_customer", "waiting_third_party", "result_fed_back")

LOGS = {
    "zh-messages": ("complaints/zh_messages_replies.csv.gz", 1_690, 1_690),
    "helpdesk-events": ("tickets/helpdesk_it_events.csv.gz", 11_944, 2_495),
    "servicenow-events": ("tickets/servicenow_incident_events.csv.gz", 101_045, 17_136),
}
"""File, rows and cases of each log."""
CASE_AND_TIME = {
    "zh-messages": ("留言编号", "留言时间"),
    "helpdesk-events": ("Case ID", "Complete Timestamp"),
    "servicenow-events": ("number", "sys_updated_at"),
}
"""The columns that name the case and say when a row was written."""


@dataclass(slots=True)
class Case:
    """One case as its rows tell it: the moves in file order, and what is counted."""

    received: datetime
    registered: datetime
    moves: list[tuple[datetime, str]] = field(default_factory=list)
    reply: datetime | None = None
    reopens: int = 0
    transfers: int = 0
    group: str = ""
    progress: bool = True
    texts: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Where it is now."""
        return self.moves[-1][1] if self.moves else "registered"


def read(path: Path) -> CSV:
    """The rows of a packed log."""
    with gzip.open(path) as packed, io.TextIOWrapper(packed, "utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


def write(path: Path, rows: Iterable[Mapping[str, str]], header: Iterable[str]) -> Path:
    """A log of these rows."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(header))
        writer.writeheader()
        writer.writerows(rows)
    return path


def moment(text: str) -> datetime:
    """A local time of any of the logs, in UTC."""
    day, _, clock = text.strip().partition(" ")
    if "/" in day and len(day.split("/")[0]) < 4:
        day = "/".join(reversed(day.split("/")))
    year, month, date = (int(part) for part in day.replace("-", "/").split("/"))
    hour, minute, second = (*clock.split(":"), "0", "0")[:3] if clock else ("0", "0", "0")
    whole = datetime(year, month, date, int(hour), int(minute), tzinfo=UTC)
    return whole + timedelta(seconds=float(second)) - SHANGHAI


def known_at(profile: str, rows: CSV, now: datetime) -> CSV:
    """What the log said at ``now``: of each case the rows until the first later one."""
    case, time = CASE_AND_TIME[profile]
    over: set[str] = set()
    found: CSV = []
    for row in rows:
        if moment(row[time]) > now:
            over.add(row[case])
        if row[case] in over:
            continue
        if profile == "zh-messages" and moment(row["答复时间"]) > now:
            row = {**row, "答复意见": "", "答复时间": ""}
        found.append(row)
    return found


def _servicenow(rows: CSV) -> dict[str, Case]:
    named = {"New": "registered", "Active": "accepted", "Awaiting User Info": "waiting_customer"}
    named |= {"Resolved": "resolved", "Closed": "closed"}
    cases: dict[str, Case] = {}
    counts: dict[str, int] = {}
    for row in rows:
        key = row["number"]
        at = moment(row["sys_updated_at"])
        if key not in cases:
            received = moment(row["opened_at"])
            created = row["sys_created_at"]
            cases[key] = Case(received, at if created == "?" else moment(created))
        case = cases[key]
        state = named.get(row["incident_state"], "waiting_third_party")
        _move(case, at, state, int(row["reopen_count"]) > counts.get(key, 0))
        counts[key] = max(counts.get(key, 0), int(row["reopen_count"]))
        if state != "registered" and case.reply is None:
            case.reply = at
        _hand_over(case, row["assignment_group"])
    return cases


def _helpdesk(rows: CSV) -> dict[str, Case]:
    named = {"Take in charge ticket": "accepted", "Wait": "waiting_third_party"}
    named |= {"Require upgrade": "waiting_third_party", "Resolve ticket": "resolved"}
    named |= {"Closed": "closed"}
    cases: dict[str, Case] = {}
    for row in rows:
        at = moment(row["Complete Timestamp"])
        case = cases.setdefault(row["Case ID"], Case(at, at))
        state = named.get(row["Activity"])
        if state is not None:
            _move(case, at, state, False)
            if state == "accepted" and case.reply is None:
                case.reply = at
        _hand_over(case, row["workgroup"])
    return cases


def _messages(rows: CSV) -> dict[str, Case]:
    cases = {}
    for row in rows:
        at = moment(row["留言时间"])
        case = Case(at, at, progress=False)
        case.texts = ["".join(row[name].split()) for name in ("留言详情", "答复意见") if row[name]]
        if row["答复意见"]:
            case.reply = moment(row["答复时间"])
            case.moves = [(case.reply, "result_fed_back")]
        cases[row["留言编号"]] = case
    return cases


def _move(case: Case, at: datetime, state: str, reopened: bool) -> None:
    before = case.state
    if state != before:
        case.moves.append((at, state))
    case.reopens += reopened or (before in ENDED and state not in ENDED)


def _hand_over(case: Case, group: str) -> None:
    if group in ("", "?", case.group):
        return
    case.transfers += bool(case.group)
    case.group = group


READERS: Mapping[str, Callable[[CSV], dict[str, Case]]] = {
    "zh-messages": _messages,
    "helpdesk-events": _helpdesk,
    "servicenow-events": _servicenow,
}


def cases_of(profile: str, rows: CSV) -> dict[str, Case]:
    """The cases of a log by the key under which they are stored."""
    return {f"{profile}:{key}": case for key, case in READERS[profile](rows).items()}


Stand = tuple[str, int, str, datetime | None, int]
"""Kind, cycle, state, due while it runs, and seconds used."""


def clocks(case: Case, now: datetime) -> Iterator[Stand]:
    """The clocks of a case that has no tier, at ``now`` when everything in it has happened."""
    yield from _first_response(case)
    if case.progress:
        yield from _progress(case, now)
    used = max(case.registered - case.received, timedelta())
    state = "met" if used <= REGISTRATION else "missed"
    yield "registration", 1, state, None, int(used.total_seconds())


def _first_response(case: Case) -> Iterator[Stand]:
    due = case.received + FIRST_RESPONSE
    ends = [at for at, state in case.moves if state in ENDED]
    if case.reply is not None and case.reply < case.received:
        return  # answered before it was received: nothing to measure
    if case.reply is not None and (not ends or case.reply <= min(ends)):
        state, end = ("met" if case.reply <= due else "missed"), case.reply
    elif ends:
        state, end = ("not_applicable" if min(ends) <= due else "missed"), min(ends)
    else:
        yield "first_response", 1, "running", due, -1
        return
    yield "first_response", 1, state, None, int((end - case.received).total_seconds())


def _progress(case: Case, now: datetime) -> Iterator[Stand]:
    """Registration to resolution without waiting; a reopen begins another cycle."""
    cycle, since, used = 1, max(case.registered, case.received), timedelta()
    state = "registered"
    ended = False
    for at, to in sorted(case.moves, key=lambda move: move[0]):
        if not ended and state not in WAITING:
            used += max(at - since, timedelta())
        if not ended and to in ENDED:
            met = "met" if used <= PROGRESS else "missed"
            yield "progress", cycle, met, None, int(used.total_seconds())
            ended = True
        elif ended and to not in ENDED:
            cycle, used, ended = cycle + 1, timedelta(), False
        state, since = to, max(at, since)
    if not ended:
        paused = state in WAITING
        due = None if paused else since + (PROGRESS - used)
        yield "progress", cycle, "paused" if paused else "running", due, -1
