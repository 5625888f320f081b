"""Baseline: BM25 over character pairs, and the best-matching sentence as the answer.

Passages are windows of 300 characters, 60 of them shared with the next; the scores are those of bm25s (Lù 2024,
arXiv:2407.03618).
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.libraries import Library
from eval.reply import Retrieved
from eval.systems import Response, System, SystemSpec
from eval.systems.ranking import Ranking
from eval.systems.reading import Chunk, answer_of, joined_lines, sentences

_PASSAGE_CHARS = 300
_OVERLAP_CHARS = 60


def open_system(library: Library, spec: SystemSpec) -> System:  # noqa: ARG001
    """Raises MissingExtraError without bm25s."""
    return BestSentence(library)


class BestSentence:
    """The sentence with the highest BM25 of all sentences."""

    def __init__(self, library: Library) -> None:
        texts = [(text.id, joined_lines(text.text)) for text in library.texts()]
        self._chunks = [chunk for document, text in texts for chunk in windows(document, text)]
        self._passages = Ranking([chunk.text for chunk in self._chunks])
        self._sentences = [Chunk(document, sentence) for document, text in texts for sentence in sentences(text)]
        self._by_sentence = Ranking([sentence.text for sentence in self._sentences])

    def ask(self, question: str, *, history: Sequence[str] = ()) -> Response:
        """The best sentence; earlier questions are read with the last one, having nothing better to do with them."""
        best = self._by_sentence.best(" ".join((*history, question)), 1)
        if not best:
            return Response(answer_of(question, "", status="not_found", engine="bm25"))
        sentence = self._sentences[best[0][0]]
        return Response(answer_of(question, f"{sentence.text}[1]", cited=[(sentence, sentence.text)], engine="bm25"))

    def search(self, question: str, *, k: int) -> list[Retrieved]:
        """The best windows."""
        return [
            Retrieved(self._chunks[i].document, self._chunks[i].text, s) for i, s in self._passages.best(question, k)
        ]

    @property
    def notes(self) -> Sequence[str]:
        """Nothing."""
        return ()

    def close(self) -> None:
        """Nothing to give back."""


def windows(document: str, text: str) -> list[Chunk]:
    """Windows over a text, the last one as short as it comes."""
    step = _PASSAGE_CHARS - _OVERLAP_CHARS
    starts = range(0, max(1, len(text) - _OVERLAP_CHARS), step)
    return [Chunk(document, text[start : start + _PASSAGE_CHARS]) for start in starts]
