"""Schemas: a client's JSON Schema, read as far as values are made by it, and within limits

It comes from anybody: each schema that is read costs a step, and a request has only so many, whatever `$ref` leads to.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import SchemaError, SchemaValidator, core_schema

from assistant.server.requests import said

Schema = Mapping[str, Any]
MAX_DEPTH = 32
"""Of the values in one another."""
MAX_STEPS = 1000
MAX_WRITTEN = 10_000
"""Values of the JSON that a schema is written in."""
_PATTERN_STEPS = 50
_PATTERN_CHARS, _PATTERN_REPEATS = 200, 1000
_MATCHED_CHARS = 500
_COUNTS = re.compile(r"\{(\d+)(?:,(\d*))?\}")


class NotFittingError(ValueError):
    """A value that can't be given: `str(error)` names its place and why."""

    def __init__(self, where: str, why: str, *, is_of_schema: bool, is_final: bool = False) -> None:
        super().__init__(f"{where}: {why}" if where else why)
        self.where = where
        self.why = why
        self.is_of_schema = is_of_schema
        """Whether it can be given for no answer; else only for this one."""
        self.is_final = is_final
        """Whether the whole schema can't be used, so that leaving the value out doesn't help."""

    def under(self, field: str) -> str:
        """The same of a schema that stands in a field of the request."""
        return f"{field}.{self}" if self.where else f"{field}: {self}"


class RecursionEndsError(NotFittingError):
    """A schema that stands under itself: an array of it is empty, an optional one is left out."""


Kind = Literal["string", "number", "integer", "boolean", "object", "array", "null"]
_Limit = Annotated[float, Field(ge=0)]


class _Keywords(BaseModel):
    """Those that are read, each of its type. null counts as absent."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    type: Kind | Annotated[list[Kind], Field(min_length=1)] | None = None
    enum: Annotated[list[Any], Field(min_length=1)] | None = None
    any_of: list[Any] | None = None
    one_of: list[Any] | None = None
    all_of: list[Any] | None = None
    ref: str | None = Field(None, alias="$ref")
    properties: dict[str, Any] | None = None
    pattern_properties: dict[str, Any] | None = None
    required: list[str] | None = None
    items: dict[str, Any] | bool | None = None
    min_items: _Limit | None = None
    max_items: _Limit | None = None
    min_length: _Limit | None = None
    max_length: _Limit | None = None
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | bool | None = None
    exclusive_maximum: float | bool | None = None
    multiple_of: float | None = None
    pattern: str | None = None
    format: str | None = None


class Steps:
    """The schema of a request while values are made by it, and how many steps are left."""

    def __init__(self, root: Any) -> None:
        """Raises NotFittingError for one that is written too long."""
        self._root = root
        self._left = MAX_STEPS
        if _is_longer(root, MAX_WRITTEN):
            why = said(f"最多写 {MAX_WRITTEN} 个值，请缩小", f"may be written in {MAX_WRITTEN} values at most")
            raise NotFittingError("", why, is_of_schema=True, is_final=True)

    def take(self, where: str, steps: int = 1) -> None:
        """Raises NotFittingError where there are none left."""
        self._left -= steps
        if self._left < 0:
            why = said(
                f"展开 $ref 之后超过 {MAX_STEPS} 个值的上限，请缩小（一个 pattern 算 {_PATTERN_STEPS} 个）",
                f"with every $ref followed it has more than {MAX_STEPS} values (a pattern counts as {_PATTERN_STEPS}):"
                " make it smaller",
            )
            raise NotFittingError(where, why, is_of_schema=True, is_final=True)

    def resolved(self, schema: Any, where: str, under: frozenset[str]) -> tuple[Schema, frozenset[str]]:
        """The schema that a `$ref` or a lone `allOf` stands for, checked, and the references that it stands under.

        Raises NotFittingError for one that is none, and for one that stands under itself.
        """
        while True:
            self.take(where)
            schema = _checked(schema, where)
            parts: list[Any] = schema.get("allOf") or []
            if (address := schema.get("$ref")) is not None:
                if address in under:
                    why = said(
                        "$ref 指回了它自己，没有尽头：请让它可以是 null，或不列入 required",
                        "the $ref leads back to itself without end: let it be null, or take it out of required",
                    )
                    raise RecursionEndsError(where, why, is_of_schema=True)
                under = under | {address}
                found = self._at(address, where)
                schema = {**found, **{key: value for key, value in schema.items() if key != "$ref"}}
            elif len(parts) == 1:
                schema = {**_checked(parts[0], where), **{k: value for k, value in schema.items() if k != "allOf"}}
            else:
                return schema, under

    def _at(self, address: str, where: str) -> Schema:
        found = self._root
        start, *steps = address.split("/")
        is_own = start == "#"
        for step in steps:
            name = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and len(name) < 6 and int(name) < len(found):
                found = found[int(name)]
            else:
                is_own = is_own and isinstance(found, Mapping) and name in found
                found = found[name] if is_own else {}
        if not is_own:
            shown = address[:80]
            why = said(f"$ref {shown!r} 在这个 schema 里没有", f"the schema has nothing at $ref {shown!r}")
            raise NotFittingError(where, why, is_of_schema=True, is_final=True)
        return _checked(found, where)

    def hold(self, schema: Schema, value: Any, where: str) -> None:
        """Raises NotFittingError where the value isn't in the form that the schema wants."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, str):
            fits = _fits_length(schema, value) and _FORMATS.get(schema.get("format") or "", bool)(value)
            if fits and (pattern := schema.get("pattern")) is not None:
                self.take(where, _PATTERN_STEPS)
                fits = _matches(pattern, value, where)
        else:
            fits = not is_number or _fits_bounds(schema, value)
        if not fits:
            why = said("答案里的值不合所要的形式", "what the answer has is not in the form that is wanted")
            raise NotFittingError(where, why, is_of_schema=False)


def _is_longer(value: Any, most: int) -> bool:
    """Whether JSON has more values than so many."""
    waiting, seen = [value], 0
    while waiting and seen <= most:
        each = waiting.pop()
        seen += 1
        if isinstance(each, Mapping):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        if len(waiting) > most:
            return True
    return seen > most


def _checked(schema: Any, where: str) -> Schema:
    """The schema, if it is one; `true` is one that anything meets."""
    if schema is True:
        return {}
    try:
        _Keywords.model_validate(schema)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        steps = [str(step) for step in first["loc"][:1]]
        place = ".".join(filter(None, [where, *steps]))
        what = said("写得不合 JSON Schema", "this is no JSON Schema")
        raise NotFittingError(place, f"{what}: {first['msg']}", is_of_schema=True, is_final=True) from None
    assert isinstance(schema, Mapping)
    return schema


def _fits_length(schema: Schema, value: str) -> bool:
    most = schema.get("maxLength")
    return len(value) >= (schema.get("minLength") or 0) and (most is None or len(value) <= most)


def _fits_bounds(schema: Schema, value: float) -> bool:
    """Draft 4 writes the exclusive ones as true beside the others."""
    least, most = schema.get("minimum"), schema.get("maximum")
    above, below, step = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum"), schema.get("multipleOf")
    if above is True or below is True:
        above, below = (least if above is True else above), (most if below is True else below)
    return (
        (least is None or value >= least)
        and (most is None or value <= most)
        and (above is None or above is False or value > above)
        and (below is None or below is False or value < below)
        and (not step or math.isclose(value / step, round(value / step), abs_tol=1e-9))
    )


def _matches(pattern: str, value: str, where: str) -> bool:
    """By an engine whose time is linear in the text: one that tries again and again never ends on ^(([^x])+)+x$."""
    repeats = math.prod(max(int(n) for n in each if n) or 1 for each in _COUNTS.findall(pattern[:_PATTERN_CHARS]))
    matcher = None
    if len(pattern) <= _PATTERN_CHARS and repeats <= _PATTERN_REPEATS:
        matcher = _matcher(pattern)
    if matcher is None:
        why = said(
            f"这个 pattern 用不了：最长 {_PATTERN_CHARS} 个字符，重复次数相乘不过 {_PATTERN_REPEATS}，不能有前后断言"
            "或反向引用。请去掉它",
            f"this pattern can't be used: {_PATTERN_CHARS} characters at most, repeated {_PATTERN_REPEATS} times at"
            " most, without lookaround and backreferences. Leave it out",
        )
        raise NotFittingError(where, why, is_of_schema=True)
    if len(value) > _MATCHED_CHARS:
        return False
    try:
        matcher.validate_python(value)
    except ValidationError:
        return False
    return True


@lru_cache(maxsize=64)
def _matcher(pattern: str) -> SchemaValidator | None:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        return None


def _reads(reader: Callable[[str], Any]) -> Callable[[str], bool]:
    def fits(value: str) -> bool:
        try:
            return bool(reader(value)) or reader is time.fromisoformat
        except ValueError:
            return False

    return fits


def _never(_: str) -> bool:
    return False


_FORMATS: dict[str, Callable[[str], bool]] = {
    "date": _reads(lambda value: len(value) == 10 and date.fromisoformat(value)),
    "date-time": _reads(lambda value: "T" in value and datetime.fromisoformat(value).tzinfo),
    "time": _reads(time.fromisoformat),
    "uri": _reads(lambda value: urlsplit(value).scheme),
    **dict.fromkeys(("email", "idn-email", "hostname", "ipv4", "ipv6", "uuid", "duration", "regex"), _never),
}
"""Those that an answer's values may fail; no answer has an address of a person or a machine."""
