"""Blocks to a Document: its text, its sections, and the title, publisher and date that the text shows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from sources.cleaning.blocks import NAVIGATION, Block
from sources.documents import Document, Section
from sources.mentions.regions import main_regions

_SOURCE = re.compile(
    r"(?:来源|稿源|信息来源|发布机构|发文机关|发布单位)\s*[:：]\s*"
    r"(?P<name>《[^》]{2,20}》(?:杂志)?|[^\s,，。;；|]{2,30})"
)
_REPORTER = re.compile(
    r"^[■◎]?(?:本报讯\s*)?(?P<name>[一-鿿]{2,10}(?:报|社|网|杂志|周刊|电视台))(?:首席|特约|见习)?记者"
)
_ISSUER = re.compile(r"^(?:[一-鿿]{2,30}(?:委员会|省委|市委|县委|区委|人民政府|办公厅|办公室|厅|局|部|总局)\s*){1,4}$")
_DATE = r"(?P<y>(?:19|20)\d{2})\s*[-年/.]\s*(?P<m>\d{1,2})\s*[-月/.]\s*(?P<d>\d{1,2})\s*日?"
_DATE_LABEL = r"(?:发布时间|发布日期|成文日期|发文日期|印发日期|日期|时间)\s*[:：]\s*"
_DATED_LINE = re.compile(rf"^[（(]?\s*(?:{_DATE_LABEL})?{_DATE}\s*[）)]?(?:\s|$|\d|来源)")
_DATED_LABEL = re.compile(_DATE_LABEL + _DATE)
_HEAD_BLOCKS = 12
_MAX_TITLE_CHARS = 120
_REGION_CHARS = 20_000
_MOST_REGIONS = 3


def document(
    found: Sequence[Block], *, uri: str, sha256: str, front_matter: Mapping[str, str] | None = None
) -> Document:
    """The Document of a file's blocks. What `front_matter` says (title, publisher, published) goes before the text."""
    front = front_matter or {}
    text = "\n".join(block.text for block in found)
    return Document(
        id=sha256[:16],
        title=front.get("title") or _title(found) or Path(uri).stem,
        text=text,
        uri=uri,
        sha256=sha256,
        publisher=front.get("publisher") or _publisher(found),
        published=front.get("published") or _published(found),
        regions=main_regions(text[:_REGION_CHARS], title=front.get("title") or _title(found), most=_MOST_REGIONS),
        sections=_sections(found, len(text)),
    )


def _sections(found: Sequence[Block], length: int) -> tuple[Section, ...]:
    opened: list[tuple[str, int, int]] = []
    at = 0
    deepest = 1
    for block in found:
        if block.kind == "heading":
            opened.append((block.text, block.level, at))
            deepest = block.level
        elif block.lead:
            opened.append((block.lead, deepest + 1, at))
        at += len(block.text) + 1
    sections: list[Section] = []
    path: list[tuple[int, str]] = []
    for number, (heading, level, start) in enumerate(opened):
        # A heading over two lines is one: 深化“千万工程” / 打开全新空间.
        continued = sections and path[-1][0] == level and start == sections[-1].start + len(sections[-1].heading) + 1
        name = f"{path[-1][1]} {heading}" if continued else heading
        path = [(above, other) for above, other in path if above < level] + [(level, name)]
        end = opened[number + 1][2] - 1 if number + 1 < len(opened) else length
        sections.append(Section(heading, level, start, end, tuple(each for _, each in path)))
    return tuple(sections)


def _title(found: Sequence[Block]) -> str:
    head = [block for block in found[:_HEAD_BLOCKS] if not NAVIGATION.match(block.text) and len(block.text) > 4]
    for level_one in (True, False):
        for at, block in enumerate(head):
            if block.kind != "heading" or (level_one and block.level > 1):
                continue
            follower = head[at + 1] if at + 1 < len(head) else None
            if follower and follower.kind == "heading" and follower.text.startswith(("——", "--")):
                return block.text + follower.text
            return block.text.rstrip("—")
    first = head[0].text.split("\n")[0] if head else ""
    return first if len(first) <= _MAX_TITLE_CHARS else first[: first.find("。") + 1][:_MAX_TITLE_CHARS]


def _publisher(found: Sequence[Block]) -> str | None:
    for block in [*found[:_HEAD_BLOCKS], *found[-3:]]:
        if named := _SOURCE.search(block.text):
            return named["name"]
        if reported := _REPORTER.match(block.text):
            return reported["name"]
    for at, block in enumerate(found):  # the bodies that sign a policy stand right above its date
        if _DATED_LINE.match(block.text):
            signed: list[str] = []
            for above in reversed(found[max(0, at - 4) : at]):
                if not _ISSUER.match(above.text):
                    break
                signed.insert(0, above.text)
            if signed:
                return " ".join(signed)
    return None


def _published(found: Sequence[Block]) -> str | None:
    for block in found:
        if len(block.text) > 200:
            continue
        if dated := _DATED_LINE.match(block.text) or _DATED_LABEL.search(block.text):
            month, day = int(dated["m"]), int(dated["d"])
            if 1 <= month <= 12 and 1 <= day <= 31:
                return f"{dated['y']}-{month:02}-{day:02}"
    return None
