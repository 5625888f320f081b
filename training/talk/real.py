"""Conversations out of real questions: what two on one text, or two that begin alike, share is left out of the second;
where two are the same but for one stretch, that is all that is asked; and the rewritten utterances of small talk (Su et
al. 2019, arXiv:1906.07004)."""

from __future__ import annotations

import json
import lzma
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from assistant.question.sketch import Sketch, sketch
from index.embedders.static import shipped
from index.queries.queries import simplified
from index.ranking.networks import Floats
from training.corpora import DATA, law_questions, policy_questions, questions
from training.talk import words as said
from training.talk.sample import Sample

_LEAST_SHARED = 4
_LEAST_LEFT = 3
_SAME_END, _SAME_START = 4, 3
"""Characters by which two questions are found to be alike."""
_BETWEEN = 0.4
"""Share of pairs that begin and end alike, and differ in between."""
_MOST_DIFFERING = 14
_MOST_SHORT = 13
"""Characters of a short question."""
_LEAST_TELLING = 2
_QUESTION_LENGTHS = range(6, 31)
_PRONOUNS = ("它", "它", "这个", "那个", "其", "该", "他", "这", "此")
_REST = ("", "", "", "那", "那么", "请问", "还有", "另外，", "好的，")


def pairs(seed: int, count: int) -> Iterator[Sample]:
    """Samples of two questions on one text; half of them lean, half are asked in full."""
    draw = random.Random(seed)
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name in ("cmrc2018-train", "drcd"):
        for each in questions(name):
            groups[each.context].append((simplified(each.question), simplified(each.answer)))
    for document, each in policy_questions():
        groups[document].append((each.question, each.answer))
    every = [each for group in groups.values() for each in group]
    several = [group for group in groups.values() if len(group) > 1]
    policy = [each.question for each in questions("ncp")] + [each for each, _ in law_questions()]
    made = 0
    while made < count:
        (one, answer), (two, _) = draw.sample(draw.choice(several), 2)
        samples = [_left_out(one, answer, two, draw)]
        if draw.random() < 0.4:
            samples.append(_changed(draw.choice(policy), draw))
        shared = _shared(sketch(one), sketch(two))
        if shared and draw.random() < 0.5:  # named again, it needs nothing
            samples.append(Sample((one,), two, two, "alone", answer=answer, origin="pairs"))
        other, full = draw.choice(every)[0], draw.choice(policy)
        if len(full) <= 24 and draw.random() < 0.5:
            samples.append(
                Sample((other if draw.random() < 0.3 else draw.choice(policy),), full, full, "alone", origin="policy")
            )
        for sample in samples:
            if sample is not None:
                made += 1
                yield _deepened(sample, policy, draw)


def alike(seed: int, count: int, data: Path = DATA) -> Iterator[Sample]:
    """Samples of two questions of any text that begin or end alike."""
    draw = random.Random(seed)
    every = sorted({each for each in all_questions(data) if len(each) in _QUESTION_LENGTHS})
    draw.shuffle(every)
    by_end: dict[str, list[str]] = defaultdict(list)
    between: dict[str, list[str]] = defaultdict(list)
    for each in every:
        by_end[each[-_SAME_END:]].append(each)
        by_end[f"^{each[:_SAME_START]}"].append(each)
        between[each[:_SAME_START] + each[-_SAME_START:]].append(each)
    buckets, others = ([each for each in found.values() if len(each) > 1] for found in (by_end, between))
    made = 0
    while made < count:
        one, two = draw.sample(draw.choice(others if draw.random() < _BETWEEN else buckets), 2)
        sample = _differing(one, two, draw)
        if sample is not None:
            made += 1
            yield _deepened(sample, every, draw)


def short(seed: int, count: int, data: Path = DATA) -> Iterator[Sample]:
    """Samples of short questions that name what they ask about, after one on something else."""
    draw = random.Random(seed)
    every = sorted({each for each in all_questions(data) if len(each) <= _QUESTION_LENGTHS.stop})
    brief = [each for each in every if len(each) <= _MOST_SHORT and _names_something(each)]
    for _ in range(count):
        one, two = draw.choice(brief if draw.random() < 0.6 else every), draw.choice(brief)
        yield _deepened(Sample((one,), two, two, "alone", origin="short"), every, draw)


def _names_something(text: str) -> bool:
    """Whether it asks, and has words beside those that ask: two, as a rule what and of what."""
    words = sketch(text)
    telling = [at for at in range(len(words)) if words.sorts[at] == "word" and len(words.word(at)) > 1]
    return words.has("asks") and len(telling) >= _LEAST_TELLING


def every_question(seed: int, count: int, data: Path = DATA) -> list[str]:
    """So many questions of all kinds, drawn at random."""
    every = sorted({each for each in all_questions(data) if len(each) in _QUESTION_LENGTHS})
    return random.Random(seed).sample(every, min(count, len(every)))


def _differing(one: str, two: str, draw: random.Random) -> Sample | None:
    """The second question without what it shares with the first; None where that isn't what people would say."""
    first, second = sketch(one), sketch(two)
    words, others = ([each.word(at) for at in range(len(each))] for each in (first, second))
    most = min(len(words), len(others))
    head = next((at for at in range(most) if words[at] != others[at]), most)
    tail = next((at for at in range(most - head) if words[-1 - at] != others[-1 - at]), most - head)
    if not head + tail or head + tail >= most:
        return None
    old, new = first.cut(head, len(words) - tail), second.cut(head, len(others) - tail)
    asks = ["asks" in each.sorts[head : len(each) - tail] for each in (first, second)]
    if (
        not any(asks)
        and old
        and len(new) > 1
        and new[0] not in "了的着过地得"
        and max(len(old), len(new)) <= _MOST_DIFFERING
        and head + tail >= len(others) / 2
    ):
        if draw.random() < 0.15:
            asked = draw.choice(said.CORRECTS).format(old=old, new=new)
        else:
            asked = f"{draw.choice(said.LEADS)}{new}{draw.choice(said.TAILS)}"
        return Sample((one,), asked, two, "leans", origin="alike")
    rest = second.cut(head, len(others)).removeprefix("的")
    shared = second.cut(0, head)
    if not asks[1] or len(shared) < 2 or len(rest) < _LEAST_LEFT or second.sorts[head - 1] == "asks":
        return None
    if draw.random() < 0.3:
        return Sample((one,), f"{draw.choice(_PRONOUNS)}{rest}", two, "leans", origin="alike")
    return Sample((one,), f"{draw.choice(_REST)}{rest}", two, "leans", origin="alike")


def all_questions(data: Path) -> Iterator[str]:
    """The questions that are taken apart."""
    for name in ("cmrc2018-train", "drcd", "ncp"):
        yield from (simplified(each.question).rstrip("？?") for each in questions(name))
    yield from (each.rstrip("？?") for each, _ in law_questions())
    for name in ("cail2019.jsonl.xz", "squad2-zh.jsonl.xz", "xquad-zh.jsonl.xz", "dureader-robust.jsonl.xz"):
        yield from (each["question"].strip("？? ") for each in opened(data / "more" / "reading" / name))
    for at, each in enumerate(opened(data / "more" / "wording" / "pairs.jsonl.xz")):
        # The others ask of one bank's loans, over and over.
        if each["of"] in ("lcqmc", "covid") or at % 12 == 0:
            yield each["a"].strip("？?。！! ")


def _deepened(sample: Sample, others: list[str], draw: random.Random) -> Sample:
    older = tuple(draw.choice(others) for _ in range(draw.choice((0, 0, 1, 2, 3))))
    return replace(sample, before=(*older, *sample.before))


def _shared(one: Sketch, two: Sketch) -> tuple[int, int] | None:
    """The longest run of words of `two` that stands in `one`, half-open."""
    best: tuple[int, int] | None = None
    for start in range(len(two)):
        for end in range(start + 1, len(two) + 1):
            run = two.cut(start, end)
            if run not in one.text or any(sort == "asks" for sort in two.sorts[start:end]):
                break
            if len(run) >= _LEAST_SHARED and (best is None or len(run) > len(two.cut(*best))):
                best = (start, end)
    return best


def _left_out(one: str, answer: str, two: str, draw: random.Random) -> Sample | None:
    """The second question without what the first one says, or with a pronoun for it."""
    second = sketch(two)
    span = _shared(sketch(one), second)
    if span is None:
        return None
    start, end = span
    head, rest = two[: second.spans[start][0]], two[second.spans[end - 1][1] :]
    if len(rest.strip("？?")) < _LEAST_LEFT or len(head) > 8:
        return None
    if draw.random() < 0.45:
        name = second.word(end - 1)
        pronoun = draw.choice(_PRONOUNS) + (name if len(name) > 1 and draw.random() < 0.5 else "")
        rest = rest.removeprefix("的") if pronoun.startswith("其") else rest
        asked = f"{head}{pronoun}{rest}"
    elif head:
        return None
    else:
        asked = draw.choice(_REST) + rest.removeprefix("的").lstrip("，,")
    return Sample((one,), asked, two, "leans", answer=answer, origin="pairs")


def _changed(question: str, draw: random.Random) -> Sample | None:
    """A question asked again with one word changed for one near in meaning."""
    one = sketch(question)
    if not 4 <= len(one) <= 16:
        return None
    places = [at for at in range(len(one)) if one.sorts[at] == "word" and len(one.word(at)) >= 2]
    if not places:
        return None
    at = draw.choice(places)
    new = _neighbour(one.word(at), draw)
    if not new:
        return None
    start, end = one.spans[at]
    completed = f"{question[:start]}{new}{question[end:]}"
    if draw.random() < 0.15:
        asked = draw.choice(said.CORRECTS).format(old=one.word(at), new=new)
    else:
        asked = f"{draw.choice(said.LEADS)}{new}{draw.choice(said.TAILS)}"
    return Sample((question,), asked, completed, "leans", origin="changed")


def _neighbour(word: str, draw: random.Random) -> str:
    """A word near in meaning, in Chinese characters only; "" where there is none."""
    fitting = _near(word)
    return draw.choice(fitting) if fitting else ""


@cache
def _near(word: str) -> list[str]:
    model = shipped()
    near = _table() @ model.encode([word])[0]
    found = [model.word(int(at)) for at in np.argsort(-near)[:30]]
    return [each for each in found if len(each) >= 2 and all("一" <= c <= "鿿" for c in each) and each != word][:6]


@cache
def _table() -> Floats:
    """The vectors of all words, unit rows."""
    rows = shipped().word_vectors(np.arange(len(shipped())))
    table: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return table


@dataclass(frozen=True, slots=True)
class Found:
    """Names that stand in the data: far more of them than anybody would make up."""

    papers: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()
    """What the columns of tables are called."""
    things: tuple[str, ...] = ()
    """What their cells name: places, companies, duties."""


def found(data: Path = DATA) -> Found:
    """The names of rules, and of the columns and cells of tables (IM-TQA)."""
    papers = [record["title"] for record in opened(data / "more" / "policies" / "regulations.jsonl.xz")]
    papers += [record["title"] for record in opened(data / "more" / "policies" / "notices.jsonl")]
    measured: dict[str, None] = {}
    things: dict[str, None] = {}
    for table in opened(data / "more" / "tables" / "im-tqa-tables.jsonl.xz"):
        measured.update(dict.fromkeys(filter(_is_name, table["heads"])))
        things.update(dict.fromkeys(cell for row in table["rows"] for cell in row if len(cell) > 2 and _is_name(cell)))
    for each in measured:
        things.pop(each, None)
    return Found(tuple(each for each in dict.fromkeys(papers) if len(each) < 30), tuple(measured), tuple(things))


def _is_name(text: str) -> bool:
    return 2 <= len(text) <= 12 and all("一" <= character <= "鿿" for character in text)


def opened(path: Path) -> Iterator[dict[str, Any]]:
    """The records of a file, packed or not."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def small_talk(*, kept_aside: bool, data: Path = DATA) -> Iterator[Sample]:
    """The rewritten utterances: every tenth is kept aside for measuring, the others are learned from."""
    for at, record in enumerate(opened(data / "more" / "followups" / "rewrite.jsonl.xz")):
        if (at % 10 == 0) == kept_aside:
            *before, answer = record["history"]
            asked, completed = record["question"], record["rewritten"]
            yield Sample(tuple(before), asked, completed, "leans", answer=answer, weight=0.5, origin="talk")
