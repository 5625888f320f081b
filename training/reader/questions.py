"""People's questions: each with a passage that answers it, and others that nearly do.

Of every answered question a stretch of its text that holds the answer, one that doesn't, one from elsewhere that reads
alike, and the question with one thing exchanged, which the stretch no longer answers.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from eval.splits import for_reading, held_out
from sources.sentences import sentences
from training.corpora import DATA, law_questions, laws, policies, policy_questions, questions
from training.reader.samples import (
    LONGEST,
    MORE,
    WINDOW_CHARS,
    Alike,
    Sample,
    around,
    asked_otherwise,
    closed,
    located,
    occurrences,
    pairs,
    records,
    shares,
    windows,
    without,
)  # fmt: skip

_OWN = 2.0
"""How much a question on documents of the kind that users have counts."""
_WHOLE = 420
"""Characters of a text that is read whole."""
FILES = {
    "cail2019": "cail2019.jsonl.xz",
    "cail2021": "cail2021-small.jsonl.xz",
    "checklist": "dureader-checklist.jsonl",
    "robust": "dureader-robust.jsonl.xz",
    "squad2": "squad2-zh.jsonl.xz",
    "xquad": "xquad-zh.jsonl.xz",
}
_GREETING = re.compile(r"^.{0,60}?(?:回复如下|答复如下|说明如下|收悉|您好|你好|知悉)[!！：:。，,]?")
_CLOSING = re.compile(r"(?:感谢您|感谢你|谢谢|特此|祝您)[^。]{0,60}。?.{0,30}$")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question on a text, as a set of questions gives it."""

    question: str
    context: str
    answers: tuple[str, ...]
    """Wordings of one answer, or with `all` the parts of one."""
    all: bool = False
    yesno: str = ""


def asked(name: str) -> Iterator[Asked]:
    """The questions of "cmrc", "drcd" or a file of `FILES`."""
    if name in ("cmrc", "drcd"):
        for each in questions("cmrc2018-train" if name == "cmrc" else name):
            if each.answer.strip():
                yield Asked(each.question, each.context, (each.answer.strip(),))
        return
    for row in records(MORE / "reading" / FILES[name]):
        answers = tuple(each.strip() for each in row["answers"] if each.strip())
        # A question of judgments says what isn't asked of the text in brackets, or asks several things at once.
        yield Asked(
            row["question"],
            row["context"],
            () if row.get("yesno") else answers,
            bool(row.get("all")),
            row.get("yesno") or "",
        )


def group_of(context: str) -> str:
    """What all questions on a text are kept together by."""
    return context[:200]


def reading_samples(name: str, rng: random.Random) -> Iterator[Sample]:
    """The samples of one set."""
    rows = list(asked(name))
    cut = {context: windows(context) for context in dict.fromkeys(row.context for row in rows)}
    alike = Alike([window for parts in cut.values() for window in parts])
    for row in rows:
        group = group_of(row.context)

        def sample(question: str, passage: str, spans=(), **more):  # type: ignore[no-untyped-def]
            return Sample(question, passage, name, group, tuple(spans), **more)  # noqa: B023  called right here

        parts, wanted = cut[row.context], pairs(row.question)
        if row.yesno:
            text = row.context if len(row.context) <= 560 else _densest(row.context, wanted, 560)
            yield sample(row.question, text, yesno=int(row.yesno == "YES"), kind="yesno", weight=1.5)
            continue
        if not row.answers:
            text = row.context if len(row.context) <= _WHOLE else _densest(row.context, wanted, _WHOLE)
            yield sample(row.question, text, kind="unanswerable", weight=1.5)
            if len(parts) > 1 and rng.random() < 0.3:
                yield sample(row.question, max(parts, key=lambda part: len(pairs(part) & wanted)), kind="unanswerable")
            continue
        gold = _passage(row, parts, wanted, rng)
        if gold is None:
            continue
        kept = row.answers if row.all else row.answers[:1]
        spans = [span for answer in kept for span in occurrences(gold, answer)]
        if not spans:
            continue
        yield sample(row.question, gold, spans, kind="answer")
        answers = row.answers
        if row.all and len(row.answers) > 1 and (removed := without(gold, row.answers[-1])):
            # A part of several is an answer, too.
            left = [span for answer in kept for span in occurrences(removed, answer)]
            yield sample(row.question, removed, left, kind="part")
        others = [part for part in parts if not any(located(part, each) for each in answers)]
        if others and rng.random() < 0.6:
            drawn = rng.sample(others, min(2, len(others)))
            yield sample(row.question, max(drawn, key=lambda part: len(pairs(part) & wanted)), kind="own")
        elif not row.all and (removed := without(gold, row.answers[0])):
            yield sample(row.question, removed, kind="removed")
        near = [text for text in alike.near(row.question, 8) if text not in parts and not located(text, answers[0])]
        if near:
            yield sample(row.question, near[min(len(near) - 1, int(rng.expovariate(0.7)))], kind="alike")
        for change in asked_otherwise(row.question, gold, rng, 1 if rng.random() < 0.7 else 2):
            yield sample(change.text, gold, kind=change.kind, weight=0.4 if change.kind == "counted" else 0.8)
            if change.text[: change.old[0]] and rng.random() < 0.3:
                # The same exchanged on both sides: then it is answered.
                old = row.question[slice(*change.old)]
                if len(old) > 1 and old in gold and not any(old in answer for answer in answers):
                    told = gold.replace(old, change.new)
                    kept_spans = [span for answer in kept for span in occurrences(told, answer)]
                    if kept_spans:
                        yield sample(change.text, told, kept_spans, kind="exchanged", weight=0.7)


def _densest(text: str, wanted: set[str], most: int) -> str:
    """The stretch of whole sentences that shares most with the question."""
    places = sentences(text)
    best, score = text[:most], -1
    for at, (start, _) in enumerate(places):
        stop = start
        for _, end in places[at:]:
            if end - start > most:
                break
            stop = end
        stretch = text[start : stop or start + most]
        if (found := len(pairs(stretch) & wanted)) > score:
            best, score = stretch, found
        if stop >= places[-1][1]:
            break
    return best


def _passage(row: Asked, parts: Sequence[str], wanted: set[str], rng: random.Random) -> str | None:
    if row.all:
        places = [at for answer in row.answers if (at := located(row.context, answer))]
        if len(places) == len(row.answers):
            first, last = min(s for s, _ in places), max(e for _, e in places)
            if last - first <= 520:
                return around(row.context, (first, last), rng.randrange(5, 60))
        return None
    answer = row.answers[0]
    if len(row.context) <= _WHOLE and rng.random() < 0.3:
        return row.context
    holding = [part for part in parts if located(part, answer)]
    if holding:
        return max(holding, key=lambda part: len(pairs(part) & wanted))
    place = located(row.context, answer)
    return around(row.context, place, 20) if place and place[1] - place[0] <= LONGEST else None


def policy_samples(rng: random.Random) -> Iterator[Sample]:
    """NCP's questions without documents, asked of their answers among others."""
    rows = list(records(DATA / "ncp" / "questions-without-documents.jsonl"))
    answers: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        answers[row["docid"]].append(row["answer"].strip())
    allowed = {document for document, _ in policy_questions()}
    bodies = [each.body for each in policies() if each.document in allowed]
    filler = [body[s:e] for body in bodies for s, e in sentences(body) if 12 < e - s < 150]
    alike = Alike([answer for own in answers.values() for answer in own if len(answer) > 20])
    for row in rows:
        question, answer, same = row["question"], row["answer"].strip(), answers[row["docid"]]
        if not 0 < len(answer) <= LONGEST:
            continue
        own = [each for each in same if not _overlap(each, answer)]
        near = [each for each in alike.near(question, 6) if each not in same and not _overlap(each, answer)]

        def beside() -> list[str]:
            at = rng.randrange(len(filler))
            drawn = [*rng.sample(own, min(len(own), 1)), *near[: rng.randrange(2)]]  # noqa: B023  called right here
            return [*drawn, *filler[at : at + rng.randint(1, 4)]]

        held = _among(beside(), answer, max(WINDOW_CHARS, len(answer) + 80), rng)
        place = "policy", row["docid"]
        yield Sample(question, held, *place, occurrences(held, answer), kind="answer")
        yield Sample(question, _among(beside(), "", WINDOW_CHARS, rng), *place, kind="own")
        if near:
            yield Sample(question, closed(rng.choice(near[:3]))[:LONGEST], *place, kind="alike")
        for change in asked_otherwise(question, held, rng, 1):
            yield Sample(change.text, held, *place, kind=change.kind, weight=0.4 if change.kind == "counted" else 1.0)


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
            (before if rng.random() < 0.5 else after).append(closed(each))
    return rng.choice(["", "\n"]).join([*before, *([closed(answer)] if answer else []), *after])


def library_samples(rng: random.Random) -> Iterator[Sample]:
    """A quarter of NCP's questions on their own documents, with what reads alike there and in the others; heavier."""
    texts = {row["docid"]: row["text"] for row in records(DATA / "ncp" / "docs.jsonl")}
    cut = {document: windows(text) for document, text in texts.items()}
    alike = Alike([part for parts in cut.values() for part in parts if len(part) > 30])
    for row in records(DATA / "ncp" / "questions-dev.jsonl"):
        document, answer = row["docid"], row["answer"]
        if held_out(document) or not for_reading(document) or len(answer) > LONGEST:
            continue
        gold = located(texts[document], answer)
        if gold is None:
            continue
        question, wanted, place = row["question"], pairs(row["question"]), ("library", document)
        for most in (60, 200, 120):
            held = around(texts[document], gold, rng.randrange(20, most))
            yield Sample(question, held, *place, occurrences(held, answer), kind="answer", weight=_OWN)
        for change in asked_otherwise(question, held, rng, 2):
            yield Sample(change.text, held, *place, kind=change.kind)
        own = [part for part in cut[document] if not shares(part, answer)]
        others = [part for part in alike.near(question, 10) if part not in cut[document] and not shares(part, answer)]
        own.sort(key=lambda part: -len(pairs(part) & wanted))
        yield from (Sample(question, part, *place, kind="own", weight=_OWN) for part in own[:3])
        yield from (Sample(question, part, *place, kind="alike", weight=_OWN) for part in others[:3])


def domain_samples(rng: random.Random) -> Iterator[Sample]:
    """A university's pages: half of the questions, where the answer stands in the page."""
    texts = {row["docid"]: row["text"] for row in records(MORE / "domainrag" / "docs.jsonl")}
    cut = {document: windows(text) for document, text in texts.items()}
    alike = Alike([part for parts in cut.values() for part in parts if len(part) > 30])
    for row in records(MORE / "domainrag" / "questions.jsonl"):
        documents = [each for each in row["docs"] if each in texts]
        if not documents or held_out(documents[0]) or row.get("history"):
            continue
        text, place = texts[documents[0]], ("domainrag", documents[0])
        wordings = [each for each in row["answers"] if isinstance(each, str) and len(each) > 1]
        gold = next((at for answer in wordings if (at := located(text, answer))), None)
        if gold is None:
            continue
        held = around(text, gold, rng.randrange(20, 120))
        answer = text[slice(*gold)]
        yield Sample(row["question"], held, *place, occurrences(held, answer), kind="answer", weight=_OWN)
        for change in asked_otherwise(row["question"], held, rng, 2):
            yield Sample(change.text, held, *place, kind=change.kind)
        near = [part for part in alike.near(row["question"], 12) if not located(part, answer)]
        yield from (Sample(row["question"], part, *place, kind="alike") for part in near[:3])


def everyday_samples(rng: random.Random) -> Iterator[Sample]:
    """What people ask offices and lawyers in their own words; the whole reply answers."""
    rows = [
        (f"{row['title']}？" if rng.random() < 0.4 else _tail(row["title"], row["question"]), _core(row["answer"]), row)
        for row in records(MORE / "wording" / "messages.jsonl.xz")
        if not held_out(row["id"])
    ]
    rows = [row for row in rows if len(row[1]) > 30]
    yield from _replies("messages", [(question, answer, row["id"]) for question, answer, row in rows], rng, weight=0.6)
    faq = list(records(MORE / "guangzhou" / "faq.jsonl"))
    yield from _replies("faq", [(row["question"], row["answer"], row["page"]) for row in faq], rng, weight=_OWN)
    for row in records(MORE / "wording" / "legalqa.jsonl"):
        for each in row["answers"][:6]:
            text = each["text"][:LONGEST]
            spans = ((0, len(text)),) if each["label"] else ()
            kind = "answer" if each["label"] else "alike"
            yield Sample(row["question"][-150:], text, "legalqa", row["id"], spans, kind=kind, weight=0.6)


def _tail(title: str, question: str) -> str:
    return f"{title}。{question[-60:]}" if len(question) > 60 else question


def _core(answer: str) -> str:
    for _ in range(2):
        answer = _GREETING.sub("", answer.strip())
    return _CLOSING.sub("", answer.strip()).strip()[:LONGEST]


def _replies(
    source: str, rows: Sequence[tuple[str, str, str]], rng: random.Random, *, weight: float
) -> Iterator[Sample]:
    alike = Alike([answer for _, answer, _ in rows])
    for question, whole, group in rows:
        answer = whole[:LONGEST]
        lead = f"{question}\n" if source == "faq" and rng.random() < 0.5 else ""
        beside = rng.choice(rows)[1]
        after = f"\n{beside[:100]}" if len(answer) < 200 and rng.random() < 0.5 and beside != whole else ""
        span = (len(lead), len(lead) + len(answer))
        yield Sample(question, lead + answer + after, source, group, (span,), kind="long", weight=weight)
        near = [each for each in alike.near(question, 4) if each != whole]
        for text in near[:2]:
            yield Sample(question, text[:LONGEST], source, group, kind="alike", weight=weight)


def law_samples(rng: random.Random) -> Iterator[Sample]:
    """Laymen's questions and the articles that answer them, whole, against the articles beside."""
    every = list(laws())
    at = {each.id: number for number, each in enumerate(every)}
    names = {(each.law.removeprefix("中华人民共和国"), each.article): number for number, each in enumerate(every)}
    asks: list[tuple[str, list[int]]] = [
        (question, [at[str(gold)] for gold in golds if str(gold) in at]) for question, golds in law_questions()
    ]
    for row in records(MORE / "wording" / "lawbench.jsonl"):
        cited = [re.match(r"《(.+?)》(第[一二三四五六七八九十百千零]+条)", each) for each in row["cited"]]
        golds = [
            names[key] for m in cited if m and (key := (m[1].removeprefix("中华人民共和国"), m[2])) in names
        ]  # fmt: skip
        asks.append((row["question"], golds))
    for question, golds in asks:
        for gold in golds[:3]:
            article = every[gold]
            text = article.text[:LONGEST]
            place = "laws", article.law
            yield Sample(question[-150:], text, *place, ((0, len(text)),), kind="long")
            for step in rng.sample([-3, -2, -1, 1, 2, 3], 2):
                other = every[(gold + step) % len(every)]
                if gold + step not in golds and other.law == article.law:
                    yield Sample(question[-150:], other.text[:LONGEST], *place, kind="own", weight=0.7)
