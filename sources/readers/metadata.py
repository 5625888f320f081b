"""metadata.csv: what people write of the files that lie beside it; it goes before all that the files show.

    文件,标题,发布机构,发布日期,文号
    年报.pdf,某市2024年国民经济和社会发展统计公报,某市统计局,2025-03-12,

The first column names a file of the same folder; of the others any may be left out, and an empty cell says nothing.
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path

from sources.cleaning.encoding import decode
from sources.documents import SourceError, Unread, printable
from sources.readers.regular import read_bytes

NAME = "metadata.csv"
_COLUMNS = {
    "file": ("file", "filename", "文件", "文件名", "文件名称"),
    "title": ("title", "标题", "题名", "文件标题"),
    "publisher": ("publisher", "发布机构", "发布单位", "发文机关", "发文单位", "来源"),
    "published": ("published", "date", "发布日期", "发布时间", "发文日期", "成文日期", "印发日期", "日期"),
    "number": ("number", "文号", "发文字号"),
    "kind": ("kind", "文种", "类型", "种类"),
    "in_force": ("in_force", "施行日期", "实施日期", "生效日期"),
    "expires": ("expires", "失效日期", "有效期至", "废止日期"),
}
_KEYS = {name: key for key, names in _COLUMNS.items() for name in names}
_DATES = frozenset({"published", "in_force", "expires"})
_DATE = re.compile(r"((?:19|20)\d{2})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?|年)?(?: 00?:00(?::00)?)?")
_MAX_BYTES = 5_000_000
_MOST_NAMED = 5
_FIRST_ROW = 2


@dataclass(frozen=True, slots=True)
class Stated:
    """What a folder's metadata.csv says."""

    facts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """File name → title, publisher, published, number, kind, in_force, expires, as far as they are given."""
    problems: tuple[str, ...] = ()
    """What in it can't be used, and what to do about it, a sentence each."""


def is_metadata(path: Path) -> bool:
    """Whether it is such a file, which is no document."""
    return path.name == NAME


def facts_of(path: Path) -> Mapping[str, str]:
    """What the metadata.csv beside the file says of it; {} where there is none, or it doesn't name the file."""
    return _beside(path.parent).facts.get(_name(path.name), {})


def stated(path: Path) -> str:
    """The same as JSON; "" for nothing."""
    facts = facts_of(path)
    return json.dumps(facts, ensure_ascii=False, sort_keys=True) if facts else ""


def unusable(path: Path) -> Unread | None:
    """What of this metadata.csv can't be used; None where all can."""
    problems = _beside(path.parent).problems
    if not problems:
        return None
    more = f"；另有 {len(problems) - _MOST_NAMED} 处" if len(problems) > _MOST_NAMED else ""
    return Unread(printable(path), NAME, f"{'；'.join(problems[:_MOST_NAMED])}{more}。请改正后重新索引")


def _beside(folder: Path) -> Stated:
    path = folder / NAME
    try:
        stat = path.stat()
    except OSError:
        return Stated()
    return _read(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, _size: int, _mtime_ns: int) -> Stated:
    """What the file says; it is read again when its size or time is another."""
    try:
        text = decode(read_bytes(path, max_bytes=_MAX_BYTES), uri=str(path))
    except SourceError as error:
        return Stated(problems=(error.reason,))
    except OSError as error:
        return Stated(problems=(f"读不了（{error.strerror or error}）",))
    lines = text.lstrip("\ufeff").replace("\x00", "").splitlines()
    head = lines[0] if lines else ""
    delimiter = max(",\t;", key=head.count)
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        return Stated(problems=(f"不是 CSV（{error}）",))
    keys = [_KEYS.get(cell.strip().lower(), "") for cell in rows[0]] if rows else []
    if "file" not in keys:
        return Stated(problems=("第一行里没有“文件”（file）这一列",))
    there = {_name(each.name) for each in path.parent.iterdir()}
    facts: dict[str, Mapping[str, str]] = {}
    problems = [
        f"不认得“{cell.strip()}”这一列" for cell, key in zip(rows[0], keys, strict=True) if cell.strip() and not key
    ]
    for number, row in enumerate(rows[1:], _FIRST_ROW):
        if not any(cell.strip() for cell in row):
            continue
        values = {key: cell.strip() for key, cell in zip(keys, row, strict=False) if key and cell.strip()}
        name = _name(values.pop("file", ""))
        if objection := _objection(name, values, known=facts, there=there, fields=len(row), columns=len(keys)):
            problems.append(f"第 {number} 行{objection}")
        else:
            facts[name] = {key: (_date(value) or value) if key in _DATES else value for key, value in values.items()}
    return Stated(facts, tuple(problems))


def _objection(
    name: str, values: Mapping[str, str], *, known: Collection[str], there: Collection[str], fields: int, columns: int
) -> str | None:
    """Why a row can't be used."""
    if not name:
        return "没有写是哪个文件"
    if fields > columns:
        return f"（{name}）有 {fields} 格，多于 {columns} 列，内容里有逗号的要加引号"
    if name in known:
        return f"又写了一次 {name}，只用了前一行"
    if "/" in name or "\\" in name:
        return f"的 {name} 不在同一个文件夹里，请写在它旁边的 metadata.csv 里"
    if name not in there:
        return f"的 {name} 在文件夹里没有"
    for key in _DATES & values.keys():
        if _date(values[key]) is None:
            return f"的日期“{values[key]}”看不懂，请写成 2025-03-12"
    return None


def _date(text: str) -> str | None:
    """YYYY-MM-DD, YYYY-MM or YYYY; None where it is no date."""
    if not (found := _DATE.fullmatch(text.strip())):
        return None
    year, month, day = found.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return year + (f"-{int(month):02}" if month else "") + (f"-{int(day):02}" if day else "")


def _name(name: str) -> str:
    """The name in one spelling: systems write the same accents in two."""
    return unicodedata.normalize("NFC", name.strip())
