"""Sketches: a question as its words in a row, each with its sort and its meaning: what a conversation is learned from.

那2023年衢州呢  →  那 · 2023年(time) · 衢州(place) · 呢(asks)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.question.question import ASKS, called_places, mentions
from index.embedders.static import shipped
from index.ranking.networks import Floats
from sources.mentions.gazetteer import remembered
from sources.mentions.titles import names
from sources.sentences import Span

Sort = Literal["time", "place", "paper", "number", "asks", "word"]
SORTS: tuple[Sort, ...] = ("time", "place", "paper", "number", "asks", "word")
SLOTS: tuple[Sort, ...] = ("time", "place", "paper", "number")
"""What one of the same sort may take the place of."""
NTH = re.compile(r"(?:倒数)?第[一二三四五六七八九十百\d]+(?:[条款项章节点个件种类名位步期批阶部])?段?")
_AGO = re.compile(r"[去今前明本上]年(?:同期)?|同期|[一二三四五六七八九十\d]+年[前后]|前一年|上一年")
_ASKS_IN_ENGLISH = re.compile(r"\b(?:what|who|when|where|why|how(?: many| much| long| far)?|which)\b", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-z][A-Za-z'-]*")
_JOINS = re.compile(r"[和与及、到至\-—]|and|to")
_MARKS = " \t，,。.？?！!；;：:、“”\"‘’'（）()"
_HASHES = 128


@dataclass(frozen=True, slots=True)
class Sketch:
    """A text's words, without marks and spaces."""

    text: str
    spans: tuple[Span, ...]
    sorts: tuple[Sort, ...]
    meanings: Floats
    """(words, dimension) float32 unit rows, zeros where a word is unknown."""
    weights: Floats
    """(words,) float32: how much each counts, as the word model has it."""

    def __len__(self) -> int:
        return len(self.spans)

    def word(self, at: int) -> str:
        """The word at a position."""
        start, end = self.spans[at]
        return self.text[start:end]

    def cut(self, first: int, last: int) -> str:
        """The text of the words `first` to `last`, half-open, with what stands between them."""
        return self.text[self.spans[first][0] : self.spans[last - 1][1]] if first < last else ""

    def has(self, sort: Sort) -> bool:
        """Whether a word is of this sort."""
        return sort in self.sorts


@remembered(maxsize=512)
def sketch(text: str) -> Sketch:
    """The sketch of `text`; what names a time, a place, a paper or an amount is one word."""
    named: list[tuple[int, int, Sort]] = [(each.start, each.end, "paper") for each in names(text)]
    read = mentions(text)
    times = [(each.start, each.end) for each in read.periods] + [match.span() for match in _AGO.finditer(text)]
    # 比上年增长 only says what a growth counts from: no other year is asked about.
    named += [(start, end, "word" if text[:start].endswith(("比", "较")) else "time") for start, end in times]
    named += [(each.start, each.end, "place") for each in read.regions]
    named += [(*span, "place") for span in called_places(text)]
    named += [(*match.span(), "number") for match in NTH.finditer(text)]
    named += [(each.start, each.end, "number") for each in read.numbers]
    named += [
        (*match.span(), "asks")
        for match in (*ASKS.finditer(text), *_ASKS_IN_ENGLISH.finditer(text))
        if match[0] != "呢"  # 舟山呢 asks for nothing by itself
    ]
    order = {sort: at for at, sort in enumerate(("paper", "word", "time", "number", "place", "asks"))}
    taken: list[tuple[int, int, Sort]] = []
    for start, end, sort in sorted(named, key=lambda each: (order[each[2]], each[0], each[0] - each[1])):
        if all(end <= first or last <= start for first, last, _ in taken):
            taken.append((start, end, sort))
    for match in _LATIN.finditer(text):
        if all(match.end() <= first or last <= match.start() for first, last, _ in taken):
            taken.append((*match.span(), "word"))
    taken = _joined(sorted(taken), text)
    words = shipped().token_vectors(text)
    spans: list[Span] = []
    sorts: list[Sort] = []
    rows: list[list[int]] = []
    at = 0
    for row, (start, end) in enumerate(words.spans):
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        whole = taken[at] if at < len(taken) and taken[at][0] < end else None
        if whole and spans and spans[-1][1] > start:
            rows[-1].append(row)
        elif whole:
            is_ask = whole[2] == "asks"  # 怎 of 怎么
            spans.append((min(start, whole[0]), max(end, whole[1])) if is_ask else whole[:2])
            sorts.append(whole[2])
            rows.append([row])
        elif text[start:end].strip(_MARKS):
            spans.append((start, end))
            sorts.append("word")
            rows.append([row])
    dimension = shipped().dimension
    sums = np.array([words.vectors[each].sum(axis=0) for each in rows], np.float32).reshape(-1, dimension)
    weights = np.linalg.norm(sums, axis=1).astype(np.float32)
    meanings = sums / np.maximum(weights, 1e-6)[:, None]
    return Sketch(text, tuple(spans), tuple(sorts), meanings, np.minimum(weights, 2.0))


def _joined(taken: list[tuple[int, int, Sort]], text: str) -> list[tuple[int, int, Sort]]:
    """Two times or places that are joined as one: 2023年和2024年 gives way to 2025年."""
    joined: list[tuple[int, int, Sort]] = []
    for start, end, sort in taken:
        if joined and sort in ("time", "place") and joined[-1][2] == sort:
            between = text[joined[-1][1] : start].strip()
            if not between or _JOINS.fullmatch(between):
                joined[-1] = (joined[-1][0], end, sort)
                continue
        joined.append((start, end, sort))
    return joined


def hashed(text: str, buckets: int = _HASHES) -> NDArray[np.float32]:
    """(buckets,) float32: the one and two characters at a time that open and close `text`, each in a bucket.

    Function words stand there, and no list has to name them.
    """
    bare = text.strip(_MARKS).lower()
    row = np.zeros(buckets, np.float32)
    pieces = {f"^{bare[:n]}" for n in (1, 2, 3)} | {f"{bare[-n:]}$" for n in (1, 2, 3)}
    pieces |= {bare[at : at + 2] for at in range(min(len(bare) - 1, 24))}
    for piece in pieces:
        row[bucket(piece) % buckets] = 1.0
    return row


def bucket(piece: str) -> int:
    """A number that is the same in every process, unlike `hash`."""
    number = 2166136261
    for character in piece:
        number = (number ^ ord(character)) * 16777619 & 0xFFFFFFFF
    return number
