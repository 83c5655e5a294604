"""Files made in tests, and what they are imported into."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from crm_tui.services.facade import Services
from tests.exchange.real_logs import LATER, opened

MakeFile = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> MakeFile:
    """Write text (in an encoding) or bytes to a file and give its path."""

    def write(content: str | bytes, name: str = "in.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        data = content if isinstance(content, bytes) else content.encode(encoding)
        path.write_bytes(data)
        return path

    return write


@pytest.fixture(params=["sqlite", pytest.param("pg", marks=pytest.mark.pg)])
def place(request: pytest.FixtureRequest) -> str:
    """The address of an empty database on each engine in turn."""
    url: str | URL = request.getfixturevalue(f"{request.param}_url")
    if isinstance(url, str):
        return url
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@pytest.fixture
def services(place: str, tmp_path: Path) -> Iterator[Services]:
    """Services on an empty database, long after every file."""
    found = opened(place, tmp_path, LATER)
    yield found
    found.close()
