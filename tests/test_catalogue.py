"""Every sentence of the code is there in both languages (R-313)."""

import importlib.util
from pathlib import Path

import pytest

from crm_tui import i18n
from crm_tui.domain.terms import LABELS
from crm_tui.services.org import DUTY_LABELS, POSTS, TEAMS
from crm_tui.services.permissions import RANK, ROLE_LABELS

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "catalogue.py"


@pytest.mark.req("R-313")
def test_no_sentence_is_missing_left_over_or_has_other_places() -> None:
    spec = importlib.util.spec_from_file_location("catalogue", SCRIPT)
    assert spec is not None and spec.loader is not None
    catalogue = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(catalogue)
    assert len(catalogue.msgids_in_code()) > 500
    assert catalogue.problems() == []
    assert catalogue.MO_FILE.read_bytes() == catalogue.compiled()


@pytest.mark.req("R-313")
def test_terms_roles_posts_and_duties_are_named_in_both_languages() -> None:
    words = [label for labels in LABELS.values() for label in labels.values()]
    words += [*ROLE_LABELS.values(), *DUTY_LABELS.values()]
    assert ROLE_LABELS.keys() == RANK.keys()
    assert {duty for *_, duties in TEAMS for duty in duties} == DUTY_LABELS.keys()
    posts = next(labels for enum, labels in LABELS.items() if enum.__name__ == "Post")
    assert posts.keys() >= POSTS
    for word in words:
        assert i18n.tr(word, "en") == word
        assert i18n.tr(word, "zh") != word, word
