"""What command tests share."""

import json
from typing import Any

from tests.cli.conftest import Run


def new_ticket(run: Run, **fields: str) -> str:
    """The number of a new ticket."""
    given = {
        "kind": "complaint",
        "channel": "phone",
        "subject": "Smoke",
        "description": "It smokes",
        **fields,
    }
    words = [w for k, v in given.items() for w in (f"--{k}", v)]
    status, out, err = run("ticket", "new", *words, "--json")
    assert status == 0, err or out
    found: Any = json.loads(out)
    number = found[0]["number"] if isinstance(found, list) else found["number"]
    return str(number)


def answer(run: Run, *words: str, document: Any = None) -> Any:
    """The JSON of a command that must succeed; ``document`` is sent as JSON."""
    status, out, err = run(*words, *sent(document), "--json", stdin=encoded(document))
    assert status == 0, (words, err, out)
    return json.loads(out) if out.strip() else None


def sent(document: Any) -> tuple[str, ...]:
    """The words that say that a document comes."""
    return () if document is None else ("--json-in", "-")


def encoded(document: Any) -> bytes:
    """A document as it is sent; bytes as they are."""
    if document is None or isinstance(document, bytes):
        return document or b""
    return json.dumps(document, ensure_ascii=False).encode()


def chinese(text: str) -> bool:
    """Whether there is a Chinese character in a text."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def refused(run: Run, *words: str, status: int = 1, document: Any = None) -> str:
    """The code of a command that must be refused: of the whole, or of its first refused part."""
    found, out, err = run(*words, *sent(document), "--json", stdin=encoded(document))
    assert found == status, (words, out, err)
    assert "Traceback" not in out + err
    if err:
        # Refused as a whole: one line, and no answer.
        assert not out and err.count("\n") == 1
        given = json.loads(err)
        assert given["message"]
        return str(given["code"])
    parts: Any = json.loads(out)
    outcomes = parts["outcomes"] if isinstance(parts, dict) else parts
    return str(next(o["error"]["code"] for o in outcomes if o.get("error")))
