"""Profile zh-messages: citizens' messages with the official reply in the same row.

Each row is a complaint. The reply is a public message and brings result_fed_back. Times are read
in Asia/Shanghai.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from crm_tui.domain.msg import N_, msg
from crm_tui.exchange.headers import Column
from crm_tui.exchange.profiles.base import (
    SHANGHAI,
    Case,
    EventType,
    Refused,
    bad_time,
    misfit,
    no_number,
    refuse,
    too_long,
)
from crm_tui.exchange.profiles.building import Building
from crm_tui.exchange.profiles.groups import MAX_NUMBER, MISSING, Times, year_first
from crm_tui.exchange.tabular import Row

_EXAMPLE: Final = "2019/4/25 9:32:09"


def tidy(text: str) -> str:
    """``text`` without the indentation the website put around it; inner line breaks stay."""
    lines = [line.strip(" \t\r\u3000\xa0") for line in text.split("\n")]
    return "\n".join(line for line in lines if line)


@dataclass(frozen=True, slots=True)
class ZhMessages:
    """The profile; ``zone`` is where the clock of the website stood."""

    zone: ZoneInfo = SHANGHAI
    name: str = "zh-messages"
    title: str = N_("Messages with replies (Chinese headers)")
    columns: tuple[Column, ...] = (
        Column("留言编号", ("编号", "message id")),
        Column("留言用户", ("用户", "customer")),
        Column("留言主题", ("主题", "subject")),
        Column("留言时间", ("时间", "time")),
        Column("留言详情", ("详情", "内容", "text")),
        Column("答复意见", ("答复", "reply")),
        Column("答复时间", ("回复时间", "reply time")),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One complaint per row; refuses a number that comes again and times it cannot read."""
        times = Times(year_first, self.zone)
        seen: set[str] = set()
        for row in rows:
            yield self._case(row, times, seen)

    def _case(self, row: Row, times: Times, seen: set[str]) -> Case | Refused:
        if row.problem is not None:
            return misfit(row, row.problem)
        values = row.values
        number = values["留言编号"].strip()
        if number in MISSING:
            return refuse(row, no_number("留言编号"), "no_number")
        if len(number) > MAX_NUMBER:
            return refuse(row, too_long("留言编号", MAX_NUMBER), "number_too_long")
        if number in seen:
            reason = msg("The number {number} stands in the file twice", number=number)
            return refuse(row, reason, "number_twice")
        asked = times.get(values["留言时间"])
        if asked is None:
            fault = bad_time("留言时间", values["留言时间"], _EXAMPLE)
            return refuse(row, fault.message, fault.code)
        reply, replied = tidy(values["答复意见"]), times.get(values["答复时间"])
        if reply and replied is None:
            fault = bad_time("答复时间", values["答复时间"], _EXAMPLE)
            return refuse(row, fault.message, fault.code)
        seen.add(number)
        text, subject = tidy(values["留言详情"]), " ".join(values["留言主题"].split())
        customer = values["留言用户"].strip()
        case = Building(number)
        case.begin(row, asked, customer, values["留言时间"], subject, text)
        for column, value in values.items():
            if value == "?":
                case.unknown[column, value] += 1
        case.emit(EventType.CREATED)
        case.emit(EventType.REGISTERED)
        case.emit(EventType.CUSTOMER_MESSAGE, {"public": "true"}, text=text)
        case.end({})
        if reply and replied is not None:
            if ":" not in values["答复时间"]:
                # a day without a time counts from its midnight; the text shows why
                case.unknown["答复时间", values["答复时间"]] += 1
            case.follow(replied, "", "reply", values["答复时间"], reply)
            case.emit(EventType.STAFF_REPLY, {"public": "true", "first_response": "1"}, text=reply)
            before, case.state = case.state, "result_fed_back"
            case.emit(EventType.RESULT_FED_BACK, {"from": before, "to": case.state})
            case.end({})
        return case.finish(
            self.name,
            customer="" if customer in MISSING else customer,
            subject=subject or number,
            description=text,
            kind="complaint",
            channel="online",
            received_at=asked,
            registered_at=asked,
            raw=values,
        )


PROFILE: Final = ZhMessages()
