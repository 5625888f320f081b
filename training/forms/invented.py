"""Invented questions, each with the form of answer that it asks for: patterns with topics put in (`invented.toml`).

>>> len({form for _, form, _ in invented(seed=1)})
5
"""

from __future__ import annotations

import random
import re
import tomllib
from pathlib import Path

from assistant.question.forms import FORMS, Form

_PATTERNS = Path(__file__).with_name("invented.toml")
_OPENINGS = ("", "", "", "", "", "请问", "请问一下，", "想问下", "麻烦问一下", "帮我查一下", "我想知道")
_A_PATTERN = 24
"""Questions made of a pattern with a slot."""


def invented(*, seed: int) -> list[tuple[str, Form, bool]]:
    """Questions with the form of answer that each asks for, and whether it is of a pattern that is kept aside.

    No two are alike.
    """
    kept = tomllib.loads(_PATTERNS.read_text(encoding="utf8"))
    slots = {name: _several(values) for name, values in kept["slots"].items()}
    chance = random.Random(seed)
    found: dict[str, tuple[Form, bool]] = {}
    for form in FORMS:
        for number, pattern in enumerate(_several(kept["patterns"][form])):
            for _ in range(_A_PATTERN if "{" in pattern else 1):
                found.setdefault(_filled(pattern, slots, chance), (form, number % 5 == 0))
    return [(text, form, aside) for text, (form, aside) in found.items()]


def _several(text: str) -> list[str]:
    return [each.strip() for each in text.split("|")]


def _filled(pattern: str, slots: dict[str, list[str]], chance: random.Random) -> str:
    text = re.sub(r"\{(\w+)\}", lambda slot: chance.choice(slots[slot[1]]), pattern)
    if not text.isascii():
        text = f"{chance.choice(_OPENINGS)}{text}"
    return text.rstrip("？?。 ") + chance.choice(("？", "？", "", "?")) if chance.random() < 0.5 else text
