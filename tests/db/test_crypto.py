"""Sealed values, look-ups and key files."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from crm_tui.db.crypto import (
    KeyRing,
    keyring_for,
    normalise_document,
    normalise_email,
    normalise_phone,
)
from crm_tui.domain.errors import Unavailable

RING = KeyRing.generate()
texts = st.text(st.characters(exclude_categories=["Cs"]))


@given(text=texts)
def test_what_was_sealed_opens(text: str) -> None:
    assert RING.open("contact.phone", RING.seal("contact.phone", text)) == text


@pytest.mark.req("R-006")
def test_equal_texts_seal_differently_and_are_found_alike() -> None:
    assert RING.seal("contact.id", "X1") != RING.seal("contact.id", "X1")
    assert RING.blind("contact.id", "X1") == RING.blind("contact.id", "X1")


@given(text=texts, position=st.integers(0, 200), flip=st.integers(1, 255))
def test_a_changed_value_never_opens(text: str, position: int, flip: int) -> None:
    sealed = bytearray(RING.seal("c", text))
    sealed[position % len(sealed)] ^= flip
    with pytest.raises(Unavailable) as refused:
        RING.open("c", bytes(sealed))
    assert refused.value.code == "wrong_key"


@pytest.mark.parametrize("value", [b"", b"\x01", b"\x09" + b"0" * 40])
def test_a_value_that_no_key_made_does_not_open(value: bytes) -> None:
    with pytest.raises(Unavailable):
        RING.open("c", value)


def test_a_value_moved_to_another_column_does_not_open() -> None:
    with pytest.raises(Unavailable):
        RING.open("contact.email", RING.seal("contact.phone", "13800000001"))


def test_a_new_key_seals_while_the_old_one_still_opens_and_finds() -> None:
    old = KeyRing.generate()
    sealed = old.seal("c", "text")
    new = old.with_new_key()
    assert new.open("c", sealed) == "text"
    assert new.blind("c", "text") == old.blind("c", "text")
    assert (new.is_current(sealed), new.is_current(new.seal("c", "text"))) == (False, True)
    assert new.check_value() == old.check_value()


def test_indexes_differ_by_context_key_and_part() -> None:
    values = {
        RING.blind("phone", "+8613812345678"),
        RING.blind("email", "+8613812345678"),
        KeyRing.generate().blind("phone", "+8613812345678"),
        RING.blind_last4("phone", "+8613812345678"),
    }
    assert len(values) == 4
    assert RING.blind_last4("phone", "138-1234-5678") == RING.blind_last4("phone", "5678")
    assert RING.blind_last4("phone", "123") is None


def test_a_ring_never_shows_its_keys() -> None:
    assert repr(RING) == "KeyRing(ids=[1])"


@pytest.mark.parametrize("keys", [{}, {0: b"k" * 32}, {256: b"k" * 32}, {1: b"short"}])
def test_a_ring_needs_whole_keys(keys: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys)


# Key files


def test_a_key_file_is_private_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "config" / "field.key"
    ring = KeyRing.generate().with_new_key()
    ring.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert KeyRing.load(path).open("c", ring.seal("c", "text")) == "text"
    assert [p.name for p in path.parent.iterdir()] == ["field.key"]


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "field.key"
    RING.save(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        KeyRing.generate().save(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "wrong_key"),
        (b"nonsense", "wrong_key"),
        (b"1 AAAA\n", "wrong_key"),
        (b"\xff\xfe", "wrong_key"),
    ],
)
def test_a_broken_key_file_is_named(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "field.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Unavailable, match=r"field\.key") as refused:
        KeyRing.load(path)
    assert refused.value.code == code


@given(content=st.binary(max_size=80))
def test_any_bytes_are_a_ring_or_a_refusal(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Unavailable):
        KeyRing.load(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"none\.key") as refused:
        KeyRing.load(tmp_path / "none.key")
    assert refused.value.code == "key_missing"


def test_a_folder_is_no_key_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(Unavailable) as refused:
        KeyRing.load(tmp_path)
    assert refused.value.code == "key_missing"


@pytest.mark.skipif(os.name != "posix", reason="other systems have no mode bits")
def test_a_key_that_all_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "field.key"
    RING.save(path)
    path.chmod(0o604)
    with pytest.raises(Unavailable, match="chmod") as refused:
        KeyRing.load(path)
    assert refused.value.code == "key_exposed"


# The ring of a database


def test_a_new_database_makes_its_key_and_knows_it_again(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "field.key"
    with engine.begin() as conn:
        made = keyring_for(conn, path)
    with engine.begin() as conn:
        found = keyring_for(conn, path)
    assert found.open("c", made.seal("c", "text")) == "text"


def test_a_new_database_takes_the_key_that_is_there(engine: Engine, tmp_path: Path) -> None:
    RING.save(tmp_path / "field.key")
    with engine.begin() as conn:
        assert keyring_for(conn, tmp_path / "field.key").check_value() == RING.check_value()


def test_another_key_is_refused(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as conn:
        keyring_for(conn, tmp_path / "field.key")
    RING.save(tmp_path / "other.key")
    with engine.begin() as conn, pytest.raises(Unavailable, match="another database") as refused:
        keyring_for(conn, tmp_path / "other.key")
    assert refused.value.code == "wrong_key"


def test_a_lost_key_is_not_made_anew(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "field.key"
    with engine.begin() as conn:
        keyring_for(conn, path)
    path.unlink()
    with engine.begin() as conn, pytest.raises(Unavailable) as refused:
        keyring_for(conn, path)
    assert refused.value.code == "key_missing"
    assert not path.exists()


def test_a_place_where_no_key_can_be_made_is_named(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with engine.begin() as conn, pytest.raises(Unavailable, match="CRM_TUI_KEY_FILE") as refused:
        keyring_for(conn, tmp_path / "file" / "field.key")
    assert refused.value.code == "key_missing"


# Normal forms


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("138 1234 5678", "+8613812345678"),
        ("+86 138-1234-5678", "+8613812345678"),
        ("0086 13812345678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("010-12345678 转 123", "+861012345678"),
        ("010-12345678 ext. 123", "+861012345678"),
        ("+1 650 253 0000", "+16502530000"),
        ("12", "12"),
        ("no phone", ""),
        ("", ""),
    ],
)
def test_phones_have_one_form(raw: str, normal: str) -> None:
    assert normalise_phone(raw) == normal


def test_a_region_decides_what_a_local_number_means() -> None:
    assert normalise_phone("650 253 0000", region="US") == "+16502530000"


@given(raw=st.text())
def test_any_text_has_a_phone_form_that_stays(raw: str) -> None:
    once = normalise_phone(raw)
    assert set(once) <= set("+0123456789")


def test_mail_and_documents_have_one_form() -> None:
    assert normalise_email(" Li@Example.COM ") == normalise_email("li@example.com")
    assert normalise_document("11010519 491231-002x") == "11010519491231002X"
