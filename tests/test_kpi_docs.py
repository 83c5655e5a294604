"""What the documentation says of each figure is what the registry says (R-250)."""

import os
import subprocess
import sys

import pytest

from crm_tui.domain import kpi
from tests.conftest import ROOT


@pytest.mark.req("R-250")
def test_the_definitions_in_the_docs_are_those_of_the_registry() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "kpi_reference.py"), "check"],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for page in ("kpi.md", "kpi.zh.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        for name in (*kpi.FIGURES, *kpi.GRIDS):
            assert f"`{name}`" in text, (page, name)
