"""Measures the checker on sentences as a model might write them freely: `python -m eval.parts.statements`.

`eval/data/statements.jsonl` holds short texts of unlike sorts (every figure invented), what may be asked of each, and
sentences that answer: true ones in other words, and false ones in which one thing is another:

    counted     1510个村级诊所 → 1510个医院                    per        每周一次 → 每月一次, 人均 → 户均
    actor       由住建局牵头 → 由水利局牵头                    kind       平均 → 中位数, 病假 → 事假
    direction   增长 → 下降                                    degree     应当 → 可以, 部分 → 全部, 至少 → 至多
    negation    不得 → 可以                                    condition  经批准可以…
    time, place, group, source, cause, status                  swap       what is true of another thing in the text
    added       …，居全国第一位

Each goes through the whole review of a model's reply, cited to the passage that it is about. The checker was made on
the texts of one half; the other half only measures. `--nli FILE` measures on pairs of premise and hypothesis, too.
"""

from __future__ import annotations

import argparse
import json
import lzma
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from assistant.checks.support import coverage, terms
from assistant.question.conversation import understand
from assistant.written.prompts import Excerpt, excerpts
from assistant.written.reviews import Review, Reviewer
from index.hits import Hit
from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.passages import split
from sources.readers.files import document_of

DATA = Path(__file__).parents[1] / "data" / "statements.jsonl"
HALVES = ("dev", "kept")
MOST_SHOWN = 0.03
"""Of the false sentences."""
MOST_REJECTED = 0.05
"""Of the true ones."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence about a text."""

    text: str
    """Which text, by id."""
    half: str
    kind: str
    """Of a true one how it says it, of a false one what it has wrong."""
    right: bool
    question: str
    at: str
    """Words of the passage that it is cited to."""
    sentence: str


@dataclass(frozen=True, slots=True)
class Source:
    """A text as evidence."""

    document: Document
    evidence: Sequence[Excerpt]

    def mark(self, said: Said) -> int:
        """The number of the excerpt that shares most words with the sentence; of several, the one asked about."""
        words = terms(said.sentence)
        best = max(
            self.evidence,
            key=lambda each: (coverage(words, terms(each.passage.text)), said.at in each.passage.text),
        )
        return best.number


def read(path: Path = DATA) -> tuple[Mapping[str, Source], Sequence[Said]]:
    """The texts by id, and what is said of them."""
    rows = [json.loads(line) for line in path.read_text("utf8").splitlines()]
    return {row["id"]: _source(row) for row in rows}, [said for row in rows for said in _said(row)]


def _source(row: Mapping[str, Any]) -> Source:
    head = "".join(f"{name}: {row[name]}\n" for name in ("title", "publisher", "published") if row[name])
    document = document_of(f"---\n{head}---\n# {row['title']}\n\n{row['text']}\n".encode(), uri=f"{row['id']}.md")
    hits = [Hit(passage, 1.0, 1.0, 1.0) for passage in split(document)]
    return Source(document, excerpts(hits, lambda _: document, max_tokens=20_000))


def _said(row: Mapping[str, Any]) -> Iterator[Said]:
    for asked in row["asked"]:
        for right in (True, False):
            for kind, sentence in asked["true" if right else "false"]:
                yield Said(row["id"], row["half"], kind, right, asked["question"], asked["at"], sentence)


def review(said: Said, source: Source) -> Review:
    """What becomes of the sentence when a model answers with it."""
    reviewer = Reviewer(
        understand(said.question), source.evidence, lambda _: list(extract_figures(source.document))
    )  # fmt: skip
    return reviewer.review(f"{said.sentence}[{source.mark(said)}]")


def pairs(path: Path, most: int) -> tuple[Mapping[str, Source], Sequence[Said]]:
    """As `read`, of premises and hypotheses: entailed ones are true, the others false."""
    sources: dict[str, Source] = {}
    said: list[Said] = []
    with lzma.open(path, "rt", encoding="utf8") as file:
        for n, row in enumerate(map(json.loads, islice(file, most))):
            sources[str(n)] = _source({"id": str(n), "title": "", "publisher": "", "published": ""} | {
                "text": row["premise"]
            })  # fmt: skip
            right = row["label"] == "entailment"
            said.append(Said(str(n), "nli", row["label"], right, "资料怎么说？", row["premise"][:8], row["hypothesis"]))
    return sources, said


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints by half and kind how many false sentences are shown and true ones rejected."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", choices=HALVES, help="only this half")
    parser.add_argument("--list", action="store_true", help="list what is judged wrongly, of the half to develop on")
    parser.add_argument("--nli", type=Path, help="measure on this file of premises and hypotheses instead")
    parser.add_argument("--most", type=int, default=1000, help="so many pairs of it")
    options = parser.parse_args(arguments)
    sources, every = pairs(options.nli, options.most) if options.nli else read()
    halves: dict[str, list[tuple[Said, Review]]] = defaultdict(list)
    took: list[float] = []
    for said in every:
        if options.half in (None, said.half):
            begun = time.perf_counter()
            halves[said.half].append((said, review(said, sources[said.text])))
            took.append(time.perf_counter() - begun)
    for half, found in halves.items():
        _tell(half, found, options.list and half != "kept")
    _say(f"a review: {sorted(took)[len(took) // 2] * 1000:.1f} ms (median)")
    return 0


def _tell(half: str, found: Sequence[tuple[Said, Review]], listed: bool) -> None:
    for right, what in ((False, "false ones shown"), (True, "true ones rejected")):
        kinds: dict[str, list[bool]] = defaultdict(list)
        for said, result in found:
            if said.right == right:
                kinds[said.kind].append(bool(result.lines) == right)
                if listed and kinds[said.kind][-1]:
                    _say(f"  {said.text} {said.kind}: {said.sentence}  {' '.join(result.lines)}")
        count = [wrong for each in kinds.values() for wrong in each]
        _say(f"{half}: {what}: {sum(count)} of {len(count)}, {sum(count) / max(1, len(count)):.3f}")
        for kind, each in sorted(kinds.items()):
            _say(f"    {kind:12} {sum(each):4} of {len(each)}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
