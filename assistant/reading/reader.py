"""The reader: where in a passage the answer to a question stands, and whether it stands there at all.

A transformer of six layers (`assets/reader/`, learned by `python -m training.reader.reader`, see the card beside it)
reads a question and a passage together; beside each piece of one it sees how far that stands in the other. For every
piece of the passage it gives the log-odds that the answer begins and ends there, against its not being in the passage.
It only points: what is quoted is always the document's.

Answers as spans with a no-answer option follow Devlin et al. 2019 (arXiv:1810.04805). It runs in 8-bit integers with
ONNX Runtime, on the CPU alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.ranking.matching import codes
from sources.sentences import Span

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
MAX_QUESTION_PIECES = 64
"""Of a longer question the last ones are read: what is asked stands at its end."""
MAX_PASSAGE_PIECES = 384
OPENS, FILLS, CLOSES = 0, 1, 2
"""Pieces that are no words: what opens a sequence, fills one up, and closes question and passage."""
SHARED = 4
"""How many degrees `shared` knows."""
_REMEMBERED = 512
"""Readings kept, some ten kilobytes each."""
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

    @property
    def there(self) -> float:
        """Log-odds that the answer stands anywhere in the passage."""
        return (_log_sum(self.starts) + _log_sum(self.ends)) / 2

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


class Tokenizer:
    """Cuts texts into the reader's pieces. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        import tokenizers

        self._tokenizer = tokenizers.Tokenizer.from_file(str(path))

    def __len__(self) -> int:
        """How many pieces it knows."""
        return int(self._tokenizer.get_vocab_size())

    def together(self, question: str, passage: str) -> Together | None:
        """As much of both as is read; None where either holds nothing to read."""
        asked, asked_at = (each[-MAX_QUESTION_PIECES:] for each in self._pieces(question))
        ids, spans = (each[:MAX_PASSAGE_PIECES] for each in self._pieces(passage))
        if not len(asked) or not (spans[:, 1] > spans[:, 0]).any():
            return None
        degrees, others = shared(question, asked_at, passage), shared(passage, spans, question)
        return Together(
            ids=np.concatenate([[OPENS], asked, [CLOSES, CLOSES], ids, [CLOSES]]).astype(np.int64),
            sides=np.repeat([0, 1], [len(asked) + 3, len(ids) + 1]).astype(np.int64),
            degrees=np.concatenate([[0], degrees, [0, 0], others, [0]]).astype(np.int64),
            first=len(asked) + 3,
            spans=spans,
        )

    def _pieces(self, text: str) -> tuple[Ints, Ints]:
        # Half a surrogate pair can't be read; its place is kept.
        found = self._tokenizer.encode(text.encode("utf8", "replace").decode("utf8"), add_special_tokens=False)
        return np.array(found.ids, np.int64), np.array(found.offsets, np.int64).reshape(-1, 2)


def shared(own: str, spans: Ints, other: str) -> Ints:
    """(pieces,) how far each piece of `own`, at `spans`, stands in `other`, too.

    0 not at all, 1 by its characters, 2 in part and 3 whole by stretches of two characters and more; white space and
    Traditional characters make no difference.
    """
    every, others = codes(own), codes(other)
    plain, others = every[every != 0], others[others != 0]
    pairs = np.isin(_pairs(plain), _pairs(others))
    stretch = np.zeros(len(plain), bool)
    stretch[: len(pairs)] |= pairs
    stretch[1 : len(pairs) + 1] |= pairs
    places = np.cumsum(np.concatenate([[0], every != 0]))[spans]
    size = places[:, 1] - places[:, 0]
    alone, along = (np.concatenate([[0], np.cumsum(each)])[places] for each in (np.isin(plain, others), stretch))
    by_characters, by_stretches = alone[:, 1] - alone[:, 0], along[:, 1] - along[:, 0]
    degrees = np.select([by_stretches == size, by_stretches > 0, by_characters == size], [3, 2, 1], 0)
    return np.where(size > 0, degrees, 0).astype(np.int64)


def _pairs(plain: NDArray[np.uint16]) -> Ints:
    return plain[:-1].astype(np.int64) << 16 | plain[1:]


class Reader:
    """Reads passages. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        self._tokenizer = Tokenizer(folder / "tokenizer.json")
        options = onnxruntime.SessionOptions()
        # Threads that wait don't keep a core busy: others may be answering, too.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        # A question is asked several times of the same passages: put right, in parts, once more by its user.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._read)

    def read(self, question: str, passages: Sequence[str]) -> list[Reading]:
        """One `Reading` a passage, in order. A passage is read by itself: the others change nothing about it."""
        return [self._remembered(question, text) for text in passages]

    def _read(self, question: str, text: str) -> Reading:
        both = self._tokenizer.together(question, text)
        if both is None:
            nothing = np.zeros(0, np.float32)
            return Reading(np.zeros((0, 2), np.int64), nothing, nothing, nothing)
        given = {"ids": both.ids[None], "sides": both.sides[None], "degrees": both.degrees[None]}
        logits, none = self._session.run(["logits", "none"], given)
        words = np.flatnonzero(both.readable)
        own = logits[0, both.first + words]
        return Reading(both.spans[words], own[:, 0] - none[0], own[:, 1] - none[0], own[:, 2])


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
