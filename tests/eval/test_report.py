"""What a reader of a run is shown: the report, the comparison, the gate, the judge."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from eval import gate
from eval.compare import compare, side
from eval.judging import judge, read_labels, rule_labels
from eval.reports.misses import marked, misses
from eval.reports.report import write_report
from eval.results import Results
from eval.run import run
from eval.suite import SetSpec, Suite
from eval.systems import System, SystemSpec
from tests.fakes.report_cases import CASES, DOCUMENTS, Failing, Knowing, sample_cases


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Three systems on the sample: one right throughout, one wrong twice, one that always fails."""
    out = tmp_path_factory.mktemp("results") / "out"
    one = SetSpec(name="sample", cases=CASES, documents=DOCUMENTS, search=5)
    specs = tuple(
        SystemSpec(name=name, kind="bm25", per_million_prompt=2.0, per_million_completion=8.0)
        for name in ("good", "weak", "down")
    )
    opened: dict[str, Knowing | Failing] = {
        "good": Knowing(sample_cases()),
        "weak": Knowing(sample_cases(), wrong=["jc-01", "jc-04"]),
        "down": Failing(Knowing(sample_cases())),
    }

    def opener(library: object, spec: SystemSpec) -> System:
        return opened[spec.name]

    suite = Suite(name="trial", sets=(one,), systems=specs)
    return run(suite, out, cache=out.parent / "cache", opener=opener)


class Page(HTMLParser):
    """Checks that tags close in order, and keeps every address a tag names."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(results: Results) -> None:
    page, table, scores = write_report(results)
    text = page.read_text(encoding="utf-8")
    parsed = Page()
    parsed.feed(text)
    assert parsed.open == []
    assert parsed.addresses == []
    assert not re.search(r"https?://|@import|url\(", text)
    for shown in ("可靠性曲线", "风险—覆盖", "用时分布", "拒答召回率", "is often down", "ConnectionError", "0.0014 元"):
        assert shown in text, shown
    assert "| weak | 0.667 [0.30, 0.90] |" in table.read_text(encoding="utf-8")
    with scores.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 18
    assert [row["right"] for row in rows if row["system"] == "weak"] == ["0", "1", "1", "0", "1", "1"]


def test_a_miss_is_shown_with_its_evidence_highlighted(results: Results) -> None:
    text = write_report(results)[0].read_text(encoding="utf-8")
    assert "<mark>新增公交线路28条</mark>" in text
    assert "缺数字 28条" in text
    assert "缺 住房局" in text


def test_left_out_misses_are_counted(results: Results) -> None:
    text = write_report(results, max_misses=1)[0].read_text(encoding="utf-8")
    assert "失分 2 题，另有 1 题没有列出" in text
    write_report(results)


def test_reasons_of_misses(results: Results) -> None:
    weak = {miss.case.id: miss.reasons for miss in misses(results.outcome("sample", "weak"))}
    assert weak == {"jc-01": ("缺数字 28条",), "jc-04": ("缺 住房局",)}
    down = list(misses(results.outcome("sample", "down")))
    assert len(down) == 6
    assert all(miss.reasons == ("出错：ConnectionError: endpoint is down",) for miss in down)


@pytest.mark.parametrize(
    ("text", "pieces", "quote", "expected"),
    [
        ("甲 乙\n丙丁", ["乙丙"], "", "甲 <mark>乙\n丙</mark>丁"),
        ("甲乙丙", ["乙"], "甲乙", "<u>甲</u><mark><u>乙</u></mark>丙"),
        ("<b>&", ["b"], "", "&lt;<mark>b</mark>&gt;&amp;"),
        ("甲甲", ["甲"], "", "<mark>甲甲</mark>"),
        ("甲", ["乙"], "丙", "甲"),
    ],
)
def test_highlights(text: str, pieces: list[str], quote: str, expected: str) -> None:
    assert marked(text, pieces, quote=quote) == expected


# -- compare -----------------------------------------------------------------------------------------------------------


def test_two_systems_are_compared_case_by_case(results: Results) -> None:
    (found,) = compare(side(f"{results.folder}:good"), side(f"{results.folder}:weak"), seed=1)
    assert (found.main, found.wins, found.losses) == ("right", ["jc-01", "jc-04"], [])
    right = next(line for line in found.measures if line.name == "right")
    assert (right.first, right.second, right.difference.p_value) == (1.0, pytest.approx(4 / 6), 0.5)
    assert right.adjusted_p == 1.0
    assert [line.name for line in found.types] == ["figure", "followup", "policy", "unanswerable"]


def test_wins_follow_what_is_better_not_what_is_higher(results: Results) -> None:
    (found,) = compare(side(f"{results.folder}:weak"), side(f"{results.folder}:good"), seed=1)
    assert (found.wins, found.losses) == ([], ["jc-01", "jc-04"])


def test_a_side_that_is_not_there_or_not_clear_says_so(results: Results) -> None:
    with pytest.raises(ValueError, match="里面没有 best，有的是 down、good、weak"):
        side(f"{results.folder}:best")
    with pytest.raises(ValueError, match="里面有几个系统（good、weak、down），请指定"):
        compare(side(str(results.folder)), side(f"{results.folder}:good"), seed=1)
    with pytest.raises(ValueError, match="没有 other"):
        side(f"{results.folder}:good@other")


# -- gate --------------------------------------------------------------------------------------------------------------


def pin(
    results: Results, *metrics: str, margin: float = 0.0, lower: bool = False, old: list[gate.Floor] | None = None
) -> list[gate.Floor]:
    return gate.pinned(old or [], results, metrics, margin=margin, reason="测试", lower=lower)


def test_floors_hold_on_the_run_they_were_pinned_to(results: Results, tmp_path: Path) -> None:
    floors = pin(results, "right", "false_refusal")
    (tmp_path / "floors.toml").write_text(gate.dump(floors), encoding="utf-8")
    assert gate.load(tmp_path / "floors.toml") == floors
    assert [finding.problem for finding in gate.check(floors, results)] == [""] * 6
    weak = next(f for f in floors if (f.system, f.metric) == ("weak", "right"))
    assert weak.at_least == 0.666


def test_a_fall_below_a_floor_is_found(results: Results) -> None:
    floors = [f.model_copy(update={"system": "weak"}) for f in pin(results, "right") if f.system == "good"]
    (finding,) = gate.check(floors, results)
    assert finding.problem == "应当不低于 1.0"
    assert finding.value == pytest.approx(4 / 6)


def test_other_data_does_not_meet_a_floor(results: Results) -> None:
    floors = [f.model_copy(update={"documents_digest": "0" * 16}) for f in pin(results, "right")]
    assert all(finding.problem.startswith("数据变了：documents_digest 是") for finding in gate.check(floors, results))


def test_a_floor_nobody_measures_fails(results: Results) -> None:
    floor, *_ = pin(results, "right")
    (finding,) = gate.check([floor.model_copy(update={"set": "elsewhere"})], results)
    assert finding.problem == "这次运行没有这一项结果"
    (finding,) = gate.check([floor.model_copy(update={"metric": "exact", "set": "sample", "system": "down"})], results)
    assert finding.value == 0.0


def test_lowering_a_floor_takes_a_word_and_a_reason(results: Results) -> None:
    high = [f.model_copy(update={"system": "weak"}) for f in pin(results, "right") if f.system == "good"]
    with pytest.raises(ValueError, match=r"会放宽原来的底线（不低于 1\.0）；确实要放宽，请加 --lower"):
        pin(results, "right", old=high)
    lowered = pin(results, "right", old=high, lower=True)
    assert next(f for f in lowered if f.system == "weak").at_least == 0.666
    with pytest.raises(ValueError, match="--reason"):
        gate.pinned([], results, ["right"], margin=0, reason=" ", lower=False)


def test_the_shipped_floors_are_read() -> None:
    floors = gate.load(Path(__file__).parents[2] / "eval" / "floors.toml")
    assert floors
    assert all(floor.reason for floor in floors)


# -- judge -------------------------------------------------------------------------------------------------------------


def test_unparseable_verdicts_are_counted_never_scored(results: Results) -> None:
    outcome = results.outcome("sample", "weak")
    replies = {
        "jc-01": '{"verdict": "wrong"}',
        "jc-02": '好的。{"verdict": "right", "reason": "一致"}',
        "jc-03": "大概是对的吧",
    }
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        case = next(c for c in sample_cases() if c.question in prompt)
        return replies.get(case.id, '{"verdict": "right"}')

    said = judge(outcome, ask)
    assert said.unparseable == ("jc-03",)
    assert len(asked) == 5  # the refusal isn't judged
    assert said.right == 3 / 4
    assert "标准答案：28条。" in asked[0]
    agreed, count = said.agreement(rule_labels(outcome))
    assert count == 4
    assert agreed == 0.5
    judge(outcome, ask)
    assert len(asked) == 5  # what was judged is kept
    page = write_report(results)[0].read_text(encoding="utf-8")
    assert "<th>weak</th><td>0.750</td><td>4</td><td>1</td><td>0.500</td>" in page


def test_a_persons_labels(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("case,verdict\njc-01,right\njc-02,\n", encoding="utf-8")
    assert read_labels(tmp_path / "l.csv") == {"jc-01": "right"}
    (tmp_path / "l.csv").write_text("题号,判定\n", encoding="utf-8")
    with pytest.raises(ValueError, match="要有 case 和 verdict 两栏，只有 题号、判定"):
        read_labels(tmp_path / "l.csv")
