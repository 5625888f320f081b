"""Readers: inside `read_by` nothing that reads an index tells of what others alone may read."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from index.catalog.metrics import Wanted as Metrics
from index.catalog.moments import apart, read_by, readers
from index.filters import OPEN, Filter
from index.index import Index
from index.overview import Wanted

TEXTS = {
    "all/办法.txt": "云岭市租房补贴办法\n租房补贴每月500元。",
    "crimson/名册.txt": "红山局内部名册\n红山局2025年经费总额为4321万元。编号赤霞者共17人。",
    "blue/纪要.txt": "蓝港署内部纪要\n蓝港署2025年经费总额为8765万元。",
}
SECRET = ("红山", "4321", "赤霞", "crimson")
"""What nobody but the crimson may learn of."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    root = tmp_path_factory.mktemp("files")
    for name, text in TEXTS.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text, encoding="utf8")
    with Index.open(tmp_path_factory.mktemp("data")) as opened:
        opened.update([root])
        opened.label("group", "crimson", [root / "crimson"])
        opened.label("group", "blue", [root / "blue"])
        opened.jobs.add("update", [root / "crimson"])
        yield opened


def ids_of(index: Index) -> dict[str, str]:
    return {info.title[:2]: info.id for info in index.documents()}


def _inside(index: Index, look: Callable[[], Any], through: Filter = OPEN) -> Any:
    with index.seen(through):
        return look()


TOLD: dict[str, Callable[[Index, str], Any]] = {
    "documents": lambda index, _: index.documents(),
    "document": lambda index, secret: index.document(secret),
    "whole document": lambda index, secret: index.document(secret, whole=True),
    "passages": lambda index, secret: index.passages(secret),
    "tables": lambda index, secret: index.tables(secret),
    "search": lambda index, _: index.search("红山局经费总额"),
    "search by id": lambda index, secret: index.search("经费", through=Filter(documents=frozenset([secret]))),
    "search as others": lambda index, _: index.search("经费", through=Filter(groups=frozenset(["crimson"]))),
    "figures": lambda index, _: index.figures(),
    "figures of it": lambda index, secret: index.figures(document_id=secret),
    "find_figures": lambda index, _: [each.row() for each in index.find_figures("经费总额")],
    "metric_keys": lambda index, _: index.metric_keys(),
    "named": lambda index, _: index.named("名册"),
    "sources": lambda index, _: index.sources(),
    "facets": lambda index, _: index.facets(),
    "labels": lambda index, _: index.labels("group"),
    "unread": lambda index, _: index.unread(),
    "mentioning": lambda index, _: index.mentioning("赤霞"),
    "names_here": lambda index, _: index.names_here("赤霞 红山局"),
    "mended": lambda index, _: index.mended("赤露者共多少人")[1],
    "standings": lambda index, secret: [index.standings().documents(), index.standings().knows(secret)],
    "roots and failures": lambda index, _: (index.status().roots, index.status().failures),
    "jobs": lambda index, _: index.jobs.all(),
    "counts": lambda index, _: index.counts(),
    "overview": lambda index, _: index.overview(Wanted()),
    "registered": lambda index, _: index.registered(),
    "metrics": lambda index, _: [index.metrics.totals(Metrics()), index.metrics.page(Metrics(), limit=9)],
    "places of metrics": lambda index, _: index.metrics.in_region("红山"),
    "titles": lambda index, secret: index.metrics.titles([secret]),
    "look-up of a document": lambda index, secret: index.lookups.document(secret).text,
    "look-up of passages": lambda index, secret: index.lookups.passages(secret),
    "look-up of figures": lambda index, secret: index.lookups.figures(secret),
    "look-up of tables": lambda index, secret: index.lookups.tables(secret),
    "look-up of all figures": lambda index, _: index.lookups.store(),
    "names": lambda index, _: [name for name, _ in index.lookups.names().near("经费", least=0.0, most=9)],
    "inside a moment": lambda index, _: _inside(index, lambda: (index.documents(), index.search("红山局"))),
    "through a filter": lambda index, _: _inside(index, index.documents, Filter(groups=frozenset(["crimson"]))),
}
"""Everything that an index tells, by name; it is given the id of a document of the crimson."""
ALIKE = (
    "unread",
    "jobs",
    "sources",
    "mended",
    "names_here",
    "tables",
    "look-up of tables",
    "roots and failures",
    "registered",
    "places of metrics",
)
"""What here tells the crimson no more than others."""


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("groups", [frozenset(), frozenset(["blue"]), frozenset(["blue", "green"])])
def test_nothing_tells_of_what_others_alone_may_read(index: Index, name: str, groups: frozenset[str]) -> None:
    secret = ids_of(index)["红山"]

    def ask() -> Any:
        with contextlib.suppress(LookupError):
            return TOLD[name](index, secret)

    before = repr(ask())  # whatever is kept of this must not be told to others
    with read_by(groups):
        seen = repr(ask())
    assert not [word for word in SECRET if word in seen]
    with read_by(frozenset(["crimson"])):
        own = repr(ask())
    assert repr(ask()) == before, "what some may read has been kept for all"
    if name not in ALIKE:
        assert own != seen


def test_readers_of_several_groups_see_all_of_them(index: Index) -> None:
    with read_by(["crimson", "blue"]):
        assert set(ids_of(index)) == {"云岭", "红山", "蓝港"}
    with read_by(()):
        assert set(ids_of(index)) == {"云岭"}
    assert set(ids_of(index)) == {"云岭", "红山", "蓝港"}


def test_inside_readers_nobody_sees_more(index: Index) -> None:
    with read_by(["crimson"]), read_by(["crimson", "blue"]):
        assert set(ids_of(index)) == {"云岭", "红山"}
    with read_by(["crimson"]), read_by(["blue"]):
        assert set(ids_of(index)) == {"云岭"}
    with read_by(["crimson"]), read_by(None):
        assert set(ids_of(index)) == {"云岭", "红山"}
    with read_by(["crimson"]), index.seen(Filter(groups=frozenset(["blue"]))):
        assert set(ids_of(index)) == {"云岭"}
    with read_by(["crimson"]), index.seen(Filter(documents=frozenset(["x"]))):
        assert ids_of(index) == {}


def test_what_is_held_for_all_is_not_seen_by_some(index: Index) -> None:
    with index.seen(OPEN):
        with read_by(["blue"]):
            assert set(ids_of(index)) == {"云岭", "蓝港"}
        assert len(index.documents()) == 3


def test_a_moment_goes_on_for_its_readers_wherever_it_is_continued(index: Index) -> None:
    with read_by(["blue"]):
        moment = index.moment()
    seen = list(moment.each(set(ids_of(index)) for _ in range(1)))
    moment.close()
    assert seen == [{"云岭", "蓝港"}]


def test_readers_go_with_the_context(index: Index) -> None:
    found: list[set[str]] = []

    def look() -> None:
        found.append(set(ids_of(index)))

    with read_by(["blue"]):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(look,))
        thread.start()
        thread.join()
        with apart():
            look()
        assert readers() == frozenset(["blue"])
    assert readers() is None
    assert found == [{"云岭", "蓝港"}, {"云岭", "红山", "蓝港"}]
