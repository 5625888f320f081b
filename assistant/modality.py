"""How strongly something is asked for: 应当, 可以, 鼓励, 不得. A 鼓励 told as 必须 turns a wish into a duty."""

from __future__ import annotations

import re
from collections.abc import Mapping

_MODALS: Mapping[str, re.Pattern[str]] = {
    "must": re.compile(
        r"应当|应该|必须|务必|一律|强制|\b(?:must|shall|has to|have to|required to)\b(?! not)", re.IGNORECASE
    ),
    "may": re.compile(r"可以|允许|自愿|自主选择|\b(?:may|allowed to|permitted to)\b(?! not)", re.IGNORECASE),
    "urged": re.compile(r"鼓励|倡导|提倡|\bencouraged? to\b", re.IGNORECASE),
    "must not": re.compile(r"不得|禁止|严禁|不准|不许|\b(?:must not|may not|shall not|prohibited)\b", re.IGNORECASE),
}
_ANY = re.compile("|".join(f"(?:{each.pattern})" for each in _MODALS.values()), re.IGNORECASE)


def modals(clause: str) -> set[str]:
    """Which kinds of demand `clause` makes: must, may, urged, must not."""
    return {name for name, pattern in _MODALS.items() if pattern.search(clause)}


def without_modals(clause: str) -> str:
    """What is demanded, whether as a duty or a wish."""
    return _ANY.sub(" ", clause)
