"""How the project hangs together: which way imports point, what is reached through which door, what stays light.

The tables say it; the tests hold the source to them.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.layers.modules import Import, circle, imports, modules, within

ROOT = Path(__file__).parents[2]

STAGES = ("sources", "index", "assistant", "eval")
"""Each may import those before it."""
BESIDE = ("training", "benchmarks")
"""They may import everything, and nothing imports them. The wheel leaves them out."""

ROOMS = (
    (
        "leaving",
        "presets",
        "settings",
    ),  # whether anybody still waits; services with models, and what is kept of a choice
    ("answers", "config", "threads"),  # the types that travel, what can be chosen, and steps awaited
    ("in_english",),  # what was said in Chinese, in English
    ("again", "citations", "unread"),  # answers made once; quotes with their places; files not read, in words
    ("exports",),  # answers, figures and tables as files
    ("question",),  # what is asked
    ("doubts",),  # which words of it an answer doesn't meet
    ("checks", "reading"),  # does the evidence say it; which sentence answers
    ("library",),  # what answerers look things up in
    ("speakers",),  # whose words a question asks for
    ("scope",),  # which documents a question is about
    ("extractive", "written"),  # answers made of quotes; answers by a model
    ("ask",),  # a question in, an answer out
    ("conversations", "suggestions", "uploads"),  # what people keep and say of them, may ask next, and bring
    ("accounts",),  # who may do what
    ("integrations", "web"),  # the same as LangChain's objects and MCP's tools; as a page
    ("server",),  # the page and the API in one process
    ("cli",),  # the command
)
"""The files and folders of assistant/, lowest first: each may import those above it in this table, none beside it."""

FACES = ("sources", "sources.readers", "index", "assistant", "assistant.ask", "assistant.answers", "assistant.config")
"""What eval may import of the other packages; eval/parts/ may look inside."""


@dataclass(frozen=True)
class Door:
    """A registry, and the folder whose implementations nobody else imports."""

    registry: str
    """Its module."""
    name: str
    folder: str
    beside: Mapping[str, str] = field(default_factory=dict)
    """Modules of the folder that are no implementations → what they are."""
    made_of_others: Mapping[str, str] = field(default_factory=dict)
    """Implementations that import others → what for."""


DOORS = (
    Door(
        "sources.readers.files", "READERS", "sources.readers",
        {
            "archives": "files on the disk or in an archive",
            "kinds": "what kind of file its bytes are",
            "metadata": "what metadata.csv says of the files beside it",
            "ocr": "pages and pictures recognised, for the readers that have some",
            "regular": "whether a path is a file that can be read to its end",
            "sandbox": "reading in processes of their own",
            "steps": "how far a reader has come, told to whoever waits",
            "worker": "such a process, from inside",
        },
        {
            "docx": "web pages that stand in it",
            "eml": "mails that are web pages",
            "epub": "chapters, which are web pages",
            "legacy": "what LibreOffice makes of a file",
            "mhtml": "a web page in a mail's dress",
        },
    ),
    Door(
        "index.engines.registry", "DENSE", "index.engines",
        {
            "protocols": "what an engine is",
            "exact": "every index compares its newest passages so; the reference of the tests",
            "bm25": "the one lexical engine",
            "verifying": "whether a built engine finds what it was given",
        },
    ),
    Door(
        "index.embedders.registry", "EMBEDDERS", "index.embedders",
        {
            "embedder": "what an embedder is",
            "static": "also the table of word vectors that words are compared by",
            "contextual": "also the pieces that the reader reads",
            "succession": "which of the shipped ones answers when",
        },
    ),
    Door(
        "assistant.extractive.answerers", "ANSWERERS", "assistant.extractive",
        {
            "aims": "whether an aim was met",
            "asked": "what a question asks of the figures",
            "arithmetic": "formulas over figures",
            "changes": "what an amendment takes out of a rule",
            "compose": "drafts, and answers made of them",
            "found": "the figure that answers a plain question",
            "owners": "whose document each is",
            "statements": "sentences that state a figure",
        },
        {
            "by_owner": "answers from each owner's documents by the answerers it names, and reckons as comparisons do",
            "clarify": "leaves a part of a year without its year to what answers that",
            "comparisons": "tells by lookup what has grown, where a growth is stated",
            "continuing": "tells the rest of what a list answers",
            "holdings": "tells of what ended elsewhere as holding does",
            "rows": "tells a row in words only where these hold, as checked finds",
            "sections": "tells the chapters of a section as summaries do",
            "severally": "answers each part of a question by the answerers it names",
            "undated": "answers the question with its year by the answerers it names",
            "trends": "works out a change as comparisons do",
            "versions": "tells what amendments say beside what a new version does",
        },
    ),
    Door(
        "assistant.checks.registry", "CHECKS", "assistant.checks",
        {
            "cited": "whether the evidence says a word",
            "circumstances": "time, place and status of a number",
            "counting": "numbers that the evidence counts rather than prints",
            "copying": "slips of the pen, which the words are held against",
            "formulas": "calculations shown in a text",
            "ground": "the evidence taken apart",
            "numbers": "also where each number stands, which every check is given",
            "problems": "what can be wrong with a sentence",
            "sentences": "the sentences of an answer",
            "statement": "a sentence taken apart",
            "support": "how far a text carries a sentence",
            "synonyms": "which words may stand for one another",
            "turns": "what is turned round, once each word has its place",
            "verdict": "a judgement on each sentence",
            "verify": "runs the checks of the table over an answer",
            "yes_or_no": "a bare yes or no, held to what it says yes or no to",
        },
        {
            "verify": "says how much of a sentence its evidence has, by the words",
            "yes_or_no": "asks whether what is said yes to belongs together",
        },
    ),
    Door("eval.adapters", "ADAPTERS", "eval.adapters"),
    Door("eval.robustness", "PERTURBATIONS", "eval.robustness"),
    Door(
        "eval.systems", "SYSTEMS", "eval.systems",
        {
            "chat": "a chat model's endpoint",
            "minilm": "the embedder of the tutorials",
            "pool": "systems opened, kept and closed",
            "ranking": "BM25 over texts",
            "reading": "how all baselines read what they found",
        },
    ),
    Door(
        "eval.reports.scores", "METRICS", "eval.metrics",
        {
            "agreement": "of a judge's verdicts with a person's, not of one reply",
            "calibration": "of all replies together",
            "citations": "also where quotes stand",
            "figures": "whether a figure is stated, which several measures ask",
            "judge": "what a judging model is told",
            "normal": "texts in one spelling",
            "overlap": "words in common, which several measures count",
            "phrases": "whether a phrase is stated, which several measures ask",
            "refusal": "of all replies together",
            "right": "also what is counted as right in reports",
            "spending": "also the prices of a system",
            "unsupported": "also shown with the cases missed",
        },
    ),
)  # fmt: skip
"""Each registry is the only door to what it lists: a new one is a file and a line."""

MOST_LINES = 500
LONG = "Long because"
"""How the first paragraph of a longer file's docstring gives the reason."""

FILES = modules(ROOT, (*STAGES, *BESIDE))
IMPORTS = imports(FILES)


def stage_of(module: str) -> str:
    return module.partition(".")[0]


def room_of(module: str) -> str:
    """The file or folder of assistant/ that a module is in; "" for the package's own face."""
    return module.partition(".")[2].partition(".")[0]


def listed(wrong: Iterable[Import]) -> str:
    return "\n".join(sorted(map(str, wrong)))


def test_packages_import_one_way() -> None:
    wrong = [
        each
        for each in IMPORTS
        if stage_of(each.importer) in STAGES
        and (
            stage_of(each.module) in BESIDE
            or STAGES.index(stage_of(each.module)) > STAGES.index(stage_of(each.importer))
        )
    ]
    assert not wrong, listed(wrong)
    assert all(any(stage_of(each.importer) == stage for each in IMPORTS) for stage in STAGES)


def test_rooms_of_the_assistant_import_one_way() -> None:
    level = {room: number for number, rooms in enumerate(ROOMS) for room in rooms}
    rooms = {room_of(module) for module in FILES if within(module, "assistant")} - {""}
    assert rooms == set(level), f"in ROOMS or in assistant/, but not in both: {sorted(rooms ^ set(level))}"
    inside = [each for each in IMPORTS if within(each.importer, "assistant") and within(each.module, "assistant")]
    wrong = [
        each
        for each in inside
        if room_of(each.importer)
        and room_of(each.importer) != room_of(each.module)
        and (not room_of(each.module) or level[room_of(each.module)] >= level[room_of(each.importer)])
    ]
    assert not wrong, listed(wrong)


def test_there_is_no_circle() -> None:
    found = circle((each.importer, each.module) for each in IMPORTS)
    assert not found, " → ".join(found)
    through_faces = circle((each.importer, each.through) for each in IMPORTS)
    assert not through_faces, " → ".join(through_faces)


def test_only_the_parts_of_eval_look_inside() -> None:
    wrong = [
        each
        for each in IMPORTS
        if within(each.importer, "eval")
        and not within(each.importer, "eval.parts")
        and not within(each.through, "eval")
        and each.through not in FACES
    ]
    assert not wrong, listed(wrong)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_registry_is_the_only_door(door: Door) -> None:
    beside = {f"{door.folder}.{name}" for name in door.beside}
    others = {f"{door.folder}.{name}" for name in door.made_of_others}
    gone = (beside | others) - set(FILES)
    assert not gone, f"listed in DOORS, but not there: {sorted(gone)}"
    behind = {
        module
        for module in FILES
        if module.rpartition(".")[0] == door.folder
        and module not in {door.registry} | beside
        and not any(within(other, module) for other in set(FILES) - {module})  # rooms hold what implementations share
    }
    assert behind
    wrong = [
        each
        for each in IMPORTS
        if each.module in behind
        and each.importer not in {each.module, door.registry, door.folder} | others
        and stage_of(each.importer) not in BESIDE
    ]
    assert not wrong, listed(wrong)
    # By import, or by the file's name, as where each needs a library of its own.
    words = {node.value for node in ast.walk(ast.parse(FILES[door.registry].read_text(encoding="utf8")))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    reached = {each.module for each in IMPORTS if each.importer == door.registry}
    unreached = {module for module in behind - reached if module.rpartition(".")[2] not in words}
    assert not unreached, f"{door.name} doesn't list {sorted(unreached)}"
    assert hasattr(importlib.import_module(door.registry), door.name)


def test_long_files_say_why() -> None:
    wrong = []
    for stage in STAGES:
        for file in sorted((ROOT / stage).rglob("*")):
            if file.suffix not in (".py", ".js", ".css"):
                continue
            text = file.read_text(encoding="utf8")
            opening = text.partition("\n\n")[0]
            if len(text.splitlines()) > MOST_LINES and LONG not in opening:
                wrong.append(f"{file.relative_to(ROOT)}: {len(text.splitlines())} lines")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name, file in FILES.items() if "\n__all__" in file.read_text("utf8")])
def test_a_face_lists_what_it_hands_on(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__all__ == sorted(module.__all__, key=lambda each: (not each.isupper(), not each[0].isupper(), each))
    assert [each for each in module.__all__ if not hasattr(module, each)] == []


def test_the_wheel_holds_the_four_packages() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    assert sorted(settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == sorted(STAGES)


def test_no_other_distribution_owns_our_import_names() -> None:
    owners = importlib.metadata.packages_distributions()
    for name in STAGES:
        assert {owner.lower() for owner in owners.get(name, [])} <= {"youju"}


def test_the_answer_path_imports_nothing_heavy() -> None:
    script = (
        "import sys, assistant.cli, assistant.ask\n"
        "heavy = {'torch', 'sentence_transformers', 'chromadb', 'gradio', 'langchain_openai', 'fastapi'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_the_answer_path_never_tries_the_network(tmp_path: Path) -> None:
    script = f"""
import socket
def refuse(self, address):
    raise AssertionError(f"tried to reach {{address}}")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *args, **kwargs: refuse(None, args)
from pathlib import Path
from assistant.ask import build
from assistant.config import Config
assistant = build(Config(data_dir=Path({str(tmp_path)!r})))
print(assistant.ask("2025年嘉兴农村居民人均可支配收入是多少？").status)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stdout.strip() == "answered", done.stderr


# --- the reading of imports that all this rests on -----------------------------------------------------------------


@pytest.fixture
def toy(tmp_path: Path) -> list[Import]:
    """A package with a face, an inner import, and one for type checkers only."""
    sources = {
        "__init__": "from toy.maker import make\n",
        "maker": "def make():\n    from toy.user import used\n    return used\n",
        "user": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from toy import kind, make\n",
        "kind": "import json\n",
    }
    (tmp_path / "toy").mkdir()
    for name, source in sources.items():
        (tmp_path / "toy" / f"{name}.py").write_text(source, encoding="utf8")
    return imports(modules(tmp_path, ["toy"]))


def test_every_import_is_seen_and_faces_are_looked_through(toy: list[Import]) -> None:
    assert {(each.importer, each.module, each.through) for each in toy} == {
        ("toy", "toy.maker", "toy.maker"),
        ("toy.maker", "toy.user", "toy.user"),
        ("toy.user", "toy.maker", "toy"),
        ("toy.user", "toy.kind", "toy.kind"),
    }
    assert "toy.user:3 imports toy (toy.maker)" in map(str, toy)


def test_a_circle_is_found(toy: list[Import]) -> None:
    found = circle((each.importer, each.module) for each in toy)
    assert found[0] == found[-1]
    assert set(found) == {"toy.maker", "toy.user"}
    assert circle((each.importer, each.module) for each in toy if each.importer != "toy.maker") == []
