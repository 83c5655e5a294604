"""A database of any size: histories written by the services, then copied row by row.

The first 10,000 tickets go through the services' own bulk import, with log, clocks and search. Larger
databases hold copies of them: other ids, numbers, customers and moments (whole weeks earlier, ended
tickets only, so that two in a hundred stay open), with a hash chain of their own that verifies.
tests/bench/test_generator.py folds the clocks of copies again by the services and finds no difference.
"""

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench import trade
from crm_tui import bootstrap
from crm_tui.exchange import demo
from crm_tui.exchange.demo.live import LIVE
from crm_tui.i18n import render

BASE: Final = 10_000
WEEK_US: Final = 7 * 24 * 3600 * 1_000_000
NOW: Final = datetime(2026, 6, 1, 2, tzinfo=UTC)
"""The present of every measurement: a Monday at ten in Shanghai."""
Said = Callable[[str], None]


def generate(path: Path, size: int, *, base: int = BASE, say: Said = lambda _: None) -> None:
    """Make a database of ``size`` tickets and a tenth as many customers at ``path``."""
    services = bootstrap.open_services(
        str(path),
        key_file=path.with_suffix(".key"),
        files=path.with_suffix(".files"),
        clock=lambda: NOW,
    )
    first = min(size, base)
    demo.build(
        services,
        "root",
        now=NOW,
        say=lambda text: say(render(text)),
        customers=first // 10,
        # Those of the last days are not copied; they come on top.
        tickets=first + LIVE,
    )
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    raw.execute("PRAGMA cache_size=-400000")
    raw.execute("BEGIN IMMEDIATE")
    if size > first:
        _Copy(raw, size // first, say).run()
    say("trade")
    trade.fill(raw, size, NOW.date())
    raw.execute("COMMIT")
    raw.close()
    if size > first:
        _index(services, say)
    with services.core.engine.connect() as conn:
        conn.exec_driver_sql("ANALYZE")
        conn.commit()
    services.close()


class _Copy:
    """Copies of everything that hangs on a generated ticket or customer."""

    def __init__(self, raw: sqlite3.Connection, copies: int, say: Said) -> None:
        self.raw, self.copies, self.say = raw, copies, say

        def highest(table: str) -> int:
            return int(raw.execute(f"SELECT max(id) FROM {table}").fetchone()[0])

        self.step = {t: highest(t) for t in ("ticket", "customer", "contact", "message")}
        self.step["ticket_clock"] = highest("ticket_clock")
        self.weeks: dict[int, int] = {}

    def columns(self, table: str) -> list[str]:
        """The columns of a table."""
        return [r[1] for r in self.raw.execute(f"PRAGMA table_info({table})")]

    def run(self) -> None:
        """All copies, then the log with its chain."""
        for number in range(1, self.copies):
            weeks = 1 + number % 50
            self.weeks[number] = weeks
            self._customers(number)
            self._tickets(number, weeks)
        self.say("log")
        self._log()
        self.raw.execute(
            "UPDATE sequence SET value = value + ? WHERE name = 'ticket'",
            (self.step["ticket"] * self.copies,),
        )
        self.raw.execute(
            "UPDATE sequence SET value = value + ? WHERE name = 'customer'",
            (self.step["customer"] * self.copies,),
        )

    def _insert(self, table: str, source: str, where: str, **given: str) -> None:
        names = self.columns(table)
        values = [given.get(n, f"{source}.{n}") for n in names]
        self.raw.execute(
            f"INSERT INTO {table} ({','.join(names)}) SELECT {','.join(values)}"
            f" FROM {table} {source} {where}"
        )

    def _customers(self, number: int) -> None:
        away, people = number * self.step["customer"], number * self.step["contact"]
        self._insert(
            "customer",
            "c",
            f"WHERE c.id <= {self.step['customer']}",
            id=f"c.id + {away}",
            no_seq=f"c.no_seq + {away}",
            customer_no=f"'C' || c.no_year || printf('%03d', c.no_seq + {away})",
            name=f"c.name || ' {number}'",
            source_key=f"c.source_key || '#{number}'",
        )
        self._insert(
            "contact",
            "p",
            f"WHERE p.id <= {self.step['contact']}",
            id=f"p.id + {people}",
            customer_id=f"p.customer_id + {away}",
            phone_index="lower(hex(randomblob(16)))",
        )

    def _tickets(self, number: int, weeks: int) -> None:
        tickets, people = number * self.step["ticket"], number * self.step["customer"]
        back = weeks * WEEK_US
        ended = "t.category IN ('resolved','closed')"
        theirs = f"t.id <= {self.step['ticket']} AND t.source = 'demo'"

        def moved(column: str) -> str:
            return f"CASE WHEN {ended} THEN {column} - {back} ELSE {column} END"

        moments = (
            *("received_at", "registered_at", "first_response_at", "last_note_at"),
            *("progress_noted_at", "first_resolved_at", "resolved_at", "closed_at"),
            *("next_due_at", "warn_at", "wake_at", "updated_at"),
        )
        self._insert(
            "ticket",
            "t",
            f"WHERE {theirs}",
            id=f"t.id + {tickets}",
            number=f"t.number + {tickets}",
            customer_id=f"t.customer_id + {people}",
            contact_id="NULL",
            source_key=f"t.source_key || '#{number}'",
            due_sort=f"CASE WHEN t.next_due_at IS NULL THEN t.due_sort ELSE {moved('t.due_sort')} END",
            **{m: moved(f"t.{m}") for m in moments},
        )
        self._insert(
            "message",
            "m",
            f"JOIN ticket t ON t.id = m.ticket_id WHERE {theirs}",
            id=f"m.id + {number * self.step['message']}",
            ticket_id=f"m.ticket_id + {tickets}",
            written_at=moved("m.written_at"),
        )
        clocks = ["started_at", "due_at", "stored_due_at", "warn_at", "stopped_at", "breached_at"]
        self._insert(
            "ticket_clock",
            "k",
            f"JOIN ticket t ON t.id = k.ticket_id WHERE {theirs}",
            id=f"k.id + {number * self.step['ticket_clock']}",
            ticket_id=f"k.ticket_id + {tickets}",
            **{m: moved(f"k.{m}") for m in clocks},
        )
        if number % 10 == 0:
            self.say(f"copy {number} of {self.copies}")

    def _log(self) -> None:
        seq, head = self.raw.execute("SELECT seq, hash FROM chain_head WHERE id = 1").fetchone()
        self.seq, self.head = int(seq), str(head)
        names = "at recorded_at actor_id behind_id kind subject_id customer_id verb changes reason"
        names += " data source"
        found = self.raw.execute(
            f"SELECT {','.join('a.' + n for n in names.split())},"
            " t.category IN ('resolved','closed') FROM activity a JOIN ticket t"
            " ON a.kind = 'ticket' AND t.id = a.subject_id"
            " WHERE t.source = 'demo' AND t.id <= ? ORDER BY a.seq",
            (self.step["ticket"],),
        ).fetchall()
        for number, weeks in self.weeks.items():
            self.raw.executemany(
                f"INSERT INTO activity (seq,{names.replace(' ', ',')},hash)"
                " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                self._entries(found, number, weeks),
            )
        self.raw.execute(
            "UPDATE chain_head SET seq = ?, hash = ? WHERE id = 1", (self.seq, self.head)
        )

    def _entries(
        self, found: list[tuple[Any, ...]], number: int, weeks: int
    ) -> Iterator[tuple[Any, ...]]:
        """Log rows of one copy; the hash is that of `services.unit.link_hash`."""
        tickets, people = number * self.step["ticket"], number * self.step["customer"]
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        for row in found:
            at, recorded, actor, behind, kind, subject, customer, verb = row[:8]
            changes, reason, data, source, ended = row[8:]
            if ended:
                at -= weeks * WEEK_US
            subject += tickets
            customer = None if customer is None else customer + people
            self.seq += 1
            body = [
                self.seq,
                (epoch + timedelta(microseconds=at)).isoformat(),
                (epoch + timedelta(microseconds=recorded)).isoformat(),
                actor,
                behind,
                kind,
                subject,
                customer,
                verb,
                None if changes is None else json.loads(changes),
                reason,
                None if data is None else json.loads(data),
                source,
            ]
            text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
            self.head = hashlib.sha256(f"{self.head}{text}".encode()).hexdigest()
            yield (
                self.seq,
                at,
                recorded,
                actor,
                behind,
                kind,
                subject,
                customer,
                verb,
                changes,
                reason,
                data,
                source,
                self.head,
            )


def _index(services: Any, say: Said) -> None:
    """Search tokens of everything, by the program's own functions."""
    say("search")
    from crm_tui.services.reindex import reindex

    started = time.monotonic()
    reindex(services.core)
    say(f"search {time.monotonic() - started:.0f} s")


__all__ = ["BASE", "NOW", "generate"]
