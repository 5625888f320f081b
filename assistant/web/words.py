"""What the chat page says in a language. Answers and documents keep the language that they are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from assistant.in_english import in_english

STATUSES = ("actual", "target", "plan", "rank", "growth", "share", "cumulative", "computed")


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
    place_before: str
    place_after: str
    outline: str
    as_pages: str
    page_before: str
    page_after: str
    no_picture: str
    """Where a page can't be shown as it looks."""
    about_document: str
    versions_are: str
    unreadable: str
    limited_to: str
    """Before what an answer was limited to."""
    scope: Mapping[str, str]
    """What limits a question to some documents; `chat.js` shows it."""
    shared: str
    """On a page that a link opens."""
    no_such_share: str
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

    def looked_in(self, documents: int) -> str:
        """In how many documents nothing was found."""
        return self.blanks["looked_in"].format(documents)

    def page_of(self, page: int, pages: int) -> str:
        """Page 3 of 12; with 0 for the page, {} stands for it."""
        return self.blanks["page_of"].format(page or "{}", pages)

    def cut(self, chars: int) -> str:
        """How much text isn't shown."""
        return self.blanks["cut"].format(f"{chars:,}")

    def written_by(self, model: str) -> str:
        """Which model wrote the answer."""
        return self.blanks["written_by"].format(model)

    def listed(self, parts: Iterable[str]) -> str:
        """Parts one after the other."""
        return ("、" if self.language.startswith("zh") else ", ").join(parts)

    def told(self, text: str) -> str:
        """What the server says in Chinese, in this language."""
        return text if self.language.startswith("zh") else in_english(text)

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
