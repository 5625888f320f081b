"""A visitor of the chat page, in a real Chromium."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

_CUT_OFF = "network error|AbortError|Connection errored out|ERR_(INCOMPLETE|ABORTED|CONNECTION|NETWORK|INTERNET|EMPTY)"
DESKTOP = (1280, 800)
PHONE = (390, 844)


@contextmanager
def visitor(
    browser: Browser, url: str, *, size: tuple[int, int] = DESKTOP, scheme: str = "light", told: str = "^$"
) -> Iterator[BrowserContext]:
    """A visitor who sees no error in the console, and whose browser never reaches past this machine. That a reply was
    cut off by leaving the page is none, nor is what `told` matches."""
    width, height = size
    context = browser.new_context(
        base_url=url,
        locale="zh-CN",
        viewport={"width": width, "height": height},
        has_touch=size == PHONE,
        color_scheme=scheme,
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(20_000)
    outside: list[str] = []
    errors: list[str] = []

    def seen(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            outside.append(request.url)

    context.on("request", seen)
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield context
    context.close()
    assert not outside
    assert not [error for error in errors if not re.search(f"{_CUT_OFF}|{told}", error)]


def come(context: BrowserContext, address: str = "/") -> Page:
    """The page in a tab of its own, ready to be used."""
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#yj-side .yj-conversations")).to_be_attached()
    expect(page.locator("#yj-log").locator(".yj-welcome, .yj-turn").first).to_be_visible()
    return page


def ask(page: Page, question: str) -> None:
    """Types it and presses Enter."""
    page.locator("#yj-box textarea").fill(question)
    page.locator("#yj-box textarea").press("Enter")


def ask_and_wait(page: Page, question: str) -> None:
    """Until it is answered, or is told why it isn't."""
    before = page.locator("#yj-log .yj-turn").count()
    ask(page, question)
    expect(page.locator("#yj-log .yj-turn")).to_have_count(before + 1)
    expect(page.locator("#yj-live .yj-turn")).to_have_count(0)


def copied(page: Page) -> str:
    """What lies on the clipboard."""
    return page.evaluate("navigator.clipboard.readText()")


def wait_until(met: Callable[[], bool], *, timeout_s: float = 20.0) -> None:
    """Fails where it isn't met by then."""
    deadline = time.monotonic() + timeout_s
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def examples_are_found() -> None:
    """Waits until nobody looks for example questions any more: those are asked, too."""
    wait_until(lambda: not any(thread.name == "examples" for thread in threading.enumerate()))
