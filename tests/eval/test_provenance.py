"""A result's digests cover every file that decides it."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval import provenance

ROOT = Path(__file__).parents[2]
OF_THE_PAGE = {".css", ".js", ".svg"}
TEXTS = {".md", ".typed", ""}
"""Cards, licences, the mark that types are there, and the sample library, which has a digest of its own."""


def test_every_kind_of_file_that_decides_an_answer_is_in_its_digest() -> None:
    files = [path for stage in ("sources", "index", "assistant") for path in (ROOT / stage).rglob("*")]
    kinds = {path.suffix for path in files if path.is_file() and "__pycache__" not in path.parts}
    assert {".tsv", ".onnx", ".npy"} <= kinds
    assert kinds - OF_THE_PAGE - TEXTS <= set(provenance._CODE)


def test_what_scores_is_in_the_digest_of_scoring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "_ROOT", tmp_path)
    scores = tmp_path / "eval" / "reports" / "scores.py"
    scores.parent.mkdir(parents=True)
    (tmp_path / "eval" / "metrics").mkdir()
    scores.write_text("one", encoding="utf8")
    before = provenance.scoring_digest()
    scores.write_text("other", encoding="utf8")
    assert provenance.scoring_digest() != before
    scores.unlink()
    with pytest.raises(FileNotFoundError, match=r"scores\.py decides results"):
        provenance.scoring_digest()
