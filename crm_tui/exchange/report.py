"""What an import did: the account of every row, and the file of refused rows."""

import csv
import datetime
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, TextIO

from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.exchange import reasons
from crm_tui.exchange.profiles.base import Case, ImportedCase, Refused
from crm_tui.exchange.writers import csv_cells, replacing

NOTES: Final[Mapping[str, str]] = {
    "no_customer": N_("{count} orders name no customer; they are kept without one"),
    "charge": N_(
        "{count} rows are charges and no goods: their money counts, their quantity does not"
    ),
    "rounded": N_("{count} orders were no whole fen; they were rounded"),
    "channel_assumed": N_(
        "{count} answers do not say how they were asked; they are taken as online"
    ),
}
"""What a profile had to decide about rows that it took, by code."""


class ErrorFile(AbstractContextManager["ErrorFile"]):
    """Refused rows with their reason, as CSV; the file exists only if a row was refused.

    ``columns`` are the keys of the rows, ``headers`` what stands above them. ``render`` turns
    sentences and the msgids of what is added into the reader's language. The file replaces an older
    one when the block ends, also by an error, so that what was refused is known.
    """

    def __init__(
        self,
        path: Path,
        columns: Sequence[str],
        headers: Sequence[str],
        render: Callable[[Msg | str], str],
    ) -> None:
        self._path = path
        self._columns = tuple(columns)
        self._headers = tuple(headers)
        self._render = render
        self._stack = ExitStack()
        self._stream: TextIO | None = None
        self.count = 0

    def add(self, refused: Refused) -> None:
        """Write one row; raises `Unavailable` if the file cannot be written."""
        if self._stream is None:
            part = self._stack.enter_context(replacing(self._path))
            self._stream = self._stack.enter_context(
                part.open("w", encoding="utf-8-sig", newline="")
            )
            added = [self._render(Msg(name)) for name in reasons.COLUMNS]
            self._write([*added, *self._headers])
        known = [refused.values.get(column, "") for column in self._columns]
        extra = [text for column, text in refused.values.items() if column not in self._columns]
        self._write([str(refused.line), self._render(refused.reason), refused.code, *known, *extra])
        self.count += 1

    def _write(self, cells: Sequence[str]) -> None:
        assert self._stream is not None, "add() opens the file"
        csv.writer(self._stream).writerow(csv_cells(cells, datetime.UTC))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()


@dataclass(slots=True)
class Tally:
    """Counts of an import while it runs.

    All but ``cases_*`` and ``events`` count rows of the file, so that ``rows_read`` is the sum of
    ``created``, ``changed``, ``skipped`` and ``refused``. ``unknown`` counts values kept as text by
    column and value, ``notes`` what was decided about rows; ``clocks_met`` and ``clocks_missed`` are
    set by who computes clocks, ``errors`` is the file of refused rows, set by who wrote it.
    """

    created: int = 0
    changed: int = 0
    skipped: int = 0
    refused: int = 0
    cases_created: int = 0
    cases_changed: int = 0
    cases_skipped: int = 0
    events: int = 0
    out_of_order: int = 0
    clocks_met: int = 0
    clocks_missed: int = 0
    errors: Path | None = None
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def rows_read(self) -> int:
        """Rows accounted for."""
        return self.created + self.changed + self.skipped + self.refused

    def add_created(self, case: Case) -> None:
        """``case`` is new."""
        self.created += case.row_count
        self.cases_created += 1
        self._look_at(case)

    def add_changed(self, case: Case, new_rows: int | None = None) -> None:
        """``case`` was known and has changed, by ``new_rows`` of its rows (default: all)."""
        changed = case.row_count if new_rows is None else new_rows
        self.changed += changed
        self.skipped += case.row_count - changed
        self.cases_changed += 1
        self._look_at(case)

    def add_skipped(self, case: Case) -> None:
        """``case`` was imported before and is the same."""
        self.skipped += case.row_count
        self.cases_skipped += 1
        self._look_at(case)

    def add_refused(self, refused: Refused) -> None:
        """A row is not imported."""
        self.refused += refused.row_count
        self.reasons[refused.code] += 1

    def _look_at(self, case: Case) -> None:
        self.unknown.update(case.unknown)
        if not isinstance(case, ImportedCase):
            self.notes.update(case.notes)
        else:
            self.events += len(case.events)
            self.out_of_order += len(case.out_of_order)

    def sentences(self, unknown_limit: int = 20) -> list[Msg]:
        """The summary, one sentence a line; the most frequent unknown values come first."""
        lines = [
            msg(
                "Rows read {read}: created {created}, changed {changed}, skipped {skipped}, "
                "refused {refused}",
                read=self.rows_read,
                created=self.created,
                changed=self.changed,
                skipped=self.skipped,
                refused=self.refused,
            ),
        ]
        cases = {
            "new": self.cases_created,
            "changed": self.cases_changed,
            "same": self.cases_skipped,
        }
        if self.events or self.clocks_met or self.clocks_missed:
            lines += [
                Msg(
                    N_("Records: new {new}, changed {changed}, unchanged {same}; events {events}"),
                    {**cases, "events": self.events},
                ),
                msg(
                    "Clocks: met {met}, missed {missed}",
                    met=self.clocks_met,
                    missed=self.clocks_missed,
                ),
            ]
        else:
            # What has no history has neither events nor clocks.
            lines.append(Msg(N_("Records: new {new}, changed {changed}, unchanged {same}"), cases))
        if self.errors is not None:
            lines.append(
                msg("Refused rows and why each was refused: {file}", file=str(self.errors))
            )
        if self.out_of_order:
            lines.append(
                msg(
                    "{count} rows have a time before the row above; they kept time and place",
                    count=self.out_of_order,
                )
            )
        lines += [Msg(NOTES[code], {"count": n}) for code, n in self.notes.most_common()]
        for (column, text), count in self.unknown.most_common(unknown_limit):
            lines.append(
                msg(
                    "Kept as text: {column} {value}, {count} times",
                    column=column,
                    value=repr(text[:40]),
                    count=count,
                )
            )
        if len(self.unknown) > unknown_limit:
            lines.append(
                msg("and {count} further unknown values", count=len(self.unknown) - unknown_limit)
            )
        return lines

    def as_dict(self) -> Mapping[str, object]:
        """The summary for programs."""
        return {
            "rows_read": self.rows_read,
            "created": self.created,
            "changed": self.changed,
            "skipped": self.skipped,
            "refused": self.refused,
            "cases": {
                "created": self.cases_created,
                "changed": self.cases_changed,
                "skipped": self.cases_skipped,
            },
            "events": self.events,
            "out_of_order": self.out_of_order,
            "clocks": {"met": self.clocks_met, "missed": self.clocks_missed},
            "refusals": dict(self.reasons),
            "notes": dict(self.notes),
            "errors": None if self.errors is None else str(self.errors),
            "unknown": [
                {"column": column, "value": text, "count": count}
                for (column, text), count in self.unknown.most_common()
            ],
        }
