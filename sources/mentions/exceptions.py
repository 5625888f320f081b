"""Exceptions: what a text takes out of its rule.

宠物不得进入景区，导盲犬除外。    takes 导盲犬 out
"""

from __future__ import annotations

import re

from sources.sentences import Span

_TAKES_OUT = re.compile(
    r"除(?P<before>[^，。；：除\n]{1,60}?)(?:以外|之外|外)"
    r"|(?:但|但是|其中)?(?P<after>[^，。；：\n（）()]{1,60}?)(?:除外|不在此限|例外)"
    r"|(?:不包括|不包含|不含)(?P<inside>[^，。；：\n（）()]{1,60})"
)
"""The one place where it stands which words take something out of a rule."""

_MARKS = re.compile("除[^，。；：\\n]{1,60}?外|除外|不在此限|例外|不包[括含]|不含")
_CLAUSE_MARKS = "，。；：\n（("
_REACH = 62


def exceptions(text: str) -> list[str]:
    """What the text takes out of its rule: ["导盲犬"]."""
    return [next(filter(None, each.groups())) for each in _TAKES_OUT.finditer(text)]


def exception_spans(text: str) -> list[Span]:
    """Where that stands, with the words that take it out, by half-open character offsets, in order.

    Only the clauses that have such words are looked at: of a whole document they are few.
    """
    clauses = dict.fromkeys((_clause_start(text, each.start()), each.end() + _REACH) for each in _MARKS.finditer(text))
    found = {each.span() for start, end in clauses for each in _TAKES_OUT.finditer(text, start, end)}
    return sorted(found)


def _clause_start(text: str, at: int) -> int:
    first = max(0, at - _REACH)
    return max(first, *(text.rfind(mark, first, at) + 1 for mark in _CLAUSE_MARKS))


def without_exceptions(text: str) -> str:
    """The rule alone."""
    return _TAKES_OUT.sub("", text)
