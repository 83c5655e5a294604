"""Why a ticket went up, in words."""

import pytest

from crm_tui import i18n
from crm_tui.domain.acts import reason_words
from crm_tui.domain.escalation import CAUSES, cause_words
from crm_tui.domain.policy import ClockKind


@pytest.mark.req("R-152")
@pytest.mark.parametrize(
    "code", [*CAUSES, *(f"{how}_{k}" for how in ("breach", "double") for k in ClockKind)]
)
def test_every_cause_has_words_in_both_languages(code: str) -> None:
    words = cause_words(code)
    assert words is not None
    english, chinese = i18n.render(words, "en"), i18n.render(words, "zh")
    assert code not in (english, chinese) and english != chinese


def test_a_typed_reason_stands_for_itself() -> None:
    for reason in ("", "breach_moon", "third party", "half_progress"):
        assert cause_words(reason) is None
        assert reason_words("escalated", reason) == reason
    assert reason_words("edited", "unsatisfied") == "unsatisfied"
