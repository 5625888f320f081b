"""Yes and no: whether the word that an answer opens with follows from the evidence of the sentence after it.

单位可以擅自收费吗？    可以。单位不得擅自收费。[1]     wrong: what is asked is denied there
单位可以擅自收费吗？    不可以。单位不得擅自收费。[1]    right
是市财政局负责吗？      不是。由市财政局负责。[1]       wrong: what is asked stands there
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.checks.binding import check_binding
from assistant.checks.doers import check_doers
from assistant.checks.ground import Ground
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from sources.figures.ranges import bound
from sources.sentences import sentences

_YES = re.compile(
    r"(?:是的?|对的?|可以|能够?|会的?|有的?|已经?|应[当该]|需要|必须|允许|没错|yes|correct|true)", re.IGNORECASE
)
_NO = re.compile(
    r"(?:不是的?|不|否|不可以|不能|不会|没有|不对|不应[当该]|不需要|不必|不允许|尚未|还没有?|并非|不得|no|incorrect|false)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"吗|是否|能否|可否|是不是|有没有|可不可以|能不能|"
    r"^(?:did|do|does|is|are|was|were|may|can|must|has|have|had|will|would|should)\b",
    re.IGNORECASE,
)
_ASKING = re.compile(r"[吗呢]?\s*[？?。]*\s*$|是否|(?<=[能可])否|(?<=是)不是|(?<=有)没有|(?<=可)不可(?=以)|(?<=能)不能")
_COMPARES = re.compile("超过|达到|高于|低于|多于|少于|以[上下]|更|比|more|less|over|under|reach", re.IGNORECASE)
_CONTRADICTS = ("negation_mismatch", "modality_mismatch", "status_mismatch", "number_mismatch", "number_unsupported")
_ENDS = " 。，,.!！:："


def is_yes_or_no(sentence: str) -> bool:
    """Whether a sentence is no more than a yes or a no."""
    word = sentence.strip(_ENDS)
    return bool(_YES.fullmatch(word) or _NO.fullmatch(word))


def proposition(asking: Asking, grounds: Sequence[Ground]) -> Statement | None:
    """What a yes would say: the question as a statement; None for a question that yes and no don't answer."""
    questions = [
        asking.text[start:end] for start, end in sentences(asking.text) if _ASKS.search(asking.text[start:end])
    ]
    return Statement(_ASKING.sub("", questions[-1]) + "。", grounds) if questions else None


def check_yes_or_no(sentence: str, proposed: Statement, problems: Iterable[Problem]) -> Iterator[Problem]:
    """What is wrong with a yes or a no, given the problems of what it says yes or no to.

    A yes says what is asked, so it must not contradict the evidence; a no denies it, so it must not stand there.
    """
    left = [problem for problem in problems if not _is_comparison(problem, proposed)]
    if _NO.fullmatch(sentence.strip(_ENDS)):
        is_wrong = not left and not _COMPARES.search(proposed.text)
    else:
        is_wrong = any(each.kind in _CONTRADICTS for each in left) or any(
            problem for check in (check_binding, check_doers) for problem in check(proposed, Asking(""), Numbers())
        )
    if is_wrong:
        yield Problem("negation_mismatch", sentence)


def _is_comparison(problem: Problem, proposed: Statement) -> bool:
    """超过6000亿元吗？ is answered by a number that stands nowhere in the question."""
    numbers = [each for each in proposed.quantities if each.text == problem.what]
    return any(bound(each, proposed.text) or _COMPARES.search(proposed.text) for each in numbers)
