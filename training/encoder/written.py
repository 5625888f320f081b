"""Pairs that texts hold by themselves: headline and body, heading and section, what a law defines, what news cites."""

from __future__ import annotations

import importlib.metadata
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from training.corpora import broadcasts, laws, news, policies
from training.encoder.asked import MORE, article_of, rows, unique_numbers
from training.encoder.collection import Case, Collection, aside, cut
from training.encoder.kinds import Source

LEXICON = Path(__file__).parents[2] / "index" / "queries" / "lexicon"
_DEFINED = re.compile(
    r"(?:本(?:法|条例|规定|办法|细则|决定)|前款|第一款)?所称(?:的)?“?([^，。、；：“”]{2,14})”?，?(?:是|系)?指"
)
_ITEM = re.compile(
    r"(?:^|(?<=[。；\n ]))(?:第[一二三四五六七八九十]+[章节]\s*|[一二三四五六七八九十]+、|（[一二三四五六七八九十]+）"
    r"|[0-9]{1,2}[.、．])\s*(.{4,40}?)[。：\n ]"
)
_CITED = re.compile(r"《([^《》]{2,40})》[^。，；]{0,8}?(第[一二三四五六七八九十百千零〇0-9]+条)")
_ASKS = ("什么是{}", "{}是什么", "{}指什么", "{}的定义", "{}包括哪些", "哪些属于{}")
_SEED = 20261127


@dataclass(frozen=True)
class Amounts:
    """How many texts are read of what there is too much of."""

    news: int = 18_000
    cited: int = 2_500
    broadcasts: int = 13_000
    regulations: int = 800


def add(made: Collection, amounts: Amounts) -> None:
    """Everything that no one had to ask."""
    draw = random.Random(_SEED)
    _broadcasts(made, draw, amounts.broadcasts)
    _documents(made, draw, amounts.regulations)
    named = _laws(made, draw)
    _news(made, draw, amounts, named)
    _words(made)


def _broadcasts(made: Collection, draw: random.Random, most: int) -> None:
    every = [each for each in broadcasts() if len(each.title) > 6 and len(each.body) > 60]
    kept = []
    pool = []
    for each in draw.sample(every, min(most, len(every))):
        items = [made.passage(text, each.title) for text in cut(each.body[:700])[:2]]
        pool += items
        if aside(each.title, one_in=20):
            kept.append((made.query(each.title), items[:1]))
            continue
        for number in items:
            made.pair(each.title, number, Source.HEADLINE, bare=True)
    made.cases["headlines"] = Case(unique_numbers(pool), kept, bare=True)


def _documents(made: Collection, draw: random.Random, regulations: int) -> None:
    for each in policies():
        _sections(made, each.title, cut(each.body), titled=bool(each.title))
    for row in rows(MORE / "policies" / "notices.jsonl"):
        _sections(made, row["title"], cut(row["text"]), titled=True)
    for row in rows(MORE / "policies" / "work-reports.jsonl.xz"):
        _sections(made, row["title"], cut(row["text"]), titled=False)
    local = list(rows(MORE / "policies" / "regulations.jsonl.xz"))
    for row in draw.sample(local, min(regulations, len(local))):
        parts = cut(row["text"].replace("## ", ""))
        _sections(made, row["title"], parts, titled=True)


def _sections(made: Collection, title: str, parts: list[str], *, titled: bool) -> None:
    for place, text in enumerate(parts):
        number = made.passage(text, title)
        if titled and place < 3:
            made.pair(title, number, Source.TITLE, bare=True)
        for match in _ITEM.finditer(text):
            if len(text) - match.end() > 40:
                made.pair(match[1], made.passage(text[match.end() :], title), Source.SECTION)
        _defined(made, text, number, place)


def _defined(made: Collection, text: str, number: int, place: int) -> None:
    for match in _DEFINED.finditer(text):
        made.pair(_ASKS[(place + len(match[1])) % len(_ASKS)].format(match[1]), number, Source.DEFINITION)


def _laws(made: Collection, draw: random.Random) -> dict[tuple[str, str], int]:
    named: dict[tuple[str, str], int] = {}
    for place, each in enumerate(laws()):
        number = made.passage(each.text, f"{each.law} {each.article}")
        named[each.law.replace(" ", ""), each.article] = number
        _defined(made, each.text, number, place)
        if draw.random() < 0.03:
            made.pair(f"{each.law.removeprefix('中华人民共和国')}{each.article}", number, Source.DEFINITION)
    return named


def _news(made: Collection, draw: random.Random, amounts: Amounts, named: dict[tuple[str, str], int]) -> None:
    every = list(news())
    cited = 0
    for text in draw.sample(every, len(every)):
        if cited >= amounts.cited:
            break
        for match in _CITED.finditer(text):
            number = article_of(f"《{match[1]}》{match[2]}", named)
            if number is None:
                continue
            # What happened stands before the article that is named; without its name there is something to learn.
            happened = text[max(0, match.start() - 160) : match.start()]
            happened = happened[happened.find("。") + 1 :] if happened.count("。") > 1 else happened
            if len(happened) > 30:
                made.pair(happened, number, Source.CITED)
                cited += 1
    for text in draw.sample(every, min(amounts.news, len(every))):
        first, _, rest = text.partition("。")
        parts = cut(rest[:420])
        if not 12 < len(first) < 120 or not parts:
            continue
        items = [made.passage(part) for part in parts[:2] if len(part) > 60]
        if items:
            made.pair(first, items[0], Source.NEWS)


def _words(made: Collection) -> None:
    for line in (LEXICON / "aliases.tsv").read_text("utf8").splitlines():
        official, _, everyday = line.partition("\t")
        for each in everyday.split("|"):
            made.pair(each, made.query(official), Source.WORDS)
    for line in (LEXICON / "glossary.tsv").read_text("utf8").splitlines():
        english, _, chinese = line.partition("\t")
        for each in chinese.split("|")[:1]:
            made.pair(english, made.query(each), Source.WORDS)


def english() -> Iterator[str]:
    """Paragraphs of English prose: the descriptions of installed packages."""
    seen = set()
    for each in importlib.metadata.distributions():
        for part in (each.read_text("METADATA") or "").split("\n\n")[1:]:
            text = " ".join(part.split())
            if 40 < len(text) < 700 and text not in seen and sum(map(str.isalpha, text)) > 0.7 * len(text):
                seen.add(text)
                yield text
