"""Collections of texts with questions whose right passages are known, for training and measuring retrieval.

- ncp: 599 policy documents of early 2020; the answer is a verbatim stretch of one of them.
- cmrc, drcd: encyclopedia paragraphs, a document each; the answer is a short stretch of the paragraph (training only).
- stard: national law, a document a law and a passage an article, as the data set names the right
  answers by article; the questions are a layman's.
- everyday-law: the 89 laws of these that most of the questions are on, 6,000 articles.
- messages: what citizens wrote to a city's offices, each with the answer it got, a document each.
- university: a university's pages on admissions, and what applicants ask.
- rgb: news, some with the answer and some beside it, other texts for each question (measuring only).
- seeds: the five documents of the main task and their dev questions (measuring only).
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval.splits import held_out, linked
from index.upkeep.intake import Intake
from sources.documents import Document
from sources.passages import Passage
from training.corpora import DATA, questions

SEED = 20261122
_ANSWER_BEGINS = re.compile(r"^.{0,260}?(?:回复|答复|说明|函复|反馈)(?:如下|：|:)+[：:\s]*", re.S)
_PLAIN = ("extract", "time", "several", "table")
"""The kinds of the university's questions that stand by themselves."""


@dataclass(frozen=True)
class Judged:
    """A question and which passages are right."""

    text: str
    gold: tuple[str, ...]
    """A right passage holds one of these, white space apart."""
    documents: frozenset[str] = frozenset()
    """Ids of the documents that a right passage comes from; any where there is none."""
    answer: str = ""
    """The whole answer where it may be longer than a passage, without white space."""
    held_out: bool = False

    def holds(self, passage: Passage) -> tuple[int, ...]:
        """Which of `gold` stand in the passage, by number."""
        if self.documents and passage.document_id not in self.documents:
            return ()
        text = squeezed(passage.text)
        return tuple(number for number, gold in enumerate(self.gold) if gold in text)

    def grade(self, passage: Passage) -> int:
        """3: right; 1: holds a part of the answer; 0: neither."""
        if self.holds(passage):
            return 3
        if not self.answer or (self.documents and passage.document_id not in self.documents):
            return 0
        text = squeezed(passage.text)
        return int(text in self.answer or self.answer[:20] in text or self.answer[-20:] in text)


@dataclass(frozen=True)
class Collection:
    """Texts and questions on them."""

    name: str
    files: Mapping[str, str]
    """File name → text."""
    questions: tuple[Judged, ...]
    intake: Intake

    @property
    def digest(self) -> str:
        """Of texts, questions and gold: figures are comparable where it is the same."""
        contents = repr((sorted(self.files.items()), [(q.text, q.gold, q.held_out) for q in self.questions]))
        return hashlib.sha256(contents.encode("utf8", "surrogatepass")).hexdigest()[:16]

    def write(self, folder: Path) -> None:
        """Put the texts into `folder`, which is made."""
        folder.mkdir(parents=True)
        for name, text in self.files.items():
            (folder / name).write_bytes(text.encode("utf8"))


def squeezed(text: str) -> str:
    """`text` without white space."""
    return "".join(text.split())


def document_id(text: str) -> str:
    """The id that a file of this text gets."""
    return hashlib.sha256(text.encode("utf8")).hexdigest()[:16]


def plain_intake() -> Intake:
    """Files are read as usual, but for figures: they take time and searching needs none."""
    return replace(Intake.of_sources(), extract_figures=lambda _: [], sandbox=None)


def ncp() -> Collection:
    """Policy documents; a passage is right that holds the answer's middle, wherever it stands."""
    texts = {row["docid"]: row["text"] for row in _rows(DATA / "ncp" / "docs.jsonl")}
    judged = []
    for row in _rows(DATA / "ncp" / "questions-dev.jsonl"):
        answer = squeezed(row["answer"])
        # An answer longer than a passage stands in several; its middle is in the one that holds most of it.
        middle = answer[max(0, len(answer) // 2 - 20) : len(answer) // 2 + 20]
        judged.append(Judged(row["question"], (middle,), answer=answer, held_out=held_out(row["docid"])))
    return Collection("ncp", {f"{key}.txt": text for key, text in texts.items()}, tuple(judged), plain_intake())


def encyclopedia(name: str, *, limit: int) -> Collection:
    """`limit` questions of "cmrc2018-train" or "drcd", drawn with a seed, over the paragraphs that they are from."""
    every = list(questions(name))
    drawn = random.Random(SEED).sample(range(len(every)), min(limit, len(every)))
    judged = []
    for number in sorted(drawn):
        each = every[number]
        # Every tenth paragraph is kept aside, with all of its questions.
        aside = int(document_id(each.context), 16) % 10 == 0
        judged.append(
            Judged(each.question, (squeezed(each.answer),), frozenset([document_id(each.context)]), held_out=aside)
        )
    contexts = dict.fromkeys(every[number].context for number in sorted(drawn))
    return Collection(name, {f"{n:05}.txt": text for n, text in enumerate(contexts)}, tuple(judged), plain_intake())


def stard() -> Collection:
    """Every article of 1,343 laws; a passage is an article."""
    laws: dict[str, list[str]] = {}
    where: dict[str, tuple[str, str]] = {}
    with lzma.open(DATA / "stard" / "articles.jsonl.xz", "rt", encoding="utf8") as lines:
        for row in map(json.loads, lines):
            text = " ".join(row["text"].split())
            laws.setdefault(row["law"], []).append(text)
            where[str(row["id"])] = row["law"], text
    texts = {law: "\n".join([law, *articles]) for law, articles in laws.items()}
    rows = [row for row in _rows(DATA / "stard" / "questions-dev.jsonl") if all(str(g) in where for g in row["gold"])]
    names = linked([[str(gold) for gold in row["gold"]] for row in rows])
    judged = []
    for row, name in zip(rows, names, strict=True):
        golds = [where[str(gold)] for gold in row["gold"]]
        judged.append(
            Judged(
                row["question"],
                tuple(dict.fromkeys(squeezed(text) for _, text in golds)),
                frozenset(document_id(texts[law]) for law, _ in golds),
                held_out=held_out(name),
            )
        )
    intake = replace(plain_intake(), read=_read_law, split=_articles)
    files = {f"{number:04}.txt": text for number, text in enumerate(texts.values())}
    return Collection("stard", files, tuple(judged), intake)


def everyday_law(*, articles: int = 6_000) -> Collection:
    """The laws with the most questions an article, of so many articles together, and the questions on these alone."""
    whole = stard()
    asked = Counter(document for question in whole.questions for document in question.documents)
    length = {document_id(text): text.count("\n") for text in whole.files.values()}
    left, chosen = articles, set[str]()
    for document in sorted(asked, key=lambda each: (-asked[each] / length[each], each)):
        if length[document] <= left:
            left -= length[document]
            chosen.add(document)
    return replace(
        whole,
        name="everyday-law",
        files={name: text for name, text in whole.files.items() if document_id(text) in chosen},
        questions=tuple(question for question in whole.questions if question.documents <= chosen),
    )


def messages(*, limit: int = 700) -> Collection:
    """`limit` messages; the words that only lead to an answer, among them the message's own title, are taken out."""
    files: dict[str, str] = {}
    judged = []
    for row in _rows(DATA / "more" / "wording" / "messages.jsonl.xz"):
        text = _ANSWER_BEGINS.sub("", row["answer"].replace(row["title"], ""))
        if len(files) < limit and len(text) > 40:
            files[f"{row['id']}.txt"] = text
            own = document_id(text)
            judged.append(Judged(row["title"], ("",), frozenset([own]), held_out=int(own, 16) % 2 == 0))
    return Collection("messages", files, tuple(judged), plain_intake())


def university() -> Collection:
    """The pages that a question is on; those on one page are held out or learned from together."""
    texts = {
        row["docid"]: f"{row['title']}\n{row['text']}" for row in _rows(DATA / "more" / "domainrag" / "docs.jsonl")
    }
    rows = [
        row for row in _rows(DATA / "more" / "domainrag" / "questions.jsonl") if row["kind"] in _PLAIN and row["docs"]
    ]
    judged = [
        Judged(
            row["question"],
            ("",),
            frozenset(document_id(texts[name]) for name in row["docs"] if name in texts),
            held_out=held_out(name),
        )
        for row, name in zip(rows, linked([row["docs"] for row in rows]), strict=True)
    ]
    return Collection(
        "university", {f"{name}.txt": text for name, text in texts.items()}, tuple(judged), plain_intake()
    )


def rgb() -> Iterator[Collection]:
    """Each question with its own texts; a passage is right that comes from a positive one."""
    for row in _rows(DATA / "rgb" / "zh_refine.json"):
        if row["positive"] and row["negative"]:
            files = {f"{number:03}.txt": text for number, text in enumerate(row["positive"] + row["negative"])}
            right = frozenset(map(document_id, row["positive"]))
            yield Collection("rgb", files, (Judged(row["query"], ("",), right, held_out=True),), plain_intake())


def seeds(shared: Path = DATA.parent) -> Collection:
    """The main task's documents; a passage is right that holds a piece of the gold evidence."""
    judged = []
    for row in _rows(shared / "qa" / "seeds-dev.jsonl"):
        if row["evidence"] and row["answerable"]:
            text = " ".join([*row.get("history", []), row["question"]])
            judged.append(Judged(text, tuple(map(squeezed, row["evidence"])), held_out=True))
    files = {path.name: path.read_text("utf8") for path in sorted((shared / "seeds").iterdir()) if path.is_file()}
    return Collection("seeds", files, tuple(judged), plain_intake())


COLLECTIONS: dict[str, Callable[[], Collection]] = {
    "ncp": ncp,
    "cmrc": lambda: encyclopedia("cmrc2018-train", limit=400),
    "drcd": lambda: encyclopedia("drcd", limit=300),
    "stard": stard,
    "everyday-law": everyday_law,
    "messages": messages,
    "university": university,
    "seeds": seeds,
}


def _read_law(path: Path) -> Document:
    text = path.read_text("utf8")
    digest = hashlib.sha256(text.encode("utf8")).hexdigest()
    return Document(digest[:16], text.partition("\n")[0], text, str(path), digest)


def _articles(document: Document) -> list[Passage]:
    articles = []
    start = len(document.title) + 1
    for line in document.text[start:].split("\n"):
        end = start + len(line)
        articles.append(Passage(f"{document.id}:{start}-{end}", document.id, line, start, end, ""))
        start = end + 1
    return articles


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf8") if path.suffix == ".xz" else path.open(encoding="utf8") as lines:
        yield from (json.loads(line) for line in lines if line.strip())
