"""Coordination: what a text enumerates, told from what stands before and behind it.

宝马和奔驰的全球销量 speaks of 宝马的全球销量 and of 奔驰的全球销量: what stands left and right of the conjunction is
parallel, so the two stretches are looked for that are nearest in meaning and length.
"""

from __future__ import annotations

import re
from collections.abc import Container

import numpy as np
from numpy.typing import NDArray

from index.embedders.static import shipped
from sources.mentions.regions import Region, regions

_CONJUNCTIONS = {"以及", "和", "与", "及", "跟"}
_LONGEST = 8
"""Words that either side may have."""
_KNOWN = 0.8
"""What names gain that the documents have both."""
_LEAST_KNOWN = 3
"""Characters of such a name: 项目 and 服务 are names of anything."""
_WHOLE_PHRASE = 0.15
"""What a stretch gains that begins or ends where a phrase does."""
_PHRASE_STARTS = re.compile(r"^$|[的，,：:省市县区]$")
_PHRASE_ENDS = re.compile(r"$|[的，,：:]|[是有为占达](?:多少|几|到)|多少|哪|几|谁|分别|各")
_ALIKE = 0.4
_LENGTH_COST = 0.3
_SAME_LENGTH = 0.45
"""What words of one length gain: parallel names (出生率和死亡率) are far apart in meaning as often as not."""
_SAME_CHARACTERS = 0.5
"""What names with the same characters gain, by the share of them: 省级奖 and 市级奖, 冬奥会 and 冬残奥会."""
_SAME_END = 0.4
"""What names gain that end alike: 处理率 and 开工率, 甲县 and 乙区."""
_BOUND = re.compile("以[上下内外]|其[他它]")
_LEVELS = frozenset("省市县区镇乡村")
_BREAKS = re.compile(r"[，,、；：:“”《》（）()]|分别|各自|多少|[哪几已]|什么|谁")
_LINKS = frozenset("的地得是在有为了")
"""Words that no name has; as characters of another word (地点, 为民) they don't matter."""


def _alike(
    left: str,
    right: str,
    *,
    whole: tuple[bool, bool] = (False, False),
    known: Container[str] = (),
    surely: bool = False,
) -> tuple[int, int] | None:
    """Where the stretch that ends `left` begins and the one that begins `right` ends, as offsets into each.

    Which of both is `whole` is taken as it stands; they need then not be much alike. `known` are names of things.
    """
    before, after = shipped().token_vectors(left), shipped().token_vectors(right)
    best_value, best = float("-inf") if surely or any(whole) else _ALIKE, None
    if not before.spans or before.spans[-1][1] != len(left) or not after.spans or after.spans[0][0]:
        return None
    inside = [{at for place in regions(text) for at in _within(text, place)} for text in (left, right)]
    for words in [len(before.spans)] if whole[0] else range(1, min(_LONGEST, len(before.spans)) + 1):
        begin = before.spans[-words][0]
        if not whole[0] and (before.pieces[-words] in _LINKS or _BREAKS.search(left[begin:])):
            break
        for others in [len(after.spans)] if whole[1] else range(1, min(_LONGEST, len(after.spans)) + 1):
            end = after.spans[others - 1][1]
            one, two = left[begin:], right[:end]
            if not whole[1] and (after.pieces[others - 1] in _LINKS or _BREAKS.search(two)):
                break
            if left.endswith(two) or right.startswith(one) or begin in inside[0] or end in inside[1]:
                continue  # the same thing twice, or a name cut in two
            if not _places_alike(one, two):
                continue
            value = _likeness(one, two, before.vectors[-words:].sum(axis=0), after.vectors[:others].sum(axis=0))
            value += _KNOWN * (all(len(each) >= _LEAST_KNOWN and each in known for each in (one, two)))
            value += _WHOLE_PHRASE * (bool(_PHRASE_STARTS.search(left[:begin])) + bool(_PHRASE_ENDS.match(right[end:])))
            if value > best_value:
                best_value, best = value, (begin, end)
    return best


def _within(text: str, place: Region) -> range:
    """The offsets at which a cut would go through the place's name, 区 in 某市区 included."""
    return range(place.start + 1, place.end + (text[place.end : place.end + 1] in _LEVELS and place.end < len(text)))


def _likeness(one: str, two: str, one_vector: NDArray[np.float32], two_vector: NDArray[np.float32]) -> float:
    """How parallel two stretches are: near in meaning, of one length, with the same characters."""
    unlike = abs(len(one) - len(two))
    value = float(one_vector @ two_vector / max(float(np.linalg.norm(one_vector) * np.linalg.norm(two_vector)), 1e-9))
    value += _SAME_CHARACTERS * _shared(one, two)
    value += _SAME_END * (one[-1] == two[-1] or {one[-1], two[-1]} <= _LEVELS)
    return value + (_SAME_LENGTH if not unlike else -_LENGTH_COST * unlike / max(len(one), len(two)))


def enumerated(
    text: str, known: Container[str] = (), *, surely: bool = False
) -> tuple[str, tuple[str, ...], str] | None:
    """What stands before an enumeration, what is enumerated, and what stands behind it; None where nothing is.

    `known` are names of things, which aren't cut where that can be helped; `surely` is for a text that enumerates,
    as what is asked of it shows.

    >>> enumerated("某市的小学、初中和高中各有多少所")
    ('某市的', ('小学', '初中', '高中'), '各有多少所')
    """
    words = shipped().token_vectors(text)
    marks = [span for span in words.spans if text[slice(*span)] in _CONJUNCTIONS]
    marks = sorted([*marks, *((at, at + 1) for at, char in enumerate(text) if char == "、")])
    marks = [span for span in marks if span[0] and span[1] < len(text)]
    if not marks or _BOUND.match(text, marks[-1][1]):
        return None
    if not surely and len(marks) == 1 and text[slice(*marks[0])] == "、":
        return None  # 工业、农业用水量 may be one number
    starts = [0, *(end for _, end in marks)]
    ends = [*(start for start, _ in marks), len(text)]
    first, *middle, last = (text[start:end] for start, end in zip(starts, ends, strict=True))
    if any(_BREAKS.search(each) for each in middle):
        return None
    if middle:
        head = _alike(first, middle[0], whole=(False, True), known=known)
        tail = _alike(middle[-1], last, whole=(True, False), known=known)
        cut = (head[0], tail[1]) if head and tail else None
    else:
        cut = _alike(first, last, known=known, surely=surely)
    if cut is None:
        return None
    begin, end = cut
    # 粮食播种面积和粮食产量: what the other begins with belongs to this one, too.
    begin -= max((n for n in range(2, end) if first[:begin].endswith(last[:n])), default=0)
    return first[:begin], (first[begin:], *middle, last[:end]), last[end:]


def substituted(whole: str, part: str, known: Container[str] = ()) -> str:
    """`whole` with `part` in the place of the stretch that is most like it; of a `known` name, only its place.

    >>> substituted("某市常住人口", "户籍人口")
    '某市户籍人口'
    """
    placed = regions(whole)
    if regions(part) and not placed:
        return f"{part}{whole}"
    if len(part) >= _LEAST_KNOWN and part in known:
        return f"{whole[placed[0].start : placed[0].end] if placed and not regions(part) else ''}{part}"
    words, own = shipped().token_vectors(whole), shipped().token_vectors(part).vectors.sum(axis=0)
    best_value, best = float("-inf"), (0, len(whole))
    for first in range(len(words.spans)):
        for last in range(first, len(words.spans)):
            begin, end = words.spans[first][0], words.spans[last][1]
            if end - begin > 2 * len(part) or bool(regions(whole[begin:end])) != bool(regions(part)):
                continue
            value = _likeness(whole[begin:end], part, words.vectors[first : last + 1].sum(axis=0), own)
            value += _WHOLE_PHRASE * ((not begin) + (end == len(whole)))
            if value > best_value:
                best_value, best = value, (begin, end)
    return f"{whole[: best[0]]}{part}{whole[best[1] :]}"


def _places_alike(one: str, other: str) -> bool:
    """Whether both name a place or neither does: in 甲市的产量和面积 it belongs to both. Not every country is known."""
    named = [regions(text) for text in (one, other)]
    if bool(named[0]) == bool(named[1]):
        return True
    text, (place, *_) = (one, named[0]) if named[0] else (other, named[1])
    rest = text[place.end :]
    return len(one) == len(other) and place.start == 0 and (not rest or rest in _LEVELS)


def _shared(one: str, other: str) -> float:
    """Share of the longer name's characters that both have."""
    return len(set(one) & set(other)) / max(len(one), len(other))
