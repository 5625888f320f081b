"""Operations: what is to be done with the figures a question asks for, told apart from what they are figures of.

东阳和沙河的工业增加值相差多少亿元？  →  difference, of 东阳和沙河的工业增加值
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from index.embedders.static import shipped

Operation = Literal["each", "difference", "ratio", "sum", "share", "which", "met", "trend", "year"]
"""Told each by itself; how far apart; how many times; together; as a share; which is more; whether an aim was met;
over the years; the year with the most."""

_UNIT = r"(?:万|亿)?(?:个百分点|平方公里|[一-龥]{0,3})?"
_HOW_MUCH = rf"(?:多少|几(?!年)|多大|百分之几|几成){_UNIT}"
_MOVES = "增长|增加|提高|提升|上升|上涨|减少|下降|降低|下跌|缩小|回落|扩大|涨|降|跌|升|(?<![新净])增|减"
_MORE = "高|低|多|少|大|小|快|慢|长|短|贵|便宜"
_LEAST = "低少小慢短便宜"
_WHICH = r"谁|孰|哪(?:一)?(?:个|家|所|项|类|座|地|边|种|者|方|县|区|市|省|村|镇)?"
_PATTERNS: tuple[tuple[Operation, re.Pattern[str]], ...] = (
    ("ratio", re.compile(r"的?(?:几|多少)倍(?!差)|倍数(?:是|为)?多少")),
    ("share", re.compile(r"(?:的?(?:比重|比例|份额|占比|百分比))?(?:是|为|有)?(?:多少|百分之几|几成)$")),
    (
        "difference",
        re.compile(
            rf"(?:还|要|各|又|分别|总共|一共)*(?P<way>相?(?<!倍)差|{_MORE}|超|{_MOVES})(?:距|额|值)?(?:出|到)?了?(?:是|有|为)?"
            rf"{_HOW_MUCH}"
        ),
    ),
    (
        "sum",
        re.compile(
            rf"(?:加起来|加在一起|合起来|总和)(?:一共|总共)?(?:是|有|为|达)?(?:{_HOW_MUCH})?|(?:合计|总共|共计|一共)(?:是|有|为|达)?{_HOW_MUCH}"
        ),
    ),
    (
        "which",
        re.compile(rf"(?:{_WHICH})(?P<of>[^，。谁哪]{{0,8}}?)(?:更|最|比较|较)?(?P<way>{_MORE})(?:一些|一点|些)?"),
    ),
)
_MET = re.compile(
    r"(?:是否|有没有)?(?:实现|达到|完成|兑现|达成|做到)(?:了)?(?P<of>[^，。完达实]{0,12}?)(?:目标)?(?:了)?(?:吗|没有|没|了没)$"
    r"|是否(?:实现|达到|完成|达成|兑现)(?:了)?(?P<what>[^，。]{0,12})$|(?:比|较)?(?:当初的?|原定的?|年初的?)?目标(?:是)?(?:高|多|大)还是(?:低|少|小)"
)
_AIM = re.compile(r"目标|预期|计划|力争")
_YEAR = re.compile(
    rf"(?:是)?(?:哪(?:一)?年|哪个?年份)(?:的)?(?P<of>[^，。]{{0,8}}?)最(?P<way>{_MORE})|最(?P<after>{_MORE})的?是?哪(?:一)?年"
)
OVER_YEARS = re.compile(
    r"(?:历年来?|逐年|[每各]年|(?:这|近|最近|过去)[几些一二两三四五六七八九十\d]+年[来间]?|[几多]年来|变化|变动|走势|趋势|演变|走向)"
)
_TREND_WORDS = re.compile(
    rf"{OVER_YEARS.pattern}|(?:是|都)?(?:怎么|如何|怎样)(?:变化?|走)?的?|情况|怎么样|什么样|有什么|有何|呈|分别|各|的?数据|是?多少|一直|总体|期间"
)
ASKS_EACH = re.compile(r"分别|各自|依次|各(?=[有是为占达创建完排新多几])")
_TAIL = re.compile(r"[，,。？?！!\s]+$")
_COURTESY = re.compile(r"请问|请告诉我|告诉我|我?想知道|麻烦|查一下|帮我查|看看|对比一下|比较一下|一下")
_BY_HOW_MUCH = re.compile(rf"[，,；;？?](?:还|又|相|两者|如果没有)*(?:差|{_MORE})(?:了|出|距)?{_HOW_MUCH}$")
_FROM_TO = re.compile(
    rf"(?:从|由|的)?(?:多少|几(?!年))(?P<unit>{_UNIT})(?P<way>变化?|变更?|调整|改|{_MOVES})(?:到|至|为|成)?了?(?:到|至)?"
)
_THEN_AND_NOW = re.compile(
    rf"的?(?:以前|原来|原先|之前|过去|本来|最初)(?:是|为|有)?{_HOW_MUCH}[，,；;、]?(?:而|那)?"
    rf"(?:现在|如今|目前|后来|调整后|修改后)(?:又|改|调|变|提高|定)*(?:是|为|有|成|到)?{_HOW_MUCH}$"
)
_TO_WHAT = re.compile(rf"的?{_HOW_MUCH}$")
_AND_EACH = re.compile(
    rf"(?:[，,][^，,]{{0,8}})?(?:各自?|分别)(?:是|有|为|占|达到?|[^，,的]{{0,3}}了)?{_HOW_MUCH}$|(?:是|为|有){_HOW_MUCH}$"
)
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d\d)([到至和与、])((?:19|20)\d\d)(?!\d)年?")
_UP_OR_DOWN = re.compile(
    rf"(?:是|有没有)?(?:{_MOVES}|{_MORE})了?(?:还是|或者?是?)(?:{_MOVES}|{_MORE})了?"
    rf"(?:[，,；;？?]\s*(?:变化?|差|[高低多少大小]|[增降涨跌变]?幅度?|分别)?了?{_HOW_MUCH})?$"
)
_COMPARED = re.compile(r"[比较](?!例|重|值|率)")
_THEN = re.compile(r"[，,；;]\s*(?:两者|二者|它们|又|还|分别|各)?(?:相|要|各|能)?$")


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation, and the rest of the question."""

    operation: Operation
    about: str
    """The question without the words that ask for the operation; a place between two words is kept as one space."""
    way: str = ""
    """The word that tells it: 差, 高, 增长."""
    cut: int = 0
    """Where in `about` the words stood: what is compared comes before."""
    surely: bool = True
    """Whether words ask for it; 甲和乙的产量是多少 may ask for one thing."""

    @property
    def lowest(self) -> bool:
        """Whether the least is wanted rather than the most."""
        return self.way in _LEAST


def growth_asked(text: str) -> str:
    """What is asked of a thing that is said to have grown or not, as a question for its growth; "" where nothing is.

    >>> growth_asked("2024年云岭县投资涨了还是跌了？")
    '2024年云岭县投资比上年增长多少？'
    """
    bare = _bare(text)
    turned = _UP_OR_DOWN.search(bare)
    if turned is None or _AIM.search(bare) or _COMPARED.search(bare, 0, turned.start()):
        return ""
    return f"{bare[: turned.start()]}比上年增长多少？"


def change_asked(text: str) -> str:
    """What is asked of a thing that is said to have changed from one value to another; "" where nothing is.

    >>> change_asked("集聚小区从几个改成了几个？")
    '集聚小区是多少个？'
    """
    bare = _bare(text)
    if then := _THEN_AND_NOW.search(bare):
        return f"{bare[: then.start()]}是多少？"
    moved = _FROM_TO.search(bare)
    to = _TO_WHAT.search(bare, moved.end()) if moved else None
    if moved is None or to is None:
        return ""
    return f"{bare[: moved.start()]}{bare[moved.end() : to.start()]}是多少{moved['unit']}？"


def _bare(text: str) -> str:
    return _YEARS.sub(r"\1年\2\3年", _TAIL.sub("", _COURTESY.sub("", text)))


def operation_of(text: str) -> Asked:
    """What `text` wants done with the figures that it asks for."""
    bare = _bare(text)
    if (moved := _FROM_TO.search(bare)) and (to := _TO_WHAT.search(bare, moved.end())):
        about = f"{bare[: moved.start()]}{bare[moved.end() : to.start()]}"
        return Asked("difference", _TAIL.sub("", about), cut=len(about))
    if (turned := _UP_OR_DOWN.search(bare)) and not _AIM.search(bare):
        about = bare[: turned.start()]
        about += "" if _COMPARED.search(about) else "比上年"
        return Asked("difference", about, cut=len(about))
    if (year := _YEAR.search(bare)) and not _which_of_several(bare):
        way = year["way"] or year["after"]
        return Asked("year", _without(bare, year, year["of"] or ""), way)
    first = _BY_HOW_MUCH.sub("", bare)  # ……完成了吗，差多少？
    if _AIM.search(first) and (met := _MET.search(first)):
        plan = next((met[name] for name in ("of", "what") if met[name]), "")
        return Asked("met", _without(first, met, plan), cut=met.start())
    for operation, pattern in _PATTERNS:
        match = _last(pattern, bare)
        if match is None or (operation == "share" and "占" not in bare[: match.start()]):
            continue
        if operation == "difference" and _ends_a_name(bare, match.start("way")):
            continue
        kept = match["of"] if operation == "which" else ""
        about = _without(bare, match, kept)
        if operation == "which" and (then := operation_of(about)).operation == "difference":
            about = then.about
        about = _AND_EACH.sub("", about)
        if operation == "difference" and (which := _last(_PATTERNS[-1][1], about)):
            about = _without(about, which, which["of"])
        way = match["way"] if "way" in pattern.groupindex else ""
        return Asked(operation, about, way, match.start())
    if OVER_YEARS.search(bare):
        about = " ".join(_TREND_WORDS.sub(" ", bare).split())
        return Asked("trend", about)
    if each := ASKS_EACH.search(bare):
        return Asked("each", f"{bare[: each.start()]}{bare[each.end() :]}", cut=each.start())
    return Asked("each", bare, cut=len(bare), surely=False)


def _ends_a_name(text: str, at: int) -> bool:
    """Whether the word at `at` is the 差 of a thing that is measured itself, as of 逆差 or 温差."""
    return text[at] == "差" and any(start < at < end for start, end in shipped().token_vectors(text).spans)


def _which_of_several(text: str) -> bool:
    return bool(re.search(rf"(?:{_WHICH})[^年]{{1,8}}最", text))


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    *_, last = None, *pattern.finditer(text)
    return last


def _without(text: str, match: re.Match[str], kept: str) -> str:
    head = _THEN.sub("", text[: match.start()])
    return _TAIL.sub("", f"{head}{kept}{text[match.end() :]}")
