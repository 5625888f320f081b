"""Cutting: how much of an answer is sent where the client says where it has to end"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.checks.sentences import split
from sources import tokens

_HALF_A_MARK = re.compile(r"\[\d{0,3}\Z")


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a reply has to end."""

    stops: Sequence[str] = ()
    """What it must not contain: it ends before the first of them."""
    max_tokens: int | None = None
    """It ends with the last sentence within so many, with its marks: half a sentence would have no source. One is
    always told."""

    def told(self, text: str) -> tuple[str, str]:
        """The text up to where it has to end, and OpenAI's `finish_reason`."""
        before = self._before_stop(text)
        if self.max_tokens is None or tokens.count(before) <= self.max_tokens:
            return before, "stop"
        told = self._within(before, [sentence.end for sentence in split(before)] or [len(before)])
        return told, "stop" if not before[len(told) :].strip() else "length"

    def so_far(self, text: str) -> str:
        """The part that can be sent of a text that isn't there whole: what comes may be the rest of a stop sequence,
        or of the last sentence."""
        before = self._before_stop(text)
        if before == text:
            longest = max(map(len, self.stops), default=0)
            starts = range(max(0, len(text) - longest + 1), len(text))
            held = next((at for at in starts if any(stop.startswith(text[at:]) for stop in self.stops)), len(text))
            before = text[:held]
        if self.max_tokens is None:
            return before
        ends = [sentence.end for sentence in split(_HALF_A_MARK.sub("", before))][:-1]
        return self._within(before, ends) if ends else ""

    def _before_stop(self, text: str) -> str:
        return text[: min((at for at in map(text.find, self.stops) if at >= 0), default=len(text))]

    def _within(self, text: str, ends: Sequence[int]) -> str:
        most = self.max_tokens or 0
        first, *others = ends
        return text[: max([first, *(end for end in others if tokens.count(text[:end]) <= most)])]
