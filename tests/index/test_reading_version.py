"""What is read of the same files is pinned beside `READING`, so that a change of one doesn't go without the other: an
existing library would keep its old figures."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path

from assistant.ask import SAMPLE_LIBRARY
from index.upkeep.updates import READING
from sources.taking import Taken, take

MADE = Path(__file__).parents[2] / "eval" / "data" / "tables-made.jsonl"
READ = (11, "422e10d0b6bef3a4")
"""The version, and the digest of what it reads."""


def kept(taken: Taken) -> str:
    """All that an index keeps, but where the file lies."""
    own = replace(taken, document=replace(taken.document, uri=""))
    return json.dumps(asdict(own), ensure_ascii=False, default=repr)


def test_what_is_read_changes_with_its_version(tmp_path: Path) -> None:
    made = [json.loads(line) for line in MADE.read_text(encoding="utf8").splitlines()]
    for each in made:
        (tmp_path / each["name"]).write_text(each["text"], encoding="utf8")
    files = [*sorted(SAMPLE_LIBRARY.iterdir()), *sorted(tmp_path.iterdir())]
    digest = sha256("\n".join(kept(take(file)) for file in files).encode()).hexdigest()[:16]
    assert (READING, digest) == READ, "what is read of the same files has changed: raise READING and pin both here"
