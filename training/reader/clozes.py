"""Questions made from plain news: a time, place, person, number, name or list is taken out of a sentence and asked for.

    农业农村部部长韩长赋在会上表示，今年将新建高标准农田8000万亩。  →  今年将新建高标准农田多少亩？  8000万亩

The rest of the question is thinned out and some of its words are exchanged for near ones, so that the reader doesn't
learn to look for a copy. Lewis et al. 2019 (arXiv:1906.04980) learn to read from such questions alone.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from index.embedders.static import shipped
from sources.mentions.numerals import quantities
from sources.mentions.periods import periods
from sources.mentions.regions import level_of, regions
from sources.sentences import Span, clauses

_NAMED = re.compile(r"《[^》\n]{2,24}》|“[^”，。\n]{2,14}”")
_LISTED = re.compile(
    r"[^，。；：、\s“”《》（）]{2,10}(?:、[^，。；：、\s“”《》（）]{2,12}){2,7}(?:[和与及以][及]?[^，。；：、\s]{2,10})?"
)
_BECAUSE = re.compile(r"(?:由于|因为|受)([^，。]{4,40})[，]")
_BY = re.compile(r"通过([^，。]{6,60})[，]")
_NOT_PERSONS = re.compile(r"[市县省区国州]$|.*[大小老]$")
_TELLING = re.compile(
    r"不|未|无|非|没|均|每|全|部分|将|拟|计划|已|超|以上|以下|增|降|减|升|跌|涨|高|低|除|仅|只|首|最|第|同比|环比|可以|应|须|禁"
)
"""Words without which a sentence says something else."""
_FILLING = re.compile(
    "的|了|着|都|也|还|就|进一步|积极|切实|认真|深入|大力|扎实|有效|不断|非常|十分|很|近日|日前|目前|此次|其|该|本|各|有关|相关|"
    "一个|一批|正式|顺利|成功|共|总|中|上|等|并|而|则|又|更加|更|特别|尤其|高度|着力|充分|广泛|有序|持续|稳步|全力|坚持"
)
_NEAR = 0.45
_NEARLY = 0.35
_ROUGH = 64
_EXCHANGED, _LEFT_OUT = 0.6, 0.75
"""Up to which draws, of 1, `reworded` exchanges words, and leaves them out."""
_HEADLINES = 0.3
_NOUNS = {
    "多少": ("数量", "规模", "是多少", "有多少"),
    **dict.fromkeys(("哪一年", "几月几日", "什么时候", "何时", "什么时间"), ("时间", "的时间", "日期")),
    **dict.fromkeys(("哪里", "什么地方", "哪个城市", "哪个省", "哪个县"), ("地点", "在哪", "的地点")),
    **dict.fromkeys(("谁", "哪位"), ("是谁", "的人", "人选")),
}
"""How the same is asked at the end of a headline."""
LEAST, MOST = 10, 90
"""Characters of a sentence that a question is made of."""


@dataclass(frozen=True, slots=True)
class Cloze:
    """A question, and where in its sentence the answer stands."""

    question: str
    answer: Span
    kind: str


def clozes(sentence: str, rng: random.Random) -> Iterator[Cloze]:
    """The questions that a sentence answers, each kind at most once, in no particular order."""
    found: dict[str, tuple[Span, str]] = {}
    for kind, span, asks in _answers(sentence, rng):
        if kind not in found or rng.random() < 0.5:
            found[kind] = (span, asks)
    for kind, (span, asks) in found.items():
        if question := _question(sentence, span, asks, rng):
            yield Cloze(question, span, kind)


def _answers(sentence: str, rng: random.Random) -> Iterator[tuple[str, Span, str]]:
    taken: list[Span] = []
    for period in periods(sentence):
        if period.value and re.search(r"\d", period.text):
            taken.append((period.start, period.end))
            asks = (
                "几月几日" if re.fullmatch(r".*\d日", period.text) else "哪一年" if period.text.endswith("年") else ""
            )
            yield "date", (period.start, period.end), asks or rng.choice(["什么时候", "何时", "什么时间"])
    for each in quantities(sentence):
        if any(each.start < end and start < each.end for start, end in taken):
            continue
        unit = re.sub(r"^[第\d.,一二三四五六七八九十百千万亿余多几两]+", "", each.text)
        if each.end - each.start >= 2:
            yield "number", (each.start, each.end), rng.choice([f"多少{unit}", f"多少{unit}", "多少"])
    for region in regions(sentence):
        if region.name and level_of(region.name) and region.end - region.start >= 2:
            kinds = {"province": "哪个省", "city": "哪个城市", "county": "哪个县", "country": "哪个国家"}
            asks = kinds.get(level_of(region.name) or "", "哪里")
            yield "place", (region.start, region.end), rng.choice([asks, "哪里", "什么地方"])
    for start, end in _persons(sentence):
        yield "person", (start, end), rng.choice(["谁", "谁", "哪位"])
    for match in _NAMED.finditer(sentence):
        yield (
            "name",
            match.span(),
            rng.choice(["什么", "哪个", "哪部"] if match[0][0] == "《" else ["什么", "哪个", "什么"]),
        )
    for match in _LISTED.finditer(sentence):
        yield "list", match.span(), rng.choice(["哪些", "什么", "哪些方面"])
    for match in _BECAUSE.finditer(sentence):
        yield "why", match.span(1), "什么原因"
    for match in _BY.finditer(sentence):
        yield "how", match.span(1), rng.choice(["什么方式", "哪些措施", "什么办法"])


@cache
def _tagger():  # type: ignore[no-untyped-def]
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg.dt


def _persons(sentence: str) -> Iterator[Span]:
    at = 0
    for word, tag in _tagger().cut(sentence):
        if tag in ("nr", "nrfg", "nrt") and 2 <= len(word) <= 6 and not _NOT_PERSONS.search(word):
            yield at, at + len(word)
        at += len(word)


def _question(sentence: str, answer: Span, asks: str, rng: random.Random) -> str:
    """The sentence's clauses around the answer, thinned out, with what is asked for in its place."""
    parts, asked = clauses(sentence), re.sub("多少.+", "多少", asks)
    own = next((n for n, (start, end) in enumerate(parts) if start <= answer[0] < end), None)
    if own is None or answer[1] > parts[own][1]:
        return ""
    share = 0.45 if parts[own][1] - parts[own][0] > 22 else 0.8
    kept = [own, *(other for other in (own - 1, own + 1) if 0 <= other < len(parts) and rng.random() < share)]
    pieces = []
    for number in sorted(kept):
        start, end = parts[number]
        if number == own:
            before, after = sentence[start : answer[0]], sentence[answer[1] : end]
            asks = asks if rng.random() > _HEADLINES or asked not in _NOUNS else ""
            pieces.append(f"{_thinned(before, rng)}{asks}{_thinned(after, rng)}")
        else:
            pieces.append(_thinned(sentence[start:end], rng))
    if own != 0 and rng.random() < 0.3:
        rng.shuffle(pieces)
    if not asks:  # as for a search: 高标准农田新建数量
        return _headline("".join(pieces), rng.choice(_NOUNS[asked]))
    question = "，".join(part.strip("，,。；;：:、！？ ") for part in pieces if part.strip("，,。；;：:、！？ "))
    length = len(re.sub(r"[^一-鿿\w]", "", question)) - len(asks)
    return f"{question}？" if 5 <= length <= 60 else ""


def _headline(text: str, noun: str) -> str:
    bare = re.sub(r"[，,。；;：:、！？\s]", "", text)
    return f"{bare}{noun}" if 6 <= len(bare) <= 45 else ""


def _thinned(text: str, rng: random.Random) -> str:
    """The text with some words left out and some exchanged for near ones."""
    ids, spans = shipped().placed_ids(text)
    drop = rng.choice([0.0, 0.1, 0.25, 0.4])
    pieces, at = [], 0
    for number, (start, end) in zip(ids.tolist(), spans.tolist(), strict=True):
        gap, word = text[at:start], text[start:end]
        at = end
        draw = rng.random()
        if draw < drop and not word.isdigit() and not _TELLING.search(word):
            continue
        if draw > 0.92 and len(word) > 1 and not word.isascii() and (near := _near(number)):
            word = rng.choice(near)
        pieces.append(gap + word)
    return "".join(pieces) + text[at:]


def reworded(text: str, rng: random.Random) -> str:
    """The text as somebody might put it who hasn't read it: many words exchanged for near ones, or left out."""
    ids, spans = shipped().placed_ids(text)
    pieces, at = [], 0
    for number, (start, end) in zip(ids.tolist(), spans.tolist(), strict=True):
        gap, word = text[at:start], text[start:end]
        at = end
        draw = rng.random()
        near = _near(number, _NEARLY) if draw < _EXCHANGED and len(word) > 1 and not word.isascii() else ()
        left_out = _EXCHANGED < draw < _LEFT_OUT and not word.isascii() and not _TELLING.search(word)
        pieces.append(gap + ("" if left_out else rng.choice(near) if near else word))
    return "".join(pieces) + text[at:]


def thinner(sentence: str, rng: random.Random) -> str:
    """The sentence with some words left out that it says the same without."""
    ids, spans = shipped().placed_ids(sentence)
    pieces, at = [], 0
    for start, end in spans[: len(ids)].tolist():
        gap, word = sentence[at:start], sentence[start:end]
        at = end
        if rng.random() > 0.5 or not _FILLING.fullmatch(word):
            pieces.append(gap + word)
        else:
            pieces.append(gap)
    return "".join(pieces) + sentence[at:]


@cache
def _rows() -> tuple[np.ndarray, np.ndarray]:
    """The vectors of all words, of unit length; and in few dimensions, by which near ones are looked for first."""
    vectors = shipped().word_vectors(np.arange(len(shipped())))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return vectors, np.ascontiguousarray(vectors @ axes[:, -_ROUGH:])


@cache
def _near(number: int, least: float = _NEAR) -> Sequence[str]:
    """Up to three other words of nearly the same meaning."""
    rows, rough = _rows()
    first = np.argpartition(-(rough @ rough[number]), 32)[:32]
    cosines = rows[first] @ rows[number]
    best = [int(first[at]) for at in np.argsort(-cosines)[1:4] if cosines[at] > least]
    words = [shipped().word(each) for each in best]
    return [word for word in words if len(word) > 1 and not word.isascii()]
