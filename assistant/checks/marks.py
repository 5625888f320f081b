"""Marks: whether a sentence has any, whether they lead to a citation, and whether that is one to rest on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from sources.instructions import speaks_to_reader

_ADDRESS = re.compile(r"(?:https?://|www\.)[\w.~:/?#@!$&*+=%-]+", re.IGNORECASE)


def check_marks(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """What is wrong with a sentence's marks and with what they lead to."""
    if not statement.marks:
        yield Problem("missing_mark", statement.printed)
    known = {ground.citation.number for ground in statement.grounds}
    for mark in statement.marks:
        if mark not in known:
            yield Problem("unknown_mark", f"[{mark}]")
    for ground in statement.grounds:
        if not ground.is_verbatim:
            yield Problem("quote_not_verbatim", f"[{ground.citation.number}]")
        if ground.is_order:
            yield Problem("instruction", f"[{ground.citation.number}]")
    if speaks_to_reader(statement.printed):
        yield Problem("instruction", statement.printed)
    for address in _ADDRESS.findall(statement.printed):
        if not any(address in ground.text for ground in statement.grounds):
            yield Problem("not_supported", address)
