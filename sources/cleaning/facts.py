"""What a document is, as its text shows it: title, publisher, date, number, kind, and how long it holds

浙江省人民政府文件
浙政发〔2024〕5号
浙江省人民政府关于印发某某办法的通知
各市、县（市、区）人民政府：……本办法自2024年7月1日起施行，有效期5年。
浙江省人民政府
2024年5月6日
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

from sources.cleaning.validity import DATE, date_of

Fact = tuple[str, str]
"""A value, and how it was found, in words for people."""

FILE_NAME = "文件名"
_TYPES = (
    "通知|通告|公告|公报|通报|公示|意见|方案|办法|条例|规定|细则|规则|章程|决定|决议|命令|批复|复函|函|规划纲要|规划|计划|纲要|要点|"
    "工作报告|调研报告|报告|讲话|致辞|解读|措施|指南|指引|清单|目录|名单|标准|倡议书|告知书|公开信|答复|纪要|政策问答|法典|法"
)
_NOT_A_LAW = "办方做用写看想说疗书算语执立司宪守违依普枪手佛"
_IN_BRACKETS = r"(?:\s*[（(〔\[【][^（）()]{1,30}[）)〕\]】])*"
_TYPED = re.compile(rf"(?P<type>{_TYPES}){_IN_BRACKETS}$")
_PREFIXED = re.compile(
    rf"(?P<title>\S.{{0,60}}?(?:关于|印发|转发|发布).{{4,120}}?(?:{_TYPES})(?:[（(][^（）()]{{1,30}}[）)])?)(?=\s|$)"
)
_ENACTED = re.compile(r"《(?P<title>[^》]{4,60})》(?:\s*[（(][^）)]*[）)])?(?:已经|业经|已于|经)")
_ABOUT = re.compile(r"关于|印发|转发")
_KINDS = {"复函": "函", "规划纲要": "规划", "工作报告": "报告", "调研报告": "报告", "法典": "法", "致辞": "讲话"}
_SENTENCE = re.compile(r"[。；;！!]|[，,：:]$")
_ONE_BODY = re.compile(
    r"[一-鿿（）()“”·]{1,40}?"
    r"(?:委员会|省委|市委|县委|区委|党委|政府|国务院|办公厅|办公室|领导小组|指挥部|联防联控机制|工作专班|管委会|代表大会|人大常委会|"
    r"法院|检察院|扶贫办|网信办|农办|(?<![个人])委|厅|(?<![大格布结])局|(?<![全内干])部|署|总行|银行|总会|协会|大学|学院|中心|研究所|"
    r"公司)|国务院"
)
_MOST_BODIES = 10
_ISSUER_OF_TITLE = re.compile(r"(?P<bodies>.{2,80}?)(?:关于|印发|转发)")
_RED_HEAD = re.compile(r"(?P<bodies>[一-鿿\s　]{4,40}?)\s*文\s*件")
_NUMBER = (
    r"[一-鿿（）()]{2,20}\s*[〔\[（(【〈［﹝]\s*(?:19|20)\d\d\s*[〕\]）)】〉］﹞]\s*(?:第\s*)?\d{1,5}\s*号"
    r"|[一-鿿\s]{2,30}(?:公告|通告|令)\s*(?:(?:19|20)\d\d年\s*)?第\s*\d{1,5}\s*号"
)
_ORDER = re.compile(r"(?P<bodies>[一-鿿\s　]{4,40}?)\s*(?:令|公\s*告)")
_ORDER_NUMBER = re.compile(r"第\s*\d{1,4}\s*号")
_STANDARD = re.compile(r"[A-Z]{2,4}\d{0,2}(?:/[A-Z])?\s*\d[\d.]*\s*[-—–]\s*(?:19|20)\d\d")
_NUMBER_LINE = re.compile(rf"[（(]?\s*(?P<number>{_NUMBER})\s*[）)]?(?:[\s　]*(?P<rest>.*))?")
_NUMBER_LABEL = re.compile(rf"(?:发文字号|文\s*号|文件编号|发文文号)\s*[:：]?\s*(?P<number>{_NUMBER})")
_LABELLED_BODY = re.compile(
    r"(?:发布机构|发文机关|发布单位|发文单位|制定机关|发布机关|印发机关|编制单位)\s*[:：\s]\s*"
    r"(?P<name>[^\s,，。;；|:：]{2,40}(?:[、\s][^\s,，。;；|:：]{2,30}(?:委|局|厅|部|府|院|会|办公室))*)"
)
_SOURCE = re.compile(r"(?:来源|稿源|信息来源)\s*[:：]\s*(?P<name>《[^》]{2,20}》(?:杂志)?|[^\s,，。;；|）)《]{2,30})")
_REPORTER = re.compile(
    r"[■◎]?(?:本报讯\s*)?(?P<name>[一-鿿]{2,10}(?:报|社|网|杂志|周刊|电视台))(?:首席|特约|见习)?记者"
)
_WRITTEN_LABEL = re.compile(rf"(?:成文日期|发文日期|印发日期|签发日期|落款日期)\s*[:：]?\s*{DATE}")
_POSTED_LABEL = re.compile(rf"(?:发布时间|发布日期|公布日期|日期|时间)\s*[:：]\s*{DATE}")
_DATE_LINE = re.compile(rf"[（(]?\s*{DATE}\s*(?:[）)]|印|发布|公布)?")
_DATE_FIRST = re.compile(rf"[（(]?\s*{DATE}\s*[）)]?(?:\s|\d|来源)")
_DATE_IN_FOOT = re.compile(rf"{DATE}\s*[）)]?\s*(?:\s|责任编辑|编辑|来源|[（(])")
_SIGNED_LINE = re.compile(rf"(?P<bodies>[^\d。，；：]{{3,60}}?){DATE}")
_ADOPTED = re.compile(rf"[（(]?\s*{DATE}[^。]{{0,60}}(?:通过|公布|发布|批准|印发)")
_AMENDED = re.compile(rf"{DATE}[^。年]{{0,100}}?(?:修正|修订)")
_SPOKEN = re.compile(rf"[—-]+\s*{DATE}\s*在")
_SIGNER = re.compile(
    r"(?:主席|委员长|总理|[省市县区州]\s*长|部\s*长|局\s*长|主\s*任|行\s*长)[:：\s]*[一-鿿]\s*[一-鿿]{1,3}"
)
_ADOPTED_BY = re.compile(
    r"(?P<body>[一-鿿]{2,12}?)(?:第[一二三四五六七八九十]+届)(?P<rest>人民代表大会(?:常务委员会)?)"
)
_REPORTED = re.compile(r"(?:记者|通讯员)|[^。]{0,20}\d日(?:电|讯)|本报讯|新华社")
_SECTION_NAMES = re.compile(
    r"(?:通知公告|公示公告|政策文件|最新文件|规范性文件|政府文件|政策解读|政策法规|信息公开|政务公开|工作动态|新闻动态|要闻|首页|正文|"
    r"目录|目\s*次|公文|原标题[:：]?|标题[:：]?|附件\s*\d*[:：]?|内部资料.{0,10}|[特加]急|机密|秘密|绝密|\d{3,8}|[^一-鿿A-Za-z]*)"
)
_NUMBERED = re.compile(
    r"第[一二三四五六七八九十百\d]+[编章节条部分]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、](?!\d)"
)
_PLAIN_NAME = re.compile(r"[一-鿿]|[A-Za-z]{3}")
_HEAD_LINES = 30
_HEAD_CHARS = 80
_TITLE_CHARS = 120
_MOST_JOINED = 6
_MOST_TITLE = 110
_SHORT = 4
_ISSUED = frozenset(
    {"通知", "公告", "通告", "意见", "办法", "条例", "规定", "决定", "批复", "公报", "规划", "纲要", "规划纲要", "方案"}
)
"""Types that end no headline of a newspaper: 省国资委出台若干措施."""
_TAIL_LINES = 12
_TABLE_SHARE = 0.6
_FIGURE_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class HeadLine:
    """A line of a document as its file has it, before lines are joined."""

    text: str
    level: int = 0
    """Of a heading that the format marks as one."""
    navigation: bool = False


def facts(lines: Sequence[HeadLine], *, uri: str, headings: Sequence[str]) -> dict[str, Fact]:
    """Title, publisher, published and number as the text shows them; the title's file name where it shows none.

    `lines` are all of the document's, `headings` those that cleaning found.
    """
    head = [line for line in lines[:_HEAD_LINES] if not line.navigation]
    title = _title(head, uri=uri, headings=headings)
    plain = [unicodedata.normalize("NFKC", line.text.replace("**", "")) for line in lines]
    shown = {
        "title": title,
        "publisher": _publisher(plain, title[0]),
        "published": _published(plain),
        "number": _number(plain[:_HEAD_LINES]),
    }
    return {name: fact for name, fact in shown.items() if fact}


def kind_of(title: str, text: str, *, tables: str) -> Fact | None:
    """What sort of paper it is, by its title and form; `tables` is what of its text stands in tables."""
    typed = _TYPED.search(title.rstrip("》”"))
    if typed and _is_law_or_other(title, typed):
        return _KINDS.get(typed["type"], typed["type"]), "标题"
    figures = sum(character.isdecimal() for character in tables)
    if tables and len(tables) >= _TABLE_SHARE * len(text) and figures >= _FIGURE_SHARE * len(tables):
        return "统计表", "版式"
    if title.endswith("表") and tables:
        return "统计表", "标题"
    if _REPORTED.search(text, 0, 400):
        return "报道", "正文"
    return None


# ------------------------------------------------------------------ title


def _title(head: Sequence[HeadLine], *, uri: str, headings: Sequence[str]) -> Fact:
    """The document's title, never a sentence of its text; the name of its file where it shows none."""
    lines = [line for line in head if not _is_no_title(line.text)]
    for at, line in enumerate(lines):
        if line.level == 1 and not _NUMBERED.match(line.text):
            return _continued(lines, at), "第一个标题"
        if not line.level and _is_running(line.text):
            break
    for line in lines:
        if (enacted := _ENACTED.match(line.text)) and _is_running(line.text):
            return _tidy(enacted["title"]), "公布令"
        if not _ORDER.fullmatch(line.text.strip()):
            break
    known = {_flat(heading) for heading in headings if len(heading) > _SHORT}
    for at, line in enumerate(lines):
        if joined := _official(head, head.index(line)):
            return joined, "标题行"
        if prefixed := _PREFIXED.match(line.text):
            return _tidy(prefixed["title"]), "标题行"
        if (line.level or _flat(line.text) in known) and not _NUMBERED.match(line.text) and not _is_body(line.text):
            later = (_official(head, head.index(other), about=True) for other in lines[at + 1 : at + _MOST_JOINED])
            title = next(filter(None, later), "") if not line.level else ""
            return (title, "标题行") if title else (_continued(lines, at), "第一个标题")
        if _is_running(line.text):
            break
    named = [line for line in lines if not _is_body(line.text) and not _NUMBERED.match(line.text)]
    for line in named[:1]:
        if len(line.text) <= _HEAD_CHARS and not _SENTENCE.search(line.text):
            return _tidy(line.text), "第一行"
        opening = re.split(r"[\s　]", line.text, maxsplit=1)[0]
        if _SHORT < len(opening) <= _HEAD_CHARS and opening != line.text and not _SENTENCE.search(opening):
            return _tidy(opening), "第一行"
    stem = PurePath(uri).stem
    if _PLAIN_NAME.search(re.sub(r"[0-9a-f]{16,}", "", stem)) or not lines:
        return stem, FILE_NAME
    # A name of digits tells nobody anything: better the first words.
    return _tidy(re.split(r"[。；;！!？?，,：:]", lines[0].text, maxsplit=1)[0][:_HEAD_CHARS]) or stem, "第一行"


def _is_no_title(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text).strip()
    number = _NUMBER_LINE.fullmatch(plain)
    return bool(
        _SECTION_NAMES.fullmatch(text.strip())
        or (_RED_HEAD.fullmatch(plain) and _is_body(_RED_HEAD.fullmatch(plain)["bodies"].strip()))  # type: ignore[index]
        or (number and not _TYPED.search(number["rest"] or ""))
        or _NUMBER_LABEL.match(plain)
        or _ORDER_NUMBER.fullmatch(plain)
        or _STANDARD.fullmatch(plain)
        or _DATE_LINE.fullmatch(plain)
        or _LABELLED_BODY.match(plain)
        or _POSTED_LABEL.match(plain)
        or _WRITTEN_LABEL.match(plain)
        or re.match(r"索\s*引\s*号|主题分类|主题词|字号|浏览|来源[:：]", plain)
    )


def _official(lines: Sequence[HeadLine], at: int, *, about: bool = False) -> str:
    """The official title that begins in line `at`, over several lines; "" where none does.

    With `about` only one that says what it is about: 关于…的通知.
    """
    parts: list[str] = []
    first = all(_is_body(line.text) or _is_no_title(line.text) for line in lines[:at])
    for line in lines[at : at + _MOST_JOINED]:
        part = line.text.strip()
        if len(part) > _MOST_TITLE or re.search(r"[。；;]|[:：]$", part) or _NUMBERED.match(part):
            break
        if parts and (line.level != lines[at].level or _is_no_title(part)):
            break
        own = _ISSUER_OF_TITLE.match(part)
        if own and any(
            _flat(own["bodies"]).startswith(_flat(above)) or own["bodies"].strip() in above.split() for above in parts
        ):
            return ""  # the bodies above are the site's: the title has its own
        if part in parts:
            return ""
        parts.append(part)
        title = _joined(parts)
        typed = _TYPED.search(title)
        if not typed or not _is_law_or_other(title, typed):
            continue
        if _ABOUT.search(title) or (first and not about and (len(parts) == 1 or typed["type"] in _ISSUED)):
            title = _without_number(title)
            return "" if _is_body(title) or len(title) <= _SHORT else _once(_tidy(title))
        if len(parts) == 1:
            break
    return ""


def _once(title: str) -> str:
    """The title without a second copy of it that stands in the same line."""
    prefixed = _PREFIXED.match(title)
    return prefixed["title"] if prefixed and _ABOUT.search(title, prefixed.end()) else title


def _without_number(title: str) -> str:
    if number := _NUMBER_LINE.match(title):
        return str(number["rest"] or title).strip("-－—_ ")
    return re.sub(rf"\s*[（(]\s*(?:{_NUMBER})\s*[）)]", "", title)


def _joined(parts: Sequence[str]) -> str:
    joined = ""
    parts = list(dict.fromkeys(parts))
    for number, part in enumerate(parts):
        # Between two bodies stands a space: 广州市民政局 广州市财政局关于…
        apart = number and _is_body(parts[number - 1]) and not _ABOUT.match(part)
        latin = joined[-1:].isascii() and part[:1].isascii() and joined[-1:].isalpha()
        joined += f" {part}" if apart or latin else part
    return joined


def _is_law_or_other(title: str, typed: re.Match[str]) -> bool:
    return typed["type"] != "法" or title[typed.start() - 1 : typed.start()] not in _NOT_A_LAW


def _continued(lines: Sequence[HeadLine], at: int) -> str:
    """The heading, with a second line that begins with a dash."""
    title = lines[at].text
    if at + 1 < len(lines) and lines[at + 1].text.startswith(("——", "--")) and len(lines[at + 1].text) <= _HEAD_CHARS:
        return _tidy(title) + _tidy(lines[at + 1].text)
    if joined := _official(lines, at):
        return joined
    return _tidy(title).rstrip("—")


def _is_running(text: str) -> bool:
    return len(text) > _HEAD_CHARS or bool(re.search(r"[。；;]", text))


def _is_body(text: str) -> bool:
    """Whether a line names nothing but the bodies that issue a document."""
    names = [name for name in re.split(r"[\s　、]+", text) if name]
    if not 0 < len(names) <= _MOST_BODIES or _ABOUT.search(text):
        return False
    return all(len(name) <= 40 and _ONE_BODY.fullmatch(name) for name in names)


def _signed_line(line: str) -> re.Match[str] | None:
    dated = _SIGNED_LINE.fullmatch(line)
    return dated if dated and _is_body(dated["bodies"]) else None


def _tidy(text: str) -> str:
    text = re.sub(r"\s+(?:来源|原标题|时间|作者|发布时间)\s*[:：].*$", "", text.replace("**", ""))
    return " ".join(text.split())[:_TITLE_CHARS]


def _flat(text: str) -> str:
    return re.sub(r"[\s*#]", "", text)


# ------------------------------------------------------------------ number, publisher, date


def _number(head: Sequence[str]) -> Fact | None:
    for line in head:
        if labelled := _NUMBER_LABEL.search(line):
            return _as_issued(labelled["number"]), "文号行"
    for above, line in pairwise(head):
        if _ORDER.fullmatch(above) and _ORDER_NUMBER.fullmatch(line):
            return _as_issued(above + line), "文号行"
    for line in head:
        if len(line) > 2 * _HEAD_CHARS and "。" in line:
            break
        if _STANDARD.fullmatch(line):
            return line, "文号行"
        number = _NUMBER_LINE.match(line)
        if number and not re.match(r"附件|[^\s\d]", number["rest"] or ""):
            return _as_issued(number["number"]), "文号行"
        after_title = re.search(rf"[（(](?P<number>{_NUMBER})[）)]$", line)
        if after_title and _TYPED.search(line[: after_title.start()]):
            return _as_issued(after_title["number"]), "标题行"
        if number and _TYPED.search(number["rest"] or ""):
            return _as_issued(number["number"]), "标题行"
    return None


def _as_issued(printed: str) -> str:
    number = re.sub(r"\s", "", printed)
    return re.sub(r"[\[(（【〈［﹝]((?:19|20)\d\d)[\])）】〉］﹞]", r"〔\1〕", number)


def _publisher(lines: Sequence[str], title: str) -> Fact | None:
    head, tail = lines[:_HEAD_LINES], lines[-_TAIL_LINES:]
    for line in head:
        if named := _LABELLED_BODY.search(line):
            return named["name"], "发布机构"
    posted = _posted_by([*head, *tail[-4:]])
    if posted and not _TYPED.search(title):
        return posted
    if signed := _signature(lines):
        return signed, "落款"
    for line in head:
        if (red := _RED_HEAD.fullmatch(line)) and _is_body(red["bodies"]):
            return _bodies(red["bodies"]), "红头"
    for above, line in pairwise(head):
        if _ORDER_NUMBER.fullmatch(line) and (order := _ORDER.fullmatch(above)) and _is_body(order["bodies"]):
            return _bodies(order["bodies"]), "文号行"
    if (issuer := _ISSUER_OF_TITLE.match(title)) and _is_body(issuer["bodies"]):
        return _bodies(issuer["bodies"]), "标题行"
    for line in head[:6]:
        if _ADOPTED.match(line) and (by := _ADOPTED_BY.search(line)):
            return by["body"] + by["rest"], "题注"
        if dated := _signed_line(line):
            return _bodies(dated["bodies"]), "标题下一行"
    for above, line in pairwise(head[:7]):
        if _DATE_LINE.fullmatch(line) and _is_body(above):
            return _bodies(above), "标题下一行"
    return posted


def _posted_by(lines: Sequence[str]) -> Fact | None:
    for line in lines:
        if named := _SOURCE.search(line):
            return named["name"], "来源"
        if reported := _REPORTER.match(line):
            return reported["name"], "来源"
    return None


def _bodies(text: str) -> str:
    return " ".join(dict.fromkeys(text.replace("、", " ").split()))


def _signature(lines: Sequence[str]) -> str:
    """The bodies that sign it, right above its date, or in the same line; "" where none do."""
    for at, line in _signed_dates(lines):
        if dated := _signed_line(line):
            return _bodies(dated["bodies"])
        signed: list[str] = []
        for above in reversed(lines[max(0, at - _TAIL_LINES) : at]):
            if not _is_body(above):
                break
            signed.insert(0, _bodies(above))
        if signed:
            return " ".join(signed)
    return ""


def _signed_dates(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that hold nothing but a date, or bodies and a date, below the head."""
    for at, line in enumerate(lines):
        if at > 3 and len(line) <= _HEAD_CHARS and (_DATE_LINE.fullmatch(line) or _signed_line(line)):
            yield at, line


def _published(lines: Sequence[str]) -> Fact | None:
    head = lines[:_HEAD_LINES]
    for line in head:
        if (named := _WRITTEN_LABEL.search(line)) and (value := date_of(named)):
            return value, "成文日期"
    signed = [(at, value) for at, line in _signed_dates(lines) if (value := _date_in(line))]
    by_body = [
        value
        for at, value in signed
        if _is_body(lines[at - 1]) or _SIGNER.fullmatch(lines[at - 1].strip()) or _signed_line(lines[at])
    ]
    if by_body:
        return by_body[0], "落款"
    for line in [*head, *lines[-_TAIL_LINES:]]:
        if len(line) <= 200 and (named := _POSTED_LABEL.search(line)) and (value := date_of(named)):
            return value, "发布日期"
    amended = [date_of(found) for line in head[:8] for found in _AMENDED.finditer(line)]
    if latest := max(amended, default=""):
        return latest, "题注"
    for line in head[:8]:
        dated = _DATE_LINE.fullmatch(line) or _DATE_FIRST.match(line) or _signed_line(line)
        dated = dated or _ADOPTED.match(line) or _SPOKEN.match(line)
        if len(line) <= 200 and dated and (value := date_of(dated)):
            return value, "标题下一行"
    for line in lines[-_TAIL_LINES:]:
        if (dated := _DATE_IN_FOOT.match(line)) and (value := date_of(dated)):
            return value, "落款"
    closing = [value for at, value in signed if at >= len(lines) - _TAIL_LINES] or [value for _, value in signed]
    return (closing[-1], "落款") if closing else None


def _date_in(line: str) -> str:
    dated = _DATE_LINE.fullmatch(line) or _signed_line(line)
    return date_of(dated) if dated else ""
