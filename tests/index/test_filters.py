"""Filters: what they admit, and that nothing else shows itself through any call."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.engines import bm25
from index.engines.bm25 import WordIndex
from index.engines.protocols import Entry
from index.filters import OPEN, Filter, FilterError
from index.index import Index
from index.ranking.ranker import Unranked
from index.upkeep import backups
from tests.fakes.embedder import BigramEmbedder

TEXTS = {
    "住建/租房.txt": "云岭市租房补贴办法\n云岭市住房和城乡建设局\n2024年3月5日\n第一条 梧桐租房补贴每月500元。\n"
    "第二条 本办法自2024年4月1日起施行，有效期至2099年12月31日。",
    "住建/购房.txt": "云岭市购房补贴办法\n云岭市住房和城乡建设局\n2022年1月10日\n第一条 海棠购房补贴每户2万元。\n"
    "第二条 本办法自2022年2月1日起施行，有效期至2023年12月31日。",
    "财政/预算.txt": "嘉兴市预算报告\n嘉兴市财政局\n2023年2月\n2023年嘉兴市银杏专项支出为3600万元。",
    "财政/决算.txt": "嘉兴市决算报告\n嘉兴市财政局\n2024年8月20日\n2024年嘉兴市石榴专项支出为4100万元。",
    "人事/裁员.txt": "云岭市人员精简方案\n云岭市人事局\n2024年6月1日\n2024年紫薇遣散费总额为360万元，涉及120人。\n"
    "云岭市租房补贴明年取消。",
}
MARKS = dict(zip(TEXTS, ("梧桐", "海棠", "银杏", "石榴", "紫薇"), strict=True))
"""A word of each that stands in no other."""


def opened(where: Path, **options: Any) -> Index:
    return Index.open(where, embedder=BigramEmbedder(), ranker=Unranked(), **options)


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf8")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, Path]]:
    """An index of TEXTS, and their folder."""
    folder = tmp_path_factory.mktemp("texts").resolve()
    write(folder, TEXTS)
    with opened(tmp_path_factory.mktemp("data")) as index:
        index.update([folder])
        yield index, folder


@pytest.fixture
def bare(kept: tuple[Index, Path]) -> Iterator[tuple[Index, Path]]:
    """The same; its labels go after the test."""
    yield kept
    for kind in ("tag", "group"):
        for label in kept[0].labels(kind):
            kept[0].unlabel(kind, label.name)


def names(index: Index, folder: Path) -> set[str]:
    """The files of the documents that are seen."""
    return {str(Path(info.uri).relative_to(folder)) for info in index.documents()}


def ids(index: Index) -> dict[str, str]:
    return {info.title: info.id for info in index.documents()}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"publishers": ["嘉兴市财政局", "没有的局"]}, {"财政/预算.txt", "财政/决算.txt"}),
        ({"since": "2024"}, {"住建/租房.txt", "财政/决算.txt", "人事/裁员.txt"}),
        ({"since": "2024-06-01", "until": "2024-07"}, {"人事/裁员.txt"}),
        ({"since": "2023-02-15", "until": "2023-02-20"}, {"财政/预算.txt"}),  # published in some day of that month
        ({"until": "2022"}, {"住建/购房.txt"}),
        ({"regions": ["嘉兴"]}, {"财政/预算.txt", "财政/决算.txt"}),
        ({"standing": "today"}, {*TEXTS} - {"住建/购房.txt"}),
        ({"standing": "2023-05-01"}, {"住建/购房.txt", "财政/预算.txt"}),
        ({"standing": "any"}, {*TEXTS}),
        ({"publishers": ["云岭市人事局", "嘉兴市财政局"], "since": "2024"}, {"财政/决算.txt", "人事/裁员.txt"}),
        ({}, {*TEXTS}),
    ],
)  # fmt: skip
def test_a_document_meets_every_condition_by_any_of_its_values(
    kept: tuple[Index, Path], asked: dict[str, Any], expected: set[str]
) -> None:
    index, folder = kept
    with index.seen(Filter.of(**asked)):
        assert names(index, folder) == expected


def test_folders_documents_and_what_is_left_out(kept: tuple[Index, Path]) -> None:
    index, folder = kept
    own = ids(index)
    rent, cut = own["云岭市租房补贴办法"], own["云岭市人员精简方案"]
    for through, expected in (
        (Filter.of(folders=[str(folder / "财政")]), {"财政/预算.txt", "财政/决算.txt"}),
        (
            Filter.of(folders=[str(folder / "财政" / "预算.txt"), f"{folder / '人事'}/"]),
            {"财政/预算.txt", "人事/裁员.txt"},
        ),
        (Filter.of(folders=[str(folder / "财")]), set()),
        (Filter.of(documents=[rent, "nothing"]), {"住建/租房.txt"}),
        (Filter(documents=frozenset()), set()),
        (Filter.of(without=[rent, cut]), {*TEXTS} - {"住建/租房.txt", "人事/裁员.txt"}),
    ):
        with index.seen(through):
            assert names(index, folder) == expected
            assert {hit.passage.document_id for hit in index.search("补贴支出", k=50)} == set(ids(index).values())
        found = {hit.passage.document_id for hit in index.search("补贴支出", k=50, through=through)}
        assert found == {own[title] for title in own if any(TEXTS[name].startswith(title) for name in expected)}


@pytest.mark.parametrize(
    "wrong", [{"since": "2024-13"}, {"until": "去年"}, {"standing": "2024"}, {"since": "2025", "until": "2024-12"}]
)
def test_a_filter_that_can_not_be_meant_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(FilterError):
        Filter.of(**wrong)


def test_inside_a_moment_another_filter_only_narrows_a_search(kept: tuple[Index, Path]) -> None:
    index, _ = kept
    own = ids(index)
    finance = Filter.of(publishers=["嘉兴市财政局"])
    with index.seen(finance):
        assert index.search("补贴", through=Filter(documents=frozenset([own["云岭市租房补贴办法"]]))) == []
        budget = frozenset([own["嘉兴市预算报告"]])
        assert {hit.passage.document_id for hit in index.search("支出", through=Filter(documents=budget))} == budget
        assert {hit.passage.document_id for hit in index.search("支出", through=Filter(without=budget))} == {
            own["嘉兴市决算报告"]
        }
        with index.seen(finance):
            assert len(index.documents()) == 2
        with pytest.raises(ValueError, match="nothing else is seen"):
            index.moment(Filter.of(since="2020"))
    assert len(index.documents()) == len(TEXTS)


# -- labels ------------------------------------------------------------------------------------------------------------


def test_tags_belong_to_files_and_folders(bare: tuple[Index, Path]) -> None:
    index, folder = bare
    index.label("tag", "钱", [folder / "财政", folder / "人事" / "裁员.txt"])
    index.label("tag", "  人 员 ", [folder / "人事"])
    assert [(each.name, each.path, each.documents) for each in index.labels("tag")] == [
        ("人 员", str(folder / "人事"), 1),
        ("钱", str(folder / "人事" / "裁员.txt"), 1),
        ("钱", str(folder / "财政"), 2),
    ]
    with index.seen(Filter.of(tags=["钱"], since="2024")):
        assert names(index, folder) == {"财政/决算.txt", "人事/裁员.txt"}
    assert index.unlabel("tag", "钱", [folder / "财政"]) == 1
    assert index.unlabel("tag", "钱", [folder / "财政"]) == 0
    assert index.unlabel("tag", "钱") == 1
    for name, path in (("", folder), ("多" * 61, folder), ("好", folder.parent)):
        with pytest.raises(ValueError, match=r"。"):
            index.label("tag", name, [path])


def test_labels_stay_with_a_file_that_changes_or_moves_and_come_with_a_folder(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "files"
    write(folder, TEXTS)
    with opened(tmp_path / "data") as index:
        index.update([folder])
        index.label("group", "财", [folder / "财政" / "预算.txt"])
        index.label("group", "人", [folder / "人事"])
        nobody = Filter.of(groups=[])
        write(folder, {"财政/预算.txt": TEXTS["财政/预算.txt"] + "\n另有结余200万元。"})
        write(folder, {"人事/调动.txt": "云岭市干部调动名单\n云岭市人事局\n张三调任财政局。"})
        index.update()
        with index.seen(nobody):
            assert names(index, folder) == {"住建/租房.txt", "住建/购房.txt", "财政/决算.txt"}
        (folder / "财政" / "预算.txt").rename(folder / "住建" / "改名.txt")
        index.update()
        with index.seen(nobody):
            assert names(index, folder) == {"住建/租房.txt", "住建/购房.txt", "财政/决算.txt"}
        with index.seen(Filter.of(groups=["财"])):
            assert "住建/改名.txt" in names(index, folder)
        index.build()
        backups.back_up(tmp_path / "data", tmp_path / "kept.zip")
    backups.restore(tmp_path / "kept.zip", tmp_path / "other")
    with opened(tmp_path / "other") as index, index.seen(nobody):
        assert names(index, folder) == {"住建/租房.txt", "住建/购房.txt", "财政/决算.txt"}


def test_doctor_tells_of_labels_at_which_nothing_lies(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "files"
    write(folder, TEXTS)
    with opened(tmp_path / "data") as index:
        index.update([folder])
        index.label("group", "人", [folder / "人事"])
        assert {each.what: each.state for each in index.examine()}["标签"] == "well"
        index.remove([folder])
        (found,) = (each for each in index.examine() if each.what == "标签")
        assert found.state == "hint"
        assert str(folder / "人事") in found.text


def test_facets_count_what_is_seen(bare: tuple[Index, Path]) -> None:
    index, folder = bare
    index.label("tag", "钱", [folder / "财政"])
    index.label("group", "人", [folder / "人事"])
    index.label("group", "财", [folder / "财政" / "预算.txt"])
    found = index.facets()
    assert found.publishers == (("云岭市住房和城乡建设局", 2), ("嘉兴市财政局", 2), ("云岭市人事局", 1))
    assert found.years == (("2024", 3), ("2023", 1), ("2022", 1))
    assert found.tags == (("钱", 2),)
    assert found.groups == (("人", 1), ("财", 1))
    assert dict(found.folders) == {
        str(folder): 5, str(folder / "住建"): 2, str(folder / "财政"): 2, str(folder / "人事"): 1,
    }  # fmt: skip
    with index.seen(Filter.of(groups=["财"])):
        assert index.facets().groups == (("财", 1),)
        assert ("云岭市人事局", 1) not in index.facets().publishers


# -- copies and standing -----------------------------------------------------------------------------------------------


def test_a_copy_stands_for_itself_where_the_other_one_is_not_seen(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "files"
    text = "某县2024年统计公报\n" + "2024年，某县粮食总产量9.8万吨，比上年增长百分之三，农村居民收入继续增加。" * 4
    write(folder, {"甲/公报.txt": text + "\n全县人口持续增长。", "乙/公报.txt": text, "丙/公报.txt": text + "\n"})
    with opened(tmp_path / "data") as index:
        index.update([folder])
        (standing,) = index.documents()
        closed = Path(standing.uri).parent
        index.label("group", "甲", [closed])
        with index.seen(Filter.of(groups=[])):
            (other,) = index.documents()
            assert Path(other.uri).parent != closed
            assert closed not in {Path(path).parent for path in other.copies}
            assert {hit.passage.document_id for hit in index.search("粮食总产量")} == {other.id}
            assert index.document(other.id).copies == other.copies
            assert index.status().documents == 1


def test_a_rule_that_something_unseen_repeals_does_not_hold_but_readers_are_told_nothing(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "files"
    write(
        folder,
        {
            "旧/办法.txt": "云岭市助餐补贴办法\n云岭市民政局\n2019年1月10日\n第一条 每餐补贴3元。\n"
            "第二条 本办法自2019年2月1日起施行。",
            "新/决定.txt": "云岭市人民政府关于废止部分文件的决定\n云岭市人民政府\n2023年5月1日\n"
            "《云岭市助餐补贴办法》自2023年6月1日起废止。",
        },
    )
    with opened(tmp_path / "data") as index:
        index.update([folder])
        old = ids(index)["云岭市助餐补贴办法"]
        assert index.standings().of(old, "2024-01-01").state == "已废止"
        with index.seen(Filter.of(folders=[str(folder / "旧")])):
            own = index.standings().of(old, "2024-01-01")
            assert (own.state, own.why, own.by, own.ground) == ("已废止", "由另一份文件废止", None, None)
        with index.seen(Filter.of(folders=[str(folder / "旧")], standing="2024-01-01")):
            assert index.documents() == []
        index.label("group", "政府", [folder / "新"])
        with index.seen(Filter.of(groups=[], standing="2024-01-01")):
            assert index.standings().of(old, "2024-01-01").state == "现行"


# -- nothing leaks -----------------------------------------------------------------------------------------------------

READ: dict[str, Callable[[Index, Path, dict[str, str]], Any]] = {
    "search": lambda index, *_: [index.search(word, k=50) for word in (*MARKS.values(), "补贴支出费")],
    "mended": lambda index, *_: [index.mended(f"云岭的{word}") for word in ("租房捕贴标准", "遣散废总额", "专向支出")],
    "names_here": lambda index, *_: index.names_here("低保和公租房"),
    "mentioning": lambda index, *_: [index.mentioning(word) for word in MARKS.values()],
    "document": lambda index, _, own: [tried(index.document, each) for each in own.values()],
    "documents": lambda index, *_: index.documents(),
    "tables": lambda index, _, own: [tried(index.tables, each) for each in own.values()],
    "cells": lambda index, _, own: [tried(index.cells, each, 0, 5) for each in own.values()],
    "named": lambda index, folder, own: [index.named(each) for each in (*own, *own.values(), str(folder), "txt")],
    "sources": lambda index, *_: index.sources(),
    "passages": lambda index, _, own: [tried(index.passages, each) for each in own.values()],
    "figures": lambda index, *_: index.figures(),
    "find_figures": lambda index, *_: [index.find_figures(each) for each in ("遣散费总额", "专项支出", "租房补贴")],
    "lookups": lambda index, _, own: [
        (tried(index.lookups.document, each), tried(index.lookups.figures, each), index.lookups.names().names)
        for each in own.values()
    ],
    "standings": lambda index, *_: index.standings().documents(),
    "facets": lambda index, *_: index.facets(),
    "labels": lambda index, *_: (index.labels("tag"), index.labels("group")),
    "overview": lambda index, *_: index.overview(),
    "counts": lambda index, *_: index.counts(),
    "registered": lambda index, *_: index.registered(),
    "files": lambda index, folder, _: index.files([str(each) for each in folder.rglob("*")]),
    "metric_keys": lambda index, *_: index.metric_keys(),
    "unread": lambda index, *_: index.unread(),
    "status": lambda index, *_: index.status(),
    "jobs": lambda index, *_: index.jobs.all(),
}
"""What reads an index: the index, the folder of its files, and its documents' ids by title."""
DOES = {
    "build", "close", "data_dir", "do", "examine", "is_held", "label", "lags", "leave_out", "moment", "open",
    "probe", "register", "remove", "reread", "revision", "seen", "state", "stay_ready", "switch", "take_back",
    "unlabel", "update",
}  # fmt: skip
"""What changes or keeps it, or tells nothing of its documents; `examine` is for who looks after it."""


def tried(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except KeyError:
        return None


def test_every_public_call_is_one_or_the_other() -> None:
    public = {name for name, _ in inspect.getmembers(Index) if not name.startswith("_")} | {"jobs", "standings"}
    assert public == {*READ} | DOES - {"data_dir"}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from([*TEXTS]), st.sets(st.sampled_from("甲乙丙"), min_size=1)),
    st.sets(st.sampled_from("甲乙丙丁")),
)
def test_a_reader_learns_of_nothing_that_is_for_others(
    bare: tuple[Index, Path], groups: dict[str, set[str]], own: set[str]
) -> None:
    index, folder = bare
    for label in index.labels("group"):
        index.unlabel("group", label.name)
    everything = ids(index)
    for name, those in groups.items():
        for each in those:
            index.label("group", f"组{each}", [folder / name])
    seen = {name for name in TEXTS if name not in groups or groups[name] & own}
    with index.seen(Filter.of(groups=[f"组{each}" for each in own])):
        assert names(index, folder) == seen
        for call, read in READ.items():
            told = repr(read(index, folder, everything))
            for name, mark in MARKS.items():
                if name in seen:
                    continue
                secrets = (name.split("/")[1], TEXTS[name].split("\n")[0], everything[TEXTS[name].split("\n")[0]])
                for secret in secrets if call in ("mentioning", "search") else (mark, *secrets):
                    assert secret not in told, f"{call} tells of {name}: {secret}"
            for foreign in {each for those in groups.values() for each in those} - own:
                assert f"组{foreign}" not in told, f"{call} names the group {foreign}"
    assert len(index.documents()) == len(TEXTS)


def test_a_library_looks_to_a_reader_as_if_the_rest_were_not_there(tmp_path: Path) -> None:
    folder = tmp_path.resolve() / "files"
    write(folder, TEXTS)
    with opened(tmp_path / "whole") as whole, opened(tmp_path / "part") as part:
        whole.update([folder])
        whole.label("group", "人", [folder / "人事"])
        shutil.rmtree(folder / "人事")
        part.update([folder])
        words = ["租房补贴", "遣散费", "专项支出为多少", "云岭市", "紫薇"]
        with whole.seen(Filter.of(groups=["财"])):
            assert whole.documents() == part.documents()  # their places among all, too
            for query in words:
                assert [hit.passage for hit in whole.search(query)] == [hit.passage for hit in part.search(query)]
                assert whole.mended(query) == part.mended(query)
            assert whole.metric_keys() == part.metric_keys()
            assert whole.figures() == part.figures()
            assert whole.facets().publishers == part.facets().publishers
            assert whole.status().passages == part.status().passages


# -- in the engines ----------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text("收入补贴租房", max_size=10), min_size=1, max_size=40),
    st.sets(st.integers(0, 45)),
    st.integers(1, 12),
    st.text("收补租", min_size=1, max_size=4),
)
def test_words_among_admitted_rows_are_those_of_all_less_the_others(
    texts: list[str], admitted: set[int], limit: int, question: str
) -> None:
    entries = [Entry(row, text, text[::-1]) for row, text in enumerate(texts)]
    engine = WordIndex.build(entries)
    only = np.array(sorted(admitted), np.int64)
    weights = {character: 1.0 + at for at, character in enumerate(dict.fromkeys(question))}
    everything = [pair for pair in zip(*map(list, engine.search(weights, 100)), strict=True) if pair[0] in admitted]
    query = engine._query(weights)
    by_name = engine._found(engine._limited(query, only), limit) if query is not None and len(only) else None
    for rows, scores in filter(None, (engine.search(weights, limit, only=only), by_name)):
        assert rows.tolist() == [row for row, _ in everything][:limit]
        np.testing.assert_allclose(scores, [score for _, score in everything][:limit], rtol=1e-6)
    counted = engine.frequencies([*weights], only=only)
    assert counted == [sum(term in text for row, text in enumerate(texts) if row in admitted) for term in weights]


def test_frequent_words_are_counted_by_a_share_and_never_where_none_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bm25, "_FETCHED", 200)
    engine = WordIndex.build(Entry(row, "收入" if row % 2 else "收入补贴", "") for row in range(3000))
    evens, odds = np.arange(0, 3000, 2), np.arange(1, 3000, 2)
    assert engine.frequencies(["补"], only=odds) == [0]
    assert engine.frequencies(["补"], only=evens) == [1500]
    assert engine.frequencies(["收"], only=odds[:700]) == [700]
    assert engine.frequencies(["补"], only=evens[-5:]) == [5]


def test_no_filter_is_no_condition() -> None:
    assert Filter.of(tags=[], documents=[]).is_open
    assert not Filter.of(groups=[]).is_open
    assert OPEN.is_open
