"""The log: complete, append-only, chained without gaps, fed to others (R-022, R-306, decisions 3, 4, 11)."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from crm_tui.db.engine import open_engine
from crm_tui.db.schema.log import activity, chain_head
from crm_tui.db.triggers import create_triggers
from crm_tui.domain.errors import PermissionDenied
from crm_tui.services.audit import Verdict
from tests.services.conftest import Desk

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def intruder(desk: Desk) -> Iterator[Connection]:
    """Somebody with the rights of the database's owner, past the triggers."""
    with desk.core.engine.begin() as conn:
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
            yield conn
            return
        names = conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in names.all():
            conn.exec_driver_sql(f"DROP TRIGGER {name}")
        yield conn
        create_triggers(conn)


def verdict(desk: Desk) -> Verdict:
    """What verification finds."""
    return desk.services.audit.verify(actor=desk.actor("root"))


def some_history(desk: Desk) -> int:
    """A few acts with every column of the log filled somewhere; answers the last place."""
    services = desk.services
    customer = desk.customer()
    made = desk.accepted(customer_id=customer)
    services.customers.change(
        customer,
        {"manager_id": desk.actor("lee").staff_id},
        actor=desk.actor("root"),
        reason="customer request",
    ).one()
    behind = services.org.login("root", acting_as="ana")
    services.tickets.urgency([made], "low", actor=behind, reason="calm").one()
    assert verdict(desk).ok
    return services.audit.last_seq()


@pytest.mark.req("R-306")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE activity SET verb = 'x' WHERE seq = 3",
        "UPDATE activity SET reason = 'x'",
        "DELETE FROM activity WHERE seq = 3",
        "DELETE FROM activity",
        "DELETE FROM activity WHERE seq = (SELECT max(seq) FROM activity)",
        "REPLACE",
        "TRUNCATE activity",
    ],
)
def test_the_log_refuses_every_form_of_change(desk: Desk, statement: str) -> None:
    last = some_history(desk)
    dialect = desk.core.engine.dialect.name
    if statement.startswith("TRUNCATE") and dialect == "sqlite":
        statement = "DELETE FROM activity WHERE 1"
    if statement == "REPLACE":
        columns = ", ".join(c.name for c in activity.c if c.name != "verb")
        verb = "INSERT OR REPLACE" if dialect == "sqlite" else "INSERT"
        statement = f"{verb} INTO activity (verb, {columns}) SELECT 'x', {columns} FROM activity WHERE seq = 3"
        if dialect == "postgresql":
            statement += " ON CONFLICT (seq) DO UPDATE SET verb = 'x'"
    with pytest.raises(DBAPIError, match="append-only"), desk.core.engine.begin() as conn:
        conn.exec_driver_sql(statement)
    assert verdict(desk) == Verdict(last, True)


def shift(value: Any) -> Any:
    """Another value of the same type."""
    if value is None:
        return 7
    if isinstance(value, dict):
        return {**value, "x": 1}
    if isinstance(value, str):
        return "x" + value[1:]
    return value + 1 if isinstance(value, int) else value + timedelta(microseconds=1)


@pytest.mark.req("R-306")
@pytest.mark.parametrize("column", [c.name for c in activity.c if c.name != "seq"])
def test_a_change_of_any_value_is_found_where_it_is(desk: Desk, column: str) -> None:
    last = some_history(desk)
    with desk.core.engine.connect() as conn:
        query = select(activity).where(activity.c.verb != "created")
        filled = [r for r in conn.execute(query).mappings() if r[column] is not None]
    row = filled[0]
    for value in [shift(row[column]), *([None] if activity.c[column].nullable else [])]:
        with intruder(desk) as conn:
            where = activity.c.seq == row["seq"]
            conn.execute(update(activity).where(where).values({column: value}))
        found = verdict(desk)
        assert (found.ok, found.broken_at) == (False, row["seq"])
        with intruder(desk) as conn:
            conn.execute(update(activity).where(where).values({column: row[column]}))
    assert verdict(desk) == Verdict(last, True)


def cut_middle(conn: Connection, last: int) -> int:
    conn.execute(delete(activity).where(activity.c.seq == last - 4))
    return last - 4


def cut_first(conn: Connection, last: int) -> int:
    conn.execute(delete(activity).where(activity.c.seq == 1))
    return 1


def cut_end(conn: Connection, last: int) -> int:
    conn.execute(delete(activity).where(activity.c.seq > last - 2))
    return last - 1


def cut_end_and_close_up(conn: Connection, last: int) -> int:
    """The rows after the gap move up: the numbers are gapless again, the hashes are not."""
    conn.execute(delete(activity).where(activity.c.seq == last - 2))
    for seq in (last - 1, last):
        conn.execute(update(activity).where(activity.c.seq == seq).values(seq=seq - 1))
    conn.execute(update(chain_head).values(seq=last - 1))
    return last - 2


def swap(conn: Connection, last: int) -> int:
    for old, new in ((last - 3, -1), (last - 2, last - 3), (-1, last - 2)):
        conn.execute(update(activity).where(activity.c.seq == old).values(seq=new))
    return last - 3


def append(conn: Connection, last: int) -> int:
    row = dict(conn.execute(select(activity).where(activity.c.seq == last)).mappings().one())
    conn.execute(insert(activity).values({**row, "seq": last + 1}))
    return last + 1


def turn_head_back(conn: Connection, last: int) -> int:
    conn.execute(update(chain_head).values(seq=last - 1))
    return last + 1


def take_head(conn: Connection, last: int) -> int:
    conn.execute(delete(chain_head))
    return last + 1


def empty(conn: Connection, last: int) -> int:
    conn.execute(delete(activity))
    return 1


@pytest.mark.req("R-306")
@pytest.mark.parametrize(
    "tamper",
    [
        cut_middle,
        cut_first,
        cut_end,
        cut_end_and_close_up,
        swap,
        append,
        turn_head_back,
        take_head,
        empty,
    ],
    ids=lambda f: f.__name__,
)
def test_rows_cut_moved_or_added_are_found(
    desk: Desk, tamper: Callable[[Connection, int], int]
) -> None:
    last = some_history(desk)
    with intruder(desk) as conn:
        place = tamper(conn, last)
    found = verdict(desk)
    assert (found.ok, found.broken_at) == (False, place)


def test_only_who_answers_for_others_reads_and_verifies_the_whole_log(desk: Desk) -> None:
    some_history(desk)
    audit = desk.services.audit
    for login, may in (
        ("vic", False),
        ("ana", False),
        ("lee", False),
        ("head", True),
        ("root", True),
    ):
        for ask in (audit.entries, audit.verify):
            if may:
                assert ask(actor=desk.actor(login))
                continue
            with pytest.raises(PermissionDenied) as refused:
                ask(actor=desk.actor(login))
            assert refused.value.code == "role_needed"


@pytest.mark.req("R-306")
def test_an_entry_tells_who_when_which_field_from_what_to_what_and_why(desk: Desk) -> None:
    services, root = desk.services, desk.actor("root")
    customer = desk.customer()
    contact = services.contacts.ids_of(customer, actor=root)[0]
    desk.later(minutes=5)
    services.customers.change(
        customer, {"key_account_level": "key"}, actor=root, reason="contract signed"
    ).one()
    entry = services.audit.entries(actor=root, kind="customer", subject_id=customer)[0]
    assert (entry.actor, entry.behind, entry.at, entry.reason) == (
        "root",
        "",
        desk.now,
        "contract signed",
    )
    assert dict(entry.changes) == {"key_account_level": ("ordinary", "key")}
    behind = services.org.login("root", acting_as="lee")
    services.contacts.change(
        contact, {"id_document_no": "110101199003070011", "job_title": "CEO"}, actor=behind
    ).one()
    entry = services.audit.entries(actor=root, kind="contact", subject_id=contact)[0]
    assert (entry.actor, entry.behind) == ("lee", "root")
    assert dict(entry.changes) == {
        "job_title": ("采购总监", "CEO"),
        "id_document_no": (None, "****"),
    }
    before = services.audit.last_seq()
    services.customers.change(customer, {"key_account_level": "key"}, actor=root).one()
    services.contacts.change(contact, {"job_title": "CEO"}, actor=root).one()
    assert services.audit.last_seq() == before


@pytest.mark.req("R-306")
def test_fifty_writers_at_once_leave_one_chain_without_gaps(desk: Desk) -> None:
    services = desk.services
    actors = [desk.actor(login) for login in ("ana", "bob", "lee", "head", "root")]
    tickets = [desk.ticket() for _ in range(5)]
    start = threading.Barrier(50)
    errors: list[BaseException] = []

    def work(number: int) -> None:
        actor = actors[number % 5]
        try:
            start.wait(60)
            services.messages.note([tickets[number % 5]], f"n{number}", actor=actor).one()
            services.customers.create({"name": f"K{number}"}, actor=actor)
        except BaseException as error:  # told in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert services.customers.count("", actor=actors[0]) == 50
    with desk.core.engine.connect() as conn:
        lowest, highest, count = conn.execute(
            select(func.min(activity.c.seq), func.max(activity.c.seq), func.count())
        ).one()
    assert (lowest, highest) == (1, count)
    assert verdict(desk) == Verdict(count, True)
    # Readers of "everything after" met each place once, in order.
    places = [c.seq for c in services.audit.changes(0, limit=count)]
    assert places == list(range(1, count + 1))


def test_a_refused_item_leaves_no_trace_and_the_others_theirs(desk: Desk) -> None:
    services, lee = desk.services, desk.actor("lee")
    made = [desk.accepted() for _ in range(3)]
    services.closing.cancel([made[1]], "double", actor=lee).one()
    before = services.audit.last_seq()
    result = services.tickets.assign(made, desk.actor("bob").staff_id, actor=lee)
    assert len(result.done) == 2
    touched = {c.id for c in services.audit.changes(before) if c.kind == "ticket"}
    assert touched == {made[0], made[2]}
    told = services.notifications.inbox(actor=desk.actor("bob"))
    assert {n.subject_id for n in told if n.kind == "assigned"} == {made[0], made[2]}


OTHER_SESSION = """
import json, sys
from datetime import datetime
from pathlib import Path
from crm_tui.bootstrap import enter, open_services
place, key, folder, now = sys.argv[1:]
services = open_services(place, key_file=Path(key), files=Path(folder),
                         clock=lambda: datetime.fromisoformat(now))
actor = enter(services, "bob").actor
watch = services.watch()
print("ready", flush=True)
for line in sys.stdin:
    what = json.loads(line)
    if "region" in what:
        services.customers.change(what["customer"], {"region": what["region"]}, actor=actor).one()
        print("written", flush=True)
        continue
    region = ""
    # Its own writes wake a session too, so it looks again until it sees what it waits for.
    while region != what["wants"] and watch.wait(10):
        region = services.customers.rows([what["customer"]], actor=actor)[0].region
    print(region, flush=True)
"""


@pytest.mark.req("R-022")
def test_a_change_in_one_session_appears_in_another_process(desk: Desk, tmp_path: Path) -> None:
    services, ana = desk.services, desk.actor("ana")
    customer = desk.customer()
    desk.core.keyring.save(tmp_path / "field.key")
    url = desk.core.engine.url
    place = (
        str(url.database)
        if url.get_backend_name() == "sqlite"
        else url.render_as_string(hide_password=False)
    )
    words = [place, str(tmp_path / "field.key"), str(tmp_path / "files"), desk.now.isoformat()]
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_SESSION, *words],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert other.stdin is not None and other.stdout is not None

    def say(**what: Any) -> None:
        other.stdin.write(json.dumps(what) + "\n")  # type: ignore[union-attr]  # a pipe, see above
        other.stdin.flush()  # type: ignore[union-attr]  # a pipe, see above

    watch = services.watch()
    try:
        assert other.stdout.readline() == "ready\n"
        # Its start may have written; what counts comes now.
        watch.changed()
        seen = services.audit.last_seq()
        say(customer=customer, region="华东")
        assert other.stdout.readline() == "written\n"
        # Committed by now: from here on it has two seconds to appear.
        assert watch.wait(2)
        assert ("customer", customer) in {(c.kind, c.id) for c in services.audit.changes(seen)}
        assert services.customers.rows([customer], actor=ana)[0].region == "华东"
        # And the other way round: it waits, we write.
        say(customer=customer, wants="华南")
        services.customers.change(customer, {"region": "华南"}, actor=ana).one()
        written = time.monotonic()
        assert other.stdout.readline() == "华南\n"
        assert time.monotonic() - written < 2
    finally:
        watch.close()
        other.stdin.close()
        other.wait(20)
        other.stdout.close()
    assert other.returncode == 0


def test_a_second_engine_on_the_same_store_verifies_the_same(desk: Desk) -> None:
    last = some_history(desk)
    engine = open_engine(desk.core.engine.url)
    with engine.connect() as conn:
        assert conn.execute(select(chain_head.c.seq)).scalar_one() == last
        assert conn.execute(text("SELECT count(*) FROM activity")).scalar_one() == last
    engine.dispose()
