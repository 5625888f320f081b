"""What exported files say of themselves, in Chinese and English; answers and documents keep their own language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from assistant.answers import AnswerFigure, Citation, Language
from assistant.in_english import standing_in_english
from sources.mentions.periods import label

if TYPE_CHECKING:
    from index.standing import Standing

_STATUSES = ("actual", "target", "plan", "rank", "growth", "share", "cumulative", "computed")


@dataclass(frozen=True)
class ExportWords:
    """One language."""

    language: str
    """As BCP 47 writes it."""
    title: str
    """Of a file that was given none."""
    library: str
    exported: str
    count: str
    question: str
    understood: str
    unsure: str
    refused: str
    nearest: str
    choices: str
    figures: str
    figure_columns: tuple[str, ...]
    table: str
    """Before the number of a sheet."""
    figure_headings: tuple[str, ...]
    """Of a spreadsheet of figures, see `assistant.exports.numbers`."""
    kinds: Mapping[str, str]
    """What `AnswerFigure.status` is called."""
    agrees: str
    """Of a figure that stands in its quote."""
    computed: str
    """Of one that its formula gives."""
    to_check: str
    unverified: str
    also: str
    """Before the marks of what is cited by no sentence."""
    sources: str
    source: str
    """Leads from a footnote to the list of sources."""
    verbatim: str
    """Of an answer whose every sentence passed its checks; with figures, also the next."""
    numbers_agree: str
    failed: str
    """Before sentences that didn't pass."""
    extractive: str
    written_by: str
    title_form: str
    page_form: str
    quote_form: str
    between: str
    stands: str
    """Between a quote and where it stands."""
    standing: str
    file: str
    """Before the name of a file in a reference."""
    others: str
    """For the authors after the third one, in a reference."""

    def day(self, day: str | None) -> str:
        """2026-01-05 as the language writes it; anything else as it is."""
        if not day or not self.language.startswith("zh") or not re.fullmatch(r"\d{4}(-\d\d){0,2}", day):
            return day or ""
        return label(day)

    def period(self, period: str) -> str:
        """A period in normal form, in words."""
        return label(period) if self.language.startswith("zh") else period.replace("..", "–")

    def check(self, figure: AnswerFigure, *, sure: bool) -> str:
        """What was checked of a figure; one can stand in its quote and still not be what was asked for."""
        if not figure.verified:
            return self.unverified
        if not sure:
            return self.to_check
        return self.computed if figure.citation is None else self.agrees

    def place(self, citation: Citation) -> str:
        """Where a quote stands: 《标题》，发布单位，2025年，章节，第 3 页，效力：现行."""
        section = citation.section.removeprefix(citation.title).removeprefix(" › ")
        facts = (
            self.title_form.format(citation.title),
            citation.publisher,
            self.day(citation.published),
            section,
            self.page_form.format(citation.page) if citation.page else "",
            " ".join(filter(None, (citation.sheet, citation.cells))),
            f"{self.standing}{self._holds(citation.standing)}" if citation.standing else "",
        )
        return self.between.join(filter(None, facts))

    def _holds(self, standing: Standing) -> str:
        return standing_in_english(standing) if self.language == "en" else standing.in_words

    def about(self, library: str, day: date, answers: int) -> str:
        """The line under a file's title."""
        facts = (
            f"{self.library}{library}" if library else "",
            f"{self.exported}{self.day(day.isoformat())}",
            self.count.format(answers) if answers > 1 else "",
        )
        return "　".join(filter(None, facts)) if self.language.startswith("zh") else " · ".join(filter(None, facts))


ZH = ExportWords(
    language="zh-CN",
    title="有据问答",
    library="文库：",
    exported="导出日期：",
    count="共 {} 个问题",
    question="问：",
    understood="理解为：",
    unsure="可能相关，请核对",
    refused="没有找到答案",
    nearest="文件中最接近的内容",
    choices="可选的问法",
    figures="回答中的数字",
    figure_columns=("数值", "指标", "地区", "时期", "性质", "核对"),
    table="表",
    figure_headings=(
        "问题",
        "原文写法",
        "数值",
        "单位",
        "指标",
        "地区",
        "时间",
        "性质",
        "核对",
        "文档",
        "页码",
        "原句",
        "算式",
    ),
    kinds=dict(zip(_STATUSES, ("实际", "目标", "计划", "位次", "增长", "占比", "累计", "计算"), strict=True)),
    agrees="与引文一致",
    computed="按算式得出",
    to_check="请核对",
    unverified="未核对",
    also="另见：",
    sources="来源",
    source="来源",
    verbatim="引文与原文一致",
    numbers_agree="数值、年份、地区一致",
    failed="未通过核对的句子：",
    extractive="摘自原文",
    written_by="由 {} 撰写",
    title_form="《{}》",
    page_form="第 {} 页",
    quote_form="“{}”",
    between="，",
    stands="——",
    standing="效力：",
    file="文件: ",
    others="等",
)
EN = ExportWords(
    language="en",
    title="Youju: questions and answers",
    library="Library: ",
    exported="Exported: ",
    count="{} questions",
    question="Q: ",
    understood="Understood as: ",
    unsure="possibly related, please check",
    refused="No answer was found",
    nearest="The nearest findings in the documents",
    choices="Choices",
    figures="Figures in the answer",
    figure_columns=("Value", "Metric", "Region", "Period", "Kind", "Check"),
    table="Table",
    figure_headings=(
        "Question",
        "As printed",
        "Value",
        "Unit",
        "Metric",
        "Region",
        "Period",
        "Kind",
        "Check",
        "Document",
        "Page",
        "Quote",
        "Formula",
    ),
    kinds={status: status for status in _STATUSES},
    agrees="as quoted",
    computed="by its formula",
    to_check="please check",
    unverified="unverified",
    also="See also: ",
    sources="Sources",
    source="source ",
    verbatim="quotes are verbatim",
    numbers_agree="values, years and places agree",
    failed="Sentences that didn't pass the checks: ",
    extractive="Quoted from the documents",
    written_by="Written by {}",
    title_form="{}",
    page_form="p. {}",
    quote_form="“{}”",
    between=", ",
    stands=" — ",
    standing="standing: ",
    file="File: ",
    others="et al",
)
EXPORT_WORDS: Mapping[Language, ExportWords] = {"zh": ZH, "en": EN}
