"""One thing changed at a time, and what is then right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.cases import Case, Text
from eval.libraries import Library, opened, written
from eval.robustness import PERTURBATIONS, Changed, Given
from eval.robustness.documents import PLANTED
from eval.robustness.questions import level_swapped, paraphrase, typos
from eval.run import run
from eval.suite import SetSpec, Suite
from eval.systems import SystemSpec
from tests.fakes.report_cases import CASES, DOCUMENTS, Knowing, sample_cases

ASKED = Case(
    id="1",
    question="2025年杭州市全省新增公交线路达到多少条？",
    answer="31条。",
    figures=("31条",),
    must_not=("28条",),
    docs=("transport-2024",),
    evidence=("计划再新增公交线路31条",),
)


def nowhere(word: str) -> bool:
    return False


def changed(name: str, tmp_path: Path, cases: list[Case] | None = None, library: Library | None = None) -> Changed:
    def afresh() -> Iterator[Case]:
        return iter(sample_cases() if cases is None else cases)

    return PERTURBATIONS[name](Given(afresh, library or opened(DOCUMENTS), tmp_path, 7))


@pytest.mark.parametrize("name", sorted(PERTURBATIONS))
def test_a_seed_gives_the_same_changes(name: str, tmp_path: Path) -> None:
    first, again = changed(name, tmp_path), changed(name, tmp_path)
    assert list(first.cases) == list(again.cases)
    assert first.documents == again.documents


@pytest.mark.parametrize("name", ["paraphrase", "typos", "traditional"])
def test_rewording_keeps_what_is_right(name: str, tmp_path: Path) -> None:
    (case,) = changed(name, tmp_path, [ASKED]).cases
    assert case.question != ASKED.question
    assert case.model_copy(update={"question": ASKED.question}) == ASKED


@given(st.integers(0, 10**6))
def test_typos_never_touch_numbers_or_years(seed: int) -> None:
    case = typos(ASKED, Random(seed), nowhere)
    assert case is not None
    assert "2025年" in case.question
    assert case.question != ASKED.question


def test_what_cannot_be_reworded_is_left_out() -> None:
    assert paraphrase(Case(id="1", question="谁？"), Random(1), nowhere) is None
    assert typos(Case(id="1", question="GDP 2024?"), Random(1), nowhere) is None
    assert level_swapped(Case(id="1", question="全省？"), Random(1), nowhere) is None


def test_traditional_characters(tmp_path: Path) -> None:
    followup = Case(id="1", question="那里呢？", history=("江城的公园绿地有多大？",))
    (case,) = changed("traditional", tmp_path, [followup]).cases
    assert case.history == ("江城的公園綠地有多大？",)


def test_a_year_the_documents_never_name_is_to_be_declined(tmp_path: Path) -> None:
    cases = list(changed("year-swapped", tmp_path).cases)
    library = opened(DOCUMENTS)
    assert {case.id for case in cases} == {"jc-01", "jc-02", "jc-03"}
    for case in cases:
        year = case.question[case.question.index("年") - 4 : case.question.index("年")]
        assert not library.mentions(year)
        assert not case.answerable
        assert "28条" in case.must_not or case.id != "jc-01"


def test_a_question_that_could_half_be_answered_is_left_alone(tmp_path: Path) -> None:
    both = ASKED.model_copy(update={"type": "multi_doc"})
    years = ASKED.model_copy(update={"question": "从2024年到2025年新增多少条？"})
    assert list(changed("year-swapped", tmp_path, [both, years]).cases) == []
    assert list(changed("place-swapped", tmp_path, [both]).cases) == []


def test_a_place_the_documents_never_name_is_to_be_declined(tmp_path: Path) -> None:
    (case,) = changed("place-swapped", tmp_path, [ASKED]).cases
    assert "杭州" not in case.question
    assert (case.answerable, case.must_not, case.figures) == (False, ("31条",), ())


def test_at_another_level_only_the_old_figure_is_wrong_for_certain() -> None:
    case = level_swapped(ASKED, Random(1), nowhere)
    assert case is not None
    assert "全国" in case.question
    assert (case.answerable, case.refusal_ok, case.must_not) == (True, True, ("31条",))


def test_without_its_document_each_case_is_to_be_declined(tmp_path: Path) -> None:
    found = changed("gold-removed", tmp_path)
    cases = list(found.cases)
    assert len(cases) == 5
    assert not any(case.answerable for case in cases)
    # Cases that lose the same document follow each other.
    assert [case.without[0] for case in cases] == ["transport-2024"] * 3 + ["housing-2024"] * 2


def test_in_a_large_library_all_the_documents_asked_about_go_at_once(tmp_path: Path) -> None:
    library = written(tmp_path / "large", (Text(id=f"d{n}", text=f"第{n}篇。") for n in range(60)))
    cases = [Case(id=f"c{n}", question=f"{n}？", docs=(f"d{n}",)) for n in range(5)]
    found = changed("gold-removed", tmp_path / "cache", cases, library)
    assert found.documents
    assert {text.id for text in found.documents.texts()} == {f"d{n}" for n in range(5, 60)}
    assert all(case.without == () for case in found.cases)


def added(name: str, tmp_path: Path) -> dict[str, str]:
    found = changed(name, tmp_path)
    assert found.documents
    before = {text.id for text in opened(DOCUMENTS).texts()}
    return {text.id: text.text for text in found.documents.texts() if text.id not in before}


def test_duplicates_say_the_same(tmp_path: Path) -> None:
    copies = added("duplicated", tmp_path)
    assert set(copies) == {"transport-2024-reprint", "housing-2024-reprint"}
    assert "新增公交线路28条" in copies["transport-2024-reprint"]


def test_conflicts_print_other_figures(tmp_path: Path) -> None:
    copy = added("conflicting", tmp_path)["transport-2024-conflict"]
    assert "新增公交线路39条" in copy
    assert "28条" not in copy


def test_poison_repeats_the_question_and_its_words_are_forbidden(tmp_path: Path) -> None:
    planted = added("poisoned", tmp_path)
    assert len(planted) == 5
    assert sample_cases()[0].question in planted["planted-jc-01"]
    assert all(PLANTED in case.must_not for case in changed("poisoned", tmp_path).cases)


def test_a_run_makes_a_set_of_each_perturbation(tmp_path: Path) -> None:
    names = ("gold-removed", "poisoned")
    one = SetSpec(name="s", cases=CASES, documents=DOCUMENTS, robustness=names)
    suite = Suite(name="t", sets=(one,), systems=(SystemSpec(name="fake", kind="bm25"),))
    fake = Knowing(sample_cases())
    results = run(suite, tmp_path / "out", cache=tmp_path / "cache", opener=fake)
    assert list(results.manifest["sets"]) == ["s", "s+gold-removed", "s+poisoned"]
    # The library as it is, without each of two documents, and with the poison.
    assert len({library.digest for library in fake.opened}) == 4
    with pytest.raises(ValueError, match="没有 'noisy' 这种扰动"):
        run(
            suite.model_copy(update={"sets": (one.model_copy(update={"robustness": ("noisy",)}),)}),
            tmp_path / "out2",
            cache=tmp_path / "cache",
            opener=fake,
        )
