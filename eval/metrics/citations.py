"""Citations: do they lead to the evidence? At document, passage and character level.

    >>> quotes = [Quote("a", "产值达3420亿元", "产值达3420亿元，共12条。"), Quote("b", "共9条", "共9条。")]
    >>> by_document(quotes, ["a"])                       # one of two citations is in the right document
    Rate(precision=0.5, recall=1.0)
    >>> by_passage(quotes, ["产值达3420亿元"])            # one of two passages holds evidence; all evidence is held
    Rate(precision=0.5, recall=1.0)
    >>> by_span([Quote("a", "达3420亿元", "")], ["产值达3420亿元"], {"a": "茶叶产值达3420亿元。"}.get)
    Rate(precision=1.0, recall=0.7777777777777778)

Precision and recall of citations follow ALCE (Gao et al. 2023, arXiv:2305.14627), with the cases' own evidence in place
of its entailment model; the character level is that of CiteVQA-style region matching, on text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval.metrics.normal import flat


@dataclass(frozen=True, slots=True)
class Quote:
    """What is compared of a citation."""

    document: str
    quote: str
    passage: str

    @property
    def words(self) -> str:
        """Passage and quote without whitespace, as the neutral scorer joins them."""
        return flat(f"{self.passage} {self.quote}")


@dataclass(frozen=True, slots=True)
class Rate:
    """Precision is None where nothing was cited, recall where there was nothing to cite."""

    precision: float | None
    recall: float | None


def holds(quotes: Sequence[Quote], evidence: Sequence[str], *, every: bool) -> bool:
    """Whether a citation's words hold one piece of evidence; with `every`, each piece is held by some citation."""
    found = [any(flat(piece) in quote.words for quote in quotes) for piece in evidence]
    return all(found) if every else any(found)


def by_document(quotes: Sequence[Quote], docs: Sequence[str]) -> Rate:
    """Share of citations that are in one of `docs`, and share of `docs` that are cited."""
    return _rate(
        [quote.document in docs for quote in quotes],
        [any(quote.document == doc for quote in quotes) for doc in docs],
    )


def by_passage(quotes: Sequence[Quote], evidence: Sequence[str]) -> Rate:
    """Share of citations whose passage holds evidence, and share of the evidence that is held."""
    return _rate(
        [any(flat(piece) in quote.words for piece in evidence) for quote in quotes],
        [any(flat(piece) in quote.words for quote in quotes) for piece in evidence],
    )


def by_span(
    quotes: Sequence[Quote], evidence: Sequence[str], text_of: Callable[[str], str | None], *, docs: Sequence[str] = ()
) -> Rate:
    """Share of the quoted characters that are evidence, and share of the evidence's characters that are quoted.

    `text_of` gives a document without whitespace. A quote that isn't in its document counts all its characters as
    wrong; a character quoted twice counts once. Of several places where words stand, those that agree best count.
    """
    texts = {name: text_of(name) or "" for name in dict.fromkeys([*docs, *(quote.document for quote in quotes)])}
    pieces = [[p for name in texts for p in _places(name, texts[name], flat(piece))] for piece in evidence]
    anywhere = {place for piece in pieces for places in piece for place in places}
    quoted: set[_Place] = set()
    not_there = 0
    for quote in quotes:
        words = flat(quote.quote)
        found = _places(quote.document, texts[quote.document], words)
        quoted |= max(found, key=lambda places: len(places & anywhere), default=set())
        not_there += 0 if found else len(words)
    wanted = {place for piece in pieces for place in max(piece, key=lambda places: len(places & quoted), default=set())}
    hit = len(quoted & wanted)
    length = len(wanted) + sum(len(flat(words)) for words, found in zip(evidence, pieces, strict=True) if not found)
    return Rate(hit / (len(quoted) + not_there) if quoted or not_there else None, hit / length if length else None)


def made_up(quotes: Sequence[Quote], text_of: Callable[[str], str | None]) -> float | None:
    """Share of the quotes that don't stand in the document they name; None where nothing is quoted.

    Marks of emphasis count no more than white space: **甲** says 甲.
    """
    wrong = [
        flat(quote.quote).replace("*", "") not in (text_of(quote.document) or "").replace("*", "") for quote in quotes
    ]
    return sum(wrong) / len(wrong) if wrong else None


_Place = tuple[str, int]
"""A character of a document: its name and the offset in the text without whitespace."""


def _rate(cited: Sequence[bool], wanted: Sequence[bool]) -> Rate:
    return Rate(
        sum(cited) / len(cited) if cited else None,
        sum(wanted) / len(wanted) if wanted else None,
    )


def _places(name: str, text: str, words: str) -> list[set[_Place]]:
    """Everywhere that the words stand, as the characters they cover."""
    found, at = [], text.find(words) if words else -1
    while at >= 0:
        found.append({(name, place) for place in range(at, at + len(words))})
        at = text.find(words, at + 1)
    return found
