"""Spelling: slips of the keyboard in a question, mended to words that the corpus has.

A slip is mended only where the text is made of no known words and doesn't stand in the corpus, and where one small
change makes a known word that does: a character that sounds or looks alike, two swapped, one lost, one too many.
Words, names of places, numbers and what stands in quotation marks are never touched, in the corpus or not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedders.static import SHIPPED
from index.queries.glossary import chinese_words
from index.queries.names import every_name
from sources.mentions.gazetteer import place_names

Holds = Callable[[Sequence[str]], Sequence[bool]]
"""Which of these pairs of characters stand in the corpus."""


@dataclass(frozen=True, slots=True)
class Slip:
    """What was typed and what was meant. `text[start:end] == wrong`; either may be a word with what stands around."""

    start: int
    end: int
    wrong: str
    right: str


_LEXICON = Path(__file__).parent / "lexicon"
_RUN = re.compile(r"[一-鿿]{3,}")
_WORD = re.compile(r"[一-鿿]{2,}")
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|「[^」]*」|『[^』]*』|《[^》]*》|‘[^’]*’")
_NUMERAL = frozenset("〇零一二两三四五六七八九十百千万亿第几多年月日号时分秒元角半")
_NAMED = frozenset("镇乡村街路桥山江河湖海岛寺庙院校楼苑园公氏")
"""After these a name of its own may end: 嘉星镇 isn't 嘉兴."""
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆"
    "汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_UNKNOWN = -17.0
"""Log probability of a character that the lexicon doesn't have; that of its words is between -3 and -15."""
_FIELD_WORD = -11.5
"""Of a word of the field, or of a place, that the shipped vocabulary doesn't have."""
_RARE = -12.5
"""What a longer word must be likelier than for something like it to be taken for a slip."""
_LONGEST = 8
_AROUND = 8
_MOST_SLIPS = 3
# By how many nats a change must make the text likelier. Chosen on questions of CMRC and DRCD, as they are (on a corpus
# that isn't theirs none should be changed) and with slips made in them.
_GAIN = {
    "swap": 7.0,
    "term": 6.0,
    "sound": 9.0,
    "near_sound": 11.0,
    "shape": 10.0,
    "lost": 9.0,
    "extra": 9.0,
    "other": 13.0,
}
_STRANGE = 1.5
"""What one more pair of the text's characters in the corpus is worth, in the same measure."""
_QUESTION_WORDS = frozenset(
    "多少 少个 少人 哪些 哪个 哪里 哪年 哪一 什么 为什 如何 怎么 怎样 是否 是多 有多 是什 有哪 几个 何时".split()  # noqa: SIM905
)
"""Pairs that questions are made of, though documents may never use them."""
_ASKING = frozenset("是多少哪什么谁何怎如吗呢有为的了在和与及请问")
_ALIKE = (
    "己已巳 末未 士土 千干于 日曰 人入八 拔拨 侯候 辨辩辫 戊戌戍 洽恰 治冶 幅副辐 淅浙 析折 没设 "
    "侍待 晴睛 博搏 徒徙 毫亳 埔浦 陕峡狭 圆园 技枝 贷货 暮幕慕墓募 蓝篮 竟竞 即既 很狠 钓钩 太大犬 "
    "免兔 乌鸟 历厉 今令 壁璧 州洲 贪贫 苦若 收牧 民氏 籍藉 撤撒 祟崇 粟栗 茶荼 还环坏 偿尝 农衣 "
    "揭竭 稳隐 维唯推 优忧扰 健建 证征 税锐悦 补朴 险检验 粮娘 育盲 持特 渔鱼 职织 帐账 导异 象像 "
    "复夏 底低 纪记 讯训 课棵 政改攻 侧测则 绩积 精请情清 消削销"
)


def mend(text: str, holds: Holds) -> list[Slip]:
    """The slips in `text` (Simplified), in order, without overlaps; at most three."""

    def stands(pairs: Sequence[str]) -> Sequence[bool]:
        return [pair in _QUESTION_WORDS or held for pair, held in zip(pairs, holds(pairs), strict=True)]

    protected = [match.span() for match in _QUOTED.finditer(text)]
    slips: list[Slip] = []
    for match in _RUN.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in protected):
            continue
        for start, end, right in _mended(match[0], stands):
            slips.append(Slip(match.start() + start, match.start() + end, match[0][start:end], right))
    return slips[:_MOST_SLIPS]


@dataclass(frozen=True, slots=True)
class _Change:
    """`run[start:end]` becomes `new`."""

    kind: str
    start: int
    end: int
    new: str


def _mended(run: str, holds: Holds) -> list[tuple[int, int, str]]:
    """What to write instead of which part of `run`."""
    pairs = [run[i : i + 2] for i in range(len(run) - 1)]
    there = holds(pairs)
    if all(there):
        return []
    inner = _inner(run)
    suspects = [at for at, held in enumerate(there) if not held and at not in inner and not set(pairs[at]) <= _NUMERAL]
    changes = list(dict.fromkeys(change for at in suspects for change in _changes(run, at, inner)))
    weighed = []
    for change, strange in _strangeness(run, changes, holds):
        low, high = max(0, change.start - _AROUND), min(len(run), change.end + _AROUND)
        after = run[low : change.start] + change.new + run[change.end : high]
        gain = _likelihood(after)[0] - _likelihood(run[low:high])[0] - _GAIN[change.kind] + _STRANGE * strange
        if gain > 0:
            weighed.append((gain, low, change, after))
    kept: list[tuple[int, int, str]] = []
    for _, low, change, after in sorted(weighed, key=lambda item: -item[0]):
        span = _word_made(run, change, after, low, holds)
        if span and all(span[1] <= start or end <= span[0] for start, end, _ in kept):
            kept.append(span)
    return sorted(kept)


def _strangeness(run: str, changes: Sequence[_Change], holds: Holds) -> Iterator[tuple[_Change, int]]:
    """The changes that make the text less strange, each with how many more of its pairs the corpus then has."""

    def around(change: _Change, new: str) -> list[str]:
        near = run[max(0, change.start - 2) : change.start] + new + run[change.end : change.end + 2]
        return [near[i : i + 2] for i in range(len(near) - 1) if not set(near[i : i + 2]) & _ASKING]

    made = [(around(change, run[change.start : change.end]), around(change, change.new)) for change in changes]
    pairs = list(dict.fromkeys(pair for sides in made for side in sides for pair in side))
    known = dict(zip(pairs, holds(pairs), strict=True))
    for change, (old, new) in zip(changes, made, strict=True):
        before, after = (sum(not known[pair] for pair in side) for side in (old, new))
        # A character that belongs to none of the corpus's words may be part of a name: it is replaced only where
        # everything fits then, or where that makes a word of the field that sounds just the same.
        allowed = {"swap": before - 1, "term": min(1, before - 1), "lost": 1, "extra": 1}.get(change.kind, 0)
        if after <= allowed:
            yield change, before - after


def _word_made(run: str, change: _Change, after: str, low: int, holds: Holds) -> tuple[int, int, str] | None:
    """The part of `run` that the change turns into a word, and that word; None where the corpus doesn't have it."""
    first, last = change.start - low, change.start - low + max(len(change.new), 1)
    at, made = 0, []
    for word in _likelihood(after)[1]:
        start, at = at, at + len(word)
        if start < last and first < at and len(word) > 1:
            made.append((start, word))
    if not made or not all(holds([word[i : i + 2] for _, word in made for i in range(len(word) - 1)])):
        return None
    start = min(made[0][0], first)
    end = max(made[-1][0] + len(made[-1][1]), first + len(change.new))
    wrong_end = end + low + change.end - change.start - len(change.new)
    if change.kind != "swap" and _may_be_a_name(run, start + low, wrong_end, after[start:end]):
        return None
    return start + low, wrong_end, after[start:end]


def _may_be_a_name(run: str, start: int, end: int, right: str) -> bool:
    """Whether what was typed may be the name of a person or of a small place that merely resembles `right`."""
    if run[end : end + 1] in _NAMED:
        return True
    return len(right) <= 3 and right[0] in _SURNAMES and run[start] == right[0] and right not in _field_words()


def _changes(run: str, at: int, inner: frozenset[int]) -> Iterator[_Change]:
    """What may have been meant where `run[at]` and `run[at + 1]` don't go together."""
    words, lost = _words(), _with_one_lost()
    one, two = run[at], run[at + 1]
    if one == two:
        yield _Change("extra", at, at + 1, "")
    elif one not in _NUMERAL and two not in _NUMERAL:
        yield _Change("swap", at, at + 2, two + one)
    for place in (at, at + 1):
        # Within a known word nothing is replaced: that word was meant.
        if run[place] in _NUMERAL or place in inner or place - 1 in inner:
            continue
        before, behind = run[place - 1 : place], run[place + 1 : place + 2]
        for other, kind in _resembling(run[place]).items():
            made = [word for word in (before + other, other + behind) if word in words and not set(word) & _NUMERAL]
            if made:
                term = kind == "sound" and not _field_words().isdisjoint(made)
                yield _Change("term" if term else kind, place, place + 1, other)
    for start in range(max(0, at - 4), at + 2):
        for end in range(max(start + 2, at + 1), min(len(run), start + 6) + 1):
            for place, char in lost.get(run[start:end], ()):
                if start + place == at + 1:
                    yield _Change("lost", at + 1, at + 1, char)
            for place in (at, at + 1):  # longer words, of which one character is another
                if end - start < 3 or not start <= place < end or run[place] in _NUMERAL:
                    continue
                for other_place, char in lost.get(run[start:place] + run[place + 1 : end], ()):
                    if other_place == place - start and char != run[place] and char not in _NUMERAL:
                        kind = _resembling(run[place]).get(char, "other" if end - start > 3 else "")
                        if kind:
                            yield _Change(kind, place, place + 1, char)


def _inner(run: str) -> frozenset[int]:
    """Where a pair of characters stands within one known word."""
    inner: set[int] = set()
    at = 0
    for word in _likelihood(run)[1]:
        inner.update(range(at, at + len(word) - 1))
        at += len(word)
    codes = np.array([ord(char) for char in run], np.uint64)
    for length in (2, 3):
        keys = _keys(codes, length)
        known = _dictionary()
        places = np.searchsorted(known, keys).clip(max=len(known) - 1)
        for at in np.flatnonzero(known[places] == keys).tolist():
            inner.update(range(at, at + length - 1))
    return frozenset(inner)


def _keys(codes: NDArray[np.uint64], length: int) -> NDArray[np.uint64]:
    """One number for each row of `length` (2 or 3) characters; 16 bits each are enough for those of dictionaries."""
    keys = np.zeros(len(codes) - length + 1, np.uint64)
    for offset in range(length):
        keys = (keys << np.uint64(16)) | codes[offset : offset + len(keys)]
    return keys


@cache
def _dictionary() -> NDArray[np.uint64]:
    """The words of two and three characters of a large dictionary, as `_keys` makes them, sorted."""
    keys: NDArray[np.uint64] = np.load(_LEXICON / "dictionary.npy", mmap_mode="r")
    return keys


@lru_cache(maxsize=8192)
def _likelihood(text: str) -> tuple[float, tuple[str, ...]]:
    """The log probability of `text` as a row of words, and these words, for the likeliest of such rows."""
    lexicon = _words()
    best: list[float] = [0.0]
    back = [0]
    for end in range(1, len(text) + 1):
        top, since = best[end - 1] + lexicon.get(text[end - 1], _UNKNOWN), end - 1
        for start in range(max(0, end - _LONGEST), end - 1):
            if (own := lexicon.get(text[start:end])) is not None and best[start] + own > top:
                top, since = best[start] + own, start
        best.append(top)
        back.append(since)
    words, end = [], len(text)
    while end:
        words.append(text[back[end] : end])
        end = back[end]
    return best[-1], tuple(reversed(words))


@cache
def _words() -> dict[str, float]:
    """Every known word with its log probability: the shipped vocabulary, places, and words of the field."""
    pieces = json.loads((SHIPPED / "tokenizer.json").read_bytes())["model"]["vocab"]
    scores = {word: score for word, score in pieces if "一" <= word[0] <= "鿿"}
    for word in _field_words():
        scores[word] = max(scores.get(word, _FIELD_WORD), _FIELD_WORD)
    return scores


@cache
def _field_words() -> frozenset[str]:
    return frozenset(word for word in (*place_names(), *chinese_words(), *every_name()) if _WORD.fullmatch(word))


@cache
def _with_one_lost() -> dict[str, list[tuple[int, str]]]:
    """What is left of each word of three to eight characters without one of them → which place, which character."""
    rests: dict[str, list[tuple[int, str]]] = {}
    places = place_names()
    for word, score in _words().items():
        if 3 <= len(word) <= _LONGEST and score > _RARE and word not in places:
            for place, char in enumerate(word):
                rests.setdefault(word[:place] + word[place + 1 :], []).append((place, char))
    return rests


@lru_cache(maxsize=4096)
def _resembling(char: str) -> dict[str, str]:
    """The characters that sound or look like `char`, each with how: sound, near_sound or shape."""
    syllables, characters = _sounds()
    others: dict[str, str] = {}
    own = syllables.get(char, ())
    for syllable in own:
        for other in characters[syllable]:
            others[other] = "sound"
    for group in _shapes().get(char, ()):
        for other in group:
            others.setdefault(other, "shape")
    for syllable in own:
        for near in _near()[_blurred(syllable)]:
            for other in characters[near]:
                others.setdefault(other, "near_sound")
    others.pop(char, None)
    return others


@cache
def _near() -> dict[str, list[str]]:
    """The syllables that many speakers don't tell apart, by what they have in common."""
    alike: dict[str, list[str]] = {}
    for syllable in _sounds()[1]:
        alike.setdefault(_blurred(syllable), []).append(syllable)
    return alike


@cache
def _sounds() -> tuple[dict[str, list[str]], dict[str, str]]:
    rows = (line.split("\t") for line in (_LEXICON / "pinyin.tsv").read_text(encoding="utf8").splitlines())
    characters = dict(rows)
    syllables: dict[str, list[str]] = {}
    for syllable, those in characters.items():
        for char in those:
            syllables.setdefault(char, []).append(syllable)
    return syllables, characters


@cache
def _shapes() -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for group in _ALIKE.split():
        for char in group:
            groups.setdefault(char, []).append(group)
    return groups


@cache
def _blurred(syllable: str) -> str:
    """The syllable without what many speakers don't tell apart: zh and z, an and ang, n and l."""
    syllable = re.sub(r"^([zcs])h", r"\1", syllable)
    return re.sub(r"^n(?=[^g])", "l", re.sub(r"(?<=[aei])ng$", "n", syllable))


def applied(text: str, slips: Iterable[Slip]) -> str:
    """`text` with its slips mended."""
    for slip in sorted(slips, key=lambda slip: -slip.start):
        text = text[: slip.start] + slip.right + text[slip.end :]
    return text
