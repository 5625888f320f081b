"""Coordination: a question that asks the same of two things, told apart into two questions.

2021年宝马和奔驰的全球销量 asks for 2021年宝马的全球销量 and 2021年奔驰的全球销量: what stands left and right of the
conjunction is parallel, so the two stretches are looked for that are nearest in meaning and length.
"""

from __future__ import annotations

import re

import numpy as np

from index.embedders.static import shipped
from sources.mentions.regions import regions

_CONJUNCTIONS = {"以及", "和", "与", "及", "跟"}
_YEAR = re.compile(r"(?:19|20)\d{2}年?$")
_YEAR_AHEAD = re.compile(r"(?:19|20)\d{2}年?")
_SEVERALLY = re.compile(r"分别|各自|各(?=[有是为占达])")
_TOGETHER = re.compile(r"相?差距?(?:了|是|有|为)?(?=多少)|合计|共计|总计|加起来|总共|一共")
"""What is asked of both together is asked of neither by itself."""
_LONGEST = 4
"""Words that either side may have."""
_ALIKE = 0.4
_LENGTH_COST = 0.3
_SAME_LENGTH = 0.45
"""What words of one length gain: parallel names (出生率和死亡率) are far apart in meaning as often as not."""
_SAME_CHARACTERS = 0.5
"""What names with the same characters gain, by the share of them: 省级奖 and 市级奖, 冬奥会 and 冬残奥会."""
_BREAKS = re.compile(r"[，,、；：:“”《》（）()]|分别|各自|多少|[哪几已]|什么|谁")
_LINKS = frozenset("的地得是在有为了")
"""Words that no name has; as characters of another word (地点, 为民) they don't matter."""


def halves(text: str) -> tuple[str, str] | None:
    """The two questions that `text` coordinates, or None where it doesn't. Its only conjunction decides.

    >>> halves("2021年宝马和奔驰的全球销量分别是多少？")
    ('2021年宝马的全球销量是多少？', '2021年奔驰的全球销量是多少？')
    """
    words = shipped().token_vectors(text)
    conjunctions = [span for span in words.spans if text[slice(*span)] in _CONJUNCTIONS]
    if len(conjunctions) != 1 or not conjunctions[0][0]:
        return None
    left, right = text[: conjunctions[0][0]], text[conjunctions[0][1] :]
    if right.startswith(("以上", "以下", "以内", "以外", "其他", "其它")):
        return None
    cut = _years(left, right) or _alike(left, right)
    if cut is None:
        return None
    begin, end = cut
    head, one, two, tail = left[:begin], left[begin:], right[:end], right[end:]
    if _YEAR.match(one) and two.endswith("年") and not one.endswith("年"):
        one += "年"
    tail = _TOGETHER.sub("", _SEVERALLY.sub("", tail))
    return f"{head}{one}{tail}", f"{head}{two}{tail}"


def _years(left: str, right: str) -> tuple[int, int] | None:
    one, two = _YEAR.search(left), _YEAR_AHEAD.match(right)
    return (one.start(), two.end()) if one and two else None


def _alike(left: str, right: str) -> tuple[int, int] | None:
    """Where the stretch that ends `left` begins and the one that begins `right` ends, as offsets into each."""
    before, after = shipped().token_vectors(left), shipped().token_vectors(right)
    best_value, best = _ALIKE, None
    if not before.spans or before.spans[-1][1] != len(left) or not after.spans or after.spans[0][0]:
        return None
    for words in range(1, min(_LONGEST, len(before.spans)) + 1):
        begin = before.spans[-words][0]
        if before.pieces[-words] in _LINKS or _BREAKS.search(left[begin:]):
            break
        one = np.sum(before.vectors[-words:], axis=0)
        for others in range(1, min(_LONGEST, len(after.spans)) + 1):
            end = after.spans[others - 1][1]
            if after.pieces[others - 1] in _LINKS or _BREAKS.search(right[:end]):
                break
            if left.endswith(right[:end]) or right.startswith(left[begin:]):
                continue  # the same thing twice
            unlike = abs(len(left) - begin - end)
            if not _places_alike(left[begin:], right[:end]):
                continue
            two = np.sum(after.vectors[:others], axis=0)
            value = float(one @ two / max(float(np.linalg.norm(one) * np.linalg.norm(two)), 1e-9))
            value += _SAME_CHARACTERS * _shared(left[begin:], right[:end])
            value += _SAME_LENGTH if not unlike else -_LENGTH_COST * unlike / max(len(left) - begin, end)
            if value > best_value:
                best_value, best = value, (begin, end)
    return best


def _places_alike(one: str, other: str) -> bool:
    """Whether both name a place or neither does: in 甲市的产量和面积 it belongs to both. Not every country is known."""
    named = [regions(text) for text in (one, other)]
    if bool(named[0]) == bool(named[1]):
        return True
    text, (place, *_) = (one, named[0]) if named[0] else (other, named[1])
    return len(one) == len(other) and (place.start, place.end) == (0, len(text))


def _shared(one: str, other: str) -> float:
    """Share of the longer name's characters that both have."""
    return len(set(one) & set(other)) / max(len(one), len(other))
