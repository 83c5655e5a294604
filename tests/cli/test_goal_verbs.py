"""Goals from the command line."""

from decimal import Decimal
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, refused

GIVEN = ("--objective", "Fewer leave", "--metric", "流失率", "--deadline-on", "2099-06-30")


def made(run: Run, *words: str) -> dict[str, Any]:
    """A new goal as it is stored."""
    found = answer(run, "goal", "new", *GIVEN, *words)
    shown: dict[str, Any] = answer(run, "goal", "show", str(found["id"]))
    return shown


@pytest.mark.req("R-186", "D-02")
@pytest.mark.parametrize(
    ("words", "mode", "target", "change"),
    [
        (("--mode", "change_percent", "--change=-15"), "change_percent", "17", "-15"),
        (("--mode", "change_points", "--change=-5"), "change_points", "15", "-5"),
        (("--change", "降低15%"), "change_percent", "17", "-15"),
        (("--change", "降至15%"), "reach", "15", None),
        (("--target", "15"), "reach", "15", None),
        (("--target", "降低15%"), "change_percent", "17", "-15"),
        (("--mode", "change_points", "--change=-5", "--target", "15"), "change_points", "15", "-5"),
    ],
)
def test_the_target_follows_from_the_change(
    run_on: Run, words: tuple[str, ...], mode: str, target: str, change: str | None
) -> None:
    goal = made(run_on, "--baseline", "20", *words)
    assert goal["mode"] == mode
    assert Decimal(goal["target"]) == Decimal(target)
    assert (goal["change"] and Decimal(goal["change"])) == (change and Decimal(change))


@pytest.mark.req("R-186")
def test_a_changed_aim_moves_the_target(run: Run) -> None:
    goal = made(run, "--baseline", "20", "--mode", "change_percent", "--change=-15")
    name = str(goal["id"])

    def target(*words: str) -> Decimal:
        answer(run, "goal", "change", name, *words)
        return Decimal(answer(run, "goal", "show", name)["target"])

    assert target("--change=-20") == 16
    assert target("--baseline", "30") == 24
    assert target("--mode", "change_points") == 10
    assert target("--objective", "Fewer leave us") == 10


@pytest.mark.req("R-186")
def test_an_aim_that_says_nothing_is_refused(run: Run) -> None:
    words = ("goal", "new", *GIVEN, "--baseline", "20")
    assert refused(run, *words, "--change=-15", status=2) == "usage"
    assert refused(run, *words) == "required"
    assert refused(run, *words, "--mode", "change_percent") in ("required", "change_needed")
    given = ("--mode", "change_percent", "--change=-15", "--target", "16")
    assert refused(run, *words, *given) == "target_differs"
    assert refused(run, *words, "--mode", "change_percent", "--change", "a bit") == "bad_number"
    no_start = ("goal", "new", *GIVEN, "--mode", "change_percent", "--change=-15")
    assert refused(run, *no_start) in ("required", "bad_number")
