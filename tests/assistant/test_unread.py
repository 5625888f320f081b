"""Files that were not read, as people are told of them: at the terminal, through the API, in the page."""

from __future__ import annotations

import httpx

from assistant.server.app import create_app
from assistant.unread import unread_lines
from sources.documents import Unread
from tests.fakes.assistant import FakeAssistant
from tests.fakes.server import Server

CONVERT = "还不能读取，请先转成 .txt 或 .md"


def pdfs(count: int) -> list[Unread]:
    return [Unread(f"/资料/{n}.pdf", ".pdf", CONVERT) for n in range(1, count + 1)]


def test_a_few_have_a_line_each_and_many_of_a_kind_one_together() -> None:
    assert unread_lines([]) == []
    assert unread_lines(pdfs(2)) == [f"/资料/1.pdf：{CONVERT}", f"/资料/2.pdf：{CONVERT}"]
    pipe = Unread("/资料/管道.txt", "管道", "是管道，不是普通文件，请把它移出文件夹")
    lines = unread_lines([*pdfs(12), pipe], name=lambda path: path.rsplit("/", 1)[-1])
    names = "、".join(f"{n}.pdf" for n in range(1, 11))
    assert lines == [f"12 个 .pdf：{CONVERT}（{names} 等）", "管道.txt：是管道，不是普通文件，请把它移出文件夹"]
    bare = [Unread(f"/资料/{name}", "没有扩展名的文件", CONVERT) for name in "甲乙丙丁"]
    assert unread_lines(bare)[0].startswith(f"4 个没有扩展名的文件：{CONVERT}（")


def test_the_list_of_documents_has_them_beside_it() -> None:
    assistant = FakeAssistant()
    assistant.index.passed_over = pdfs(1)
    with Server(create_app(assistant, web=False)) as url:
        listed = httpx.get(f"{url}/v1/documents", timeout=10).json()
    assert len(listed["documents"]) == 2
    assert listed["unread"] == [{"path": "/资料/1.pdf", "kind": ".pdf", "reason": CONVERT}]
