"""Who does what: the one that a sentence names before a deed must be the one that its evidence names there.

由财政局负责解释       evidence  由住建局负责解释，财政局配合
企业由市商务局推荐     evidence  企业由县商务主管部门推荐，经市商务局审核
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from assistant.checks.cited import Word, words_of
from assistant.checks.numbers import Numbers
from assistant.checks.problems import Problem
from assistant.checks.statement import Asking, Statement
from assistant.checks.support import flat
from assistant.checks.synonyms import is_deed, light, means_one_of
from sources.sentences import clauses

_BODY = re.compile(
    r"(?:局|部门|(?<![外内全中东西南北一])部|委员会|委|厅|法院|检察院|医院|(?<![社机大])会|政府|办公室|办|所|中心|公司|集团|机关"
    r"|机构|企业|学校|单位|银行|分行|支行|协会|大队|支队|街道|村民|市长|县长|书记|主任|经理|局长|链长|河长|家长"
    r"|(?:负责|当事|申请|纳税|经营)人)$"
)
"""How those end who do something."""
_PERSON = re.compile("(?:[一-鿿]人|人员|教师|专家|医生|居民|员工|职工|学生|消费者|养殖户|农户|商户)$")
"""These do it where it is said to be done by them (由): elsewhere they are what is counted or measured."""
_TAKEN = re.compile(r"^.*(?:\d[万亿]*[户家个名位所]|由|经|的|个|名|家|，|、)")
_MODAL = re.compile("可以|应当?|必须|须|不得|有权|要(?!求)")
_BY = re.compile("[由经]")
_BESIDE = re.compile("[向对到给在跟同把将被]$|[是因受]")
_WANTED = frozenset(["鼓励", "支持", "提倡", "引导", "允许", "要求"])
_CUTS = re.compile(
    "[由经是因的在对向把将被要需须可应]|尚未|没有|可以|应当|必须|不得|不能|其中|同时|根据|按照|合计|进行"
)
_ELSEWHERE = frozenset("在对向与从")
_MOST = 16
_LEAST = 2
_HERE = re.compile("^(?:[一-鿿]{2,4}?[省市县区]|[全本我][省市县区国]|[省市县区乡镇])(?=..)")


@dataclass(frozen=True, slots=True)
class _Deed:
    who: str
    what: str
    """The first word of what is done that says something."""


def check_doers(statement: Statement, _asking: Asking, _numbers: Numbers) -> Iterator[Problem]:
    """Deeds that the evidence has somebody else do."""
    if statement.is_english:
        return
    there = [flat(ground.text[slice(*ground.around)]) for ground in statement.grounds]
    given = [deed for text in there for deed in _deeds(text)]
    for deed in _deeds(flat(statement.text)):
        others = [each for each in given if means_one_of(deed.what, [each.what])]
        to_them = re.compile(f"{re.escape(deed.what)}[给到向至]?{re.escape(deed.who)}")
        done_to = any(to_them.search(text) for text in there)
        if (others or done_to) and not any(_is_same(deed.who, each.who) for each in others):
            yield Problem("not_supported", f"{deed.who}…{deed.what}")


def _deeds(text: str) -> list[_Deed]:
    found = []
    for start, end in clauses(text):
        clause = text[start:end]
        words = words_of(clause)
        for at, word in enumerate(words):
            named = _BODY.search(clause, 0, word.end) or (
                _PERSON.search(clause, 0, word.end) and (_BY.search(clause) or _MODAL.match(clause, word.end))
            )
            if not named or _goes_on(words[at + 1 :]):
                continue
            cuts = [each.end for each in words[:at] if each.text in _WANTED or _CUTS.fullmatch(each.text)]
            first = cuts[-1] if cuts else 0
            who = _TAKEN.sub("", clause[first : word.end])
            before, after = clause[: word.end - len(who)], clause[word.end : word.end + 1]
            if not 2 <= len(who) <= _MOST or _BESIDE.search(before) or after in {"的", "、", ""}:
                continue
            rest = takewhile(lambda each: each.text not in _ELSEWHERE, words[at + 1 :])
            what = next((each.text for each in rest if each.text not in light() | _WANTED and is_deed(each.text)), "")
            if len(what) >= _LEAST:
                found.append(_Deed(who, what))
    return found


def _goes_on(words: Sequence[Word]) -> bool:
    """Whether a name goes on: 人民银行 | 洛阳市分行."""
    following = list(takewhile(lambda each: each.text not in light(), words[:3]))
    return any(_BODY.search(each.text) for each in following)


def _is_same(one: str, other: str) -> bool:
    """Whether one is the other's name, its end, or short for it: 县财政局, 财政局; 发改局, 发展和改革局."""
    short, long = sorted((_HERE.sub("", one), _HERE.sub("", other)), key=len)
    return long.startswith(short) or bool(re.search("(?<!副)" + ".*".join(map(re.escape, short)) + "$", long))
