"""Refusal: declining what the documents don't say, and only that.

    >>> counts = Refusals(right=6, answered_wrongly=4, refused_wrongly=2)   # of 10 unanswerable cases 6 were declined
    >>> counts.precision, counts.recall, round(counts.f1, 3)
    (0.75, 0.6, 0.667)

Declining is the positive class, as "unanswerable" is in SQuAD 2.0 (Rajpurkar et al. 2018, arXiv:1806.03822).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from eval.metrics.normal import normal

_LACKING = (
    r"没有(?:提|给|说|列|写|载|公布|披露|找|包含|涉及|相关|明确|具体|解释|关于|任何|交代)",
    r"(?:未|没)(?:提|给|说|列|载|公布|披露|包含|涉及|明确|找|见|解释|交代|出现)",
    r"(?:无法|不能)(?:回答|得知|确定|确认|判断|给出|提供|找到)",
    r"找不到|查不到|不包含|不涉及|无相关|暂无|我不知道",
    r"(?:do|does|did|is|are)(?:not|n't)(?:mention|contain|give|state|say|include|provide|report|specify|found|available|know)",
    r"noinformation|nomention|cannot(?:answer|be|determine|find)|unableto|idon'?tknow",
)
_DECLINES = re.compile("|".join(_LACKING))
_SENTENCE_END = re.compile(r"[。！？!?\n]")


def declines(text: str) -> bool:
    """Whether an answer in plain words says, in its first two sentences, that the documents don't tell.

    For systems whose replies carry no status.

    >>> declines("文档中没有提到该市的人口。"), declines("人口为1252万。")
    (True, False)
    """
    first = [s for s in _SENTENCE_END.split(text) if s.strip()][:2]
    return bool(_DECLINES.search(normal("。".join(first)).replace("'", "")))


@dataclass(frozen=True, slots=True)
class Refusals:
    """Counts over cases."""

    right: int
    """Unanswerable and declined."""
    answered_wrongly: int
    """Unanswerable and answered: the false answers."""
    refused_wrongly: int
    """Answerable and declined."""

    @property
    def precision(self) -> float | None:
        """Of the declined, the share that couldn't be answered."""
        return _share(self.right, self.right + self.refused_wrongly)

    @property
    def recall(self) -> float | None:
        """Of the unanswerable, the share that was declined."""
        return _share(self.right, self.right + self.answered_wrongly)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall."""
        return _share(2 * self.right, 2 * self.right + self.answered_wrongly + self.refused_wrongly)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
