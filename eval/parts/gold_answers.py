"""Gold answers: right answers with the words they rest on, for measuring the checker and the answerers against.

A case of `seeds-dev` becomes up to three of them, each marked and cited as an answer of ours is:

    quoted    其中超百亿元有12条，总产值达3420亿元。[1]     the sentence of the document, as extractive answers have it
    short     3420亿元。[1]                                 as a person answered
    restated  到2025年12月，全省总产值达到3420亿元。[1]     the question with the answer put in, as models like to

The sample library's cases are in the repository; the seed documents and NCP are read from `../shared` where they lie
there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.answers import Citation, Evidence
from assistant.citations import cite
from eval.cases import Case, read
from sources.documents import Document
from sources.passages import Passage, split
from sources.readers import document_of
from sources.readers import read as read_document
from sources.sentences import Span, sentences

DATA = Path(__file__).parents[1] / "data"
LIBRARY = Path(__file__).parents[2] / "sources" / "library"
SHARED = Path(__file__).parents[3] / "shared"
PARTS = ("library", "seeds", "ncp")
_MAX_QUOTED_CHARS = 300
_ASKS = re.compile("多少|几|什么|哪|吗|谁|何|怎|如何|是否|不是")


@dataclass(frozen=True, slots=True)
class Gold:
    """A right answer."""

    id: str
    part: str
    """library | seeds | ncp."""
    form: str
    """quoted | short | restated."""
    question: str
    sentences: tuple[str, ...]
    """Without marks; each rests on all the citations."""
    citations: tuple[Citation, ...]
    documents: Mapping[str, Document]
    """Those cited, by id."""

    @property
    def text(self) -> str:
        """The answer with its marks."""
        return marked(self.sentences, self.citations)


def marked(lines: Sequence[str], citations: Sequence[Citation]) -> str:
    """The sentences, each with the marks of all citations."""
    marks = "".join(f"[{citation.number}]" for citation in citations)
    return "\n".join(f"{sentence}{marks}" for sentence in lines)


def golds(part: str) -> list[Gold]:
    """The gold answers of one part; none where its files aren't here."""
    loaders = {"library": _library, "seeds": _seeds, "ncp": _ncp}
    return list(loaders[part]())


def _library() -> Iterator[Gold]:
    documents = {path.stem: read_document(path) for path in sorted(LIBRARY.glob("*.md"))}
    for case in read(DATA / "library.jsonl"):
        yield from _of_case("library", case, documents)


def _seeds() -> Iterator[Gold]:
    cases = SHARED / "qa" / "seeds-dev.jsonl"
    if not cases.exists():
        return
    documents = {path.stem.partition("_")[0]: read_document(path) for path in (SHARED / "seeds").glob("*.txt")}
    for case in read(cases):
        yield from _of_case("seeds", case, documents)


def _ncp() -> Iterator[Gold]:
    folder = SHARED / "data" / "ncp"
    if not folder.exists():
        return
    texts = {data["docid"]: data["text"] for data in _lines(folder / "docs.jsonl")}
    for data in _lines(folder / "questions-dev.jsonl"):
        document = _ncp_document(data["docid"], texts[data["docid"]])
        case = Case(
            id=data["id"], question=data["question"], answer=data["answer"], docs=("d",), evidence=(data["answer"],)
        )
        yield from _of_case("ncp", case, {"d": document})


@lru_cache(maxsize=1024)
def _ncp_document(name: str, text: str) -> Document:
    return document_of(text.encode(), uri=f"{name}.txt")


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _of_case(part: str, case: Case, documents: Mapping[str, Document]) -> Iterator[Gold]:
    if not case.answerable or not case.answer:
        return
    found = [_place(words, [documents[name] for name in case.docs if name in documents]) for words in case.evidence]
    places = [place for place in found if place is not None]
    if not places or len(places) < len(found):
        return
    cited = {document.id: document for document, _ in places}
    question = " ".join([*case.history, case.question])

    def gold(form: str, answer: Sequence[str], spans: Sequence[tuple[Document, Span]]) -> Gold:
        citations = tuple(_citation(number, *span) for number, span in enumerate(spans, 1))
        return Gold(f"{case.id}/{form}", part, form, question, tuple(answer), citations, cited)

    for at, (document, span) in enumerate(places, 1):
        start, end = _whole_sentences(document, span)
        if end - start <= _MAX_QUOTED_CHARS:
            answer = [document.text[first:last] for first, last in sentences(document.text, start, end)]
            whole = gold(f"quoted-{at}", answer, [(document, (start, end))])
            yield Gold(whole.id, part, "quoted", question, whole.sentences, whole.citations, cited)
    answer = [case.answer[start:end] for start, end in sentences(case.answer)]
    yield gold("short", answer, places)
    if restated := _restated(case):
        yield gold("restated", [restated], places)


def _restated(case: Case) -> str:
    """The question with its 多少 replaced by the one figure that answers it; "" where that makes no statement."""
    if len(case.figures) != 1 or case.history or case.lang != "zh":
        return ""
    figure = _with_bound(case.figures[0], case.evidence)
    unit = re.sub(r"^第?[\d.,]+[万亿]*余?", "", case.figures[0])
    asked = next((words for words in (f"多少{unit}", "多少") if unit and words in case.question), "")
    statement = case.question.replace(asked, figure, 1).rstrip("？?") + "。" if asked else ""
    statement = re.sub("^那|(?<=[，,])又(?=是)", "", statement)
    return "" if _ASKS.search(statement) or statement.count("？") else statement


def _with_bound(figure: str, evidence: Sequence[str]) -> str:
    """80%以上, where the evidence says that of the figure: without it the answer would say something else."""
    bounded = re.compile(re.escape(figure) + "(?:以[上下内]|左右)")
    return next((found[0] for words in evidence if (found := bounded.search(words))), figure)


def _place(words: str, documents: Sequence[Document]) -> tuple[Document, Span] | None:
    """Where the words stand, white space apart."""
    pattern = re.compile(r"\s*".join(map(re.escape, re.sub(r"\s+", "", words).rstrip("。"))))
    for document in documents:
        if match := pattern.search(document.text):
            return document, match.span()
    return None


def _whole_sentences(document: Document, span: Span) -> Span:
    lines = (document.text.rfind("\n", 0, span[0]) + 1, document.text.find("\n", span[1]))
    stop = lines[1] if lines[1] >= 0 else len(document.text)
    touched = [each for each in sentences(document.text, lines[0], stop) if each[0] < span[1] and span[0] < each[1]]
    return touched[0][0], touched[-1][1]


def _citation(number: int, document: Document, span: Span) -> Citation:
    return cite(Evidence(number, passage_at(document, span[0]), *span, 1.0), document)


def passage_at(document: Document, offset: int) -> Passage:
    """The document's passage that holds `offset`, or the last one before it."""
    return next(each for each in reversed(passages(document)) if each.start <= offset)


@lru_cache(maxsize=1024)
def passages(document: Document) -> tuple[Passage, ...]:
    """The document's passages, in order."""
    return tuple(split(document))
