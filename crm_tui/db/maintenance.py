"""Backup, restore, check and figures of a database (R-311).

A backup is a folder: ``crm.db`` (SQLite) or ``tables/`` (PostgreSQL, see `transfer`), the
attachments under ``files/``, and ``manifest.json`` with the SHA-256 of each. The key file is never
in it. Either kind can be restored into either engine.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from crm_tui import __version__
from crm_tui.db import transfer
from crm_tui.db.engine import copy_file, open_engine, parse_url
from crm_tui.db.errors import place_of, translated, unavailable
from crm_tui.db.migrations import (
    HEAD,
    REVISIONS,
    State,
    create_all,
    load_schema,
    revision_of,
    state_of,
    upgrade,
)
from crm_tui.domain.errors import Conflict, DomainError, Unavailable, ValidationError
from crm_tui.domain.msg import Msg, msg

MANIFEST = "manifest.json"
FORMAT = 1
Proof = Callable[[Connection], None]
GUARDS = {
    "sqlite": frozenset({"activity_no_update", "activity_no_delete"}),
    "postgresql": frozenset({"activity_append_only"}),
}
"""Triggers without which the audit log could be rewritten."""


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup or a restore moved; ``bytes`` counts the backup's files."""

    folder: Path
    rows: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures of a database."""

    place: str
    engine: str
    revision: str
    bytes: int
    rows: dict[str, int]


def backup(engine: Engine, files: Path, target: Path, *, now: datetime) -> BackupReport:
    """Write a consistent copy of database and attachments into a new folder.

    Others may go on writing. `ValidationError` (``backup_exists``) where the folder is filled;
    `Unavailable` when the store or the disk fails, and then no folder is left.
    """
    _refuse_filled(target, "backup_exists")
    part = target.with_name(f".{target.name}.part")
    with _writing(target, part):
        part.mkdir(parents=True, mode=0o700)
        if engine.dialect.name == "sqlite":
            copy_file(engine, part / "crm.db")
            copied = open_engine(str(part / "crm.db"), read_only=True)
            with translated(copied), copied.connect() as conn:
                rows = sum(_counts(conn).values())
            copied.dispose()
        else:
            (part / "tables").mkdir()
            still = engine.execution_options(isolation_level="REPEATABLE READ")
            with translated(engine), still.connect() as conn:
                rows = transfer.dump_tables(conn, part / "tables")
        # After the rows: an attachment lies here before its row is committed, and never changes.
        if files.is_dir():
            shutil.copytree(files, part / "files")
        sums = {name: _sha256(part / name) for name in _names(part)}
        manifest = {
            "format": FORMAT,
            "version": __version__,
            "schema": HEAD,
            "at": now.isoformat(),
            "engine": engine.dialect.name,
            "rows": rows,
            "files": sums,
        }
        _write_text(part / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        size = sum((part / name).stat().st_size for name in sums)
        if target.exists():
            target.rmdir()
        part.rename(target)
    return BackupReport(target, rows, len(sums), size)


def verify(folder: Path) -> dict[str, Any]:
    """Read a backup's manifest and prove every file by its sum.

    `ValidationError`: ``backup_missing``, ``backup_damaged`` (names the file), ``backup_newer``.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        sums: dict[str, str] = dict(manifest["files"])
        revision = str(manifest["schema"])
        if manifest["format"] != FORMAT or revision not in REVISIONS:
            raise ValidationError(
                msg("This backup was made by a newer crm-tui; install that version or later"),
                code="backup_newer",
            )
        manifest["rows"] = int(manifest["rows"])
    except FileNotFoundError:
        raise ValidationError(
            msg("{folder} is no backup; choose a folder with a manifest.json", folder=str(folder)),
            code="backup_missing",
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise _damaged(MANIFEST) from None
    present = set(_names(folder)) - {MANIFEST}
    for name in sorted(present ^ set(sums)):
        raise _damaged(name)
    for name, expected in sums.items():
        if _sha256(folder / name) != expected:
            raise _damaged(name)
    return dict(manifest)


def restore(folder: Path, url: str, files: Path, *, prove: Proof | None = None) -> BackupReport:
    """Fill an empty place from a backup, proved before and checked after; all of it or nothing.

    ``prove`` sees the filled database before it counts, to refuse it where the key file, which must
    be brought separately, is another one. `ValidationError`: as `verify`, and ``restore_not_empty``
    where the database or the folder of attachments holds something.
    """
    manifest = verify(folder)
    _refuse_filled(files, "restore_not_empty")
    parsed = parse_url(url)
    as_it_stands = parsed.get_backend_name() == "sqlite" and (folder / "crm.db").exists()
    if manifest["schema"] != HEAD and not as_it_stands:
        raise ValidationError(
            msg(
                "This backup was made by crm-tui {version}; restore it with that version, "
                "then run: crm-tui db upgrade",
                version=str(manifest.get("version", "")),
            ),
            code="backup_older",
        )
    files_part = files.with_name(f".{files.name}.part")
    with _writing(files, files_part):
        if (folder / "files").is_dir():
            shutil.copytree(folder / "files", files_part)
        if parsed.get_backend_name() == "sqlite":
            _restore_file(folder, Path(parsed.database or ""), prove)
        else:
            engine = open_engine(parsed)
            try:
                _fill(folder, engine, prove)
            finally:
                engine.dispose()
        if files_part.exists():
            if files.exists():
                files.rmdir()
            files_part.rename(files)
    size = sum((folder / name).stat().st_size for name in manifest["files"])
    return BackupReport(folder, manifest["rows"], len(manifest["files"]), size)


def check(engine: Engine, files: Path) -> list[Msg]:
    """What is wrong with the database and the attachments' content, a sentence each."""
    with translated(engine), engine.connect() as conn:
        found = _damage(conn)
        attachment = load_schema().tables["attachment"]
        stored = set(conn.execute(select(attachment.c.stored_as)).scalars()) if not found else set()
    present = {Path(name).name: name for name in (_names(files) if files.is_dir() else ())}
    for name in sorted(stored - present.keys()):
        found.append(msg("The attachment {name} is missing; bring it from a backup", name=name))
    for stem, name in present.items():
        if len(stem) == 64 and _sha256(files / name) != stem:
            found.append(msg("The attachment {name} is not what was stored", name=name))
    return found


def _damage(conn: Connection) -> list[Msg]:
    """What is wrong with schema and rows."""
    found: list[Msg] = []
    current = state_of(conn) is State.CURRENT
    if not current:
        found.append(msg("The schema is not of this version; run: crm-tui db upgrade"))
    if conn.dialect.name == "sqlite":
        for (line,) in conn.exec_driver_sql("PRAGMA integrity_check").all():
            if line != "ok":
                found.append(msg("The file is damaged: {detail}", detail=str(line)))
        for row in conn.exec_driver_sql("PRAGMA foreign_key_check").all():
            found.append(
                msg("A row of {table} refers to nothing in {parent}", table=row[0], parent=row[2])
            )
    elif current:
        _counts(conn)
    if current and not _guards(conn) >= GUARDS[conn.dialect.name]:
        found.append(msg("The guard of the audit log was taken away; run: crm-tui db verify-audit"))
    return found


def _guards(conn: Connection) -> set[str]:
    """The names of the triggers that are there and in force."""
    if conn.dialect.name == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = (
            "SELECT tgname FROM pg_catalog.pg_trigger JOIN pg_catalog.pg_class c ON c.oid = tgrelid "
            "WHERE c.relnamespace = current_schema()::regnamespace AND tgenabled <> 'D'"
        )
    return set(conn.exec_driver_sql(query).scalars())


def stats(engine: Engine) -> Stats:
    """Figures of the database; counting reads every table."""
    with translated(engine), engine.connect() as conn:
        rows = _counts(conn)
        revision = revision_of(conn) or ""
        if engine.dialect.name == "sqlite":
            version = str(conn.exec_driver_sql("SELECT sqlite_version()").scalar_one())
            path = Path(engine.url.database or "")
            parts = [path, path.with_name(path.name + "-wal")]
            size = sum(p.stat().st_size for p in parts if p.exists())
            name = f"SQLite {version}"
        else:
            size = int(
                conn.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
            )
            version = str(conn.exec_driver_sql("SHOW server_version").scalar_one())
            name = f"PostgreSQL {version}"
    return Stats(place_of(engine), name, revision, size, rows)


def _counts(conn: Connection) -> dict[str, int]:
    return {
        table.name: int(conn.execute(select(func.count()).select_from(table)).scalar_one())
        for table in load_schema().sorted_tables
    }


def _restore_file(folder: Path, path: Path, prove: Proof | None) -> None:
    """Into a file beside the place, checked, and only then put there."""
    if path.exists() and path.stat().st_size:
        raise _not_empty(path)
    part = path.with_name(f".{path.name}.part")
    engine = open_engine(str(part))
    try:
        with _writing(path, part):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if (folder / "crm.db").exists():
                shutil.copyfile(folder / "crm.db", part)
                part.chmod(0o600)
                upgrade(engine, now=None)
            else:
                _fill(folder, engine, None)
            with translated(engine), engine.connect() as conn:
                if problems := _damage(conn):
                    raise Unavailable(problems[0], code="database_damaged")
                if prove is not None:
                    prove(conn)
            engine.dispose()
            os.replace(part, path)
    finally:
        engine.dispose()
        for leftover in (part.with_name(f"{part.name}-wal"), part.with_name(f"{part.name}-shm")):
            leftover.unlink(missing_ok=True)


def _fill(folder: Path, engine: Engine, prove: Proof | None) -> None:
    """Schema and rows in one transaction of an empty database."""
    source = open_engine(str(folder / "crm.db"), read_only=True)
    try:
        with translated(engine), engine.connect() as pooled:
            conn = pooled.execution_options(sqlite_begin="IMMEDIATE")
            raw = conn.connection.dbapi_connection
            assert raw is not None
            if engine.dialect.name == "sqlite":
                raw.cursor().execute("PRAGMA foreign_keys=OFF")
            with conn.begin():
                if state_of(conn) is not State.EMPTY:
                    raise _not_empty(Path(place_of(engine)))
                create_all(conn)
                if (folder / "tables").is_dir():
                    tables = folder / "tables"
                    transfer.load_tables(conn, lambda table: transfer.dumped_rows(tables, table))
                else:
                    with source.connect() as old:
                        transfer.load_tables(conn, lambda table: transfer.rows_of(old, table))
                if prove is not None:
                    prove(conn)
    except (ValueError, Conflict):
        raise _damaged("tables") from None
    finally:
        source.dispose()


@contextmanager
def _writing(target: Path, part: Path) -> Iterator[None]:
    """Take ``part`` away when the writing fails, and say so when the disk is the reason."""
    _remove(part)
    try:
        yield
    except OSError as error:
        _remove(part)
        full = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
        raise unavailable("disk_full" if full else "folder_not_writable", str(target)) from None
    except shutil.Error:
        _remove(part)
        raise unavailable("folder_not_writable", str(target)) from None
    except BaseException:
        _remove(part)
        raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _refuse_filled(folder: Path, code: str) -> None:
    if folder.exists() and not folder.is_dir():
        raise ValidationError(
            msg("{place} is a file; choose an empty or new folder", place=str(folder)), code=code
        )
    if folder.exists() and any(folder.iterdir()):
        raise ValidationError(
            msg("{place} is not empty; choose an empty or new folder", place=str(folder)), code=code
        )


def _not_empty(place: Path) -> DomainError:
    return ValidationError(
        msg(
            "The database {place} holds something already; restore into a new one", place=str(place)
        ),
        code="restore_not_empty",
    )


def _damaged(name: str) -> ValidationError:
    return ValidationError(
        msg("The backup is damaged at {name}; nothing was restored, use another one", name=name),
        code="backup_damaged",
    )


def _names(folder: Path) -> list[str]:
    """Every file below a folder, by its path with slashes."""
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
