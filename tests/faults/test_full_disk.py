"""A full disk, at many points of what is written: questions are answered, the error says what to do, and when there is
space again all goes on."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalog.schema import CatalogError
from index.upkeep import space
from index.upkeep.backups import back_up, restore
from tests.faults.watching import Promise, answer, state_of, verify
from tests.faults.worker import opened, write

POINTS = 20
FILES = 12
DISK_BYTES = 6_000_000
CHECK = space.check


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own."""
    made = tmp_path / "disk"
    made.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(made)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")
    try:
        yield made
    finally:
        subprocess.run(["umount", str(made)], check=True)


def fill(disk: Path, left: int) -> None:
    """Leaves so many bytes of the disk."""
    (disk / "ballast").unlink(missing_ok=True)
    (disk / "ballast").write_bytes(b"\0" * max(0, shutil.disk_usage(disk).free - left))


def test_a_disk_that_fills_up_at_any_point(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, files, luck = disk / "data", tmp_path / "files", random.Random(3)
    files.mkdir()
    promise = Promise()
    first: dict[int, int | None] = dict.fromkeys(range(FILES), 0)
    write(files, first)
    with opened(data) as index:
        index.update([files])
    promise.settle(first)
    backup = tmp_path / "backup.zip"
    refused = set()
    monkeypatch.setattr(space, "_SPARE_BYTES", 0)
    for point in range(POINTS):
        do = ("update", "build", "switch", "restore", "back up")[point % 5]
        # Every second time it is not foreseen, as where somebody else fills the disk meanwhile.
        monkeypatch.setattr(space, "check", (lambda *_, **__: None) if point % 2 else CHECK)
        changes: dict[int, int | None] = dict.fromkeys(luck.sample(range(FILES), 6), point + 1)
        back_up(data, backup)
        with opened(data) as serving:
            assert answer(serving, 3) is not None
            write(files, changes)
            promise.under_way = changes
            promise.restored = state_of(serving) if do == "restore" else None
            fill(disk, 6_000 * point)
            if why := refusal(do, data, files, backup, point):
                assert "磁盘已满" in why or "磁盘只剩" in why, (do, point)
                refused.add(do)
            verify(serving, promise, luck)
            with opened(data) as asking:
                verify(asking, promise, luck)
                (disk / "ballast").unlink()
                promise.restored = None
                asking.update([files])
                promise.settle(changes)
                assert verify(asking, promise, luck) == promise.kept
                assert not [each for each in asking.examine() if each.state == "broken"], (do, point)
    assert refused == {"update", "build", "switch", "restore", "back up"}


def test_a_disk_that_is_full_when_the_index_is_opened(disk: Path, tmp_path: Path) -> None:
    data, files = disk / "data", tmp_path / "files"
    files.mkdir()
    write(files, dict.fromkeys(range(FILES), 0))
    with opened(data) as index:
        index.update([files])
    fill(disk, 0)  # SQLite needs a little to begin with
    with pytest.raises(CatalogError, match="磁盘已满"):
        opened(data)
    fill(disk, 100_000)
    with opened(data) as index:
        assert answer(index, 3) == 0
        fill(disk, 0)
        write(files, {3: 1})
        with pytest.raises(CatalogError, match="磁盘已满"):
            index.jobs.add("update", [files])
        assert answer(index, 3) == 0


def refusal(do: str, data: Path, files: Path, backup: Path, point: int) -> str | None:
    """Why something couldn't be done; None where it was."""
    try:
        with opened(data, embedder=f"other{point}" if do == "switch" else "bigrams") as index:
            if do == "update":
                index.jobs.finish(index.jobs.add("update", [files]), index.do)
            elif do == "build":
                index.update([files], build=False)
                index.build()
            elif do == "switch":
                index.switch()
            elif do == "restore":
                restore(backup, data, force=True)
            else:
                back_up(data, data.with_name("backup.zip"))
    except CatalogError as error:
        return str(error)
    return None
