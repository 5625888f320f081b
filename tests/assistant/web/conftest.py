"""A headless Chromium for the tests of the page, and a visitor of the chat page over a scripted assistant."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from assistant.server.app import create_app
from tests.fakes.assistant import ATTACK, BROKEN, CLARIFY, NOT_FOUND, RURAL, UNSURE, Failure, FakeAssistant
from tests.fakes.server import Server
from tests.fakes.visitor import come, examples_are_found, visitor

CHROMIUM = Path("/usr/bin/chromium")
# What is tested is that things happen, not how fast: a loaded machine takes its time.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One for all files here, and closed after the last: while it is there, no test of another folder has a loop."""
    if not CHROMIUM.exists() and not os.environ.get("CI"):
        pytest.skip(f"no browser at {CHROMIUM}: apt-get install chromium fonts-noto-cjk")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def scripted() -> FakeAssistant:
    """What is asked, unless a file has another one."""
    answers = (RURAL, NOT_FOUND, CLARIFY, ATTACK, UNSURE)
    return FakeAssistant(answers, failures={BROKEN: Failure(RuntimeError("password=hunter2"), after="开了头")})


@pytest.fixture(scope="module")
def url(scripted: FakeAssistant) -> Iterator[str]:
    with Server(create_app(scripted)) as url:
        urllib.request.urlopen(f"{url}/healthz").close()
        yield url


@pytest.fixture
def context(browser: Browser, url: str) -> Iterator[BrowserContext]:
    """A visitor who comes for the first time."""
    with visitor(browser, url) as context:
        context.request.delete("/v1/conversations")
        yield context


@pytest.fixture
def visit(context: BrowserContext) -> Callable[..., Page]:
    """Opens the page in a tab of its own."""

    def visit(address: str = "/") -> Page:
        page = come(context, address)
        examples_are_found()
        return page

    return visit
