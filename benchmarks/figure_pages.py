"""The figures page over many figures: `python -m benchmarks.figure_pages [--figures 300000] [--data-dir DIR]`

Figures are written through the catalog's own writer: of 3,000 metrics, some of which have many more than others, in 110
places and 16 years, and some of the documents are copies. Timed is the page over a socket, the first time and again:
milliseconds of the wall and, as the machine may be shared, of the processor; with Chromium the first paint, too.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from decimal import Decimal
from itertools import product
from pathlib import Path

import httpx

from assistant.ask import Assistant, open_index
from assistant.config import Config
from benchmarks.library import CHROMIUM, paint
from index.catalog.catalog import Catalog
from index.catalog.rows import Content, FileRow
from index.upkeep.updates import READING
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage

_WHOSE = "全部 农村 城镇 规模以上 限额以上 民营 国有 外资 县级 市级"
_WHERE = "工业 商业 居民 企业 学校 医院 公路 耕地 水利 旅游 粮食 蔬菜 能源 电力 人口 就业 住房 教育 科研 环保"
_WHAT = "总量 增加值 人均收入 支出 面积 产量 投资额 数量 占比 床位数 里程 补助标准 利用率 从业人数 合格率"
_METRICS = ["".join(each) for each in product(*(words.split() for words in (_WHOSE, _WHERE, _WHAT)))]
_PLACES = [f"{a}{b}县" for a, b in product("清白石龙凤金银东西南", "北上下高平安宁永和长兴")]
_UNITS = ("亿元", "万元", "元", "个", "公顷", "吨", "%", "人")
_OF_ONE, _AT_ONCE, _COPIES = 30, 500, 50
"""Figures of a document, documents of a transaction, and how many documents there are for each copy."""


def fill(data_dir: Path, figures: int) -> None:
    """Writes so many figures into the index there."""
    catalog, luck = Catalog(data_dir / "catalog.sqlite3"), random.Random(7)
    with catalog.writing() as writer:
        writer.add_root(str(data_dir))
        documents = figures // _OF_ONE
        for first in range(0, documents, _AT_ONCE):
            rows = [_made(n, data_dir, luck) for n in range(first, min(first + _AT_ONCE, documents))]
            writer.put(rows, vectors={}, embedder="none")
            ids = [content.document.id for _, content in rows]
            writer.copy(ids[1::_COPIES], of=ids[0])
    catalog.close()


def _made(number: int, folder: Path, luck: random.Random) -> tuple[FileRow, Content]:
    place = luck.choice(_PLACES)
    title = f"{place}第{number}号统计公报"
    text = "\n".join([title, *(f"第{at}项{number}。" for at in range(_OF_ONE))])
    sha256, path = hashlib.sha256(text.encode()).hexdigest(), str(folder / f"{number}.txt")
    document = Document(
        sha256[:16], title, text, path, sha256, f"{place}统计局", f"{2010 + number % 16}-03-01", (place,)
    )
    own = []
    for at in range(_OF_ONE):
        chosen = min(int(luck.paretovariate(0.6)) - 1, len(_METRICS) - 1) if at % 3 else luck.randrange(len(_METRICS))
        name, unit, value = _METRICS[chosen], _UNITS[chosen % 8], Decimal(luck.randrange(1, 99999))
        when = str(2010 + luck.randrange(16))
        more = {"text": text[at], "key": name, "region": place, "period": when}
        own.append(Figure(document.id, at, at + 1, name, value, unit, **more))
    passage = Passage(f"{document.id}:0-{len(text)}", document.id, text, 0, len(text), "")
    key = hashlib.sha256(passage.id.encode()).digest()[:16]
    row = FileRow(path, len(text), 1, sha256, READING, document.id, None)
    return row, Content(document, (passage,), (key,), tuple(own), READING)


def measure(assistant: Assistant) -> None:
    """Prints how long each takes."""
    from assistant.server.app import create_app
    from assistant.server.routes.assets import asset_routes
    from assistant.server.routes.figures import figure_routes
    from tests.fakes.server import Server

    app = create_app(assistant, web=False)
    app.include_router(asset_routes())
    app.include_router(figure_routes(assistant))
    most = assistant.index.metric_keys()[0]
    print(f"{most[0]} has {most[1]} figures")
    with Server(app) as url, httpx.Client(base_url=url, timeout=300) as client:
        for name, query in (
            ("the list", ""),
            ("its fifth page", "?page=5"),
            ("words", "?q=居民"),
            ("a place", "?region=清北县"),
            ("a metric", f"?metric={most[0]}"),
        ):
            for turn in ("", ", again"):
                began, spent = time.perf_counter(), time.process_time()
                client.get(f"/figures{query}").raise_for_status()
                wall, processor = time.perf_counter() - began, time.process_time() - spent
                print(f"GET /figures, {name + turn:24} {1000 * wall:8.0f} ms, of the processor {1000 * processor:8.0f}")
        if CHROMIUM.exists():
            paint(f"{url}/figures")


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=int, default=300_000)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        data_dir = given.data_dir or Path(made)
        config = Config(data_dir=data_dir, embedder="static:")
        if not (data_dir / "catalog.sqlite3").exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            fill(data_dir, given.figures)
        assistant = Assistant(open_index(config, data_dir), config, name="文库")
        measure(assistant)
        assistant.close()


if __name__ == "__main__":
    main()
