"""The questions that the reader learns from, each with a passage that answers it or does not.

Of every question of CMRC 2018 train (but for every tenth) and DRCD a stretch of its text that holds the answer, one
that doesn't, and one from elsewhere that reads alike. NCP's questions without documents are asked of their answers, put
among other answers of their document and sentences of policies. A quarter of the questions of NCP and RGB is asked of
its own documents and passages (`eval.splits.for_reading`). Further questions are made from news (`clozes`).
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eval.splits import for_reading, held_out
from index.words import normalise
from sources.sentences import Span, sentences
from training.corpora import DATA, broadcasts, news, policies, policy_questions, questions
from training.reader.clozes import LEAST, MOST, clozes
from training.sentences.collect import located

WINDOW_CHARS = 260
_OWN = 2.0
"""How much a question on documents of the kind that users have counts."""
_LONGEST = 400
"""Characters of an answer, or of a passage that is nothing but one."""
_RARE = 0.02
"""A pair that stands in a larger share of the texts tells nothing."""
_LENGTH = 200
"""Pairs added to a text's own, so that short ones don't always come first."""
_NEWS = 5000
"""Texts of news and of broadcasts that questions are made from."""


@dataclass(frozen=True)
class Example:
    """A question, a passage, and the answer there."""

    question: str
    passage: str
    answer: str
    """"" where the passage doesn't hold it."""
    weight: float = 1.0


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


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"\s", "", normalise(text))
    return {plain[at : at + 2] for at in range(len(plain) - 1)}


class Alike:
    """Texts by their rare pairs of characters, for finding those that read like a question."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._sizes: list[int] = []
        self._holding: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            pairs = _pairs(text)
            self._sizes.append(len(pairs))
            for pair in pairs:
                self._holding[pair].append(number)

    def near(self, question: str, most: int) -> list[str]:
        """Up to `most` texts, the likest first."""
        scores: dict[int, float] = defaultdict(float)
        for pair in _pairs(question):
            found = self._holding.get(pair, ())
            if 0 < len(found) < len(self._texts) * _RARE:
                for number in found:
                    scores[number] += np.log(len(self._texts) / len(found))
        best = sorted(scores, key=lambda number: -scores[number] / (_LENGTH + self._sizes[number]))
        return [self._texts[number] for number in best[:most]]


def examples_with_context(name: str, rng: random.Random, *, keep: bool) -> Iterator[Example]:
    """The questions of "cmrc2018-train" or "drcd": with `keep` those that are learned from, else those kept aside."""
    rows = [row for n, row in enumerate(questions(name)) if (n % 10 != 0 or name == "drcd") == keep]
    cut = {context: windows(context) for context in dict.fromkeys(row.context for row in rows)}
    alike = Alike([window for parts in cut.values() for window in parts])
    for row in rows:
        answer = row.answer.strip()
        if not answer:
            continue
        parts = cut[row.context]
        asked_pairs = _pairs(row.question)
        holding = [part for part in parts if located(part, answer)]
        if not holding:
            continue
        gold = max(holding, key=lambda part: len(_pairs(part) & asked_pairs))
        yield Example(row.question, gold, answer)
        others = [part for part in parts if not located(part, answer)]
        if others and rng.random() < 0.55:
            drawn = rng.sample(others, min(2, len(others)))
            yield Example(row.question, max(drawn, key=lambda part: len(_pairs(part) & asked_pairs)), "")
        elif removed := _without(gold, answer):
            yield Example(row.question, removed, "")
        near = [text for text in alike.near(row.question, 8) if text not in parts and not located(text, answer)]
        if near:
            yield Example(row.question, near[min(len(near) - 1, int(rng.expovariate(0.7)))], "")


def _without(text: str, answer: str) -> str:
    """The text without the sentences that hold the answer; "" where too little is left."""
    kept = [text[s:e] for s, e in sentences(text) if not located(text[s:e], answer)]
    rest = "".join(kept)
    return rest if len(rest) > 40 and not located(rest, answer) else ""


def policy_examples(rng: random.Random, *, keep: bool) -> Iterator[Example]:
    """NCP's questions without documents, asked of their answers among others; with `keep` those learned from."""
    rows = [
        row
        for row in _records(DATA / "ncp" / "questions-without-documents.jsonl")
        if (int(row["docid"][:4], 16) % 10 != 0) == keep
    ]
    answers: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        answers[row["docid"]].append(row["answer"].strip())
    allowed = {document for document, _ in policy_questions()}
    bodies = [each.body for each in policies() if each.document in allowed]
    filler = [body[s:e] for body in bodies for s, e in sentences(body) if 12 < e - s < 150]
    alike = Alike([answer for own in answers.values() for answer in own if len(answer) > 20])
    for row in rows:
        question, answer, same = row["question"], row["answer"].strip(), answers[row["docid"]]
        if not 0 < len(answer) <= _LONGEST:
            continue
        own = [each for each in same if not _overlap(each, answer)]
        near = [each for each in alike.near(question, 6) if each not in same and not _overlap(each, answer)]

        def beside() -> list[str]:
            at = rng.randrange(len(filler))
            drawn = [*rng.sample(own, min(len(own), 1)), *near[: rng.randrange(2)]]  # noqa: B023  called right here
            return [*drawn, *filler[at : at + rng.randint(1, 4)]]

        yield Example(question, _among(beside(), answer, max(WINDOW_CHARS, len(answer) + 80), rng), answer)
        yield Example(question, _among(beside(), "", WINDOW_CHARS, rng), "")
        if near:
            yield Example(question, _closed(rng.choice(near[:3]))[:_LONGEST], "")


def _overlap(one: str, other: str) -> bool:
    return located(one, other) is not None or located(other, one) is not None


def _among(others: Sequence[str], answer: str, most: int, rng: random.Random) -> str:
    """A passage of the answer ("" for none) and as many of the others as go into `most` characters, in any order."""
    before: list[str] = []
    after: list[str] = []
    room = most - len(answer)
    for each in rng.sample(others, len(others)):
        if len(each) <= room:
            room -= len(each)
            (before if rng.random() < 0.5 else after).append(_closed(each))
    return rng.choice(["", "\n"]).join([*before, *([_closed(answer)] if answer else []), *after])


def news_examples(texts: int, rng: random.Random) -> Iterator[Example]:
    """Questions made from news and broadcasts, see `clozes`; half as heavy as people's."""
    bodies = rng.sample(list(news()), texts) + [each.body for each in rng.sample(list(broadcasts()), texts)]
    cut = [windows(body[:2000]) for body in bodies]
    alike = Alike([part for parts in cut for part in parts if len(part) > 60])
    for parts in cut:
        part = rng.choice(parts) if parts else ""
        inside = [part[s:e] for s, e in sentences(part) if LEAST <= e - s <= MOST]
        if not inside:
            continue
        sentence = rng.choice(inside)
        made = list(clozes(sentence, rng))
        for cloze in rng.sample(made, min(2, len(made))):
            answer = sentence[slice(*cloze.answer)]
            yield Example(cloze.question, part, answer, weight=0.5)
            if (removed := _without(part, answer)) and rng.random() < 0.5:
                yield Example(cloze.question, removed, "", weight=0.5)
            near = [text for text in alike.near(cloze.question, 4) if text not in parts and not located(text, answer)]
            if near:
                yield Example(cloze.question, rng.choice(near), "", weight=0.5)


def library_examples(rng: random.Random) -> Iterator[Example]:
    """A quarter of NCP's questions on their own documents, with what reads alike there and in the others; heavier."""
    texts = {row["docid"]: row["text"] for row in _records(DATA / "ncp" / "docs.jsonl")}
    cut = {document: windows(text) for document, text in texts.items()}
    alike = Alike([part for parts in cut.values() for part in parts if len(part) > 30])
    for row in _records(DATA / "ncp" / "questions-dev.jsonl"):
        document, answer = row["docid"], row["answer"]
        if held_out(document) or not for_reading(document) or len(answer) > _LONGEST:
            continue
        gold = located(texts[document], answer)
        if gold is None:
            continue
        question, asks = row["question"], _pairs(row["question"])
        for most in (60, 200):
            yield Example(question, _around(texts[document], gold, rng.randrange(20, most)), answer, weight=_OWN)
        own = [part for part in cut[document] if not _shares(part, answer)]
        others = [part for part in alike.near(question, 10) if part not in cut[document] and not _shares(part, answer)]
        own.sort(key=lambda part: -len(_pairs(part) & asks))
        yield from (Example(question, part, "", weight=_OWN) for part in (*own[:3], *others[:3]))


def _around(text: str, gold: Span, room: int) -> str:
    """Whole sentences with the answer in them, and some of what stands before and after."""
    inside = [(s, e) for s, e in sentences(text) if e > gold[0] - room and s < gold[1] + room]
    return text[inside[0][0] : inside[-1][1]]


def _shares(text: str, answer: str) -> bool:
    """Whether a good part of the answer stands in the text, too."""
    wanted = _pairs(answer)
    return len(wanted & _pairs(text)) > 0.6 * len(wanted)


def web_examples(rng: random.Random) -> Iterator[Example]:
    """A quarter of RGB's questions, each on the passages that answer it and on as many that don't."""
    for row in _records(DATA / "rgb" / "zh_refine.json"):
        name = f"rgb-{row['id']}"
        if held_out(name) or not for_reading(name) or len(row["answer"]) != 1:
            continue
        (part,) = row["answer"]
        wordings = [part] if isinstance(part, str) else part
        holding = [(text, word) for text in row["positive"] for word in wordings[:1] if located(text, word)]
        yield from (Example(row["query"], text, word, weight=_OWN) for text, word in holding[:6])
        for text in rng.sample(row["negative"], min(len(row["negative"]), 8)):
            if not any(located(text, word) for word in wordings):
                yield Example(row["query"], text, "", weight=_OWN)


def _records(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf8") as lines:
        yield from map(json.loads, lines)


def kept_news(path: Path | None, rng: random.Random) -> list[Example]:
    """The questions made from news: those kept in the file, or new ones, which are then kept there."""
    if path is not None and path.exists():
        return [Example(*json.loads(line)) for line in path.open(encoding="utf8")]
    made = list(news_examples(_NEWS, rng))
    if path is not None:
        lines = (json.dumps([e.question, e.passage, e.answer, e.weight], ensure_ascii=False) for e in made)
        path.write_text("\n".join(lines) + "\n", encoding="utf8")
    return made


def _closed(text: str) -> str:
    return text if text.endswith(("。", "；", "！", "？")) else f"{text.rstrip('，,、：:')}。"
