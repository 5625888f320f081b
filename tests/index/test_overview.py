"""The overview of a library: what meets the conditions, in which order, a page at a time; and files left out of it."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalog.locks import locked
from index.index import Index
from index.overview import NO_STANDING, Wanted
from index.ranking.ranker import Unranked
from index.upkeep.leaving import LEFT_OUT
from tests.fakes.embedder import BigramEmbedder

TEXTS = {
    "住建/租房.txt": "云岭市租房补贴办法\n云岭市住房和城乡建设局\n2024年3月5日\n第一条 租房补贴每月500元。\n"
    "第二条 本办法自2024年4月1日起施行，有效期至2099年12月31日。",
    "住建/购房.txt": "云岭市购房补贴办法\n云岭市住房和城乡建设局\n2022年1月10日\n第一条 购房补贴每户2万元。\n"
    "第二条 本办法自2022年2月1日起施行，有效期至2023年12月31日。",
    "财政/预算.txt": "嘉兴市预算报告\n嘉兴市财政局\n2023年2月\n2023年嘉兴市专项支出为3600万元，增长3%，共12项。",
    "财政/决算.txt": "嘉兴市决算报告\n嘉兴市财政局\n2024年8月20日\n2024年嘉兴市专项支出为4100万元。",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in TEXTS.items():
        path = tmp_path / "文件" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf8")
    return tmp_path / "文件"


@pytest.fixture
def index(tmp_path: Path, folder: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "data", embedder=BigramEmbedder(), ranker=Unranked()) as opened:
        opened.update([folder])
        yield opened


def done(index: Index) -> None:
    """Does what is queued."""
    with index.jobs.taking() as run_next:
        while run_next(index.do) is not None:
            pass


def titles(index: Index, **wanted: object) -> list[str]:
    return [each.info.title for each in index.overview(Wanted(**wanted)).documents]  # type: ignore[arg-type]


def test_everything_is_counted_by_what_it_can_be_chosen_by(index: Index, folder: Path) -> None:
    index.label("tag", "急", [folder / "住建"])
    found = index.overview()
    assert (found.total, len(found.documents)) == (4, 4)
    assert dict(found.publishers) == {"云岭市住房和城乡建设局": 2, "嘉兴市财政局": 2}
    assert found.years == (("2024", 2), ("2023", 1), ("2022", 1))
    assert dict(found.kinds) == {"办法": 2, "报告": 2}
    assert dict(found.standings) == {"现行": 1, "已过期": 1, NO_STANDING: 2}
    assert dict(found.tags) == {"急": 2}
    assert dict(found.folders) == {str(folder): 4, str(folder / "住建"): 2, str(folder / "财政"): 2}
    assert found.documents[0].info.added == max(each.info.added for each in found.documents)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"words": "补贴 租房"}, {"云岭市租房补贴办法"}),
        ({"years": frozenset({"2024"})}, {"云岭市租房补贴办法", "嘉兴市决算报告"}),
        ({"years": frozenset({"2024"}), "kinds": frozenset({"报告"})}, {"嘉兴市决算报告"}),
        ({"publishers": frozenset({"嘉兴市财政局"})}, {"嘉兴市预算报告", "嘉兴市决算报告"}),
        ({"standings": frozenset({"已过期"})}, {"云岭市购房补贴办法"}),
        ({"standings": frozenset({NO_STANDING, "现行"})}, {"云岭市租房补贴办法", "嘉兴市预算报告", "嘉兴市决算报告"}),
        ({"regions": frozenset({"嘉兴市"}), "words": "预算"}, {"嘉兴市预算报告"}),
        ({"words": "%"}, set()),
        ({"words": "'; DROP TABLE documents; --"}, set()),
    ],
)
def test_what_is_listed_meets_all_conditions(index: Index, wanted: dict[str, object], expected: set[str]) -> None:
    found = index.overview(Wanted(**wanted))  # type: ignore[arg-type]
    assert {each.info.title for each in found.documents} == expected
    assert found.total == len(expected) == sum(number for _, number in found.standings)


def test_folders_and_tags_choose_too(index: Index, folder: Path) -> None:
    index.label("tag", "存档", [folder / "财政" / "决算.txt"])
    assert titles(index, tags=frozenset({"存档"})) == ["嘉兴市决算报告"]
    assert set(titles(index, folders=frozenset({str(folder / "住建")}))) == {"云岭市租房补贴办法", "云岭市购房补贴办法"}
    (found,) = index.overview(Wanted(tags=frozenset({"存档"}))).documents
    assert found.tags == ("存档",)


def test_pages_follow_on_each_other_in_order(index: Index) -> None:
    by_date = titles(index, sort="published", descending=False)
    assert by_date == ["云岭市购房补贴办法", "嘉兴市预算报告", "云岭市租房补贴办法", "嘉兴市决算报告"]
    pages = [titles(index, sort="published", descending=False, limit=1, offset=at) for at in range(5)]
    assert pages == [[title] for title in by_date] + [[]]
    numbers = [each.figures for each in index.overview(Wanted(sort="figures")).documents]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] > numbers[-1]


def entered(index: Index) -> dict[str, float]:
    """When each file entered the library, by its name."""
    found = {Path(each.info.uri).name: each.entered for each in index.overview().documents}
    assert all(found.values())
    return {name: when for name, when in found.items() if when is not None}


def test_when_a_file_entered_stays_whatever_becomes_of_it(index: Index, folder: Path) -> None:
    os.utime(folder / "财政" / "决算.txt", (1e9, 1e9))  # an old file, brought today
    before = entered(index)
    assert all(abs(when - time.time()) < 600 for when in before.values())
    index.update([folder])
    index.reread([str(folder / "财政" / "预算.txt")])
    done(index)
    (folder / "住建" / "购房.txt").write_text(TEXTS["住建/购房.txt"] + "\n另行通知。", encoding="utf8")
    index.update([folder])
    assert entered(index) == before
    (folder / "住建" / "租房.txt").rename(folder / "租房（移）.txt")
    index.update([folder])
    after = entered(index)
    assert after["租房（移）.txt"] == before["租房.txt"]
    (folder / "新.txt").write_text("云岭市新办法\n第一条 新增补贴每月10元。", encoding="utf8")
    index.update([folder])
    assert titles(index)[0] == "云岭市新办法"  # the last to enter comes first
    assert titles(index, descending=False)[-1] == "云岭市新办法"
    assert entered(index)["新.txt"] > max(after.values())


def test_a_copy_is_found_by_its_folder_and_told_once(index: Index, folder: Path) -> None:
    (folder / "旧").mkdir()
    (folder / "旧" / "租房.txt").write_text(TEXTS["住建/租房.txt"], encoding="utf8")
    index.update([folder])
    (found,) = index.overview(Wanted(folders=frozenset({str(folder / "旧")}))).documents
    assert found.info.title == "云岭市租房补贴办法"
    assert len((found.info.uri, *found.info.copies)) == 2
    assert index.overview().total == 4


def test_what_was_left_out_stays_out_until_it_is_taken_back(index: Index, folder: Path) -> None:
    path = str(folder / "财政" / "决算.txt")
    assert index.leave_out([path])
    assert titles(index, words="决算") == []
    assert [each.kind for each in index.unread() if each.path == path] == [LEFT_OUT]
    index.update([folder])
    Path(path).write_text(TEXTS["财政/决算.txt"] + "\n又改了。", encoding="utf8")
    index.update([folder])
    index.update(changed=[Path(path)])
    assert titles(index, words="决算") == []
    assert [each.kind for each in index.unread() if each.path == path] == [LEFT_OUT]
    index.take_back([path])
    done(index)
    assert titles(index, words="决算") == ["嘉兴市决算报告"]
    assert index.unread() == []


def test_leaving_out_comes_after_an_update_under_way(index: Index, folder: Path, tmp_path: Path) -> None:
    path = str(folder / "财政" / "预算.txt")
    begun, ended = threading.Event(), threading.Event()

    def update_elsewhere() -> None:
        with locked(tmp_path / "data" / "catalog.lock", wait_s=5):
            begun.set()
            ended.wait(20)

    other = threading.Thread(target=update_elsewhere)
    other.start()
    begun.wait(20)
    assert not index.leave_out([path], wait_s=0.1)
    index.label("tag", "急", [Path(path)])  # which waits for nobody
    ended.set()
    other.join()
    done(index)
    assert titles(index, words="预算") == []


def test_a_file_is_read_again_though_it_has_not_changed(index: Index, folder: Path) -> None:
    path = str(folder / "财政" / "预算.txt")
    before = index.files([path])[path].reading
    number = index.reread([path])
    assert index.files([path])[path].reading == 0
    done(index)
    assert index.jobs.get(number).state == "done"
    assert index.files([path])[path].reading == before
