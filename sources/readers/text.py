"""Plain text and Markdown, the latter with YAML front matter.

---
title: 浙江县域观察
publisher: 某报
published: 2025-12-15
---
# 浙江县域观察
"""

from __future__ import annotations

import logging
import re
from datetime import date, datetime

import yaml

from sources.cleaning.blocks import lines_of
from sources.cleaning.encoding import decode
from sources.cleaning.furniture import paged
from sources.parts import Dropped, Parsed

_MAX_FRONT_CHARS = 20_000
"""A stretch between two rules that is longer than this is text."""
_FRONT_MATTER = re.compile(rf"\A---[ \t]*\n(?P<yaml>.{{0,{_MAX_FRONT_CHARS}}}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_KEYED = re.compile(r"\s*[A-Za-z][\w-]*[ \t]*:")
_KEY_LINE = re.compile(
    r"^(?P<key>title|publisher|published)[ \t]*:[ \t]*[\"']?(?P<value>[^\s\[\]{}&*\"'].*?)[\"']?[ \t]*$", re.MULTILINE
)
_log = logging.getLogger(__name__)


def read_text(raw: bytes, *, uri: str) -> Parsed:
    """The lines of a plain text file, by pages where form feeds part them. Raises SourceError when it is no text."""
    lines, dropped, pages = paged(decode(raw, uri=uri))
    return Parsed(lines, dropped=dropped, pages=pages)


def read_markdown(raw: bytes, *, uri: str) -> Parsed:
    """The lines of a Markdown file; front matter gives title, publisher and date."""
    text = decode(raw, uri=uri).replace("\r\n", "\n")
    if (found := _FRONT_MATTER.match(text)) and (front := _front_matter(found["yaml"], uri)) is not None:
        lines, comments = _without_comments(text[found.end() :])
        return Parsed(lines_of(lines), stated=front, stated_by="文件开头", trusted=True, dropped=comments)
    lines, comments = _without_comments(text)
    return Parsed(lines_of(lines), dropped=comments)


def _without_comments(text: str) -> tuple[str, tuple[Dropped, ...]]:
    """The text without what stands between <!-- and -->, which isn't shown."""
    kept: list[str] = []
    comments: list[Dropped] = []
    at = 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        kept.append(text[at:start])
        comments.append(Dropped(text[start + 4 : end].strip(), "注释"))
        at = end + 3
    return "".join([*kept, text[at:]]), tuple(comments)


def _front_matter(text: str, uri: str) -> dict[str, str] | None:
    """What the lines between the rules say; None where they are no front matter but text.

    Where they aren't YAML, what can be read of them line by line: a document isn't lost for a colon in its title.
    """
    try:
        loaded = yaml.load(text, _PlainLoader)
        if not isinstance(loaded, dict | None):
            return None
        return {str(key): _written(value) for key, value in (loaded or {}).items() if value is not None}
    except Exception as error:  # noqa: BLE001  PyYAML fails in many ways: a KeyError on `!!bool x`, too deep a nesting
        if not _KEYED.match(text):
            return None
        problem = " ".join(str(error).split())[:200]
        _log.warning("%s: 开头两行 --- 之间不是合法的 YAML（%s），只按行读了标题、发布者和日期。请改正", uri, problem)
        return {found["key"]: found["value"] for found in _KEY_LINE.finditer(text)}


def _written(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date | datetime) else str(value).strip()


class _PlainLoader(yaml.SafeLoader):
    """Reads YAML without anchors and aliases: front matter needs none, and ten lines can hold billions of words."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """The next node; raises YAMLError where it is, or has, another name."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise yaml.YAMLError(f"第 {event.start_mark.line + 1} 行用了锚点或别名")
        return super().compose_node(parent, index)
