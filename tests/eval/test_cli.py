"""The command line, run as a person runs it."""

from __future__ import annotations

import csv
import json
import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.ask import SAMPLE_LIBRARY, open_index
from assistant.config import load
from eval.adapters import ADAPTERS, load_cases
from eval.adapters.table import COLUMNS
from eval.cases import read
from eval.cli import app
from eval.libraries import default
from eval.reports.scores import METRICS
from eval.robustness import PERTURBATIONS
from eval.scripted import OpenAIServer, Reply
from eval.systems import SYSTEMS
from tests.fakes.report_cases import CASES, DOCUMENTS, SAMPLES

pytestmark = pytest.mark.skipif(find_spec("bm25s") is None, reason="bm25s not installed (extra eval)")


def youju_eval(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result folder of the sample cases, with ours and a baseline."""
    home = tmp_path_factory.mktemp("cli")
    out = home / "out"
    done = youju_eval(
        "run",
        CASES,
        "--documents",
        DOCUMENTS,
        "--system",
        "bm25",
        "--system",
        "youju",
        "--out",
        out,
        "--cache",
        home / "cache",
    )
    assert done.exit_code == 0, done.output
    assert f"报告：{out / 'report.html'}" in done.stdout
    return out


def test_run_writes_the_report(folder: Path) -> None:
    assert (folder / "report.html").stat().st_size > 5000
    assert {p.name for p in folder.iterdir()} == {"run.json", "cases", "report.html", "report.md", "scores.csv"}
    again = youju_eval("report", folder, "--misses", 1)
    assert again.exit_code == 0
    assert again.stdout.splitlines() == [str(folder / n) for n in ("report.html", "report.md", "scores.csv")]


def test_run_with_a_perturbation_and_a_sample(tmp_path: Path) -> None:
    done = youju_eval(
        "run",
        CASES,
        "--documents",
        DOCUMENTS,
        "--system",
        "bm25",
        "--sample",
        2,
        "--robustness",
        "typos",
        "--search",
        0,
        "--out",
        tmp_path / "o",
        "--cache",
        tmp_path / "c",
    )
    assert done.exit_code == 0, done.output
    manifest = json.loads((tmp_path / "o" / "run.json").read_text(encoding="utf-8"))
    assert {name: s["cases"] for name, s in manifest["sets"].items()} == {"cases": 2, "cases+typos": 2}


def test_calibration_tells_how_far_confidence_is_off(folder: Path) -> None:
    done = youju_eval("calibration", folder)
    assert done.exit_code == 0
    (line,) = [line for line in done.stdout.splitlines() if "youju" in line]
    assert re.search(r"0\.\d{3}", line), line
    assert "bm25" not in done.stdout  # which claims no confidence


def test_compare_shows_both_sides(folder: Path) -> None:
    done = youju_eval("compare", f"{folder}:youju", f"{folder}:bm25")
    assert done.exit_code == 0, done.output
    assert "cases：youju 对 bm25" in done.stdout
    for shown in ("p（Holm）", "right，按类型", "unanswerable", "赢 ", "输 "):
        assert shown in done.stdout


def test_pin_then_gate_then_fall(folder: Path, tmp_path: Path) -> None:
    floors = tmp_path / "floors.toml"
    pinned = youju_eval("gate", folder, "--floors", floors, "--pin", "right", "--reason", "首次测量")
    assert pinned.exit_code == 0, pinned.output
    assert pinned.stdout == f"{floors}：2 条底线\n"
    passed = youju_eval("gate", folder, "--floors", floors)
    assert passed.exit_code == 0
    assert passed.stdout.count("合格  cases / ") == 2
    text = floors.read_text(encoding="utf-8")
    start = text.index("at_least = ")
    floors.write_text(text[:start] + "at_least = 1.01" + text[text.index("\n", start) :], encoding="utf-8")
    failed = youju_eval("gate", folder, "--floors", floors)
    assert failed.exit_code == 1
    assert "不合格  cases / bm25 / right" in failed.stdout
    assert "应当不低于 1.01" in failed.stdout


def test_a_gate_without_floors_does_not_pass(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    assert youju_eval("gate", folder, "--floors", tmp_path / "empty.toml").exit_code == 1
    assert youju_eval("gate", folder, "--floors", tmp_path / "absent.toml").exit_code == 2


def test_the_pinned_floors_hold(tmp_path: Path) -> None:
    """What CI enforces; a floor that has to go down is lowered with `youju-eval gate --pin … --lower --reason …`."""
    suite = Path(__file__).parents[2] / "eval" / "suites" / "library.toml"
    done = youju_eval("run", suite, "--out", tmp_path / "out", "--cache", tmp_path / "cache")
    assert done.exit_code == 0, done.output
    held = youju_eval("gate", tmp_path / "out")
    assert held.exit_code == 0, held.stdout


def test_check_names_each_line(tmp_path: Path) -> None:
    bus = {"question": "新增多少条？", "docs": ["transport-2024"]}
    goal = {"question": "目标？", "answer": "31条。", "figures": ["31条"], "docs": ["transport-2024"]}
    bad = [
        {**bus, "id": "a", "answer": "28条。", "figures": ["31条"], "evidence": ["没有这句话"]},
        {**bus, "id": "a", "answer": "28条。", "figures": ["28条"], "docs": ["nowhere"]},
        {"id": "c"},
        {"id": "d", "question": "好吗？", "anwser": "好"},
        {"id": "e", "question": "好吗？"},
        {"id": "f", "question": "谁？", "answerable": False, "figures": ["1条"]},
        {**goal, "id": "g", "must_not": ["28条", "31条"], "evidence": ["新增公交线路28条"], "approved": False},
    ]
    path = tmp_path / "bad.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in bad) + "{oops\n", encoding="utf-8")
    done = youju_eval("check", path, "--documents", DOCUMENTS)
    assert done.exit_code == 1
    assert done.stdout.replace(str(path), "") == (
        ":1: 错误：a 答案“28条。”里没有数字 31条\n"
        ":1: 错误：a transport-2024 里没有这句依据：没有这句话\n"
        ":2: 错误：a 编号在第 1 行已经用过\n"
        ":2: 提醒：a 与 a 问的一样\n"
        ":2: 错误：a 文档 nowhere：没有这个文件\n"
        ":3: 错误： question：缺这一项\n"
        ":4: 错误： anwser：没有这个字段，是不是写错了？\n"
        ":5: 错误：e 没有写怎样算答对：请给出答案、数字、必含、文档或依据\n"
        ":6: 错误：f 标为不可答，却有数字、必含或依据\n"
        ":7: 提醒：g 还没有批准，运行时会略过\n"
        ":7: 错误：g 答案里有不得含的 31条\n"
        ":7: 错误：g 不得含的 28条 就在依据里，照实引用也会判错\n"
        ":7: 提醒：g 不得含的 28条 与依据在同一句，照实引用也会判错\n"
        ":8: 错误： 不是 JSON：第 2 个字符处 Expecting property name enclosed in double quotes\n"
        "11 个错误\n"
    )


def test_check_passes_good_files() -> None:
    for name in ("cases.jsonl", "cases.csv"):
        done = youju_eval("check", SAMPLES / name, "--documents", DOCUMENTS)
        assert (done.exit_code, done.stdout) == (0, "0 个错误\n"), done.stdout


def test_check_of_a_table_counts_its_rows(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("问题,答案,数字\n多少？,28条,28条\n,31条,\n", encoding="utf-8")
    done = youju_eval("check", tmp_path / "t.csv")
    assert f"{tmp_path / 't.csv'}:3: 错误： 问题：这一格是空的，每一行都要有问题" in done.stdout


def test_the_shipped_cases_are_sound() -> None:
    root = Path(__file__).parents[2]
    done = youju_eval("check", root / "eval" / "data" / "library.jsonl", "--documents", root / "sources" / "library")
    assert done.exit_code == 0, done.stdout


def test_convert_then_fill_in(tmp_path: Path) -> None:
    done = youju_eval("convert", SAMPLES / "squad.json", "--format", "squad", "--out", tmp_path / "c.jsonl")
    assert done.exit_code == 0
    cases, documents = done.stdout.splitlines()
    assert cases == f"{tmp_path / 'c.jsonl'}：3 题"
    folder = documents.removesuffix("：它们的文档")
    assert {path.name for path in Path(folder).iterdir()} == {"P0.txt", "P1.txt"}
    assert youju_eval("check", tmp_path / "c.jsonl", "--documents", folder).exit_code == 0
    done = youju_eval("convert", SAMPLES / "feedback.jsonl", "--format", "feedback", "--out", tmp_path / "f.csv")
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path / 'f.csv'}：3 题\n")
    done = youju_eval("convert", SAMPLES / "feedback.jsonl", "--format", "feedback", "--out", tmp_path / "f.pdf")
    assert (done.exit_code, done.stderr) == (2, f"{tmp_path / 'f.pdf'}：只能写成 .xlsx、.csv 或 .jsonl\n")


def test_draft_proposes_cases_that_check_passes(tmp_path: Path) -> None:
    library = Path(__file__).parents[2] / "sources" / "library"
    out = tmp_path / "drafts.jsonl"
    done = youju_eval("draft", library, "--out", out, "--count", 12)
    assert done.exit_code == 0, done.output
    drafts = list(read(out))
    assert 4 <= len(drafts) <= 12
    assert not any(case.approved for case in drafts)
    assert {case.type for case in drafts} == {"figure", "policy"}
    checked = youju_eval("check", out, "--documents", library)
    assert checked.exit_code == 0, checked.stdout


def test_judge_counts_what_it_cannot_read(folder: Path) -> None:
    with OpenAIServer([Reply('{"verdict": "right"}'), Reply("看起来不错")]) as server:
        done = youju_eval("judge", folder, "--model", "m", "--base-url", server.base_url)
    assert done.exit_code == 0, done.output
    assert "读不懂" in done.stdout
    for name in ("bm25", "youju"):
        (folder / "cases" / name / "judged.jsonl").unlink()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "absent.jsonl"], "absent.jsonl：没有这个文件"),
        (["run", "absent.toml"], "No such file"),
        (["run", CASES, "--documents", DOCUMENTS, "--system", "chatgpt"], "系统 chatgpt：没有 'chatgpt' 这一种"),
        (["run", CASES, "--documents", DOCUMENTS, "--system", "bm25", "--system", "bm25"], "名称 'bm25' 用了两次"),
        (["report", "nowhere"], "nowhere：里面没有 run.json"),
        (["compare", "nowhere:a", "nowhere:b"], "里面没有 run.json"),
    ],
)
def test_mistakes_are_told_in_a_line(
    arguments: list[object], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    extra = ["--cache", tmp_path / "cache"] if arguments[0] == "run" else []
    done = youju_eval(*arguments, *extra)
    assert done.exit_code == 2, done.output
    assert told in done.stderr.replace("\n", "")
    assert "Traceback" not in done.output


def test_a_plain_excel_on_the_default_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("YOUJU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("YOUJU_EMBEDDER", "static:")
    for folder in ("甲", "乙"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "办法.txt").write_text(
            f"{folder}市租房补贴办法\n第一条 {folder}市租房补贴每月500元。", "utf8"
        )
    config = load()
    with open_index(config, config.data_dir) as index:
        index.update([tmp_path / "甲", tmp_path / "乙"])
    book = pytest.importorskip("openpyxl").Workbook()
    for row in (
        ("甲市租房补贴每月多少元？", "500元"),
        ("乙市由谁来管理这件事情呢？", "这要看具体情况再作决定，一般说来各地做法并不相同而且常常变"),
    ):
        book.active.append(row)
    book.save("题目.xlsx")
    done = youju_eval("run", "题目.xlsx", "--cache", "cache", "--out", "out")
    assert done.exit_code == 0, done.output
    assert f"没有写 --documents：用默认文库（{tmp_path / 'data'}），2 个文件" in done.stderr
    assert "写在 out/题目-rules.xlsx：改好后用它再运行一次" in done.stdout
    assert "取不出数字和短语，只算字面重合，不判对错：题目-0002" in done.stdout
    first, _ = load_cases(tmp_path / "out" / "题目-rules.xlsx").cases()
    assert first.figures == ("500元",)
    assert read_scores(tmp_path / "out")["题目-0001"]["right"] == "1"
    again = youju_eval("run", "out/题目-rules.xlsx", "--cache", "cache")
    assert again.exit_code == 0, again.output
    assert "改好后" not in again.stdout


def read_scores(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "scores.csv").open(encoding="utf-8-sig") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def test_the_sample_library_where_nothing_is_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOUJU_DATA_DIR", str(tmp_path / "data"))
    library, name = default(tmp_path / "cache")
    assert (library.folder, name) == (SAMPLE_LIBRARY, "示例文库")


def test_cases_that_nobody_approved_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"id": "1", "question": "多少条？", "approved": false}', encoding="utf8")
    done = youju_eval("run", tmp_path / "t.jsonl", "--documents", DOCUMENTS, "--out", tmp_path / "out")
    assert done.exit_code == 2
    assert "没有一道可用的题。没有核准的（“通过”是“否”，或 approved: false）不问" in done.stderr.replace("\n", "")


# -- eval/README.md ----------------------------------------------------------------------------------------------------

README = Path(__file__).parents[2] / "eval" / "README.md"


def readme_commands() -> list[list[str]]:
    """Every `youju-eval` command that README shows, as arguments."""
    text = README.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("$ youju-eval")]
    found = [shlex.split(part, comments=True)[1:] for line in lines for part in line.removeprefix("$ ").split(" && ")]
    assert len(found) > 10
    return found


def questions_of_readme(path: Path) -> None:
    """The Excel file that README shows."""
    rows = [line for line in README.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    start = next(i for i, row in enumerate(rows) if row.startswith("| 问题 |"))
    book = pytest.importorskip("openpyxl").Workbook()
    for row in rows[start : start + 4]:
        cells = re.split(r"(?<!\\)\|", row)[1:-1]
        book.active.append([cell.replace("\\|", "|").strip() or None for cell in cells])
    book.save(path)


def test_readme_from_excel_to_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    questions_of_readme(tmp_path / "questions.xlsx")
    (tmp_path / "documents").symlink_to(DOCUMENTS)
    steps = [c for c in readme_commands() if c[0] in ("check", "run", "compare") and not c[1].startswith("eval/")]
    assert [c[0] for c in steps] == ["check", "run", "compare", "run", "compare"]
    for step in steps:
        done = youju_eval(*step, *(["--cache", tmp_path / "cache"] if step[0] == "run" else []))
        assert done.exit_code == 0, done.output
    assert (tmp_path / "results" / "questions" / "report.html").exists()


@pytest.mark.parametrize("command", readme_commands(), ids=" ".join)
def test_readme_names_real_commands_options_and_files(command: list[str]) -> None:
    shown = youju_eval(command[0], "--help")
    assert shown.exit_code == 0
    for word in command[1:]:
        if word.startswith("--"):
            assert f" {word} " in shown.stdout, word
        elif word.startswith("eval/"):
            assert (README.parents[1] / word).is_file()


def test_readme_lists_every_system_format_metric_and_perturbation() -> None:
    text = README.read_text(encoding="utf-8")
    for name in (*SYSTEMS, *ADAPTERS, *PERTURBATIONS):
        assert f"`{name}`" in text, name
    for heading in COLUMNS:
        if not heading.isascii() and COLUMNS[heading] not in ("id", "lang"):
            assert heading in text, heading
    for name in METRICS:
        stem = name.partition(".")[0]
        if stem == name:
            assert f"`{name}`" in text or name.rpartition("_")[0] + "_" in text or name == "error", name
