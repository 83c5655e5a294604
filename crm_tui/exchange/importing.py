"""Running an import: validate the whole file, then write it in batches, then account for every row."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import DomainError, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.exchange import profiles, reasons
from crm_tui.exchange.headers import Column, match
from crm_tui.exchange.profiles.base import (
    Case,
    CustomerRow,
    ImportedCase,
    OrderRow,
    Profile,
    RecordRow,
    Refused,
)
from crm_tui.exchange.report import ErrorFile, Tally
from crm_tui.exchange.tabular import Table, open_table
from crm_tui.services.actor import Actor
from crm_tui.services.facade import Services
from crm_tui.services.history import History, HistoryEvent, Written

if TYPE_CHECKING:
    from crm_tui.services.import_orders import OrderData
    from crm_tui.services.import_records import RecordData

BATCH: Final = 400
ORDERS: Final = 2_000
"""Orders in one transaction: they are plain rows, and each batch works out figures of customers."""
NOT_THIS: Final = frozenset({"no_header", "missing_columns", "header_lost"})
"""What is wrong with a file that another profile may read."""
HALF: Final = 0.5
"""A header of which a profile knows more than this is meant for it."""
_WECHAT: Final = ("微信", "wechat", "wx")
Progress = Callable[[str, int, int], None]
"""Told ``(phase, done, total)``: phase read counts bytes of the file, write counts cases."""


def run_import(
    services: Services,
    profile_name: str,
    path: Path,
    *,
    actor: Actor,
    render: Callable[[Msg | str], str],
    errors_to: Path | None = None,
    progress: Progress | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> Tally:
    """Import ``path``; the same file again creates nothing, an interrupted import is simply run again.

    The file is read to its end before anything is written, so that a damaged one leaves nothing.
    Refused rows go to ``errors_to`` (default: beside the file, never over an older one, which somebody
    may be correcting) with their reason. Raises `DomainError`.
    """
    profile = profiles.get(profile_name)
    validating = True

    def read(done: int, total: int) -> None:
        # The second reading, while it is written, is no progress of its own.
        if validating and progress is not None:
            progress("read", done, total)

    table = open_table(
        path, profile.columns, encoding=encoding, delimiter=delimiter, sheet=sheet, progress=read
    )
    tally = Tally()
    target = errors_to or _beside(path)
    headers = dict(zip(table.columns, table.headers, strict=True))
    with ErrorFile(target, table.columns, table.headers, render) as errors:
        total = 0
        for item in profile.parse(table.rows()):
            if isinstance(item, Refused):
                reason = reasons.named(item.reason, "", headers)
                errors.add(replace(item, reason=reason))
                tally.add_refused(item)
            else:
                total += 1
        validating = False
        done = 0
        late: dict[int, DomainError] = {}
        for batch in _batches(profile, table):
            done_now = _write(services, profile, batch, path.name, actor)
            for case, written in zip(batch, done_now, strict=True):
                if written.error is not None:
                    late.update(dict.fromkeys(case.lines, written.error))
                else:
                    _count(tally, case, written)
            done += len(batch)
            if progress is not None:
                progress("write", done, total)
        for item in _refused_late(table, late, headers):
            errors.add(item)
            tally.add_refused(item)
    if tally.refused:
        tally.errors = target
    tally.clocks_met, tally.clocks_missed = services.imports.clock_results(profile.name)
    services.imports.record(profile.name, path.name, _sha256(path), tally.as_dict(), actor=actor)
    return tally


def _beside(path: Path) -> Path:
    """The first name for an error file that is not taken: ``a.csv.errors.csv``, ``a.csv.errors-2.csv``."""
    names = chain([""], (f"-{n}" for n in count(2)))
    places = (path.with_name(f"{path.name}.errors{n}.csv") for n in names)
    return next(place for place in places if not place.exists())


def recognise(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
) -> str:
    """The profile whose columns a file's header names most of (R-314).

    Raises `ValidationError`: ``missing_columns`` where one profile is meant but lacks some of what it
    requires, ``unknown_file`` where none is.
    """
    best, name = 0.0, ""
    meant, lacking = 0.0, None
    for one in profiles.NAMES:
        columns = profiles.get(one).columns
        try:
            table = open_table(path, columns, encoding=encoding, delimiter=delimiter, sheet=sheet)
        except ValidationError as error:
            if error.code not in NOT_THIS:
                raise
            if error.code == "missing_columns":
                plain = open_table(path, encoding=encoding, delimiter=delimiter, sheet=sheet)
                share = _share(plain.headers, columns)
                if share > meant:
                    meant, lacking = share, error
            continue
        share = _share(table.headers, columns)
        if share > best:
            best, name = share, one
    if name:
        return name
    if lacking is not None and meant > HALF:
        raise lacking
    raise ValidationError(
        msg(
            "The header of {name} is none that is known; say what is in it: {names}",
            name=path.name,
            names=", ".join(profiles.NAMES),
        ),
        code="unknown_file",
        field="profile",
    )


def _share(headers: Sequence[str], columns: Sequence[Column]) -> float:
    """How many of the names in a header are columns of a profile, 1 for all."""
    named = [header for header in headers if header]
    return len(match(named, columns)) / max(len(named), 1)


def _batches(profile: Profile, table: Table) -> Iterator[list[Case]]:
    cases: Iterable[Case] = (c for c in profile.parse(table.rows()) if not isinstance(c, Refused))
    source = iter(cases)
    for first in source:
        size = ORDERS if isinstance(first, OrderRow) else BATCH
        yield [first, *islice(source, size - 1)]


def _write(
    services: Services, profile: Profile, batch: Sequence[Case], file_name: str, actor: Actor
) -> list[Written]:
    if isinstance(batch[0], OrderRow):
        orders = [_order(profile.name, c) for c in batch if isinstance(c, OrderRow)]
        return services.imports.write_orders(orders, actor=actor)
    if isinstance(batch[0], RecordRow):
        records = [_record(profile.name, c, file_name) for c in batch if isinstance(c, RecordRow)]
        return services.imports.write_records(records, actor=actor)
    if isinstance(batch[0], CustomerRow):
        rows = [_customer(c) for c in batch if isinstance(c, CustomerRow)]
        return services.imports.write_customers(rows, actor=actor)
    histories = [_history(profile.name, c) for c in batch if isinstance(c, ImportedCase)]
    return services.imports.write_tickets(histories, actor=actor)


def _refused_late(
    table: Table, late: Mapping[int, DomainError], headers: dict[str, str]
) -> Iterator[Refused]:
    """The rows of what only the store could refuse, such as a number that somebody else has.

    They are read once more: a case of many rows is refused with all of them.
    """
    if not late:
        return
    for row in table.rows():
        error = late.get(row.line)
        if error is not None:
            reason = reasons.named(error.message, error.field or "", headers)
            yield Refused(row.line, reason, error.code, row.values)


def _count(tally: Tally, case: Case, written: Written) -> None:
    if written.what == "created":
        tally.add_created(case)
    elif written.what == "changed":
        tally.add_changed(case, max(_new_rows(case, written), 1))
    else:
        tally.add_skipped(case)


def _new_rows(case: Case, written: Written) -> int:
    """How many rows of a known case brought something new."""
    if not isinstance(case, ImportedCase):
        return case.row_count
    return len({line for e in case.events if e.key in written.new for line in e.lines})


def _history(source: str, case: ImportedCase) -> History:
    return History(
        source=source,
        source_key=case.source_key,
        digest=case.digest,
        customer_key=case.customer_key,
        customer_name=case.customer_name,
        subject=case.subject,
        description=case.description,
        kind=case.kind,
        urgency=case.urgency,
        channel=case.channel,
        state=case.state,
        received_at=case.received_at,
        registered_at=case.registered_at,
        events=[
            HistoryEvent(
                at=e.at,
                type=str(e.type),
                state=e.state,
                key=e.key,
                actor_name=e.actor_name,
                text=e.text,
                fields=e.fields,
                unknown=e.unknown,
            )
            for e in case.events
        ],
        department=case.department_name,
        assignee=case.assignee_name,
        raw=case.raw,
    )


def _order(source: str, row: OrderRow) -> "OrderData":
    from crm_tui.services.import_orders import OrderData

    return OrderData(
        source=source,
        source_key=row.source_key,
        digest=row.digest,
        number=row.number,
        customer_key=row.customer_key,
        customer_name=row.customer_name,
        region=row.region,
        ordered_on=row.ordered_on,
        amount_fen=row.amount_fen,
        quantity=row.quantity,
        credit_note=row.credit_note,
        products=row.products,
        remark=row.remark,
    )


def _record(source: str, row: RecordRow, file_name: str) -> "RecordData":
    from crm_tui.services.import_records import RecordData

    data = dict(row.data)
    if row.kind == "survey_answer":
        # Where the answer can be checked.
        data["evidence"] = f"{file_name[:300]}:{row.lines[0]}"
    return RecordData(source, row.source_key, row.digest, row.kind, data, row.number)


def _customer(row: CustomerRow) -> tuple[str, str, dict[str, Any]]:
    data: dict[str, Any] = {
        "name": row.name,
        "industry": row.industry,
        "opening_balance_fen": row.total_fen or 0,
        "last_cooperation_on": row.last_cooperation_on,
        "tags": row.need_tags,
    }
    if row.customer_no:
        data["customer_no"] = row.customer_no
    if row.segment:
        data["segment"] = row.segment
    if row.last_cooperation_on is not None and row.cooperation_months is not None:
        data["first_cooperation_on"] = _months_before(
            row.last_cooperation_on, row.cooperation_months
        )
        years = max(row.cooperation_months, 12) / 12
        # D-03: the template has a total only; spread over the years it was earned in.
        data["annual_amount_fen"] = int((row.total_fen or 0) / years)
    else:
        data["annual_amount_fen"] = row.total_fen or 0
    details = dict(row.contact)
    if other := details.pop("other", ""):
        handle = other.casefold().startswith(_WECHAT)
        details["wechat" if handle else "address"] = other
    if row.decision_maker_name or details:
        data["contacts"] = [
            {
                "name": row.decision_maker_name or row.name,
                "job_title": row.decision_maker_title,
                "is_decision_maker": True,
                **details,
            }
        ]
    return row.source_key, row.digest, data


def _months_before(day: Any, months: int) -> Any:
    from datetime import UTC, datetime

    from crm_tui.domain.business_time import add_months

    start = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    return add_months(start, -months, UTC).date()  # type: ignore[arg-type]  # any tzinfo serves


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
