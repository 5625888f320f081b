"""Questions asked of stretches, for learning which one answers: of government texts, in everyday words, and made.

Those of government texts are questions that people asked, none of which the reader has learned from. Those in everyday
words were written for this, of policies, guides, rules and a report: `everyday.jsonl`. Those made ask, in other words,
for what a heading names or a sentence tells, of libraries of a few notices; then of the next few, which don't have it.
All are asked with the document that answers, and as if it, or the stretch that does, were not there.
"""

from __future__ import annotations

import random
import re
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from assistant.question.conversation import understand
from assistant.question.question import Question
from assistant.question.terms import terms
from assistant.reading import sections
from assistant.reading.findings import Finding, find
from assistant.reading.stretches import Stretch, chapters
from eval.splits import for_reading, held_out
from index.embedders.registry import load_embedder
from index.hits import Hit
from index.index import Index
from index.ranking.networks import Floats
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.sentences import Span
from training.corpora import DATA
from training.reader.samples import MORE, located, records

SEED = 20261127
LEAST_HELD = 0.5
"""Of the shorter one, what a stretch and an answer must have in common for the stretch to hold the answer."""
_PASSAGES = 20
_NONE, _NOTHING = np.zeros(0, np.float32), np.zeros((0, 0), np.float32)
EVERYDAY = (
    "policies/notices.jsonl", "guangzhou/docs.jsonl", "policies/regulations.jsonl.xz", "policies/work-reports.jsonl.xz",
)  # fmt: skip
"""Files with the documents of `QUESTIONS`."""
QUESTIONS = Path(__file__).with_name("everyday.jsonl")
"""Questions in everyday words, each with a document and the words there with which what answers begins, or null."""
_ONE_ASIDE = 4
_SAME = 0.8
_IN_A_LIBRARY, _OF_A_DOCUMENT, _REWORDED, _DOCUMENTS, _LONGEST = 6, 2, 3, 48, 4000
_HEADINGS = Path(__file__).with_name("headings.toml")
_TITLED = re.compile(
    r"(?:关于)?(?:印发|发布|公布|做好|加强|开展|进一步|推进|促进|深化|规范|《)*(?P<topic>[一-鿿]{2,14}?)"
    r"(?:工作|管理|实施|暂行|试行|有关问题)*(?:的?(?:若干)?(?:通知|意见|决定|规定|办法|方案|公告|条例|细则|措施|批复|函)|》)"
)
_NAMES_ITS_TOPIC = 0.7
_OPENS = (
    r"^(?:(?:加强|强化|做好|完善|推进|健全|严格|落实|提升|加快|规范|明确|深化|优化|支持|开展|建立|关于|切实|积极)"
    r"(?=[一-鿿]{4}))?"
)
_ASKED = (
    "{}怎么做？", "{}有什么要求？", "{}方面有哪些规定？", "{}是怎么安排的？", "对{}有什么规定",
    "{}主要有哪些措施？", "怎样落实{}？", "{}的主要内容是什么", "{}这块怎么说的", "{}怎么办理？",
    "{}具体是怎么规定的？", "关于{}是怎么要求的", "如何{}？", "介绍一下{}", "{}咋弄？",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A question with what is known of its stretches, and of the sentences of the one that answers."""

    aside: bool
    made: bool
    stretches: Floats
    """(n, inputs)"""
    right: Floats
    """(n,) 1 for the one that answers."""
    without: tuple[Floats, ...]
    """(n, inputs) of the stretches of each search that doesn't find the answer: the document isn't there, or only the
    stretch isn't."""
    sentences: Floats | None
    """(n, inputs); None where none of the stretches answers."""
    held: Floats
    """(n,) how far each sentence lies in the answer."""


def collected() -> list[Asked]:
    """Every question on government texts."""
    texts = {row["docid"]: row["text"] for row in records(DATA / "ncp" / "docs.jsonl")}
    rows = [
        row
        for row in records(DATA / "ncp" / "questions-dev.jsonl")
        if not held_out(row["docid"]) and not for_reading(row["docid"])
    ]
    with _library({row["docid"]: texts[row["docid"]] for row in rows}) as (index, ids):
        document = cache(index.document)
        found = [(row, ids[row["docid"]]) for row in rows if row["docid"] in ids]
        return [_asked(row, identifier, index, document) for row, identifier in found]


def everyday() -> list[Asked]:
    """Every question in everyday words on policies, rules, guides and a report (`everyday.jsonl`)."""
    questions = [*records(QUESTIONS)]
    names = list(dict.fromkeys(row["docid"] for row in questions))
    rows = {row["docid"]: row for name in EVERYDAY for row in records(MORE / name) if row["docid"] in names}
    found = []
    for start in range(0, len(names), _IN_A_LIBRARY):
        own = names[start : start + _IN_A_LIBRARY]
        texts = {name: f"{rows[name]['title']}\n{rows[name]['text']}"[: 2 * _LONGEST] for name in own}
        with _library(texts) as (index, ids):
            document = cache(index.document)
            for row in questions:
                if row["docid"] in own:
                    gold = located(document(ids[row["docid"]]).text, row["answer"]) if row["answer"] else None
                    if row["answer"] and gold is None:
                        raise ValueError(f"{row['docid']} lacks 「{row['answer']}」: everyday.jsonl fits other texts")
                    if row["answer"] and gold is None:
                        raise ValueError(f"{row['docid']} lacks 「{row['answer']}」: everyday.jsonl fits other texts")
                    one = _made(row["question"], ids[row["docid"]], gold, index, document)
                    aside = row["docid"] in names[::_ONE_ASIDE]
                    # No more than where the answer begins is known.
                    found.append(replace(one, aside=aside, made=False, sentences=None, held=_NONE))
    return found


def made() -> list[Asked]:
    """Every question made of a heading: of its own library of a few notices, and of the next one, which hasn't it."""
    chance = random.Random(SEED)
    rows = [*records(MORE / "policies" / "notices.jsonl"), *records(MORE / "guangzhou" / "docs.jsonl")]
    chance.shuffle(rows)
    found: list[Asked] = []
    others: list[str] = []
    for start in range(0, min(len(rows), _DOCUMENTS), _IN_A_LIBRARY):
        texts = {
            row["docid"]: f"{row['title']}\n{row['text']}"[:_LONGEST] for row in rows[start : start + _IN_A_LIBRARY]
        }
        with _library(texts) as (index, ids):
            document = cache(index.document)
            here: list[str] = []
            for identifier in ids.values():
                asked = chapters(document(identifier))
                drawn = chance.sample(asked, min(_OF_A_DOCUMENT, len(asked)))
                several = [in_other_words(stretch, chance) for stretch in asked]
                reworded = [(each, one) for each, one in zip(asked, several, strict=True) if one[0]]
                for stretch, (text, gold) in (
                    *((each, on_heading(each, chance)) for each in drawn),
                    *((each, on_sentence(each, chance)) for each in drawn[:1]),
                    *chance.sample(reworded, min(_REWORDED, len(reworded))),
                ):
                    if text:
                        here.append(text)
                        one = _made(text, identifier, gold, index, document)
                        # More than the one sentence may tell of it.
                        whole = gold == (stretch.start, stretch.end)
                        found.append(one if whole else replace(one, sentences=None, held=_NONE))
            absent = chance.sample(others, min(len(others), len(here) // 3))
            found += [_made(text, "", None, index, document) for text in absent]
            others = here
        print(f"{start} {len(found)}", flush=True)
    return found


def on_heading(stretch: Stretch, chance: random.Random) -> tuple[str, Span]:
    """A question for what the heading names, without the verb that many begin with; "" where it names little.

    Half of the time a part of its words is left out, as people do.
    """
    plain = re.sub(
        r"^(?:第[一二三四五六七八九十]+[章节条]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．])?\s*", "", stretch.heading
    )
    topic = re.sub(_OPENS, "", plain.strip("：:。 "))
    topic = re.sub("(?:工作|要求|措施|制度|机制|情况)$", "", topic) if chance.random() < 0.5 else topic
    if chance.random() < 0.5:
        topic = chance.choice(re.split("[，、和与及的]", topic))
    return _asked_for(topic, stretch, chance), (stretch.start, stretch.end)


def in_other_words(stretch: Stretch, chance: random.Random) -> tuple[str, Span]:
    """A question that people ask in their words where a section with such a heading answers; "" for other headings."""
    table = tomllib.loads(_HEADINGS.read_text(encoding="utf8"))
    own = [questions for pattern, questions in table.items() if re.search(pattern, stretch.heading)]
    if not own:
        return "", (0, 0)
    about = _TITLED.search(stretch.document.title)
    topic = about["topic"] if about and chance.random() < _NAMES_ITS_TOPIC else ""
    return chance.choice(chance.choice(own)).format(topic), (stretch.start, stretch.end)


def on_sentence(stretch: Stretch, chance: random.Random) -> tuple[str, Span]:
    """A question for what one sentence of a section tells, by those of its words that tell most; "" of a chapter."""
    spans = [] if stretch.parts else sections.stating(stretch)
    if not spans:
        return "", (0, 0)
    span = chance.choice(spans)
    text = stretch.document.text[slice(*span)]
    telling = sorted((term for term in terms(text) if len(term.text) > 1), key=lambda term: -term.weight)[:4]
    at = text.find(chance.choice(telling).text) if telling else -1
    cut = re.match(r"[一-鿿]{2,8}", text[at:]) if at >= 0 else None
    return _asked_for(cut[0] if cut else "", stretch, chance), span


def _asked_for(topic: str, stretch: Stretch, chance: random.Random) -> str:
    if not 2 <= len(topic) <= 16:
        return ""
    title = stretch.document.title[:12] if chance.random() < 0.15 else ""
    return title + chance.choice(_ASKED).format(topic)


def _made(text: str, own: str, gold: Span | None, index: Index, document: Callable[[str], Document]) -> Asked:
    question = understand(text)
    hits = index.search(question.standalone, k=_PASSAGES)
    look = _Looking(index, document, question)
    aside = int(hits[0].passage.document_id, 16) % 5 == 0 if hits else False
    if gold is None:
        return Asked(aside, True, _NOTHING, _NONE, (look.rows(hits),), None, _NONE)
    stretches, right, marks, held = look.known(hits, own, gold)
    return Asked(aside, True, stretches, right, (look.without(hits, own, gold),), marks, held)


@contextmanager
def _library(texts: Mapping[str, str]) -> Iterator[tuple[Index, dict[str, str]]]:
    """An index of the texts, and the id of each by its name."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in texts.items():
            Path(folder, f"{name}.txt").write_text(text, encoding="utf8")
        intake = replace(Intake.of_sources(), sandbox=None)
        with Index.open(Path(folder, ".index"), embedder=load_embedder("contextual:"), intake=intake) as index:
            index.update([Path(folder)])
            yield index, {Path(info.uri).stem: info.id for info in index.documents()}


def _asked(row: dict[str, str], own: str, index: Index, document: Callable[[str], Document]) -> Asked:
    question = understand(row["question"])
    hits = index.search(question.standalone, k=2 * _PASSAGES)
    gold = located(document(own).text, row["answer"])
    look = _Looking(index, document, question)
    stretches, right, marks, held = look.known(hits[:_PASSAGES], own, gold)
    others = [hit for hit in hits if hit.passage.document_id != own]
    without = [look.rows(others[:_PASSAGES])]
    without += [look.without(hits[:_PASSAGES], own, gold)] if gold else []
    return Asked(int(own, 16) % 5 == 0, False, stretches, right, tuple(without), marks, held)


@dataclass(frozen=True)
class _Looking:
    """One question, looked at as in production."""

    index: Index
    document: Callable[[str], Document]
    question: Question

    def finding(self, hits: Sequence[Hit]) -> Finding:
        """The sentence that answers best."""
        return find(self.question, hits, document=self.document, figures=self._figures)

    def _figures(self, name: str) -> list[Figure]:
        return sorted(self.index.figures(document_id=name), key=lambda figure: figure.start)

    def rows(self, hits: Sequence[Hit], *, but: Callable[[Stretch], bool] = lambda _: False) -> Floats:
        """(n, inputs) of the stretches that come into question, but for some."""
        every = [each for each in sections.candidates(self.question, hits, self.document) if not but(each)]
        if not every:
            return _NOTHING
        return sections.inputs(sections.features(self.question, every, hits, self.finding(hits)))

    def without(self, hits: Sequence[Hit], own: str, gold: Span) -> Floats:
        """(n, inputs) of the stretches, as if what answers were not there."""
        others = [hit for hit in hits if not _touches(hit.passage, own, gold)]
        return self.rows(
            others, but=lambda each: each.document.id == own and _overlap((each.start, each.end), gold) > 0
        )

    def known(self, hits: Sequence[Hit], own: str, gold: Span | None) -> tuple[Floats, Floats, Floats | None, Floats]:
        """(n, inputs) of the stretches, (n,) which answer; the same of the sentences of the best one of these."""
        every = sections.candidates(self.question, hits, self.document)
        if not every:
            return _NOTHING, _NONE, None, _NONE
        finding = self.finding(hits)
        known = sections.features(self.question, every, hits, finding)
        rows = sections.inputs(known)
        right = np.array([_holds(each, own, gold) for each in every], np.float32)
        if gold is None or not right.any():
            return rows, right, None, _NONE
        best = max(np.flatnonzero(right).tolist(), key=lambda at: known[at].there)
        if every[best].parts:
            return rows, right, None, _NONE
        found = sections.About(every[best], 0.5, known[best])
        spans = sections.stating(found.stretch)
        marks = sections.mark_inputs(self.question, sections.marks(self.question, found, spans, hits, finding))
        held = np.array([_overlap(span, gold) / (span[1] - span[0]) for span in spans], np.float32)
        return rows, right, marks, held


def _touches(passage: Passage, own: str, gold: Span) -> bool:
    return passage.document_id == own and _overlap((passage.start, passage.end), gold) > 0


def _holds(stretch: Stretch, own: str, gold: Span | None) -> bool:
    """Whether the stretch and what answers are mostly the same, or the answer lies in the stretch."""
    if gold is None or stretch.document.id != own:
        return False
    common = _overlap((stretch.start, stretch.end), gold)
    if stretch.parts:
        return common >= _SAME * (stretch.end - stretch.start)
    return common >= LEAST_HELD * (gold[1] - gold[0]) or common >= LEAST_HELD * (stretch.end - stretch.start)


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
