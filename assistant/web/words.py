"""The chat page's own words, in Chinese and English. Answers and documents keep the language they are written in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
    other_code: str
    """What it switches to: zh or en."""
    pages: Mapping[str, str]
    """The pages in the bar, by `assistant.web.shell.PLACES`."""
    pages_label: str
    skip: str
    theme: str
    theme_light: str
    theme_dark: str
    theme_system: str
    new_conversation: str
    no_such_conversation: str
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
    searching: str
    checking: str
    retry: str
    failed: str
    understood_as: str
    nearest: str
    choices: str
    figures: str
    figure_columns: tuple[str, ...]
    kinds: Mapping[str, str]
    """What `AnswerFigure.status` is called."""
    verified: str
    quotes_checked: str
    figures_checked: str
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
    edit: str
    sample_hint: str
    empty_library: str
    bring_own: str
    next_questions: str
    take_along: str
    forms: Mapping[str, str]
    """What an answer can be taken along as, see `assistant.exports`: copied, or as a file."""
    share: str
    good: str
    bad: str
    feedback: Mapping[str, str]
    """The form below an answer that isn't good; `chat.js` shows it."""
    conversations: Mapping[str, str]
    """The list of conversations; `chat.js` shows it."""
    previous: str
    following: str
    find: str
    places: str
    """How often it was found; {} stands for the number."""
    nowhere: str
    outline: str
    as_pages: str
    page_before: str
    page_after: str
    no_picture: str
    """Where a page can't be shown as it looks."""
    about_document: str
    versions_are: str
    unreadable: str
    shared: str
    """On a page that a link opens."""
    no_such_share: str
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

    def unsure_of(self, doubts: Sequence[str]) -> str:
        """That an answer isn't sure, and which words of the question aren't met."""
        if not doubts:
            return self.unsure
        quoted = [self.blanks["quoted"].format(doubt) for doubt in doubts]
        return self.blanks["unsure_of"].format(self.unsure, self.blanks["and"].join(quoted))

    def figures_counted(self, count: int) -> str:
        """How many figures are folded."""
        return self.blanks["figures" if count != 1 else "figure"].format(count)

    def earlier(self, count: int) -> str:
        """How many turns aren't shown."""
        return self.blanks["earlier"].format(count)

    def page_of(self, page: int, pages: int) -> str:
        """Page 3 of 12; with 0 for the page, {} stands for it."""
        return self.blanks["page_of"].format(page or "{}", pages)

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
    other_code="en",
    pages={"chat": "问答", "library": "文库", "figures": "数据", "settings": "设置"},
    pages_label="页面",
    skip="跳到正文",
    theme="明暗",
    theme_light="浅色，点按换为深色",
    theme_dark="深色，点按换为跟随系统",
    theme_system="跟随系统，点按换为浅色",
    new_conversation="新对话",
    no_such_conversation="没有这个对话：它可能已被删除，或者属于别人。",
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
    searching="正在查找",
    checking="正在回答，写完会逐条核对",
    retry="重新回答",
    failed="这次没能回答，服务出了问题。请再试一次；若仍不行，请联系管理员查看服务日志。",
    understood_as="理解为：",
    nearest="文件中最接近的内容",
    choices="可选的问法",
    figures="回答中的数字",
    figure_columns=("数值", "指标", "地区", "时期", "性质", "核对"),
    kinds=dict(zip(_STATUSES, ("实际", "目标", "计划", "位次", "增长", "占比", "累计", "计算"), strict=True)),
    verified="与原文一致",
    quotes_checked="引文与原文一致",
    figures_checked="数值、年份、地区一致",
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
    edit="修改",
    sample_hint="现在问的是随附的示例文库。",
    empty_library="文库里还没有文件。",
    bring_own="换成自己的文件",
    next_questions="可以接着问",
    take_along="带走",
    forms={
        "rich": "复制为带格式文字（Word、WPS）",
        "markdown": "复制为 Markdown",
        "docx": "导出 Word 文档",
        "md": "导出 Markdown 文件",
        "print": "打印或存为 PDF",
    },
    share="分享这个回答",
    good="有用",
    bad="有误",
    feedback={
        "title": "哪里不对？",
        "number": "数字不对",
        "time": "年份或地区不对",
        "source": "出处不对",
        "off": "答非所问",
        "missing": "文件里有，却说没有",
        "right": "正确的回答是（可不填）",
        "send": "提交",
        "cancel": "取消",
        "thanks": "已记下，谢谢。",
        "undone": "已撤回。",
    },
    conversations={
        "label": "对话",
        "search": "搜索对话",
        "archived": "已归档的对话",
        "none": "还没有对话。",
        "unfound": "没有找到这样的对话。",
        "pinned": "置顶",
        "today": "今天",
        "week": "近七天",
        "before": "更早",
        "untitled": "新对话",
        "menu": "更多",
        "rename": "改名",
        "pin": "置顶",
        "unpin": "取消置顶",
        "archive": "归档",
        "restore": "移回列表",
        "share": "分享链接",
        "export": "导出 Word 文档",
        "delete": "删除",
        "deleting": "删除这个对话？",
        "forever": "删除后不能恢复，分享过的链接也会失效。",
        "cancel": "取消",
        "save": "保存",
        "copied": "链接已复制：打开者只能看，不能改。",
        "gone": "没有这个对话了：它可能已在别处删除。",
        "open": "对话列表",
        "lost": "连不上服务，正在重新连接。写好的字会留着。",
        "trouble": "服务出了问题，请刷新页面再试。",
        "printing": "打印",
    },
    previous="上一处出处",
    following="下一处出处",
    find="在文件中查找",
    places="{} 处",
    nowhere="文件里没有这几个字。",
    outline="目录",
    as_pages="看原页",
    page_before="上一页",
    page_after="下一页",
    no_picture="看不了原页：原文件读入后改动过，或已不在原处。文字仍可查看。",
    about_document="文件信息",
    versions_are="其他版本：",
    unreadable="这一轮回答由别的版本保存，现在读不出来。",
    shared="分享的对话，只供阅读",
    no_such_share="这个链接没有内容：它可能已被收回，或者没有复制完整。",
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
        "page_of": "第 {} 页，共 {} 页",
        "quoted": "“{}”",
        "and": "和",
        "unsure_of": "{}：所引原文里没有{}这一说法",
        "figures": "{} 个数字的出处",
        "figure": "{} 个数字的出处",
        "earlier": "显示更早的 {} 轮",
    },
)
EN = Words(
    language="en",
    name="Youju",
    other_language="中文",
    other_code="zh",
    pages={"chat": "Ask", "library": "Library", "figures": "Figures", "settings": "Settings"},
    pages_label="Pages",
    skip="Skip to the content",
    theme="Theme",
    theme_light="Light; press for dark",
    theme_dark="Dark; press to follow the system",
    theme_system="Following the system; press for light",
    new_conversation="New chat",
    no_such_conversation="There is no such conversation: it was deleted, or is somebody else's.",
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
    searching="Searching",
    checking="Writing; every sentence is checked at the end",
    retry="Answer again",
    failed="Something went wrong on the server. Please try again, or ask whoever runs it to look at its log.",
    understood_as="Understood as: ",
    nearest="The nearest findings in the documents",
    choices="Choices",
    figures="Figures in the answer",
    figure_columns=("Value", "Metric", "Region", "Period", "Kind", "Check"),
    kinds={status: status for status in _STATUSES},
    verified="as in the source",
    quotes_checked="quotes are verbatim",
    figures_checked="numbers, years and places agree",
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
    edit="Edit",
    sample_hint="This is the sample library that comes with the program.",
    empty_library="The library is empty.",
    bring_own="Bring your own documents",
    next_questions="Ask next",
    take_along="Export",
    forms={
        "rich": "Copy with formatting (Word, WPS)",
        "markdown": "Copy as Markdown",
        "docx": "Word document",
        "md": "Markdown file",
        "print": "Print, or save as PDF",
    },
    share="Share this answer",
    good="Good",
    bad="Wrong",
    feedback={
        "title": "What is wrong?",
        "number": "The number",
        "time": "The year or place",
        "source": "The source",
        "off": "It doesn't answer the question",
        "missing": "The documents say it, the answer says they don't",
        "right": "The right answer (optional)",
        "send": "Send",
        "cancel": "Cancel",
        "thanks": "Noted, thank you.",
        "undone": "Taken back.",
    },
    conversations={
        "label": "Conversations",
        "search": "Search conversations",
        "archived": "Archived conversations",
        "none": "No conversations yet.",
        "unfound": "No such conversation.",
        "pinned": "Pinned",
        "today": "Today",
        "week": "Last seven days",
        "before": "Earlier",
        "untitled": "New chat",
        "menu": "More",
        "rename": "Rename",
        "pin": "Pin",
        "unpin": "Unpin",
        "archive": "Archive",
        "restore": "Move back to the list",
        "share": "Share a link",
        "export": "Word document",
        "delete": "Delete",
        "deleting": "Delete this conversation?",
        "forever": "It can't be brought back, and links to it stop working.",
        "cancel": "Cancel",
        "save": "Save",
        "copied": "Link copied: whoever opens it can read, not change.",
        "gone": "This conversation is no longer there: it was deleted elsewhere.",
        "open": "Conversations",
        "lost": "The server can't be reached; trying again. What you wrote stays.",
        "trouble": "Something went wrong on the server; please load the page again.",
        "printing": "Print",
    },
    previous="Previous citation",
    following="Next citation",
    find="Find in document",
    places="{} places",
    nowhere="The document doesn't say that.",
    outline="Outline",
    as_pages="See the pages",
    page_before="Previous page",
    page_after="Next page",
    no_picture="The page can't be shown: its file has changed since it was read, or is gone. Its text is still here.",
    about_document="About the document",
    versions_are="Other versions: ",
    unreadable="This answer was kept by another version, and can't be read by this one.",
    shared="A shared conversation, to be read",
    no_such_share="There is nothing behind this link: it was taken back, or wasn't copied whole.",
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
        "page_of": "Page {} of {}",
        "quoted": "“{}”",
        "and": " and ",
        "unsure_of": "{}: what is quoted doesn't say {}",
        "figures": "Where the {} figures stand",
        "figure": "Where the figure stands",
        "earlier": "Show {} earlier turns",
    },
)
WORDS = {"zh": ZH, "en": EN}
