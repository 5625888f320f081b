"""Running cases: what is kept, what is asked again, and how much memory that takes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.cases import Case, Text, read, write
from eval.provenance import code_digest
from eval.reply import Reply, Retrieved
from eval.reports.summary import summarise
from eval.results import Results
from eval.run import GIVE_UP_AFTER, RunStoppedError, asked, run
from eval.suite import SetSpec, Suite, load
from eval.systems import MissingExtraError, SystemSpec
from tests.fakes.report_cases import CASES, DOCUMENTS, Failing, Knowing, sample_cases


def suite(cases: Path = CASES, documents: Path | None = DOCUMENTS, **settings: object) -> Suite:
    one = SetSpec.model_validate({"name": "sample", "cases": cases, "documents": documents, "search": 5, **settings})
    return Suite(name="test", sets=(one,), systems=(SystemSpec(name="fake", kind="bm25"),))


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_run_keeps_every_answer_and_score(tmp_path: Path) -> None:
    fake = Knowing(sample_cases(), wrong=["jc-02"])
    results = run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    outcome = results.outcome("sample", "fake")
    assert sorted(fake.asked) == [f"jc-0{n}" for n in range(1, 7)]
    assert [row.case_id for row in outcome.rows()] == [case.id for case in sample_cases()]
    summary = summarise(outcome)
    assert summary.neutral() == {
        "answerable": 5,
        "right": 0.8,
        "focused": 0.8,
        "cited": 0.8,
        "refused": "1/1",
        "unsupported": 0,
        "by_type": {"figure": "2/3", "followup": "1/1", "policy": "1/1", "unanswerable": "1/1"},
    }
    assert (summary.refused.precision, summary.refused.recall) == (1.0, 1.0)
    assert summary.total("tokens") == 550
    manifest = results.manifest
    assert manifest["finished"]
    assert manifest["sets"]["sample"]["cases"] == 6
    assert {"code", "commit", "packages", "machine", "seed", "timings"} <= set(manifest)
    assert fake.closed == 1


def test_a_second_run_asks_nothing_again(tmp_path: Path) -> None:
    run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing(sample_cases()))
    again = Knowing(sample_cases())
    run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=again)
    assert again.asked == []


def test_half_a_line_at_the_end_is_dropped_and_its_case_asked_again(tmp_path: Path) -> None:
    run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing(sample_cases()))
    answers = tmp_path / "out" / "sample" / "fake" / "answers.jsonl"
    whole = answers.read_bytes()
    answers.write_bytes(whole[:-20])
    again = Knowing(sample_cases())
    results = run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=again)
    assert again.asked == ["jc-06"]
    assert [line["case"] for line in lines(answers)] == [f"jc-0{n}" for n in range(1, 7)]
    assert summarise(results.outcome("sample", "fake")).neutral()["right"] == 1.0


KILLED = """
import sys
from pathlib import Path
from eval.run import run
from tests.fakes.report_cases import Knowing, sample_cases
from tests.eval.test_run import suite
run(suite(), Path(sys.argv[1]), cache=Path(sys.argv[2]), opener=Knowing(sample_cases(), pause_s=0.3))
"""


def test_a_run_killed_in_the_middle_goes_on(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "out"), str(tmp_path / "cache")]
    answers = tmp_path / "out" / "sample" / "fake" / "answers.jsonl"
    root = Path(__file__).parents[2]
    child = subprocess.Popen(command, cwd=root, env={**os.environ, "PYTHONPATH": str(root)})
    try:
        deadline = time.monotonic() + 60
        while not (answers.is_file() and len(answers.read_bytes().splitlines()) >= 2):
            assert child.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    kept = {str(line["case"]) for line in lines(answers)}
    assert 2 <= len(kept) < 6
    again = Knowing(sample_cases())
    results = run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=again)
    assert set(again.asked) == {f"jc-0{n}" for n in range(1, 7)} - kept
    assert summarise(results.outcome("sample", "fake")).neutral()["right"] == 1.0


def test_an_error_is_a_result_and_is_tried_again_by_the_next_run(tmp_path: Path) -> None:
    fake = Failing(Knowing(sample_cases()))
    results = run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    summary = summarise(results.outcome("sample", "fake"))
    assert summary.total("error") == 6
    assert summary.neutral()["right"] == 0.0
    assert results.outcome("sample", "fake").replies().get("jc-01").error == "ConnectionError: endpoint is down"
    fake.healed = True
    results = run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert summarise(results.outcome("sample", "fake")).neutral()["right"] == 1.0


def test_an_endpoint_that_is_down_stops_the_run_and_the_run_can_go_on(tmp_path: Path) -> None:
    many = [
        case.model_copy(update={"id": f"{case.id}-{n}", "question": f"{case.question}{n}"})
        for n in range(10)
        for case in sample_cases()
    ]
    write(tmp_path / "many.jsonl", many)
    fake = Failing(Knowing(many))
    with pytest.raises(RunStoppedError, match="连续出错 20 次，最后一次：ConnectionError: endpoint is down"):
        run(suite(tmp_path / "many.jsonl"), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert len(lines(tmp_path / "out" / "sample" / "fake" / "answers.jsonl")) == GIVE_UP_AFTER
    fake.healed = True
    results = run(suite(tmp_path / "many.jsonl"), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert summarise(results.outcome("sample", "fake")).neutral()["right"] == 1.0


@pytest.mark.parametrize("workers", [1, 4])
def test_workers_change_nothing_but_the_time(tmp_path: Path, workers: int) -> None:
    out = tmp_path / "out"
    results = run(suite(), out, cache=tmp_path / "cache", opener=Knowing(sample_cases()), workers=workers)
    rows = list(results.outcome("sample", "fake").rows())
    assert [row.case_id for row in rows] == [case.id for case in sample_cases()]
    assert all(row.scores["right"] == 1 for row in rows)


def test_what_other_cases_or_settings_gave_is_not_mixed_in(tmp_path: Path) -> None:
    cases, out, cache = tmp_path / "cases.jsonl", tmp_path / "out", tmp_path / "cache"
    write(cases, sample_cases())
    run(suite(cases), out, cache=cache, opener=Knowing(sample_cases()))
    with pytest.raises(ValueError, match="里面的答案出自另外的题集设置；"):
        run(suite(cases, search=2), out, cache=cache, opener=Knowing(sample_cases()))
    write(cases, sample_cases()[:-1])
    with pytest.raises(ValueError, match="题目在此之后改过"):
        run(suite(cases), out, cache=cache, opener=Knowing(sample_cases()))
    again = Knowing(sample_cases())
    results = run(suite(cases), out, cache=cache, opener=again, renew=True)
    assert results.manifest["sets"]["sample"]["cases"] == len(again.asked) == 5


def test_a_system_added_later_is_the_only_one_asked(tmp_path: Path) -> None:
    run(suite(), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing(sample_cases()))
    before = suite()
    other = before.systems[0].model_copy(update={"name": "other", "k": 9})
    both = before.model_copy(update={"systems": (*before.systems, other)})
    again = Knowing(sample_cases())
    results = run(both, tmp_path / "out", cache=tmp_path / "cache", opener=again)
    assert len(again.asked) == 6
    assert [outcome.system for outcome in results.outcomes()] == ["fake", "other"]


def test_nothing_but_old_answers_is_ever_removed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("precious", encoding="utf-8")
    for renew in (True, False):
        with pytest.raises(ValueError, match="不是空文件夹，也不是结果文件夹"):
            run(suite(), tmp_path / "out", cache=tmp_path / "c", opener=Knowing([]), renew=renew)
    assert (tmp_path / "out" / "thesis.txt").read_text(encoding="utf-8") == "precious"


def test_changed_documents_are_noticed(tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    for path in DOCUMENTS.iterdir():
        (documents / path.name).write_bytes(path.read_bytes())
    run(suite(documents=documents), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing(sample_cases()))
    (documents / "housing-2024.txt").write_text("换了内容。", encoding="utf-8")
    with pytest.raises(ValueError, match="出自另外的文档"):
        run(suite(documents=documents), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing(sample_cases()))
    again = Knowing(sample_cases())
    run(suite(documents=documents), tmp_path / "out", cache=tmp_path / "cache", opener=again, renew=True)
    assert len(again.asked) == 6


def test_only_our_own_answers_depend_on_our_own_code() -> None:
    assert code_digest("bm25") == code_digest("openai") != code_digest("youju")


def test_what_is_not_there_is_skipped_and_said(tmp_path: Path) -> None:
    results = run(suite(tmp_path / "absent.jsonl"), tmp_path / "out", cache=tmp_path / "cache", opener=Knowing([]))
    assert results.manifest["skipped"] == {"sample": "没有 absent.jsonl"}

    def missing(*_: object) -> Knowing:
        raise MissingExtraError("bm25s", "eval")

    results = run(suite(), tmp_path / "out2", cache=tmp_path / "cache", opener=missing)
    assert results.manifest["skipped"] == {"sample/fake": '没有安装 bm25s。请运行：pip install "youju[eval]"'}
    assert results.outcomes() == []


def test_unapproved_cases_are_left_out(tmp_path: Path) -> None:
    first, *rest = sample_cases()
    write(tmp_path / "c.jsonl", [first.model_copy(update={"approved": False}), *rest])
    fake = Knowing(sample_cases())
    run(suite(tmp_path / "c.jsonl"), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert first.id not in fake.asked


def test_a_sample_is_the_same_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    cases = sample_cases()
    chosen = []
    for name, order in (("a", cases), ("b", cases[::-1])):
        write(tmp_path / f"{name}.jsonl", order)
        fake = Knowing(cases)
        run(suite(tmp_path / f"{name}.jsonl", sample=3), tmp_path / name, cache=tmp_path / "cache", opener=fake)
        chosen.append(sorted(fake.asked))
    assert chosen[0] == chosen[1]
    assert len(chosen[0]) == 3


def test_each_case_is_asked_on_its_own_documents(tmp_path: Path) -> None:
    cases = [
        Case(id=f"c{n}", question=f"{n}？", answer="1。", docs=("00",), contexts=(Text(id="00", text=f"文{n}"),))
        for n in range(6)
    ]
    write(tmp_path / "c.jsonl", cases)
    fake = Knowing(cases)
    run(suite(tmp_path / "c.jsonl", None), tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert sorted(library.flat_text("00") for library in fake.opened) == [f"文{n}" for n in range(6)]
    assert fake.closed == 6


def test_a_search_without_an_answer(tmp_path: Path) -> None:
    fake = Knowing(sample_cases())
    reply = asked(fake, sample_cases()[0], ask=False, search=3)
    assert reply.answer is None
    assert reply.error is None
    assert reply.found == (Retrieved("transport-2024", "新增公交线路28条", 1.0),)
    assert fake.asked == []
    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))).found == reply.found


def stream(path: Path, count: int) -> Path:
    """A case file whose texts together are far larger than what may lie in memory."""
    filler = "共同富裕" * 400
    write(path, (Case(id=f"c{n}", question=f"{filler}{n}？", docs=("housing-2024",)) for n in range(count)))
    return path


class Echo(Knowing):
    """Long answers to anything."""

    def __init__(self) -> None:
        super().__init__([])

    def ask(self, question: str, *, history: object = ()) -> object:  # type: ignore[override]
        from eval.systems import Response
        from eval.systems.reading import answer_of

        return Response(answer_of(question, question, engine="fake"))


def peak_mb(tmp_path: Path, count: int) -> float:
    cases = stream(tmp_path / f"{count}.jsonl", count)
    tracemalloc.start()
    try:
        run(suite(cases, search=0), tmp_path / f"out{count}", cache=tmp_path / "cache", opener=Echo())
        return tracemalloc.get_traced_memory()[1] / 1e6
    finally:
        tracemalloc.stop()


def test_memory_stays_flat_however_many_cases_there_are(tmp_path: Path) -> None:
    peak_mb(tmp_path, 20)  # imports and caches
    few, many = peak_mb(tmp_path, 100), peak_mb(tmp_path, 1100)
    # The texts of a thousand cases and answers are some 15 MB; their ids and offsets a fraction of one.
    assert many - few < 1.0


def test_a_suite_file(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(
        'seed = 3\n[[sets]]\nname = "a"\ncases = "../cases.jsonl"\n[[systems]]\nname = "x"\nkind = "bm25"\n',
        encoding="utf-8",
    )
    read_suite = load(tmp_path / "s.toml")
    assert (read_suite.name, read_suite.seed) == ("s", 3)
    assert read_suite.sets[0].cases == tmp_path.parent / "cases.jsonl"


SYSTEM = '[[systems]]\nname = "x"\nkind = "y"'
SET = '[[sets]]\nname = "a"\ncases = "c"\n'


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[sets]", "不是 TOML"),
        (f'[[sets]]\nname = "a"\n{SYSTEM}', "sets.0.cases：缺这一项"),
        (f"{SET}sampel = 3\n{SYSTEM}", "sets.0.sampel：没有这个字段"),
        (f"{SET}{SET}{SYSTEM}", "用了两次"),
        (f'[[sets]]\nname = "../a"\ncases = "c"\n{SYSTEM}', "sets.0.name"),
    ],
)
def test_a_bad_suite_names_its_file_and_field(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "s.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"s\.toml") as caught:
        load(tmp_path / "s.toml")
    assert told in str(caught.value)


def test_every_shipped_suite_is_read() -> None:
    folder = Path(__file__).parents[2] / "eval" / "suites"
    names = [load(path).name for path in sorted(folder.glob("*.toml"))]
    assert "table" in names


def test_results_are_read_in_the_order_of_the_suite(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"run\.json"):
        Results(tmp_path).outcomes()


@pytest.fixture(autouse=True)
def _leave_no_thread() -> Iterator[None]:
    import threading

    before = threading.active_count()
    yield
    assert threading.active_count() <= before + 1


def test_cases_written_are_read_back(tmp_path: Path) -> None:
    write(tmp_path / "c.jsonl", sample_cases())
    assert list(read(tmp_path / "c.jsonl")) == sample_cases()
