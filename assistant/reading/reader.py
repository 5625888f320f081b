"""The reader: where in a passage the answer to a question stands, whether it is yes or no, and what a passage supports.

A transformer of six layers (`assets/reader/`, see the card beside it; `training/reader/job.py` learns it) reads a
question and a passage together; beside each piece of one it sees how far that stands in the other. For every piece of
the passage it gives the log-odds that the answer begins and ends there, against its not being in the passage. It only
points: what is quoted is always the document's. Of a statement, read in place of a question, it tells whether the
passage says so. The title of the document, put before a passage, tells what a sentence leaves unsaid: whose, and when.

Answers as spans with a no-answer option follow Devlin et al. 2019 (arXiv:1810.04805). It runs in 8-bit integers with
ONNX Runtime, on the CPU alone: a passage on one core, several at once on several. Put together in one run they take as
long, and what is rounded to 8 bits in one would depend on the others.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedders.contextual import TOKENIZER
from index.ranking.matching import codes
from sources.sentences import Span

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
MAX_QUESTION_PIECES = 64
"""Of a longer question the last ones are read: what is asked stands at its end."""
MAX_PASSAGE_PIECES = 384
STATED = "陈述："
"""What a statement begins with that is read in place of a question, beside the words it cites."""
MAX_STATEMENT_PIECES = 124
OPENS, FILLS, CLOSES = 0, 1, 2
"""Pieces that are no words: what opens a sequence, fills one up, and closes question and passage."""
SHARED = 4
"""How many degrees `shared` knows."""
_REMEMBERED = 512
"""Readings kept, some ten kilobytes each."""
_CUT = 1024
"""Texts kept in pieces, some ten kilobytes each, too."""
_NEVER = -20.0


@dataclass(frozen=True, slots=True)
class Pointed:
    """The likeliest answer in a stretch of a passage."""

    span: Span
    """Half-open character offsets into the passage's text."""
    odds: float
    """Mean of the log-odds of its first and its last piece."""
    begins: float
    ends: float
    inside: float
    """The greatest log-odds of any piece of the stretch to be the answer's first, its last, or one of its pieces."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reader makes of one passage."""

    spans: Ints
    """(pieces, 2) half-open character offsets into the passage's text."""
    starts: Floats
    ends: Floats
    """(pieces,) log-odds that the answer begins, or ends, with this piece, against its not being in the passage."""
    inside: Floats
    """(pieces,) log-odds that this piece belongs to the answer."""
    yes: float = 0.0
    """Log-odds that the answer is yes rather than no, of a question that asks for one of them."""
    said: float = 0.0
    """Log-odds that the passage says what a statement read with it says."""

    @property
    def there(self) -> float:
        """Log-odds that the answer stands anywhere in the passage."""
        return self.there_since(0)

    def there_since(self, start: int) -> float:
        """The same for what of the passage stands from `start` on."""
        first = int(np.searchsorted(self.spans[:, 0], start))
        return (_log_sum(self.starts[first:]) + _log_sum(self.ends[first:])) / 2

    def between(self, start: int, end: int) -> Reading:
        """What it makes of the pieces between two character offsets."""
        inside = (self.spans[:, 0] < end) & (self.spans[:, 1] > start)
        parts = {name: getattr(self, name)[inside] for name in ("spans", "starts", "ends", "inside")}
        return replace(self, **parts)

    def within_each(self, spans: Sequence[tuple[int, int]]) -> list[Pointed]:
        """What it points at in each of the spans, by character offsets."""
        return [self.within(start, end) for start, end in spans]

    def within(self, start: int, end: int) -> Pointed:
        """What it points at between two character offsets."""
        first = int(np.searchsorted(self.spans[:, 0], start))
        last = int(np.searchsorted(self.spans[:, 0], end))
        if last <= first:
            return _NOTHING
        starts, ends = self.starts[first:last], self.ends[first:last]
        # The best end at or after each piece.
        following = np.maximum.accumulate(ends[::-1])[::-1]
        at = int(np.argmax(starts + following))
        stop = at + int(np.argmax(ends[at:]))
        return Pointed(
            (int(self.spans[first + at, 0]), int(self.spans[first + stop, 1])),
            float(starts[at] + ends[stop]) / 2,
            float(starts.max()),
            float(ends.max()),
            float(self.inside[first:last].max()),
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Makes probabilities of log-odds: each is a factor and what is added (Platt 1999), fitted on kept-aside texts."""

    there: tuple[float, float]
    yes: tuple[float, float]
    said: tuple[float, float]

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """What `training.reader.calibrate` wrote."""
        given = json.loads(path.read_text("utf8"))
        return cls(*(tuple(given[name]) for name in ("there", "yes", "said")))


@dataclass(frozen=True, slots=True)
class Together:
    """A question and a passage as the reader sees them: `<s> question </s></s> passage </s>`."""

    ids: Ints
    sides: Ints
    """0 for the question, 1 for the passage."""
    degrees: Ints
    """How far each piece stands on the other side, too (`shared`). These three (pieces,)."""
    first: int
    """Where the passage begins."""
    spans: Ints
    """(pieces of the passage, 2) half-open character offsets into it; of a space put in front, none: equal ones."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def readable(self) -> NDArray[np.bool_]:
        """(pieces of the passage,) which stand for some of its characters."""
        readable: NDArray[np.bool_] = self.spans[:, 1] > self.spans[:, 0]
        return readable


@dataclass(frozen=True, slots=True)
class Cut:
    """A text in pieces, with what is compared with other texts."""

    ids: Ints
    spans: Ints
    """(pieces, 2) half-open character offsets."""
    codes: NDArray[np.uint16]
    """Of its characters (`index.ranking.matching.codes`), white space left out."""
    pairs: Ints
    """Of each character and the next."""
    known: Ints
    """The different ones of `pairs`, in order."""
    places: Ints
    """(pieces, 2) the spans counted in `codes`."""

    def part(self, pieces: slice) -> Cut:
        """These pieces of it; it is compared as the whole text."""
        return replace(self, ids=self.ids[pieces], spans=self.spans[pieces], places=self.places[pieces])


class Tokenizer:
    """Cuts texts into the reader's pieces. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        import tokenizers

        self._tokenizer = tokenizers.Tokenizer.from_file(str(path))

    def __len__(self) -> int:
        """How many pieces it knows."""
        return int(self._tokenizer.get_vocab_size())

    def cut(self, text: str) -> Cut:
        """All of the text in pieces."""
        # Half a surrogate pair can't be read; its place is kept.
        found = self._tokenizer.encode(text.encode("utf8", "replace").decode("utf8"), add_special_tokens=False)
        ids, spans = np.array(found.ids, np.int64), np.array(found.offsets, np.int64).reshape(-1, 2)
        every = codes(text)
        plain = every[every != 0]
        pairs = plain[:-1].astype(np.int64) << 16 | plain[1:]
        places = np.concatenate([[0], np.cumsum(every != 0)])[spans]
        return Cut(ids, spans, plain, pairs, np.unique(pairs), places)

    def together(self, question: str, passage: str) -> Together | None:
        """As much of both as is read; None where either holds nothing to read."""
        return together(asked(question, self.cut(question)), self.cut(passage))


def asked(question: str, cut: Cut) -> Cut:
    """As much of the question, or of the statement, as is read."""
    stated = question.startswith(STATED)
    return cut.part(slice(0, MAX_STATEMENT_PIECES) if stated else slice(-MAX_QUESTION_PIECES, None))


def together(question: Cut, passage: Cut) -> Together | None:
    """As `Tokenizer.together`, of texts that are cut already; of the passage as much as is read."""
    passage = passage.part(slice(0, MAX_PASSAGE_PIECES))
    if not len(question.ids) or not (passage.spans[:, 1] > passage.spans[:, 0]).any():
        return None
    n, m = len(question.ids), len(passage.ids)
    ids, degrees = np.full((2, n + m + 4), CLOSES, np.int64)
    ids[0], ids[1 : n + 1], ids[n + 3 : -1] = OPENS, question.ids, passage.ids
    degrees[:] = 0
    degrees[1 : n + 1], degrees[n + 3 : -1] = shared(question, passage), shared(passage, question)
    return Together(
        ids=ids, sides=np.repeat([0, 1], [n + 3, m + 1]).astype(np.int64), degrees=degrees, first=n + 3,
        spans=passage.spans,
    )  # fmt: skip


def shared(own: Cut, other: Cut) -> Ints:
    """(pieces,) how far each piece of `own` stands in `other`, too.

    0 not at all, 1 by its characters, 2 in part and 3 whole by stretches of two characters and more; white space and
    Traditional characters make no difference.
    """
    pairs = _among(own.pairs, other.known)
    stretch = np.zeros(len(own.codes), bool)
    stretch[: len(pairs)] |= pairs
    stretch[1 : len(pairs) + 1] |= pairs
    mark = np.zeros(1 << 16, bool)
    mark[other.codes] = True
    alone = np.concatenate([[0], np.cumsum(mark[own.codes])])[own.places]
    along = np.concatenate([[0], np.cumsum(stretch)])[own.places]
    size = own.places[:, 1] - own.places[:, 0]
    by_characters, by_stretches = alone[:, 1] - alone[:, 0], along[:, 1] - along[:, 0]
    degrees = np.where(by_stretches == size, 3, np.where(by_stretches > 0, 2, by_characters == size))
    return np.where(size > 0, degrees, 0).astype(np.int64)


def _among(pairs: Ints, known: Ints) -> NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(pairs), bool)
    found: NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, pairs), len(known) - 1)] == pairs
    return found


class Reader:
    """Reads passages. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        tokenizer = Tokenizer(TOKENIZER)  # of the contextual embedder: both start from one network
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._calibration = Calibration.load(folder / "calibration.json")
        self._cut = lru_cache(maxsize=_CUT)(tokenizer.cut)
        # A question is asked several times of the same passages: put right, in parts, once more by its user.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._read)
        self._pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="reader")

    def read(self, question: str, passages: Sequence[str], *, titles: Sequence[str] = ()) -> list[Reading]:
        """One `Reading` a passage, in order. A passage is read by itself: the others change nothing about it.

        `titles` are those of the passages' documents, read before them; nothing is pointed at in a title.
        """
        above = titles or [""] * len(passages)
        if len(passages) < 2:
            return [self._remembered(question, text, title) for text, title in zip(passages, above, strict=True)]
        return list(self._pool.map(self._remembered, [question] * len(passages), passages, above))

    def answers(self, question: str, text: str, *, title: str = "", since: int = 0) -> float:
        """The probability, 0 to 1, that the text answers the question, from `since` on; it is read whole."""
        reading = self._remembered(question, text, title)
        return _probability(reading.there_since(since), self._calibration.there)

    def yes_or_no(self, question: str, text: str, *, title: str = "") -> float:
        """The probability, 0 to 1, that the answer is yes rather than no, if the text answers at all."""
        return _probability(self._remembered(question, text, title).yes, self._calibration.yes)

    def supports(self, statement: str, text: str, *, title: str = "") -> float:
        """The probability, 0 to 1, that the text says all that the statement says."""
        return _probability(self._remembered(f"{STATED}{statement}", text, title).said, self._calibration.said)

    def _read(self, question: str, text: str, title: str) -> Reading:
        before = f"{title}\n" if title and not text.startswith(title) else ""
        both = together(asked(question, self._cut(question)), self._cut(before + text))
        if both is None:
            nothing = np.zeros(0, np.float32)
            return Reading(np.zeros((0, 2), np.int64), nothing, nothing, nothing, 0.0, _NEVER)
        given = {"ids": both.ids[None], "sides": both.sides[None], "degrees": both.degrees[None]}
        logits, none, yesno, support = self._session.run(["logits", "none", "yesno", "support"], given)
        words = np.flatnonzero(both.readable & (both.spans[:, 0] >= len(before)))
        own = logits[0, both.first + words]
        return Reading(
            both.spans[words] - len(before), own[:, 0] - none[0], own[:, 1] - none[0], own[:, 2],
            float(yesno[0, 1] - yesno[0, 0]), float(support[0]),
        )  # fmt: skip


_NOTHING = Pointed((0, 0), _NEVER, _NEVER, _NEVER, _NEVER)


@cache
def shipped_reader() -> Reader:
    """The reader that comes with the program."""
    return Reader(Path(__file__).parent / "assets" / "reader")


def _log_sum(at: Floats) -> float:
    if not len(at):
        return _NEVER
    top = float(at.max())
    return top + float(np.log(np.exp(at - top).sum()))


def _probability(odds: float, calibration: tuple[float, float]) -> float:
    factor, added = calibration
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, factor * odds + added))))
