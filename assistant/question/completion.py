"""Completion: a question that leaves something out, put into full words with those of an earlier one.

    2024年临海市水稻产量是多少？ + 那丽水呢    →  2024年丽水水稻产量是多少？    (a word in the place of its like)
    办理居住证需要什么材料？ + 要交多少钱      →  办理居住证要交多少钱          (what it is about, and the new question)
    云岭水库什么时候开工？ + 它什么时候完工    →  云岭水库什么时候完工          (a name in the place of a pronoun)

Every way in which the two can be put together is a candidate; a network that has seen a good many of them orders these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.question import seams
from assistant.question.bonds import bond
from assistant.question.earlier import KINDS, Source
from assistant.question.kinds import MEASURES
from assistant.question.sketch import SLOTS, SORTS, Sketch, sketch
from index.ranking.networks import Floats

_MOST_REPLACED = 6
_MOST_DROPPED = 4
"""Words at the head of an earlier question that may be left out."""
_MEASURED = re.compile(rf"^((?:是|有|为|达|达到)?多少)(?:{MEASURES})$")
_YEAR = re.compile(r"(?:(?:19|20)\d\d年?|[去今前明本上]年|20\d\d\b)")
Rows = np.ndarray[tuple[int, int], np.dtype[np.int64]]
CORES = ("last", "whole", "first", "slots", "all")
"""Where in the question the new words are looked for: in its last clause, in all of it, in its first; times and places
alone; every word of the last clause, whatever it says."""
WAYS = ("slots", "swap", "insert", "lead", "within")
"""Only times and places change; words in the place of others; words between others; words of the earlier question
before the new one, or in the place of a pronoun in it."""
_MOST_SURE = 6.0
"""Log-odds of a word's staying that count no more beyond."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Ways to put a question and one source together, one a row."""

    base: Sketch
    """The source, with the new times and places in the places of its own."""
    rest: Sketch
    """The new words that are left."""
    before: str
    """What of the question stands before the words taken from the source."""
    rows: Rows
    """(n, 4): of `base`, the words from the first to the second are kept, and those from the third on; the way."""
    features: Floats
    """(n, inputs)"""

    def text(self, row: int) -> str:
        """The completed question, without its mark."""
        a, i, j, way = (int(each) for each in self.rows[row])
        if WAYS[way] == "slots":
            return self.base.text.rstrip("？?")
        head = self.base.cut(a, i)
        if WAYS[way] == "lead":  # 养老服务的 before 存在什么问题
            head = head.removesuffix("的")
        return _put([self.before, head, self.rest.text, self.base.cut(j, len(self.base))])

    def in_own_measure(self, row: int) -> str:
        """The same without the measure of what was counted before: 旅游收入多少 for 游客多少人次."""
        _, i, j, way = (int(each) for each in self.rows[row])
        text = self.text(row)
        if WAYS[way] != "swap" or i == j:
            return text
        after = self.base.cut(j, len(self.base)).strip("，,。？? ")
        kept = _MEASURED.sub(r"\1", after)
        return text if kept == after or not text.endswith(after) else text.removesuffix(after) + kept


def _put(pieces: Sequence[str]) -> str:
    """The pieces in a row; Latin words apart."""
    text = ""
    for piece in filter(None, (each.strip(" ，,。？?") for each in pieces)):
        apart = text and text[-1].isascii() and text[-1].isalnum() and piece[0].isascii() and piece[0].isalnum()
        text = f"{text} {piece}" if apart else text + piece
    return text


def core_of(empty: Floats, first: int, last: int) -> tuple[int, int]:
    """The run of words between `first` and `last` that says something: `empty` are each word's log-odds of saying
    nothing by itself (那, 呢, 我问的是)."""
    best, found = float("-inf"), (first, last)
    for start in range(first, last):
        gain = 0.0
        for end in range(start + 1, last + 1):
            gain -= float(empty[end - 1])
            if gain > best + 1e-6:
                best, found = gain, (start, end)
    return found


def candidates(
    question: Sketch, source: Source, empty: Floats, stays: Floats, weights: Mapping[str, Floats]
) -> Iterator[Candidates]:
    """Every way to complete the question from `source`; `empty` as in `core_of`, `stays` the log-odds that each word of
    the source stays in the completed question, `weights` those of `seams`."""
    seen: set[tuple[int, int, bool]] = set()
    for name, (first, last) in _cores(question, empty).items():
        for slots in (True, False):
            typed = [at for at in range(first, last) if _has_place(question, at, source.sketch)] if slots else []
            if (slots and (not typed or source.whole)) or (first, last, slots) in seen:
                continue
            seen.add((first, last, slots))
            yield from _of_core(question, source, empty, stays, name, (first, last), typed, weights)


def _has_place(question: Sketch, at: int, source: Sketch) -> bool:
    """Whether a word takes the place of one in the source: a number only of one like it, 第五条 of 第二条."""
    sort, word = question.sorts[at], question.word(at)
    if sort != "number":
        return sort in SLOTS
    own = [source.word(each) for each in range(len(source)) if source.sorts[each] == "number"]
    return any(each[:1] == word[:1] and each[-1:] == word[-1:] for each in own)


def _cores(question: Sketch, empty: Floats) -> dict[str, tuple[int, int]]:
    breaks = [
        at
        for at in range(1, len(question))
        if any(mark in question.text[question.spans[at - 1][1] : question.spans[at][0]] for mark in "，,。；;：:？?")
    ]
    found = {
        "last": core_of(empty, breaks[-1] if breaks else 0, len(question)),
        "whole": core_of(empty, 0, len(question)),
        "first": core_of(empty, 0, breaks[0] if breaks else len(question)),
    }
    typed = [at for at, sort in enumerate(question.sorts) if sort in SLOTS]
    if typed:
        found["slots"] = (typed[-1], typed[-1] + 1)
    found["all"] = (breaks[-1] if breaks else 0, len(question))
    return found


def _of_core(
    question: Sketch,
    source: Source,
    empty: Floats,
    stays: Floats,
    core: str,
    span: tuple[int, int],
    typed: Sequence[int],
    weights: Mapping[str, Floats],
) -> Iterator[Candidates]:
    base, replaced = _with_slots(question, source.sketch, typed)
    left = [at for at in range(*span) if at not in typed]
    runs = _runs(left)
    rest = (
        sketch("".join(question.cut(*run) for run in runs))
        if len(runs) > 1
        else sketch(question.cut(*runs[0]))
        if runs
        else None
    )
    about = _About(
        source,
        core,
        len(typed),
        replaced,
        base,
        _of_base(base, source.sketch, stays),
        np.clip(empty, -_MOST_SURE, _MOST_SURE),
        weights,
    )
    every = range(*span)
    if rest is None or not len(rest) or all(empty[at] > 0 for at in left):
        if typed or source.whole:  # 最后一个呢: the item itself
            yield about.block(None, typed, [(0, len(base), len(base), WAYS.index("slots"))])
        return
    if rest.word(0) in source.sketch.text and len(rest) > 1 and rest.sorts[0] == "word":
        without = sketch(rest.cut(1, len(rest)))  # 《……办法》 and 办法什么时候失效
        yield about.block(without, [at for at in every if at != left[0]], _leads(base, source, "lead"), again=True)
    rows = _leads(base, source, "lead")
    if not source.whole and not rest.has("asks"):
        swap, insert, count = WAYS.index("swap"), WAYS.index("insert"), len(base)
        rows += [(0, i, j, swap) for i in range(count) for j in range(i + 1, min(i + _MOST_REPLACED, count) + 1)]
        rows += [(0, i, i, insert) for i in range(count + 1)]
    around = question.text[: question.spans[span[0]][0]], question.text[question.spans[span[1] - 1][1] :]
    yield about.block(rest, every, rows, outside=around)
    for start, end in _pronouns(empty, span):
        if start > span[0]:
            after = sketch(question.cut(end, span[1]))
            used = [at for at in every if not start <= at < end]
            yield about.block(after, used, _leads(base, source, "within"), before=question.cut(span[0], start))


def _of_base(base: Sketch, source: Sketch, stays: Floats) -> Floats:
    """The log-odds of staying for the words of `base`: those that came in stay."""
    if base is source:
        return np.clip(stays, -_MOST_SURE, _MOST_SURE)
    known: dict[str, list[float]] = {}
    for at in range(len(source)):
        known.setdefault(source.word(at), []).append(float(stays[at]))
    own = [known[word].pop(0) if known.get(word := base.word(at)) else _MOST_SURE for at in range(len(base))]
    return np.clip(np.array(own, np.float32), -_MOST_SURE, _MOST_SURE)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for at in places:
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _pronouns(empty: Floats, span: tuple[int, int]) -> list[tuple[int, int]]:
    """The runs of words inside that say nothing by themselves, and may stand for something."""
    return [run for run in _runs([at for at in range(*span) if empty[at] > 0]) if run[1] < span[1]]


def _leads(base: Sketch, source: Source, way: str) -> list[tuple[int, int, int, int]]:
    """What the head of a question may be taken from, and none of the rest."""
    count, number = len(base), WAYS.index(way)
    if source.whole:
        return [(0, count, count, number)]
    return [(a, i, count, number) for a in range(min(_MOST_DROPPED, count)) for i in range(a + 1, count + 1)]


def _with_slots(question: Sketch, base: Sketch, typed: Sequence[int]) -> tuple[Sketch, int]:
    """The source with the new times and places for its own, or before it where it has none; how many gave way."""
    text, replaced = base.text.rstrip("？?"), 0
    english = not any("一" <= character <= "鿿" for character in text)
    for at in typed:
        sort, word = question.sorts[at], question.word(at)
        now = sketch(text)
        own = [place for place, each in enumerate(now.sorts) if each == sort]
        alike = [place for place in own if now.word(place)[-1:] == word[-1:] and now.word(place)[:1] == word[:1]]
        if own:
            if sort == "time" and not _YEAR.match(word) and (year := _YEAR.match(now.word(own[0]))):
                word = f"{year[0]}{word}" if word != "同期" else now.word(own[0])  # 上半年 of the year spoken of
            start, end = now.spans[(alike or own)[-1] if sort == "number" else own[0]]
            text, replaced = f"{text[:start]}{word}{text[end:]}", replaced + 1
        elif english:
            text = f"{text} in {word}"
        elif sort == "place" and now.sorts[:1] == ("time",):
            text = f"{text[: now.spans[0][1]]}{word}{text[now.spans[0][1] :]}"
        elif sort == "number":
            break  # an amount has no place of its own
        else:
            text = f"{word}{text}"
    return sketch(text), replaced


@dataclass(frozen=True, slots=True)
class _About:
    """What all the candidates of one core share."""

    source: Source
    core: str
    typed: int
    replaced: int
    base: Sketch
    stays: Floats
    empty: Floats
    weights: Mapping[str, Floats]

    def block(
        self,
        rest: Sketch | None,
        used: Sequence[int],
        ways: Sequence[tuple[int, int, int, int]],
        *,
        before: str = "",
        again: bool = False,
        outside: tuple[str, str] = ("", ""),
    ) -> Candidates:
        """The candidates with their features; `used` are the question's words that they have, `outside` what stands
        around the new ones."""
        has = np.zeros(len(self.empty), bool)
        has[list(used)] = True
        full = np.where(has, -self.empty, self.empty)
        rows: Rows = np.array(ways).reshape(-1, 4)
        new = rest or sketch("")
        about = [
            *(self.core == each for each in CORES),
            *(self.source.kind == each for each in KINDS),
            again,
            full.mean(),
            np.where(has, -_MOST_SURE, -self.empty).max(initial=-_MOST_SURE),
            np.where(has, self.empty, -_MOST_SURE).max(initial=-_MOST_SURE),
            self.typed,
            self.replaced,
            len(new),
            len(new.text),
            *(sum(each == sort for each in new.sorts) for sort in SORTS),
        ]
        shared = np.repeat(np.array([about], np.float32), len(rows), axis=0)
        ways_taken = (rows[:, 3:] == np.arange(len(WAYS))).astype(np.float32)
        read = [
            *_of_words(self.base, rows, self.stays),
            *_of_texts(self.base, new, rows),
            *_of_seams(self.weights, self.base, new, rows, sketch(before) if before else None),
            *_of_bonds(self.base, new, rows, before, outside),
        ]
        own = np.stack(read, axis=1)
        features = np.concatenate([shared, ways_taken, own.astype(np.float32)], axis=1)
        return Candidates(self.base, new, before, rows, features)


def _of_words(base: Sketch, rows: Rows, stays: Floats) -> Iterator[NDArray[np.generic]]:
    """How well what is kept agrees with what is likely to stay, word by word, (rows,) each."""
    count = len(base)
    a, i, j, _ = rows.T
    at = np.arange(count)
    kept = ((at >= a[:, None]) & (at < i[:, None])) | (at >= j[:, None])
    agree = np.where(kept, stays, -stays)
    yield agree.sum(axis=1)
    yield agree.mean(axis=1)
    yield np.where(kept, stays, _MOST_SURE).min(axis=1, initial=_MOST_SURE)
    yield np.where(kept, -_MOST_SURE, stays).max(axis=1, initial=-_MOST_SURE)
    edges = np.append(stays, 0.0)
    yield edges[np.where(i > 0, i - 1, count)]
    yield edges[i]
    yield edges[np.where(j > i, j - 1, count)]
    yield edges[j]


def _of_texts(base: Sketch, rest: Sketch, rows: Rows) -> Iterator[NDArray[np.generic]]:
    """What the candidates keep of the source and put in its place, (rows,) each."""
    count = len(base)
    a, i, j, _ = rows.T
    starts = np.array([*(start for start, _ in base.spans), len(base.text)])
    weight = np.append(0.0, np.cumsum(base.weights))
    every = max(float(weight[-1]), 1e-6)
    yield (weight[i] - weight[a] + weight[-1] - weight[j]) / every
    yield weight[a] / every
    yield i - a
    yield count - j
    yield j - i
    yield a
    lengths = starts[j] - starts[i]
    yield np.abs(lengths - len(rest.text)) / max(len(rest.text), 1)
    yield lengths == len(rest.text)
    sorts = np.array([[each == sort for sort in SORTS] for each in base.sorts], np.float32).reshape(count, -1)
    sums = np.concatenate([np.zeros((1, len(SORTS)), np.float32), np.cumsum(sorts, axis=0)])
    staying = sums[i] - sums[a] + sums[-1] - sums[j]
    new = np.array([sum(each == sort for each in rest.sorts) for sort in SORTS], np.float32)
    yield from staying.T
    yield from (sums[-1] - staying).T
    yield from (staying + new > np.maximum(1, sums[-1])).T
    yield from (staying + new == 0).T
    yield from ((staying > 0) & (new > 0)).T
    meanings = np.concatenate([np.zeros((1, base.meanings.shape[1]), np.float32), np.cumsum(base.meanings, axis=0)])
    own = rest.meanings.sum(axis=0) if len(rest) else meanings[0]
    along = meanings @ (own / max(float(np.linalg.norm(own)), 1e-6))
    square = meanings @ meanings.T
    diagonal = np.diag(square)
    out = np.sqrt(np.maximum(diagonal[j] + diagonal[i] - 2 * square[j, i], 1e-9))
    likeness = np.where(j > i, (along[j] - along[i]) / out, 0)
    yield likeness
    yield likeness - likeness.max(initial=0)
    words = [base.word(at) for at in range(count)]
    news = {rest.word(at) for at in range(len(rest))}
    twice = np.append(0, np.cumsum([word in news for word in words]))
    yield twice[i] - twice[a] + twice[-1] - twice[j]
    last, first = rest.text[-1:], rest.text[:1]
    yield np.array([False, *(word[-1:] == last for word in words)])[np.where(j > i, j, 0)]
    yield np.array([*(word[:1] == first for word in words), False])[np.where(j > i, i, count)]
    of = np.array([*(word == "的" for word in words), False])
    yield (i == 0) | of[i - 1]
    yield of[j]
    asks = np.append(sorts[:, SORTS.index("asks")], 0)
    yield asks[j]
    yield asks[i]
    yield j == count
    yield i == count
    common = np.append(0, np.cumsum([character in rest.text for character in base.text]))
    yield (common[starts[j]] - common[starts[i]]) / max(len(rest.text), 1)


def _of_seams(
    weights: Mapping[str, Floats], base: Sketch, rest: Sketch, rows: Rows, lead: Sketch | None
) -> Iterator[NDArray[np.generic]]:
    """How natural it is where pieces meet, (rows,) each: at the start, before the new words, behind them; the worst."""
    a, i, j, _ = rows.T
    count = len(base)
    new, near = seams.after(rest, 0), seams.before(rest, len(rest))
    most = seams.AROUND
    known = (most if len(new) == most else 1, most if len(near) == most else 1)
    starts = sorted({*a.tolist()})
    joins = [(seams.before(lead, len(lead)) if lead else [], seams.after(base, each)) for each in starts]
    heads = [(seams.before(base, at), new if new else seams.after(base, at)) for at in range(count + 1)]
    tails = [(near if near else seams.before(base, at), seams.after(base, at)) for at in range(count + 1)]
    every = [*joins, *heads, *tails]
    sure = [*([(most, most)] * len(joins)), *([(most, known[0])] * (count + 1)), *([(known[1], most)] * (count + 1))]
    odds = np.clip(seams.natural(weights, every, sure), -_MOST_SURE, _MOST_SURE)
    first = odds[: len(starts)][np.searchsorted(starts, a)]
    at_head, at_tail = odds[len(starts) : len(starts) + count + 1][i], odds[len(starts) + count + 1 :][j]
    yield first
    yield at_head
    yield at_tail
    yield np.minimum(np.minimum(first, at_head), at_tail)
    yield first + at_head + at_tail


def _of_bonds(
    base: Sketch, rest: Sketch, rows: Rows, before: str, outside: tuple[str, str]
) -> Iterator[NDArray[np.generic]]:
    """How firmly what is cut apart belonged together, and what is put together does, (rows,) each."""
    a, i, j, _ = rows.T
    count, new = len(base), rest.text.strip()
    ends = [0, *(end for _, end in base.spans)]
    starts = [*(start for start, _ in base.spans), len(base.text)]
    pieces = [(base.text[: ends[at]].strip(), base.text[starts[at] :].strip("？? ")) for at in range(count + 1)]
    cut = np.array([bond(left[-1:], right[:1]) if right else 0.0 for left, right in pieces], np.float32)
    yield np.where(a > 0, cut[a], 0)
    yield cut[i]
    yield np.where(i == j, 0, cut[j])
    head = np.array([bond(left[-1:], new[:1]) for left, _ in pieces], np.float32)
    tail = np.array([bond(new[-1:], right[:1]) for _, right in pieces], np.float32)
    first = np.array([bond(before[-1:], right[:1]) for _, right in pieces], np.float32)
    yield np.where(i > a, head[i], 0)
    yield tail[j]
    yield first[a]
    apart = bond(outside[0][-1:], new[:1]), bond(new[-1:], outside[1][:1])
    yield np.full(len(rows), apart[0], np.float32)
    yield np.full(len(rows), apart[1], np.float32)


def best_of(found: Sequence[Candidates], scores: Sequence[Floats]) -> tuple[str, str]:
    """The text of the highest scored candidate, and the new words in it that stand in the place of others."""
    _, at, row = max((float(each.max()), -at, int(each.argmax())) for at, each in enumerate(scores) if len(each))
    best = found[-at]
    changes = WAYS[int(best.rows[row, 3])] in ("swap", "insert")
    return best.in_own_measure(row), best.rest.text if changes else ""
