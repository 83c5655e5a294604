"""Which encoding a text file has, decided on the whole file and never by luck.

The order is BOM, UTF-8, UTF-16 without BOM, GB18030. Other encodings are read only when the user
names them, because bytes of Big5 or Windows-1252 often decode as GB18030 too, into nonsense.
"""

import codecs
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

CHUNK: Final = 1 << 18
"""Bytes read at a time."""

NAMED: Final = {
    "utf-8": "utf-8-sig",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "cp950": "cp950",
    "cp1252": "cp1252",
    "iso8859-1": "cp1252",
    "mac-roman": "mac-roman",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "euc_kr": "cp949",
    "cp949": "cp949",
}
"""Encodings a user may name, by Python's canonical name, and the superset that reads them."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE: Final = 20_000
_PLAUSIBLE: Final = 0.7


def named(name: str) -> str:
    """Python's name of the encoding a user calls ``name``; refuses one that cannot be read."""
    try:
        known = NAMED.get(codecs.lookup(name.strip()).name)
    except (LookupError, ValueError):
        known = None
    if known is None:
        raise ValidationError(
            msg(
                "There is no encoding {name}; use one of {names}",
                name=name[:40],
                names=", ".join(sorted(NAMED)),
            ),
            code="unknown_encoding_name",
            field="encoding",
        )
    return known


def choose(opened: Callable[[], BinaryIO], asked: str | None) -> str:
    """The encoding that reads every byte of what ``opened`` gives, ``asked`` if the user named one.

    Reads the whole file once per candidate, ``CHUNK`` bytes at a time. Raises `ValidationError`
    with code ``wrong_encoding`` (the named one does not fit) or ``unknown_encoding``.
    """
    if asked is not None:
        encoding = named(asked)
        bad_line = _first_bad_line(opened, encoding)
        if bad_line is not None:
            raise ValidationError(
                msg(
                    "Line {line} is not {encoding}; name the right encoding with --encoding",
                    line=bad_line,
                    encoding=asked,
                ),
                code="wrong_encoding",
                field="encoding",
            )
        return encoding
    with opened() as stream:
        head = stream.read(CHUNK)
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = (*_utf16_by_zeros(head), "utf-8", "gb18030")
    for encoding in candidates:
        if _first_bad_line(opened, encoding) is None and (
            encoding != "gb18030" or _reads_as_chinese(opened)
        ):
            return encoding
    raise ValidationError(
        msg(
            "The file is neither UTF-8 nor GB18030; name its encoding with --encoding, "
            "for example big5, cp1252 or mac-roman, or save it as UTF-8"
        ),
        code="unknown_encoding",
        field="encoding",
    )


def _utf16_by_zeros(head: bytes) -> tuple[str, ...]:
    """UTF-16 without a mark shows as a zero in every other byte where the text is Latin."""
    if len(head) < 4 or 0 not in head:
        return ()
    half = len(head) // 2
    if head[1::2].count(0) > half * 0.4 and head[0::2].count(0) < half * 0.05:
        return ("utf-16-le",)
    if head[0::2].count(0) > half * 0.4 and head[1::2].count(0) < half * 0.05:
        return ("utf-16-be",)
    return ()


def _decoded(opened: Callable[[], BinaryIO], encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with opened() as stream:
        while chunk := stream.read(CHUNK):
            yield decoder.decode(chunk)
        yield decoder.decode(b"", final=True)


def _first_bad_line(opened: Callable[[], BinaryIO], encoding: str) -> int | None:
    """About where decoding stops (to a chunk's lines), or None if the whole file decodes."""
    line = 1
    try:
        for text in _decoded(opened, encoding):
            line += text.count("\n")
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):
            line += bytes(error.object[: error.start]).count(b"\n")
        return line
    return None


def _reads_as_chinese(opened: Callable[[], BinaryIO]) -> bool:
    """Whether what decodes as GB18030 also uses the characters Chinese text uses.

    Nearly all characters of simplified Chinese are in GB 2312; of Big5 or Latin text misread as
    GB18030 about a third are.
    """
    seen = usual = 0
    for text in _decoded(opened, "gb18030"):
        for char in text:
            if char < "\x80":
                continue
            seen += 1
            try:
                char.encode("gb2312")
            except UnicodeEncodeError:
                continue
            usual += 1
        if seen >= _SAMPLE:
            break
    return seen == 0 or usual >= seen * _PLAUSIBLE
