"""Profile nps: answers of 0 to 10 to the question of recommendation, one a row (R-233, R-267).

A file that does not say how people were asked is taken as asked online; the report counts such rows.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_
from crm_tui.exchange.headers import Column
from crm_tui.exchange.profiles.base import (
    SHANGHAI,
    Case,
    RecordRow,
    Refused,
    digest_of,
    misfit,
    no_number,
    refuse,
)
from crm_tui.exchange.profiles.orders import bad_value, day
from crm_tui.exchange.tabular import Row

NOON: Final = time(12)
"""The hour of answers of which only the day is known."""
_CHANNEL: Final = "Channel"


@dataclass(frozen=True, slots=True)
class Nps:
    """The profile; ``zone`` is where the days are counted."""

    zone: ZoneInfo = SHANGHAI
    name: str = "nps"
    title: str = N_("Answers on recommendation (NPS)")
    columns: tuple[Column, ...] = (
        Column("ID"),
        Column("Market"),
        Column("Survey date", ("date",)),
        Column("Customer Name", ("respondent",)),
        Column("NPS", ("score",)),
        Column(_CHANNEL, required=False),
    )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One answer a row."""
        for row in rows:
            if row.problem is not None:
                yield misfit(row, row.problem)
                continue
            if not row.values["ID"].strip():
                yield refuse(row, no_number("ID"), "no_number")
                continue
            try:
                yield self._answer(row)
            except ValidationError as error:
                yield refuse(row, error.message, error.code)

    def _answer(self, row: Row) -> RecordRow:
        values = row.values
        on = day(values, "Survey date", "%d-%m-%Y", "28-03-2021")
        points = values["NPS"].strip()
        if not points.isdecimal():
            raise bad_value("NPS", points, "8")
        channel = values.get(_CHANNEL, "").strip()
        return RecordRow(
            source_key=f"{self.name}:{values['ID'].strip()[:100]}",
            digest=digest_of(*values.values()),
            kind="survey_answer",
            data={
                "survey": "nps",
                "scale_low": 0,
                "scale_high": 10,
                "answer": points,
                "market": values["Market"].strip(),
                "respondent": values["Customer Name"].strip(),
                "channel": channel or "online",
                "answered_at": datetime.combine(on, NOON, self.zone),
            },
            notes=() if channel else ("channel_assumed",),
            lines=(row.line,),
            raw=values,
        )


NPS: Final = Nps()
