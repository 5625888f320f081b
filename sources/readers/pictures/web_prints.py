"""Web pages that were printed and scanned: menus above the page's own text and footers below it, left out"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sources.parts import Dropped, Line, Part

_PATH = re.compile(r"(?:您?(?:现在|当前)?的?(?:所在)?位置)\s*[:：]|首页\s*[>＞»›]")
"""The way to the page through its site: what stands above are logo, search box and menus."""
_OF_A_SITE = re.compile(r"ICP\s*[备证]|公网安备|网站标识码|版权所有|©|Copyright", re.I)
"""What the law has each site say at its foot; nothing else is taken for a footer."""
_FOOT = re.compile(
    r"打印本页|关闭(?:本页|窗口?)|分享到|相关(?:阅读|链接|新闻|文章)|上一[篇条]|下一[篇条]|网站(?:简介|地图|声明|导航)|联系我们|友情链接"
    r"|主办(?:单位)?|承办(?:单位)?|" + _OF_A_SITE.pattern,
    re.I,
)
_ADDRESS = re.compile(r"(?:https?[:：]//|www\.)\S+(?:\s+\d+\s*/\s*\d+)?|\d+\s*/\s*\d+", re.I)
"""What a browser prints at the edge of each sheet: the address and 1/3."""
_EDGE = 0.06
_UPPER = 0.5


def without_site(parts: Sequence[Part]) -> tuple[list[Part], list[Dropped]]:
    """The parts of one page without what belongs to the site around it, and that, as dropped."""
    lines = [part for part in parts if isinstance(part, Line) and part.box is not None]
    prose = [line for line in lines if "。" in line.text]
    above = _top_of_text(lines, prose)
    below = _end_of_text(lines, prose)
    kept: list[Part] = []
    dropped: list[Dropped] = []
    for part in parts:
        box = part.box if isinstance(part, Line) else None
        if not isinstance(part, Line) or box is None:
            kept.append(part)
        elif (box.bottom < _EDGE or box.top > 1 - _EDGE) and _ADDRESS.fullmatch(part.text):
            dropped.append(Dropped(part.text, "页边的网址", part.page))
        elif box.top <= above:
            dropped.append(Dropped(part.text, "菜单", part.page))
        elif box.top >= below:
            dropped.append(Dropped(part.text, "网页的页脚", part.page))
        else:
            kept.append(part)
    return kept, dropped


def _top_of_text(lines: Sequence[Line], prose: Sequence[Line]) -> float:
    """Where the line with the way to the page begins; -1 where there is none, or sentences stand above it."""
    path = next((line for line in lines if _PATH.match(line.text)), None)
    if path is None or path.box is None or path.box.top > _UPPER:
        return -1.0
    top = path.box.top
    return -1.0 if any(line.box and line.box.top < top for line in prose) else top


def _end_of_text(lines: Sequence[Line], prose: Sequence[Line]) -> float:
    """Where the footer begins, below the last sentence; past the page where it shows none."""
    if not any(_OF_A_SITE.search(line.text) for line in lines):
        return 2.0
    last = max((line.box.bottom for line in prose if line.box and not _OF_A_SITE.search(line.text)), default=0.0)
    return min((b.top for line in lines if (b := line.box) and b.top > last and _FOOT.search(line.text)), default=2.0)
