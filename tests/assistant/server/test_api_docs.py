"""The API as it is told holds: the examples of docs/api.md run, and schemathesis finds nothing unlike the document."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.ask import Assistant
from assistant.server.app import create_app
from assistant.server.load import _VARIABLES, Load
from tests.fakes.server import Server

TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf8")
QUESTION = "衢州建成了多少个和美乡村示范片区，培育了多少个乡村运营重点村？"
EXAMPLES = [
    command
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for command in re.split(r"\n(?=curl )", block.strip())
    if command.startswith("curl")
]


@pytest.fixture(scope="module")
def served(assistant: Assistant) -> Iterator[str]:
    with Server(create_app(assistant, web=False, environment={})) as url:
        yield url


@pytest.mark.parametrize("command", EXAMPLES)
def test_an_example_works(served: str, command: str) -> None:
    run = subprocess.run(
        ["bash", "-c", command], env={**os.environ, "YOUJU": served}, capture_output=True, timeout=30, check=False
    )
    said = run.stdout.decode()
    assert run.returncode == 0, run.stderr.decode()
    if "stream" in command:
        assert "event: delta" in said
        assert "event: answer" in said
    elif "If-None-Match" in command:
        assert said.strip() == "304"
    elif command.endswith("/metrics"):
        assert "youju_requests_total" in said
    else:
        reply: dict[str, Any] = json.loads(said)
        assert ("error" in reply) == ("-d '{}'" in command), reply


def node() -> Path:
    """A Node that has what browsers have; skips where there is none."""
    if (found := shutil.which("node")) is None:
        pytest.skip("there is no Node here")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, timeout=30, check=True).stdout
    if int(version.removeprefix("v").partition(".")[0]) < 20:
        pytest.skip(f"this Node is too old: {version}")
    return Path(found)


def without_types(text: str) -> str:
    """The example as JavaScript: what is left of it is run."""
    bare = re.sub(r"^type \w+ = \{$.*?^\};$", "", text, flags=re.MULTILINE | re.DOTALL)
    kinds = r"string|\(piece: string\) => void|Promise<Answer>"
    return re.sub(rf"(?<=[\w)]): (?:{kinds})(?=[,)]| \{{)", "", bare)


def test_the_typescript_example_works(served: str, tmp_path: Path) -> None:
    [text] = re.findall(r"^```ts\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    strips = [node(), "-p", "Boolean(process.features.typescript)"]
    if subprocess.run(strips, capture_output=True, text=True, timeout=30, check=True).stdout.strip() == "true":
        kind = "mts"
    else:
        kind, text = "mjs", without_types(text)

    def run(question: str) -> subprocess.CompletedProcess[str]:
        (file := tmp_path / f"ask.{kind}").write_text(
            re.sub(r'await ask\(".*?"', f'await ask("{question}"', text).replace("http://127.0.0.1:7860", served),
            encoding="utf8",
        )
        return subprocess.run([node(), file], capture_output=True, text=True, timeout=60, check=False)

    done = run(QUESTION)
    assert done.returncode == 0, done.stderr
    answer = httpx.post(f"{served}/v1/ask", json={"question": QUESTION}, timeout=60).json()
    assert answer["status"] == "answered"
    sources = [f"[{each['number']}] 《{each['title']}》：{each['quote']}" for each in answer["citations"]]
    told, _, after = done.stdout.partition("\n".join([*sources, ""]))
    assert (told.replace("\n", ""), after) == (answer["answer"].replace("\n", ""), "")

    refused = run("")
    assert refused.returncode != 0
    assert "Error: question: " in refused.stderr


def test_the_examples_are_there() -> None:
    assert len(EXAMPLES) > 12


def test_routes_and_settings_that_are_named_exist(served: str) -> None:
    paths = httpx.get(f"{served}/openapi.json", timeout=60).json()["paths"]
    known = [re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path)) for path in paths]
    named = set(
        re.findall(r"`?(?:GET|POST|PUT|DELETE|PATCH)?\s?(/v1/[a-z_/{}]*[a-z}]|/healthz|/readyz|/metrics)", TEXT)
    )
    assert len(named) > 15
    for path in named - {"/v1/", "/v1"}:
        assert any(each.fullmatch(path) for each in known), path
    assert {variable for variable, _, _ in _VARIABLES.values()} <= set(re.findall("YOUJU_[A-Z_]+", TEXT))
    usual = Load()
    assert f"{usual.waiting} questions" in TEXT
    assert f"{usual.answer_s} s (`YOUJU_ANSWER_S`)" in TEXT


def test_schemathesis_finds_no_fault(served: str, tmp_path: Path) -> None:
    """A small part of `st run $YOUJU/openapi.json --phases examples,coverage,fuzzing,stateful`: of each route some, no
    5xx that isn't told, no reply unlike its schema."""
    pytest.importorskip("schemathesis")
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{served}/openapi.json", "--url", served]
    command += ["--phases", "examples,fuzzing", "--max-examples", "2", "--generation-database", "none", "--seed", "1"]
    command += [
        "--exclude-path-regex",
        "/v1/(accounts.*|keys.*|sources|settings.*|documents.*|uploads.*|chat.*|models.*)$",
    ]
    # What no schema can say, that a month is after another, is refused by rules.
    command += ["--exclude-checks", "positive_data_acceptance,negative_data_rejection", "--no-color"]
    # It keeps what it found where it is run.
    run = subprocess.run(command, capture_output=True, timeout=300, check=False, cwd=tmp_path)
    assert run.returncode == 0, run.stdout.decode()[-4000:]
