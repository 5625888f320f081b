"""The API as it is told holds: the examples of docs/api.md run, and schemathesis finds nothing unlike the document."""

from __future__ import annotations

import json
import os
import re
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


def test_the_examples_are_there() -> None:
    assert len(EXAMPLES) > 12


def test_routes_and_settings_that_are_named_exist(served: str) -> None:
    paths = httpx.get(f"{served}/openapi.json").json()["paths"]
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


def test_schemathesis_finds_no_fault(served: str) -> None:
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
    run = subprocess.run(command, capture_output=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout.decode()[-4000:]
