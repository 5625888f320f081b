"""The chat page's own words, in Chinese and English. Answers and documents keep the language they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_STATUSES = ("actual", "target", "plan", "rank", "growth", "share", "cumulative", "computed")


@dataclass(frozen=True)
class Words:
    """One language. Texts with a blank in them are the methods below."""

    language: str
    """For the page's `lang`: zh-CN or en."""
    name: str
    other_language: str
    """On the button that switches."""
    new_conversation: str
    ask: str
    stop: str
    stopped: str
    placeholder: str
    welcome: str
    promise: str
    examples: str
    sample_library: str
    library: str
    show_library: str
    panel_hint: str
    searching: str
    checking: str
    retry: str
    failed: str
    interrupted: str
    understood_as: str
    nearest: str
    choices: str
    figures: str
    figure_columns: tuple[str, ...]
    kinds: Mapping[str, str]
    """What `AnswerFigure.status` is called."""
    verified: str
    unverified: str
    unsure: str
    """On an answer that `Answer.sure` doesn't hold of."""
    to_check: str
    """On a figure in such an answer."""
    sources: str
    publisher: str
    published: str
    section: str
    page_label: str
    sheet_label: str
    standing: str
    copies_are: str
    """Before the names of the other files that a document lies in."""
    unknown: str
    whole_document: str
    document_gone: str
    no_such_place: str
    extractive: str
    copy: str
    copied: str
    close: str
    work: Mapping[str, str]
    """What is being done on the index, by the stage of a job."""
    blanks: Mapping[str, str]

    def documents(self, count: int) -> str:
        """How many documents."""
        return self.blanks["documents" if count != 1 else "document"].format(count)

    def more_documents(self, count: int) -> str:
        """How many documents the list leaves out."""
        return self.blanks["more_documents"].format(count)

    def unread(self, count: int) -> str:
        """How many files couldn't be read."""
        return self.blanks["unread" if count != 1 else "unread_one"].format(count)

    def copies(self, count: int) -> str:
        """In how many more files a document lies."""
        return self.blanks["copies" if count != 1 else "copy"].format(count)

    def unreachable(self, since: str) -> str:
        """Since which date a document's file can't be reached."""
        return self.blanks["unreachable"].format(self.date(since))

    def cut(self, chars: int) -> str:
        """How much text isn't shown."""
        return self.blanks["cut"].format(f"{chars:,}")

    def written_by(self, model: str) -> str:
        """Which model wrote the answer."""
        return self.blanks["written_by"].format(model)

    def took(self, ms: float) -> str:
        """How long the answer took."""
        time = f"{ms / 1000:.1f} {self.blanks['seconds']}" if ms >= 1000 else f"{ms:.0f} {self.blanks['milliseconds']}"
        return self.blanks["took"].format(time)

    def too_long(self, chars: int, limit_chars: int) -> str:
        """Why a question isn't asked."""
        return self.blanks["too_long"].format(f"{chars:,}", f"{limit_chars:,}")

    def page(self, page: int | None) -> str:
        """Page 3."""
        return self.blanks["page"].format(page) if page else ""

    def date(self, date: str | None) -> str:
        """2026-01-05 as the language writes it; anything but such a date stays as it is."""
        if not date or not self.language.startswith("zh") or not re.fullmatch(r"\d{4}(-\d\d){0,2}", date):
            return date or ""
        return "".join(f"{int(part)}{unit}" for part, unit in zip(date.split("-"), "年月日", strict=False))

    def period(self, period: str) -> str:
        """2025-Q1..Q3 as 2025年一至三季度; in English, and for anything else, as it is with a proper dash."""
        if not self.language.startswith("zh"):
            return period.replace("..", "–")
        if found := re.fullmatch(r"(\d{4})-Q([1-4])(?:\.\.Q([1-4]))?", period):
            first, last = ("一二三四"[int(quarter) - 1] if quarter else "" for quarter in found.group(2, 3))
            return f"{found[1]}年{first}{'至' + last if last else ''}季度"
        if found := re.fullmatch(r"(?:\.\.|…)(.+)", period):
            return f"截至{self.date(found[1])}"
        if found := re.fullmatch(r"(\d{4})\.\.(\d{4})", period):
            return f"{found[1]}—{found[2]}年"
        return self.date(period)


ZH = Words(
    language="zh-CN",
    name="有据",
    other_language="English",
    new_conversation="新对话",
    ask="提问",
    stop="停止",
    stopped="已停止回答。",
    placeholder="输入问题，按回车提问",
    welcome="想查哪项政策、哪个数字？",
    promise="每句回答都注明出处，点开即见原文；文件里没有的，会直接说没有。",
    examples="可以这样问",
    sample_library="示例文库",
    library="文库",
    show_library="查看文库",
    panel_hint="点开回答中的编号，这里会显示所引的原文。也可以直接翻阅文件：",
    searching="正在查找",
    checking="正在回答，写完会逐条核对",
    retry="再问一次",
    failed="这次没能回答，服务出了问题。请再试一次；若仍不行，请联系管理员查看服务日志。",
    interrupted="上次的回答没有完成。",
    understood_as="理解为：",
    nearest="文件中最接近的内容",
    choices="可选的问法",
    figures="回答中的数字",
    figure_columns=("数值", "指标", "地区", "时期", "性质", "核对"),
    kinds=dict(zip(_STATUSES, ("实际", "目标", "计划", "位次", "增长", "占比", "累计", "计算"), strict=True)),
    verified="已核对",
    unverified="未核对",
    unsure="可能相关，请核对",
    to_check="请核对",
    sources="出处",
    publisher="发布",
    published="日期",
    section="章节",
    page_label="页码",
    sheet_label="工作表",
    standing="效力",
    copies_are="内容相同的文件：",
    unknown="未注明",
    whole_document="展开全文",
    document_gone="这份文件已不在文库中，以下是当时引用的段落。",
    no_such_place="文库中没有这份文件，它可能已更新或移除。",
    extractive="摘自原文",
    copy="复制",
    copied="已复制",
    close="关闭出处",
    work={
        "waiting": "正在等待处理…",
        "reading": "正在读取文件…",
        "embedding": "正在理解新内容…",
        "building": "正在整理检索…",
    },
    blanks={
        "documents": "{} 份文件",
        "document": "{} 份文件",
        "more_documents": "还有 {} 份文件未列出。",
        "copies": "另有 {} 个文件内容相同",
        "copy": "另有 {} 个文件内容相同",
        "unreachable": "{}起连不上原文件",
        "unread": "另有 {} 个文件没有读进",
        "unread_one": "另有 {} 个文件没有读进",
        "cut": "此处略去 {} 字",
        "written_by": "由 {} 撰写",
        "took": "用时 {}",
        "seconds": "秒",
        "milliseconds": "毫秒",
        "too_long": "问题有 {} 字，最多 {} 字，所以还没有提问。写好的仍在输入框里，请删短后再问。",
        "page": "第 {} 页",
    },
)
EN = Words(
    language="en",
    name="Youju",
    other_language="中文",
    new_conversation="New chat",
    ask="Ask",
    stop="Stop",
    stopped="Stopped.",
    placeholder="Type a question and press Enter",
    welcome="Which policy or figure are you looking for?",
    promise="Every sentence cites its source, one click away. What the documents don't say, you'll be told so.",
    examples="Try asking",
    sample_library="Sample library",
    library="Library",
    show_library="Show the library",
    panel_hint="Open a number in an answer to see the cited words here, or look through the documents:",
    searching="Searching",
    checking="Writing; every sentence is checked at the end",
    retry="Ask again",
    failed="Something went wrong on the server. Please try again, or ask whoever runs it to look at its log.",
    interrupted="The last answer wasn't finished.",
    understood_as="Understood as: ",
    nearest="The nearest findings in the documents",
    choices="Choices",
    figures="Figures in the answer",
    figure_columns=("Value", "Metric", "Region", "Period", "Kind", "Check"),
    kinds={status: status for status in _STATUSES},
    verified="verified",
    unverified="unverified",
    unsure="possibly related, please check",
    to_check="please check",
    sources="Sources",
    publisher="Publisher",
    published="Date",
    section="Section",
    page_label="Page",
    sheet_label="Sheet",
    standing="Standing",
    copies_are="Other files with the same content: ",
    unknown="not stated",
    whole_document="Show the whole document",
    document_gone="This document is no longer in the library; this is the passage as it was cited.",
    no_such_place="The library doesn't have this document; it may have been updated or removed.",
    extractive="Quoted from the documents",
    copy="Copy",
    copied="Copied",
    close="Close sources",
    work={
        "waiting": "Waiting to be worked on…",
        "reading": "Reading files…",
        "embedding": "Taking in what is new…",
        "building": "Putting the search in order…",
    },
    blanks={
        "documents": "{} documents",
        "document": "{} document",
        "more_documents": "{} more documents aren't listed.",
        "copies": "{} more files with the same content",
        "copy": "{} more file with the same content",
        "unreachable": "file out of reach since {}",
        "unread": "{} more files could not be read",
        "unread_one": "{} more file could not be read",
        "cut": "{} characters left out here",
        "written_by": "Written by {}",
        "took": "{}",
        "seconds": "s",
        "milliseconds": "ms",
        "too_long": "The question has {} characters, the limit is {}: it wasn't asked. What you wrote is still in the "
        "box; please shorten it.",
        "page": "p. {}",
    },
)
WORDS = {"zh": ZH, "en": EN}
