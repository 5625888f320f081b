"""What the tools of the MCP server give back: each result as data, and as a text that a model reads

Where a file lies on the server is told to nobody; documents go by their ids.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

from pydantic import BaseModel, Field


class Result(BaseModel, ABC):
    """Of one call."""

    @abstractmethod
    def text(self) -> str:
        """The same in words."""


class Source(BaseModel):
    """A place in a document."""

    document_id: str
    title: str
    section: str = ""
    page: int | None = None
    start: int = Field(description="引文在文档全文里的起点（字）；read_document 从这里读")
    end: int = Field(description="终点，不含")

    def place(self, *more: str | None) -> str:
        """In words, with what `more` there is to say of the document."""
        page = f"第{self.page}页" if self.page else ""
        section = self.section.removeprefix(self.title).removeprefix(" › ")
        where = "，".join(filter(None, (f"《{self.title}》", *more, section, page)))
        return f"{where}（document_id {self.document_id}，第 {self.start}–{self.end} 字）"


class Cited(Source):
    """A quote that the answer rests on."""

    number: int = Field(description="回答里的 [1]、[2]")
    publisher: str | None = None
    published: str | None = None
    quote: str = Field(description="原文，一字不差")
    standing: str = Field("", description="这份文件现在是否有效")


class Stated(BaseModel):
    """A number of the answer."""

    text: str
    value: str
    unit: str
    metric: str
    region: str
    period: str
    status: str
    citation: int | None = Field(description="出自哪条引文；算出来的没有")
    formula: str | None = None


class Asked(Result):
    """Of `ask`."""

    status: Literal["answered", "not_found", "clarify"]
    answer: str = Field(description="每句后面的 [1] 是它的出处")
    sure: bool = Field(description="不是 true 的，只能说“可能相关”")
    confidence: float
    question: str = Field(description="补全以后的问题")
    citations: list[Cited] = []
    figures: list[Stated] = []
    nearest: list[str] = Field([], description="没有找到时，资料里最接近的")
    choices: list[str] = Field([], description="要反问用户时，可选的问法")
    doubts: list[str] = Field([], description="问题里有、引文里没有的词")
    notice: str | None = None
    engine: str = Field(description="extractive 是摘录；否则是写回答的模型")

    def text(self) -> str:
        """The answer, then where each quote stands."""
        lines = [self.answer]
        if not self.sure:
            lines.append("（不确定：只是可能相关，请对照原文）")
        if self.doubts:
            lines.append(f"（引文里没有：{'、'.join(self.doubts)}）")
        if self.notice:
            lines.append(f"（{self.notice}）")
        lines += self.nearest
        if self.choices:
            lines.append("请用户选一个：" + "；".join(self.choices))
        if self.citations:
            lines += ["", "出处："]
        for each in self.citations:
            place = each.place(each.publisher, each.published, each.standing)
            lines.append(f"[{each.number}] {place}\n    “{each.quote}”")
        return "\n".join(lines)


class Passage(Source):
    """One that was found."""

    text: str
    score: float


class Searched(Result):
    """Of `search`."""

    passages: list[Passage] = Field(description="最相关的在前")

    def text(self) -> str:
        """Each passage below its place."""
        if not self.passages:
            return "没有找到。可以换个说法，或用 list_documents 看看有哪些文档"
        return "\n\n".join(f"{n}. {each.place()}\n{each.text}" for n, each in enumerate(self.passages, 1))


class Number(Source):
    """A figure of the documents."""

    metric: str
    subject: str
    value: str = Field(description="按基本单位的十进制数")
    upper: str = Field(description="一个范围的上端；不是范围的为空")
    unit: str
    text: str = Field(description="原文怎么印的")
    region: str
    period: str
    status: str
    quote: str


class Figures(Result):
    """Of `figures`."""

    figures: list[Number]
    total: int = Field(description="一共有多少个")
    next_offset: int | None = Field(description="还有下一批时的 offset")
    nearest: list[str] = Field(description="没有找到时，资料里名称相近的指标")

    def text(self) -> str:
        """A line a figure."""
        if not self.figures:
            near = f"相近的指标有：{'、'.join(self.nearest)}" if self.nearest else "也没有名称相近的指标"
            return f"没有找到这样的数据。{near}"
        lines = []
        for each in self.figures:
            of = dict.fromkeys(filter(None, (each.period, each.region, each.subject, each.metric)))
            lines.append(f"{'，'.join(of)}：{each.text}（{each.status}）——{each.place()}")
        more = f"\n共 {self.total} 个，往下看请写 offset={self.next_offset}" if self.next_offset else ""
        return "\n".join(lines) + more


class Heading(BaseModel):
    """A section of the document."""

    heading: str
    level: int
    start: int


class Read(Result):
    """Of `read_document`."""

    document_id: str
    title: str
    publisher: str | None
    published: str | None
    number: str | None
    standing: str = Field(description="现在是否有效；不是规定的为空")
    content: str = Field(description="全文的第 start 到 end 字")
    start: int
    end: int
    total_chars: int
    next_start: int | None = Field(description="接着读时的 start；读完了没有")
    pages: int
    sections: list[Heading] = Field(description="目录，最多 200 条")

    def text(self) -> str:
        """What stands there, below what the document is."""
        of = "，".join(filter(None, (self.number, self.publisher, self.published, self.standing)))
        place = f"（document_id {self.document_id}，第 {self.start}–{self.end} 字，共 {self.total_chars} 字）"
        head = f"《{self.title}》{of}{place}"
        more = f"\n\n（还没有完，接着读请写 start={self.next_start}）" if self.next_start is not None else ""
        return f"{head}\n\n{self.content}{more}"


class Listed(BaseModel):
    """A document, without its text."""

    document_id: str
    title: str
    publisher: str | None
    published: str | None
    kind: str | None
    number: str | None
    characters: int
    figures: int
    tags: list[str]
    standing: str


class Documents(Result):
    """Of `list_documents`."""

    documents: list[Listed]
    total: int
    next_offset: int | None = Field(description="还有下一批时的 offset")

    def text(self) -> str:
        """A line a document."""
        lines = [f"共 {self.total} 篇。" if self.documents else "没有这样的文档。"]
        for each in self.documents:
            of = "，".join(filter(None, (each.number, each.publisher, each.published, each.standing)))
            lines.append(f"- {each.document_id} 《{each.title}》{of}")
        if self.next_offset:
            lines.append(f"往下看请写 offset={self.next_offset}")
        return "\n".join(lines)
