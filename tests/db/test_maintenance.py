"""Backup and restore in every direction between the engines, proved and all or nothing."""

import errno
import hashlib
import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Engine, insert, select

from crm_tui.db import maintenance
from crm_tui.db.engine import open_engine
from crm_tui.db.maintenance import backup, check, restore, stats, verify
from crm_tui.db.migrations import HEAD, load_schema, state_of
from crm_tui.db.schema.org import department, staff, team, team_member
from crm_tui.db.schema.system import calendar, calendar_day, meta
from crm_tui.domain.errors import DomainError

AT = datetime(2024, 6, 3, 1, 0, 0, 123456, tzinfo=UTC)
CONTENT = b"attachment"
NAME = hashlib.sha256(CONTENT).hexdigest()
PHONE = "13812345678"


def stamped(**values: Any) -> dict[str, Any]:
    """A row with its times."""
    return {"created_at": AT, "updated_at": AT, **values}


@pytest.fixture
def filled(engine: Engine) -> Engine:
    """Rows that refer to each other in a circle, in every type."""
    with engine.begin() as conn:
        conn.execute(
            insert(department),
            [stamped(id=n, code=f"d{n}", name_zh="客服中心", name_en="Desk") for n in (1, 2)],
        )
        conn.execute(
            insert(staff),
            [stamped(id=5, login="li", name="李", department_id=1, role="agent", posts=["head"])],
        )
        conn.execute(department.update().where(department.c.id == 1).values(head_id=5))
        conn.execute(
            insert(team), [stamped(id=3, code="t", name_zh="组", name_en="T", duties=[{"$t": "x"}])]
        )
        conn.execute(insert(team_member), [{"team_id": 3, "staff_id": 5}])
        conn.execute(insert(calendar), [stamped(id=1, name="default", data={"a": [1, None]})])
        conn.execute(
            insert(calendar_day),
            [{"calendar_id": 1, "day": date(2024, 6, 10), "kind": "holiday", "name": "端午节"}],
        )
        conn.execute(insert(meta), [{"key": "text", "value": "行\n二\t\"'\\ \u2028"}])
    return engine


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with one attachment."""
    folder = tmp_path / "data" / "files"
    (folder / NAME[:2]).mkdir(parents=True)
    (folder / NAME[:2] / NAME).write_bytes(CONTENT)
    return folder


@pytest.fixture
def empty_pg(pg_bare: URL) -> str:
    """The address of a PostgreSQL database without tables."""
    return pg_bare.render_as_string(hide_password=False)


def content(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as conn:
        return {
            table.name: sorted(repr(tuple(row)) for row in conn.execute(select(table)))
            for table in load_schema().sorted_tables
        }


def refusal(action: Any, *arguments: Any, **named: Any) -> str:
    """The code of the domain error that the action ends in."""
    with pytest.raises(DomainError) as refused:
        action(*arguments, **named)
    return refused.value.code


def below(folder: Path) -> list[str]:
    """Every file and folder, hidden ones too."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


@pytest.mark.req("R-311")
@pytest.mark.parametrize("to", ["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def test_a_backup_restores_into_an_empty_place(
    filled: Engine, files: Path, tmp_path: Path, to: str, request: pytest.FixtureRequest
) -> None:
    made = backup(filled, files, tmp_path / "backup", now=AT)
    assert made.rows == sum(stats(filled).rows.values())
    url = (
        str(tmp_path / "new" / "crm.db") if to == "sqlite" else request.getfixturevalue("empty_pg")
    )
    restored = restore(made.folder, url, tmp_path / "new" / "files")
    assert restored.rows == made.rows
    engine = open_engine(url)
    assert content(engine) == content(filled)
    assert check(engine, tmp_path / "new" / "files") == []
    assert (tmp_path / "new" / "files" / NAME[:2] / NAME).read_bytes() == CONTENT
    with engine.begin() as conn:
        row = stamped(login="wang", name="王", role="agent")
        (key,) = conn.execute(insert(staff).values(row)).inserted_primary_key or (0,)
        assert key == 6
    engine.dispose()
    assert not [name for name in below(tmp_path) if ".part" in name]


def test_a_backup_never_holds_the_key(filled: Engine, files: Path, tmp_path: Path) -> None:
    from crm_tui.db.crypto import keyring_for

    with filled.begin() as conn:
        ring = keyring_for(conn, tmp_path / "data" / "field.key")
        conn.execute(insert(meta).values(key="sealed", value=ring.seal("x", PHONE).hex()))
    made = backup(filled, files, tmp_path / "backup", now=AT)
    secret = (tmp_path / "data" / "field.key").read_text().split()[-1].encode()
    for path in made.folder.rglob("*"):
        if path.is_file():
            body = path.read_bytes()
            assert secret not in body
            assert PHONE.encode() not in body


def test_a_backup_goes_only_into_an_empty_folder(
    filled: Engine, files: Path, tmp_path: Path
) -> None:
    target = tmp_path / "backup"
    target.mkdir()
    (target / "letter").write_text("mine")
    assert refusal(backup, filled, files, target, now=AT) == "backup_exists"
    assert below(target) == ["letter"]


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EACCES, "folder_not_writable")]
)
def test_a_failing_disk_leaves_no_backup(
    filled: Engine,
    files: Path,
    tmp_path: Path,
    number: int,
    code: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(path: Path, text: str) -> None:
        raise OSError(number, "no")

    monkeypatch.setattr(maintenance, "_write_text", fail)
    before = below(tmp_path)
    assert refusal(backup, filled, files, tmp_path / "backup", now=AT) == code
    assert below(tmp_path) == before


def test_a_copy_that_fails_leaves_no_backup(
    filled: Engine, files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise shutil.Error([])

    monkeypatch.setattr(shutil, "copytree", fail)
    code = refusal(backup, filled, files, tmp_path / "backup", now=AT)
    assert code == "folder_not_writable"
    assert not list(tmp_path.glob("*backup*"))


@pytest.fixture
def made(filled: Engine, files: Path, tmp_path: Path) -> Path:
    """A good backup."""
    return backup(filled, files, tmp_path / "backup", now=AT).folder


def change_manifest(folder: Path, **values: Any) -> None:
    """Another manifest, as a bad disk or another version would leave it."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


@pytest.mark.req("R-311")
def test_a_changed_lost_or_added_file_is_found_and_nothing_restored(
    made: Path, tmp_path: Path
) -> None:
    target = tmp_path / "new"
    for spoil in ("change", "lose", "add"):
        folder = tmp_path / spoil
        shutil.copytree(made, folder)
        victim = folder / "files" / NAME[:2] / NAME
        if spoil == "change":
            victim.write_bytes(b"other")
        elif spoil == "lose":
            victim.unlink()
        else:
            (folder / "extra").write_text("")
        code = refusal(restore, folder, str(target / "crm.db"), target / "files")
        assert code == "backup_damaged"
    assert not target.exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "backup_missing"),
        ("{", "backup_damaged"),
        ("{}", "backup_damaged"),
        ("[]", "backup_damaged"),
        ("\udcff", "backup_damaged"),
    ],
)
def test_a_folder_without_a_manifest_is_no_backup(
    tmp_path: Path, text: str | None, code: str
) -> None:
    if text is not None:
        (tmp_path / "manifest.json").write_text(text, errors="surrogateescape")
    assert refusal(verify, tmp_path) == code


@pytest.mark.parametrize("values", [{"format": 2}, {"schema": "9999"}])
def test_a_backup_of_a_newer_version_is_refused(made: Path, values: dict[str, Any]) -> None:
    change_manifest(made, **values)
    assert refusal(verify, made) == "backup_newer"


@pytest.mark.pg
def test_a_dump_of_an_older_version_is_refused(
    made: Path, tmp_path: Path, empty_pg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_manifest(made, schema="0000")
    monkeypatch.setattr(maintenance, "REVISIONS", ("0000", HEAD))
    assert refusal(restore, made, empty_pg, tmp_path / "new") == "backup_older"


def test_a_restore_never_writes_over_anything(
    made: Path, sqlite_url: str, tmp_path: Path, files: Path
) -> None:
    before = Path(sqlite_url).read_bytes()
    assert refusal(restore, made, sqlite_url, tmp_path / "new") == "restore_not_empty"
    assert refusal(restore, made, str(tmp_path / "x.db"), files) == "restore_not_empty"
    assert Path(sqlite_url).read_bytes() == before
    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "x.db").exists()


@pytest.mark.pg
def test_a_restore_never_writes_into_a_filled_server(
    made: Path, pg_url: URL, tmp_path: Path
) -> None:
    url = pg_url.render_as_string(hide_password=False)
    assert refusal(restore, made, url, tmp_path / "new") == "restore_not_empty"
    assert not (tmp_path / "new").exists()


@pytest.mark.pg
def test_a_dump_with_orphans_is_taken_back(
    pg_url: URL, files: Path, tmp_path: Path, empty_pg: str
) -> None:
    source = open_engine(pg_url)
    folder = backup(source, files, tmp_path / "backup", now=AT).folder
    source.dispose()
    dump = folder / "tables" / "team_member.jsonl"
    dump.write_text(dump.read_text() + '[77,77,"member"]\n')
    sums = json.loads((folder / "manifest.json").read_text())["files"]
    sums["tables/team_member.jsonl"] = hashlib.sha256(dump.read_bytes()).hexdigest()
    change_manifest(folder, files=sums)
    for url in (empty_pg, str(tmp_path / "new" / "crm.db")):
        code = refusal(restore, folder, url, tmp_path / "new" / "files")
        assert code in {"backup_damaged", "database_damaged"}
    assert not (tmp_path / "new" / "crm.db").exists()
    engine = open_engine(empty_pg)
    with engine.connect() as conn:
        assert state_of(conn) == "empty"
    engine.dispose()


def test_the_check_finds_orphans_and_changed_attachments(sqlite_url: str, files: Path) -> None:
    engine = open_engine(sqlite_url)
    assert check(engine, files) == []
    (files / NAME[:2] / NAME).write_bytes(b"other")
    with engine.connect() as conn:
        conn.connection.dbapi_connection.cursor().execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        with conn.begin():
            conn.execute(insert(team_member).values(team_id=7, staff_id=7))
            conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    found = [message.msgid.partition("{")[0] for message in check(engine, files)]
    assert found == [
        "The schema is not of this version; run: crm-tui db upgrade",
        "A row of ",
        "A row of ",
        "The attachment ",
    ]
    engine.dispose()


def test_the_check_finds_a_damaged_index(sqlite_url: str, files: Path) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as conn:
        conn.execute(insert(staff), [stamped(id=1, login="a", name="A", role="agent")])
    with engine.connect() as conn:
        cursor = conn.connection.dbapi_connection.cursor()  # type: ignore[union-attr]
        cursor.execute("PRAGMA writable_schema=ON")
        cursor.execute(
            "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = "
            "'ix_team_member_staff_id') WHERE name = 'ix_staff_department_id'"
        )
    engine.dispose()
    assert any("damaged" in str(message) for message in check(engine, files))
    engine.dispose()


def test_figures_name_engine_size_and_rows(filled: Engine) -> None:
    figures = stats(filled)
    assert figures.engine.startswith(("SQLite 3", "PostgreSQL 1"))
    assert figures.bytes > 10_000
    assert (figures.rows["staff"], figures.rows["department"]) == (1, 2)
    assert figures.revision == HEAD
