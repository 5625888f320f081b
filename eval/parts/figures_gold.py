"""Measures how well figures are read, on ones labelled by hand: `python -m eval.parts.figures_gold`.

One record of `data/figures-gold.jsonl`; where several answers are right, each is listed:

    {"part": "seeds", "file": "seeds/004_32e0e3bd58c86159.txt", "start": 512, "end": 517, "text": "76.5%",
     "value": "76.5", "unit": "%", "metric": ["常住人口城镇化率"], "region": ["浙江省"], "period": ["2026"],
     "status": ["target"]}

`start` and `end` count the characters of the file that are not white space. The documents themselves are read from
`../shared` where they lie there (the others are skipped, saying so), the tables from `data/figures-tables.jsonl`. An
empty list is not judged; `optional` labels (三篇文章, 两年努力) may be found or not.

A metric is right when it holds the words of the label and at most ten characters more of what stands beside them.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.metrics import normalise
from sources.figures.prose import extract_figures
from sources.readers import read

DATA = Path(__file__).parents[1] / "data"
SHARED = Path(__file__).parents[3] / "shared"
FIELDS = ("value", "metric", "region", "period", "status")
_MOST_EXTRA_CHARACTERS = 10
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Label:
    """One figure as a person read it. Each field lists what is right; an empty list is not judged."""

    part: str
    file: str
    """`folder/name`, with `#id` for a document inside a file."""
    start: int
    end: int
    text: str
    value: Decimal
    unit: str
    metric: tuple[str, ...]
    region: tuple[str, ...]
    period: tuple[str, ...]
    status: tuple[str, ...]
    optional: bool = False


@dataclass(slots=True)
class Score:
    """Counts over labels: how many were to be found and were, and of the found ones how many fields are right."""

    wanted: int = 0
    found: int = 0
    judged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unlabelled: int = 0
    """Figures that no label stands for: the labels of a document are complete, but for repeated paragraphs."""

    @property
    def recall(self) -> float:
        """The share of the wanted labels that a figure was found for."""
        return self.found / self.wanted if self.wanted else 1.0

    def accuracy(self, name: str) -> float:
        """The share of the found figures whose field `name` is right."""
        return self.right[name] / self.judged[name] if self.judged[name] else 1.0

    def add(self, label: Label, figure: Figure | None) -> list[str]:
        """Counts one label; returns the names of the fields that are wrong."""
        if figure is None:
            self.wanted += not label.optional
            return [] if label.optional else ["missing"]
        if label.optional:
            return []
        self.wanted += 1
        self.found += 1
        wrong = []
        for name in FIELDS:
            verdict = judge(name, label, figure)
            if verdict is not None:
                self.judged[name] += 1
                self.right[name] += verdict
                if not verdict:
                    wrong.append(name)
        return wrong


def judge(name: str, label: Label, figure: Figure) -> bool | None:
    """Whether the field of a found figure is right; None when the label doesn't say."""
    if name == "value":
        return (figure.value, figure.unit) == (label.value, label.unit)
    accepted = getattr(label, name)
    if not accepted:
        return None
    given = getattr(figure, name)
    if name == "metric":
        return any(_names(given, wanted) for wanted in accepted)
    return given in accepted


def _names(printed: str, wanted: str) -> bool:
    given, core = normalise(printed), normalise(wanted)
    return core in given and len(given) - len(core) <= _MOST_EXTRA_CHARACTERS


def labels(path: Path = DATA / "figures-gold.jsonl") -> list[Label]:
    """The gold set."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Label(
            part=record["part"],
            file=record["file"],
            start=record["start"],
            end=record["end"],
            text=record["text"],
            value=Decimal(record["value"]),
            unit=record["unit"],
            metric=tuple(record["metric"]),
            region=tuple(record["region"]),
            period=tuple(record["period"]),
            status=tuple(record["status"]),
            optional=record.get("optional", False),
        )
        for record in records
    ]


@lru_cache(maxsize=4)
def _records(path: Path, key: str) -> dict[str, dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return {record[key]: record for record in map(json.loads, lines)}


def open_document(file: str) -> tuple[str, Document] | None:
    """The raw text that the labels count in, and the document read from it; None when the file isn't here."""
    name, _, inner = file.partition("#")
    if name == "data/figures-tables.jsonl":
        record = _records(DATA / "figures-tables.jsonl", "id")[inner]
        document = Document(inner, record["title"], record["text"], file, "", published=record["published"])
        return record["text"], document
    path = SHARED / name
    if not path.exists():
        return None
    if not inner:
        return path.read_text("utf-8"), read(path)
    text = _records(path, "docid")[inner]["text"]
    title = re.split(r"[ \u3000\n]", text.strip(), maxsplit=1)[0][:60]
    return text, Document(inner[:16], title, text, file, "")


def pair(file_labels: Sequence[Label], raw: str, document: Document) -> Iterator[tuple[Label | None, Figure | None]]:
    """Each label with the figure that overlaps it, and each figure that none does with None.

    Reading a document drops repeated paragraphs; labels are found again by the words around them, and left out when
    those are gone.
    """
    flat_raw = _SPACE.sub("", raw)
    flat = _SPACE.sub("", document.text)
    at_of = [0] * (len(document.text) + 1)
    for at, character in enumerate(document.text):
        at_of[at + 1] = at_of[at] + (not character.isspace())
    figures = [(at_of[figure.start], at_of[figure.end], figure) for figure in extract_figures(document)]
    taken = set()
    for label in file_labels:
        start = _find_again(flat_raw, flat, label.start, label.end)
        if start is None:
            continue
        end = start + label.end - label.start
        over = next((i for i, (first, last, _) in enumerate(figures) if first < end and start < last), None)
        if over is not None:
            taken.add(over)
        yield label, None if over is None else figures[over][2]
    yield from ((None, figure) for i, (_, _, figure) in enumerate(figures) if i not in taken)


def _find_again(raw: str, text: str, start: int, end: int) -> int | None:
    for around in (24, 12, 6, 3):
        before = raw[max(0, start - around) : start]
        at = text.find(before + raw[start : end + around])
        if at >= 0:
            return at + len(before)
    return None


def score(gold: Iterable[Label], *, show_wrong: bool = False) -> tuple[dict[str, Score], list[str]]:
    """Scores by part, with `all` over every part, and the files that were not there."""
    by_file: dict[str, list[Label]] = defaultdict(list)
    for label in gold:
        by_file[label.file].append(label)
    scores: dict[str, Score] = defaultdict(Score)
    missing = []
    for file, file_labels in by_file.items():
        opened = open_document(file)
        if opened is None:
            missing.append(file)
            continue
        part = file_labels[0].part
        for met, figure in pair(file_labels, *opened):
            if met is None:
                scores[part].unlabelled += 1
                scores["all"].unlabelled += 1
                if show_wrong and figure is not None:
                    _say(f"{file[-12:]} unlabelled: {figure.text} | {figure.metric}")
                continue
            wrong = scores[part].add(met, figure)
            scores["all"].add(met, figure)
            if show_wrong and wrong:
                _say(f"{file[-12:]} {met.text} {'+'.join(wrong)}: {_describe(met, figure, wrong)}")
    return dict(scores), missing


def _describe(label: Label, figure: Figure | None, wrong: Sequence[str]) -> str:
    if figure is None:
        return "/".join(label.metric)
    return "; ".join(
        f"{getattr(figure, name)!s} for {'|'.join(map(str, getattr(label, name)))}"
        if name != "value"
        else f"{figure.value} {figure.unit} for {label.value} {label.unit}"
        for name in wrong
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the scores by part; 0 when there was something to measure on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", help="only this part of the gold set")
    parser.add_argument("--wrong", action="store_true", help="print every label that was not met")
    options = parser.parse_args(arguments)
    gold = [label for label in labels() if options.part in (None, label.part)]
    scores, missing = score(gold, show_wrong=options.wrong)
    if missing:
        _say(f"skipped, not here: {len(missing)} documents, {missing[0]} …")
    _say(f"{'part':10} labels  recall  " + "  ".join(f"{name:>6}" for name in FIELDS) + "  unlabelled")
    for part, found in sorted(scores.items(), key=lambda item: item[0] == "all"):
        columns = "  ".join(f"{found.accuracy(name):6.3f}" for name in FIELDS)
        _say(f"{part:10} {found.wanted:6}  {found.recall:6.3f}  {columns}  {found.unlabelled:10}")
    return 0 if scores else 1


if __name__ == "__main__":
    sys.exit(main())
