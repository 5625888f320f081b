"""How cost grows with size: `.venv/bin/python -m benchmarks.growth [--doublings 3] [--start-kb 128] [--json FILE]`.

    shape                  step       128 KB    256 KB    512 KB   1024 KB   growth
    one character          read         0.02      0.04      0.08      0.16     1.00

A text of each shape is made at one size and at twice that, again and again. Three steps are timed, in seconds of the
processor: reading (bytes to a cleaned document), splitting into passages, finding figures. `growth` is the power of the
size that the cost rises with, told by the last doubling: 1 is linear, 2 quadratic. A step over in less than
0.05 s at the larger size shows no growth: the clock tells less than that.

The shapes are those that once took minutes: one character without end, fifty thousand short items of a list, a table of
thousands of columns, lines of many spaces; beside ordinary text, and other things that a search for the end of
something may look through anew at each place.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sources.documents import Document
from sources.figures.prose import extract_figures
from sources.passages import split
from sources.readers import document_of

_LIBRARY = Path(__file__).parents[1] / "sources" / "library"
_STEPS = ("read", "split", "figures")
_SHOWN_S = 0.05


def _to_size(piece: Callable[[int], str], size: int) -> str:
    """Pieces 0, 1, 2 … until they are `size` bytes long."""
    found: list[str] = []
    length = number = 0
    while length < size:
        found.append(piece(number))
        length += len(found[-1].encode())
        number += 1
    return "".join(found)


def _ordinary(size: int) -> str:
    """The sample library over and over, with each copy in a town of its own, so that none is a repetition."""
    texts = [path.read_text("utf-8") for path in sorted(_LIBRARY.glob("*.md"))]
    return _to_size(
        lambda n: texts[n % len(texts)].replace("。", f"（见第{n}号）。").replace("，", f"，在{n}镇", 1), size
    )


def _table(size: int) -> str:
    columns = max(2, size // 60)
    rows = [
        "| 地区 |" + "".join(f" 指标{n}（亿元） |" for n in range(columns)),
        "| --- |" + " --- |" * columns,
        "| 甲县 |" + "".join(f" {n}.5 |" for n in range(columns)),
        "| 乙县 |" + "".join(f" {n}.7 |" for n in range(columns)),
    ]
    return "\n".join(rows)


SHAPES: dict[str, Callable[[int], str]] = {
    "ordinary text": _ordinary,
    "one character": lambda size: "数" * (size // 3),
    "one digit": lambda size: "7" * size,
    "one Chinese digit": lambda size: "三" * (size // 3),
    "full stops": lambda size: "。" * (size // 3),
    "opening brackets": lambda size: "（" * (size // 3),
    "spaces": lambda size: "甲" + " " * size + "乙",
    "spaced characters": lambda size: "数 " * (size // 4),
    "spaced words": lambda size: _to_size(lambda n: f"文件{n} 说明  ", size),
    "commas": lambda size: _to_size(lambda n: f"第{n}个乡镇完成了{n}公里，", size),
    "list": lambda size: _to_size(lambda n: f"- 第{n}项\n", size),
    "plain lines": lambda size: _to_size(lambda n: f"第{n}个项目名称\n", size),
    "blank lines": lambda size: "甲\n" + "\n" * size + "乙",
    "headings": lambda size: _to_size(lambda n: f"{'#' * (n % 6 + 1)} 标题{n}\n正文{n}。\n", size),
    "plans ahead": lambda size: _to_size(lambda n: f"## 第{n}镇\n今年完成{n}个。\n接下来，新建{n}公里。\n", size),
    "wide table": _table,
    "long table": lambda size: (
        "| 县 | 产值（亿元） |\n| --- | --- |\n" + _to_size(lambda n: f"| 甲{n} | {n}.5 |\n", size)
    ),
    "repeated sentence": lambda size: "由县级人民政府责令改正。\n" * (size // 37),
    "repeated paragraphs": lambda size: _to_size(
        lambda n: f"第{n % 97}个县新建加工厂房三座，带动周边农户就近就业，收入比上年明显增加。\n", size
    ),
    "English without stops": lambda size: _to_size(lambda n: f"county number {n} has grown by {n} percent and ", size),
    "towns": lambda size: _to_size(
        lambda n: f"嘉善县{chr(0x4E00 + n % 9000)}{chr(0x5E00 + n % 7919)}镇新建{n}公里。\n", size
    ),
    "years": lambda size: _to_size(lambda n: f"{1980 + n % 60}年", size),
}
"""Name → a text of about so many bytes."""


def cost(text: str) -> dict[str, float]:
    """Seconds of the processor that each step takes on the text."""
    raw = text.encode()
    began = time.process_time()
    document: Document = document_of(raw, uri="样本.md")
    read = time.process_time()
    split(document)
    cut = time.process_time()
    extract_figures(document)
    return dict(zip(_STEPS, (read - began, cut - read, time.process_time() - cut), strict=True))


def growth(seconds: Sequence[float]) -> float | None:
    """The power of the size that the cost rises with, by the last doubling; None where the clock can't tell."""
    before, last = seconds[-2:]
    return math.log2(last / before) if last >= _SHOWN_S and before > 0 else None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line a shape and step."""
    parser = argparse.ArgumentParser(description="How the cost of reading grows with the size of a text.")
    parser.add_argument("--start-kb", type=int, default=128, help="the smallest size")
    parser.add_argument("--doublings", type=int, default=3, help="how often the size is doubled")
    parser.add_argument("--shape", action="append", choices=list(SHAPES), help="only this one; may be given again")
    parser.add_argument("--json", type=Path, help="write the seconds to this file, too")
    chosen = parser.parse_args(arguments)
    sizes = [chosen.start_kb * 1024 * 2**k for k in range(chosen.doublings + 1)]
    print(f"{'shape':<22} {'step':<8}" + "".join(f"{size // 1024:>7} KB" for size in sizes) + "   growth")
    rows = []
    for shape in chosen.shape or SHAPES:
        costs = [cost(SHAPES[shape](size)) for size in sizes]
        for step in _STEPS:
            seconds = [each[step] for each in costs]
            power = growth(seconds)
            rows.append({"shape": shape, "step": step, "bytes": sizes, "seconds": seconds, "growth": power})
            shown = "–" if power is None else f"{power:.2f}"
            print(f"{shape:<22} {step:<8}" + "".join(f"{s:>10.2f}" for s in seconds) + f"{shown:>9}", flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
