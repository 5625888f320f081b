"""What the reader learns from: a question or a statement, a passage, and what is true of the two.

{"question": "新建公租房多少套？", "passage": "2023年新建公租房1.2万套。", "spans": [[10, 15]], "source": "news", …}
{"question": "陈述：2023年新建公租房2.1万套。", "passage": "2023年新建公租房1.2万套。", "supported": 0, …}
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.words import normalise
from sources.sentences import Span, sentences
from training.corpora import DATA
from training.reader.changes import Change, changes

MORE = DATA / "more"
WINDOW_CHARS = 260
LONGEST = 400
"""Characters of an answer, or of a passage that is nothing but one."""
UNKNOWN = -1
_RARE = 0.02
"""A pair that stands in a larger share of the texts tells nothing."""
_LENGTH = 200
"""Pairs added to a text's own, so that short ones don't always come first."""
_ASIDE = 20
"""One document of so many is kept for measuring."""
ASKED_KINDS = ("year", "place", "group", "per", "kind", "person", "actor", "direction", "degree", "target", "number",
               "negation", "counted")  # fmt: skip
"""What is exchanged in a question so that its passage doesn't answer it any more."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A question or a statement and a passage."""

    question: str
    passage: str
    source: str
    group: str
    """The document that it is from: all samples of one are learned from, or none."""
    spans: tuple[Span, ...] = ()
    """Where the passage answers, by characters; none where it doesn't, or where only yes or no is known."""
    kind: str = ""
    """Of the answer, or of what makes it wrong."""
    weight: float = 1.0
    yesno: int = UNKNOWN
    """1 yes, 0 no."""
    supported: int = UNKNOWN
    """Of a statement, whether the passage says so: 1 or 0."""

    @property
    def aside(self) -> bool:
        """Whether it is only measured on."""
        return is_aside(self.group)

    def line(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def is_aside(group: str) -> bool:
    """Whether the reader learns nothing from this document: it is measured on, and what reads upon it learns."""
    return hashlib.sha256(group.encode()).digest()[2] % _ASIDE == 0


def from_line(line: str) -> Sample:
    """The sample that `Sample.line` wrote."""
    given = json.loads(line)
    return Sample(**{**given, "spans": tuple((start, end) for start, end in given["spans"])})


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of JSON Lines, `.xz` or plain."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf8") as lines:
        yield from map(json.loads, lines)


def windows(text: str, most: int = WINDOW_CHARS) -> list[str]:
    """The text cut into stretches of whole sentences."""
    found: list[str] = []
    start = stop = 0
    for first, last in sentences(text):
        if stop and last - start > most:
            found.append(text[start:stop])
            start = first
        stop = last
    if stop > start:
        found.append(text[start:stop])
    return found


def pairs(text: str) -> set[str]:
    """Its pairs of neighbouring characters."""
    plain = re.sub(r"\s", "", normalise(text))
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


class Alike:
    """Texts by their rare pairs of characters, for finding those that read like a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._sizes: list[int] = []
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            own = pairs(text)
            self._sizes.append(len(own))
            for pair in own:
                self._holding[pair].append(number)

    def near(self, question: str, most: int) -> list[str]:
        """Up to `most` texts, the likest first."""
        scores: dict[int, float] = defaultdict(float)
        for pair in pairs(question):
            found = self._holding.get(pair, ())
            if 0 < len(found) < max(2, len(self._texts) * _RARE):
                for number in found:
                    scores[number] += np.log(len(self._texts) / len(found))
        best = sorted(scores, key=lambda number: -scores[number] / (_LENGTH + self._sizes[number]))
        return [self._texts[number] for number in best[:most]]


def occurrences(text: str, answer: str) -> tuple[Span, ...]:
    """Everywhere that the answer stands in the text, white space apart."""
    offset = 0
    found: list[Span] = []
    while answer and len(found) < 8 and (at := located(text[offset:], answer)) is not None:
        found.append((offset + at[0], offset + at[1]))
        offset += at[0] + 1
    return tuple(found)


def located(text: str, answer: str) -> Span | None:
    """Where the answer stands in the text, white space apart; None where it doesn't."""
    kept = [at for at, character in enumerate(text) if not character.isspace()]
    wanted = "".join(answer.split())
    start = "".join(text[at] for at in kept).find(wanted) if wanted else -1
    return None if start < 0 else (kept[start], kept[start + len(wanted) - 1] + 1)


def around(text: str, gold: Span, room: int, most: int = 560) -> str:
    """Whole sentences with the answer in them, and some of what stands before and after."""
    inside = [(s, e) for s, e in sentences(text) if e > gold[0] - room and s < gold[1] + room]
    if not inside:
        return text[gold[0] : gold[1]]
    start, stop = inside[0][0], inside[-1][1]
    return text[start : min(stop, max(start + most, gold[1]))]


def shares(text: str, answer: str) -> bool:
    """Whether a good part of the answer stands in the text, too."""
    wanted = pairs(answer)
    return len(wanted & pairs(text)) > 0.6 * len(wanted)


def without(text: str, answer: str) -> str:
    """The text without the sentences that hold the answer; "" where too little is left."""
    kept = [text[s:e] for s, e in sentences(text) if not located(text[s:e], answer)]
    rest = "".join(kept)
    return rest if len(rest) > 40 and not located(rest, answer) else ""


def closed(text: str) -> str:
    """With a full stop at the end."""
    return text if text.endswith(("。", "；", "！", "？")) else f"{text.rstrip('，,、：:')}。"


def asked_otherwise(question: str, passage: str, rng: random.Random, most: int) -> list[Change]:
    """The question with another year, place, group, … in it, of which the passage knows nothing."""
    found = [each for each in changes(question, rng, kinds=ASKED_KINDS) if each.new not in passage]
    rng.shuffle(found)
    # What is exchanged for a near word may still mean the same now and then: the sure kinds come first.
    found.sort(key=lambda each: each.kind == "counted")
    return found[:most]
