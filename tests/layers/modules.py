"""The project's modules and what each imports, read from their source: inner and TYPE_CHECKING imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


@dataclass(frozen=True)
class Import:
    """One module of ours taken into another."""

    importer: str
    module: str
    """Where the imported name is defined: a face (an `__init__` that hands names on) is looked through."""
    through: str
    """The module that the statement names: the face, where there is one."""
    line: int

    def __str__(self) -> str:
        seen = self.through if self.through == self.module else f"{self.through} ({self.module})"
        return f"{self.importer}:{self.line} imports {seen}"


def modules(root: Path, packages: Iterable[str]) -> dict[str, Path]:
    """Dotted name → file of every module in the packages."""
    files = (file for package in packages for file in sorted((root / package).rglob("*.py")))
    return {".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


def imports(files: Mapping[str, Path]) -> list[Import]:
    """Every import of one of the modules by another."""
    trees = {name: ast.parse(file.read_text(encoding="utf8")) for name, file in files.items()}
    faces = {name: _handed_on(trees[name], files) for name, file in files.items() if file.name == "__init__.py"}

    def origin(module: str, name: str) -> str:
        if f"{module}.{name}" in files:
            return f"{module}.{name}"
        behind = faces.get(module, {}).get(name)
        return origin(behind, name) if behind else module

    return [
        Import(importer, origin(module, name), f"{module}.{name}" if f"{module}.{name}" in files else module, line)
        for importer, tree in trees.items()
        for module, name, line in _statements(tree)
        if module in files
    ]


def circle(edges: Iterable[tuple[str, str]]) -> list[str]:
    """Modules that import each other in a circle, the first one again at the end; none where there is no circle."""
    graph: dict[str, set[str]] = {}
    for importer, module in edges:
        graph.setdefault(importer, set()).add(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1][::-1]
        return found
    return []


def within(module: str, folders: str | Sequence[str]) -> bool:
    """Whether a module is one of these, or in one of them."""
    names = [folders] if isinstance(folders, str) else folders
    return any(module == name or module.startswith(f"{name}.") for name in names)


def _statements(tree: ast.Module) -> list[tuple[str, str, int]]:
    """(module, name, line) of everything that is imported; the name is "" for a module as a whole."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, "", node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"line {node.lineno}: imports here are absolute"
            found += [(node.module or "", alias.name, node.lineno) for alias in node.names]
    return found


def _handed_on(tree: ast.Module, files: Mapping[str, Path]) -> dict[str, str]:
    """Name → the module it is imported from, of what stands at the top of a face."""
    return {
        alias.name: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module in files
        for alias in node.names
    }
