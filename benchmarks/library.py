"""The library page over many documents: `python -m benchmarks.library [--documents 10000] [--data-dir DIR]`

Documents are written through the catalog's own writer, with publishers, dates, regions, numbers, figures, tags and
repeals. Timed are what the page asks of the index, and the page as a whole over a socket, after a change of the library
and again; with Chromium at hand the first paint, too.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx

from assistant.ask import Assistant, open_index
from assistant.config import Config
from index.catalog.catalog import Catalog
from index.catalog.rows import Content, FileRow
from index.index import Index
from index.overview import Wanted
from index.upkeep.updates import READING
from sources.documents import Document
from sources.figures.figure import Figure
from sources.passages import Passage
from sources.relations import Relation

CHROMIUM = Path("/usr/bin/chromium")
_CITIES = ("嘉兴市", "杭州市", "宁波市", "温州市", "湖州市", "绍兴市", "金华市", "衢州市", "舟山市", "台州市")
_BODIES = ("人民政府", "财政局", "民政局", "教育局", "统计局", "人力资源和社会保障局", "住房和城乡建设局")
_KINDS = ("通知", "办法", "意见", "公报", "方案")
_BATCH = 500


def fill(data_dir: Path, count: int) -> None:
    """Writes so many documents into the index there."""
    catalog = Catalog(data_dir / "catalog.sqlite3")
    folder = data_dir / "文件"
    folder.mkdir(parents=True, exist_ok=True)
    with catalog.writing() as writer:
        writer.add_root(str(folder))
        for first in range(0, count, _BATCH):
            made = [_made(number, folder) for number in range(first, min(count, first + _BATCH))]
            writer.put(made, vectors={}, embedder="none")
    catalog.close()


def _made(number: int, folder: Path) -> tuple[FileRow, Content]:
    city, body = _CITIES[number % len(_CITIES)], _BODIES[number % len(_BODIES)]
    kind, year = _KINDS[number % len(_KINDS)], 2010 + number % 16
    title = f"{city}{body}关于第{number}号事项的{kind}"
    text = "\n".join(
        [title, *(f"第{at}条 {city}{year}年第{number}-{at}项支出{number + at}万元。" for at in range(1, 9))]
    )
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    path = folder / f"{number % 40:02d}" / f"{number}.txt"
    document = Document(
        sha256[:16], title, text, str(path), sha256, f"{city}{body}", f"{year}-{1 + number % 12:02d}", (city,),
        number=f"甬政发〔{year}〕{number}号", kind=kind, in_force=f"{year}-12-01" if kind == "办法" else None,
    )  # fmt: skip
    spans = [(at, at + len(line)) for at, line in _lines(text)]
    passages = tuple(
        Passage(f"{document.id}:{start}-{end}", document.id, text[start:end], start, end, "") for start, end in spans
    )
    keys = tuple(hashlib.sha256(passage.id.encode()).digest()[:16] for passage in passages)
    figures = tuple(
        Figure(document.id, start, start + 1, "支出", Decimal(number), "元", text=text[start : start + 1], key="支出")
        for start, _ in spans
    )
    repeals = (Relation("repeals", "", f"甬政发〔{year}〕{number - 16}号", 0, 4, "", ""),) if kind == "办法" else ()
    row = FileRow(str(path), len(text), 1, sha256, READING, document.id, None)
    return row, Content(document, passages, keys, figures, READING, repeals)


def _lines(text: str) -> list[tuple[int, str]]:
    found, at = [], 0
    for line in text.split("\n"):
        found.append((at, line))
        at += len(line) + 1
    return found


def measure(index: Index, assistant: Assistant) -> None:
    """Prints how long each takes."""
    first = index.overview().documents[0].info
    for name, wanted in (
        ("all, the newest", Wanted()),
        ("the last page by title", Wanted(sort="title", offset=index.overview().total - 50)),
        ("by figures", Wanted(sort="figures")),
        ("words in titles", Wanted(words="财政局 第77")),
        ("a publisher in a year", Wanted(publishers=frozenset({"嘉兴市财政局"}), years=frozenset({"2020"}))),
        (
            "a folder, what is in force",
            Wanted(standings=frozenset({"现行"}), folders=frozenset({str(Path(first.uri).parent)})),
        ),
    ):
        _told(f"overview: {name}", lambda wanted=wanted: index.overview(wanted))
    index.label("tag", "急", [Path(first.uri)])
    _told("overview after a change", index.overview, times=1)

    from assistant.server.access import LOCAL
    from assistant.server.app import create_app
    from assistant.server.routes.assets import asset_routes
    from assistant.server.routes.library_pages import library_page_routes
    from assistant.uploads.store import Uploads
    from tests.fakes.server import Server

    app = create_app(assistant, web=False)
    app.include_router(asset_routes())
    app.include_router(library_page_routes(assistant, Uploads(assistant), LOCAL))
    with Server(app) as url, httpx.Client(base_url=url, timeout=120) as client:
        index.label("tag", "存", [Path(first.uri)])
        _told("GET /library after a change", lambda: client.get("/library"), times=1)
        _told("GET /library", lambda: client.get("/library"))
        print(f"{'GET /library, KB':44}{len(client.get('/library').content) / 1000:8.1f}")
        _told("GET /library?page=150&sort=title", lambda: client.get("/library?page=150&sort=title"))
        _told("GET /v1/documents?limit=50", lambda: client.get("/v1/documents?limit=50"))
        _told("GET /library/{id}", lambda: client.get(f"/library/{first.id}"))
        if CHROMIUM.exists():
            paint(f"{url}/library")


def paint(address: str) -> None:
    """Prints when a browser first shows something of a page, the first time and again."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        for name in ("first paint", "first paint, again"):
            page.goto(address)
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            moment = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
            print(f"{name + ', ms':44}{moment:8.0f}")
        browser.close()


def _told(name: str, work: Callable[[], object], *, times: int = 5) -> None:
    taken = []
    for _ in range(times):
        since = time.perf_counter()
        work()
        taken.append((time.perf_counter() - since) * 1000)
    print(f"{name + ', ms':44}{sorted(taken)[len(taken) // 2]:8.0f}")


def main() -> None:
    """See above."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--data-dir", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        data_dir = given.data_dir or Path(made)
        config = Config(data_dir=data_dir, embedder="static:")
        if not (data_dir / "catalog.sqlite3").exists():
            since = time.perf_counter()
            fill(data_dir, given.documents)
            print(f"{given.documents} documents written in {time.perf_counter() - since:.0f} s")
        index = open_index(config, data_dir)
        assistant = Assistant(index, config, name="文库")
        measure(index, assistant)
        assistant.close()


if __name__ == "__main__":
    main()
