"""No figure answer carries a year, place or kind other than those its words have, however the documents are phrased."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assistant.ask import Assistant
from assistant.config import Config
from index.index import Index
from tests.fakes.embedder import BigramEmbedder
from tests.fakes.shares import share

METRIC = "农村居民人均可支配收入"
PLACES = ("杭州市", "湖州市", "绍兴市", "衢州市")
ELSEWHERE = ("金华市", "台州市")
YEARS = (2019, 2020, 2021, 2022)
OTHER_YEARS = (2012, 2015)


@dataclass(frozen=True)
class Told:
    """One figure that a document states."""

    place: str
    year: int
    status: str
    value: int


SENTENCES = {
    "actual": (
        "{year}年，{place}" + METRIC + "{value}元。",
        "{place}{year}年" + METRIC + "达到{value}元。",
        "据统计，{year}年{place}全年" + METRIC + "为{value}元，生活持续改善。",
    ),
    "target": (
        "到{year}年，{place}" + METRIC + "力争达到{value}元。",
        "{place}提出目标：{year}年" + METRIC + "达到{value}元以上。",
    ),
}


def sentence(told: Told, wording: int) -> str:
    choices = SENTENCES[told.status]
    return choices[wording % len(choices)].format(year=told.year, place=told.place, value=told.value)


def table(told: list[Told]) -> str:
    """A table of results, a place a row and a year a column; empty cells where nothing is told."""
    years = sorted({each.year for each in told})
    rows = [f"各市{METRIC}（单位：元）", ""]
    rows.append("| 地区 | " + " | ".join(f"{year}年" for year in years) + " |")
    rows.append("| --- |" + " --- |" * len(years))
    for place in sorted({each.place for each in told}):
        values = {each.year: str(each.value) for each in told if each.place == place}
        rows.append(f"| {place} | " + " | ".join(values.get(year, "") for year in years) + " |")
    return "\n".join(rows)


@st.composite
def documents(draw: st.DrawFn) -> tuple[list[Told], list[str]]:
    """What is told, each value once, and up to three documents that tell it."""
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(PLACES), st.sampled_from(YEARS), st.sampled_from(("actual", "target"))),
            min_size=2,
            max_size=7,
            unique=True,
        )
    )
    values = draw(st.lists(st.integers(30_001, 69_999), min_size=len(pairs), max_size=len(pairs), unique=True))
    told = [Told(*pair, value) for pair, value in zip(pairs, values, strict=True)]
    texts: list[str] = []
    left = list(told)
    if draw(st.booleans()) and (results := [each for each in left if each.status == "actual"]):
        texts.append(table(results))
        left = [each for each in left if each.status != "actual"]
    listed = draw(st.booleans())
    lines = [("- " if listed else "") + sentence(each, draw(st.integers(0, 5))) for each in left]
    cut = draw(st.integers(0, len(lines)))
    texts += ["\n".join(part) for part in (lines[:cut], lines[cut:]) if part]
    return told, texts


def questions(told: list[Told]) -> list[tuple[str, int, str, str]]:
    """(place, year, status, question): of all that is told, in both statuses, and of some that isn't."""
    cases = [
        (place, year, status, question)
        for place in (*PLACES, *ELSEWHERE)
        for year in (*YEARS, *OTHER_YEARS)
        for status, question in (
            ("actual", f"{year}年{place}{METRIC}实际是多少元？"),
            ("target", f"{place}{year}年{METRIC}的目标是多少元？"),
        )
    ]
    known = {(each.place, each.year) for each in told}
    return [case for case in cases if case[:2] in known] + share([case for case in cases if case[:2] not in known], 12)


# Each example indexes documents and asks of them: what fails is small enough to be read as it is.
@settings(
    max_examples=6, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(documents())
def test_a_figure_is_only_given_for_its_own_year_place_and_kind(made: tuple[list[Told], list[str]]) -> None:
    told, texts = made
    truth = {str(each.value): each for each in told}
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        library.mkdir()
        for number, text in enumerate(texts):
            (library / f"{number}.md").write_text(f"# 收入情况之{'一二三'[number]}\n\n{text}\n", encoding="utf8")
        index = Index.open(Path(folder) / "data", embedder=BigramEmbedder())
        index.update([library])
        assistant = Assistant(index, Config(data_dir=Path(folder)))
        try:
            for place, year, status, question in questions(told):
                answer = assistant.ask(question)
                if answer.status != "answered":
                    continue
                assert answer.figures, question
                for figure in answer.figures:
                    what = truth[figure.value]
                    assert (what.place, what.year, what.status) == (place, year, status), (question, answer)
                    assert (figure.region, figure.period) == (place, str(year)), (question, figure)
                    assert figure.status == status
        finally:
            assistant.close()
