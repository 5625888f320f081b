"""Conversation: a question completed from what was asked and answered before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from assistant.answers import Turn
from assistant.question.forms import FRAME, REQUESTS, form_of
from assistant.question.holdings import holdings
from assistant.question.operations import ASKS_EACH
from assistant.question.parts import COORDINATED_KINDS, parts_of
from assistant.question.question import ASKS, Question, single
from assistant.question.sides import sides_of
from assistant.question.sketch import NTH
from assistant.question.talk import Completed, completed
from index.queries.queries import simplified
from sources.mentions.gazetteer import remembered
from sources.mentions.titles import TYPES
from sources.tokens import count

_PAPER = re.compile(rf"(?:{TYPES}|文件)(?![一-鿿]{{0,1}}(?:些|什么))|《")
_POINTS_BACK = re.compile(
    rf"(?:这|那|该|此|上述|上面|前面|刚才|刚刚)+(?:[一几]?[份个篇部项])?(?:{TYPES}|文件|文章|材料|文稿|讲话|新闻|通稿)?"
    r"|\b(?:it|that|the|this)\b(?:\s+(?:document|paper|file|plan|report|notice|article))?",
    re.IGNORECASE,
)
"""What a paper is pointed back to with."""


def recent(history: Sequence[Turn], *, max_tokens: int, model: str = "") -> list[Turn]:
    """The latest turns, oldest first, that fit into `max_tokens`; an answer too long is left out, its question kept."""
    kept: list[Turn] = []
    left = max_tokens
    for turn in reversed(history):
        size = count(turn.question, model=model)
        if size > left:
            break
        left -= size
        answer = turn.answer if count(turn.answer, model=model) <= left else ""
        left -= count(answer, model=model)
        kept.append(replace(turn, answer=answer))
    return kept[::-1]


def understand(text: str, *, history: Sequence[Turn] = ()) -> Question:
    """What `text` asks for. Raises ValueError for an empty question.

    >>> understand("2025年嘉兴农村居民人均可支配收入是多少元？").unit
    '元'
    """
    if not text.strip():
        raise ValueError("问题是空的：请输入要问的内容")
    means = understood_as(text, history)
    question = _alone(means.text)
    if means.relation == "alone":
        return question
    told = means.told if means.relation == "goes on" else None
    return replace(question, text=_plain(text), told=told, focus=means.focus)


def understood_as(text: str, history: Sequence[Turn]) -> Completed:
    """What `text` means after `history`: by itself, with what it leaves out, or as wanting the rest of a list."""
    return _understood(
        _plain(text), tuple(replace(turn, question=_plain(turn.question)) for turn in history if turn.question.strip())
    )


def wants_answer(text: str, history: Sequence[Turn]) -> bool:
    """Whether what `text` means rests on the last answer (第二项, 还有呢, 那个办法), and `history` doesn't tell it."""
    if not history or (history[-1].answer and history[-1].papers):
        return False
    if _asks_for_summary_of_it(_plain(text)):
        return True
    last, means = history[-1], understood_as(text, history)
    if means.relation == "alone":
        return False
    before = understood_as(last.question, history[:-1]).text
    if not last.answer and (means.relation == "goes on" or (NTH.search(text) and not NTH.search(before))):
        return True
    return bool(_PAPER.search(text)) and not _PAPER.search(before + last.answer)


@remembered(maxsize=256)
def _understood(asked: str, history: tuple[Turn, ...]) -> Completed:
    """The same, remembered: the questions before were completed when they were asked."""
    if not history:
        return Completed(asked)
    if paper := _paper_meant(asked, history):
        return Completed(
            f"《{paper}》主要讲了什么？" if re.search("[一-鿿]", asked) else f"Summarise 《{paper}》", "leans"
        )
    if _names_what_it_wants(asked):
        return Completed(asked)
    before = [_understood(turn.question, history[:at]) for at, turn in enumerate(history)]
    found = completed(asked, [each.text for each in before], [turn.answer for turn in history], history[-1].papers)
    if found.relation == "goes on" and before[-1].relation == "goes on":
        return replace(found, told=found.told + before[-1].told)
    return found


def _names_what_it_wants(asked: str) -> bool:
    """Whether it asks of the documents themselves, or for a summary of what it names: 总结一下2026年的方案.

    Such requests have no question's words, by which the network tells what leans on another one.
    """
    if holdings(asked, today=date.today().isoformat()):
        return True
    leans = asked.endswith("的") or ASKS.search(asked) or NTH.search(asked)
    return bool(REQUESTS.search(asked) and FRAME.sub("", asked) and not leans)


def _paper_meant(asked: str, history: Sequence[Turn]) -> str:
    """The title of the paper that was cited last, where a summary is asked for of that one or of no other; else "".

    Of several the one that is called as it is asked for: 那份方案主要讲了什么.
    """
    if not _asks_for_summary_of_it(asked):
        return ""
    papers = next((turn.papers for turn in reversed(history) if turn.papers), ())
    kind = next((word for word in re.findall(TYPES, asked) if any(word in title for title in papers)), "")
    return next((title.strip("《》") for title in papers if kind in title), "")


def _asks_for_summary_of_it(asked: str) -> bool:
    """Whether a summary is asked for that names nothing, or points back (那份文件), and leaves open of what."""
    return not FRAME.sub("", _POINTS_BACK.sub("", asked)) and form_of(asked) == "summary"


def _plain(text: str) -> str:
    return simplified(" ".join(text.split()))


def _alone(asked: str) -> Question:
    """The question that a complete text asks."""
    whole = single(asked)
    if ASKS_EACH.search(asked) and (apart := _apart(whole)):  # before anything that is cut at marks
        return apart
    if parts := parts_of(asked):
        return replace(whole, parts=tuple(parts))
    is_headline = whole.kind == "fact" and not ASKS.search(asked)  # 某公司上半年营收和净利润
    return _apart(whole) or whole if whole.kind in COORDINATED_KINDS or is_headline else whole


def _apart(whole: Question) -> Question | None:
    """The question with a part for each of the things that it asks the same of; None where it asks of one."""
    sides = sides_of(whole)
    if sides is None or sides.operation != "each":
        return None
    return replace(whole, parts=tuple(side.question for side in sides.sides), coordinated=True)
