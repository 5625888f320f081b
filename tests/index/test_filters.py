"""Searches within some documents, and without others."""

from __future__ import annotations

from pathlib import Path

from index.filters import Filter
from index.index import Index


def test_a_search_stays_within_documents_and_leaves_others_out(tmp_path: Path) -> None:
    for name, text in {
        "a.txt": "云岭市租房补贴办法\n租房补贴每月500元。",
        "b.txt": "云岭市购房补贴办法\n购房补贴每户2万元。",
        "c.txt": "云岭市租房补贴指南\n租房补贴在线申请。",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    with Index.open(tmp_path / ".data") as index:
        index.update([tmp_path])
        ids = {info.title: info.id for info in index.documents()}
        bought = frozenset([ids["云岭市购房补贴办法"]])

        within = index.search("租房补贴多少", through=Filter(documents=bought))
        without = index.search("租房补贴多少", through=Filter(without=bought))

        assert {hit.passage.document_id for hit in within} == bought
        assert {hit.passage.document_id for hit in without} == {*ids.values()} - bought
        assert index.search("租房补贴多少", through=Filter(documents=frozenset())) == []
