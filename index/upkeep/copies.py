"""Copies: the same text in several files, told apart from another version of it.

A notice lies in a folder as docx, as pdf and as a saved web page: one of them stands for all, the others are kept but
not searched. MinHash with locality-sensitive hashing (Broder 1997; Indyk & Motwani 1998) finds texts that have most of
their runs of words in common. Then the two are compared in full, and strictly, as a wrong match would hide a document:
between the first and the last run that both have, neither may say anything that the other doesn't; a number, a word or
a clause that was changed is a version. Text that a format puts elsewhere (a footnote, a table) may stand elsewhere.
What stands only before or behind may be a page's head and foot, if it is short.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.catalog.catalog import Catalog
from index.catalog.writer import Writer
from sources.documents import Document

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[A-Za-z]+|[^\W\d_a-zA-Z]")
_RUN = 8
"""Tokens in a run. Where a text goes on elsewhere, fewer than this many runs are new; a new token makes as many."""
_PERMUTATIONS = 128
_ALIKE = 0.6
"""Share of common runs from which two texts are compared in full: a head and a foot of their own leave more."""
_ENDS_SHARE, _ENDS_LEAST = 0.1, 60
"""How much of a text may stand only in its head and foot: as a share, and in tokens."""
_MOST_COMPARED = 20
"""With so many texts, the likeliest ones, is each compared: forms that were filled in differently are all alike."""
_KEPT = 32
"""Documents at hand while others are compared with them: of many that are all alike, it is the same few each time."""
_HASHED_AT_ONCE = 20_000
_SCHEME: Literal["affine32"] = "affine32"
_VERSION = 1
"""Raise when gists are made in another way, as by another scheme."""
_MULTIPLIER = np.uint64(6364136223846793005)

Tokens = NDArray[np.uint64]
"""A hash a token."""


@dataclass(frozen=True, slots=True)
class Copies:
    """A document that lies in several files."""

    title: str
    path: str
    """Of the one that stands for all."""
    others: tuple[str, ...]


def settle(catalog: Catalog, writer: Writer) -> None:
    """Looks at the documents that weren't looked at before: which of them are copies of one that is there, or which of
    those are copies of them."""
    known = catalog.gists()
    new = [each.id for each in known if not _holds(each.gist)]
    if not new:
        return
    gists = {each.id: each.gist[1:] for each in known if each.gist is not None and _holds(each.gist)}
    gists |= {document_id: gist(tokens(catalog.document(document_id).text)) for document_id in new}
    standing = {each.id for each in known if each.copy_of is None}
    document = lru_cache(maxsize=_KEPT)(catalog.document)
    for document_id, others in _alike(gists, new, standing):
        if document_id not in standing:
            continue
        own = document(document_id)
        for other in map(document, filter(standing.__contains__, others)):
            if is_copy(own, other):
                stands, copy = _in_order(own, other)
                writer.copy([copy.id], of=stands.id)
                standing.discard(copy.id)
                if copy is own:
                    break
    writer.keep_gists({document_id: bytes([_VERSION]) + gists[document_id] for document_id in new})


def found(catalog: Catalog) -> tuple[Copies, ...]:
    """Every document of the index that lies in several files, by title."""
    return tuple(Copies(info.title, info.uri, info.copies) for info in catalog.documents() if info.copies)


def is_copy(one: Document, other: Document) -> bool:
    """Whether both say the same, so that one can stand for the other."""
    if one.number and other.number and one.number != other.number:
        return False
    a, b = tokens(one.text), tokens(other.text)
    if len(a) < _RUN or len(b) < _RUN:
        return bool(np.array_equal(a, b))
    runs_a, runs_b = _runs(a), _runs(b)
    ends_a, ends_b = _ends(np.isin(runs_a, runs_b)), _ends(np.isin(runs_b, runs_a))
    if ends_a is None or ends_b is None:
        return False
    for ends, length in ((ends_a, len(a)), (ends_b, len(b))):
        if sum(ends) > min(max(_ENDS_SHARE * length, _ENDS_LEAST), length / 3):
            return False
    # Where both begin in their own way, last year's title may stand there; where both end so, last year's date may.
    if ends_a[0] and ends_b[0] and not (_titled(one, a[ends_a[0] :]) and _titled(other, b[ends_b[0] :])):
        return False
    return not (_numbers(a[len(a) - ends_a[1] :]) and _numbers(b[len(b) - ends_b[1] :]))


@lru_cache(maxsize=_KEPT)
def tokens(text: str) -> Tokens:
    """Of each number, Latin word and other letter of a text, a hash, in order, odd for a number; (n,) uint64."""
    words = _TOKEN.findall(unicodedata.normalize("NFKC", text))
    seen: dict[str, int] = {}
    places = np.fromiter((seen.setdefault(word, len(seen)) for word in words), np.int64, len(words))
    hashes = np.fromiter((_hash(word) for word in seen), np.uint64, len(seen))
    return hashes[places] if len(words) else np.zeros(0, np.uint64)


def gist(of: Tokens) -> bytes:
    """The MinHash of the runs in a text: `_PERMUTATIONS` values of 32 bits."""
    from datasketch import MinHash

    made = MinHash(num_perm=_PERMUTATIONS, hashfunc=int, scheme=_SCHEME)
    runs = np.unique(_runs(of) >> np.uint64(32))
    for start in range(0, len(runs), _HASHED_AT_ONCE):
        made.update_batch(runs[start : start + _HASHED_AT_ONCE].tolist())
    return bytes(made.hashvalues.astype("<u4").tobytes())


def _alike(gists: Mapping[str, bytes], new: Sequence[str], standing: Iterable[str]) -> Iterable[tuple[str, list[str]]]:
    """For each new document those before it, and those known, that may say the same, the likeliest first."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=_ALIKE, num_perm=_PERMUTATIONS)
    drawn = MinHash(num_perm=_PERMUTATIONS, scheme=_SCHEME).permutations
    values = {document_id: np.frombuffer(kept, "<u4").astype(np.uint32) for document_id, kept in gists.items()}
    made = {
        document_id: MinHash(hashvalues=value, permutations=drawn, scheme=_SCHEME)
        for document_id, value in values.items()
    }
    fresh = set(new)
    for document_id in standing:
        if document_id not in fresh:
            index.insert(document_id, made[document_id])
    for document_id in new:
        own = values[document_id]
        shares = {other: float(np.mean(own == values[other])) for other in index.query(made[document_id])}
        yield document_id, sorted(shares, key=lambda other: (-shares[other], other))[:_MOST_COMPARED]
        index.insert(document_id, made[document_id])


def _in_order(one: Document, other: Document) -> tuple[Document, Document]:
    """The one that stands for both, and its copy: the one of which more is known, that has pages, that is longer."""

    def worth(each: Document) -> tuple[bool, int, bool, int, str]:
        known = sum(map(bool, (each.publisher, each.published, each.number, each.kind)))
        return "metadata.csv" in each.found_by.values(), known, bool(each.pages), len(each.text), each.id

    return (one, other) if worth(one) > worth(other) else (other, one)


def _ends(common: NDArray[np.bool_]) -> tuple[int, int] | None:
    """How many tokens at the start and at the end of a text stand only there; None where some do in between."""
    places = np.flatnonzero(common)
    if not len(places):
        return None
    head, foot = int(places[0]), int(len(common) - 1 - places[-1])
    new = np.flatnonzero(np.diff(places) > _RUN)  # a gap between common runs with _RUN new ones or more
    return None if len(new) else (head, foot)


def _runs(of: Tokens) -> NDArray[np.uint64]:
    """A hash for each run of `_RUN` tokens in order."""
    length = max(len(of) - _RUN + 1, 0)
    runs = np.zeros(length, np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(_RUN):
            runs = runs * _MULTIPLIER + of[offset : offset + length]
        runs ^= runs >> np.uint64(31)
        return runs * _MULTIPLIER


def _hash(word: str) -> int:
    digest = hashlib.blake2b(word.casefold().encode("utf8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest) & ~1 | word[0].isdigit()


def _numbers(of: Tokens) -> bool:
    return bool(np.any(of & np.uint64(1)))


def _titled(document: Document, body: Tokens) -> bool:
    """Whether the document's title, if it isn't short, stands in `body`."""
    title = _runs(tokens(document.title))
    return bool(len(title)) and bool(np.all(np.isin(title, _runs(body))))


def _holds(kept: bytes | None) -> bool:
    return kept is not None and kept[:1] == bytes([_VERSION])
