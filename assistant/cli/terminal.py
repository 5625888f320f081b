"""Answers, hits and progress for people at a terminal."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.text import Text

from assistant.answers import Answer, Citation
from assistant.unread import unread_lines
from index.figures import FoundFigure
from index.hits import Hit
from index.tables import FoundTable
from index.upkeep.progress import Progress as IndexProgress
from index.upkeep.updates import Update
from sources.figures.figure import Figure

_STAGES = {"waiting": "等待另一个索引任务", "reading": "读取文件", "embedding": "计算向量", "building": "建立检索引擎"}
_KINDS = {"target": "目标", "plan": "计划", "rank": "排名", "growth": "增减", "share": "占比", "cumulative": "累计"}
_CONTEXT_CHARS = 60
_MOST_COPIES = 5
_CAPTION_CHARS = 60
# A terminal's lines are broken at its width; a file's or a pipe's are not, or nothing could be found in them.
output = Console(highlight=False, width=None if sys.stdout.isatty() else 10_000)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


class Pace:
    """How fast a stage goes on and how long it will take at that rate, in words."""

    def __init__(self) -> None:
        self._stage = ""
        self._since = 0.0
        self._from = 0

    def words(self, progress: IndexProgress, *, now: float) -> str:
        """ "12.0 个/秒，还要 3 分钟"; nothing until a second has passed. `now` is in seconds, from anywhere."""
        if progress.stage != self._stage:
            self._stage, self._since, self._from = progress.stage, now, progress.done
        passed, done = now - self._since, progress.done - self._from
        if passed < 1 or done < 1:
            return ""
        left = (progress.total - progress.done) * passed / done
        rate = f"{done / passed:.1f} 个/秒" if done > passed else f"{passed / done:.0f} 秒/个"
        if progress.total <= progress.done:
            return rate
        for unit, seconds in (("小时", 3600), ("分钟", 60)):
            if left >= 1.5 * seconds:
                return f"{rate}，还要 {left / seconds:.0f} {unit}"
        return f"{rate}，还要 {max(left, 1):.0f} 秒"


@contextmanager
def progress_bar() -> Iterator[Callable[[IndexProgress], None]]:
    """A bar on standard error, only where that is a terminal; gives the function that moves it."""
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        console=errors,
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("准备", total=None, rate="")
        pace = Pace()

        def move(progress: IndexProgress) -> None:
            name = Path(progress.path).name if progress.path else ""
            if progress.page:
                name = f"{name} 第 {progress.page}/{progress.pages} 页"
            stage = _STAGES.get(progress.stage, progress.stage)
            bar.update(
                task,
                description=f"{stage} {escape(name)}",
                completed=progress.done,
                total=progress.total or None,
                rate=pace.words(progress, now=time.monotonic()),
            )

        yield move


def show_answer(answer: Answer) -> None:
    """The answer, then its sources with the quoted words set off from their surroundings."""
    output.print(Text(answer.answer, style="bold" if answer.status == "answered" else ""))
    if answer.notice:
        output.print(Text(f"（{answer.notice}）", style="yellow"))
    if not answer.sure:
        output.print(Text("（可能相关，请核对）", style="yellow"))
    elif answer.verdict and answer.verdict.ok and answer.verdict.statements:
        output.print(Text(f"（{len(answer.verdict.statements)} 句均与出处核对无误）", style="green"))
    if answer.clarification:
        for choice in answer.clarification.choices:
            output.print(Text(f"  · {choice}"))
    for formula in filter(None, (figure.formula for figure in answer.figures)):
        output.print(Text(f"  算式：{formula}", style="cyan"))
    if answer.nearest:
        output.print("\n资料里最接近的内容：")
        for nearest in answer.nearest:
            output.print(Text(f"  · {nearest.text}[{nearest.citation}]"))
    if answer.citations:
        output.print("\n出处：")
    for citation in answer.citations:
        _show_citation(citation)


def _show_citation(citation: Citation) -> None:
    facts = [f"《{citation.title}》", citation.publisher, citation.published, citation.section]
    if citation.page:
        facts.append(f"第 {citation.page} 页")
    if citation.sheet:
        facts.append(f"工作表 {citation.sheet} {citation.cells or ''}".rstrip())
    if citation.standing:
        facts.append(citation.standing.in_words)
    output.print(Text(f"[{citation.number}] {'  '.join(filter(None, facts))}", style="cyan"))
    if citation.copies:
        output.print(Text(f"    同文：{'、'.join(citation.copies)}", style="dim"))
    start = citation.start - citation.passage_start
    end = citation.end - citation.passage_start
    before, after = citation.passage[:start], citation.passage[end:]
    shown = Text(("…" if len(before) > _CONTEXT_CHARS else "") + before[-_CONTEXT_CHARS:], style="dim")
    shown.append(citation.quote, style="not dim bold underline")
    shown.append(after[:_CONTEXT_CHARS] + ("…" if len(after) > _CONTEXT_CHARS else ""))
    output.print(Padding(shown, (0, 0, 0, 4), expand=False))


def show_hits(hits: Sequence[Hit], title: Callable[[str], str]) -> None:
    """Passages in order, each under its document's title."""
    if not hits:
        output.print("没有找到相关段落。")
    for number, hit in enumerate(hits, 1):
        heading = f"  {hit.passage.heading}" if hit.passage.heading else ""
        output.print(Text(f"{number}. 《{title(hit.passage.document_id)}》{heading}  {hit.score:.2f}", style="cyan"))
        output.print(Padding(Text(hit.passage.text), (0, 0, 1, 4), expand=False))


def show_figures(figures: Sequence[FoundFigure]) -> None:
    """For each figure a line with the number, what it measures, where, when and how; below it, where it stands."""
    for found in figures:
        figure = found.figure
        about = (
            _about(figure),
            figure.metric,
            figure.region,
            figure.period,
            _KINDS.get(figure.status, ""),
            figure.qualifier,
        )
        line = Text(figure.text, style="bold")
        line.append(f"  {'  '.join(filter(None, about))}", style="not bold")
        output.print(line)
        facts = filter(None, (f"《{found.title}》", found.published, found.section))
        output.print(
            Padding(
                Text(f"{'  '.join(facts)}：{' '.join(found.quote.split())}", style="dim"), (0, 0, 0, 4), expand=False
            )
        )


def _about(figure: Figure) -> str:
    return "" if figure.subject == figure.region else figure.subject


def show_tables(tables: Sequence[FoundTable]) -> None:
    """For each table a line with its document, its number there and its caption, and one with how large it is."""
    for found in tables:
        caption = found.table.caption
        cut = f"{caption[:_CAPTION_CHARS]}…" if len(caption) > _CAPTION_CHARS else caption
        output.print(Text(f"《{found.document.title}》 表 {found.number}  {cut}", style="cyan"))
        page = f"第 {found.table.page} 页" if found.table.page else ""
        sheet = f"工作表 {found.table.sheet}" if found.table.sheet else ""
        unit = f"单位 {found.unit}" if found.unit else ""
        size = f"{len(found.rows)} 行 × {len(found.header)} 列"
        facts = "  ".join(filter(None, (size, unit, page, sheet, found.document.uri)))
        output.print(Padding(Text(facts), (0, 0, 0, 4), expand=False))


def show_update(update: Update) -> None:
    """What an update did, a line for each kind of change, and a line for each file that failed."""
    kinds = (("新增", update.added), ("更新", update.updated), ("移除", update.removed), ("未变", update.unchanged))
    counts = "，".join(f"{name} {len(paths)}" for name, paths in kinds)
    output.print(f"{counts}，失败 {len(update.failed)}")
    show_unread(update)
    for each in update.copies:
        others = "、".join(each.others[:_MOST_COPIES]) + (" 等" if len(each.others) > _MOST_COPIES else "")
        output.print(Text(f"同文  《{each.title}》用 {each.path}，另有 {len(each.others)} 个文件内容相同：{others}"))
    if update.hidden:
        errors.print(Text(f"另有 {update.hidden} 个隐藏的或系统的文件（夹）没有看", style="dim"))


def show_unread(update: Update) -> None:
    """Lines on standard error for the files that were not read: which, why, and what to do."""
    for why in update.failed.values():
        errors.print(Text(f"失败  {why}", style="red"))
    for line in unread_lines(update.passed_over):
        errors.print(Text(f"未读  {line}", style="yellow"))
    for path, why in update.unreachable.items():
        forget = f"确实不要了，就写 youju remove {path}"
        errors.print(Text(f"连不上  {path}: {why}，原来读进的文档都留着，照常回答。{forget}", style="yellow"))
    for folder in update.empty:
        errors.print(Text(f"失败  {folder}: 里面没有能读的文件{_lying_in(folder, update)}。{readable()}", style="red"))


def _lying_in(folder: str, update: Update) -> str:
    """How many files of which kinds lie in a folder of which nothing could be read."""
    kinds = Counter(each.kind for each in update.passed_over if Path(folder) in Path(each.path).parents)
    named = "、".join(f"{count} 个{' ' if kind[0].isascii() else ''}{kind}" for kind, count in kinds.most_common())
    return f"，只有 {named}" if named else "，是空的"


def readable() -> str:
    """Which files can be read, as the end of a message."""
    from sources.readers.files import suffixes

    return f"能读的是：{' '.join(suffixes())}"
