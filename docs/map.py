"""Writes docs/map.md, a line for every file, from the first lines of their docstrings: `make map`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAP = ROOT / "docs" / "map.md"
PACKAGES = ("sources", "index", "assistant", "eval", "training", "benchmarks")
"""In the order in which they are best read."""
HEAD = """# The files, a line each

Read the packages in this order: each imports only from those before it. A line is the first sentence of the file's
docstring; `make map` writes this page anew.
"""


def rendered() -> str:
    """The page as it should be."""
    return (
        "\n".join([HEAD, *(line for package in PACKAGES for line in _folder(ROOT / package, level=2))]).rstrip() + "\n"
    )


def _folder(folder: Path, *, level: int) -> Iterator[str]:
    yield f"{'#' * level} {folder.relative_to(ROOT).as_posix()}/\n"
    opening = first_line(folder / "__init__.py")
    yield f"{opening}{'' if opening.endswith('?') else '.'}\n"
    files = [path for path in sorted(folder.glob("*.py")) if path.name != "__init__.py"]
    for path in files:
        yield f"- `{path.name}` {first_line(path)}"
    if files:
        yield ""
    for path in sorted(folder.iterdir()):
        if (path / "__init__.py").is_file():
            yield from _folder(path, level=3)


def first_line(file: Path) -> str:
    """The first sentence of a module's docstring, on one line, without its full stop."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.])(?<!\bal\.)\s", paragraph, maxsplit=1)[0].rstrip(".:")


if __name__ == "__main__":
    MAP.write_text(rendered(), encoding="utf8")
