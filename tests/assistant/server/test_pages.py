"""Pages as pictures, with boxes around what is quoted."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from PIL import Image

from assistant.server.app import create_app
from sources.documents import Document, Place
from sources.parts import Box
from tests.fakes.assistant import BULLETIN, FakeAssistant, FakeIndex
from tests.fakes.server import Server

TEXT = "云栖收入\n农村居民54321元"
QUOTE = (7, 9)
"""居民, which stands on the second page."""


@pytest.fixture
def scan(tmp_path: Path) -> Document:
    """A scan of two pages, a line on each: white, then grey."""
    path = tmp_path / "扫描件.tif"
    pages = [Image.new("RGB", (200, 400), colour) for colour in ("white", "grey")]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    raw = path.read_bytes()
    places = (Place(0, 4, Box(1, 0.1, 0.1, 0.9, 0.2)), Place(5, 15, Box(2, 0.25, 0.5, 0.75, 0.6)))
    sha256 = hashlib.sha256(raw).hexdigest()
    return Document("cccc3333", "云栖收入", TEXT, str(path), sha256, pages=(0, 5), places=places)


@pytest.fixture
def http(scan: Document) -> Iterator[httpx.Client]:
    assistant = FakeAssistant()
    assistant.index = FakeIndex([BULLETIN, scan])
    with Server(create_app(assistant, web=False)) as url, httpx.Client(base_url=url, timeout=10) as client:
        yield client


def picture(response: httpx.Response) -> Image.Image:
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    return Image.open(io.BytesIO(response.content)).convert("RGB")


def message(response: httpx.Response) -> str:
    return str(response.json()["error"]["message"])


def test_a_page_as_wide_as_it_is_asked_for(http: httpx.Client) -> None:
    assert picture(http.get("/v1/documents/cccc3333/pages/1")).size == (1000, 2000)
    second = picture(http.get("/v1/documents/cccc3333/pages/2?width=300"))
    assert second.size == (300, 600)
    assert second.getpixel((100, 330)) == (128, 128, 128)


@pytest.mark.parametrize("asked", ["quote=7-9", "start=7&end=9"])
def test_the_quote_is_marked_where_it_stands_in_its_line(http: httpx.Client, asked: str) -> None:
    # 农村居民54321元: 15 wide, 居民 from 4 to 8.
    left, right = 0.25 + 0.5 * 4 / 15, 0.25 + 0.5 * 8 / 15
    told = http.get(f"/v1/documents/cccc3333/pages/2?{asked}", headers={"Accept": "application/json"}).json()
    assert told == {
        "page": 2,
        "width": 1000,
        "height": 2000,
        "boxes": [[round(left * 1000, 1), 1000.0, round(right * 1000, 1), 1200.0]],
    }
    drawn = picture(http.get(f"/v1/documents/cccc3333/pages/2?{asked}"))
    middle = round((left + right) * 500)
    assert drawn.getpixel((middle, 1100)) != (128, 128, 128)
    assert drawn.getpixel((middle - 100, 1100)) == drawn.getpixel((middle, 1300)) == (128, 128, 128)


def test_on_another_page_nothing_is_marked(http: httpx.Client) -> None:
    told = http.get("/v1/documents/cccc3333/pages/1?quote=7-9", headers={"Accept": "application/json"})
    assert told.json()["boxes"] == []


def test_what_is_not_there_is_said(http: httpx.Client) -> None:
    assert message(http.get("/v1/documents/cccc3333/pages/3")) == "扫描件.tif 只有第 1 到 2 页，没有第 3 页"
    assert message(http.get("/v1/documents/aaaa1111/pages/1")) == "aaaa1111.txt 没有页：这种格式只有文字"
    assert "没有 id 是" in message(http.get("/v1/documents/dddd4444/pages/1"))
    assert http.get("/v1/documents/cccc3333/pages/x").status_code == 422
    assert http.get("/v1/documents/cccc3333/pages/1?quote=all").status_code == 422


def test_a_file_that_is_gone_or_another_one_now_has_no_picture(http: httpx.Client, scan: Document) -> None:
    path = Path(scan.uri)
    raw = path.read_bytes()
    path.write_bytes(raw + b"\0")
    changed = http.get("/v1/documents/cccc3333/pages/1")
    assert changed.status_code == 410
    assert message(changed) == "扫描件.tif 读取之后改动过：请运行 youju index 重新读取"
    path.unlink()
    gone = http.get("/v1/documents/cccc3333/pages/1")
    assert gone.status_code == 410
    assert "已经打不开" in message(gone)


def test_a_copy_of_the_same_bytes_will_do(tmp_path: Path, scan: Document) -> None:
    copy = Path(scan.uri).rename(tmp_path / "副本.tif")
    assistant = FakeAssistant()
    assistant.index = FakeIndex([replace(scan, copies=(str(copy),))])
    with Server(create_app(assistant, web=False)) as url:
        assert picture(httpx.get(f"{url}/v1/documents/cccc3333/pages/1", timeout=60)).size == (1000, 2000)


def test_a_format_whose_pages_cannot_be_drawn_says_so(tmp_path: Path) -> None:
    path = tmp_path / "幻灯片.txt"
    path.write_text("一", encoding="utf8")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    assistant = FakeAssistant()
    assistant.index = FakeIndex([Document("eeee5555", "一", "一", str(path), sha256, pages=(0,))])
    with Server(create_app(assistant, web=False)) as url:
        response = httpx.get(f"{url}/v1/documents/eeee5555/pages/1", timeout=60)
    assert response.status_code == 404
    assert "不能按页显示" in message(response)
