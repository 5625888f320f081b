"""`youju doctor`: every line says what was looked at and, where it isn't well, what would help."""

from __future__ import annotations

import importlib.metadata
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from assistant.cli.doctor import Remark, examine
from assistant.config import Config
from tests.conftest import SAMPLES

KEY = "sk-right"


class Endpoint(BaseHTTPRequestHandler):
    """Lists two models to whoever has the key; one of them answers, the other is dead."""

    def do_GET(self) -> None:
        allowed = self.headers["Authorization"] == f"Bearer {KEY}"
        status = 401 if not allowed else 200 if self.path == "/v1/models" else 404
        body = json.dumps({"data": [{"id": "deepseek-chat"}, {"id": "qwen-plus"}]} if status == 200 else {}).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        alive = asked["model"] == "qwen-plus" and self.path == "/v1/chat/completions"
        chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": asked["model"]}
        choice = {"index": 0, "delta": {"content": "好"}, "finish_reason": "stop"}
        body = f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\ndata: [DONE]\n\n".encode() if alive else b"{}"
        self.send_response(200 if alive else 503)
        self.send_header("Content-Type", "text/event-stream" if alive else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def found(config: Config) -> dict[str, Remark]:
    return {finding.what: finding for finding in examine(config)}


def test_everything_is_looked_at_in_order(tmp_path: Path) -> None:
    findings = list(examine(Config(data_dir=tmp_path)))
    assert [finding.what for finding in findings] == [
        "Python", "依赖", "数据目录", "索引", "嵌入", "排序", "模型", "文件格式", "浏览器",
    ]  # fmt: skip
    assert {finding.what for finding in findings if finding.state == "提示"} == {"索引", "模型"}
    assert not [finding for finding in findings if finding.state == "不行"]
    by_name = {finding.what: finding.text for finding in findings}
    assert by_name["索引"] == "还没有文档，提问时用示例文库。换成自己的：youju index 文件夹"
    assert "YOUJU_MODEL" in by_name["模型"]
    assert ".md" in by_name["文件格式"]
    assert str(tmp_path) in by_name["数据目录"]


def test_an_index_and_what_could_not_be_read(tmp_path: Path) -> None:
    from assistant.ask import open_index

    config = Config(data_dir=tmp_path / "data")
    with open_index(config, config.data_dir) as index:
        index.update([SAMPLES])
        documents = index.status().documents
    assert found(config)["索引"].line().startswith(f"正常    索引：{documents} 篇文档，")
    (tmp_path / "空.txt").write_bytes(b"")
    with open_index(config, config.data_dir) as index:
        index.update([tmp_path / "空.txt"])
    finding = found(config)["索引"]
    assert finding.state == "提示"
    assert "空.txt: 文件是空的" in finding.text
    assert finding.text.endswith("改好后运行 youju index")


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = found(Config(data_dir=tmp_path / "file" / "data"))["数据目录"]
    assert finding.state == "不行"
    assert "--data-dir" in finding.text


def test_a_package_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    required = ["numpy>=2", "no-such-package>=1", 'other-missing; extra == "dev"']
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: required)
    finding = found(Config(data_dir=tmp_path))["依赖"]
    assert finding.line() == "不行    依赖：缺 no-such-package：请运行 make setup，或 pip install no-such-package"


@pytest.mark.parametrize(
    ("model", "key", "path", "state", "text"),
    [
        ("qwen-plus", KEY, "/v1", "正常", "qwen-plus（{}/v1）：连接正常，"),
        ("deepseek-chat", KEY, "/v1", "不行", "deepseek-chat（{}/v1）：服务出错（503）：请稍后再试；若一直如此"),
        ("qwen-plus", "sk-wrong", "/v1", "不行", "{}/v1 拒绝了访问（401）：请检查 YOUJU_API_KEY"),
        ("gpt-9", KEY, "/v1", "不行", "{}/v1 没有 gpt-9，有的是 deepseek-chat、qwen-plus 等：请检查 YOUJU_MODEL"),
        ("qwen-plus", KEY, "/v2", "不行", "qwen-plus（{}/v2）：服务出错（503）：请稍后再试"),
    ],
)
def test_a_model_service(endpoint: str, tmp_path: Path, model: str, key: str, path: str, state: str, text: str) -> None:
    finding = found(Config(data_dir=tmp_path, model=model, base_url=endpoint + path, api_key=key))["模型"]
    assert finding.state == state
    assert finding.text.startswith(text.format(endpoint))


@pytest.mark.parametrize("base_url", ["http://127.0.0.1:9/v1", "file:///etc", "model.example.cn/v1"])
def test_a_model_service_that_cannot_be_reached(tmp_path: Path, base_url: str) -> None:
    finding = found(Config(data_dir=tmp_path, model="m", base_url=base_url, api_key="sk-secret"))["模型"]
    assert finding.state == "不行"
    assert finding.text.startswith(f"连不上 {base_url}：请检查 YOUJU_BASE_URL")
    assert "sk-secret" not in finding.text
