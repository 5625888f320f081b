"""Text out of files of every format, beside other libraries, in one run: facts, cells with their headers, seconds.

    python benchmarks/formats.py FOLDER SCORE [--with markitdown kreuzberg] [--out results/formats]

FOLDER holds the files, SCORE is a program that scores a file of extracted texts (`SCORE EXTRACTED`). Each system reads
all the files in a process of its own; a library that isn't installed is named and left out.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Row = dict[str, object]


def ours(folder: Path) -> Iterator[Row]:
    """What `youju read` prints of each file."""
    command = [str(Path(sys.executable).with_name("youju")), "read", str(folder), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf8") as process:
        for line in process.stdout or ():
            yield json.loads(line)


def markitdown(folder: Path) -> Iterator[Row]:
    """What markitdown makes of each file; it gives no pages."""
    from markitdown import MarkItDown

    converter = MarkItDown(enable_plugins=False)
    for path in _files(folder):
        yield _row(folder, path, lambda path=path: (converter.convert(str(path)).text_content, None))


def kreuzberg(folder: Path) -> Iterator[Row]:
    """What kreuzberg makes of each file, without OCR, whose models it would fetch."""
    from kreuzberg import extract_file_sync

    for path in _files(folder):

        def read(path: Path = path) -> tuple[str, str | None]:
            result = extract_file_sync(str(path))
            return result.content, (result.metadata or {}).get("title")

        yield _row(folder, path, read)


SYSTEMS: dict[str, Callable[[Path], Iterator[Row]]] = {"youju": ours, "markitdown": markitdown, "kreuzberg": kreuzberg}


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent != folder)


def _row(folder: Path, path: Path, read: Callable[[], tuple[str, str | None]]) -> Row:
    name = str(path.relative_to(folder))
    try:
        text, title = read()
    except Exception as error:  # noqa: BLE001 (whatever another library raises is its answer)
        return {"path": name, "error": f"{type(error).__name__}: {error}"[:300]}
    if not text.strip():
        return {"path": name, "error": "empty"}
    return {"path": name, "text": text, "title": title or "", "pages": None}


def main() -> None:
    """Prints the score and the seconds of each system."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("score", type=Path)
    arguments.add_argument("--with", dest="others", nargs="*", default=[], choices=sorted(SYSTEMS))
    arguments.add_argument("--out", type=Path, default=Path("results/formats"))
    arguments.add_argument("--only", choices=sorted(SYSTEMS), help=argparse.SUPPRESS)
    given = arguments.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    if given.only:
        with (given.out / f"{given.only}.jsonl").open("w", encoding="utf8") as out:
            for row in SYSTEMS[given.only](given.folder):
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
        return
    for name in ["youju", *given.others]:
        began = time.monotonic()
        own = [sys.executable, __file__, str(given.folder), str(given.score), "--out", str(given.out), "--only", name]
        if subprocess.run(own, check=False).returncode:
            print(f"{name}: not installed, or it broke off")
            continue
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"\n{name}: {time.monotonic() - began:.1f} s, at most {peak:.0f} MB in one process so far")
        subprocess.run([sys.executable, str(given.score), str(given.out / f"{name}.jsonl")], check=False)


if __name__ == "__main__":
    main()
