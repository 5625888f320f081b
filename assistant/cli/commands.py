"""The command `youju`."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from assistant.cli import accounts, care, keeping, labels, queue
from assistant.cli import batch as batches
from assistant.cli.arguments import spread_sources
from assistant.cli.feedback import feedback
from assistant.cli.figuring import figures
from assistant.cli.filtering import Chosen, filtered
from assistant.cli.keeping import AsJson, DataDir
from assistant.cli.mcp import mcp
from assistant.cli.opening import Sources, assistant_on, fail
from assistant.config import load

if TYPE_CHECKING:
    from assistant.answers import Answer
    from assistant.ask import Assistant
    from index.hits import Hit


class _Commands(TyperGroup):
    """The commands; typer would make of an interruption an exit without a word."""

    def invoke(self, ctx: Any) -> Any:
        """What the command gives back; says what is kept when it is interrupted."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as interrupted:
            kept = str(interrupted) or "已经做完的都保留着，再运行一次同样的命令即可继续"
            fail(f"已停下。{kept}", status=130)


app = typer.Typer(
    cls=_Commands,
    name="youju",
    help="有据：从一文件夹的文档里回答政策与数据问题，句句有出处。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Batch = Annotated[Path | None, typer.Option("--batch", help="JSONL 文件，每行 {id, question, history}。")]
Into = Annotated[
    Path | None,
    typer.Option("--export", help="把回答连同引文和来源写成这个文件：.docx、.md、.txt、.html、.csv 或 .xlsx。"),
]
Out = Annotated[Path | None, typer.Option("--out", help="批量结果写到这个 JSONL 文件。")]
_REASONS = {
    errno.EACCES: "没有权限",
    errno.EDQUOT: "磁盘配额用完了",
    errno.EEXIST: "已经有同名的文件",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENOENT: "路径不存在",
    errno.ENOSPC: "磁盘已满",
    errno.ENOTDIR: "是文件，不是文件夹",
    errno.EPERM: "没有权限",
    errno.EROFS: "磁盘是只读的",
}


@app.command()
def index(
    paths: Annotated[list[Path] | None, typer.Argument(help="文件或文件夹；不写则更新已登记的。")] = None,
    follow_links: Annotated[
        bool, typer.Option("--follow-links", help="也读链接到文件夹以外的文件，以后更新照此。")
    ] = False,
    data_dir: DataDir = None,
) -> None:
    """让索引与文件一致：只读改动过的，列出新增、更新、移除、失败和没有读的文件。"""
    from assistant.ask import open_index
    from assistant.cli.terminal import errors, progress_bar, readable, show_update

    config = load(data_dir=data_dir)
    with open_index(config, config.data_dir) as opened:
        if not paths and not opened.status().roots:
            fail("还没有登记过文件夹。请写：youju index 文件夹")
        given = [Path(os.path.abspath(path.expanduser())) for path in paths or ()]
        number = opened.jobs.add("update", given, follow_links=follow_links)
        with progress_bar() as moved:
            job = opened.jobs.finish(number, opened.do, progress=moved)
        if job.outcome is None:
            fail(f"这次索引（任务 {number}）被取消了。已经做完的都保留着，再运行一次同样的命令即可继续", status=130)
        update = job.outcome
        show_update(update)
        status = opened.status()
    files = f"{status.files} 个文件，" if status.files > status.documents else ""
    typer.echo(
        f"索引里现有 {files}{status.documents} 篇文档、{status.passages} 个段落、{status.figures} 个数据"
        f"（{config.data_dir}）"
    )
    if not (status.documents or update.failed or update.empty):
        errors.print("没有找到能读的文件。", readable())
    if update.failed or update.empty or not status.documents:
        raise typer.Exit(1)


@app.command()
def read(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹。", metavar="PATH ...")],
    as_json: Annotated[
        bool, typer.Option("--json", help="输出 JSONL：每个文件一行，连同全文、页、表格和删去的内容。")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="JSONL 写到这个文件。")] = None,
) -> None:
    """看看从文件里会读到什么，不动索引：标题、文号、全文、表格，删去了什么，没有读的是为什么。"""
    from contextlib import closing

    from assistant.cli import reading
    from assistant.cli.terminal import progress_bar

    if out is not None and not out.parent.is_dir():
        fail(f"{out.parent}: 文件夹不存在。请先建好，或换一个 --out")
    count = failed = 0
    part = out.with_name(f"{out.name}.part") if out else None
    with (
        part.open("w", encoding="utf8") if part else nullcontext() as file,
        progress_bar() as moved,
        closing(reading.records(paths, tell=moved)) as found,
    ):
        for record in found:
            count += 1
            failed += "error" in record
            line = json.dumps(record, ensure_ascii=False)
            if file:
                file.write(f"{line}\n")
            if as_json and not file:
                typer.echo(line)
            elif not as_json:
                typer.echo("\n".join(reading.summary(record)), err="error" in record)
    if part and out:
        part.replace(out)
    if not count:
        fail(f"{'、'.join(map(str, paths))}: 里面没有文件")
    if not as_json or out:
        typer.echo(f"{count} 个文件，读了 {count - failed} 个{f'；结果在 {out}' if out else ''}")
    if failed == count:
        raise typer.Exit(1)


@app.command()
@filtered()
def ask(
    question: Annotated[str | None, typer.Argument(help="问题。")] = None,
    as_json: AsJson = False,
    batch: Batch = None,
    out: Out = None,
    export: Into = None,
    sources: Sources = None,
    data_dir: DataDir = None,
    *,
    chosen: Chosen,
) -> None:
    """回答一个问题，或用 --batch 回答一个文件里的所有问题。"""
    from assistant.cli.terminal import show_answer

    if export is not None:
        from assistant.cli.exporting import export_to, form_of

        form_of(export)  # before anything is asked
    if batch is not None:
        asked = batches.read_questions(batch)
        answers: list[Answer] = []

        def answer(each: batches.BatchQuestion) -> dict[str, Any]:
            found = assistant.ask(each.question, history=each.history, through=through)
            if export is not None:
                answers.append(found)
            return found.to_json()

        with assistant_on(sources, data_dir) as assistant:
            through = chosen.within(assistant.index)
            _run_batch(asked, out, answer)
            if export is not None:
                export_to(export, answers, assistant)
                typer.echo(f"{len(answers)} 个回答在 {export}")
        return
    if question is None:
        fail('请写出问题：youju ask "问题"，或用 --batch 文件')
    with assistant_on(sources, data_dir) as assistant:
        found = assistant.ask(question, through=chosen.within(assistant.index))
        if export is not None:
            export_to(export, [found], assistant)
            typer.echo(f"回答在 {export}", err=as_json)
    if as_json:
        typer.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2))
    else:
        show_answer(found)


@app.command()
@filtered()
def search(
    query: Annotated[str | None, typer.Argument(help="要找的内容。")] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1000, help="要几个段落。")] = 10,
    as_json: AsJson = False,
    batch: Batch = None,
    out: Out = None,
    sources: Sources = None,
    data_dir: DataDir = None,
    *,
    chosen: Chosen,
) -> None:
    """按相关程度列出段落，或用 --batch 查一个文件里的所有问题。"""
    from assistant.cli.terminal import show_hits

    if batch is not None:
        asked = batches.read_questions(batch)

        def hits(each: batches.BatchQuestion) -> dict[str, Any]:
            return {"id": each.id, "hits": _hits_json(assistant, assistant.search(each.question, k=k, through=through))}

        with assistant_on(sources, data_dir) as assistant:
            through = chosen.within(assistant.index)
            _run_batch(asked, out, hits)
        return
    if query is None:
        fail('请写出要找的内容：youju search "内容"，或用 --batch 文件')
    with assistant_on(sources, data_dir) as assistant:
        found = assistant.search(query, k=k, through=chosen.within(assistant.index))
        if as_json:
            typer.echo(json.dumps({"hits": _hits_json(assistant, found)}, ensure_ascii=False, indent=2))
        else:
            show_hits(found, lambda document_id: assistant.index.document(document_id).title)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="监听的地址；不是本机的要加 --open。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口。")] = 7860,
    is_open: Annotated[
        bool, typer.Option("--open", help="没有账号也让别的机器打开：谁打开都能提问，能看不限读者组的文档。")
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="还用这个主机名提供服务，如反向代理的；可写多次。", metavar="NAME"),
    ] = None,
    proxies: Annotated[
        list[str] | None,
        typer.Option("--proxy", help="反向代理的地址或网段，信它说的来访地址；本机的总是信。", metavar="NETWORK"),
    ] = None,
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-origin",
            help="允许这个网站的网页嵌入问答气泡来提问；可写多次（默认 YOUJU_ALLOW_ORIGIN）。",
            metavar="ORIGIN",
        ),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="登记过的文件一有改动就读进来。")] = False,
    root_path: Annotated[
        str, typer.Option("--root-path", help="反向代理把它放在哪个路径下，如 /youju；不写则看 X-Forwarded-Prefix。")
    ] = "",
    sources: Sources = None,
    data_dir: DataDir = None,
) -> None:
    """在一个进程里打开网页和 HTTP API。"""
    from assistant.cli import serving
    from assistant.cli.terminal import errors
    from assistant.server.oidc import provider

    def is_closed() -> bool:
        return provider() is not None or accounts.are_there(data_dir)

    try:
        access = serving.access(
            host,
            is_open=is_open,
            names=names or (),
            root_path=root_path,
            proxies=proxies or (),
            origins=origins or (),
            config=load(data_dir=data_dir),
            is_closed=is_closed,
        )
        bounds = serving.load()
        listening = serving.listen(host, port)
    except serving.ServingError as error:
        fail(str(error), status=2)
    with listening, assistant_on(sources, data_dir) as assistant:
        errors.print(f"资料库：{assistant.name}，{assistant.index.counts()[0]} 篇文档。网页就绪后，地址显示在下一行 …")
        serving.run(assistant, listening, access, bounds, is_closed=is_closed(), watch=watch)


app.command("mcp")(mcp)
app.command("figures")(figures)
app.command("status")(keeping.status)
for commands in (keeping.sources, queue.jobs, labels.tag, labels.group, feedback, accounts.account, accounts.key):
    app.add_typer(commands)
app.command("remove")(keeping.remove)
app.command("doctor")(care.doctor)
app.command("backup")(care.backup)
app.command("restore")(care.restore)


def main() -> None:
    """Run the command; what goes wrong is one line on standard error.

    The exit status is 2 where the command line is wrong, 1 where the command couldn't do what it says.
    """
    from sources.documents import SourceError

    try:
        status = app(args=spread_sources(sys.argv[1:]), prog_name="youju", standalone_mode=False)
    except typer.TyperException as error:
        from assistant.cli.mistakes import one_line

        fail(one_line(error), status=2)
    except typer.Abort:
        raise SystemExit(1) from None
    except (SourceError, batches.BatchError, ValueError) as error:
        fail(str(error))
    except RuntimeError as error:
        from assistant.conversations.schema import WorkspaceError
        from index.catalog.schema import CatalogError
        from index.embedders.embedder import EmbedderError
        from index.ranking.reranker import RerankerError
        from index.upkeep.jobs import JobFailedError
        from sources.readers.sandbox import SandboxError

        known = (CatalogError, EmbedderError, JobFailedError, RerankerError, SandboxError, WorkspaceError)
        if not isinstance(error, known):
            raise
        fail(str(error))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        fail(f"{named}{_REASONS.get(error.errno or 0) or error.strerror or error}。请检查磁盘空间与权限，再试一次")
    raise SystemExit(status or 0)


def _run_batch(asked: list[batches.BatchQuestion], out: Path | None, answer: Any) -> None:
    from rich.progress import track

    from assistant.cli.terminal import errors

    if out is None:
        fail("批量回答要写明结果文件：--out answers.jsonl")
    if not out.parent.is_dir():
        fail(f"{out.parent}: 文件夹不存在。请先建好，或换一个 --out")
    records = batches.run(asked, out, answer)
    shown = track(records, total=len(asked), description="回答", console=errors, disable=not sys.stderr.isatty())
    typer.echo(f"{sum(1 for _ in shown)} 个问题的结果在 {out}")


def _hits_json(assistant: Assistant, hits: Sequence[Hit]) -> list[dict[str, Any]]:
    found = []
    for hit in hits:
        document = assistant.index.document(hit.passage.document_id)
        found.append(
            {
                "document_id": document.id,
                "title": document.title,
                "uri": document.uri,
                "text": hit.passage.text,
                "start": hit.passage.start,
                "end": hit.passage.end,
                "score": round(hit.score, 6),
            }
        )
    return found
