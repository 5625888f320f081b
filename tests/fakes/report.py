"""A made-up report and plan, and what tests cite from them. Every figure is invented."""

from __future__ import annotations

from assistant.answers import Citation, Evidence
from assistant.citations import cite
from index.hits import Hit
from sources.documents import Document
from sources.passages import Passage, split
from sources.readers.files import document_of

MARKDOWN = """---
title: 湖州市2025年城乡融合发展报告
publisher: 湖州市统计局
published: 2026-01-20
---
# 湖州市2025年城乡融合发展报告

## 居民收入

2025年湖州市农村居民人均可支配收入为54321元，同比增长6.3%，连续9年居全省第3位。城乡居民收入比为1.52:1。
2020年湖州市农村居民人均可支配收入为39876元。同期，衢州市农村居民人均可支配收入为31245元。

## 乡村建设

全市累计建成高标准农田33.5万亩，新建乡村电气化村120个，改造老旧管网48.6公里。
吴兴区建成“十五分钟养老服务圈”12个，没有发生重大安全事故。
收费标准由市发展改革委员会制定，任何单位不得擅自提高。

## 下一步打算

到2030年，湖州市农村居民人均可支配收入力争达到8万元，新增保障性租赁住房2.4万套。
"""
REPORT = document_of(MARKDOWN.encode(), uri="report.md")
DOCUMENTS = {REPORT.id: REPORT}


def document(identity: str) -> Document:
    return DOCUMENTS[identity]


def passage_with(words: str, source: Document = REPORT) -> Passage:
    return next(passage for passage in split(source) if words in passage.text)


def hits(source: Document = REPORT) -> list[Hit]:
    return [Hit(passage, 1.0, 0.5, 1.0) for passage in split(source)]


def cited(*quotes: str, source: Document = REPORT) -> list[Citation]:
    """Citations 1, 2 … of these words of the report."""
    found = []
    for number, quote in enumerate(quotes, 1):
        passage = passage_with(quote, source)
        start = passage.start + passage.text.index(quote)
        found.append(cite(Evidence(number, passage, start, start + len(quote), 1.0), source))
    return found
