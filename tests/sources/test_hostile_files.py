"""Files that would be read for ever, or that say more than they hold: none of them stops the reading of the others."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest

from sources.documents import SourceError
from sources.readers.files import find_files, read
from sources.readers.regular import read_bytes, sha256

LIMIT_S = 60


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """Ends a test that waits for ever, also inside a system call."""

    def late(_number: int, _frame: FrameType | None) -> None:
        raise TimeoutError(f"still at it after {LIMIT_S} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_S)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(path))


def make_endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_broken(path: Path) -> None:
    path.symlink_to(path.parent / "没有")


def make_loop(path: Path) -> None:
    path.symlink_to(path)


def make_folder_link(path: Path) -> None:
    path.symlink_to(path.parent)


@pytest.mark.parametrize(
    ("make", "kind", "reason"),
    [
        (make_pipe, "管道", "是管道，不是普通文件，请把它移出文件夹"),
        (make_socket, "套接字", "是套接字，不是普通文件，请把它移出文件夹"),
        (make_endless, "设备", "是设备，不是普通文件，请把它移出文件夹"),
        (make_broken, "失效的链接", "是失效的链接，所指的文件不在了，请改正或删去它"),
        (make_loop, "循环的链接", "是循环的链接，不指向任何文件，请改正或删去它"),
        (make_folder_link, "文件夹的链接", "是文件夹的链接，没有跟进去，请另外写明那个文件夹"),
    ],
)
def test_only_regular_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make, kind, reason) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    make(Path("怪.txt"))
    (tmp_path / "好.txt").write_text("甲县的收入增长了。\n", encoding="utf8")
    listing = find_files([tmp_path])
    assert [path.name for path in listing.files] == ["好.txt"]
    assert [(Path(each.path).name, each.kind, each.reason) for each in listing.passed_over] == [
        ("怪.txt", kind, reason)
    ]
    if make is make_folder_link:
        return  # named by itself, the folder is meant
    with pytest.raises(SourceError, match=reason.split("，")[0]):
        find_files([tmp_path / "怪.txt"])
    with pytest.raises(SourceError, match=r"怪\.txt"):  # as when it has taken a file's place after the walk
        read(tmp_path / "怪.txt")
    with pytest.raises((SourceError, OSError)):
        sha256(tmp_path / "怪.txt")


def test_a_link_to_a_file_is_read_where_it_stays_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "原文").mkdir()
    (tmp_path / "原文" / "甲.txt").write_text("甲县的收入增长了。\n", encoding="utf8")
    (tmp_path / "文库").mkdir()
    (tmp_path / "文库" / "乙.txt").symlink_to(tmp_path / "原文" / "甲.txt")
    (tmp_path / "原文" / "丙.txt").symlink_to(tmp_path / "原文" / "甲.txt")
    assert [path.name for path in find_files([tmp_path / "原文"]).files] == ["丙.txt", "甲.txt"]
    outside = find_files([tmp_path / "文库"])
    assert outside.files == ()
    (told,) = outside.passed_over
    assert (told.kind, told.reason[:13]) == ("文件夹以外的链接", "链接指向文件夹以外，没有跟")
    (path,) = find_files([tmp_path / "文库"], follow_links=True).files
    assert path.name == "乙.txt"
    assert "甲县" in read(path).text


def test_a_file_over_the_limit_is_told_of_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(10 * 2**40)  # 10 TB that take no room on the disk
    with pytest.raises(SourceError, match=r"大\.txt: 文件有 10485760\.0 MB，超过 20\.0 MB 的上限。请拆成几个文件"):
        read(path)
    path.write_bytes(b"a" * 1001)
    with pytest.raises(SourceError, match="上限"):
        read(path, max_bytes=1000)
    assert len(read(path, max_bytes=1001).text) == 1001


def test_a_file_that_grows_is_read_to_the_limit_only(tmp_path: Path) -> None:
    path = tmp_path / "长.txt"
    path.write_bytes(b"")
    started, ended = threading.Event(), threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            for _ in range(2000):  # 200 MB at most
                if ended.is_set():
                    return
                file.write(b"a" * 100_000)
                started.set()

    writer = threading.Thread(target=grow)
    writer.start()
    started.wait(5)
    try:
        most = 0
        for _ in range(50):
            try:
                most = max(most, len(read_bytes(path, max_bytes=3_000_000)))
            except SourceError as error:
                assert error.reason.endswith("超过 2.9 MB 的上限")  # noqa: PT017  either outcome is right
        assert most <= 3_000_000
    finally:
        ended.set()
        writer.join()


def test_a_file_that_says_it_is_empty_and_is_not_has_the_same_limit() -> None:
    endless = Path("/proc/self/maps")
    if not endless.exists():
        pytest.skip("there is no /proc here")
    assert endless.stat().st_size == 0
    with pytest.raises(SourceError, match="上限"):
        read_bytes(endless, max_bytes=100)


def bomb() -> str:
    """Front matter of ten lines whose last one, followed through, holds 9⁹ characters."""
    lines = [f"a: &a [{'哈, ' * 9}]"]
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        aliases = f"*{before}, " * 9
        lines.append(f"{name}: &{name} [{aliases}]")
    return "\n".join(["---", *lines, "title: 某县观察", "---", "# 某县观察", "正文第一句。", ""])


def test_an_alias_bomb_is_refused_and_the_document_read(tmp_path: Path) -> None:
    (tmp_path / "炸弹.md").write_text(bomb(), encoding="utf8")
    script = (
        "import resource, sys; from pathlib import Path\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))\n"
        "from sources.readers.files import read\n"
        "document = read(Path(sys.argv[1])); print(document.title, document.text)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "炸弹.md")],
        capture_output=True, text=True, check=False, timeout=LIMIT_S, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout == "某县观察 某县观察\n正文第一句。\n", done.stderr
    assert "锚点" in done.stderr


@pytest.mark.parametrize("front", ["title: &t 甲\nother: *t", "x: *nobody\ntitle: 乙", "a: &a\n  b: *a\ntitle: 丙"])
def test_anchors_and_aliases_are_not_followed(tmp_path: Path, front: str) -> None:
    path = tmp_path / "某文.md"
    path.write_text(f"---\n{front}\n---\n正文第一句。\n", encoding="utf8")
    assert read(path).text == "正文第一句。"


def test_a_stretch_between_rules_that_is_too_long_for_front_matter_is_text(tmp_path: Path) -> None:
    path = tmp_path / "某文.md"
    lines = "".join(f"k{n}: 第{n}行的值有些长\n" for n in range(100_000))
    path.write_text(f"---\n{lines}---\n正文第一句。\n", encoding="utf8")
    text = read(path).text
    assert "第99999行" in text
    assert text.endswith("正文第一句。")


@pytest.mark.parametrize(
    "text",
    [
        "没有句号的一行\n" * 200_000,
        "浙 江 省 " * 200_000,
        "# 标题" + " " * 500_000 + "尾",
        "（" * 200_000 + "浙 江 " * 50_000,
        "".join(f"第{n}章 题目\n正文第{n}句。\n" for n in range(30_000)),
    ],
    ids=["lines", "spaces", "heading", "brackets", "sections"],
)
def test_cleaning_takes_time_in_step_with_the_text(tmp_path: Path, text: str) -> None:
    path = tmp_path / "长.md"
    path.write_text(text, encoding="utf8")
    assert read(path).text


def test_what_lies_at_a_path_within_a_folder_is_what_a_walk_of_it_gives(tmp_path: Path) -> None:
    root = tmp_path / "文库"
    (root / "内" / ".隐").mkdir(parents=True)
    (tmp_path / "外.txt").write_text("外面的。", encoding="utf8")
    for name in ("甲.txt", "内/乙.txt", "内/.隐/丙.txt", ".丁.txt", "内/戊.exe", "metadata.csv"):
        (root / name).write_text("文字。", encoding="utf8")
    (root / "链.txt").symlink_to(tmp_path / "外.txt")
    (root / "内" / "近.txt").symlink_to(root / "甲.txt")
    (root / "圈").symlink_to(root, target_is_directory=True)
    with zipfile.ZipFile(root / "包.zip", "w") as packed:
        packed.writestr("己.txt", "包里的。")
    for follow_links in (False, True):
        whole = find_files([root], follow_links=follow_links)
        for path in sorted(root.rglob("*")):
            if any(part.startswith(".") for part in path.relative_to(root).parts[:-1]):
                continue  # who asks sees to what lies in hidden folders
            alone = find_files([path], within=root, follow_links=follow_links)
            if path.name == "圈" and follow_links:
                continue  # a circle, seen only from the whole
            assert set(alone.files) == {each for each in whole.files if each.is_relative_to(path)}, path
    assert find_files([root / "没有.txt"], within=root).files == ()
