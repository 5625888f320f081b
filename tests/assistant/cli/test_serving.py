"""`youju serve`: where it listens, and what it says when it can't."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from assistant.cli import serving
from assistant.cli.serving import ServingError
from assistant.config import load
from assistant.server.access import Access

SERVE = [sys.executable, "-c", "import assistant.cli; assistant.cli.main()", "serve"]


def refused(*arguments: str) -> tuple[int, str]:
    done = subprocess.run([*SERVE, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def test_an_address_that_others_reach_is_refused_unless_opened() -> None:
    line = (
        "--host 0.0.0.0 会让别的机器也能打开，而现在没有账号，谁打开都能读资料库。"
        "请先建账号：youju account add 名字 --admin；确要不设账号，请加 --open；只在本机用，请去掉 --host\n"
    )
    assert refused("--host", "0.0.0.0") == (2, line)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "server.example.cn", ""])
def test_what_others_reach(host: str) -> None:
    with pytest.raises(ServingError, match="youju account add 名字 --admin；确要不设账号，请加 --open"):
        serving.access(host, is_open=False, names=(), root_path="")
    assert serving.access(host, is_open=True, names=(), root_path="").open
    assert serving.access(host, is_open=False, names=(), root_path="", is_closed=lambda: True).open


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
def test_what_only_this_machine_reaches(host: str) -> None:
    for is_open in (False, True):
        assert not serving.access(host, is_open=is_open, names=(), root_path="").open


def test_names_and_paths_are_taken_over() -> None:
    found = serving.access("server.example.cn", is_open=True, names=["youju.example.cn"], root_path="/youju/")
    assert found == Access(open=True, names=("server.example.cn", "youju.example.cn"), root_path="/youju")


def test_sites_that_may_ask_are_taken_over_as_browsers_name_them() -> None:
    found = serving.access("127.0.0.1", is_open=False, names=(), root_path="", origins=["HTTPS://www.example.cn:443/"])
    assert found == Access(origins=("https://www.example.cn",))
    with pytest.raises(ServingError, match=r"--allow-origin 'www\.example\.cn' 不是网站的来源：请写成 https://www"):
        serving.access("127.0.0.1", is_open=False, names=(), root_path="", origins=["www.example.cn"])


def test_sites_that_may_ask_are_taken_from_the_environment_unless_they_are_said(tmp_path: Path) -> None:
    def origins(variable: str, *said: str) -> tuple[str, ...]:
        config = load({"YOUJU_DATA_DIR": str(tmp_path), "YOUJU_ALLOW_ORIGIN": variable})
        return serving.access("::1", is_open=False, names=(), root_path="", origins=said, config=config).origins

    one, other = "https://www.example.cn", "http://intern:8080"
    assert origins(f" {one}/ , {other}，") == (one, other)
    assert origins(f"{one}\n{other}") == (one, other)
    assert origins(one, other) == (other,)
    assert origins(" ,") == ()
    with pytest.raises(ServingError, match=r"^YOUJU_ALLOW_ORIGIN: 'www\.example\.cn' 不是网站的来源"):
        origins(f"{one} www.example.cn")


def test_a_wrong_site_in_the_environment_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_ALLOW_ORIGIN", "*")
    line = "YOUJU_ALLOW_ORIGIN: '*' 不是网站的来源：请写成 https://www.example.cn 这样，带协议，不带路径\n"
    assert refused() == (2, line)


@pytest.mark.parametrize(
    ("names", "root_path", "message"),
    [
        (["http://youju.example.cn"], "", "--allow-host 'http://youju.example.cn' 不是主机名"),
        (["youju.example.cn:80"], "", "--allow-host 'youju.example.cn:80' 不是主机名"),
        ([""], "", "--allow-host '' 不是主机名"),
        ([], "youju", "--root-path 'youju' 不是路径：请写成 /youju 这样"),
        ([], "/a b", "--root-path '/a b' 不是路径"),
    ],
)
def test_what_is_no_name_and_no_path(names: list[str], root_path: str, message: str) -> None:
    with pytest.raises(ServingError) as raised:
        serving.access("127.0.0.1", is_open=False, names=names, root_path=root_path)
    assert str(raised.value).startswith(message)


def test_a_port_in_use_is_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = f"127.0.0.1:{port} 已被别的程序占用。请换一个端口：--port {port + 1}，或先关掉那个程序\n"
        assert refused("--port", str(port)) == (2, message)


def test_a_second_server_finds_the_port_taken_while_the_first_still_opens_its_index() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with serving.listen("127.0.0.1", port), pytest.raises(ServingError, match="已被别的程序占用"):
        serving.listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "message"),
    [
        ("192.0.2.1", "--host 192.0.2.1: 本机没有这个地址"),
        ("no.such.invalid", "--host no.such.invalid: 找不到这个地址"),
    ],
)
def test_an_address_that_is_not_here(host: str, message: str) -> None:
    with pytest.raises(ServingError) as raised:
        serving.listen(host, 7860)
    assert str(raised.value).startswith(message)


def test_it_serves_the_page_below_its_path_and_stops_at_ctrl_c(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "YOUJU_DATA_DIR": str(tmp_path)}
    command = [*SERVE, "--port", str(port), "--root-path", "/youju", "--allow-host", "youju.example.cn"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while True:
            assert process.poll() is None
            assert time.monotonic() < deadline
            try:
                page = httpx.get(f"http://127.0.0.1:{port}/youju/", headers={"host": "youju.example.cn"}, timeout=60)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        assert page.status_code == 200
        assert "http://youju.example.cn/youju" in page.text
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"请在浏览器打开 http://127.0.0.1:{port}" in said
    assert "Traceback" not in said


class Asked:
    """An assistant that notes what it is asked, and fails."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, bool]] = []

    def ask(self, question: str, *, quoted: bool = False) -> None:
        self.asked.append((question, quoted))
        raise RuntimeError("the index is being restored")


def test_what_the_first_question_needs_is_loaded_without_the_model() -> None:
    assistant = Asked()
    serving.warm_up(assistant).join(30)  # type: ignore[arg-type]
    assert [quoted for _, quoted in assistant.asked] == [True]


def test_a_server_warms_up_when_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    warming = SimpleNamespace(join=lambda _: begun.append("waited for"))
    monkeypatch.setattr(serving, "warm_up", lambda _: begun.append("warm") or warming)
    monkeypatch.setattr(
        "assistant.server.app.create_app", lambda *_, **__: SimpleNamespace(state=SimpleNamespace(lanes=None))
    )
    monkeypatch.setattr("assistant.cli.working.working", lambda *_, **__: contextlib.nullcontext())
    monkeypatch.setattr(
        "assistant.server.stopping.Stopping", lambda *_: SimpleNamespace(run=lambda **_: begun.append("serve"))
    )
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with serving.listen("127.0.0.1", 0) as listening:
        serving.run(SimpleNamespace(home=Path()), listening, Access())  # type: ignore[arg-type]
    assert begun == ["warm", "serve", "waited for"]  # Python ends badly while a network is being asked
