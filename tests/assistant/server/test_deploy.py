"""docs/deploy: what can be tried here. A real nginx with TLS before the server, below a path, as its file says."""

from __future__ import annotations

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from typer.main import get_command

from assistant.cli.commands import app
from assistant.cli.serving import access
from assistant.server.app import create_app
from tests.fakes.assistant import RURAL, FakeAssistant
from tests.fakes.nginx import NGINX, Nginx
from tests.fakes.server import Server

DEPLOY = Path(__file__).parents[3] / "docs" / "deploy"
ROOT = "/youju"
NAME = "docs.example.cn"


class _Here(httpx.HTTPTransport):
    """NAME is this machine."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host="127.0.0.1")
        return super().handle_request(request)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A client of NAME, which is nginx as the file in docs has it."""
    if NGINX is None or shutil.which("openssl") is None:
        pytest.skip("no nginx, or no openssl: apt-get install nginx-light openssl")
    folder = tmp_path_factory.mktemp("deploy")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    names = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run(["openssl", "req", "-x509", *key, *names, *files], check=True, capture_output=True)
    reached = access("127.0.0.1", is_open=False, names=[NAME], root_path=ROOT)
    secure = free_port()
    with Server(create_app(FakeAssistant(), web=False, access=reached)) as url:
        written = (DEPLOY / "nginx.conf").read_text("utf8")
        for said, here in (
            ("http://127.0.0.1:7860", url),
            ("/etc/ssl/youju", str(folder)),
            ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
            ("listen 80", f"listen 127.0.0.1:{free_port()}"),
        ):
            assert said in written
            written = written.replace(said, here)
        # What Nginx is given stands in a server of its own: that one is closed first, and another begun at the end.
        with Nginx(folder, f"}}\n{written}\nserver {{ listen 127.0.0.1:{free_port()};"):
            trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
            address = f"https://{NAME}:{secure}{ROOT}"
            with httpx.Client(base_url=address, transport=_Here(verify=trusted), timeout=20) as client:
                yield client


def test_through_nginx_below_a_path(client: httpx.Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.post("/v1/ask", json={"question": RURAL.question}).json()["answer"] == RURAL.answer
    own = {"origin": f"https://{NAME}:{client.base_url.port}"}
    assert client.post("/v1/ask", json={"question": RURAL.question}, headers=own).status_code == 200
    assert (
        client.post("/v1/ask", json={"question": RURAL.question}, headers={"origin": "https://a.cn"}).status_code == 403
    )


def test_answers_come_through_as_they_are_written(client: httpx.Client) -> None:
    with client.stream("POST", "/v1/ask", json={"question": RURAL.question, "stream": True}) as reply:
        events = [line.removeprefix("event: ") for line in reply.iter_lines() if line.startswith("event: ")]
    assert events[-1] == "answer"
    assert events.count("delta") > 3


def test_mcp_goes_through(client: httpx.Client) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    reply = client.post("/mcp", json=call, headers={"accept": "application/json, text/event-stream"})
    assert reply.status_code == 200
    assert "list_documents" in reply.text


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze")
    unit = (DEPLOY / "youju.service").read_text("utf8")
    # Neither the program nor the user is on this machine.
    (tmp_path / "youju.service").write_text(
        unit.replace("/opt/youju/bin/youju", "/bin/true").replace("User=youju", "User=root")
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "youju.service"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_caddy_takes_its_file() -> None:
    caddy = shutil.which("caddy") or os.environ.get("CADDY")
    if not caddy:
        pytest.skip("no caddy: apt-get install caddy")
    done = subprocess.run(
        [caddy, "validate", "--adapter", "caddyfile", "--config", DEPLOY / "Caddyfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Valid configuration" in done.stdout + done.stderr


def options_of(words: list[str]) -> set[str]:
    return {word for word in words if word.startswith("--")}


def test_commands_and_settings_in_the_files_exist() -> None:
    known = {option for each in get_command(app).commands["serve"].params for option in each.opts}  # type: ignore[attr-defined]
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf8"))
    youju = compose["services"]["youju"]
    assert youju["command"][0] == "serve"
    assert options_of(youju["command"]) <= known
    unit = (DEPLOY / "youju.service").read_text("utf8")
    [started] = re.findall(r"^ExecStart=/opt/youju/bin/youju serve (.*)$", unit, re.MULTILINE)
    assert options_of(started.split()) <= known
    container = (DEPLOY / "Containerfile").read_text("utf8")
    settings = (DEPLOY.parents[1] / "README.md").read_text("utf8")
    named = set(re.findall(r"\bYOUJU_[A-Z_]+(?==| *:)", container + unit)) | {*youju["environment"]}
    assert {name for name in named if name not in settings} == set()
    assert youju["build"]["dockerfile"] == (DEPLOY / "Containerfile").relative_to(DEPLOY.parents[1]).as_posix()
