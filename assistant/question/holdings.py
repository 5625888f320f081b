"""What a question asks of the documents themselves: which there are, how many, of when, by whom, on what.

    2024年教育局发了几份通知？     哪些文件提到了消防？     最新的是哪一份？     这个文件夹里都有什么？

The words that say so are taken out one by one; what then is left must be words that name something a document is of
or on, right before 文件 and the like, or right behind 提到. Anything else is asked of what the documents say:
哪些政策支持企业, 需要提交哪些材料.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Literal

from assistant.question.forms import REQUESTS
from assistant.question.question import ASKS
from sources.mentions.periods import days, periods
from sources.mentions.titles import TYPES, names
from sources.sentences import Span

Wanted = Literal["list", "count", "exists", "issuers", "kinds", "subject", "unread", "file"]
Order = Literal["newest", "oldest", "longest", "shortest", "added", ""]
State = Literal["holds", "ended", "ahead", ""]


@dataclass(frozen=True, slots=True)
class Holdings:
    """What is asked of the documents of a library."""

    wanted: Wanted = "list"
    kinds: tuple[str, ...] = ()
    """Sorts of paper, one of which it must be: 通知."""
    within: tuple[date, date] | None = None
    """Days, both included, between which it was issued, or came into force."""
    when: str = ""
    """The same in the question's words: 2024年, 2023年以后."""
    in_force: bool = False
    """Whether `within` is about coming into force."""
    number: str = ""
    """As `as_issued` writes it."""
    issuer: str = ""
    """Who issued it, for sure: words right before 发布."""
    mentioned: str = ""
    """What its text mentions."""
    said: str = ""
    """What its text is to say, perhaps in other words: 哪份文件规定了….."""
    about: str = ""
    """What it is about, for sure: words behind 关于."""
    of: str = ""
    """Words before 文件 that its issuer, its place or its subject must explain: 消防方面的文件."""
    ending: tuple[str, ...] = ()
    """Endings of its file's name: .pdf."""
    state: State = ""
    undated: bool = False
    """Whether it must have no date."""
    order: Order = ""
    most: int | None = None
    """How many of them are asked for: 最近的三份."""
    measure: str = "份"
    """What they are counted in: 份, 个, 部."""
    surely: bool = True
    """Whether nothing but documents can be meant; of 政策 and 材料, which may be asked for what they say, only where
    the library has what is named."""


_PAPER = r"文件|文档|公文|文献|通知|通告|公告|公报|通报|纪要|批复|复函"
"""What only papers are called."""
_MAYBE = rf"政策|规定|资料|材料|文章|报道|新闻|表格|稿件?|{TYPES}"
"""What may be a paper, or something that one tells of."""
_ANY = frozenset(("文件", "文档", "公文", "文献", "政策", "规定", "资料", "材料", "文章", "表格", "稿", "稿件"))
_WHO = r"谁|(?:哪些|哪几个?|哪个|什么|多少个?|几个)(?:部门|单位|机关|机构|地方|委办局)"
_MEASURE = r"(?:[份篇部个件])"
_DIGIT = r"[一二两三四五六七八九十]|\d{1,2}"
_ISSUED = r"印发|发布|下发|出台|制定|公布|颁布|签发|刊发|发文|发出|编写|编制|发(?=[的了过]|$|[？?。])"
_ENDINGS = {
    "pdf": (".pdf",),
    "word": (".docx", ".doc", ".wps"),
    "excel": (".xlsx", ".xls", ".csv"),
    "ppt": (".pptx", ".ppt"),
    "csv": (".csv",),
    "txt": (".txt",),
    "markdown": (".md",),
    "md": (".md",),
    "docx": (".docx",),
    "doc": (".doc",),
    "xlsx": (".xlsx",),
    "xls": (".xls",),
    "ofd": (".ofd",),
    "html": (".html", ".htm"),
    "图片": (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"),
}
_THESE = r"(?=文件|文档|资料|材料|通知|公文)"
_SIGNS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in {
        "unread": (
            r"(?:读|打|识别|解析)不(?:了|开|出来?)(?:的)?|(?:没有?|没能|未能?|无法|不能)(?:成功)?(?:被)?"
            r"(?:读取|读入|读出来|读进来|识别|解析|打开|读懂|读|入库|收录)(?!不)(?:成功)?(?:的|了)?"
        ),
        "undated": (
            r"(?:没有?|未|无)(?:写明?|标明?|注明|标注|载明|印)?(?:有)?(?:发布|成文|印发)?(?:的)?(?:日期|时间|落款)(?:的)?"
        ),
        "place": (
            r"(?:在|从)?(?:这个?|该|本|我们?的?|你们?的?)?(?:文件夹|文库|资料库|知识库|文档库|数据库|资料室|库|目录(?=[里中下]))"
            r"(?:里面?|中|内|下)?(?:现在|目前)?(?:都?(?:收录|收|存|放)(?:了|着|有|的是)?)?(?:的)?"
            rf"|(?:在|从)?(?:这|那|以上|上面|上述|现有|手头|手上)(?:些|批|几[份个篇]){_THESE}"
            rf"|(?:所有|全部|手头|手上|现有|你们?(?:这里|手头)?有?)的?{_THESE}|这里(?:面)?|我们?(?:上传|添加|导入|放|存)(?:进来|进去)?的"
        ),
        "subject": (
            r"(?:主要|大概|大致|都|究竟|到底|分别|各自?)*(?:是)?(?:关于|讲|说|谈|涉及|围绕|介绍|写)(?:的是|了|的)?(?:些|一些)?"
            r"(?:什么|哪些|哪几个?|啥)(?:主题|内容|方面|事情?|领域|话题|东西)?(?:的)?"
            r"|(?:(?:主要|大概|大致)(?:是|有)?)?(?:什么|哪些)(?:主题|内容|领域|方面|话题)(?:的)?"
        ),
        "issuers": (
            rf"(?:都?是|由|有)*(?:{_WHO})(?:所)?(?:{_ISSUED})(?:的|了|过)*|(?:都?是)?(?:来自|出自)(?:于)?(?:{_WHO})"
            r"|(?:发文|发布|印发|制定)(?:的)?(?:单位|部门|机关|机构)(?:分别|都)?(?:有|是)(?:哪些|谁|哪几个|多少)"
        ),
        "sorts": (
            r"(?:分(?:成|为)?|有|是)*(?:哪些|哪几|几|多少|什么)(?:种类?|个?类型?|类别?|文种)(?:的)?"
            r"(?=文件|文档|资料|材料|[？?。]|$)"
        ),
        "ended": (
            r"(?:已经?|早已|都|被|不再)*(?:废止|作废|失效|过期|到期|停止执行|不再有效|不再执行|没有效力?|无效)"
            rf"(?:了?的|了?(?=$|[？?。，,吗么没]|有?(?:哪|几|多少))|(?=文件|{_MAYBE}))"
        ),
        "ahead": r"(?:还没有?|尚未|未|还未)(?:开始|正式)?(?:生效|施行|实施|执行)(?:的)?",
        "holds": (
            r"(?:现在|目前|当前)?(?:还|仍然?|依然|继续)*(?:现行(?:有效)?|有效|在用|管用|在执行|生效中|能用)(?:的)?"
        ),
        "added": (
            r"(?:最近|最新|最后|刚刚?|新近?|新)(?:一次)?(?:添加|加入|加|放|导入|入库|上传|收录|收进来|更新)"
            r"(?:进来|进去|进)?(?:的|了)?"
        ),
        "newest": r"(?:最新|最近|最晚|最后|最迟)(?:一次)?(?:的)?",
        "oldest": r"(?:最早|最旧|最老|最先|最久)(?:的)?",
        "longest": r"(?:最长|(?:字数|页数|篇幅|内容)最[多长大])(?:的)?",
        "shortest": r"(?:最短|(?:字数|页数|篇幅)最[少短小])(?:的)?",
        "by_time": (
            r"按(?:照)?(?:发布|印发)?(?:的)?(?:时间|日期)(?:先后)?(?:顺序)?(?:排列|排序|排一?下|来|地)?"
            r"|(?:各|分别)(?:是)?(?:什么时候|哪一?年|何时)(?:发布|印发|出台|发)?(?:的)?"
        ),
        "count": (
            rf"(?:总?共|合计|一?共|总计|有)(?:有|是|为)?(?:多少|几){_MEASURE}?|(?<!哪)(?:多少|几){_MEASURE}|多少{_THESE}|(?<=文件|文档|资料)总数(?:是|有|为)?多少"
        ),
        "exists": r"有没有|有无|是否有|是不是有|有(?=[^，。？?]*(?:吗|么)[？?]?$)|没有(?=[^，。？?]*吗)",
        "which": (
            rf"(?:都|分别|各)?(?:是|有|叫)?(?:哪些|哪几{_MEASURE}?|哪一?{_MEASURE}?|什么|啥)(?:名字|名称|标题|题目)?"
            r"|(?<=文件|文档|资料)(?:列表|清单|总?目录)"
        ),
        "list": (
            r"(?:请|帮我)?(?:列出|列一下|列举|列个|总结一?下|概括一?下|介绍一?下|罗列|给出|找出|查一?下|列|汇总一?下)"
        ),
        "issued": rf"(?:由|是)?(?:{_ISSUED})(?!在|于)(?:的|了|过)*",
        "effect": r"(?:开始|正式|起)?(?:施行|实施|生效|执行)(?:的|了)?",
    }.items()
)
_MENTIONS = re.compile(
    r"(?:里面?|中|都|正文|有)?(?:(?P<word>提到|提及|提过|讲到|说到|谈到|写到|涉及|包含|含有|出现)(?:到|了|过)*"
    r"|(?P<said>规定|明确|要求|写明|说|讲|写|提出)(?:了|到|过))"
    r"(?!什么|哪|多少)(?P<what>[^，,。；;？?]{2,40}?)"
    rf"(?:的(?=(?:{_PAPER}|{_MAYBE}|是|有))|(?:的|这?个?(?:词|字样|内容))?(?:吗|么|没有)?[？?。！]*$)"
)
_ABOUT = re.compile(
    r"(?:是)?(?:跟|和|与)?(?:关于|有关(?!于)|针对)(?!什么|哪|的)(?P<what>[^，,。；;？?]{2,40}?)(?:方面|领域)?(?:相关|有关)?的?"
    rf"(?:(?=(?:{_PAPER}|{_MAYBE}))|[？?。！]*$)"
)
_ELSE = re.compile(r"什么时[候间]|何时|哪一?[年天日月]|几[月号日]|哪[里儿]|为什么|为何|怎么|怎样|如何|多少[钱元人户]")
"""What asks for something else than documents."""
_FILE = re.compile(
    r"(?:的)?(?:(?:文件|文档)名(?:称|字)?(?:叫|是)?(?:什么)?"
    r"|(?:具体)?(?:存放|存|放|保存|(?<=[件档])位)(?:于|在)?(?:哪里|哪儿|(?:哪个?|什么)(?:位置|文件夹|目录|地方))"
    r"|(?:在|的)?(?:文件|存放)?(?:路径|位置)(?:是)?(?:什么|在哪里?)?"
    r"|(?:一?共|总共)?(?:有|是)?(?:多少|几)页|页数(?:是)?(?:多少)?|(?:有)?多少(?:个)?字|字数(?:是)?多少"
    r"|(?:是)?什么(?:文件)?(?:格式|类型的文件|文件类型)(?:的)?|(?:文件)?(?:格式|类型)(?:是)?什么)[？?。的呢]*$"
)
_HEAD = re.compile(rf"(?:{_PAPER}|{_MAYBE})")
_SURE = re.compile(rf"(?:{_PAPER})")
_FORMAT = re.compile(
    rf"(?P<ending>{'|'.join(sorted(_ENDINGS, key=len, reverse=True))})(?:格式|版本?)?(?:的)?(?:表格|文件|文档|表)?",
    re.IGNORECASE,
)
_BOUND = re.compile(r"(?P<after>以后|之后|以来|起|至今|到现在|后)|(?P<before>以前|之前|前)")
_RECENT = re.compile(rf"(?:最近|近|过去)(?P<n>{_DIGIT}|几)(?P<unit>年|个月|天)(?:来|以来|内|间)?")
_RELATIVE = re.compile(r"(?P<year>今年|去年|前年|本年度?)|(?P<month>本月|这个月|上个?月)")
_FEW = re.compile(rf"前?(?P<n>{_DIGIT}){_MEASURE}(?:的)?")
_PARTICLES = re.compile(
    r"[的了有是在呢吗么吧啊都也中里内上下，,、。？?！!：:\s]|一共|总共|请问|请|麻烦|告诉我|我想知道|一下|分别|都有|名称?|名字|标题|题目"
    r"|我们?|你们?|现在|目前|已经?|还|过|[份篇部个条件]|一|相关|有关|出来|发文|时间|日期|情况|哪些|什么|叫|给|为|所|由|和|以及|或者?|中间|其中"
)
_ON = re.compile(r"(?:(?:方面|领域|相关|有关)的?|类的)$")
_TELLS = re.compile("(?:讲|说|谈|写|介绍)(?:的是|了|到)?(?P<what>.{2,})")
_WITH = re.compile("(?:跟|和|与)?(?P<what>.{2,})")
_LINK = re.compile(r"(?:(?:这?方面|领域|相关|有关)?的?|类的)$")
_SELF = re.compile(
    r"[这该本此那](?:一?[份个篇])?(?:文件(?!夹)|文档(?!库)|通知|公告|办法|方案|规定|意见|报告|材料|资料(?!库)|文章)|《|它|本文|全文"
)
_IN_WHICH = re.compile(
    rf"^(?P<what>[^，,。？?]{{2,30}}?)(?:是)?在(?:哪些|哪几{_MEASURE}?|哪一?{_MEASURE}?|什么|多少{_MEASURE}?|几{_MEASURE}?)"
    rf"(?:文件|文档|材料|资料|通知|公文)(?:里面?|中|内|上)?(?:有)?(?:提到|提及|规定|出现|说到|讲到|写到|说|讲|写|明确)?(?:了|过|的)*[？?。]?$"
)
_MEASURED = re.compile(r"哪一?[份篇部]|哪几[份篇部]|[几少][份篇部]")
_LEAST_NAMED = 2


def holdings(text: str, *, today: str) -> Holdings | None:
    """What `text` asks of the documents themselves; None where it asks for something that they say."""
    if REQUESTS.search(text) and not ASKS.search(text):
        return None  # 总结一下2026年的方案 wants what it says
    if (file := _FILE.search(text)) and file.start():
        return Holdings("file", of=_bare(text[: file.start()]), surely=False)
    by_time = any(sign == "by_time" and pattern.search(text) for sign, pattern in _SIGNS)
    if _SELF.search(text) or (_ELSE.search(text) and not by_time) or not re.search(r"[一-鿿]", text):
        return None
    if (inside := _IN_WHICH.match(text)) is not None:
        wanted: Wanted = "count" if re.search("多少|几[份个篇]", text) else "list"
        return Holdings(wanted, mentioned=_bare(inside["what"]))
    taken = Taken(text)
    made = Holdings()
    issued = next((each for each in names(text) if each.number and not each.title), None)
    if issued is not None:
        made = replace(made, number=issued.number)
        label = re.search(r"(?:发文字号|文号|编号)(?:是|为)?$", text[: issued.start])
        taken.take("number", (label.start() if label else issued.start, issued.end))
    if mention := _MENTIONS.search(text):
        taken.take("mention", mention.span())
        what = _bare(mention["what"])
        made = replace(made, mentioned=what) if mention["word"] else replace(made, said=what)
    elif about := _ABOUT.search(text):
        taken.take("about", about.span())
        made = replace(made, about=_bare(about["what"]))
    made = _dated(made, taken, today)
    made = _marked(made, taken)
    heads = taken.all("head", _HEAD)
    if not (taken.has("head", "issued", "effect") or _MEASURED.search(text) or taken.has("place")):
        return None
    kinds = [each for each in heads if each not in _ANY]
    if taken.has_two("head"):
        return None  # 哪些文件里有表格
    explained = _explained(replace(made, kinds=tuple(kinds)), taken)
    if explained is None:
        return None
    is_held = taken.has("place", "undated", "unread", "added", "number")
    sure = any(_SURE.fullmatch(each) for each in heads) or bool(_MEASURED.search(text)) or is_held
    asks = taken.has("which", "count", "exists", "list", "issuers", "sorts", "subject", "unread", "by_time")
    is_limited = replace(explained, wanted="list", order="", most=None, of="") != Holdings(kinds=explained.kinds)
    if not (asks or ((explained.order or explained.about) and taken.has("head"))) or not (sure or is_limited):
        return None
    if explained.wanted == "subject" and not taken.has("place"):
        return None  # 高温津贴的通知讲了什么
    tells = any(sign == "issued" and not text[start:end].endswith("的") for start, end, sign in taken.spans)
    sure = sure and not (tells and explained.issuer)  # 省政府出台了什么文件 may be asked for what is told
    measured = re.search(r"[几少](?P<measure>[份篇部个件])", text)
    return replace(explained, surely=sure, measure=measured["measure"] if measured else "份")


class Taken:
    """A text with the stretches that have been understood, each with what it says."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[tuple[int, int, str]] = []

    def take(self, sign: str, span: Span) -> bool:
        """Marks the span as understood; False where a part of it is already."""
        if any(start < span[1] and span[0] < end for start, end, _ in self.spans):
            return False
        self.spans.append((*span, sign))
        return True

    def all(self, sign: str, pattern: re.Pattern[str]) -> list[str]:
        """Takes everything that the pattern finds."""
        return [found[0] for found in pattern.finditer(self.text) if self.take(sign, found.span())]

    def has(self, *signs: str) -> bool:
        """Whether any of the signs was found."""
        return any(sign in signs for _, _, sign in self.spans)

    def has_two(self, sign: str) -> bool:
        """Whether the sign was found twice with nothing but words that weren't understood between."""
        ordered = sorted(self.spans)
        return any(
            one[2] == other[2] == sign and self.text[one[1] : other[0]].strip("、和与及")
            for one, other in pairwise(ordered)
        )

    def rest(self) -> list[tuple[str, str, str]]:
        """What is left, each stretch with the sign before it and the sign behind it, "" at the ends; times,
        which may stand anywhere, apart."""
        ordered = [*sorted(self.spans), (len(self.text), len(self.text), "")]
        found, at, before = [], 0, ""
        for number, (start, end, sign) in enumerate(ordered):
            if left := self.text[at:start]:
                found.append((left, before, next(each for _, _, each in ordered[number:] if each != "when")))
            at, before = max(at, end), before if sign == "when" else sign
        return found


def _marked(made: Holdings, taken: Taken) -> Holdings:
    """The words of a closed class: what is asked, and which state, order and form the documents must have."""
    for found in _FORMAT.finditer(taken.text):
        if taken.take("head", found.span()):
            made = replace(made, ending=_ENDINGS[found["ending"].lower()])
    for sign, pattern in _SIGNS:
        taken.all(sign, pattern)
    for found in _FEW.finditer(taken.text):
        if taken.has("newest", "oldest", "added", "longest", "shortest") and taken.take("few", found.span()):
            made = replace(made, most=_number(found["n"]))
    by_sign: dict[str, Wanted] = {
        "unread": "unread", "issuers": "issuers", "sorts": "kinds", "subject": "subject", "exists": "exists",
        "count": "count",
    }  # fmt: skip
    wanted: Wanted = next((each for sign, each in by_sign.items() if taken.has(sign)), "list")
    orders: tuple[Order, ...] = ("added", "newest", "oldest", "longest", "shortest")
    order: Order = next((each for each in orders if taken.has(each)), "")
    states: tuple[State, ...] = ("ended", "ahead", "holds")
    state: State = next((each for each in states if taken.has(each)), "")
    if order and not made.most and not re.search(r"哪些|哪几|列|按", taken.text):
        made = replace(made, most=1)
    if taken.has("by_time"):
        order = order or "oldest"
    effect = taken.has("effect") and not state
    return replace(made, wanted=wanted, order=order, state=state, undated=taken.has("undated"), in_force=effect)


def _explained(made: Holdings, taken: Taken) -> Holdings | None:
    """What is left of the text as what it must be by its place: an issuer, something mentioned, or what 文件 is of;
    None where anything else is left."""
    for left, before, after in taken.rest():
        words = _bare(left)
        if not words:
            continue
        if len(words) < _LEAST_NAMED or re.search("[，,；;：:]", words):
            return None
        if after == "issued":
            made = replace(made, issuer=words)
        elif after == "head" and before != "head" and not (made.of or made.about):
            on = _TELLS.match(words) or (_ON.search(left) and _WITH.match(words))
            made = replace(made, about=on["what"]) if on else replace(made, of=words)
        else:
            return None
    return made


def _dated(made: Holdings, taken: Taken, today: str) -> Holdings:
    """The days that are named, with 以前 and 以后, and those that count from today."""
    now = date.fromisoformat(today)
    for found in _RECENT.finditer(taken.text):
        count = 3 if found["n"] == "几" else _number(found["n"])
        first = {
            "年": date(now.year - count + 1, 1, 1),
            "个月": _months_before(now, count),
            "天": date.fromordinal(now.toordinal() - count),
        }[found["unit"]]
        taken.take("when", found.span())
        return replace(made, within=(first, now), when=found[0])
    for found in _RELATIVE.finditer(taken.text):
        taken.take("when", found.span())
        return replace(made, within=_relative(found[0], now), when=found[0])
    named = [each for each in periods(taken.text) if each.value and "X" not in each.value]
    spans = [(each, span) for each in named if (span := days(each.value))]
    if not spans:
        return made
    first, last = min(span[0] for _, span in spans), max(span[1] for _, span in spans)
    start, end = spans[0][0].start, spans[-1][0].end
    if any(not taken.take("when", (each.start, each.end)) for each, _ in spans):
        return made
    if bound := _BOUND.match(taken.text, end):
        taken.take("when", bound.span())
        end = bound.end()
        after_end = bound["after"] in ("以后", "之后", "后") and len(spans[-1][0].value) == 4
        if bound["after"]:
            first, last = (date(last.year + 1, 1, 1) if after_end and bound["after"] == "之后" else first), date.max
        else:
            first, last = date.min, date.fromordinal(first.toordinal() - 1)
    return replace(made, within=(first, last), when=taken.text[start:end])


def _relative(word: str, now: date) -> tuple[date, date]:
    if word in ("本月", "这个月"):
        return date(now.year, now.month, 1), now
    if word.startswith("上"):
        last = date.fromordinal(date(now.year, now.month, 1).toordinal() - 1)
        return date(last.year, last.month, 1), last
    year = now.year - {"去年": 1, "前年": 2}.get(word, 0)
    return date(year, 1, 1), date(year, 12, 31)


def _months_before(now: date, count: int) -> date:
    months = now.year * 12 + now.month - 1 - count
    return date(months // 12, months % 12 + 1, min(now.day, 28))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else "一二三四五六七八九十".find(text.replace("两", "二")) + 1


def _bare(left: str) -> str:
    """The words without the particles around them and the marks of a quotation."""
    words, before = _LINK.sub("", left.strip('“”"「」『』《》‘’ ，,。？?：:')), ""
    while words != before:
        before = words
        words = re.sub(rf"^(?:{_PARTICLES.pattern})|(?:{_PARTICLES.pattern})$", "", words).strip('“”"「」『』《》‘’ ')
        words = _LINK.sub("", words)
    return words
