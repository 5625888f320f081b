"""What of a web page is its text: the place where nearly all its prose and tables stand, and what belongs to it

Not a list of the sites that there are: prose is text outside links that has sentences, and what stands round it is kept
unless it shows that it is furniture. Text that is lost is far worse than a menu that is left.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sources.parts import Line
from sources.readers.web.parts import BLOCKS, parts_of, text_of, tidy

if TYPE_CHECKING:
    from lxml.etree import _Element

_PROSE_MARK = re.compile(r"[，。；、：？！,;:]|[.?!](?:\s|$)")
_PROSE_CHARS = 25
"""A run of text as long as this is prose without any mark, too."""
_FILE_LINK = re.compile(r"\.(?:docx?|xlsx?|pptx?|pdf|wps|et|ofd|zip|rar|7z|txt|csv)(?:[?#]|$)", re.I)
_CLUTTER = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|mainnav|topnav|menu|footer|copyright|crumbs?|breadcrumbs?)(?:$|[-_\d\s])", re.I
)
_ASIDE = re.compile(
    r"(?:^|[-_\s])(?:foot|share|bdshare|sidebar|related|recommend|pagination|pager|comments?|toolbar|login|search|advert|"
    r"qrcode|ewm)(?:$|[-_\d\s])",
    re.I,
)
"""Names of what has no long paragraphs of its own, and is part of the text where it has."""
_RELATED = re.compile(
    r"[【\[]?(?:相关|推荐|热门|热点|延伸|精彩|更多|最新|猜你喜欢|友情|快速|网站|站内|图解|视频)"
    r"(?:链接|阅读|新闻|文章|文件|解读|报道|推荐|内容|信息|稿件|资讯|专题|专栏|导航|地图|排行|图片|政策|附件下载)?"
    r"(?:：|:|>+|＞+|更多|[】\]])*$"
)
_OWNER = re.compile(
    r"ICP备|ICP证|公网安备|网站标识码|版权所有|copyright\s*(?:©|\(c\)|&)|all rights reserved|主办单位[：:].{0,60}承办",
    re.I,
)
_FURNITURE = re.compile(
    r"打印(?:本页|此页|文章|全文)?|关闭(?:窗口|本页)?|分享(?:到|至)?[：:]?|收藏(?:本页)?|返回(?:顶部|首页|列表)?|回到顶部|字(?:体|号)[：:]?|"
    r"[大中小]|微信|微博|QQ空间|扫一扫.{0,20}|加入收藏|设为首页|网站地图|联系我们|无障碍(?:浏览|阅读)?|我要纠错|纠错|下载(?:图片|文字)版|"
    r"(?:上|下)一[篇页条][：:]?.{0,60}|(?:浏览|点击|阅读|访问)(?:次数|量|数)[：:]?\s*\d*次?|-次|【?我要评论】?|手机版|繁體版?|繁体版?|"
    r"简体版?|English|语音播报|朗读|当前位置[：:].*|您(?:现在)?(?:的|所在)?的?位置[：:是].*"
)
_WORD = re.compile(r"\w")
_FURNITURE_CHARS = 100
_LINKED_SHARE = 0.6
_LINKED_TEXTS = 3
_COPY_SHARE = 0.8
_MAIN_SHARE = 0.5
"""Of all prose: what holds more can't stand beside another that does."""
_LONG_CHARS = 40
_CLUTTER_SHARE = 0.2
"""Of the long paragraphs: what holds more isn't taken for a menu for its name's sake."""
_TITLE_CHARS = 120
_LEAST_TITLE = 4
_TEXT_CELL_CHARS = 300
_LOOKED_AT_CHARS = 1_500
"""An element with more text is no heading, footer or list of particulars."""
_SENTENCE_END = re.compile(r"[。；！？\n]")
LABELS = re.compile(
    r"(索\s*引\s*号|发?文\s*字?\s*号|文\s*件\s*编\s*号|发文机关|发布机关|发布机构|发布单位|制定机关|成文日期|发文日期|印发日期|发布日期|公开日期|"
    r"生效日期|实施日期|失效日期|废止日期|有\s*效\s*性|时\s*效\s*性|文件状态|主题分类|体裁分类|标\s*题|名\s*称)\s*[：:]"
)
"""Labels of the particulars that government pages give of a paper."""


@dataclass(slots=True)
class _Weight:
    """Of an element with all that is in it."""

    chars: int = 0
    linked: int = 0
    """Of these, in links to other pages."""
    links: int = 0
    prose: int = 0
    long: int = 0
    """Of the prose, in long paragraphs and in tables."""
    runs: int = 0
    """Stretches of prose."""

    def add(self, other: _Weight) -> None:
        """What else is in it."""
        self.chars += other.chars
        self.linked += other.linked
        self.links += other.links
        self.prose += other.prose
        self.long += other.long
        self.runs += other.runs


@dataclass(slots=True)
class Layout:
    """What of a page is shown as its text."""

    gone: dict[_Element, str] = field(default_factory=dict)
    """What isn't, and why in words for people."""
    as_text: set[_Element] = field(default_factory=set)
    """Tables that only arrange text."""
    title: _Element | None = None
    """Where the title that the page states stands in its body."""
    heading: str = ""
    """The first heading of level 1 in its text, where the title doesn't stand in the body."""


def is_furniture(line: str) -> bool:
    """Whether a line is only what a page puts round its text: 【打印】【关闭】, 上一篇：…, 分享到."""
    if not _WORD.search(line):
        return len(line) == 1  # a button's sign
    return len(line) <= _FURNITURE_CHARS and not _WORD.search(_FURNITURE.sub("", line))


def layout_of(body: _Element, *, names: tuple[str, ...]) -> Layout:
    """What of the page is its text; `names` are the titles that it states outside its body."""
    layout = Layout(as_text=arranging_tables(body))
    page = _weighed(body, layout.as_text)
    if not page.weights[body].chars:
        return layout
    main = _main(body, page)
    inside = set(main.iter())
    layout.title = _title_in(page, names)
    first = layout.title
    if first is None:
        first = next((each for each in body.iter("h1") if page.weights[each].chars and each not in page.hidden), None)
        layout.heading = text_of(first) if first is not None and first in inside else ""
    sentences = _sentences(_shown_text(main, page.hidden))
    spared = {*main.iterancestors(), main}
    if first is not None:
        spared |= {first, *first.iterancestors()}
    mostly_links = page.weights[main].linked > _LINKED_SHARE * page.weights[main].chars
    begun = past_main = False  # whether the text has begun: with its title, or with its first prose
    stack = [(body, False)]
    while stack:
        element, judged = stack.pop()
        past_main = past_main or element is main
        begun = begun or element is first or (first is None and element.tag in ("h2", "h3"))
        if element is first:
            continue
        within = element in inside
        if element in page.hidden and element not in spared:
            text = page.hidden[element]
            if not within or len(text) < _LONG_CHARS or _is_copy(text, sentences):
                layout.gone[element] = "隐藏的内容"
                continue
        elif element.tag in BLOCKS and element not in spared:
            reason = _furniture(element, page, lists=not (within and mostly_links))
            if reason is None and not within and not judged:
                judged = True
                prose = page.weights[element].long >= _LONG_CHARS
                if prose:
                    reason = "重复的内容" if _is_copy(text_of(element), sentences) else None
                    begun = begun or (first is None and reason is None)
                elif (not begun and not past_main and not _tells_of_itself(element, page)) or (
                    past_main and page.weights[element].links and element.getparent() is not main.getparent()
                ):
                    reason = "菜单"
            if reason is not None:
                layout.gone[element] = reason
                continue
        if element.tag == "table" and element not in layout.as_text:
            continue
        stack += [(child, judged) for child in reversed(element)]
    return layout


@dataclass(slots=True)
class _Page:
    """What stands where on a page."""

    body: _Element
    weights: dict[_Element, _Weight]
    hidden: dict[_Element, str]
    """What isn't shown, with its text."""
    runs: list[tuple[_Element, str]]
    """Short stretches of text that are no links, with the blocks that they stand in."""


def _weighed(body: _Element, arranging: set[_Element]) -> _Page:
    hidden = {element: text_of(element) for element in hidden_in(body)}
    page = _weights(body, arranging, hidden)
    unseen = sum(len(text) for text in hidden.values() if len(text) >= _LONG_CHARS)
    if page.weights[body].prose < unseen:  # a page that shows its text only when its script has run
        page = _weights(body, arranging, {each: text for each, text in hidden.items() if len(text) < _LONG_CHARS})
    return page


def _weights(body: _Element, arranging: set[_Element], hidden: dict[_Element, str]) -> _Page:
    from lxml.etree import iterwalk

    elements = list(body.iter())
    page = _Page(body, {element: _Weight() for element in elements}, hidden, [])
    owners = [body]
    run: list[tuple[str, bool]] = []
    in_links = 0

    def flush() -> None:
        text = tidy("".join(text for text, _ in run))
        linked = sum(len("".join(part.split())) for part, in_link in run if in_link)
        run.clear()
        if not text:
            return
        own = page.weights[owners[-1]]
        chars = len(text.replace(" ", ""))
        unlinked = max(chars - linked, 0)
        prose = unlinked if unlinked >= _PROSE_CHARS or (linked < unlinked and _PROSE_MARK.search(text)) else 0
        is_long = prose >= _LONG_CHARS and _PROSE_MARK.search(text)
        own.add(_Weight(chars, linked, 0, prose, prose if is_long else 0, 1 if prose else 0))
        if not linked and chars <= _TITLE_CHARS:
            page.runs.append((owners[-1], text))

    walker = iterwalk(body, events=("start", "end"))
    for event, element in walker:
        links_out = element.tag == "a" and _links_out(element)
        if event == "start":
            if element in hidden:
                walker.skip_subtree()
                continue
            if element.tag == "table" and element not in arranging:
                flush()
                page.weights[element].add(_weight_of_table(element))
                walker.skip_subtree()
                continue
            if element.tag in BLOCKS:
                flush()
                owners.append(element)
            in_links += links_out
            page.weights[element].links += links_out
            if element.text:
                run.append((element.text, in_links > 0))
        else:
            if element not in hidden and not (element.tag == "table" and element not in arranging):
                if element.tag in BLOCKS:
                    flush()
                    owners.pop()
                in_links -= links_out
            if element.tail and element is not body:
                run.append((element.tail, in_links > 0))
    flush()
    for element in reversed(elements):
        if element is not body and (parent := element.getparent()) is not None:
            page.weights[parent].add(page.weights[element])
    return page


def _weight_of_table(table: _Element) -> _Weight:
    links = [link for link in table.iter("a") if _links_out(link)]
    linked = sum(len(text_of(link).replace(" ", "")) for link in links)
    chars = len("".join("".join(table.itertext()).split()))
    unlinked = max(chars - linked, 0) if linked <= _LINKED_SHARE * chars else 0
    return _Weight(chars, linked, len(links), unlinked, unlinked, 1)


def _links_out(link: _Element) -> bool:
    """Whether it leads to another page: a file to load and a place in the page are part of the text."""
    href = (link.get("href") or "").strip()
    return bool(href) and not href.startswith("#") and not _FILE_LINK.search(href)


def _main(body: _Element, page: _Page) -> _Element:
    """The innermost element that holds most of the prose, in several paragraphs."""
    least = max(page.weights[body].prose * _MAIN_SHARE, 1)
    main = body
    while True:
        inner = next((child for child in main if page.weights[child].prose >= least), None)
        if inner is None or page.weights[inner].runs < 2:
            return main
        main = inner


def _title_in(page: _Page, names: tuple[str, ...]) -> _Element | None:
    """The block whose text is the title that the page states, or the greater part of it."""
    flats = [flat for name in names if len(flat := _flat(name)) >= _LEAST_TITLE]
    for element, text in page.runs:
        flat = _flat(text)
        if page.weights[element].chars != len(flat) or len(flat) < _LEAST_TITLE or element.tag in ("body", "table"):
            continue
        if any(flat == name or (flat in name and len(flat) * 2 >= len(name)) for name in flats):
            return element
    return None


def arranging_tables(body: _Element) -> set[_Element]:
    """Tables that only arrange text: with tables inside, of one column, or with a cell that is a text of its own."""
    elements = list(body.iter())
    chars = dict.fromkeys(elements, 0)
    blocks = dict.fromkeys(elements, 0)
    holds_table = dict.fromkeys(elements, False)
    for element in reversed(elements):
        chars[element] += len((element.text or "").strip())
        if element is not body and (parent := element.getparent()) is not None:
            chars[parent] += chars[element] + len((element.tail or "").strip())
            blocks[parent] += blocks[element] + (element.tag in ("p", "br", "li"))
            holds_table[parent] |= holds_table[element] or element.tag == "table"
    found: set[_Element] = set()
    for table in body.iter("table"):
        cells = [[cell for cell in row if cell.tag in ("td", "th")] for row in _rows_of(table)]
        filled = [cell for row in cells for cell in row if chars[cell]]
        greatest = max((chars[cell] for cell in filled), default=0)
        nested = any(holds_table[cell] and 2 * chars[cell] > chars[table] for cell in filled)
        is_text = any(
            chars[cell] > _TEXT_CELL_CHARS and blocks[cell] >= 3 and chars[cell] > _LINKED_SHARE * chars[table]
            for cell in filled
        )
        one_column = max(map(len, cells), default=0) <= 1
        if (
            (nested and greatest)
            or is_text
            or one_column
            or len(filled) <= 1
            or (len(cells) == 1 and any(chars[cell] > _TEXT_CELL_CHARS for cell in filled))
        ):
            found.add(table)
    return found


def _rows_of(table: _Element) -> Iterator[_Element]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def hidden_in(body: _Element) -> Iterator[_Element]:
    """What isn't shown, without what is inside it."""
    from lxml.etree import iterwalk

    walker = iterwalk(body, events=("start",))
    for _, element in walker:
        if element is not body and _is_hidden(element):
            walker.skip_subtree()
            yield element


def _is_hidden(element: _Element) -> bool:
    style = "".join((element.get("style") or "").lower().split())
    return "display:none" in style or "visibility:hidden" in style or element.get("hidden") is not None


def _furniture(element: _Element, page: _Page, *, lists: bool) -> str | None:
    """Why the element is no part of the text, in words for people; None where nothing shows that."""
    weight, whole = page.weights[element], page.weights[page.body]
    if not weight.chars:
        return None
    small = weight.long <= _CLUTTER_SHARE * whole.long
    marks = f"{element.get('id') or ''} {element.get('class') or ''}"
    if small and (element.tag in ("nav", "footer") or _CLUTTER.search(marks)):
        return "菜单和页脚"
    if weight.long < _LONG_CHARS and (element.tag == "aside" or _ASIDE.search(marks)):
        return "菜单和页脚"
    if lists and weight.links >= _LINKED_TEXTS and weight.linked > _LINKED_SHARE * weight.chars:
        return "菜单"
    if weight.chars > _LOOKED_AT_CHARS:
        return None
    if weight.links and 2 * weight.long < whole.long and _RELATED.fullmatch(_first_text(element)):
        return "相关链接"
    if not small:
        return None
    text = text_of(element)
    return "页脚" if _OWNER.search(text) and weight.long < 2 * _LONG_CHARS else None


def _first_text(element: _Element) -> str:
    """The first words in it, of one block or one link."""
    return next((text for each in element.itertext() if (text := tidy(each))), "")


def _tells_of_itself(element: _Element, page: _Page) -> bool:
    """Whether these are the particulars of a paper: 索引号, 文号, 成文日期."""
    return page.weights[element].chars <= _LOOKED_AT_CHARS and len(set(LABELS.findall(text_of(element)))) >= 2


def _shown_text(main: _Element, hidden: Container[_Element]) -> str:
    parts = parts_of(main, gone=hidden)
    return "\n".join(part.text if isinstance(part, Line) else "\n".join(c.text for c in part.cells) for part in parts)


def _sentences(text: str) -> set[str]:
    return {flat for sentence in _SENTENCE_END.split(text) if len(flat := _flat(sentence)) >= 8}


def _is_copy(text: str, sentences: set[str]) -> bool:
    """Whether nearly all the sentences stand in the main text, too."""
    flats = [_flat(sentence) for sentence in _SENTENCE_END.split(text)]
    total = sum(map(len, flats))
    return total > 0 and sum(len(flat) for flat in flats if flat in sentences) >= _COPY_SHARE * total


def _flat(text: str) -> str:
    return "".join(text.split())
