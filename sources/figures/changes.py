"""Changes told in one go: what a value was, and what it became (由900元提高到1,200元)"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sources.mentions.numerals import Quantity
from sources.mentions.periods import Period

_FROM = re.compile(r"[由从][^，。；由从]{0,16}$")
_BECAME = re.compile(r"[ ]?(?P<verb>[一-龥]{1,5}?)(?:为|到|至|成)[ ]?")
_REVISED = re.compile("修订|修正|更正|核定|核实|订正")
_BEFORE_VALUE = re.compile("的?(?:每[人户月年]{1,2})?[ ]?")


@dataclass(frozen=True, slots=True)
class Former:
    """What a value was: from where to where a text tells it."""

    start: int
    end: int
    is_dated: bool
    """It is told of what time that was, or it is the same one, and only what is known of it has changed."""


def former_at(
    text: str, numbers: Sequence[Quantity], index: int, dates: Sequence[Period], *, since: int
) -> Former | None:
    """A number as what the next one was before; None where it isn't. The words before it begin at `since`."""
    number = numbers[index]
    following = numbers[index + 1] if index + 1 < len(numbers) else None
    came = _FROM.search(text, since, number.start)
    if following is None or came is None or following.kind != number.kind:
        return None
    until = next(
        (
            each.start
            for each in dates
            if each.start > number.end and _BEFORE_VALUE.fullmatch(text, each.end, following.start)
        ),
        following.start,
    )
    shift = _BECAME.fullmatch(text, number.end, until)
    if shift is None:
        return None
    dated = any(came.start() <= each.start < number.start for each in dates)
    return Former(came.start(), number.end, dated or bool(_REVISED.search(shift["verb"])))


def is_change(text: str, *, since: int, was: tuple[int, int], becomes: int) -> bool:
    """Whether `text` tells in one go what a value at `was` became, at `becomes`; its clause begins at `since`."""
    return bool(_FROM.search(text, since, was[0]) and _BECAME.fullmatch(text, was[1], becomes))
