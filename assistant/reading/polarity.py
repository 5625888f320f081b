"""Polarity: what a text denies, what it takes out of a rule, and so whether the answer is yes or no.

宠物不得进入景区，导盲犬除外。    denies 进入; takes 导盲犬 out: 导盲犬可以进入景区吗？ is answered with yes
"""

from __future__ import annotations

import re

from assistant.question.question import Question
from assistant.question.terms import flat
from assistant.reading.reader import shipped_reader
from sources.mentions.exceptions import exceptions, without_exceptions

_DENIES = r"(?:不(?:能|得|予|可以?|会|应|宜|准|许|再|需要?|必|用|是)?|没有?|未|无[需须]?|非|禁止|严禁)"
_DENIED = re.compile(rf"{_DENIES}(?P<what>[一-鿿]{{2}})")
_SURE_NO, _SURE_YES = 0.3, 0.7
"""The reader's probability of a yes below and above which it is told."""


def is_denial(word: str) -> bool:
    """Whether the word does nothing but deny: 不能, 未."""
    return bool(re.fullmatch(_DENIES, word))


def denies(text: str) -> bool:
    """Whether anything is denied, forbidden or taken out in the text."""
    return bool(_DENIED.search(text) or exceptions(text))


def turned_round(question: str, text: str) -> bool:
    """Whether the text only denies what is asked about, or only states what is asked about as denied.

    哪些人可以安置 and 下列人员不予安置; not where the text takes out of the rule what is asked for.
    """
    if exceptions(text):
        return False
    if _DENIED.search(question):
        return not denies(text)
    denied = {each["what"] for each in _DENIED.finditer(text)}
    return any(what in question and text.count(what) == 1 for what in denied)


def taken_out(question: Question, text: str) -> list[str]:
    """The words of the question that the text takes out of its rule, and doesn't have in the rule itself."""
    rule, out = flat(without_exceptions(text)), flat("。".join(exceptions(text)))
    return [term.text for term in question.terms if term.text in out and term.text not in rule]


def yes_or_no(question: Question, above: str, text: str) -> bool | None:
    """Whether the text says yes to the question; None where it is open. `above` is what it stands under.

    Of what is taken out of a rule the opposite of the rule holds.
    """
    reader, asked = shipped_reader(), question.for_reading
    out = taken_out(question, text)
    if out:
        asked = re.sub("|".join(map(re.escape, out)), "", asked)
        yes = 1 - reader.yes_or_no(asked, f"{above}\n{without_exceptions(text)}")
    else:
        yes = reader.yes_or_no(asked, f"{above}\n{text}")
    return True if yes >= _SURE_YES else False if yes <= _SURE_NO else None
