"""Clauses of an answer that are the evidence's but for a few characters: what was copied wrong, or turned round.

支持扩大复工            evidence  支持有序复工             ("扩大", "有序")
补助金额超过50万元      evidence  补助金额不超过50万元     ("", "不")
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.checks.statement import Statement
from assistant.checks.support import flat
from sources.sentences import clauses

_ANCHOR_CHARS = 4
_MOST_CHARS = 4
"""Of a slip on either side: longer ones are other words, which the wording is judged by."""
_MIN_SAME_CHARS = 6
_MIN_SAME_SHARE = 0.6
_ENDS = "。.!！?？;；,，:：、"
Slip = tuple[str, str]
"""What a clause says, and what the evidence has in its place; either may be empty."""


def slips(statement: Statement) -> Iterator[Slip]:
    """The smallest difference of each clause that stands in the evidence but for one short stretch."""
    passages = [ground.flat for ground in statement.grounds]
    whole = flat(statement.text)
    for start, end in clauses(statement.text):
        clause = flat(statement.text[start:end]).strip(_ENDS)
        if len(clause) < _MIN_SAME_CHARS or any(clause in text for text in passages):
            continue
        candidates = [slip for text in passages for slip in _differences(clause, text)]
        if candidates:
            stretch, given = min(candidates, key=lambda slip: len(slip[0]) + len(slip[1]))
            if stretch or whole.count(given) == 0:
                yield stretch, given


def _differences(clause: str, text: str) -> Iterator[Slip]:
    for at in _places(clause[:_ANCHOR_CHARS], text):
        same = _common(clause, text[at : at + len(clause)])
        yield from _after(clause, same, text, at + same)
    for at in _places(clause[-_ANCHOR_CHARS:], text):
        stop = at + _ANCHOR_CHARS
        same = _common(clause[::-1], text[max(0, stop - len(clause)) : stop][::-1])
        stretch = clause[: len(clause) - same]
        if _is_small(stretch, clause):
            yield stretch, text[max(0, stop - same - len(stretch)) : stop - same]


def _after(clause: str, same: int, text: str, at: int) -> Iterator[Slip]:
    """What differs from the place on where clause and text part, if they come together again."""
    for size in range(min(_MOST_CHARS, len(clause) - same) + 1):
        stretch, rest = clause[same : same + size], clause[same + size :]
        if not _is_small(stretch, clause):
            return
        if not rest:
            yield stretch, text[at : at + size]
            continue
        for other in range(_MOST_CHARS + 1):
            if text.startswith(rest, at + other):
                yield stretch, text[at : at + other]
                break


def _is_small(stretch: str, clause: str) -> bool:
    same = len(clause) - len(stretch)
    return len(stretch) <= _MOST_CHARS and same >= max(_MIN_SAME_CHARS, _MIN_SAME_SHARE * len(clause))


def _places(words: str, text: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(re.escape(words), text))


def _common(one: str, other: str) -> int:
    """The length of the common beginning."""
    return next(
        (at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )
