"""A suite: which case sets are asked of which systems.

    name = "table"
    seed = 20261121

    [[sets]]
    name = "seeds-dev"
    cases = "cases.jsonl"          # or .csv, .xlsx, or a data set with format = "squad", "rgb" …
    documents = "documents"        # the folder they are asked on, where the data set brings none
    search = 10                    # also judge the best 10 passages

    [[systems]]
    name = "youju"
    kind = "youju"

One TOML file; its paths are relative to it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from eval.cases import reasons
from eval.systems import SystemSpec

Name = Annotated[str, Field(pattern=r"^[\w.+-]+$")]
"""Also the name of a folder in the results."""


class SetSpec(BaseModel):
    """Cases and the documents they are asked on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    cases: Path
    format: str = ""
    """A key of ADAPTERS; empty to go by the file's suffix."""
    documents: Path | None = None
    sample: int | None = Field(default=None, ge=1)
    """Take this many cases, chosen by the suite's seed."""
    ask: bool = True
    search: int = Field(default=0, ge=0, le=1000)
    """How many passages to search for and judge; 0 for none."""
    robustness: tuple[str, ...] = ()
    """Keys of PERTURBATIONS; each makes a set of its own, `name+perturbation`."""
    options: dict[str, float | int | str | bool] = {}
    """For the adapter: see its docstring."""


class Suite(BaseModel):
    """Everything that decides a run's results, besides the code and the data."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Name
    seed: int = 20261121
    currency: str = "元"
    """Of the systems' prices."""
    sets: tuple[SetSpec, ...] = Field(min_length=1)
    systems: tuple[SystemSpec, ...] = Field(min_length=1)

    @field_validator("sets", "systems")
    @classmethod
    def _names_once(cls, parts: tuple[SetSpec | SystemSpec, ...]) -> tuple[SetSpec | SystemSpec, ...]:
        if twice := _repeated(part.name for part in parts):
            raise ValueError(f"名称 {twice!r} 用了两次")
        return parts


def load(path: Path) -> Suite:
    """The suite in a TOML file, its paths made absolute. Raises ValueError naming the file and the field."""
    try:
        suite = Suite.model_validate({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path}：不是 TOML：{error}") from None
    except ValidationError as error:
        raise ValueError(f"{path}：{reasons(error)}") from None
    here = path.resolve().parent
    sets = tuple(
        part.model_copy(
            update={
                "cases": (here / part.cases).resolve(),
                "documents": (here / part.documents).resolve() if part.documents else None,
            }
        )
        for part in suite.sets
    )
    return suite.model_copy(update={"sets": sets})


def _repeated(names: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
