"""Damaged and hostile files, some hundred of them: each ends as text or as one error that names it, in bounded time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.hostile import BOMBS, bombs, irregular, mutations, outcome_of
from benchmarks.samples import SAMPLES
from sources.documents import Document
from sources.readers.files import READERS, document_of, find_files, read
from sources.readers.sandbox import Limits, Sandbox
from sources.taking import Taken, take

LIMITS = Limits(processes=2, silent_s=20.0, silent_s_per_mb=0.0, total_s=60.0, memory_bytes=2**30)
QUICK = (
    "yaml aliases", "one digit", "open brackets", "zeros", "list lines", "span of html", "laughing html",
    "laughing word", "file in word", "span of word", "deep word", "merged sheet", "far cell", "archives in archives",
    "ways out", "mails in mails", "page tree in a circle", "huge picture",
)  # fmt: skip
"""Bombs that are made and read in a second or two; the others are read by `python -m benchmarks.hostile`."""


@pytest.mark.parametrize("kind", READERS)
def test_there_is_a_sample_of_every_kind_that_is_read(kind: str) -> None:
    suffix, make = SAMPLES[kind]
    if kind in {"ppt"}:
        pytest.skip("its sample is nothing but what tells the kind")
    if kind in {"image", "doc"}:
        pytest.skip("reading it needs an extra or another program, which needn't be there")
    document = document_of(make(), uri=f"样本{suffix}")
    assert isinstance(document, Document)
    assert any(word in document.text for word in ("35120", "36120", "tonnes"))


def test_changed_files_end_as_text_or_as_an_error_that_names_them(tmp_path: Path) -> None:
    paths = list(mutations(tmp_path, count=20 * len(READERS) + 100, seed=7))
    with closing(Sandbox(LIMITS).each(paths, take)) as outcomes:
        ended = {path: outcome_of(path, outcome) for path, outcome in outcomes}
    assert ended.keys() == set(paths)
    assert {"text", "refused"} <= set(ended.values()) <= {"text", "refused", "time", "memory", "crash"}


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("一", "二"):
        (tmp_path / name).mkdir()
    pairs = zip(*(mutations(tmp_path / name, count=50, seed=3) for name in ("一", "二")), strict=True)
    assert all(one.name == two.name and one.read_bytes() == two.read_bytes() for one, two in pairs)


def test_bombs_end_as_text_or_as_an_error(tmp_path: Path) -> None:
    assert BOMBS.keys() >= set(QUICK)
    paths = [path for _, path in bombs(tmp_path, QUICK)]
    listed = [path for path in find_files([tmp_path]).files if path in paths]
    with closing(Sandbox(LIMITS).each(listed, read)) as outcomes:
        ended = {path.name: outcome for path, outcome in outcomes}
    assert len(ended) == len(listed) >= 5
    for name, outcome in ended.items():
        text = outcome.text if isinstance(outcome, Document) else ""
        assert "root:" not in text, name
        assert len(text) < 30_000_000, name
        outcome_of(tmp_path / name, Taken(outcome, (), ()) if isinstance(outcome, Document) else outcome)
    assert not Path("/tmp/出.txt").exists()


def test_what_is_no_file_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    irregular(tmp_path)
    (tmp_path / "好.txt").write_text("甲县的收入增长了。\n", encoding="utf8")
    listing = find_files([tmp_path])
    assert [path.name for path in listing.files] == ["好.txt"]
    assert {Path(each.path).name for each in listing.passed_over} == {
        "endless.txt", "pipe.txt", "gone.txt", "circle.txt",
    }  # fmt: skip
