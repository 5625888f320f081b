"""Questions asked of stretches, for learning which one answers: of government texts, and made of notices.

Those of government texts are questions that people asked, none of which the reader has learned from; they are
asked with the document that answers and without it. Those made ask, in other words, for what a heading names or a
sentence tells, of libraries of a few notices; then of the next few, which don't have it.
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
from eval.splits import for_reading, held_out
from index.embedders.registry import load_embedder
from index.hits import Hit
from index.index import Index
from index.ranking.networks import Floats
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.sentences import Span
from training.corpora import DATA
from training.reader.samples import MORE, located, records

SEED = 20261127
THERE, LEAD = 0, 1
"""Places of two inputs."""
LEAST_HELD = 0.5
"""Of the shorter one, what a stretch and an answer must have in common for the stretch to hold the answer."""
_PASSAGES = 20
_NONE = np.zeros(0, np.float32)
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
    without: Floats
    """(n, inputs) of the stretches where the document isn't there."""
    sentences: Floats | None
    """(n, inputs); None where none of the stretches answers."""
    held: Floats
    """(n,) how far each sentence lies in the answer."""

    @property
    def without_answer(self) -> Floats:
        """(n, inputs) of the other stretches, as if the one that answers were not there."""
        others = self.stretches[self.right == 0].copy() if self.right.any() else self.stretches[:0]
        if len(others) < 2:
            return others[:0]
        there = others[:, THERE]
        others[:, LEAD] = [alone - np.delete(there, at).max() for at, alone in enumerate(there)]
        return others


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
                asked = sections.chapters(document(identifier))
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


def on_heading(stretch: sections.Stretch, chance: random.Random) -> tuple[str, Span]:
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


def in_other_words(stretch: sections.Stretch, chance: random.Random) -> tuple[str, Span]:
    """A question that people ask in their words where a section with such a heading answers; "" for other headings."""
    table = tomllib.loads(_HEADINGS.read_text(encoding="utf8"))
    own = [questions for pattern, questions in table.items() if re.search(pattern, stretch.heading)]
    if not own:
        return "", (0, 0)
    about = _TITLED.search(stretch.document.title)
    topic = about["topic"] if about and chance.random() < _NAMES_ITS_TOPIC else ""
    return chance.choice(chance.choice(own)).format(topic), (stretch.start, stretch.end)


def on_sentence(stretch: sections.Stretch, chance: random.Random) -> tuple[str, Span]:
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


def _asked_for(topic: str, stretch: sections.Stretch, chance: random.Random) -> str:
    if not 2 <= len(topic) <= 16:
        return ""
    title = stretch.document.title[:12] if chance.random() < 0.15 else ""
    return title + chance.choice(_ASKED).format(topic)


def _made(text: str, own: str, gold: Span | None, index: Index, document: Callable[[str], Document]) -> Asked:
    question = understand(text)
    hits = index.search(question.standalone, k=_PASSAGES)
    stretches, right, marks, held = _known(question, hits, document, own, gold)
    empty = np.zeros((0, 0), np.float32)
    aside = int(hits[0].passage.document_id, 16) % 5 == 0 if hits else False
    if gold is None:
        return Asked(aside, True, empty, np.zeros(0, np.float32), stretches, None, _NONE)
    return Asked(aside, True, stretches, right, empty, marks, held)


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
    stretches, right, sentences, held = _known(question, hits[:_PASSAGES], document, own, gold)
    others = [hit for hit in hits if hit.passage.document_id != own]
    without, *_ = _known(question, others[:_PASSAGES], document, own, None)
    return Asked(int(own, 16) % 5 == 0, False, stretches, right, without, sentences, held)


def _known(
    question: Question,
    hits: Sequence[Hit],
    document: Callable[[str], Document],
    own: str,
    gold: Span | None,
) -> tuple[Floats, Floats, Floats | None, Floats]:
    every = sections.candidates(question, hits, document)
    if not every:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.float32), None, _NONE
    known = sections.features(question, every, hits)
    rows = sections.inputs(question, known)
    right = np.array([_holds(each, own, gold) for each in every], np.float32)
    if gold is None or not right.any():
        return rows, right, None, _NONE
    best = max(np.flatnonzero(right).tolist(), key=lambda at: known[at].there)
    if every[best].parts:
        return rows, right, None, _NONE
    found = sections.About(every[best], 0.5, known[best])
    spans = sections.stating(found.stretch)
    marks = sections.mark_inputs(question, sections.marks(question, found, spans, hits))
    held = np.array([_overlap(span, gold) / (span[1] - span[0]) for span in spans], np.float32)
    return rows, right, marks, held


def _holds(stretch: sections.Stretch, own: str, gold: Span | None) -> bool:
    """Whether the stretch and what answers are mostly the same, or the answer lies in the stretch."""
    if gold is None or stretch.document.id != own:
        return False
    common = _overlap((stretch.start, stretch.end), gold)
    if stretch.parts:
        return common >= _SAME * (stretch.end - stretch.start)
    return common >= LEAST_HELD * (gold[1] - gold[0]) or common >= LEAST_HELD * (stretch.end - stretch.start)


def _overlap(one: Span, other: Span) -> int:
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))
