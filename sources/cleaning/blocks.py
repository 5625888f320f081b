"""Cleaning: raw text to blocks, with lines broken in mid-sentence joined and repeated stretches dropped.

Nothing else is changed: a cleaned text reads, white space apart, as its file prints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sources.cleaning.block import Block, BlockKind
from sources.cleaning.grids import aligned, is_rule, parted
from sources.cleaning.repeats import without_repeats
from sources.parts import Dropped, Grid, Line, Part

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u00ad\x00-\x08\x0b\x0e-\x1f\x7f]")
_CLOSED = re.compile(r"[。！？!?；;：:…—][”’」』》）)\]*]*$|[.][”\"’)]*$")
MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.+)")
_NUMBERED = re.compile(
    r"(?P<part>第[一二三四五六七八九十百零〇\d]+[编章节部分]+)(?:\s|　|$)"
    r"|(?P<one>[一二三四五六七八九十]{1,3}、)"
    r"|(?P<two>[（(][一二三四五六七八九十]{1,3}[）)])"
    r"|(?P<three>\d{1,2}[.．、](?!\d))"
    r"|(?P<annex>附\s*件\s*(?:\d{1,2}|[一二三四五六七八九十]{0,2})$)"
)
_ARTICLE = re.compile(r"第[一二三四五六七八九十百千零〇\d]+条")
_LEVELS = {"annex": 1, "part": 2, "one": 2, "two": 3, "three": 4}
_LIST_ITEM = re.compile(r"(?:[-*+]\s|[•·▪●○◆]|[①-⑳]|\d{1,2}[）)])\s*")
_BYLINE = re.compile(r"^[■◎□]?(?:本报)?(?:\S{0,8}(?:记者|通讯员)|编辑|责编|作者|图|摄|来源|编者按)")
_DATE_LINE = re.compile(r"^[（(]?\d{4}\s*[-年/.]\s*\d{1,2}\s*[-月/.]\s*\d{1,2}\s*日?[）)]?")
_ISSUER = re.compile(r"(?:委员会|省委|市委|县委|区委|政府|办公厅|办公室|厅|(?<![大格布])局|(?<![全内干])部|工作专班)$")
_OFFICIAL_TITLE = re.compile(
    r"(?:关于|.{0,40}印发).{4,80}(?:方案|意见|通知|办法|规划|计划|报告|决定|规定|条例|纲要|批复|公告)$"
)
_LEAD = re.compile(
    r"\*\*(?P<bold>[^*]{2,60})\*\*"
    r"|(?:\d{1,2}[.．、]|[（(][一二三四五六七八九十]{1,3}[）)]|[一二三四五六七八九十]{1,3}、)(?P<numbered>[^。；]{2,30})。(?=.)"
)
_LABELLED = re.compile(r"[^\s，。；：:、“”]{2,16}[：:]\s*\S")
_BOLD = re.compile(r"\*\*[^*]{2,40}\*\*")
"""A line all of it in bold type is no piece of a paragraph."""
_HAN = "一-鿿㐀-䶿"
_STRAY_SPACE = re.compile(rf"(?<=[{_HAN}，、；：“”]) (?=[{_HAN}，、；：。“”])")
NAVIGATION = re.compile(r"[>＞]|当前位置|您(?:现在)?的?(?:当前)?位置|首页$|返回|【?字号")
_CAPTION = re.compile(rf"[{_HAN}]{{2,3}}(?:省|市|县|区|镇|乡|村)[^：:，。；—]*$")
"""Under a photograph: 某市某区共富工坊. As a heading it would give the text below a place that it isn't about."""
_CHINESE = re.compile(f"[{_HAN}]")
_GOES_ON = "，。；、：！？）》”’"
"""No paragraph begins with one of these."""
_WIDE_SPACE = re.compile(r"\s{2,}")
_CHARS_A_SPACE = 50
_ROLLED_CHARS = 200
"""A line as long as this is no line of a page any more."""
_HEADING_CHARS = 40
_TITLE_CHARS = 60
_TITLE_LINES = 6
_NARROW_CHARS = 45
_COLUMN_LINES = 5
_NAME_CHARS = 10
_SHEET_TITLE_LEVEL = 3
"""Below the name of its sheet."""


def blocks(parts: Iterable[Part]) -> tuple[list[Block], list[Dropped]]:
    """The blocks of what a reader took out of a file, and what was dropped as repeated."""
    return without_repeats([block for run in _runs(parts) for block in run])


def lines_of(raw: str) -> tuple[Line, ...]:
    """The lines of a plain or Markdown text, as a reader gives them."""
    return tuple(Line(line) for line in raw.splitlines())


def _runs(parts: Iterable[Part]) -> Iterator[list[Block]]:
    """The blocks of lines that stand together, and of what stands alone: grids, whole paragraphs."""
    run: list[Line] = []
    given = list(parts)
    for at, part in enumerate(given):
        if isinstance(part, Line) and not part.whole and not part.level:
            run.append(part)
            continue
        yield _of_lines(run)
        run = []
        if isinstance(part, Grid):
            yield _of_grid(part)
        elif text := " ".join(lines_in(part.text)):
            after = given[at + 1] if at + 1 < len(given) else None
            yield [_of_paragraph(part, text, at, after.text.strip() if isinstance(after, Line) else "")]
    yield _of_lines(run)


def _of_paragraph(line: Line, text: str, at: int, after: str) -> Block:
    """The block of a whole paragraph, the `at`th of its document, before the paragraph `after`."""
    if line.level:
        return Block("heading", text, line.level, lines=(line,))
    # Names, values of a form, the lines of an address stand alone, too: a heading has something under it.
    leads = at < _TITLE_LINES or len(after) > _HEADING_CHARS or _CLOSED.search(after) or _NUMBERED.match(after)
    if not line.item and (leads or _NUMBERED.match(text)):
        place = min(at, _TITLE_LINES)
        if heading := _heading([*["。"] * place, text, after or "。"], place, mid_sentence=False):
            return replace(heading, lines=(line,))
    return _tidied(Block("list" if line.item else "paragraph", text, lines=(line,)))


def _of_grid(grid: Grid) -> list[Block]:
    """The table, with what stands over and under it in rows of its own as paragraphs, a sheet's title as a heading."""
    titles, table, notes = parted(grid)
    over = [_tidied(Block("paragraph", " ".join(lines_in(line.text)), lines=_on_pages([line]))) for line in titles]
    named = next((at for at, block in enumerate(over) if grid.sheet is not None and _names_sheet(block.text)), None)
    if named is not None:
        over[named] = replace(over[named], kind="heading", level=_SHEET_TITLE_LEVEL, lead="")
    under = [_tidied(Block("paragraph", " ".join(lines_in(line.text)), lines=_on_pages([line]))) for line in notes]
    return [*over, *([Block("table", "", grid=table)] if table else []), *under]


def _names_sheet(text: str) -> bool:
    return len(text) <= _TITLE_CHARS and not re.search(r"[:：。；]|^附[件表录]|^表\s*\d+$|^[（(].*[）)]$", text)


def _ruled(lines: Sequence[str]) -> frozenset[int]:
    """Lines of Markdown tables without bars at both ends, which only the ruled line under the header tells."""
    found: set[int] = set()
    for at, line in enumerate(lines):
        if at and is_rule(line) and "|" in lines[at - 1]:
            found |= {at - 1, at}
        elif at - 1 in found and at >= 2 and "|" in line:
            found.add(at)
    return frozenset(found)


def _of_lines(given: Sequence[Line]) -> list[Block]:
    found: list[Block] = []
    origins: list[Line] = []
    lines: list[str] = []
    after_blank: set[int] = set()
    raw: list[str] = []  # with the tabs at both ends, which stand for empty cells
    for each in given:
        texts = lines_in(each.text)
        if not texts:
            after_blank.add(len(lines))
        lines += texts
        raw += [each.text] if len(texts) == 1 else texts
        origins += [each] * len(texts)
    grids = {} if any(each.page for each in given) else aligned(raw)
    ruled, names = _ruled(lines), _names(lines)
    after_grid = 0
    opened: list[str] = []  # a paragraph whose sentence has not ended, line by line
    rows: list[int] = []  # lines of a table

    def add(kind: BlockKind, text: str, end: int, count: int) -> None:
        """A block of the `count` lines before `end`."""
        found.append(Block(kind, text, lines=_on_pages(origins[end - count : end])))

    def end_table() -> None:
        if rows:
            on_pages = _on_pages(origins[rows[0] : rows[-1] + 1])
            found.append(Block("table", "\n".join(lines[row] for row in rows), lines=on_pages))
            rows.clear()

    for at, line in enumerate(lines):
        if at < after_grid:
            continue
        if at in grids:
            if opened:
                add("paragraph", "".join(opened), at, len(opened))
                opened = []
            end_table()
            after_grid, grid = grids[at]
            found += _of_grid(grid)
            continue
        is_name = at in names and len(line) <= _NAME_CHARS and not _NUMBERED.match(line)
        heading = None if is_name else _heading(lines, at, mid_sentence=bool(opened))
        kind: BlockKind = "paragraph"
        if heading is None and (line.startswith("|") or line.count("\t") >= 2 or at in ruled):
            kind = "table"
        elif heading is None and _LIST_ITEM.match(line):
            kind = "list"
        anew = _starts_anew(line) or (bool(opened) and (at in names or _both_labelled(opened[0], line)))
        if opened and (heading is not None or kind != "paragraph" or anew):
            add("paragraph", "".join(opened), at, len(opened))
            opened = []
        if kind != "table" or (at + 1 < len(lines) and is_rule(lines[at + 1])):
            end_table()
        if heading is not None:
            found.append(replace(heading, lines=_on_pages(origins[at : at + 1])))
        elif kind == "table":
            rows.append(at)
        elif _stands_alone(line) or (not opened and _is_caption(lines, at)):
            add("paragraph", line, at + 1, 1)
        else:
            opened.append(f" {line}" if opened and _words_meet(opened[-1], line) else line)
            if _CLOSED.search(line) or (kind == "list" and (at + 1 in after_blank or not _wraps(lines, at))):
                add(kind, "".join(opened), at + 1, len(opened))
                opened = []
    if opened:
        add("paragraph", "".join(opened), len(lines), len(opened))
    end_table()
    return [_tidied(block) for block in found]


def _is_row(line: str) -> bool:
    return line.startswith("|") or line.count("\t") >= 2


def _on_pages(lines: Sequence[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.page is not None)


def lines_in(raw: str) -> list[str]:
    """The lines of a text, none of them blank, without control characters."""
    if not raw or raw.isspace():
        return []
    text = _INVISIBLE.sub("", raw.replace("\r\n", "\n").replace("\r", "\n")).replace("\f", "\n").replace("\u2028", "\n")
    return [stripped for line in text.split("\n") for part in _unrolled(line.strip()) if (stripped := part.strip())]


def _unrolled(line: str) -> list[str]:
    """The paragraphs of a web page that was copied as one line, with spaces where they ended; else the line itself."""
    if len(line) < _ROLLED_CHARS or line.startswith("|") or "\t" in line:
        return [line]
    if len(_CHINESE.findall(line)) * 2 < len(line):
        return [line]
    found: list[str] = []
    # Scans leave spaces anywhere in a line; where there are hardly any, each was put where a line ended.
    rare = line.count(" ") * _CHARS_A_SPACE < len(line)
    for part in _WIDE_SPACE.split(line):
        begin = looked = brackets = 0
        for space in re.finditer(r"(?<=\S)\s(?=\S)", part):
            # Of what stands before, only what is new and the end are looked at: the line may be the whole document.
            end = space.start()
            brackets += part.count("（", looked, end) - part.count("）", looked, end)
            looked = end
            headed = end - begin <= _HEADING_CHARS and _NUMBERED.match(part[begin:end])
            apart = rare and not (part[end - 1].isascii() and part[space.end()].isascii())
            if brackets > 0:
                continue
            closed = _CLOSED.search(part, max(begin, end - _HEADING_CHARS), end)
            if headed or apart or closed or _NUMBERED.match(part, space.end()):
                found.append(part[begin:end])
                begin, brackets = space.end(), 0
        found.append(part[begin:])
    return found


def _heading(lines: Sequence[str], at: int, *, mid_sentence: bool) -> Block | None:
    line = lines[at]
    if marked := MARKDOWN_HEADING.match(line):
        # Not in the expression: it would look for the end of a long line at each of its spaces anew.
        text = marked[2].rstrip("#").rstrip() or "#"
        return Block("heading", text.replace("**", ""), level=len(marked[1]))
    if _OFFICIAL_TITLE.fullmatch(line) and at < _TITLE_LINES:
        return Block("heading", line, level=1)
    if mid_sentence and not _NUMBERED.match(line):
        return None
    if len(line) > (_TITLE_CHARS if at == 0 else _HEADING_CHARS):
        return None
    if re.search(r"[。；;|\t]", line) or _ARTICLE.match(line):
        return None
    if numbered := _NUMBERED.match(line):
        return Block("heading", line, level=_LEVELS[str(numbered.lastgroup)])
    if _stands_alone(line) or _LIST_ITEM.match(line) or re.search(r"[，,]$|[：:]$", line):
        return None
    if at + 1 == len(lines) or lines[at + 1][0] in _GOES_ON or (_wraps(lines, at) and not _BOLD.fullmatch(line)):
        return None
    if _CLOSED.search(line) and not line.endswith(("——", "—", "？", "?", "！")):
        return None
    if _is_caption(lines, at) or _among_labelled(lines, at):
        return None
    # A line that opens a paragraph is no heading: the next one would then go on in mid-sentence.
    if line.count("，") + line.count(",") > 1 or (len(line) > 30 and "，" in line):
        return None
    return Block("heading", line, level=3 if line.endswith("——") else 2)


def _among_labelled(lines: Sequence[str], at: int) -> bool:
    """Whether it is one of several lines with a label each: 时间：4月8日 / 地点：三楼会议室."""
    beside = [lines[near] for near in (at - 1, at + 1) if 0 <= near < len(lines)]
    return bool(_LABELLED.match(lines[at])) and any(_LABELLED.match(line) for line in beside)


def _wraps(lines: Sequence[str], at: int) -> bool:
    """Is the line in a column of text that was broken at a narrow width, like a newspaper's?

    There, one line after another breaks off at about the same length; headings and by-lines have no such measure.
    """
    around = lines[max(0, at - 8) : at + 9]
    broken = sorted(len(line) for line in around if len(line) <= _NARROW_CHARS and not _CLOSED.search(line))
    if len(broken) < _COLUMN_LINES:
        return False
    width = broken[len(broken) // 2]
    return sum(abs(length - width) <= 3 for length in broken) >= _COLUMN_LINES


def _is_caption(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    return at >= _TITLE_LINES and len(line) <= 20 and bool(_CAPTION.match(line)) and not _wraps(lines, at)


def _stands_alone(line: str) -> bool:
    """By-lines, dates and the names of issuing bodies are paragraphs of their own."""
    if len(line) > _HEADING_CHARS:
        return bool(_OFFICIAL_TITLE.fullmatch(line))
    return bool(
        NAVIGATION.match(line)
        or _BYLINE.match(line)
        or _DATE_LINE.match(line)
        or (_ISSUER.search(line) and len(line) <= 24)
    )


def _starts_anew(line: str) -> bool:
    """Does the line open a paragraph whatever came before?"""
    return bool(
        _NUMBERED.match(line) or _ARTICLE.match(line) or line.startswith(("**", "▲", "▼", "编者按"))
    ) or _stands_alone(line)


def _names(lines: Sequence[str]) -> frozenset[int]:
    """Lines that are each an item of its own: after 成员单位： those that follow a line of a few characters.

    No column is as narrow as that.
    """
    found: set[int] = set()
    naming = False
    for at, line in enumerate(lines):
        if naming and len(lines[at - 1]) <= _NAME_CHARS and at > 1:
            found |= {at - 1, at} if len(line) <= _NAME_CHARS and not _NUMBERED.match(line) else {at}
        naming = line.endswith(("：", ":")) or (naming and len(line) <= _NAME_CHARS)
    return frozenset(found)


def _both_labelled(first: str, line: str) -> bool:
    """Do both say what they state, 地点：三楼 after 时间：八点, so that the second doesn't go on with the first?"""
    return bool(_LABELLED.match(first) and _LABELLED.match(line))


def _words_meet(before: str, line: str) -> bool:
    """Would two words of English become one where a line is joined to the one before?"""
    return bool(re.match(r"[A-Za-z,.]", before[-1]) and re.match(r"[A-Za-z]", line))


def _tidied(block: Block) -> Block:
    """Without emphasis marks, and without the single spaces that scans leave inside running text."""
    text = block.text
    lead = _LEAD.match(text) if block.kind == "paragraph" else None
    text = text.replace("**", "")
    if block.kind in {"paragraph", "list"} and len(text) >= 30 and re.search(r"[。；！？]", text):
        text = _STRAY_SPACE.sub("", text)
    return replace(block, text=text, lead=(lead["bold"] or lead["numbered"]).rstrip("。") if lead else "")
