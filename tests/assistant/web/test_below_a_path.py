"""The page below a path of a real nginx, in a real Chromium: a question, its answer, and the link to its citation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from assistant.server.access import Access
from assistant.server.app import create_app
from assistant.web.html import Spot
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.nginx import NGINX, PATHS, Nginx, locations
from tests.fakes.server import Server


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[str]:
    if NGINX is None:
        pytest.skip("no nginx: apt-get install nginx-light")
    said, told = create_app(FakeAssistant()), create_app(FakeAssistant(), access=Access(root_path="/told"))
    folder = tmp_path_factory.mktemp("nginx")
    with (
        Server(said) as said_url,
        Server(told) as told_url,
        Nginx(folder, locations(said=said_url, told=told_url)) as url,
    ):
        yield url


@pytest.mark.parametrize("path", PATHS)
def test_a_question_is_answered_and_its_citation_linked(
    browser: Browser, nginx: str, path: str, tmp_path: Path
) -> None:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800})
    elsewhere: list[str] = []
    failed: list[str] = []
    below = f"{nginx}{path}/"
    context.on(
        "request", lambda sent: None if sent.url.startswith((below, "data:", "blob:")) else elsewhere.append(sent.url)
    )
    context.on("response", lambda got: failed.append(got.url) if got.status >= 400 else None)
    page = context.new_page()
    page.goto(below)
    page.locator("#yj-box textarea").fill(RURAL.question)
    page.locator("#yj-box textarea").press("Enter")
    expect(page.locator("#yj-log .yj-text")).to_contain_text("54321元")
    page.locator(".yj-text .yj-mark").nth(1).click()
    expect(page.locator("#yj-panel mark")).to_have_text(RURAL.citations[1].quote)
    page.screenshot(path=tmp_path / "below.png")
    # The address is now the conversation's and the citation's own, and opens the citation for somebody else.
    second = RURAL.citations[1]
    before, place = page.url.split("#")
    assert before.startswith(f"{below}?c=")
    assert place == str(Spot(second.document_id, second.start, second.end))
    # The list of conversations, and links to them, stay below the path, too.
    expect(page.locator(".yj-one[aria-current=page]")).to_have_attribute("href", f"{path}/?c={before.split('?c=')[1]}")
    token = context.request.post(f"{below}v1/conversations/{before.split('?c=')[1]}/share", data={}).json()["token"]
    shared = context.new_page()
    shared.goto(f"{below}s/{token}")
    expect(shared.locator(".yj-question")).to_have_text([RURAL.question])
    expect(shared.locator(".yj-home")).to_have_attribute("href", "../")
    shared.close()
    other = browser.new_context().new_page()
    other.goto(page.url)
    expect(other.locator("#yj-panel mark")).to_have_text(second.quote)
    other.context.close()
    context.close()
    assert not failed
    assert not [url for url in elsewhere if urlsplit(url).path != "/manifest.json"]
