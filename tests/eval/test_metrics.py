"""Every metric's worked example, and fast or borrowed code against slow and obvious versions."""

from __future__ import annotations

import doctest
import importlib
import math
import pkgutil
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eval as package
from assistant.answers import Answer
from eval.cases import Case, Text
from eval.libraries import opened, written
from eval.metrics.calibration import area_under_risk_coverage, expected_calibration_error, reliability, risk_coverage
from eval.metrics.citations import Quote, Rate, by_span, made_up
from eval.metrics.overlap import exact, f1, f1_run
from eval.metrics.refusal import declines
from eval.metrics.retrieval import evidence_order, ranked
from eval.metrics.rouge import common_subsequence
from eval.reply import Reply, Retrieved, Usage
from eval.reports.scores import METRICS, scores
from eval.reports.summary import Summary

MODULES = sorted(m.name for m in pkgutil.walk_packages(package.__path__, "eval.") if m.name != "eval.__main__")


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", [m for m in MODULES if m.startswith("eval.metrics.")])
def test_every_metric_has_a_worked_example(name: str) -> None:
    assert ">>>" in (importlib.import_module(name).__doc__ or "")


# -- retrieval ---------------------------------------------------------------------------------------------------------


def obvious(order: list[str], gold: dict[str, int]) -> dict[str, float]:
    """The formulas as the textbooks print them."""

    def recall(k: int) -> float:
        return len(set(order[:k]) & set(gold)) / len(gold)

    gains = [gold.get(name, 0) / math.log2(place + 2) for place, name in enumerate(order[:10])]
    ideal = [grade / math.log2(place + 2) for place, grade in enumerate(sorted(gold.values(), reverse=True)[:10])]
    first = next((place for place, name in enumerate(order[:10], 1) if name in gold), None)
    return {
        **{f"recall@{k}": recall(k) for k in (1, 5, 10, 100)},
        "mrr@10": 1 / first if first else 0.0,
        "ndcg@10": sum(gains) / sum(ideal),
    }


RUNS = st.tuples(
    st.permutations([f"d{i}" for i in range(25)]).flatmap(
        lambda names: st.integers(0, 25).map(lambda count: list(names)[:count])
    ),
    st.dictionaries(st.sampled_from([f"d{i}" for i in range(30)]), st.integers(1, 3), min_size=1, max_size=6),
)


@settings(max_examples=100, deadline=None)
@given(RUNS)
def test_retrieval_equals_the_formulas_and_pytrec_eval(run: tuple[list[str], dict[str, int]]) -> None:
    pytest.importorskip("ir_measures")
    import pytrec_eval

    order, gold = run
    mine = ranked(order, gold)
    assert mine == pytest.approx(obvious(order, gold))
    if order:
        evaluator = pytrec_eval.RelevanceEvaluator({"q": gold}, {"recall.1,5,10,100", "ndcg_cut.10", "recip_rank"})
        theirs = evaluator.evaluate({"q": {name: float(-place) for place, name in enumerate(order)}})["q"]
        for k in (1, 5, 10, 100):
            assert mine[f"recall@{k}"] == pytest.approx(theirs[f"recall_{k}"])
        assert mine["ndcg@10"] == pytest.approx(theirs["ndcg_cut_10"])
        assert mine["mrr@10"] == pytest.approx(theirs["recip_rank"] if theirs["recip_rank"] >= 0.1 else 0.0)


@pytest.mark.filterwarnings("ignore")
def test_retrieval_equals_ranx() -> None:
    ranx = pytest.importorskip("ranx", reason="ranx is large and compiles for minutes; install it to compare")
    rng = random.Random(3)
    for _ in range(50):
        order = rng.sample([f"d{i}" for i in range(25)], rng.randint(1, 25))
        gold = {f"d{i}": rng.randint(1, 3) for i in rng.sample(range(30), rng.randint(1, 6))}
        run = ranx.Run({"q": {name: float(len(order) - place) for place, name in enumerate(order)}})
        measures = ["recall@1", "recall@5", "recall@10", "mrr@10", "ndcg@10"]
        theirs = ranx.evaluate(ranx.Qrels({"q": gold}), run, measures)
        mine = ranked(order, gold)
        assert {name: mine[name] for name in measures} == pytest.approx({k: float(v) for k, v in theirs.items()})


def test_documents_count_where_their_first_passage_stands() -> None:
    found = [Retrieved(name, "…", 1.0) for name in ("housing-2024", "housing-2024", "transport-2024")]
    ranks = scores(CASE, Reply("jc-01", None, tuple(found)), DOCUMENTS, asked=False)
    assert (ranks["docs.mrr@10"], ranks["docs.recall@1"], ranks["docs.recall@5"]) == (0.5, 0.0, 1.0)


def test_names_that_only_begin_alike_are_other_documents(tmp_path: Path) -> None:
    library = written(tmp_path, [Text(id=name, text=name) for name in ("d1", "d1_2", "001_ab", "002_x", "002_y")])
    assert [library.name_of(n) for n in ("d1", "d1_2", "001", "002", "none")] == ["d1", "d1_2", "001_ab", "002", "none"]


def test_a_passage_that_holds_nothing_new_takes_a_place() -> None:
    passages = ["甲乙 丙", "丁", "甲乙丙与戊己"]
    assert evidence_order(passages, ["甲乙丙", "戊己", "庚辛"]) == ["evidence 0", "passage 1", "evidence 1"]


def test_long_evidence_may_be_cut_by_a_passage_but_not_short_evidence() -> None:
    text = "".join(chr(0x4E00 + i) for i in range(200))
    assert evidence_order([text[50:150]], [text]) == ["evidence 0"]
    assert evidence_order([text[:39]], [text[:40]]) == ["passage 0"]


# -- answers -----------------------------------------------------------------------------------------------------------


def table_lcs(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        previous = 0
        for place, y in enumerate(b, 1):
            previous, row[place] = row[place], previous + 1 if x == y else max(row[place], row[place - 1])
    return row[-1]


@given(st.lists(st.sampled_from("甲乙丙丁")), st.lists(st.sampled_from("甲乙丙丁")))
def test_the_fast_common_subsequence_equals_the_table(a: list[str], b: list[str]) -> None:
    assert common_subsequence(a, b) == table_lcs(a, b)


@given(st.text(alphabet="甲乙丙12% ，", max_size=12), st.text(alphabet="甲乙丙12% ，", max_size=12))
def test_overlap_is_between_nothing_and_all(text: str, gold: str) -> None:
    assert 0.0 <= f1_run(text, [gold]) <= f1(text, [gold]) <= 1.0
    assert exact(text, [gold]) in (0.0, 1.0)
    if exact(text, [gold]) and any(c.isalnum() for c in gold):
        assert f1(text, [gold]) == f1_run(text, [gold]) == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("文档中没有提到这一数据。", True),
        ("The documents do not mention it.", True),
        ("I don't know.", True),
        ("资料里查不到2023年的数字。最近的是2024年。", True),
        ("2024年为28条。", False),
        ("没有一家企业退出，共28家。", False),
    ],
)
def test_refusals_in_plain_words(text: str, expected: bool) -> None:
    assert declines(text) is expected


# -- citations ---------------------------------------------------------------------------------------------------------

TEXTS = {"a": "甲乙丙丁戊己庚辛甲乙丙", "b": "子丑寅卯"}


@pytest.mark.parametrize(
    ("quotes", "evidence", "expected"),
    [
        ([("a", "乙丙丁")], ["丙丁戊"], Rate(2 / 3, 2 / 3)),
        ([("a", "甲乙丙")], ["甲乙丙"], Rate(1.0, 1.0)),
        ([("a", "丙丁"), ("a", "丙丁戊")], ["丙丁戊"], Rate(1.0, 1.0)),
        ([("a", "没有这句")], ["丙丁"], Rate(0.0, 0.0)),
        ([("b", "子丑")], ["丙丁"], Rate(0.0, 0.0)),
        ([], ["丙丁"], Rate(None, 0.0)),
        ([("a", "丙 丁\n")], ["丙丁"], Rate(1.0, 1.0)),
        ([("a", "辛甲乙丙")], ["甲乙丙"], Rate(3 / 4, 1.0)),
    ],
    ids=["overlap", "repeated words", "quoted twice", "made up", "other document", "none", "spaces", "second place"],
)
def test_spans(quotes: list[tuple[str, str]], evidence: list[str], expected: Rate) -> None:
    cited = [Quote(document, quote, "") for document, quote in quotes]
    found = by_span(cited, evidence, TEXTS.get, docs=["a"])
    assert (found.precision, found.recall) == pytest.approx((expected.precision, expected.recall))


@given(st.data())
def test_spans_by_counting_characters(data: st.DataObject) -> None:
    """In a text without repeated words the rates are plain set arithmetic over offsets."""
    text = "".join(chr(0x4E00 + i) for i in range(40))
    spans = st.tuples(st.integers(0, 35), st.integers(1, 5)).map(lambda s: range(s[0], s[0] + s[1]))
    quoted, wanted = (data.draw(st.lists(spans, min_size=1, max_size=4)) for _ in range(2))
    cited = [Quote("a", text[s.start : s.stop], "") for s in quoted]
    found = by_span(cited, [text[s.start : s.stop] for s in wanted], {"a": text}.get, docs=["a"])
    q, w = ({i for s in some for i in s} for some in (quoted, wanted))
    assert found == Rate(len(q & w) / len(q), len(q & w) / len(w))


def test_made_up_quotes_are_counted() -> None:
    assert made_up([Quote("a", "丙丁", ""), Quote("b", "丙丁", "")], TEXTS.get) == 0.5
    assert made_up([], TEXTS.get) is None


# -- calibration -------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_calibration_stays_in_its_range(pairs: list[tuple[float, bool]]) -> None:
    confidences, right = [c for c, _ in pairs], [float(r) for _, r in pairs]
    bins = reliability(confidences, right)
    assert sum(b.cases for b in bins) == len(pairs)
    error = expected_calibration_error(bins)
    assert error is not None
    assert 0 <= error <= 1
    points = risk_coverage(confidences, right)
    assert points[-1] == (1.0, pytest.approx(1 - sum(right) / len(right)))
    area = area_under_risk_coverage(points)
    assert area is not None
    assert -1e-9 <= area <= 1 + 1e-9


def test_confidence_that_ranks_well_risks_less() -> None:
    right = [1.0] * 5 + [0.0] * 5
    well, badly = [0.9] * 5 + [0.1] * 5, [0.1] * 5 + [0.9] * 5
    areas = [area_under_risk_coverage(risk_coverage(c, right)) for c in (well, badly)]
    assert areas[0] is not None
    assert areas[1] is not None
    assert areas[0] < areas[1]


# -- all of them on one reply ------------------------------------------------------------------------------------------

DOCUMENTS = opened(Path(__file__).parent / "samples" / "documents")


def reply(text: str, *, status: str = "answered", cites: tuple[tuple[str, str], ...] = ()) -> Reply:
    citations = [
        {
            "number": n, "document_id": "", "title": "", "publisher": None, "published": None, "section": "",
            "page": None, "quote": quote, "start": 0, "end": 0, "passage": quote, "passage_start": 0,
            "uri": f"/x/{doc}.txt",
        }
        for n, (doc, quote) in enumerate(cites, 1)
    ]  # fmt: skip
    data = {"id": "", "question": "", "status": status, "answer": text, "citations": citations}
    found = tuple(Retrieved(doc, quote, 1.0) for doc, quote in cites)
    return Reply("jc-01", Answer.from_json(data), found, 0.9, 0.02, Usage(1000, 100))


CASE = Case(
    id="jc-01",
    question="2024年江城新增公交线路多少条？",
    answer="28条。",
    figures=("28条",),
    must_not=("31条",),
    docs=("transport-2024",),
    evidence=("新增公交线路28条",),
)


def test_a_good_answer_scores_on_every_measure() -> None:
    found = scores(CASE, reply("新增28条。[1]", cites=(("transport-2024", "新增公交线路28条"),)), DOCUMENTS)
    assert {n: found[n] for n in ("right", "focused", "cited", "unsupported", "false_refusal", "error")} == {
        "right": 1, "focused": 1, "cited": 1, "unsupported": 0, "false_refusal": 0, "error": 0,
    }  # fmt: skip
    assert {n: found[n] for n in found if n.endswith(("precision", "recall"))} == {
        n: 1.0 for n in found if n.endswith(("precision", "recall"))
    }
    assert found["evidence.mrr@10"] == found["docs.ndcg@10"] == 1.0
    assert (found["made_up_quotes"], found["seconds"], found["tokens"]) == (0.0, 0.02, 1100.0)


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        (reply("新增31条。[1]", cites=(("transport-2024", "2024年新增31条"),)), {"right": 0, "made_up_quotes": 1}),
        (reply("新增28条。"), {"right": 1, "cited": 0, "unsupported": 1, "doc_precision": None, "doc_recall": 0}),
        (reply("没有提到。", status="not_found"), {"right": 0, "cited": 0, "false_refusal": 1, "doc_recall": None}),
        (Reply("jc-01", None, error="timeout"), {"right": 0, "error": 1, "unsupported": 0, "docs.recall@10": None}),
        (reply("新增28条。" * 60, cites=(("transport-2024", "新增公交线路28条"),)), {"right": 1, "focused": 0}),
    ],
    ids=["other year", "not cited", "declined", "failed", "long"],
)
def test_what_goes_wrong_shows(answer: Reply, wrong: dict[str, float | None]) -> None:
    found = scores(CASE, answer, DOCUMENTS)
    assert {name: found[name] for name in wrong} == wrong


def test_where_declining_is_as_good_only_the_old_figure_is_wrong() -> None:
    case = Case(id="1", question="全国新增多少？", must_not=("28条",), refusal_ok=True)
    assert scores(case, reply("没有提到。", status="not_found"), DOCUMENTS)["right"] == 1
    assert scores(case, reply("全国新增900条。"), DOCUMENTS)["right"] == 1
    assert scores(case, reply("新增28条。"), DOCUMENTS)["right"] == 0


def test_a_search_alone_is_not_an_answer_gone_wrong() -> None:
    found = scores(
        CASE, Reply("jc-01", None, (Retrieved("transport-2024", "新增公交线路28条", 1.0),)), DOCUMENTS, asked=False
    )
    assert found["right"] is None
    assert found["docs.recall@1"] == 1.0


def test_metrics_are_shown_with_a_label_each() -> None:
    assert len({metric.label for metric in METRICS.values()}) == len(METRICS)


def test_a_summary_of_no_rows_has_no_means() -> None:
    assert Summary("s", "x").mean("right") is None
    assert Summary("s", "x").calibration_error() is None


def test_documents_are_named_by_their_file() -> None:
    assert [p.name for p in DOCUMENTS.named("transport-2024")] == ["transport-2024.txt"]
    assert DOCUMENTS.named("transport") == []
    assert "新增公交线路28条" in DOCUMENTS.flat_text("transport-2024")
    assert [text.id for text in DOCUMENTS.texts()] == ["housing-2024", "transport-2024"]
