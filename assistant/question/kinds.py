"""Kinds of question: number, date, place, person, list … told by its interrogative."""

from __future__ import annotations

import re
from typing import Literal, get_args

QuestionKind = Literal[
    "number", "rank", "date", "duration", "place", "person", "list", "definition", "yes_no", "why", "how", "fact"
]
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
MEASURES = (
    "个工作日|工作日|个月|平方公里|立方米|平方米|个百分点|千瓦时|千瓦|公里|公顷|千米|万元|亿元|美元|人次|小时|分钟|微克|"
    "元|亩|吨|斤|米|头|人|名|位|个|条|项|家|户|套|座|所|张|种|类|件|次|倍|天|年|岁|轮|批|块|辆|台|栋|宗|处|村|镇|县|市"
)
_INTERROGATIVES: dict[QuestionKind, str] = {
    "why": r"为什么|为何|何以|什么原因|原因是什么|\bwhy\b",
    "rank": r"第几|排名|排第|位次|名次|排在|居第|多少位|\brank",
    "date": (
        r"哪一?年|哪个?月|何年|何时|什么时候|什么时间|哪一?天|哪一?日|几月|几号|几日|日期是|时间是"
        r"|\bwhen\b|what (?:year|date|day)|which (?:year|day)"
    ),
    "duration": (
        r"(?:多久|多长时间|隔多久)(?!.{0,8}一次)|多少(?:天|个?小时|分钟|个月|个?工作日)"
        r"|几(?:天|个月|年|个?小时|个?工作日)|how long"
    ),
    "person": (
        r"谁|哪(?:一)?位|何人|哪些人|什么人|哪(?:一)?(?:个|家)?(?:单位|部门|机构|科室|处室|局)(?!.*[多少几])|\bwho\b"
    ),
    "definition": (
        r"是什么意思|什么是|何谓|何为|指(?:的是)?(?:什么|哪)|含义|定义|什么概念|主要指|怎么理解"
        r"|what does .* mean|what is meant"
    ),
    "list": (
        r"哪些|哪(?:几|[两二三四五六七八九十百\d]+)|分别(?:是|为|有|指)?(?:什么|哪)|包括什么|有什么|什么内容|什么(?:材料|资料|手续|证件|证明)"
        r"|几(?:大|个)?方面|which (?:two|three|four|five|\w+s\b)"
    ),
    "number": (
        rf"多少|几(?:{MEASURES})|多大(?:的)?(?:比例|比重|规模|面积|份额)|占比|比例|比重|多[高大重远]|百分之几|几成"
        r"|什么水平|什么程度"
        r"|(?:增[速幅]|[降涨]幅|同比)(?:变化|情况)?(?:如何|怎样|怎么样?)"
        r"|how (?:many|much|large|big|far)|what (?:percent|share|proportion)"
    ),
    "place": (
        r"哪里|哪儿|哪(?:一)?(?:座|个)?(?:城市|地方|市|县|区|省|镇|乡|村|国家|地区)|何[地处]|在哪|什么地方"
        r"|\bwhere\b|which (?:city|county|province|town|village)"
    ),
    "yes_no": (
        r"吗[？?]?$|是否|是不是|有没有|能不能|能否|可否|会不会|可不可以|对不对"
        r"|^(?:is|are|was|were|does|do|did|has|have|can) "
    ),
    "how": r"(?<!会)怎么|如何|(?<!会)怎样|什么(?:措施|办法|做法|方式|方法|安排|要求|举措|政策|支持|条件|标准)|\bhow\b",
}
"""In the order in which they are tried: 哪些人 asks for persons before it asks for a list."""
_NAMED = re.compile(
    r"(?:(?P<date>时间|日期|年份)|(?P<number>数量?|人数|金额|产量|销量|总量|规模|面积|人口|收入|产值|票房|[率额价])"
    r"|(?P<rank>排名|位次|名次)|(?P<place>地点|地址|所在地|起点|终点)|(?P<person>负责人|作者|导演|编剧|得主|冠军|获得者))[？?]?$"
)
_LABEL = re.compile(r"(?:电话|热线|号码?|编号|代码|邮编|邮箱|网址|文号|账号)(?:分别|各)?(?:是|为)?多少")
"""What is written in digits and measures nothing."""
_NAMED_KINDS: dict[str, QuestionKind] = {
    "date": "date", "number": "number", "rank": "rank", "place": "place", "person": "person",
}  # fmt: skip
_KINDS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _INTERROGATIVES.items())


def kind_of(text: str) -> QuestionKind:
    """The kind of answer that `text` asks for, by its interrogative or, in a headline, by its last word."""
    text = text.replace("啥", "什么")
    for kind, pattern in _KINDS:
        if pattern.search(text):
            return "fact" if kind == "number" and _LABEL.search(text) else kind
    named = _NAMED.search(text)  # a headline for a question: 某地2025年粮食产量
    return _NAMED_KINDS[named.lastgroup] if named and named.lastgroup else "fact"
