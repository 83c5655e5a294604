"""Sentences that are written once and shown in the reader's language.

The domain has no language: it names a sentence by its English text (the msgid) and the values in it.
`crm_tui.i18n.render` turns it into words at the edge.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


def N_(msgid: str) -> str:
    """Mark ``msgid`` for translation without translating it here."""
    return msgid


@dataclass(frozen=True, slots=True)
class Msg:
    """A sentence by msgid; ``params`` fill its ``{name}`` places and may be `Msg` themselves."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """The English sentence, for logs and developers only."""
        return self.msgid.format(**{k: str(v) for k, v in self.params.items()})


def msg(msgid: str, **params: object) -> Msg:
    """Build a `Msg`; the msgid must be a literal so that the catalogue script finds it."""
    return Msg(msgid, params)
