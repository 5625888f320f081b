"""Web pages as they are saved: the main text, its title and what the page says of it; menus and footers are left out.

<meta name="ArticleTitle" content="某市人民政府关于印发某办法的通知">
<td>文号：</td><td>某府规〔2025〕2号</td>
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sources.cleaning.encoding import decode
from sources.documents import SourceError
from sources.parts import Dropped, Grid, Line, Parsed, Part
from sources.readers.web.main import LABELS, arranging_tables, hidden_in, is_furniture, layout_of
from sources.readers.web.parts import parts_of, text_of, tidy

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSHOWN = (
    "script", "style", "noscript", "template", "iframe", "svg", "object", "embed", "applet", "canvas",
    "audio", "video", "map", "button", "input", "select", "textarea", "datalist", "rp", "rt",
)  # fmt: skip
_CONDITIONAL = re.compile(r"<!\[(?:if|endif|else)[^>]{0,200}>", re.I)
"""Word writes these into its pages; a parser of HTML takes them for text."""
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z][\w-]{2,20})", re.I)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso-8859-1": "cp1252", "big5": "big5hkscs"}
"""What browsers take these for, too."""
_HEAD_BYTES = 4096
_TITLE_METAS = ("articletitle", "og:title", "dc.title", "dcterms.title")
_DATE_METAS = (
    "pubdate",
    "publishdate",
    "article:published_time",
    "dc.date",
    "dcterms.issued",
    "publication_date",
    "date",
)
_PUBLISHER_METAS = ("contentsource", "source", "og:site_name", "dc.publisher", "sitename")
_KEYS = {
    "标题": "title", "名称": "title", "文号": "number", "发文字号": "number", "发文号": "number", "文件编号": "number",
    "发文机关": "publisher", "发布机关": "publisher", "发布机构": "publisher", "发布单位": "publisher",
    "制定机关": "publisher", "成文日期": "published", "发文日期": "published", "印发日期": "published",
    "有效性": "validity", "时效性": "validity", "文件状态": "validity", "失效日期": "ends", "废止日期": "ends",
}  # fmt: skip
_LAPSED = re.compile(r"失效|废止|无效|停止执行")
_DATE = re.compile(r"((?:19|20)\d{2})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")
_SOURCE = re.compile(r"^(?:来源|稿源|信息来源)\s*[：:]\s*|\s*(?:原创稿?|转载稿?)$")
_SITE = re.compile(
    r"(?:\s*(?:--+|[-_|—–])\s*"
    r"[^-_|—–]*(?:网|门户|政府|平台|频道|网站|站)[^-_|—–]*)+$"
)
_NO_TITLE = re.compile(
    r"(?:通知公告|公示公告|政策文件|政务公开|信息公开|新闻动态|首页|.*门户网站|.*政府网|无标题.*|"
    r"新建网页.*|untitled.*|文章内容|内容页|详情页?)",
    re.I,
)

_LEAST_TITLE = 4
_WORD = re.compile(r"\w")
_SHOWN_CHARS = 200
"""Of what was left out, so much is told."""


def read_html(raw: bytes, *, uri: str) -> Parsed:
    """The main text of a web page. Raises SourceError when there is no text in it."""
    return parsed_page(decoded(raw, uri=uri), uri=uri)


def decoded(raw: bytes, *, uri: str, charset: str = "") -> str:
    """A page's text. The bytes decide how it is encoded; what the page says of that, or `charset`, only where they
    leave something unread, as many pages say GB2312 and are UTF-8."""
    text = decode(raw, uri=uri)
    if "�" not in text:
        return text
    stated = charset or (found[1].decode() if (found := _CHARSET.search(raw[:_HEAD_BYTES])) else "")
    try:
        return raw.decode(_WIDER.get(stated.lower(), stated))
    except (LookupError, UnicodeDecodeError):
        return text


def parsed_page(text: str, *, uri: str) -> Parsed:
    """The main text of a web page that is decoded already."""
    root = tree_of(text)
    body = next(root.iter("body"), None) if root is not None else None
    if root is None or body is None:
        raise SourceError(uri, "网页里没有文字", "请用浏览器打开看看，重新保存整个网页")
    metas = {key: value for meta in root.iter("meta") for key, value in _named(meta)}
    titles = [text_of(each) for each in root.iter("title")]
    named = [value for key in _TITLE_METAS if (value := metas.get(key))]
    layout = layout_of(body, names=(*named, *titles))
    parts: list[Part] = []
    left_out = ((text_of(element), reason) for element, reason in layout.gone.items())
    dropped = [Dropped(_shortened(text), reason) for text, reason in left_out if _WORD.search(text)]
    for part in parts_of(body, gone=layout.gone, as_text=layout.as_text, title=layout.title):
        if isinstance(part, Grid) and (pairs := _particulars(part)):
            parts += [Line(f"{label}：{value}", whole=True) for label, value in pairs]
        elif isinstance(part, Line) and is_furniture(part.text):
            dropped += [Dropped(part.text, "菜单")] if _WORD.search(part.text) else []
        else:
            parts.append(part)
    if not parts:
        raise SourceError(uri, "网页里没有文字", "它可能靠脚本显示内容，请用浏览器打开后另存为网页，或打印成 PDF")
    said = _said(parts)
    stated = {key: value for key, value in said.items() if key in {"number", "publisher", "published"}}
    title = text_of(layout.title) if layout.title is not None else next(iter(named), said.get("title", ""))
    if not title and (title := _window_title(titles, layout.heading)):
        parts.insert(0, Line(title, level=1, whole=True))
    if title:
        stated["title"] = title
    otherwise = {
        "published": _dated(next((metas[name] for name in _DATE_METAS if name in metas), "")),
        "publisher": _SOURCE.sub("", next((metas[name] for name in _PUBLISHER_METAS if name in metas), "")),
    }
    notices = []
    if _LAPSED.search(said.get("validity", "")):
        notices.append(f"网页上标注的状态是“{said['validity']}”，请与正文核对")
    if "ends" in said:
        notices.append(f"网页上标注的失效日期是 {said['ends']}，请与正文核对")
    return Parsed(
        tuple(parts),
        stated,
        "网页的元数据",
        trusted=True,
        otherwise={key: value for key, value in otherwise.items() if value},
        dropped=tuple(dropped),
        notices=tuple(notices),
    )


def _window_title(titles: list[str], heading: str) -> str:
    """The title of the browser's window, without the site's name; "" where it says less than the text's own heading,
    or nothing."""
    title = next((_SITE.sub("", each) or each for each in titles), "")
    if len(title) < _LEAST_TITLE or _NO_TITLE.fullmatch(title):
        return ""
    same = "".join(heading.split()) in "".join(title.split())
    return title if same else ""


def parts_of_page(text: str) -> list[Part]:
    """All that a page shows, menus and all: for pages that were written to be read whole, as those of a mail are."""
    root = tree_of(text)
    if root is None:
        return []
    gone = set(hidden_in(root))
    body = next(root.iter("body"), root)
    return parts_of(body, gone=gone, as_text=arranging_tables(body))


def tree_of(text: str) -> _Element | None:
    """The tree of a page, without what a browser doesn't show; None for a page without anything."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True)
    text = _CONDITIONAL.sub("", text.replace("\x00", ""))
    try:
        root = etree.fromstring(text.encode("utf-8", errors="replace"), parser)
    except etree.XMLSyntaxError:
        return None
    if root is not None:
        etree.strip_elements(root, *_UNSHOWN, with_tail=False)
    return root


def _named(meta: _Element) -> Iterator[tuple[str, str]]:
    key = (meta.get("name") or meta.get("property") or meta.get("itemprop") or "").lower()
    value = tidy(meta.get("content") or "")
    if key and value:
        yield key, value


def _particulars(grid: Grid) -> list[tuple[str, str]]:
    """The labels and values of a table of a paper's particulars; none for any other table."""
    texts = [tidy(cell.text) for cell in sorted(grid.cells, key=lambda cell: (cell.row, cell.column))]
    if len(texts) > 60 or len(LABELS.findall("\n".join(f"{text.rstrip('：:')}：" for text in texts))) < 3:
        return []
    pairs: list[tuple[str, str]] = []
    label = ""
    for text in texts:
        if label and not (text.endswith(("：", ":")) or LABELS.fullmatch(f"{text}：")):
            pairs.append((label, text))
            label = ""
        elif found := LABELS.match(text):
            value = text[found.end() :].strip()
            label = "" if value else found[1]
            if value:
                pairs.append((found[1], value))
        else:
            label = text.rstrip("：:")
    return [(label, value) for label, value in pairs if value]


def _said(parts: list[Part]) -> dict[str, str]:
    """What the lines of particulars say, by the keys of `Parsed.stated`."""
    said: dict[str, str] = {}
    for part in parts:
        if not isinstance(part, Line) or len(part.text) > 200:
            continue
        marks = list(LABELS.finditer(part.text))
        if not marks or marks[0].start() > 2:
            continue
        for mark, after in zip(marks, [*marks[1:], None], strict=True):
            value = part.text[mark.end() : after.start() if after else None].strip(" \u3000|，。；")
            label = "".join(mark[1].split())
            key = _KEYS.get(label, "")
            if key in ("published", "ends"):
                value = _dated(value)
            if key and value and key not in said:
                said[key] = value
    return said


def _dated(text: str) -> str:
    found = _DATE.search(text)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else ""


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"
