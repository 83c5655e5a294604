"""Replies, notes, the outbox and attachments of tickets (R-103, R-107, R-135, R-140, sla.md 2.13)."""

import hashlib
import logging
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.exc import OperationalError

from crm_tui.db.schema.system import draft
from crm_tui.db.schema.tickets import attachment, message, ticket
from crm_tui.domain import templates, workflow
from crm_tui.domain.errors import NotFound, RuleViolation, Unavailable, ValidationError
from crm_tui.domain.msg import Msg, msg
from crm_tui.domain.text import display
from crm_tui.services import mentions
from crm_tui.services import ticket_base as base
from crm_tui.services.actor import SYSTEM, Actor
from crm_tui.services.core import Core
from crm_tui.services.dto import AttachmentView
from crm_tui.services.intake import follow_up_ticket
from crm_tui.services.mentions import tell_mentioned
from crm_tui.services.result import Result
from crm_tui.services.unit import Unit

log = logging.getLogger("crm_tui.outbox")

CHUNK = 1 << 20
MAX_BODY = 100_000


def checked_body(body: str) -> str:
    """The text of a message, not blank and not endless."""
    if not body.strip():
        raise ValidationError(msg("Write something first"), field="body", code="blank")
    if len(body) > MAX_BODY:
        raise ValidationError(
            msg("A message has at most {limit} characters", limit=MAX_BODY), field="body"
        )
    return body


def add_message(
    unit: Unit,
    row: RowMapping,
    *,
    kind: str,
    body: str,
    direction: str = "out",
    channel: str = "",
    progress: bool = False,
    automatic: bool = False,
    at: datetime | None = None,
    author_name: str = "",
    delay: bool = False,
) -> int:
    """Write a message of a ticket; a delayed one rests in the outbox and is an event on release.

    Whom it mentions as ``@login`` is told. Placeholders in what customers read are refused (R-302).
    """
    if kind == "public" and direction == "out":
        templates.check_finished(body)
    written = at or unit.now
    release = written + timedelta(seconds=unit.core.rules.reply_delay_s) if delay else None
    new = unit.add(
        message,
        {
            "ticket_id": row["id"],
            "kind": kind,
            "direction": direction,
            "author_id": (unit.actor.staff_id or None) if direction == "out" else None,
            "author_name": author_name or (unit.actor.name if direction == "out" else ""),
            "channel": channel,
            "body": checked_body(body),
            "written_at": written,
            "release_at": release,
            "state": "queued" if delay else "sent",
            "automatic": automatic,
            "progress": progress,
            "source": unit.source,
        },
    )
    unit.log(
        "ticket",
        row["id"],
        f"{kind}_queued" if delay else f"{kind}_written",
        data={"message": new},
        at=written,
        customer_id=row["customer_id"],
    )
    unit.touched.add(row["id"])
    if direction == "out" and not automatic:
        tell_mentioned(unit, row, new, body)
    if not delay:
        sent(unit, row, new)
    return new


def sent(unit: Unit, row: RowMapping, message_id: int) -> None:
    """Make a released message count: its event, and the ticket's fields that follow from it."""
    text = unit.row(message, message_id)
    values: dict[str, Any] = {}
    event: dict[str, Any] | None = None
    if text["kind"] == "public" and text["direction"] == "out":
        event = {"event": "staff_reply", "automatic": text["automatic"], "message": message_id}
        if not text["automatic"] and row["first_response_at"] is None:
            values["first_response_at"] = text["written_at"]
        if text["progress"]:
            values["progress_noted_at"] = text["written_at"]
    elif text["direction"] == "in":
        event = {"event": "customer_message", "automatic": text["automatic"], "message": message_id}
    if text["direction"] == "out" and not text["automatic"]:
        values["last_note_at"] = text["written_at"]
    if values:
        base.touch(unit, row["id"], values)
    if event is not None:
        unit.log(
            "ticket",
            row["id"],
            "message_sent" if text["direction"] == "out" else "customer_message",
            data=event,
            at=text["written_at"],
            customer_id=row["customer_id"],
        )
        if text["progress"]:
            unit.log(
                "ticket",
                row["id"],
                "progress",
                data={"event": "progress", "message": message_id},
                at=text["written_at"],
                customer_id=row["customer_id"],
            )


def tell_progress(unit: Unit, row: RowMapping, body: str) -> RowMapping:
    """Write a progress note that is saved together with another act, if there is one (R-140)."""
    if not body.strip():
        return row
    delay = unit.core.rules.reply_delay_s > 0
    channel = row["preferred_reply_channel"] or row["channel"]
    new = add_message(
        unit, row, kind="public", body=body, channel=channel, progress=True, delay=delay
    )
    # Undoing the act recalls the note, and is refused once the note has gone out.
    unit.inverse("recall", message=new)
    return base.load(unit, row["id"])


class MessageService:
    """Replies to customers, internal notes, drafts, attachments."""

    def __init__(self, core: Core) -> None:
        self._core = core
        core.inverses["recall"] = self._recall

    def reply(
        self,
        ids: Sequence[int],
        body: str,
        *,
        actor: Actor,
        channel: str = "",
        progress: bool = False,
        now: bool = False,
    ) -> Result:
        """Reply in public; it rests in the outbox for the delay and can be recalled (decision 5)."""

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            base.need_not_gone(row)
            delay = not now and unit.core.rules.reply_delay_s > 0
            new = add_message(
                unit,
                row,
                kind="public",
                body=body,
                channel=channel or row["preferred_reply_channel"] or row["channel"],
                progress=progress,
                delay=delay,
            )
            self._forget_draft(unit, item, "public")
            if delay:
                unit.inverse("recall", message=new)
            wanted = row["preferred_reply_channel"]
            if channel and wanted and channel != wanted:
                return msg(
                    "The customer asked for answers by {wanted}, not {channel}",
                    wanted=wanted,
                    channel=channel,
                )
            return None

        return self._core.each(actor, ids, msg("Reply sent"), work)

    def note(
        self, ids: Sequence[int], body: str, *, actor: Actor, progress: bool = False
    ) -> Result:
        """Write an internal note; ``progress`` makes it a note to the customer instead (R-140)."""
        if progress:
            return self.reply(ids, body, actor=actor, progress=True)

        def work(unit: Unit, item: int) -> Msg | None:
            row = base.load(unit, item)
            base.need_work(unit, row)
            add_message(unit, row, kind="note", body=body)
            self._forget_draft(unit, item, "note")
            return None

        return self._core.each(actor, ids, msg("Note added"), work, undoable=False)

    def customer_message(
        self,
        ticket_id: int,
        body: str,
        *,
        actor: Actor,
        channel: str = "",
        automatic: bool = False,
        author_name: str = "",
    ) -> tuple[int, Result]:
        """Record what the customer wrote or said (sla.md 2.7).

        A waiting ticket opens again, a resolved one reopens within the limit; later a linked new ticket
        is made, whose id comes first in the answer.
        """
        from crm_tui.services.lifecycle import back_to_work, reopen

        target = ticket_id

        def work(unit: Unit, item: int) -> Msg | None:
            nonlocal target
            row = base.load(unit, item)
            if row["merged_into_id"] is not None:
                row = base.load(unit, base.final_target(unit, row))
                target = row["id"]
            base.need_work(unit, row)
            what = workflow.on_customer_message(
                base.facts(unit, row),
                now=unit.now,
                resolved_at=row["resolved_at"] or row["closed_at"],
                automatic=automatic,
                reopen_days=unit.core.rules.reopen_days,
            )
            if str(what) == "new_ticket":
                target = follow_up_ticket(unit, row, body, channel=channel)
                return msg("Too late to reopen; a linked new ticket was made")
            add_message(
                unit,
                row,
                kind="public",
                direction="in",
                body=body,
                channel=channel or row["channel"],
                automatic=automatic,
                author_name=author_name,
            )
            if str(what) == "reopen":
                reopen(unit, base.load(unit, row["id"]), reason="customer message")
            elif str(what) == "return_to_open":
                back_to_work(unit, base.load(unit, row["id"]), verb="customer_answered")
            return None

        result = self._core.each(
            actor, [ticket_id], msg("Customer message recorded"), work, undoable=False
        )
        return target, result

    # Outbox

    def release_due(self, unit: Unit, *, limit: int, retry: timedelta) -> tuple[int, int, bool]:
        """Release replies whose delay is over, in the order in which they are due (ticker).

        One that fails is tried again after ``retry``. Answers how many went out, how many failed, and
        whether more may wait.
        """
        query = (
            select(message.c.id, message.c.ticket_id)
            .where(message.c.state == "queued", message.c.release_at <= unit.now)
            .order_by(message.c.release_at, message.c.id)
            .limit(limit)
        )
        rows = unit.conn.execute(query).all()
        failed = 0
        for row in rows:
            here = message.c.id == row.id
            try:
                with unit.attempt():
                    unit.conn.execute(update(message).where(here).values(state="sent"))
                    sent(unit, base.load(unit, row.ticket_id), row.id)
            except (Unavailable, OperationalError):
                raise
            except Exception as error:
                log.error("message %s was not sent: %s", row.id, type(error).__name__)
                later = unit.now + retry
                unit.conn.execute(update(message).where(here).values(release_at=later))
                failed += 1
        return len(rows) - failed, failed, len(rows) == limit

    def _recall(self, unit: Unit, args: Any) -> None:
        changed = unit.conn.execute(
            update(message)
            .where(
                message.c.id == args["message"],
                message.c.state == "queued",
                message.c.release_at > unit.now,
            )
            .values(state="recalled")
        )
        if changed.rowcount != 1:
            raise RuleViolation(
                msg("The reply has already been sent and cannot be recalled"), code="already_sent"
            )
        row = unit.row(message, args["message"])
        unit.log("ticket", row["ticket_id"], "reply_recalled", data={"message": row["id"]})
        mentions.take_back(unit, row["ticket_id"], row["id"], row["body"])
        unit.touched.add(row["ticket_id"])
        save_draft(unit, row["ticket_id"], str(row["kind"]), str(row["body"]))

    # Drafts

    def save_draft(self, ticket_id: int, kind: str, text: str, *, actor: Actor) -> None:
        """Keep what is being written; an empty text forgets it."""
        with self._core.write(actor) as unit:
            save_draft(unit, ticket_id, kind, text)

    def draft(self, ticket_id: int, kind: str, *, actor: Actor) -> str:
        """The kept draft of this ticket, or an empty text."""
        with self._core.read(actor) as unit:
            query = select(draft.c.text).where(
                draft.c.staff_id == actor.staff_id, draft.c.subject == f"{kind}:{ticket_id}"
            )
            return unit.conn.execute(query).scalar_one_or_none() or ""

    def _forget_draft(self, unit: Unit, ticket_id: int, kind: str) -> None:
        save_draft(unit, ticket_id, kind, "")

    # Attachments

    def attach(
        self, ticket_id: int, path: Path, *, actor: Actor, message_id: int | None = None
    ) -> int:
        """Store a file with a ticket: copied under its hash, size limited, never run or opened."""
        limit = self._core.rules.max_attachment_bytes
        try:
            with path.open("rb"):
                size = path.stat().st_size
        except OSError:
            # Missing, a folder, or not ours to read.
            raise NotFound(
                msg("The file {name} cannot be read", name=path.name), field="file"
            ) from None
        if size > limit:
            raise ValidationError(
                msg(
                    "A file has at most {limit} bytes, this one has {size}", limit=limit, size=size
                ),
                field="file",
                code="file_too_large",
            )
        with self._core.write(actor) as unit:
            row = base.load(unit, ticket_id)
            base.need_work(unit, row)
            digest = self._store(path)
            new = unit.add(
                attachment,
                {
                    "ticket_id": ticket_id,
                    "message_id": message_id,
                    "file_name": display(path.name)[:200],
                    "size": size,
                    "sha256": digest,
                    "stored_as": digest,
                    "added_at": unit.now,
                    "added_by": actor.staff_id or None,
                },
            )
            unit.log(
                "ticket",
                ticket_id,
                "attached",
                changes={"attachment": [None, digest]},
                customer_id=row["customer_id"],
            )
            return new

    def _store(self, path: Path) -> str:
        digest = hashlib.sha256()
        for chunk in _chunks(path):
            digest.update(chunk)
        name = digest.hexdigest()
        target = self._core.files / name[:2] / name
        if target.exists():
            return name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(f".{os.getpid()}.part")
            with part.open("wb") as file:
                for chunk in _chunks(path):
                    file.write(chunk)
            part.replace(target)
        except OSError as error:
            raise Unavailable(
                msg("The file could not be stored: {reason}", reason=error.strerror or ""),
                code="file_not_stored",
            ) from None
        return name

    def attachment_path(self, attachment_id: int, *, actor: Actor) -> Path:
        """Where a stored file lies, after checking that it is still what was stored."""
        with self._core.read(actor) as unit:
            row = unit.row(attachment, attachment_id, msg("attachment"))
        stored = str(row["stored_as"])
        path: Path = self._core.files / stored[:2] / stored
        digest = hashlib.sha256()
        try:
            for chunk in _chunks(path):
                digest.update(chunk)
        except OSError:
            raise NotFound(msg("The stored file is missing; restore it from a backup")) from None
        if digest.hexdigest() != row["sha256"]:
            raise Unavailable(
                msg("The stored file has been changed outside the program"), code="file_changed"
            )
        return path


def save_draft(unit: Unit, ticket_id: int, kind: str, text: str) -> None:
    """Keep or forget a draft inside a transaction; drafts are nobody else's business, so not logged."""
    if not unit.actor.staff_id:
        return
    here = (draft.c.staff_id == unit.actor.staff_id) & (draft.c.subject == f"{kind}:{ticket_id}")
    if not text.strip():
        unit.conn.execute(draft.delete().where(here))
        return
    changed = unit.conn.execute(update(draft).where(here).values(text=text, updated_at=unit.now))
    if changed.rowcount == 0:
        unit.conn.execute(
            insert(draft).values(
                staff_id=unit.actor.staff_id,
                subject=f"{kind}:{ticket_id}",
                text=text,
                updated_at=unit.now,
            )
        )


def attachments(unit: Unit, ticket_id: int) -> tuple[AttachmentView, ...]:
    """Files of a ticket."""
    query = select(attachment).where(attachment.c.ticket_id == ticket_id).order_by(attachment.c.id)
    return tuple(
        AttachmentView(r["id"], display(r["file_name"]), r["size"], r["sha256"], r["added_at"])
        for r in unit.conn.execute(query).mappings()
    )


def queued(unit: Unit, ticket_id: int) -> bool:
    """Whether a reply of this ticket rests in the outbox."""
    query = select(func.count()).where(
        message.c.ticket_id == ticket_id, message.c.state == "queued"
    )
    return bool(unit.conn.execute(query).scalar_one())


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


__all__ = ["SYSTEM", "MessageService", "add_message", "attachments", "queued", "sent", "ticket"]
