"""The pictures in docs/images/: what the pages look like over the sample library. `.venv/bin/python docs/images.py`

It starts `youju serve` on a folder of its own, and needs Playwright and Chromium.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

TO = Path(__file__).parent / "images"
DESKTOP, PHONE = (1280, 800), (390, 800)
FIRST = "2025年嘉兴农村居民人均可支配收入是多少？"
SECOND = "嘉兴农民收入2020年到2025年这五年一共涨了多少钱？"


def main() -> None:
    """Takes them all."""
    TO.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as data, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        environment = os.environ | {"YOUJU_DATA_DIR": data}
        serving = subprocess.Popen(
            [sys.executable, "-m", "assistant.cli", "serve", "--port", str(port)], env=environment
        )
        try:
            _wait(f"http://127.0.0.1:{port}/healthz")
            with sync_playwright() as playwright:
                path = os.environ.get("CHROMIUM") or "/usr/bin/chromium"
                browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
                _take(browser, f"http://127.0.0.1:{port}")
                browser.close()
        finally:
            serving.terminate()
            serving.wait(30)
    for path in TO.glob("*.png"):
        Image.open(path).convert("RGB").quantize(128).save(path, optimize=True)


def _take(browser: Browser, url: str) -> None:
    page = _page(browser, DESKTOP, "light")
    page.goto(url)
    page.wait_for_selector(".yj-welcome")
    time.sleep(1.5)
    page.screenshot(path=TO / "welcome.png")
    _ask(page, FIRST)
    _ask(page, SECOND)
    page.screenshot(path=TO / "chat.png")
    phone = _page(browser, PHONE, "dark")
    phone.context.add_cookies(page.context.cookies())
    phone.goto(page.url.split("#")[0])
    phone.wait_for_selector("#yj-log .yj-turn")
    time.sleep(1)
    phone.screenshot(path=TO / "chat-phone-dark.png")
    for name, address, size, scheme in (
        ("library", "library", DESKTOP, "light"),
        ("library-phone-dark", "library", PHONE, "dark"),
        ("figures", "figures?metric=农村居民人均可支配收入", DESKTOP, "light"),
        ("figures-dark", "figures", DESKTOP, "dark"),
        ("settings", "settings", DESKTOP, "light"),
    ):
        shown = _page(browser, size, scheme)
        shown.goto(f"{url}/{address}")
        time.sleep(1)
        shown.screenshot(path=TO / f"{name}.png")


def _ask(page: Page, question: str) -> None:
    before = page.locator("#yj-log .yj-turn").count()
    page.fill("#yj-box textarea", question)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_function(f"document.querySelectorAll('#yj-log .yj-turn').length > {before}", timeout=60_000)
    time.sleep(1.5)


def _page(browser: Browser, size: tuple[int, int], scheme: str) -> Page:
    width, height = size
    viewport = {"width": width, "height": height}
    return browser.new_context(viewport=viewport, locale="zh-CN", color_scheme=scheme).new_page()  # type: ignore[arg-type]


def _wait(address: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


if __name__ == "__main__":
    main()
