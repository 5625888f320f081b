"""Talk: how a question goes on with a conversation, and what it asks in full; see `attention` and `completion`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from assistant.question.attention import Weights, read
from assistant.question.completion import best_of, candidates
from assistant.question.earlier import list_of, list_told, sources_of
from assistant.question.sketch import sketch
from index.ranking.networks import Network

FILE = "talk.npz"
ASSETS = Path(__file__).parent / "assets"
Relation = Literal["alone", "leans", "goes on"]
_WORDING = "wording."
_MOST_SOURCES = 2
_DOUBT = 4.0
"""Log-odds of standing by itself within which it is open whether it does."""
_MUCH_LESS = 2.5
"""The likeliest sources are tried, and none that is less likely than the first by more than this, as log-odds."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What reads a conversation."""

    reading: Weights
    """The weights of `attention` and `seams`."""
    wording: Network
    """Over the candidates of `completion`: the likeliest first."""

    def save(self, folder: Path) -> None:
        """Writes both into one file, 16 bits a number."""
        ordering = {f"{_WORDING}{part}": getattr(self.wording, part) for part in Network.__dataclass_fields__}
        own = {name: np.asarray(value, np.float16) for name, value in {**self.reading, **ordering}.items()}
        # Means and scales reach beyond 16 bits.
        own |= {name: np.asarray(ordering[name], np.float32) for name in (f"{_WORDING}mean", f"{_WORDING}scale")}
        np.savez_compressed(folder / FILE, **own)  # type: ignore[arg-type]

    @classmethod
    def load(cls, folder: Path = ASSETS) -> Networks:
        """Those that `save` wrote."""
        with np.load(folder / FILE) as stored:
            every = {name: stored[name].astype(np.float32) for name in stored.files}
        ordering: dict[str, Any] = {
            name.removeprefix(_WORDING): every.pop(name) for name in [*every] if name.startswith(_WORDING)
        }
        return cls(every, Network(**{**ordering, "bias": float(ordering["bias"])}))


@cache
def shipped() -> Networks:
    """The networks beside this file, read once."""
    return Networks.load()


@dataclass(frozen=True, slots=True)
class Completed:
    """A question within a conversation."""

    text: str
    """In full; as asked where it stands by itself."""
    relation: Relation = "alone"
    told: int = 0
    """Items of the list told already, where it goes on with one."""
    other: str = ""
    """What it asks otherwise, where it is open whether it stands by itself; else ""."""
    focus: str = ""
    """What it asks the same of, where that is all it says: 博物馆呢 after a question on the 图书馆; else ""."""


def completed(
    asked: str,
    before: Sequence[str],
    answers: Sequence[str] = (),
    papers: Sequence[str] = (),
    *,
    networks: Networks | None = None,
) -> Completed:
    """What `asked` means after the questions `before`, which are complete, oldest first.

    `answers` are theirs, `papers` the titles of what the last one cites; without them only questions are leaned on.
    """
    known = networks or shipped()
    question = sketch(asked)
    sources = [each for each in sources_of(asked, before, answers, papers) if len(each.sketch)]
    if not len(question) or not any(each.kind == "question" for each in sources):
        return Completed(asked)
    back, items = list_told(answers)
    pairs = read(known.reading, question, sources, items=len(items))
    likeliest = sorted(zip(pairs, sources, strict=True), key=lambda each: -each[0].leans)
    leans, last = likeliest[0][0].leans, pairs[0]
    if last.goes_on > max(last.alone, 0):
        whole, item = (before[-1 - back], 0) if items else list_of(before[-1 - back])
        return Completed(whole, "goes on", len(items) or item)
    if last.alone > _DOUBT:
        return Completed(asked)
    found, scores = [], []
    for pair, source in likeliest[:_MOST_SOURCES]:
        if pair.leans < leans - _MUCH_LESS:
            break
        for block in candidates(question, source, pair.empty, pair.stays, known.reading):
            found.append(block)
            scores.append(known.wording(block.features) + pair.leans)
    if not found:
        return Completed(asked)
    text, focus = best_of(found, scores)
    closed = asked.rstrip().endswith(("？", "?")) or before[-1].rstrip().endswith(("？", "?"))
    mark = "?" if text.isascii() else "？"
    text = f"{text}{mark if closed else ''}"
    if last.alone > 0:
        return Completed(asked, other=text)
    return Completed(text, "leans", other=asked if last.alone > -_DOUBT else "", focus=focus)
