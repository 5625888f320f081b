"""Earlier: what of a conversation a question may lean on: the questions before it, two of them as one, and what the
last answer told.

云岭水库由谁施工？ 由市第三建设公司施工。  →  云岭水库由谁施工 · 市第三建设公司
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from assistant.question.question import count_of
from assistant.question.sketch import NTH, Sketch, sketch

Kind = Literal["question", "pair", "item", "paper", "reply"]
KINDS: tuple[Kind, ...] = ("question", "pair", "item", "paper", "reply")
_MOST_BACK = 6
"""Questions looked at, the last ones."""
_MOST_REPLY_CHARS = 24
_MOST_ITEM_CHARS = 30
_MARK = re.compile(r"\[\^?\d+\]")
_ITEM = re.compile(
    r"(?:^|(?<=[\n。；;：:，,]))\s*(?:[-*•]\s+)?(?:[（(]?[一二三四五六七八九十\d]{1,3}[）)、.．]\s*|[①-⑳]|[一二三四五六七八九十](?:是|要)|第[一二三四五六七八九十]\s*[，,、])"
)
_NTH_OF_LIST = re.compile(r"第(?P<n>[一二三四五六七八九十]|\d{1,2})[条点项个件种类]")
_LINE = re.compile(r"\n\s*")
_CLAUSE = re.compile(r"[。；;，,（(\n]")
_LAST = re.compile(r"最后|倒数第一")
_TITLE = re.compile(r"《[^《》]{2,60}》")


@dataclass(frozen=True, slots=True)
class Source:
    """Words that a question may take what it leaves out from."""

    kind: Kind
    sketch: Sketch
    back: int
    """How many questions ago, from 0."""

    @property
    def whole(self) -> bool:
        """Whether it is a name, taken whole or not at all, rather than a question."""
        return self.kind in ("item", "paper", "reply")


def sources_of(asked: str, questions: Sequence[str], answers: Sequence[str], papers: Sequence[str]) -> list[Source]:
    """What `asked` may lean on: `questions` are complete, oldest first, with their `answers`; `papers` are the titles
    of what the last one cites."""
    answer = answers[-1] if answers else ""
    recent = enumerate(reversed(questions[-_MOST_BACK:]))
    # One further back is come back to by a word that it has.
    found = [Source("question", sketch(text), back) for back, text in recent if not back or _shares(asked, text)]
    if len(questions) > 1 and (both := paired(questions[-2], questions[-1])):
        found.append(Source("pair", sketch(both), 0))
    if piece := _item_asked(asked, list_told(answers)[1]):
        found.append(Source("item", sketch(piece), 0))
    for title in dict.fromkeys((*_TITLE.findall(answer), *(f"《{each.strip('《》')}》" for each in papers))):
        found.append(Source("paper", sketch(title), 0))
        break
    if questions and (new := _news(questions[-1], answer)):
        found.append(Source("reply", sketch(new), 0))
    return found


def _shares(asked: str, text: str) -> bool:
    words = sketch(asked)
    return any(len(word) > 1 and word in text for word in map(words.word, range(len(words))))


def paired(one: str, two: str) -> str:
    """Two questions that differ in one stretch as one of both, 甲县和乙县……; "" where they differ in more."""
    first, second = sketch(one), sketch(two)
    words, others = ([each.word(at) for at in range(len(each))] for each in (first, second))
    head = 0
    while head < min(len(words), len(others)) and words[head] == others[head]:
        head += 1
    tail = 0
    while tail < min(len(words), len(others)) - head and words[-1 - tail] == others[-1 - tail]:
        tail += 1
    own, other = first.cut(head, len(words) - tail), second.cut(head, len(others) - tail)
    if tail and len(own) == len(other) == 1:  # 甲 of 甲县
        tail -= 1
        own, other = first.cut(head, len(words) - tail), second.cut(head, len(others) - tail)
    if not own or not other or max(len(words), len(others)) - head - tail > max(3, head + tail):
        return ""
    joint = "和" if re.search("[一-鿿]", one) else " and "
    start = second.spans[head][0]
    return f"{two[:start]}{own}{joint}{two[start:]}"


def items_of(answer: str) -> list[str]:
    """The items of the list that an answer tells, each by its first clause; empty where it tells none.

    A line that cites nothing, among others that do, tells how many there are.
    """
    lines = answer.split("\n")
    cited = [line for line in lines if _MARK.search(line)]
    plain = _MARK.sub("", "\n".join(cited if len(cited) > 1 else lines))
    starts = [match.end() for match in _ITEM.finditer(plain)]
    if len(starts) > 1:
        pieces = [plain[start:end] for start, end in zip(starts, [*starts[1:], len(plain)], strict=True)]
    else:
        pieces = [each for each in _LINE.split(plain) if each.strip()]
    if len(pieces) < 2:
        return []
    return [_CLAUSE.split(piece.strip(" *#"))[0].strip(" *#：:")[:_MOST_ITEM_CHARS] for piece in pieces]


def list_told(answers: Sequence[str]) -> tuple[int, list[str]]:
    """The list told last: how many questions ago, and its items; the last question and no items where none was told."""
    told = ((back, items) for back, answer in enumerate(reversed(answers)) if (items := items_of(answer)))
    return next(told, (0, []))


def list_of(question: str) -> tuple[str, int]:
    """The question for the list that one of its items was asked for by number, and the number: 第一条经验是什么 gives
    经验是什么 and 1; the question itself and 0 where it asks for no item, or for a place in a paper."""
    nth = _NTH_OF_LIST.search(question)
    if nth is None or "《" in question:
        return question, 0
    return question[: nth.start()].removesuffix("的") + question[nth.end() :], count_of(nth["n"])


def _item_asked(asked: str, items: Sequence[str]) -> str:
    """The item that `asked` names by its number; "" where it names none."""
    if not items:
        return ""
    if _LAST.search(asked):
        return items[-1]
    nth = NTH.search(asked)
    number = re.search(r"[一二三四五六七八九十]|\d+", nth[0]) if nth else None
    at = count_of(number[0]) if number else 0
    return items[at - 1] if 0 < at <= len(items) else ""


def _news(question: str, answer: str) -> str:
    """The name that an answer adds to its question's words: 市第三建设公司; "" where it adds none or more than that."""
    plain = _MARK.sub("", answer).strip().rstrip("。.")
    if not plain or "\n" in plain or len(plain) > 4 * _MOST_REPLY_CHARS:
        return ""
    told = sketch(plain)
    runs: list[tuple[int, int]] = []
    for at in range(len(told)):
        is_new = told.word(at) not in question and told.sorts[at] not in ("asks", "number", "time")
        if is_new and runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        elif is_new:
            runs.append((at, at + 1))
    names = [told.cut(*run) for run in runs]
    fitting = [each for each in names if 2 <= len(each) <= _MOST_REPLY_CHARS and "，" not in each]
    return max(fitting, key=len, default="")
