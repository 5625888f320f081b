"""Sixty texts that try to run, or to send something out, wherever the chat page shows a text: none does.

As a document's text, title and file name, as question, answer and quote, as a conversation's name, in feedback, in an
address, and in what is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from assistant.answers import Answer, AnswerFigure, Clarification, Nearest
from assistant.server.app import create_app
from tests.fakes.assistant import FakeAssistant, FakeIndex, cite, document
from tests.fakes.payloads import PAYLOADS, RUN
from tests.fakes.server import Server
from tests.fakes.visitor import ask, come, visitor


def _flat(payload: str) -> str:
    return " ".join(payload.split())


DOCUMENTS = [
    replace(
        document(f"dddd{number:04}", f"{_flat(payload)}\n一、{_flat(payload)}\n正文：{payload}\n完。"),
        publisher=payload,
        published=payload,
        uri=f"/docs/{_flat(payload)}.txt",
        copies=(f"/docs/{_flat(payload)}-2.txt",),
    )
    for number, payload in enumerate(PAYLOADS)
]


def _answer(number: int, payload: str) -> Answer:
    """Says it in every field; every third one isn't sure, and every fourth finds nothing and asks back."""
    cited = cite(1, DOCUMENTS[number], "正文：")
    is_lost = number % 4 == 3
    return Answer(
        id=f"answer-{number}",
        question=payload,
        standalone_question=f"理解为{payload}",
        status="not_found" if is_lost else "answered",
        answer=f"{payload}[1]",
        citations=(replace(cited, section=payload, quote=payload, passage=payload, sheet=payload),),
        figures=(AnswerFigure(payload, "1", payload, payload, payload, payload, payload, 1, True, payload),),
        nearest=(Nearest(payload, 1),) if is_lost else (),
        clarification=Clarification(payload, (payload, f"2{payload}")) if is_lost else None,
        confidence=0.5 if number % 3 == 2 else 0.9,
        doubts=(payload,) if number % 3 == 2 else (),
        notice=payload,
        engine=payload,
    )


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    answers = [_answer(number, payload) for number, payload in enumerate(PAYLOADS)]
    assistant = FakeAssistant(answers, index=FakeIndex(DOCUMENTS))
    assistant.name = PAYLOADS[0]
    with Server(create_app(assistant)) as url:
        yield url


@pytest.fixture
def victim(browser: Browser, hostile: str) -> Iterator[BrowserContext]:
    """A visitor who asserts when the context closes that nothing was asked of another host and no error came up: a
    policy that had to stop something would show as one."""
    with visitor(browser, hostile, told="404|422") as context:
        yield context


def unharmed(page: Page) -> None:
    """Nothing ran, and nothing stands in the page that could run or lead out."""
    assert page.evaluate("window.hacked") is None
    found = page.evaluate("""() => {
      const parts = document.querySelectorAll(
        "#yj-log, #yj-live, #yj-panel, #yj-side, #yj-top, #yj-said, main.yj, #yj-main, .yj-dialog");
      const wrong = [];
      for (const part of parts) for (const each of part.querySelectorAll("*")) {
        const runs = /^(script|iframe|object|embed|base|meta|link|style|video|audio|math|marquee)$/i;
        if (runs.test(each.tagName)) wrong.push(each.outerHTML);
        for (const { name, value } of each.attributes) {
          if (/^on/.test(name)) wrong.push(each.outerHTML);
          if (/^(src|srcset|href|xlink:href|action|formaction|poster|ping|data)$/.test(name)
              && new URL(value, location.href).origin !== location.origin) wrong.push(each.outerHTML);
        }
      }
      return wrong.slice(0, 5);
    }""")
    assert found == []


def conversation_of_all(context: BrowserContext) -> str:
    made = context.request.post("/v1/conversations", data={"title": "全部"}).json()["id"]
    for payload in PAYLOADS:
        assert context.request.post(f"/v1/conversations/{made}/turns", data={"question": payload}).ok
    return str(made)


def test_there_are_sixty() -> None:
    assert len(set(PAYLOADS)) == 60


def test_as_question_answer_source_and_what_is_shared(victim: BrowserContext) -> None:
    conversation = conversation_of_all(victim)
    page = come(victim, f"/?c={conversation}")
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    expect(page.locator("#yj-log .yj-turn")).to_have_count(60)
    page.evaluate("document.querySelectorAll('#yj-log details').forEach(each => { each.open = true })")
    for number, payload in enumerate(PAYLOADS):
        # It is shown as it was written.
        shown = page.locator("#yj-log .yj-question").nth(number).text_content()
        assert " ".join((shown or "").split()) == _flat(payload)
    unharmed(page)
    # What is hovered and focused may run what loading didn't.
    for control in page.locator("#yj-log .yj-turn").nth(52).locator("a, button, summary, td").all()[:12]:
        control.dispatch_event("mouseover")
        control.focus()
    unharmed(page)
    token = victim.request.post(f"/v1/conversations/{conversation}/share", data={}).json()["token"]
    page.goto(f"/s/{token}")
    expect(page.locator(".yj-turn")).to_have_count(60)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    unharmed(page)


def test_as_document_title_and_file_name(victim: BrowserContext) -> None:
    page = come(victim)
    for at in DOCUMENTS:
        page.evaluate("place => { location.hash = place }", at.id)
        expect(page.locator(f"#yj-panel [data-place='{at.id}']")).to_be_attached()
        unharmed(page)


def test_as_the_name_of_a_conversation_and_in_feedback(victim: BrowserContext) -> None:
    for number, payload in enumerate(PAYLOADS):
        made = victim.request.post("/v1/conversations", data={"title": payload}).json()["id"]
        if number % 6 == 0:
            said = victim.request.post(f"/v1/conversations/{made}/turns", data={"question": payload}).json()
            body = {"good": False, "reason": payload, "right_answer": payload, "tags": [payload[:20]]}
            assert victim.request.put(f"/v1/feedback/{said['id']}", data=body).status in (200, 422)
    page = come(victim)
    titles = page.locator(".yj-one")
    expect(titles.nth(39)).to_be_attached()
    page.locator(".yj-list").evaluate("list => { list.scrollTop = list.scrollHeight }")
    expect(titles.nth(59)).to_be_attached()
    unharmed(page)
    # Its menu, the dialogs that name it, and what is told of it.
    first = page.locator("#yj-side li:has(.yj-one)").nth(40)
    first.scroll_into_view_if_needed()
    page.wait_for_timeout(300)  # a menu closes when the list scrolls
    first.locator("summary").click(force=True)
    first.get_by_role("button", name="删除").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    unharmed(page)
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="搜索对话").fill(PAYLOADS[10])
    page.wait_for_timeout(400)
    unharmed(page)
    titles.first.click()
    page.wait_for_timeout(300)
    unharmed(page)
    page.goto("/feedback")
    expect(page.locator("main")).to_be_visible()
    unharmed(page)


def test_as_an_address(victim: BrowserContext) -> None:
    page = come(victim)
    for payload in PAYLOADS:
        page.evaluate("place => { location.hash = place }", payload)
        page.evaluate("place => { location.hash = 'dddd0000:0-4' + place }", quote(payload))
        assert page.evaluate("window.hacked") is None
    for payload in PAYLOADS[::6]:
        page.goto(f"/?c={quote(payload)}#{quote(payload)}")
        expect(page.locator(".yj-welcome")).to_be_visible()
        unharmed(page)
        assert RUN not in victim.request.get(f"/s/{quote(payload, safe='')}").text()


def test_as_what_is_typed(victim: BrowserContext) -> None:
    page = come(victim)
    for number, payload in enumerate(PAYLOADS[::12], 1):
        ask(page, payload)
        expect(page.locator("#yj-log .yj-turn")).to_have_count(number)
        unharmed(page)
    # Corrected where it stands, and judged.
    turn = page.locator("#yj-log .yj-turn").last
    turn.hover()
    turn.get_by_role("button", name="修改").click()
    expect(turn.locator("textarea")).to_have_value(PAYLOADS[48])
    turn.locator("textarea").press("Escape")
    turn.get_by_role("button", name="有误").click()
    expect(page.get_by_role("form")).to_be_visible()
    unharmed(page)
