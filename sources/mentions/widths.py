"""Full-width digits in half width, character by character: １２，３４５．６％ as 12,345.6%."""

from __future__ import annotations

import re

TO_ASCII = str.maketrans("０１２３４５６７８９．，％", "0123456789.,%")
_WIDE = re.compile("[０-９][０-９．，％]*")
_WIDE_GROUP_END = re.compile("，(?![０-９]{3}(?![０-９]))")


def half_width(text: str) -> str:
    """The text with full-width digits, and what stands in and behind them, in half width: no character more or less.

    >>> half_width("１２，３４５．６％，另有３")
    '12,345.6%，另有3'
    """
    return _WIDE.sub(_narrow, text) if _WIDE.search(text) else text


def _narrow(match: re.Match[str]) -> str:
    kept = {comma.start() for comma in _WIDE_GROUP_END.finditer(match[0])}
    return "".join(c if at in kept else c.translate(TO_ASCII) for at, c in enumerate(match[0]))
