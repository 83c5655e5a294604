"""Money in whole fen, shown in yuan or in units of ten thousand (R-008, D-36)."""

import re
import unicodedata
from decimal import Decimal
from typing import Final

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg

FEN: Final = 100
WAN: Final = 10_000
YI: Final = 100_000_000
MOST_YUAN: Final = Decimal(10) ** 13
_AMOUNT: Final = re.compile(r"([+-]?)[¥￥]?([+-]?)(\d+(?:,\d{3})*|\d+)(\.\d+)?(万|亿)?元?")


def parse_fen(text: str) -> int:
    """Fen of ``500万``, ``5,000,000`` or ``¥12.34``; raises `ValidationError` for anything else."""
    plain = unicodedata.normalize("NFKC", text).replace("¥", "¥").strip().replace(" ", "")
    found = _AMOUNT.fullmatch(plain)
    if found is None or (found.group(1) and found.group(2)):
        raise _refused(text)
    sign, inner, whole, part, unit = found.groups()
    yuan = Decimal(whole.replace(",", "") + (part or ""))
    yuan *= {"万": WAN, "亿": YI, None: 1}[unit]
    fen = yuan * FEN
    if fen != fen.to_integral_value() or yuan > MOST_YUAN:
        raise _refused(text)
    return -int(fen) if "-" in (sign, inner) else int(fen)


def _refused(text: str) -> ValidationError:
    return ValidationError(
        msg("“{text}” is not an amount like 500万 or 12,340.50", text=text[:40]),
        field="amount",
        code="bad_amount",
    )


def display_fen(fen: int) -> str:
    """``500万`` from ten thousand yuan on, with two decimals where needed, else yuan (D-36)."""
    sign, fen = ("-", -fen) if fen < 0 else ("", fen)
    if fen >= WAN * FEN:
        return f"{sign}{_trimmed(Decimal(fen) / (WAN * FEN))}万"
    return f"{sign}{_trimmed(Decimal(fen) / FEN)}"


def _trimmed(value: Decimal) -> str:
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")
