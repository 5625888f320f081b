"""Damaged and hostile files, some hundred of them: each ends as text or as one error that names it, in bounded time."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.hostile import BOMBS, SLOW, bombs, irregular, mutations, outcome_of
from benchmarks.samples import SAMPLES
from sources.documents import Document
from sources.readers.files import READERS, document_of, find_files, read
from sources.readers.kinds import kind_of
from sources.readers.sandbox import Limits, Sandbox
from sources.taking import Taken, take
from tests.fakes.shares import examples

LIMITS = Limits(processes=2, silent_s=20.0, silent_s_per_mb=0.0, total_s=60.0, memory_bytes=2**30)
QUICK = (
    "yaml aliases", "one digit", "open brackets", "zeros", "list lines", "short lines", "span of html", "laughing html",
    "laughing word", "file in word", "span of word", "deep word", "merged sheet", "far cell", "archives in archives",
    "ways out", "mails in mails", "page tree in a circle", "huge picture",
)  # fmt: skip
"""Bombs that are made and read in a second or two; the others are read by `python -m benchmarks.hostile`."""


@pytest.mark.parametrize("kind", READERS)
def test_there_is_a_sample_of_every_kind_that_is_read(kind: str) -> None:
    suffix, make = SAMPLES[kind]
    if kind in SLOW:
        assert kind_of(make(), suffix=suffix) == kind  # what reads it needn't be there
        return
    document = document_of(make(), uri=f"样本{suffix}")
    assert isinstance(document, Document)
    assert any(word in document.text for word in ("35120", "36120", "tonnes"))


def test_changed_files_end_as_text_or_as_an_error_that_names_them(tmp_path: Path) -> None:
    kinds = [kind for kind in READERS if kind not in SLOW]
    paths = list(mutations(tmp_path, count=examples(150, of=300), seed=7, kinds=kinds))
    with closing(Sandbox(LIMITS).each(paths, take)) as outcomes:
        came = dict(outcomes)
    assert came.keys() == set(paths)
    ended = {path: outcome_of(path, outcome) for path, outcome in came.items()}
    assert {"text", "refused"} <= set(ended.values())
    assert [str(came[path]) for path in paths if ended[path] == "mistake"] == []


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    for name in ("一", "二"):
        (tmp_path / name).mkdir()
    pairs = zip(*(mutations(tmp_path / name, count=50, seed=3) for name in ("一", "二")), strict=True)
    assert all(one.name == two.name and one.read_bytes() == two.read_bytes() for one, two in pairs)


def test_bombs_end_as_text_or_as_an_error(tmp_path: Path) -> None:
    assert BOMBS.keys() >= set(QUICK)
    made = list(bombs(tmp_path, QUICK))
    listing = find_files([tmp_path])
    with closing(Sandbox(LIMITS).each(listing.files, read)) as outcomes:
        ended = dict(outcomes)
    assert ended.keys() == set(listing.files)
    told = {*map(str, ended), *(each.path for each in listing.passed_over)}
    assert all(any(each.startswith(str(path)) for each in told) for _, path in made)
    for path, outcome in ended.items():
        text = outcome.text if isinstance(outcome, Document) else ""
        assert "root:" not in text, path
        assert len(text) < 30_000_000, path
        outcome_of(path, Taken(outcome, (), ()) if isinstance(outcome, Document) else outcome)
    assert not Path("/tmp/出.txt").exists()


def test_what_is_no_file_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    irregular(tmp_path)
    (tmp_path / "好.txt").write_text("甲县的收入增长了。\n", encoding="utf8")
    listing = find_files([tmp_path])
    assert [path.name for path in listing.files] == ["好.txt"]
    assert {Path(each.path).name for each in listing.passed_over} == {
        "endless.txt", "pipe.txt", "gone.txt", "circle.txt",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("stated", "published"),
    [
        ("r025-03-01", None),
        ("2025-13-01", None),
        ("2025年3月1日", "2025-03-01"),
        ("2025-03", "2025-03"),
        ("某日", None),
    ],
)
def test_a_date_that_is_none_is_not_taken_for_one(tmp_path: Path, stated: str, published: str | None) -> None:
    path = tmp_path / "某文.md"
    path.write_text(f'---\ntitle: 某文\npublished: "{stated}"\n---\n今年收入增长5.8%。\n', encoding="utf8")
    assert take(path).document.published == published
