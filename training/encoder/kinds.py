"""What items are, and where pairs come from."""

from enum import IntEnum


class Kind(IntEnum):
    """What is put before an item's text."""

    QUERY = 0
    PASSAGE = 1


class Source(IntEnum):
    """Where a pair comes from."""

    CMRC = 0
    DRCD = 1
    SQUAD = 2
    DUREADER = 3
    XQUAD = 4
    CAIL = 5
    NCP_ANSWER = 6
    NCP = 7
    STARD = 8
    SCENE = 9
    LEGALQA = 10
    MESSAGE = 11
    GUANGZHOU = 12
    SITE = 13
    HEADLINE = 14
    TITLE = 15
    NEWS = 16
    CITED = 17
    DEFINITION = 18
    SECTION = 19
    PARAPHRASE = 20
    WORDS = 21
    CLOZE = 22
    """A sentence of a passage against the rest of it, drawn while training."""


UNJUDGED = frozenset(
    {
        Source.HEADLINE,
        Source.TITLE,
        Source.NEWS,
        Source.DEFINITION,
        Source.SECTION,
        Source.PARAPHRASE,
        Source.WORDS,
        Source.CLOZE,
    }
)
"""Others may answer as well as what is paired: no one has looked."""
