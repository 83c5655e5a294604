"""Profiles of templates 2 to 5 of source A: their Chinese headers are mapped without a question (R-314).

Columns and what they may be called come from the description of the kind. A record that bears a number
is known by it; one that bears none by the cells that name it, so that a corrected cell elsewhere in
its row changes the record instead of adding another.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from crm_tui.domain.msg import msg
from crm_tui.domain.records.base import REFERENCES, fields
from crm_tui.domain.records.headers import names_of
from crm_tui.domain.records.registry import kind
from crm_tui.exchange.headers import Column, fold
from crm_tui.exchange.profiles.base import Case, RecordRow, Refused, digest_of, misfit, refuse
from crm_tui.exchange.tabular import Row

_LIST: Final = re.compile(r"[+、,，;；/\n]+")


@dataclass(frozen=True, slots=True)
class Template:
    """The profile of one kind of record."""

    name: str
    kind: str
    known_by: tuple[str, ...]
    """Fields that name a record which bears no number."""

    @property
    def title(self) -> str:
        """The name of the kind."""
        return kind(self.kind).plural

    @property
    def columns(self) -> tuple[Column, ...]:
        """A column for every field that is typed; what the kind requires the file must have."""
        return tuple(
            Column(name, names_of(spec), required=spec.required and name != "deadline_on")
            for name, spec in fields(kind(self.kind)).items()
            if not spec.computed
        )

    def parse(self, rows: Iterable[Row]) -> Iterator[Case | Refused]:
        """One record a row; refuses the same record a second time."""
        seen: set[str] = set()
        specs = fields(kind(self.kind))
        names = {column.name for column in self.columns}
        looked_up = [n for n in names if n == "number" or specs[n].picker in REFERENCES]
        persons = [n for n in looked_up if specs[n].picker == "staff" and not specs[n].many]
        for row in rows:
            if row.problem is not None:
                yield misfit(row, row.problem)
                continue
            data = {n: text for n, text in row.values.items() if n in names and text.strip()}
            for name in looked_up:
                # A number or name typed in full width is the same number or name.
                if name in data:
                    data[name] = unicodedata.normalize("NFKC", data[name]).strip()
            several = next((n for n in persons if len(_named(data.get(n, ""))) > 1), None)
            if several is not None:
                reason = msg("{column} names several persons; name the one", column=several)
                yield refuse(row, reason, "several_persons")
                continue
            number = data.get("number", "")
            known = (number,) if number else tuple(fold(data.get(n, "")) for n in self.known_by)
            key = f"{self.name}:{digest_of(*known)}"
            if key in seen:
                reason = msg("The record of this row stands in the file twice")
                yield refuse(row, reason, "record_twice")
                continue
            seen.add(key)
            yield RecordRow(
                source_key=key,
                digest=digest_of(*[part for pair in row.values.items() for part in pair]),
                kind=self.kind,
                data=data,
                number=number,
                lines=(row.line,),
                raw=row.values,
            )


def _named(cell: str) -> list[str]:
    """The names in a cell."""
    return [name for part in _LIST.split(cell) if (name := part.strip())]


REQUIREMENT: Final = Template("template-requirement", "requirement", ("customer_id", "description"))
INTERACTION: Final = Template(
    "template-interaction", "interaction", ("customer_id", "occurred_on", "topic")
)
GOAL: Final = Template("template-goal", "goal", ("objective", "metric"))
TASK: Final = Template("template-task", "task", ("description",))
