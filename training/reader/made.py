"""Questions made from plain texts (`clozes`), with passages that nearly answer them.

The nearest miss is the sentence itself with what was asked about exchanged: another year, place, group, qualifier. Lest
a passage is seen to be made, others have something exchanged that isn't asked for, or on both sides, and still answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from sources.sentences import sentences
from training.corpora import broadcasts, news, policies, policy_questions
from training.reader.changes import changes
from training.reader.clozes import LEAST, MOST, clozes
from training.reader.samples import (
    ASKED_KINDS,
    MORE,
    Alike,
    Sample,
    asked_otherwise,
    located,
    occurrences,
    records,
    windows,
    without,
)  # fmt: skip

SOURCES = ("news", "broadcasts", "papers")
"""What `texts` knows."""
_WINDOW = 190
_SURE = tuple(kind for kind in ASKED_KINDS if kind != "counted")


def texts(name: str, most: int, rng: random.Random) -> list[tuple[str, str]]:
    """Up to `most` stretches of plain texts, each with the document it is from."""
    found: list[tuple[str, str]] = []
    if name == "news":
        found = [(f"news{n}", body[:2000]) for n, body in enumerate(news())]
    elif name == "broadcasts":
        found = [(f"broadcast{n}", each.body[:2000]) for n, each in enumerate(broadcasts())]
    else:
        allowed = {document for document, _ in policy_questions()}
        long = [(each.document, each.body) for each in policies() if each.document in allowed]
        for file in ("regulations.jsonl.xz", "work-reports.jsonl.xz", "notices.jsonl"):
            long += [(row["docid"], row["text"]) for row in records(MORE / "policies" / file)]
        long += [(row["docid"], row["text"]) for row in records(MORE / "guangzhou" / "docs.jsonl")]
        for document, body in long:
            found += [(document, body[at : at + 1500]) for at in range(0, min(len(body), 40_000), 1500)]
    return rng.sample(found, min(most, len(found)))


def made_samples(name: str, most: int, rng: random.Random) -> Iterator[Sample]:
    """Questions made from up to so many stretches; lighter than people's."""
    cut = [(document, windows(body, _WINDOW)) for document, body in texts(name, most, rng)]
    parts = [part for _, own in cut for part in own if 60 < len(part) < 400]
    alike = Alike(rng.sample(parts, min(len(parts), 12_000)))
    for document, own in cut:
        inside = [
            (part, part[s:e]) for part in own if len(part) < 400 for s, e in sentences(part) if LEAST <= e - s <= MOST
        ]
        for part, sentence in rng.sample(inside, min(len(inside), 2)):
            every = list(clozes(sentence, rng))
            for cloze in rng.sample(every, min(2, len(every))):
                answer = sentence[slice(*cloze.answer)]
                yield from _samples(cloze.question, answer, part, sentence, name, document, cloze.kind, rng)
                near = alike.near(cloze.question, 4) if rng.random() < 0.25 else []
                if near := [text for text in near if text not in own and not located(text, answer)]:
                    yield Sample(cloze.question, rng.choice(near), name, document, kind="alike", weight=0.5)


def _samples(
    question: str, answer: str, part: str, sentence: str, source: str, group: str, kind: str, rng: random.Random
) -> Iterator[Sample]:
    place = source, group
    yield Sample(question, part, *place, occurrences(part, answer), kind=kind, weight=0.5)
    if rng.random() < 0.2 and (removed := without(part, answer)):
        yield Sample(question, removed, *place, kind="removed", weight=0.5)
    for change in asked_otherwise(question, part, rng, 1 if rng.random() < 0.6 else 2):
        if change.new in answer or answer in change.new:
            continue
        weight = 0.3 if change.kind == "counted" else 0.6
        yield Sample(change.text, part, *place, kind=change.kind, weight=weight)
        old = question[slice(*change.old)]
        if len(old) > 1 and old in part and old not in answer and rng.random() < 0.3:
            told = part.replace(old, change.new)
            yield Sample(change.text, told, *place, occurrences(told, answer), kind="exchanged", weight=0.5)
    at, inner = part.find(sentence), located(sentence, answer)
    if inner is None or rng.random() < 0.5:
        return
    made = list(changes(sentence, rng, kinds=_SURE))
    rng.shuffle(made)
    for change in made[:2]:
        if change.old[0] < inner[1] and inner[0] < change.old[1]:
            continue
        told = part[:at] + change.text + part[at + len(sentence) :]
        old = sentence[slice(*change.old)]
        if old in question and len(old) > 1 and part.count(old) == 1:
            yield Sample(question, told, *place, kind=f"{change.kind} there", weight=0.6)
        elif old not in question and change.new not in question and located(told, answer):
            yield Sample(question, told, *place, occurrences(told, answer), kind="unasked", weight=0.4)
