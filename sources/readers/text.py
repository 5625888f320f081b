"""Plain text and Markdown, the latter with YAML front matter.

---
title: 浙江县域观察
publisher: 某报
published: 2025-12-15
---
# 浙江县域观察
"""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime

import yaml

from sources.cleaning.blocks import blocks
from sources.cleaning.encoding import decode
from sources.cleaning.structure import document
from sources.documents import Document, SourceError

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)


def read_text(raw: bytes, *, uri: str) -> Document:
    """The document in a plain text file's bytes. Raises SourceError when they are no text, or nothing."""
    return _document(decode(raw, uri=uri), {}, raw, uri)


def read_markdown(raw: bytes, *, uri: str) -> Document:
    """The document in a Markdown file's bytes; front matter gives title, publisher and date."""
    text = decode(raw, uri=uri).replace("\r\n", "\n")
    front: dict[str, str] = {}
    if found := _FRONT_MATTER.match(text):
        front = _front_matter(found["yaml"], uri)
        text = text[found.end() :]
    return _document(text, front, raw, uri)


def _document(text: str, front: dict[str, str], raw: bytes, uri: str) -> Document:
    found = blocks(text)
    if not found:
        raise SourceError(uri, "文件是空的，没有可读的文字", "请确认文件内容，或把它移出文件夹")
    return document(found, uri=uri, sha256=hashlib.sha256(raw).hexdigest(), front_matter=front)


def _front_matter(text: str, uri: str) -> dict[str, str]:
    try:
        loaded = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:
        problem = str(error).replace("\n", " ")
        raise SourceError(uri, f"开头的 YAML 写得不对（{problem}）", "请改正或删去两行 --- 之间的内容") from error
    if not isinstance(loaded, dict):
        return {}
    return {
        str(key): value.isoformat()[:10] if isinstance(value, date | datetime) else str(value).strip()
        for key, value in loaded.items()
        if value is not None
    }
