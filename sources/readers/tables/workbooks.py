"""Workbooks taken apart: the cells of each sheet as people see them, from xlsx (Office Open XML) and xls (BIFF).

An xlsx is read from its XML, a row at a time: python-calamine, the fastest reader, tells neither how numbers are shown
nor what is hidden, and makes room for each place up to the last one used; openpyxl tells all that only with the whole
sheet in memory, and gives up on the odd style sheets of other programs.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import Any
from xml.etree import ElementTree

from sources.documents import SourceError
from sources.readers.tables.shown import BUILT_IN, shown

_MAX_UNPACKED_BYTES = 600 * 2**20
_MAX_CELLS = 4_000_000
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_SHEET_TYPE = "/worksheet"
_PICTURE = ("=DISPIMG(", "=_xlfn.DISPIMG(")
"""What WPS leaves in a cell that holds a picture."""
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}
_MOST_MERGED = 200_000


@dataclass(slots=True)
class Sheet:
    """A sheet of a workbook. Rows and columns count from 0."""

    name: str
    hidden: bool = False
    cells: list[tuple[int, int, str]] = field(default_factory=list)
    """Row, column and text of each cell that isn't empty, in order."""
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row, first column, how many rows, how many columns."""
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    """First and last."""
    uncounted: int = 0
    """Formulas whose values the file doesn't keep."""


def xlsx_sheets(raw: bytes, *, uri: str) -> list[Sheet]:
    """The sheets of an Office Open XML workbook. Raises SourceError when it can't be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return list(_sheets(archive, uri))
    except RuntimeError as error:  # zipfile's word for an encrypted member
        raise locked(uri) from error
    except (zipfile.BadZipFile, ElementTree.ParseError, KeyError, ValueError, EOFError, OSError) as error:
        if isinstance(error, SourceError):
            raise
        raise damaged(uri) from error
    except Exception as error:
        if type(error).__module__ == "zlib":
            raise damaged(uri) from error
        raise


def xls_sheets(raw: bytes, *, uri: str) -> list[Sheet]:
    """The sheets of a BIFF workbook, as Excel 2003 and WPS write them. Raises SourceError when it can't be read."""
    import xlrd

    def opened(encoding: str | None = None) -> Any:
        return xlrd.open_workbook(
            file_contents=raw, formatting_info=True, logfile=io.StringIO(), encoding_override=encoding
        )

    try:
        book = opened()
        if book.biff_version < 80 and not book.codepage:
            book = opened("gb18030")
        return [_of_biff(book, book.sheet_by_index(number)) for number in range(book.nsheets)]
    except xlrd.XLRDError as error:
        if "encrypt" in str(error).lower() or "password" in str(error).lower():
            raise locked(uri) from error
        raise damaged(uri) from error
    except RecursionError:
        raise
    except Exception as error:  # xlrd answers damage with whatever its own code trips over
        raise damaged(uri) from error


def locked(uri: str) -> SourceError:
    """That the file can't be opened without its password."""
    return SourceError(uri, "文件有密码，打不开", "请用密码打开后另存一份没有密码的")


def damaged(uri: str) -> SourceError:
    """That the file isn't a whole workbook."""
    return SourceError(uri, "工作簿已损坏或不完整，读不出来", "请用 Excel 或 WPS 打开并另存一份")


def _sheets(archive: zipfile.ZipFile, uri: str) -> Iterator[Sheet]:
    names = {name.lower().lstrip("/"): name for name in archive.namelist()}
    unpacked = 0

    def member(path: str) -> Any:
        nonlocal unpacked
        info = archive.getinfo(names[path.lower().lstrip("/")])
        unpacked += info.file_size
        if unpacked > _MAX_UNPACKED_BYTES:
            most = _MAX_UNPACKED_BYTES // 2**20
            raise SourceError(uri, f"工作簿解压后超过 {most} MB 的上限", "请拆成几个文件")
        return archive.open(info)

    root = _main_part(member)
    folder = root.rpartition("/")[0]
    related = _relations(member, root)
    shared = next((target for kind, target in related.values() if kind.endswith("/sharedStrings")), None)
    styled = next((target for kind, target in related.values() if kind.endswith("/styles")), None)
    texts = _shared_texts(member(join(folder, shared))) if shared and _has(names, folder, shared) else []
    formats = _formats(member(join(folder, styled))) if styled and _has(names, folder, styled) else []
    since_1904 = False
    listed: list[tuple[str, bool, str]] = []
    with member(root) as opened:
        for _, element in ElementTree.iterparse(opened):
            tag = _tag(element)
            if tag == "workbookPr":
                since_1904 = element.get("date1904") in {"1", "true"}
            elif tag == "sheet":
                reference = next((value for key, value in element.items() if key.endswith("}id")), "")
                kind, target = related.get(reference, ("", ""))
                if kind.endswith(_SHEET_TYPE) and _has(names, folder, target):
                    state = element.get("state") in {"hidden", "veryHidden"}
                    listed.append((element.get("name") or "", state, target))
    count = 0
    for name, hidden, target in listed:
        with member(join(folder, target)) as opened:
            sheet = _of_xml(opened, name, hidden, texts, formats, since_1904)
        count += len(sheet.cells)
        if count > _MAX_CELLS:
            raise SourceError(
                uri, f"工作簿有 {count // 10_000} 万格以上，超过 {_MAX_CELLS // 10_000} 万格的上限", "请拆成几个文件"
            )
        yield sheet


def _main_part(member: Any) -> str:
    try:
        for kind, target in _relations(member, "").values():
            if kind.endswith("/officeDocument"):
                return target.lstrip("/")
    except KeyError:
        pass
    return "xl/workbook.xml"


def _relations(member: Any, part: str) -> dict[str, tuple[str, str]]:
    """Id → (type, target) of what a part refers to, targets from its folder on or from the root."""
    folder, _, name = part.rpartition("/")
    with member(join(folder, "_rels", f"{name}.rels")) as opened:
        elements = ElementTree.parse(opened).getroot()
    return {
        str(element.get("Id")): (str(element.get("Type")), normpath(str(element.get("Target"))))
        for element in elements
        if element.get("TargetMode") != "External"
    }


def _has(names: Mapping[str, str], folder: str, target: str) -> bool:
    return join(folder, target).lower().lstrip("/") in names


def _shared_texts(opened: Any) -> list[str]:
    texts: list[str] = []
    with opened:
        for _, element in ElementTree.iterparse(opened):
            if _tag(element) == "si":
                texts.append(_rich_text(element))
                element.clear()
    return texts


def _rich_text(element: ElementTree.Element) -> str:
    """The words of a cell with runs of different looks, without the readings that stand over Japanese words."""
    found = []
    for child in element:
        tag = _tag(child)
        if tag == "t":
            found.append(child.text or "")
        elif tag == "r":
            found += [each.text or "" for each in child if _tag(each) == "t"]
    return re.sub(r"_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match[1], 16)), "".join(found))


def _formats(opened: Any) -> list[str]:
    """The number format of each style of a cell."""
    named: dict[int, str] = {}
    found: list[str] = []
    with opened:
        inside = False
        for event, element in ElementTree.iterparse(opened, events=("start", "end")):
            tag = _tag(element)
            if tag == "cellXfs":
                inside = event == "start"
            elif event == "end" and tag == "numFmt":
                named[_number(element.get("numFmtId"))] = element.get("formatCode") or "General"
            elif event == "end" and tag == "xf" and inside:
                code = _number(element.get("numFmtId"))
                found.append(named.get(code) or BUILT_IN.get(code, "General"))
    return found


def _of_xml(
    opened: Any, name: str, hidden: bool, texts: Sequence[str], formats: Sequence[str], since_1904: bool
) -> Sheet:
    sheet = Sheet(name, hidden)
    columns: dict[str, int] = {}
    row = -1
    data: ElementTree.Element | None = None
    for event, element in ElementTree.iterparse(opened, events=("start", "end")):
        tag = _tag(element)
        if event == "start":
            if tag == "sheetData":
                data = element
            continue
        if tag == "row":
            row = _number(element.get("r"), row + 2) - 1
            if element.get("hidden") in {"1", "true"}:
                sheet.hidden_rows.add(row)
            column = -1
            for cell in element:
                letters = (cell.get("r") or "").rstrip("0123456789")
                if letters and letters not in columns:
                    columns[letters] = column_number(letters)
                column = columns[letters] if letters else column + 1
                if text := _cell_text(cell, sheet, texts, formats, since_1904):
                    sheet.cells.append((row, column, text))
            if data is not None:
                data.clear()
        elif tag == "col" and element.get("hidden") in {"1", "true"}:
            sheet.hidden_columns.append((_number(element.get("min"), 1) - 1, _number(element.get("max"), 1) - 1))
        elif tag == "mergeCell" and len(sheet.merged) < _MOST_MERGED:
            ends = _REFERENCE.findall(element.get("ref") or "")
            if len(ends) == 2:
                (left, top), (right, bottom) = ends
                first = (int(top) - 1, column_number(left))
                sheet.merged.append((*first, int(bottom) - first[0], column_number(right) + 1 - first[1]))
    return sheet


def _cell_text(
    cell: ElementTree.Element, sheet: Sheet, texts: Sequence[str], formats: Sequence[str], since_1904: bool
) -> str:
    kind = cell.get("t", "n")
    value = None
    formula = False
    for child in cell:
        tag = _tag(child)
        if tag == "v":
            value = child.text
        elif tag == "is":
            return _rich_text(child).strip()
        elif tag == "f":
            formula = True
    if value is None:
        sheet.uncounted += formula
        return ""
    if kind == "s":
        at = _number(value, -1)
        return texts[at].strip() if 0 <= at < len(texts) else ""
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    if kind != "n":
        return "" if value.startswith(_PICTURE) else value.strip()
    style = _number(cell.get("s"), 0)
    return shown(value, formats[style] if style < len(formats) else "General", since_1904=since_1904)


def _of_biff(book: Any, given: Any) -> Sheet:
    import xlrd

    sheet = Sheet(given.name, given.visibility != 0)
    formats = [book.format_map[style.format_key].format_str for style in book.xf_list]
    for row in range(given.nrows):
        for column, cell in enumerate(given.row(row)):
            text = ""
            if cell.ctype == xlrd.XL_CELL_TEXT:
                text = cell.value.strip()
            elif cell.ctype in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
                form = formats[cell.xf_index] if cell.xf_index is not None else "General"
                text = shown(cell.value, form, since_1904=bool(book.datemode))
            elif cell.ctype == xlrd.XL_CELL_BOOLEAN:
                text = "TRUE" if cell.value else "FALSE"
            elif cell.ctype == xlrd.XL_CELL_ERROR:
                text = _ERRORS.get(cell.value, "#N/A")
            if text:
                sheet.cells.append((row, column, text))
    sheet.hidden_rows = {row for row, info in given.rowinfo_map.items() if info.hidden}
    sheet.hidden_columns = [(column, column) for column, info in given.colinfo_map.items() if info.hidden]
    sheet.merged = [(top, left, bottom - top, right - left) for top, bottom, left, right in given.merged_cells]
    return sheet


def column_number(letters: str) -> int:
    """From 0: B → 1, AA → 26."""
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """As workbooks call the column: 1 → B, 26 → AA."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _number(text: str | None, otherwise: int = 0) -> int:
    return int(text) if text and text.isdecimal() else otherwise


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
