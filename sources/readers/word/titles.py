"""The title of a Word document by its looks: official papers have no styles, but a large line in the middle"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.readers.word.styles import Style
from sources.readers.word.xml import W, child, value

_SENTENCE = re.compile(r"。|[！？!?；;](?=.)")
_HEAD_PARAGRAPHS = 15
"""A title stands among these, counted without empty ones."""
_SAMPLE_PARAGRAPHS = 60
"""Of which the size of the ordinary text is taken."""
_MOST_CHARS = 120
_LEAST_CHARS = 4
_RED_FROM, _RED_TO = 0xC0, 0x60
"""Red: at least so much red, and at most so much of the others."""


@dataclass(frozen=True, slots=True)
class _Look:
    paragraph: Any
    chars: int
    size: int
    """Of most of its characters, in half points."""
    middle: bool
    red: bool
    """Red heads name the body that issues: 某某市人民政府文件."""
    heading: bool
    sentence: bool
    """Whether it is one, or several."""


def title_by_looks(body: Any, styles: Mapping[str, Style]) -> Sequence[Any]:
    """The paragraphs that together are the title: the largest ones in the middle of their lines near the beginning,
    larger than ordinary text, one below the other. Empty where none are, and where styles name the headings there."""
    looks: list[_Look | None] = []
    for element in body:
        if len(looks) >= _SAMPLE_PARAGRAPHS:
            break
        if element.tag == W + "p":
            if (look := _look(element, styles)) is not None:
                looks.append(look)
        elif element.tag == W + "tbl":
            looks.append(None)
    sizes: Counter[int] = Counter()
    for look in looks:
        if look is not None and not look.middle:
            sizes[look.size] += look.chars
    usual = sizes.most_common(1)[0][0] if sizes else styles[""].size or 0
    runs: list[list[_Look]] = [[]]
    for look in looks[:_HEAD_PARAGRAPHS]:
        if look is None or not look.middle or look.red or look.sentence or look.size <= usual:
            runs.append([])
        elif runs[-1] and runs[-1][-1].size != look.size:
            runs.append([look])
        else:
            runs[-1].append(look)
    runs = [run for run in runs if run and _LEAST_CHARS <= sum(look.chars for look in run) <= _MOST_CHARS]
    best = max(runs, key=lambda run: run[0].size, default=[])
    if any(look.heading for look in best):
        return []
    return [look.paragraph for look in best]


def _look(paragraph: Any, styles: Mapping[str, Style]) -> _Look | None:
    """How a paragraph looks; None for an empty one."""
    properties = child(paragraph, "pPr")
    style = styles.get(value(child(properties, "pStyle"))) or styles[""]
    sizes: Counter[int] = Counter()
    reds = 0
    text = ""
    for run in paragraph.iter(W + "r"):
        said = "".join(each.text or "" for each in run.iterfind(W + "t")).strip()
        if not said:
            continue
        own = child(run, "rPr")
        named = styles.get(value(child(own, "rStyle")))
        size = (
            _number(value(child(own, "sz"))) or (named.size if named else None) or style.size or styles[""].size or 20
        )
        sizes[size] += len(said)
        reds += len(said) * _is_red(value(child(own, "color")))
        text += said
    if not text:
        return None
    aligned = value(child(properties, "jc"))
    middle = aligned == "center" if aligned else style.middle
    heading = bool(style.level or style.title)
    chars = len("".join(text.split()))
    return _Look(
        paragraph, chars, sizes.most_common(1)[0][0], middle, reds * 2 > chars, heading, bool(_SENTENCE.search(text))
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _is_red(color: str) -> bool:
    try:
        red, green, blue = bytes.fromhex(color)
    except ValueError:
        return False
    return red >= _RED_FROM and green <= _RED_TO and blue <= _RED_TO
