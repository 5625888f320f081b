"""Each data set's format becomes cases, from one real-looking sample."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.adapters import ADAPTERS, load_cases
from eval.adapters.table import case_of
from eval.cases import Case, CaseError, read
from eval.draft import save
from eval.splits import held_out
from tests.fakes.report_cases import SAMPLES


def cases(name: str, format: str = "", **options: float | int | str | bool) -> list[Case]:  # noqa: A002
    return list(load_cases(SAMPLES / name, format=format, seed=1, options=options).cases())


def documents(name: str, format: str, **options: float | int | str | bool) -> dict[str, str]:  # noqa: A002
    loaded = load_cases(SAMPLES / name, format=format, seed=1, options=options)
    assert loaded.documents
    return {text.id: text.text for text in loaded.documents()}


def test_our_own_lines() -> None:
    first, *_ = cases("cases.jsonl")
    assert (first.id, first.figures, first.must_not, first.answerable) == ("jc-01", ("28条",), ("31条",), True)


def test_squad_with_every_paragraph_in_the_library() -> None:
    year, staff, unknown = cases("squad.json", "squad")
    assert (year.golds, year.must_include, year.docs) == (("1998年", "1998"), (("1998年", "1998"),), ("P0",))
    assert staff.evidence == ("江城公交集团有员工一万二千人",)
    assert not unknown.answerable
    assert list(documents("squad.json", "squad")) == ["P0", "P1"]


def test_squad_on_the_given_paragraph() -> None:
    year, *_ = cases("squad.json", "squad", given=True)
    assert year.contexts is not None
    assert [c.id for c in year.contexts] == ["P0"]
    assert load_cases(SAMPLES / "squad.json", format="squad", options={"given": True}).documents is None


def test_drcd_lines_with_the_same_context_share_a_document() -> None:
    assert [case.docs for case in cases("drcd.jsonl", "squad")] == [("context-00000",)] * 2
    assert list(documents("drcd.jsonl", "squad").values()) == ["江城圖書館位於人民路。"]


def test_domainrag_leaves_out_what_no_page_answers_as_it_stands() -> None:
    place, languages, follow_up = cases("domainrag", "domainrag")
    assert place.must_include == (("江城校区", "江城的校区"),)
    assert languages.must_include == (("汉语",), ("法语",))
    assert follow_up.history == ("学校在哪里？",)
    assert documents("domainrag", "domainrag") == {"dr-1": "学校设在江城校区。", "dr-2": "用汉语和法语教学。"}


def test_what_is_held_out_can_be_asked_alone() -> None:
    every = {case.id for case in cases("rgb.json", "rgb")}
    aside = {case.id for case in cases("rgb.json", "rgb", held_out=True)}
    assert aside == {name for name in every if held_out(name)}
    asked = cases("ncp", "ncp", held_out=True)
    assert [case.id for case in asked] == [case.id for case in cases("ncp", "ncp") if held_out(case.docs[0])]


@pytest.mark.parametrize(("noise", "helpful"), [(0.0, 2), (0.6, 2), (0.8, 1), (1.0, 0)])
def test_rgb_at_every_level_of_noise(noise: float, helpful: int) -> None:
    bridge, both = cases("rgb.json", "rgb", noise=noise, passages=5)
    assert bridge.contexts is not None
    assert len(bridge.contexts) == 5
    assert sum("1200" in c.text for c in bridge.contexts) == helpful
    assert bridge.answerable == (helpful > 0)
    assert bridge.must_include == ((("1200米",),) if helpful else ())
    assert both.must_include == ((("1200米",), ("800米", "0.8公里")) if helpful else ())


def test_rgb_integration_takes_a_passage_of_each_part_first() -> None:
    _, both = cases("rgb.json", "rgb", noise=0.6, passages=5)
    assert both.contexts is not None
    texts = {c.text for c in both.contexts}
    assert {"江城大桥全长1200米。", "隧道长800米。"} <= texts


def test_rgb_with_the_planted_error() -> None:
    (bridge,) = cases("rgb-fact.json", "rgb", planted=True)
    assert bridge.contexts is not None
    assert "江城大桥全长2100米。" in {c.text for c in bridge.contexts}
    assert (bridge.must_not, bridge.refusal_ok) == (("2100",), True)
    assert cases("rgb-fact.json", "rgb", noise=1.0)[0].contexts is not None


def test_rgb_leaves_out_a_question_that_no_passage_is_left_for(tmp_path: Path) -> None:
    item = json.loads((SAMPLES / "rgb-fact.json").read_text(encoding="utf-8"))
    (tmp_path / "r.json").write_text(json.dumps(item | {"negative": []}), encoding="utf-8")
    assert list(load_cases(tmp_path / "r.json", format="rgb", options={"noise": 1.0}).cases()) == []


def test_rgb_is_shuffled_the_same_way_for_a_seed() -> None:
    assert cases("rgb.json", "rgb") == cases("rgb.json", "rgb")
    with pytest.raises(ValueError, match="noise 是 0 到 1 的比例，不能是 7"):
        cases("rgb.json", "rgb", noise=7)


def test_beir() -> None:
    (query,) = cases("beir", "beir")
    assert (query.docs, query.grades) == (("d1",), {"d1": 2})
    assert documents("beir", "beir") == {"d1": "江城新增公交线路28条。", "d2": "江城筹集住房1.2万套。"}


def test_ncp() -> None:
    (question,) = cases("ncp", "ncp")
    assert (question.docs, question.evidence, question.golds) == (("aa",), ("三个月",), ("三个月",))
    assert documents("ncp", "ncp") == {"aa": "江城对中小企业减免三个月房租。"}


def test_stard_keeps_the_gold_articles_of_a_smaller_library() -> None:
    (question,) = cases("stard", "stard")
    assert (question.id, question.docs) == ("stard-7", ("a2",))
    assert len(documents("stard", "stard")) == 6
    assert "a2" in documents("stard", "stard", articles=2)
    assert len(documents("stard", "stard", articles=2)) == 2


def test_ragas_under_both_of_its_names() -> None:
    new, old = cases("ragas.json", "ragas")
    assert (new.golds, new.evidence) == (("28条。",), ("新增公交线路28条",))
    assert (old.golds, old.evidence) == (("1.2万套。",), ("筹集保障性租赁住房1.2万套",))
    given, _ = cases("ragas.json", "ragas", given=True)
    assert given.contexts is not None
    assert not given.evidence


def check_table(found: list[Case]) -> None:
    first, second, third = found
    assert (first.id, first.figures, first.must_not) == ("t-1", ("28条",), ("31条", "30条"))
    assert second.must_include == (("住房局", "住房和城乡建设局"),)
    assert (third.answerable, third.type) == (False, "unanswerable")


def test_csv_as_a_person_fills_it_in() -> None:
    check_table(cases("cases.csv"))


def test_csv_as_excel_saves_it_in_china(tmp_path: Path) -> None:
    text = (SAMPLES / "cases.csv").read_text(encoding="utf-8")
    (tmp_path / "cases.csv").write_bytes(text.encode("gb18030"))
    check_table(list(load_cases(tmp_path / "cases.csv").cases()))


def test_excel(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in (SAMPLES / "cases.csv").read_text(encoding="utf-8").splitlines():
        book.active.append([cell or None for cell in row.split(",")])
    book.active.append([None] * 4)
    book.save(tmp_path / "cases.xlsx")
    check_table(list(load_cases(tmp_path / "cases.xlsx").cases()))


def test_a_number_in_a_cell_of_excel_is_read_as_it_is_shown(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["问题", "数字"])
    book.active.append(["多少？", 28.0])
    book.active.append(["多少？", 4.2])
    book.save(tmp_path / "c.xlsx")
    assert [case.figures for case in load_cases(tmp_path / "c.xlsx").cases()] == [("28",), ("4.2",)]


def test_a_bad_row_is_named() -> None:
    with pytest.raises(CaseError, match=r"t\.csv:7: 问题：这一格是空的"):
        case_of({"答案": "28条。"}, path=Path("t.csv"), line=7)
    with pytest.raises(CaseError, match=r"t\.csv:7: answerable：'也许' 既不是“是”也不是“否”"):
        case_of({"问题": "？", "可答": "也许"}, path=Path("t.csv"), line=7)


def test_a_table_without_questions_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("甲,乙\n丙,丁\n", encoding="utf-8")
    with pytest.raises(
        CaseError, match=r"t\.csv:1: 没有“问题”一栏，也看不出哪一栏是问题（第一行是：甲、乙）。请在第一行写上栏名"
    ):
        list(load_cases(tmp_path / "t.csv").cases())


PLAIN = [
    ("2024年江城新增公交线路多少条？", "2024年新增28条。", (("28条",), ())),
    ("“安居计划”由谁组织实施？", "江城住房局、江城财政局。", ((), (("江城住房局",), ("江城财政局",)))),
    ("江城地铁有几号线", "资料里没有提到", ((), ())),
]


@pytest.mark.parametrize(
    "head",
    [
        [],
        [("问题", "答案")],
        [("江城政策问答（2025年）", ""), ("", ""), ("题目（必填）*", "参考答案：")],
        [("Question", "Expected answer")],
    ],
)
@pytest.mark.parametrize("suffix", [".xlsx", ".csv", ".tsv.csv", ".gb.csv"])
def test_a_table_of_questions_and_answers_is_enough(head: list[tuple[str, str]], suffix: str, tmp_path: Path) -> None:
    rows = [*head, *((question, answer) for question, answer, _ in PLAIN)]
    path = tmp_path / f"plain{suffix}"
    if suffix == ".xlsx":
        book = pytest.importorskip("openpyxl").Workbook()
        for row in rows:
            book.active.append([cell or None for cell in row])
        book.save(path)
    else:
        mark = "\t" if "tsv" in suffix else ","
        path.write_text(
            "".join(f"{mark.join(row)}\n" for row in rows), encoding="gb18030" if "gb" in suffix else "utf8"
        )
    read_in = list(load_cases(path).cases())
    assert [case.question for case in read_in] == [question for question, _, _ in PLAIN]
    assert [(case.figures, case.must_include) for case in read_in] == [rules for _, _, rules in PLAIN]
    assert [case.answerable for case in read_in] == [True, True, False]
    assert read_in[0].id.endswith(f"-{len(head) + 1:04d}")  # the line that a person sees
    save(read_in, tmp_path / "corrected.xlsx")
    assert list(load_cases(tmp_path / "corrected.xlsx").cases()) == read_in


def test_what_its_author_left_out_is_not_filled_in(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("问题,答案,数字\n多少条？,28条。,\n", encoding="utf8")
    [case] = load_cases(tmp_path / "t.csv").cases()
    assert not case.has_rules


def test_what_is_no_workbook_says_so(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_text("问题,答案", encoding="utf8")
    with pytest.raises(
        CaseError, match=r"t\.xlsx:1: 打不开：不是 Excel 文件（\.xlsx），或已损坏。请在 Excel 里另存为 \.xlsx"
    ):
        list(load_cases(tmp_path / "t.xlsx").cases())


def test_feedback_becomes_cases_to_approve() -> None:
    liked, disliked, declined = cases("feedback.jsonl", "feedback")
    assert (liked.figures, liked.docs, liked.evidence) == (("28条",), ("transport-2024",), ("新增公交线路28条",))
    assert (disliked.answer, disliked.figures, disliked.evidence) == ("86个。", (), ())
    assert not declined.answerable
    assert not any(case.approved for case in (liked, disliked, declined))


def test_feedback_that_is_no_answer_is_named(tmp_path: Path) -> None:
    lines = [{"rating": "maybe", "answer": {}}, {"rating": "up", "answer": {"id": "x"}}]
    for line, told in zip(lines, ["既不是 up 也不是 down", "missing"], strict=True):
        (tmp_path / "f.jsonl").write_text(json.dumps(line), encoding="utf-8")
        with pytest.raises(CaseError, match=told):
            list(load_cases(tmp_path / "f.jsonl", format="feedback").cases())


@pytest.mark.parametrize("suffix", ["jsonl", "csv", "xlsx"])
def test_what_is_saved_is_read_back(tmp_path: Path, suffix: str) -> None:
    if suffix == "xlsx":
        pytest.importorskip("openpyxl")
    wanted = list(read(SAMPLES / "cases.jsonl"))
    save(wanted, tmp_path / f"c.{suffix}")
    assert list(load_cases(tmp_path / f"c.{suffix}").cases()) == wanted


def test_an_unknown_format_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="请用 --format 说明是哪种格式"):
        load_cases(tmp_path / "cases.json")
    with pytest.raises(ValueError, match="没有 'xml' 这种格式"):
        load_cases(tmp_path / "cases.json", format="xml")
    assert {"jsonl", "csv", "xlsx", "squad", "rgb", "beir", "ncp", "stard", "domainrag", "ragas", "feedback"} == set(
        ADAPTERS
    )
