"""Rules: what a right answer must say, taken from an answer that somebody wrote, for them to correct

浙江省医疗保障局和浙江省财政厅。   must_include 浙江省医疗保障局；浙江省财政厅
每人每月1100元。                   figures 1100元
资料里没有。                       answerable false
"""

from __future__ import annotations

import re
from typing import Any

from eval.metrics.figures import read_figure
from eval.metrics.normal import normal
from sources import quantities

_NONE = re.compile(
    r"(?:无|没有|暂无|未提及|没有提到|无法回答|不能回答|不知道|n/?a|none|not found|unanswerable"
    r"|(?:该|本)?(?:文档|文件|资料|材料)(?:中|里|上)?(?:没有|未|无).*)[。.！!]?",
    re.IGNORECASE,
)
_NAMED = re.compile(r"[《“\"](?P<name>[^《》“”\"]{2,40})[》”\"]")
_APART = re.compile(r"[，。；、！？,;!?\n]|以及|或者|(?<=[\u4e00-\u9fff]{2})[和与及](?=[\u4e00-\u9fff]{2})")
_SHORTEST, _LONGEST = 2, 16
"""Characters of a phrase that an answer says in these very words. A longer one says it in its own."""
_MOST = 8


def from_answer(question: str, answer: str) -> dict[str, Any]:
    """`figures` and `must_include` as `eval.cases.Case` has them, or `answerable`; nothing where an answer only says at
    length what can be said otherwise.

    >>> from_answer("补贴每月多少元？", "每人每月1100元。")
    {'figures': ['1100元']}
    >>> from_answer("由谁组织？", "江城住房局、财政局。")
    {'must_include': [['江城住房局'], ['财政局']]}
    >>> from_answer("火星上有多少人？", "资料里没有提到。")
    {'answerable': False}
    """
    answer = answer.strip()
    if _NONE.fullmatch(answer):
        return {"answerable": False}
    asked = normal(question)
    figures = [each.text for each in quantities(answer) if normal(each.text) not in asked and read_figure(each.text)]
    if figures:
        return {"figures": list(dict.fromkeys(figures))}
    names = [found["name"] for found in _NAMED.finditer(answer)]
    parts = [part.strip(" 　.:：") for part in _APART.split(answer)]
    parts = [part for part in parts if len(part) >= _SHORTEST]
    phrases = names or (parts if all(len(part) <= _LONGEST for part in parts) else [])
    told = [phrase for phrase in dict.fromkeys(phrases) if normal(phrase) not in asked][:_MOST]
    return {"must_include": [[phrase] for phrase in told]} if told else {}
