"""What the tools of the MCP server take, and what is said of arguments that they don't"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from assistant.answers import Turn
from assistant.config import MAX_QUESTION_CHARS, MAX_TURNS
from index.filters import Filter

MAX_READ_CHARS = 20_000
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION_CHARS)]
Names = Annotated[list[str], BeforeValidator(lambda given: [given] if isinstance(given, str) else given)]
"""Models write one name as often without its list."""


class Arguments(BaseModel):
    """Of one call. A misspelt one is told rather than passed over; null is as if it weren't there."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, given: Any) -> Any:
        return {key: value for key, value in given.items() if value is not None} if isinstance(given, dict) else given


class Within(Arguments):
    """Which documents count: those that meet all that is given, each by any of its values."""

    documents: Names = Field([], description="只看这些文档（list_documents、search 给出的 document_id）")
    tags: Names = Field([], description="只看有这些标签的文档")
    publishers: Names = Field([], description="只看这些机构发布的文档，如 嘉兴市统计局")
    regions: Names = Field([], description="只看讲这些地区的文档，如 嘉兴市")
    since: str = Field("", description="只看这一天、月或年以后发布的：2024、2024-03 或 2024-03-15")
    until: str = Field("", description="只看这一天、月或年以前发布的")
    standing: str = Field("", description="today 或某一天（2024-03-15）：只看那天现行有效的")

    @model_validator(mode="after")
    def _can_be_meant(self) -> Within:
        self.through()
        return self

    def through(self) -> Filter:
        """The filter."""
        return Filter.of(**{name: getattr(self, name) for name in Within.model_fields})


class Exchange(Arguments):
    """An earlier question of the conversation."""

    question: Text
    answer: str = ""


class AskArguments(Within):
    """Of `ask`."""

    question: Text = Field(description="一个问题，用中文或英文，尽量写全时间、地点和指标")
    history: list[Exchange] = Field(
        [], max_length=MAX_TURNS, description="此前的问答，旧的在前；追问（“那2024年呢？”）靠它补全"
    )

    def turns(self) -> list[Turn]:
        """The conversation before the question."""
        return [Turn(each.question, each.answer) for each in self.history]


class SearchArguments(Within):
    """Of `search`."""

    query: Text = Field(description="要找的内容：词语或一句话")
    k: int = Field(10, ge=1, le=50, description="最多给出几段")


class FiguresArguments(Within):
    """Of `figures`."""

    metric: Text = Field(description="指标名，如 农村居民人均可支配收入")
    region: str | None = Field(None, description="地区，如 嘉兴")
    period: str | None = Field(None, description="时间，如 2025年、2024年前三季度、2020—2025年、十四五")
    status: str | None = Field(
        None, description="actual 实际数，target 目标，plan 计划，growth 增长，share 占比，rank 位次，cumulative 累计"
    )
    unit: str | None = Field(None, description="单位，如 元、%、万人")
    subject: str | None = Field(None, description="说的是谁，如 规模以上工业企业")
    at_least: Decimal | None = Field(None, description="数值下限，按基本单位")
    at_most: Decimal | None = Field(None, description="数值上限，按基本单位")
    limit: int = Field(50, ge=1, le=200, description="最多给出几个")
    offset: int = Field(0, ge=0, description="跳过前几个")


class ReadArguments(Arguments):
    """Of `read_document`."""

    document: Text = Field(description="document_id，或标题")
    start: int = Field(0, ge=0, description="从第几个字读起（偏移量，引文里的 start 就是）")
    length: int = Field(6000, ge=1, le=MAX_READ_CHARS, description="读多少个字")
    page: int | None = Field(None, ge=1, description="从第几页读起；有页码的格式才能用，代替 start")


class ListArguments(Within):
    """Of `list_documents`."""

    query: str = Field("", max_length=200, description="标题或文号里的词；不写则列出全部")
    limit: int = Field(50, ge=1, le=200, description="最多列几篇")
    offset: int = Field(0, ge=0, description="跳过前几篇")


def what_is_wrong(error: ValidationError, taken: type[Arguments]) -> str:
    """A line for each argument that can't be used: which, why, and what it may be."""
    return "\n".join(dict.fromkeys(_line(each, taken) for each in error.errors(include_url=False)))


_TOLD: Mapping[str, str] = {
    "missing": "没有写。这是必填的",
    "string_too_short": "是空的。请写上内容",
    "string_too_long": "太长，最多 {max_length} 个字",
    "too_long": "太多，最多 {max_length} 个",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "string_type": "应是一段文字",
    "list_type": "应是一个列表",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "int_from_float": "应是整数",
    "decimal_parsing": "应是数字",
    "decimal_type": "应是数字",
    "model_type": "应是一组键和值",
}


def _line(error: Any, taken: type[Arguments]) -> str:
    where = ".".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{where}: 没有这个参数。可用的有 {'、'.join(taken.model_fields)}"
    if error["type"] == "value_error":
        said = str(error["ctx"]["error"])
        return f"{where}: {said}" if where else said
    told = _TOLD.get(error["type"])
    return f"{where}: {told.format(**error.get('ctx', {})) if told else error['msg']}"
