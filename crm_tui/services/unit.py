"""One transaction: rows, their log entries, undo steps and notifications together (decision 3)."""

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, RowMapping, Table, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError

from crm_tui.db import feed
from crm_tui.db.schema.log import activity, chain_head, undo_entry
from crm_tui.db.schema.system import notification, sequence
from crm_tui.domain.errors import Conflict, NotFound
from crm_tui.domain.msg import Msg, msg
from crm_tui.services.actor import Actor

if TYPE_CHECKING:
    from crm_tui.services.core import Core

GENESIS = "0" * 64
BOOKKEEPING = frozenset({"updated_at", "row_version", "created_at", "created_by"})


@dataclass(slots=True)
class Entry:
    """A log entry before it has its place in the chain."""

    at: datetime
    kind: str
    subject_id: int
    verb: str
    customer_id: int | None = None
    changes: dict[str, list[Any]] | None = None
    reason: str | None = None
    data: dict[str, Any] | None = None
    source: str = "live"


def encode(value: Any) -> Any:
    """A value as JSON that `decode` turns back into the same value."""
    if isinstance(value, datetime):
        return {"$t": value.isoformat()}
    if isinstance(value, date):
        return {"$d": value.isoformat()}
    if isinstance(value, bytes):
        return {"$b": b64encode(value).decode("ascii")}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Msg):
        return message_to_data(value)
    return value


def decode(value: Any) -> Any:
    """The value that `encode` was given."""
    if isinstance(value, dict):
        if "$t" in value:
            return datetime.fromisoformat(value["$t"])
        if "$d" in value:
            return date.fromisoformat(value["$d"])
        if "$b" in value:
            return b64decode(value["$b"])
    return value


def message_to_data(message: Msg) -> dict[str, Any]:
    """A sentence as JSON, to be shown later in whatever language its reader has."""
    params = {
        k: encode(v) if not isinstance(v, int | float) else v for k, v in message.params.items()
    }
    return {"$m": message.msgid, "p": params} if params else {"$m": message.msgid}


def message_from_data(data: Mapping[str, Any]) -> Msg:
    """The sentence that `message_to_data` was given."""
    params: dict[str, object] = {}
    for name, value in data.get("p", {}).items():
        params[name] = (
            message_from_data(value) if isinstance(value, dict) and "$m" in value else decode(value)
        )
    return Msg(str(data["$m"]), params)


def field_names(table: str, columns: Sequence[str]) -> Msg:
    """Columns by the labels of their fields, as one list in the reader's language."""
    from crm_tui.domain.records.base import label
    from crm_tui.domain.records.registry import REGISTRY

    kind = REGISTRY.get(table)
    names = [c.removesuffix("_sealed") for c in columns]
    shown = [Msg("{name}", {"name": n}) if kind is None else label(kind, n) for n in names]
    listed = shown[-1]
    for one in reversed(shown[:-1]):
        listed = msg("{first}, {rest}", first=one, rest=listed)
    return listed


def shown(column: str, value: Any) -> Any:
    """What the log keeps of a value: sealed ones only as a mark that there is one (R-306)."""
    if column.endswith(("_sealed", "_index")):
        return None if value is None else "****"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return encode(value)


def link_hash(previous: str, values: Mapping[Any, Any]) -> str:
    """The hash of a log row: of the hash before it and of all its values."""
    body = [
        values["seq"],
        values["at"].astimezone(UTC).isoformat(),
        values["recorded_at"].astimezone(UTC).isoformat(),
        values["actor_id"],
        values["behind_id"],
        values["kind"],
        values["subject_id"],
        values["customer_id"],
        values["verb"],
        values["changes"],
        values["reason"],
        values["data"],
        values["source"],
    ]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


class Unit:
    """The open transaction handed to rules; only `Core` makes one."""

    def __init__(self, core: "Core", conn: Connection, actor: Actor | None, now: datetime) -> None:
        self.core = core
        self.conn = conn
        self._actor = actor
        self.now = now
        self.label: Msg | None = None
        """Set when the whole transaction can be undone by one entry."""
        self.undo_id: int | None = None
        self.touched: set[int] = set()
        """Tickets whose clocks must be rebuilt before the commit."""
        self.source = "live"
        self._entries: list[Entry] = []
        self._steps: list[dict[str, Any]] = []
        self._event_seqs: list[int] = []
        self._notices: list[dict[str, Any]] = []
        self.redo_of: int | None = None
        """The undo entry that this transaction takes back, where redo may do it again."""
        self.undo_facts: dict[str, Any] = {}
        """What `UndoService` keeps in the entry of undoing or doing again."""

    @property
    def actor(self) -> Actor:
        """Who acts; a `read` without an actor has none and may not ask."""
        if self._actor is None:
            raise RuntimeError("no actor")
        return self._actor

    # Reading

    def row(self, table: Table, row_id: int, name: Msg | None = None) -> RowMapping:
        """One row by id, else `NotFound`."""
        found = self.conn.execute(select(table).where(table.c.id == row_id)).mappings().first()
        if found is None:
            raise NotFound(
                msg("There is no {what} {id}", what=name or table.name, id=row_id), field="id"
            )
        return found

    # Writing

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """A part that may be refused: an error takes back its rows and its log entries."""
        entries, steps, notices = len(self._entries), len(self._steps), len(self._notices)
        touched = set(self.touched)
        savepoint = self.conn.begin_nested()
        try:
            yield
        except BaseException:
            # On a full disk SQLite itself takes the whole transaction back, the savepoint with it;
            # what went wrong first is what counts.
            with suppress(DBAPIError):
                savepoint.rollback()
            del self._entries[entries:]
            del self._steps[steps:]
            del self._notices[notices:]
            self.touched = touched
            raise
        savepoint.commit()

    def add(self, table: Table, values: Mapping[str, Any]) -> int:
        """Insert a row with its times and give its id."""
        full = dict(values)
        if "updated_at" in table.c:
            full.setdefault("updated_at", self.now)
        if "created_at" in table.c:
            full.setdefault("created_at", self.now)
        key = self.conn.execute(insert(table).values(full)).inserted_primary_key
        return int(key[0]) if key is not None else 0

    def change(
        self,
        table: Table,
        row: RowMapping,
        values: Mapping[str, Any],
        *,
        expected: int | None = None,
        beside: bool = False,
    ) -> dict[str, list[Any]]:
        """Change the fields that differ and answer them as ``{field: [old, new]}`` for the log.

        ``beside`` tells that what hangs on the row (its tags) changed: it gets a new version even if
        none of its own fields differs. Raises `Conflict` when the row is not at ``expected`` any
        more or changed since.
        """
        if expected is not None and expected != row["row_version"]:
            raise self.conflict(table, row)
        differing = {name: value for name, value in values.items() if row[name] != value}
        if not differing and not beside:
            return {}
        version = int(row["row_version"])
        statement = (
            update(table)
            .where(table.c.id == row["id"], table.c.row_version == version)
            .values(**differing, updated_at=self.now, row_version=version + 1)
        )
        if self.conn.execute(statement).rowcount != 1:
            raise self.conflict(table, row)
        self._steps.append(
            {
                "table": table.name,
                "id": row["id"],
                "old": {name: encode(row[name]) for name in differing},
                "new": {name: encode(value) for name, value in differing.items()},
                "version": version + 1,
            }
        )
        return {
            name: [shown(name, row[name]), shown(name, value)] for name, value in differing.items()
        }

    def made(self, table: Table, row_id: int) -> None:
        """Remember that the row was added: undoing takes it off the lists, rows never go away."""
        self._steps.append(
            {
                "table": table.name,
                "id": row_id,
                "old": {"archived": True},
                "new": {"archived": False},
                "version": 1,
            }
        )

    def changed_ids(self, table: str) -> set[int]:
        """The rows of a table that this transaction has made or changed."""
        return {int(s["id"]) for s in self._steps if s.get("table") == table}

    @property
    def inverses(self) -> int:
        """How many steps are undone by an inverse command."""
        return sum("inverse" in step for step in self._steps)

    def inverse(self, name: str, **args: Any) -> None:
        """Remember a step that is undone by the inverse command ``name``."""
        self._steps.append({"inverse": name, "args": {k: encode(v) for k, v in args.items()}})

    def conflict(self, table: Table, row: RowMapping) -> Conflict:
        """The refusal that names who changed what since (decision 3)."""
        from crm_tui.db.schema.org import staff

        query = (
            select(activity.c.changes, staff.c.name)
            .select_from(activity.outerjoin(staff, staff.c.id == activity.c.actor_id))
            .where(
                activity.c.kind == table.name,
                activity.c.subject_id == row["id"],
                activity.c.changes.is_not(None),
                # A due time follows from what somebody changed; it is nobody's edit.
                activity.c.verb != "due_changed",
            )
            .order_by(activity.c.seq.desc())
            .limit(1)
        )
        last = self.conn.execute(query).mappings().first()
        who = last["name"] if last is not None and last["name"] else msg("somebody")
        changed = list(last["changes"]) if last is not None else []
        if not changed:
            return Conflict(msg("{who} has changed this meanwhile; look again and decide", who=who))
        return Conflict(
            msg(
                "{who} has changed this meanwhile ({what}); look again and decide",
                who=who,
                what=field_names(table.name, changed),
            )
        )

    def next_number(self, name: str, year: int = 0, *, count: int = 1) -> int:
        """The next number of a sequence, counted in one row of the transaction (D-33).

        With ``count`` so many in a row are taken and the first of them is given.
        """
        make = pg_insert if self.conn.dialect.name == "postgresql" else sqlite_insert
        statement = (
            make(sequence)
            .values(name=name, year=year, value=count)
            .on_conflict_do_update(
                index_elements=[sequence.c.name, sequence.c.year],
                set_={"value": sequence.c.value + count},
            )
            .returning(sequence.c.value)
        )
        return int(self.conn.execute(statement).scalar_one()) - count + 1

    # Log

    def log(
        self,
        kind: str,
        subject_id: int,
        verb: str,
        *,
        changes: dict[str, list[Any]] | None = None,
        reason: str | None = None,
        data: dict[str, Any] | None = None,
        at: datetime | None = None,
        customer_id: int | None = None,
        source: str | None = None,
    ) -> None:
        """Append to the log; ``data`` with an ``event`` is what the clocks read."""
        self._entries.append(
            Entry(
                at or self.now,
                kind,
                subject_id,
                verb,
                customer_id,
                changes or None,
                reason or None,
                data,
                source or self.source,
            )
        )
        if kind == "ticket" and data is not None and "event" in data:
            self.touched.add(subject_id)

    def flush_log(self) -> None:
        """Give waiting entries their place in the chain and write them."""
        if not self._entries:
            return
        head = self.conn.execute(select(chain_head).where(chain_head.c.id == 1)).mappings().first()
        if head is None:
            self.conn.execute(insert(chain_head).values(id=1, seq=0, hash=GENESIS))
        seq, previous = (head["seq"], head["hash"]) if head is not None else (0, GENESIS)
        actor = self.actor
        rows: list[dict[str, Any]] = []
        for entry in self._entries:
            seq += 1
            values: dict[str, Any] = {
                "seq": seq,
                "at": entry.at,
                "recorded_at": self.now,
                "actor_id": actor.staff_id or None,
                "behind_id": actor.behind_id,
                "kind": entry.kind,
                "subject_id": entry.subject_id,
                "customer_id": entry.customer_id,
                "verb": entry.verb,
                "changes": entry.changes,
                "reason": entry.reason,
                "data": entry.data,
                "source": entry.source,
            }
            previous = link_hash(previous, values)
            values["hash"] = previous
            rows.append(values)
            if entry.data is not None and "event" in entry.data:
                self._event_seqs.append(seq)
        self.conn.execute(insert(activity), rows)
        self.conn.execute(
            update(chain_head).where(chain_head.c.id == 1).values(seq=seq, hash=previous)
        )
        self._entries.clear()

    def notify(
        self,
        staff_ids: Sequence[int | None],
        kind: str,
        text: Msg,
        *,
        subject: tuple[str, int],
        key: str,
        acknowledge: bool = False,
        read: bool = False,
        times: int = 1,
    ) -> None:
        """Put a row in each inbox, once per ``key``; ``read`` for imported history (decision 10)."""
        self._notices += [
            {
                "staff_id": staff_id,
                "kind": kind,
                "subject_kind": subject[0],
                "subject_id": subject[1],
                "text": message_to_data(text),
                "at": self.now,
                "key": key,
                "times": times,
                "needs_acknowledgement": acknowledge,
                "read_at": self.now if read else None,
            }
            for staff_id in dict.fromkeys(s for s in staff_ids if s)
        ]

    def _flush_notices(self) -> None:
        """Write the inbox rows at once: one statement for a bulk of any size."""
        if self._notices:
            make = pg_insert if self.conn.dialect.name == "postgresql" else sqlite_insert
            statement = make(notification).on_conflict_do_nothing(
                index_elements=["staff_id", "key"]
            )
            self.conn.execute(statement, self._notices)
            self._notices.clear()

    def finish(self) -> None:
        """Write the log, rebuild what hangs on it, and keep the undo entry; before the commit."""
        self.flush_log()
        for step in self.core.before_commit:
            step(self)
        self.flush_log()
        self._flush_notices()
        feed.announce(self.conn)
        if self.label is not None and self._steps and self.actor.staff_id:
            key = self.conn.execute(
                insert(undo_entry).values(
                    staff_id=self.actor.behind_id or self.actor.staff_id,
                    at=self.now,
                    label=message_to_data(self.label),
                    steps={
                        "steps": self._steps,
                        "events": self._event_seqs,
                        **self.undo_facts,
                    },
                    redo_of=self.redo_of,
                )
            ).inserted_primary_key
            self.undo_id = int(key[0]) if key is not None else None
