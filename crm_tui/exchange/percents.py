"""Which cells of an XLSX file are shown in percent: the reader gives 0.97 for what everybody sees as 97%.

Only what the reader leaves out is read here, and only where the workbook has such a format at all.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Final
from xml.etree import ElementTree

MOST: Final = 16 << 20
"""Bytes of a part that names sheets or formats; a bigger one is no work of people."""
UNREADABLE: Final = (
    *(KeyError, ValueError, OSError, EOFError, RuntimeError),
    *(ElementTree.ParseError, zipfile.BadZipFile, zlib.error),
)
"""What a damaged workbook raises."""
_BUILT_IN: Final = frozenset({9, 10})
"""Numbers of the formats ``0%`` and ``0.00%``, which no workbook spells out."""
_QUOTED: Final = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CELL: Final = re.compile(rb"<(?:\w+:)?c (?:[^<>]*)>")
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_STYLE: Final = re.compile(rb'\bs="(\d{1,6})"')
_CHUNK: Final = 1 << 20
_TAIL: Final = 512
"""More bytes than the tag of a cell has."""

Places = frozenset[tuple[int, int]]
"""Row and column of cells, each from 0."""


def percent_cells(path: Path) -> dict[str, Places]:
    """The cells in percent by sheet; empty for other kinds of workbook, and where nothing can be told."""
    if not zipfile.is_zipfile(path):
        return {}
    try:
        with zipfile.ZipFile(path) as archive:
            styles = _percent_styles(archive)
            if not styles:
                return {}
            return {
                name: frozenset(_cells(archive, part, styles)) for name, part in _sheets(archive)
            }
    except UNREADABLE:
        # The reader of the workbook has the last word on what is damaged.
        return {}


def shown(value: float) -> str:
    """A number as its cell shows it: 0.97 is ``97%``."""
    text = f"{Decimal(repr(round(value * 100, 10))).normalize():f}"
    return f"{text}%"


def _tree(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """A small part as a tree; one that declares entities is not read."""
    info = archive.getinfo(name)
    if info.file_size > MOST:
        raise ValueError(name)
    text = archive.read(info)
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
        raise ValueError(name)
    return ElementTree.fromstring(text)


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """The numbers of the cell styles whose format has a percent sign that is no text."""
    tree = _tree(archive, "xl/styles.xml")
    formats = set(_BUILT_IN)
    for one in tree.iterfind(".//{*}numFmt"):
        if "%" in _QUOTED.sub("", one.get("formatCode", "")):
            formats.add(int(one.get("numFmtId", "-1")))
    styles = tree.iterfind("{*}cellXfs/{*}xf")
    return frozenset(n for n, xf in enumerate(styles) if int(xf.get("numFmtId", "0")) in formats)


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The sheets by name, with the part that holds each."""
    targets = {
        one.get("Id"): one.get("Target", "")
        for one in _tree(archive, "xl/_rels/workbook.xml.rels").iterfind("{*}Relationship")
    }
    for sheet in _tree(archive, "xl/workbook.xml").iterfind("{*}sheets/{*}sheet"):
        key = next((value for name, value in sheet.items() if name.endswith("}id")), None)
        target = targets.get(key, "")
        part = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl", target))
        if part in archive.namelist():
            yield sheet.get("name", ""), part


def _cells(
    archive: zipfile.ZipFile, part: str, styles: frozenset[int]
) -> Iterator[tuple[int, int]]:
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            text = tail + chunk
            for tag in _CELL.findall(text):
                style, place = _STYLE.search(tag), _PLACE.search(tag)
                if style and place and int(style[1]) in styles:
                    column = 0
                    for letter in place[1]:
                        column = column * 26 + letter - 64
                    yield int(place[2]) - 1, column - 1
            tail = text[-_TAIL:]
