"""Measures how well the figures of real tables are read, on cells labelled by hand: `python -m eval.parts.tables_gold`.

One record of `data/tables-gold.jsonl`; where several answers are right, each is listed, and an empty list isn't judged:

    {"file": "files/csv/nbs-gdp-provinces-gbk.csv", "table": 0, "line": 1, "cell": 1, "text": "28014.94",
     "subject": ["北京市"], "metric": ["地区生产总值"], "unit": ["元"], "value": "2801494000000", "period": ["2017"]}

`table` counts the tables of the document, `line` the lines of a table's text and `cell` the cells of a line, from 0.
The files lie in `../shared/data`, which is not part of the project (those that aren't there are skipped, saying so); of
a file with a table a line, `#id` names the table.

A subject is right when it is the label or one of the parts of its path is; a metric when it holds the words of the
label and at most ten characters more, and isn't the label that the subject is. Where several labels stand in both lists
(期末余额 of 银行存款), either may be the subject and the other the metric.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from sources.cleaning.grids import lay_out
from sources.documents import Document
from sources.figures.figure import Figure
from sources.figures.metrics import normalise
from sources.figures.prose import extract_figures
from sources.figures.tables import tables
from sources.parts import Grid, GridCell
from sources.readers import read

DATA = Path(__file__).parents[1] / "data" / "tables-gold.jsonl"
SHARED = Path(__file__).parents[3] / "shared" / "data"
FIELDS = ("subject", "metric", "unit", "value", "period")
_MOST_EXTRA_CHARACTERS = 10
_BETWEEN = " › "
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Label:
    """One cell as a person read it. Each field lists what is right; an empty list is not judged."""

    file: str
    table: int
    line: int
    cell: int
    text: str
    subject: tuple[str, ...]
    metric: tuple[str, ...]
    unit: tuple[str, ...]
    value: Decimal | None
    period: tuple[str, ...]


@dataclass(slots=True)
class Score:
    """Counts over labelled cells: how many a figure was found for, and how many of their fields are right."""

    wanted: int = 0
    found: int = 0
    judged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def recall(self) -> float:
        """The share of the labelled cells that a figure was found for."""
        return self.found / self.wanted if self.wanted else 1.0

    def accuracy(self, name: str) -> float:
        """The share of the judged fields `name` that are right; a cell without a figure has none that is."""
        return self.right[name] / self.judged[name] if self.judged[name] else 1.0

    def add(self, label: Label, figure: Figure | None) -> list[str]:
        """Counts one label; returns the names of the fields that are wrong."""
        self.wanted += 1
        self.found += figure is not None
        wrong = []
        for name in FIELDS:
            verdict = judge(name, label, figure)
            if verdict is not None:
                self.judged[name] += 1
                self.right[name] += verdict
                if not verdict:
                    wrong.append(name)
        return wrong


def judge(name: str, label: Label, figure: Figure | None) -> bool | None:
    """Whether the field of a figure is right; None when the label doesn't say."""
    accepted = getattr(label, name)
    if accepted is None or accepted == ():
        return None
    if figure is None:
        return False
    if name == "value":
        return bool(figure.value == accepted)
    if name == "subject":
        return bool(_subject_of(label, figure))
    if name == "metric":
        taken = _subject_of(label, figure)
        return any(_names(figure.metric, wanted) for wanted in accepted if wanted != taken or len(accepted) == 1)
    return getattr(figure, name) in accepted


def _subject_of(label: Label, figure: Figure) -> str:
    """The accepted subject that the figure has; "" for none."""
    given = {_bare(figure.subject), *map(_bare, figure.subject.split(_BETWEEN))}
    return next((wanted for wanted in label.subject if _bare(wanted) in given), "")


def _names(printed: str, wanted: str) -> bool:
    given, core = _bare(normalise(printed)), _bare(normalise(wanted))
    return core in given and len(given) - len(core) <= _MOST_EXTRA_CHARACTERS


def _bare(text: str) -> str:
    return _SPACE.sub("", text)


def labels(path: Path = DATA) -> list[Label]:
    """The gold set."""
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Label(
            file=record["file"],
            table=record["table"],
            line=record["line"],
            cell=record["cell"],
            text=record["text"],
            subject=tuple(record["subject"]),
            metric=tuple(record["metric"]),
            unit=tuple(record["unit"]),
            value=None if record["value"] is None else Decimal(record["value"]),
            period=tuple(record["period"]),
        )
        for record in records
    ]


@lru_cache(maxsize=4)
def _records(path: Path) -> dict[str, dict[str, Any]]:
    read = path.read_bytes()
    lines = (lzma.decompress(read) if path.suffix == ".xz" else read).decode("utf8").splitlines()
    return {record["id"]: record for record in map(json.loads, lines)}


def open_document(file: str) -> Document | None:
    """The document with the labelled tables; None when the file isn't here."""
    name, _, inner = file.partition("#")
    path = SHARED / name
    if not path.exists():
        return None
    if not inner:
        return read(path)
    record = _records(path)[inner]
    layout = lay_out(Grid(tuple(_grid(record["rows"], frozenset(record.get("heads", ()))))))
    return Document(inner, record.get("title", ""), layout.text, file, "", tables=(layout.table,))


def _grid(rows: Sequence[Sequence[str]], heads: frozenset[str]) -> Iterator[GridCell]:
    """The cells of rows in which merged headers are repeated, with those put together again."""
    taken: set[tuple[int, int]] = set()
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            if not text or (at, column) in taken:
                continue
            down = across = 1
            if text in heads:
                while column + across < len(row) and row[column + across] == text:
                    across += 1
                while at + down < len(rows) and rows[at + down][column : column + across] == [text] * across:
                    down += 1
            taken |= {(at + d, column + a) for d in range(down) for a in range(across)}
            yield GridCell(at, column, text, rows=down, columns=across)


def figures_of(labelled: Sequence[Label], document: Document) -> Iterator[tuple[Label, Figure | None]]:
    """Each label with the figure in its cell; a label whose cell holds another text has none."""
    figures = extract_figures(document)
    found = tables(document)
    for label in labelled:
        span = _span(document.text, found[label.table].start, label) if label.table < len(found) else None
        inside = [each for each in figures if span and span[0] <= each.start < span[1]]
        yield label, inside[0] if inside else None


def _span(text: str, start: int, label: Label) -> tuple[int, int] | None:
    for _ in range(label.line):
        start = text.index("\n", start) + 1
    end = text.find("\n", start)
    cells = text[start : end if end >= 0 else len(text)].split("|")[1:]
    before = sum(len(cell) + 1 for cell in cells[: label.cell])
    if label.cell >= len(cells) or _bare(cells[label.cell]) != _bare(label.text):
        return None
    begin = start + text[start:].index("|") + 1 + before
    return begin, begin + len(cells[label.cell])


def score(gold: Iterable[Label], *, show_wrong: bool = False) -> tuple[dict[str, Score], list[str]]:
    """Scores by folder, with `all` over every one, and the files that were not there."""
    by_file: dict[str, list[Label]] = defaultdict(list)
    for label in gold:
        by_file[label.file].append(label)
    scores: dict[str, Score] = defaultdict(Score)
    missing = []
    for file, labelled in by_file.items():
        document = open_document(file)
        if document is None:
            missing.append(file)
            continue
        part = file.partition("#")[0].removeprefix("files/").removeprefix("more/tables/").split("/")[0].split(".")[0]
        for label, figure in figures_of(labelled, document):
            wrong = scores[part].add(label, figure)
            scores["all"].add(label, figure)
            if show_wrong and wrong:
                place = f"{label.table}:{label.line}:{label.cell}"
                _say(f"{file[-30:]} {place} {label.text}: {_describe(label, figure, wrong)}")
    return dict(scores), missing


def _describe(label: Label, figure: Figure | None, wrong: Sequence[str]) -> str:
    if figure is None:
        return "no figure"
    return "; ".join(f"{name} {getattr(figure, name)!s} for {getattr(label, name)!s}" for name in wrong)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the scores by folder; 0 when there was something to measure on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--file", help="only files whose name holds this")
    parser.add_argument("--wrong", action="store_true", help="print every label that was not met")
    options = parser.parse_args(arguments)
    gold = [label for label in labels() if options.file is None or options.file in label.file]
    scores, missing = score(gold, show_wrong=options.wrong)
    if missing:
        _say(f"skipped, not here: {len(missing)} files, {missing[0]} …")
    _say(f"{'part':18} cells  recall  " + "  ".join(f"{name:>7}" for name in FIELDS))
    for part, found in sorted(scores.items(), key=lambda item: item[0] == "all"):
        columns = "  ".join(f"{found.accuracy(name):7.3f}" for name in FIELDS)
        _say(f"{part:18} {found.wanted:5}  {found.recall:6.3f}  {columns}")
    return 0 if scores else 1


if __name__ == "__main__":
    sys.exit(main())
