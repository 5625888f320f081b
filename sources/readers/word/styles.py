"""Styles of a Word document: what a paragraph is by the style that it has, and by those that this is based on"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sources.readers.word.xml import W, child, children, is_on, value

_MOST_CHAIN = 30
"""Styles that a style is based on, one after the other; more is a circle."""
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_BODY = 10
"""Word's outline level of what is no heading, from 1."""


@dataclass(frozen=True, slots=True)
class Style:
    """What a style says of its paragraphs or runs."""

    level: int = 0
    """Of a heading, 1 for the outermost; 0 for what is none."""
    title: bool = False
    """Whether it is for the title of the whole document."""
    contents: bool = False
    """Whether it is for the lines of a table of contents."""
    number: str = ""
    """The numId of the list that it counts in."""
    depth: int | None = None
    """The level of that list, from 0; None where the list says which level this style has."""
    hidden: bool = False
    size: int | None = None
    """Of its characters, in half points."""
    middle: bool = False
    """Whether its lines are centred."""


def styles_of(root: Any | None) -> Mapping[str, Style]:
    """The styles in word/styles.xml by their id, "" for the style of paragraphs that name none."""
    elements = {} if root is None else {each.get(f"{W}styleId", ""): each for each in children(root, "style")}
    found = {name: _style([*_chain(elements, name)]) for name in elements}
    usual = next(
        (name for name, each in elements.items() if _is_default(each) and each.get(f"{W}type") == "paragraph"), ""
    )
    defaults = child(child(child(child(root, "docDefaults"), "rPrDefault"), "rPr"), "sz")
    size = int(value(defaults)) if value(defaults).isdecimal() else None
    found = {name: style if style.size else replace(style, size=size) for name, style in found.items()}
    found[""] = found.get(usual, Style(size=size))
    return found


def outline_level(properties: Any | None) -> int | None:
    """The level that a paragraph's properties name outright, 1 for the outermost and 0 for body text."""
    found = child(properties, "outlineLvl")
    if found is None or not value(found).isdecimal():
        return None
    level = int(value(found)) + 1
    return level if level < _BODY else 0


def _is_default(element: Any) -> bool:
    return element.get(f"{W}default") in {"1", "true", "on"}


def _chain(elements: Mapping[str, Any], name: str) -> list[Any]:
    """The style and those that it is based on, itself first."""
    found: list[Any] = []
    while name in elements and len(found) < _MOST_CHAIN:
        found.append(elements[name])
        name = value(child(elements[name], "basedOn"))
    return found


def _style(chain: list[Any]) -> Style:
    own = value(child(chain[0], "name")).strip().lower()
    level: int | None = None
    number, depth = "", None
    hidden: bool | None = None
    for each in chain:
        properties = child(each, "pPr")
        if level is None:
            level = outline_level(properties)
            named = _HEADING.fullmatch(value(child(each, "name")).strip())
            if level is None and named:
                level = int(named[1])
        counted = child(properties, "numPr")
        if not number and counted is not None:
            number = value(child(counted, "numId"))
            if depth is None and value(child(counted, "ilvl")).isdecimal():
                depth = int(value(child(counted, "ilvl")))
        if hidden is None and child(child(each, "rPr"), "vanish") is not None:
            hidden = is_on(child(each, "rPr"), "vanish")
    sizes = (value(child(child(each, "rPr"), "sz")) for each in chain)
    aligned = next(filter(None, (value(child(child(each, "pPr"), "jc")) for each in chain)), "")
    return Style(
        level=level or 0,
        title=own in {"title", "标题"},
        contents=own.startswith("toc "),
        number=number,
        depth=depth,
        hidden=bool(hidden),
        size=next((int(size) for size in sizes if size.isdecimal()), None),
        middle=aligned == "center",
    )
