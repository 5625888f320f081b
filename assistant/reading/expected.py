"""Expected answers: what is written in a form of its own, and by which words it is asked for

打哪个电话 can only be answered by digits, 几点下班 by a time of day, 在哪里办 by a place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.question.question import Question
from sources.mentions.regions import regions

_TELEPHONE = (
    r"(?<!\d)(?:0\d{2,3}[-－—\s]?)?\d{3,4}[-－—\s]?\d{4}(?!\d)"
    r"|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)(?:1\d{4}|9\d{4})(?!\d)"
)
_PLACE = (
    r"[一-鿿\d](?:路|街|号|楼|室|厅|栋|幢|弄|巷|窗口|中心|站|点|处|馆|院|校|园|场|村|镇|乡|基地|学校|酒店|宾馆|礼堂"
    r"|网站|平台|小程序|系统)"
)
_FORMS: tuple[tuple[str, str], ...] = (
    (r"电话|热线|手机号|打给谁|联系方式|怎么联系|如何联系|\bphone\b|\btelephone\b", _TELEPHONE),
    (r"邮箱|电子邮件|\be-?mail\b", "@"),
    (
        r"网址|哪个(?:网站|平台|小程序|APP|公众号)|网上.{0,6}哪",
        r"https?:|www\.|\.cn|\.com|网|公众号|小程序|平台|APP|系统",
    ),
    (
        r"几点|上班时间|下班时间|办公时间|工作时间|营业时间|开放时间|what time",
        r"\d{1,2}[:：]\d{2}|\d{1,2}(?:点|时)(?!间|候|期|代)|[一二三四五六七八九十两]点(?:钟|整|半|前|后|下|上|开|关|到|至)",
    ),
    (
        r"(?:多久|多长时间|隔几[天周月年]).{0,8}一次",
        r"每(?:[一二两三四五六七八九十半\d]*个?)?(?:年|季|月|周|星期|天|日|旬|工作日)|定期|不定期|一次",
    ),
    (r"哪些人|什么(?:样的)?人|哪(?:几)?[类种]人|谁不?(?:能|可以)", r"[人者户员民生]|对象|家庭|单位|企业"),
    (r"多大(?:年纪|年龄|岁数)|年龄(?:要求|限制|条件|是)|几岁|多少(?:周?岁)", "岁"),
    (
        r"(?:要|用|需要?|得)(?:不要)?(?:交|花|付|出|掏)?(?:钱|费)|收(?:不收)?(?:钱|费)|免费",
        r"元|免费|不收|免收|自理|收费|免(?:除|交)?[一-鿿]{0,4}费|承担",
    ),
)
_ASKED = tuple((re.compile(asked, re.IGNORECASE), re.compile(said)) for asked, said in _FORMS)
_WHERE = re.compile(_PLACE)
_PAPERS = re.compile(r"《[^》]*》|[〔\[（(]\d{4}[〕\]）)]\d+号")
_SIGNED = re.compile(r"[^，。；：:、]{2,30}?[ \u3000]*(?:\d{4}|二[〇○零]..)年[^，。；：]{2,6}日[。 ]*")
_MOST = re.compile("最[大小高低多少长短快慢早晚好差强弱重轻]")
_OF_AN_AGE = re.compile(r"\d+(?:周?岁|多岁)")


def is_signed(text: str) -> bool:
    """Whether it is nothing but a body and a day, as at the end of a paper."""
    return bool(_SIGNED.fullmatch(text.strip()))


def has_expected(question: Question, text: str, home: Sequence[str] = ()) -> bool:
    """Whether a sentence has the form of answer that the question can only be answered by; True where it is none.

    What its document is of, its `home`, is no answer to where.
    """
    if is_signed(text):
        return False
    if text.startswith("|") and _MOST.search(question.text) and "最" not in text:
        return False  # one row of a table doesn't tell that it has the most
    asked = next((said for asks, said in _ASKED if asks.search(question.text)), None)
    if asked is not None:
        return bool(asked.search(text))
    if question.kind == "yes_no" and _OF_AN_AGE.search(question.text):
        return "岁" in text
    if question.kind == "place":
        bare = _PAPERS.sub("", text)
        return bool(_WHERE.search(bare)) or any(place.name not in ("", *home) for place in regions(bare))
    return True
