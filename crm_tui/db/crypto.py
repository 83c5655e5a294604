"""Personal data at rest: sealed values and the keyed index for exact look-up (R-299, D-34).

A sealed value is one byte of key id, twelve of nonce, then AES-256-GCM over the UTF-8 text with
the context (``contact.phone``) as associated data: a value moved to another column does not open.
The key file holds one ``id base64`` line per key: the last one seals, all of them open, and the
first one is the root of the index key, so that adding a key leaves look-ups working.
"""

import base64
import binascii
import hmac
import os
import re
import secrets
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from crm_tui.db.schema.system import meta
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
INDEX_BYTES = 16
CHECK_NAME = "key_check"
"""Row of ``meta`` that tells the right key file from a wrong one; derived, it reveals nothing."""


def _derived(root: bytes, purpose: bytes) -> bytes:
    """HKDF-SHA256 of one block (RFC 5869), by the standard library: start-up needs no cipher."""
    extracted = hmac.digest(b"crm-tui", root, "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


def _unreadable(path: Path) -> Unavailable:
    return Unavailable(
        msg("The key file {path} is not a key file; put the right one there", path=str(path)),
        code="wrong_key",
    )


class KeyRing:
    """The keys of one database; `Unavailable` (``wrong_key``) where a value does not open."""

    def __init__(self, keys: dict[int, bytes]) -> None:
        if not keys or any(
            len(key) != KEY_BYTES or not 0 < number < 256 for number, key in keys.items()
        ):
            raise ValueError("a key ring needs keys of 32 bytes numbered 1 to 255")
        self._keys = dict(keys)
        self._current = next(reversed(self._keys))
        self._root = next(iter(self._keys.values()))
        self._index_key = _derived(self._root, b"index")
        self._ciphers: dict[int, AESGCM] = {}

    def __repr__(self) -> str:
        """Without the keys, for logs."""
        return f"KeyRing(ids={sorted(self._keys)})"

    @classmethod
    def generate(cls) -> "KeyRing":
        """A ring with one new random key."""
        return cls({1: secrets.token_bytes(KEY_BYTES)})

    @classmethod
    def load(cls, path: Path) -> "KeyRing":
        """Read a key file. `Unavailable`: ``key_missing``, ``key_exposed`` or ``wrong_key``."""
        try:
            # Group access is left to the owner: staff of one host may share a key through a group.
            if os.name == "posix" and path.stat().st_mode & 0o007:
                raise Unavailable(
                    msg(
                        "Everybody on this machine can read the key file {path}; "
                        "run: chmod o-rwx {path}",
                        path=str(path),
                    ),
                    code="key_exposed",
                )
            text = path.read_text("ascii")
        except FileNotFoundError:
            raise Unavailable(
                msg(
                    "The key file {path} is missing; copy it from where the database was made, "
                    "or name it in CRM_TUI_KEY_FILE",
                    path=str(path),
                ),
                code="key_missing",
            ) from None
        except UnicodeDecodeError:
            raise _unreadable(path) from None
        except OSError as error:
            raise Unavailable(
                msg(
                    "The key file {path} cannot be read ({reason}); ask its owner for access",
                    path=str(path),
                    reason=error.strerror or "",
                ),
                code="key_missing",
            ) from None
        keys: dict[int, bytes] = {}
        for line in text.splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            number, _, encoded = line.partition(" ")
            try:
                keys[int(number)] = base64.b64decode(encoded.strip(), validate=True)
            except (ValueError, binascii.Error):
                raise _unreadable(path) from None
        try:
            return cls(keys)
        except ValueError:
            raise _unreadable(path) from None

    def save(self, path: Path) -> None:
        """Write a new key file, mode 0600; never over another one (`FileExistsError`)."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lines = [
            "# crm-tui field keys. Without this file personal data cannot be read. Keep a copy."
        ]
        lines += [f"{n} {base64.b64encode(key).decode('ascii')}" for n, key in self._keys.items()]
        # Linked into place whole: a second process must never read half a key.
        temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(
                os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
            ) as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def with_new_key(self) -> "KeyRing":
        """A ring whose new key seals from now on, while the old ones still open."""
        return KeyRing({**self._keys, max(self._keys) + 1: secrets.token_bytes(KEY_BYTES)})

    def check_value(self) -> str:
        """What the database keeps to recognise this ring by."""
        return _derived(self._root, b"check").hex()

    def seal(self, context: str, text: str) -> bytes:
        """Encrypt ``text`` for the column ``context``; equal texts seal differently (R-006)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._cipher(self._current).encrypt(nonce, text.encode(), context.encode())
        return bytes([self._current]) + nonce + sealed

    def open(self, context: str, sealed: bytes) -> str:
        """The text that was sealed for ``context``."""
        from cryptography.exceptions import InvalidTag

        try:
            cipher = self._cipher(sealed[0])
            nonce, body = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
            return cipher.decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, KeyError, IndexError, ValueError):
            raise Unavailable(
                msg(
                    "A protected value cannot be opened with this key file; check CRM_TUI_KEY_FILE"
                ),
                code="wrong_key",
            ) from None

    def is_current(self, sealed: bytes) -> bool:
        """Whether the newest key sealed it; after adding a key the others wait for sealing anew."""
        return sealed[:1] == bytes([self._current])

    def blind(self, context: str, normalised: str) -> bytes:
        """The 16 bytes to look up ``normalised`` by, the same for the same key and context."""
        return hmac.digest(self._index_key, f"{context}|{normalised}".encode(), "sha256")[
            :INDEX_BYTES
        ]

    def blind_last4(self, context: str, normalised: str) -> bytes | None:
        """The bytes to look up the last four digits by; None where there are fewer.

        There are only 10,000 such values: whoever holds the database sees which rows share one.
        """
        digits = re.sub(r"\D", "", normalised)
        return self.blind(f"{context}.last4", digits[-4:]) if len(digits) >= 4 else None

    def _cipher(self, number: int) -> "AESGCM":
        if number not in self._ciphers:
            # Imported here: the first list on screen needs no cipher.
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM

            self._ciphers[number] = AESGCM(self._keys[number])
        return self._ciphers[number]


def has_key(conn: Connection) -> bool:
    """Whether the database belongs to a key already, so that finding it writes nothing."""
    query = select(meta.c.value).where(meta.c.key == CHECK_NAME)
    return conn.execute(query).first() is not None


def keyring_for(conn: Connection, path: Path) -> KeyRing:
    """The ring of this database, proved by its check value; a new database gets a new key file.

    Run in a write transaction when the database may be new. `Unavailable`: ``key_missing``,
    ``wrong_key`` or ``key_exposed``; nothing is written then.
    """
    known = conn.execute(select(meta.c.value).where(meta.c.key == CHECK_NAME)).scalar_one_or_none()
    if known is None:
        ring = _load_or_create(path)
        conn.execute(insert(meta).values(key=CHECK_NAME, value=ring.check_value()))
        return ring
    ring = KeyRing.load(path)
    if not hmac.compare_digest(known, ring.check_value()):
        raise Unavailable(
            msg(
                "The key file {path} belongs to another database; "
                "name the right one in CRM_TUI_KEY_FILE",
                path=str(path),
            ),
            code="wrong_key",
        )
    return ring


def _load_or_create(path: Path) -> KeyRing:
    try:
        if not path.exists():
            KeyRing.generate().save(path)
    except OSError as error:
        if path.exists():
            # Another process made it between the look and the link; its key counts.
            return KeyRing.load(path)
        raise Unavailable(
            msg(
                "The key file {path} cannot be made ({reason}); "
                "choose another place in CRM_TUI_KEY_FILE",
                path=str(path),
                reason=error.strerror or "",
            ),
            code="key_missing",
        ) from None
    return KeyRing.load(path)


_EXTENSION = re.compile(r"(?:转|轉|分机|分機|ext\.?|extension|x|#)\s*\d*\s*$", re.IGNORECASE)


def normalise_phone(raw: str, region: str = "CN") -> str:
    """E.164 where the number is possible in ``region``, else its digits; without extension."""
    # Imported here: 2.8 MB of tables that only look-ups by phone need.
    import phonenumbers

    text = _EXTENSION.sub("", unicodedata.normalize("NFKC", raw).strip())
    try:
        number = phonenumbers.parse(text, region)
        if phonenumbers.is_possible_number(number):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    except phonenumbers.NumberParseException:
        pass
    return re.sub(r"[^0-9]", "", text)


def normalise_email(raw: str) -> str:
    """Without outer spaces and differences of case or width."""
    return unicodedata.normalize("NFKC", raw).strip().casefold()


def normalise_document(raw: str) -> str:
    """An id document number without spaces and hyphens, in capitals (its check digit may be x)."""
    return re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", raw)).upper()
