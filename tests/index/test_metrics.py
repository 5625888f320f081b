"""Metrics and their tables out of the catalog, against a slow obvious count over all figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.catalog import metrics as rows_of
from index.catalog.moments import read_by
from index.index import Index
from index.metrics import Metrics, Wanted
from sources.figures.figure import Figure
from tests.fakes.bulletins import write_bulletins


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("figures")
    with Index.open(folder / "data") as index:
        index.update([write_bulletins(folder / "files")])
        yield index


@pytest.fixture
def metrics(index: Index) -> Metrics:
    return index.metrics


@pytest.fixture
def every(index: Index) -> list[Figure]:
    return [each for each in index.figures() if each.key]


def test_metrics_come_with_the_most_figures_first_a_page_at_a_time(metrics: Metrics, every: list[Figure]) -> None:
    counts = Counter(each.key for each in every)
    expected = sorted(counts, key=lambda name: (-counts[name], name))
    assert [each.name for each in metrics.page(Wanted(), limit=100)] == expected
    assert [each.name for each in metrics.page(Wanted(), limit=2, offset=1)] == expected[1:3]
    assert metrics.totals(Wanted()) == (len(counts), len(every))
    population = metrics.page(Wanted(words=("人口",)), limit=9)[0]
    own = [each for each in every if each.key == "常住人口"]
    assert (population.figures, population.unit) == (len(own), "人")
    assert (population.first, population.last) == ("2021", "2025")
    assert population.documents == len({each.document_id for each in own})


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        (Wanted(unit="%"), lambda each: each.unit == "%"),
        (Wanted(unit=""), lambda each: each.unit == ""),
        (Wanted(statuses=("target",)), lambda each: each.status == "target"),
        (Wanted(regions=("桐乡市", "海宁市")), lambda each: each.region in ("桐乡市", "海宁市")),
        (Wanted(periods=("2023",)), lambda each: each.period == "2023"),
        (Wanted(subjects=("水稻",)), lambda each: each.subject == "水稻"),
        (Wanted(metric="出口总额", periods=()), lambda _: False),
    ],
)
def test_a_condition_keeps_what_meets_it(wanted: Wanted, keeps, metrics: Metrics, every: list[Figure]) -> None:
    met = [each for each in every if keeps(each)]
    assert metrics.totals(wanted) == (len({each.key for each in met}), len(met))
    assert sum(each.figures for each in metrics.page(wanted, limit=100)) == len(met)


def test_publishers_and_documents_are_conditions_too(metrics: Metrics, every: list[Figure]) -> None:
    (publisher, count), *_ = metrics.values(Wanted(), "publisher", limit=1)
    assert metrics.totals(Wanted(publisher=publisher))[1] >= count > 0
    document = every[0].document_id
    own = [each for each in every if each.document_id == document]
    assert metrics.totals(Wanted(document_id=document))[1] == len(own)
    assert metrics.titles([document, "none"]).keys() == {document}


def test_a_region_holds_what_lies_in_it(metrics: Metrics) -> None:
    assert set(metrics.in_region("嘉兴市")) == {"嘉善县", "桐乡市", "海宁市"}
    assert metrics.in_region("嘉善") == ("嘉善县",)
    assert metrics.in_region("没有的地方") == ()


def test_periods_are_read_as_people_write_them(metrics: Metrics) -> None:
    assert set(metrics.in_time("2022年", "2023")) == {"2022", "2023"}
    assert set(metrics.in_time("十四五", "")) >= {"2021..2025", "2021", "2024-Q1..Q3"}
    assert "2021..2025" not in metrics.in_time("2022", "")
    with pytest.raises(ValueError, match="看不懂"):
        metrics.in_time("随便", "")


def test_a_table_holds_every_figure_of_its_rows_and_columns(metrics: Metrics, every: list[Figure]) -> None:
    laid = metrics.laid_out(Wanted(metric="常住人口", unit="人"), "region", "period", limit=10, most_columns=9)
    assert laid.rows == ("嘉善县", "桐乡市")
    assert laid.columns == ("2021", "2022", "2023", "2025")
    own = [each for each in every if each.key == "常住人口"]
    assert sorted(map(str, laid.figures)) == sorted(map(str, own))
    assert (laid.all_rows, laid.all_columns, laid.all_figures) == (2, 4, len(own))


def test_a_table_is_cut_into_pages_and_keeps_the_latest_columns(metrics: Metrics) -> None:
    wanted = Wanted(metric="常住人口", unit="人")
    laid = metrics.laid_out(wanted, "region", "period", limit=1, offset=1, most_columns=2)
    assert (laid.rows, laid.columns) == (("桐乡市",), ("2023", "2025"))
    assert (laid.all_rows, laid.all_columns) == (2, 4)
    turned = metrics.laid_out(wanted, "period", "region", limit=10, most_columns=9)
    assert (turned.rows, turned.columns) == (("2021", "2022", "2023", "2025"), ("嘉善县", "桐乡市"))


def test_rows_are_ordered_by_a_column_and_those_without_it_come_last(metrics: Metrics) -> None:
    wanted = Wanted(metric="常住人口", unit="人")
    order = {"limit": 10, "most_columns": 9}
    assert metrics.laid_out(wanted, "region", "period", sort="2023", **order).rows == ("桐乡市", "嘉善县")
    assert metrics.laid_out(wanted, "region", "period", sort="2023", least_first=True, **order).rows == (
        "嘉善县",
        "桐乡市",
    )
    assert metrics.laid_out(wanted, "region", "period", sort="2022", **order).rows == ("嘉善县", "桐乡市")
    page = {"limit": 1, "most_columns": 9, "sort": "2022"}
    assert metrics.laid_out(wanted, "region", "period", offset=1, **page).rows == ("桐乡市",)
    assert metrics.laid_out(wanted, "region", "period", offset=2, **page).rows == ()


def test_a_figure_is_found_by_its_place(metrics: Metrics, every: list[Figure]) -> None:
    own = every[0]
    assert metrics.figure(own.document_id, own.start, own.end) == own
    assert metrics.figure(own.document_id, own.start, own.end + 1) is None


def test_copies_are_not_counted_twice(tmp_path: Path) -> None:
    folder = write_bulletins(tmp_path / "files")
    with Index.open(tmp_path / "data") as index:
        index.update([folder])
        before = index.metrics.totals(Wanted())
        text = (folder / "季报.txt").read_text("utf8")
        (folder / "季报（转发）.txt").write_text(f"{text}\n", encoding="utf8")
        index.update([folder])
        assert index.metrics.totals(Wanted()) == before


def test_what_is_kept_is_that_of_the_library_as_it_is_and_of_who_reads(tmp_path: Path) -> None:
    folder = write_bulletins(tmp_path / "files")
    with Index.open(tmp_path / "data") as index:
        index.update([folder])
        before = index.metrics.totals(Wanted()), index.metrics.page(Wanted(), limit=500)
        (folder / "灯塔.txt").write_text("2025年，灯塔岛新增渔船137艘。\n", encoding="utf8")
        index.update([folder])
        own = index.metrics.page(Wanted(words=("渔船",)), limit=9)
        assert [(each.figures, each.unit) for each in own] == [(1, "艘")]
        assert index.metrics.totals(Wanted()) == (before[0][0] + 1, before[0][1] + 1)
        index.label("group", "海事", [folder / "灯塔.txt"])
        with read_by(frozenset()):
            assert (index.metrics.totals(Wanted()), index.metrics.page(Wanted(), limit=500)) == before
        assert index.metrics.page(Wanted(words=("渔船",)), limit=9) == own


@pytest.mark.parametrize("words", [("收入",), ("农村", "收入"), ("规上",), ("没有的",), ("",)])
def test_names_are_chosen_in_the_same_way_by_whatever_counts_them(words: tuple[str, ...], index: Index) -> None:
    by_names = Wanted(words=words)
    assert by_names.of_names_alone
    assert not replace(by_names, statuses=("actual",)).of_names_alone
    with index._catalog.reading() as connection:
        assert index.metrics.page(by_names, limit=500) == rows_of.metrics(connection, by_names, limit=500)
        assert index.metrics.totals(by_names) == rows_of.totals(connection, by_names)
