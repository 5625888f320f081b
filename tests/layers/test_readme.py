"""README tells the truth: its file map is the folders' own first lines, its commands exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from typer.main import get_command

from assistant.cli.commands import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf8")


def first_line(file: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(file.read_text(encoding="utf8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    return re.split(r"(?<=[.])\s", paragraph, maxsplit=1)[0].rstrip(".:")


def file_map() -> str:
    """What README's map should say, as Markdown."""
    lines = []
    for stage in ("sources", "index", "assistant", "eval"):
        lines.append(f"\n**{stage}/** {first_line(ROOT / stage / '__init__.py')}\n")
        for path in sorted((ROOT / stage).iterdir()):
            if path.suffix == ".py" and not path.name.startswith("__"):
                lines.append(f"- `{path.name}` {first_line(path)}")
            elif (path / "__init__.py").is_file():
                lines.append(f"- `{path.name}/` {first_line(path / '__init__.py')}")
    return "\n".join(lines).strip()


def test_the_file_map_is_true() -> None:
    assert file_map() in README, f"put this into README:\n{file_map()}"


def test_the_commands_that_readme_shows_exist() -> None:
    shown = set(re.findall(r"\.venv/bin/youju (\w+)", README))
    assert shown
    assert shown <= set(get_command(app).commands)  # type: ignore[attr-defined]
