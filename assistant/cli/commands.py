"""The command `youju`."""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from assistant.cli import batch as batches
from assistant.cli import care, keeping, labels, queue
from assistant.cli.filtering import Chosen, filtered
from assistant.cli.keeping import AsJson, DataDir
from assistant.config import Config, load

if TYPE_CHECKING:
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
            _fail(f"已停下。{kept}", status=130)


app = typer.Typer(
    cls=_Commands,
    name="youju",
    help="有据：从一文件夹的文档里回答政策与数据问题，句句有出处。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Sources = Annotated[
    list[Path] | None, typer.Option("--sources", help="从这些文件或文件夹回答，不动默认索引。", metavar="PATH ...")
]
Batch = Annotated[Path | None, typer.Option("--batch", help="JSONL 文件，每行 {id, question, history}。")]
Out = Annotated[Path | None, typer.Option("--out", help="批量结果写到这个 JSONL 文件。")]
_MOST_NAMED = 8
"""Times and places that are named where none of the wanted ones is there."""
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
            _fail("还没有登记过文件夹。请写：youju index 文件夹")
        given = [Path(os.path.abspath(path.expanduser())) for path in paths or ()]
        number = opened.jobs.add("update", given, follow_links=follow_links)
        with progress_bar() as moved:
            job = opened.jobs.finish(number, opened.do, progress=moved)
        if job.outcome is None:
            _fail(f"这次索引（任务 {number}）被取消了。已经做完的都保留着，再运行一次同样的命令即可继续", status=130)
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
        _fail(f"{out.parent}: 文件夹不存在。请先建好，或换一个 --out")
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
        _fail(f"{'、'.join(map(str, paths))}: 里面没有文件")
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
    sources: Sources = None,
    data_dir: DataDir = None,
    *,
    chosen: Chosen,
) -> None:
    """回答一个问题，或用 --batch 回答一个文件里的所有问题。"""
    from assistant.cli.terminal import show_answer

    if batch is not None:
        asked = batches.read_questions(batch)

        def answer(each: batches.BatchQuestion) -> dict[str, Any]:
            return assistant.ask(each.question, history=each.history, through=through).to_json()

        with _assistant(sources, data_dir) as assistant:
            through = chosen.within(assistant.index)
            _run_batch(asked, out, answer)
        return
    if question is None:
        _fail('请写出问题：youju ask "问题"，或用 --batch 文件')
    with _assistant(sources, data_dir) as assistant:
        found = assistant.ask(question, through=chosen.within(assistant.index))
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

        with _assistant(sources, data_dir) as assistant:
            through = chosen.within(assistant.index)
            _run_batch(asked, out, hits)
        return
    if query is None:
        _fail('请写出要找的内容：youju search "内容"，或用 --batch 文件')
    with _assistant(sources, data_dir) as assistant:
        found = assistant.search(query, k=k, through=chosen.within(assistant.index))
        if as_json:
            typer.echo(json.dumps({"hits": _hits_json(assistant, found)}, ensure_ascii=False, indent=2))
        else:
            show_hits(found, lambda document_id: assistant.index.document(document_id).title)


@app.command()
@filtered(less="region")
def figures(
    metric: Annotated[
        str | None,
        typer.Argument(help="指标，如“农村居民人均可支配收入”；换一种说法也行。与 --table 同用时是文档。"),
    ] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", help="只要关于这个对象的：早稻、路桥区、张村小学。")
    ] = None,
    region: Annotated[str | None, typer.Option("--region", help="只要这个地方的：嘉兴、浙江省、全国。")] = None,
    period: Annotated[
        str | None, typer.Option("--period", help="只要这段时间的：2025年、2025-Q1..Q3、十四五、2020..2025。")
    ] = None,
    status: Annotated[
        str | None,
        typer.Option("--status", help="只要这种性质的：actual、target、plan、rank、growth、share 或 cumulative。"),
    ] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="只要这个单位的：元、%、公里。")] = None,
    least: Annotated[str | None, typer.Option("--min", help="数值不低于，可写 5万、1.2亿。")] = None,
    most: Annotated[str | None, typer.Option("--max", help="数值不高于。")] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="输出 CSV（带 BOM，Excel 可直接打开）。")] = False,
    as_json: AsJson = False,
    xlsx: Annotated[Path | None, typer.Option("--xlsx", help="写成这个 Excel 文件。")] = None,
    table: Annotated[
        bool, typer.Option("--table", help="不查指标，列出文档里的表格：编号、标题、行列、单位、位置。")
    ] = False,
    show: Annotated[
        int | None, typer.Option("--show", min=1, help="与 --table 同用：显示这个文档的第几张表。", metavar="N")
    ] = None,
    sources: Sources = None,
    data_dir: DataDir = None,
    *,
    chosen: Chosen,
) -> None:
    """列出文档里某个指标的所有数据，一行一个，附对象、地区、时间、性质和原句；或用 --table 列出、显示表格。"""
    from assistant import exports
    from assistant.cli.terminal import show_figures
    from sources.mentions.periods import label

    if as_csv + as_json + (xlsx is not None) > 1:
        _fail("--csv、--json 和 --xlsx 只能选一个")
    if xlsx is not None and not xlsx.parent.is_dir():
        _fail(f"{xlsx.parent}: 文件夹不存在。请先建好，或换一个 --xlsx")
    if table:
        from assistant.cli.tables import tables

        with _assistant(sources, data_dir) as assistant, assistant.index.seen(chosen.within(assistant.index)):
            tables(assistant, metric, show, as_csv=as_csv, as_json=as_json, xlsx=xlsx)
        return
    if metric is None:
        _fail("youju figures 还缺 METRIC。用法见 youju figures --help", status=2)
    at_least, at_most = _amount(least, "--min"), _amount(most, "--max")
    with _assistant(sources, data_dir) as assistant:
        through = chosen.within(assistant.index)
        found = assistant.figures(
            metric,
            subject=subject,
            region=region,
            period=period,
            status=status,
            unit=unit,
            at_least=at_least,
            at_most=at_most,
            through=through,
        )
        others = [] if found else assistant.figures(metric, through=through)
        near = [] if found or others else assistant.metrics_near(metric, through=through)
    if others:
        there = dict.fromkeys(
            f"{label(each.figure.period)}{each.figure.subject or each.figure.region}" or "未注明" for each in others
        )
        more = f"等 {len(there)} 种" if len(there) > _MOST_NAMED else ""
        _fail(f"有“{metric}”，但没有符合条件的；文档里有的是：{'、'.join([*there][:_MOST_NAMED])}{more}")
    if not found:
        nearest = f"文档里相近的指标：{'、'.join(near)}。" if near else ""
        _fail(f"没有找到“{metric}”。{nearest}")
    if xlsx is not None:
        exports.write_xlsx(found, xlsx)
        typer.echo(f"{len(found)} 个数据在 {xlsx}")
    elif as_csv:
        # Bytes, so that neither the line ends nor the encoding depend on the terminal.
        typer.echo(exports.as_csv(found).encode(), nl=False)
    elif as_json:
        typer.echo(exports.as_json(found))
    else:
        show_figures(found)


@app.command()
def serve(
    host: Annotated[str, typer.Option("--host", help="监听的地址；不是本机的要加 --open。")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="监听的端口。")] = 7860,
    is_open: Annotated[
        bool, typer.Option("--open", help="让别的机器也能打开；没有账号，谁打开都能读整个资料库。")
    ] = False,
    names: Annotated[
        list[str] | None,
        typer.Option("--allow-host", help="还用这个主机名提供服务，如反向代理的；可写多次。", metavar="NAME"),
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

    try:
        access = serving.access(host, is_open=is_open, names=names or (), root_path=root_path)
        listening = serving.listen(host, port)
    except serving.ServingError as error:
        _fail(str(error), status=2)
    with listening, _assistant(sources, data_dir) as assistant:
        errors.print(
            f"资料库：{assistant.name}，{assistant.index.status().documents} 篇文档。网页就绪后，地址显示在下一行 …"
        )
        serving.run(assistant, listening, access, watch=watch)


app.command("status")(keeping.status)
app.add_typer(keeping.sources)
app.add_typer(queue.jobs)
app.add_typer(labels.tag)
app.add_typer(labels.group)
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
        status = app(args=_spread_sources(sys.argv[1:]), prog_name="youju", standalone_mode=False)
    except typer.TyperException as error:
        from assistant.cli.mistakes import one_line

        _fail(one_line(error), status=2)
    except typer.Abort:
        raise SystemExit(1) from None
    except (SourceError, batches.BatchError, ValueError) as error:
        _fail(str(error))
    except RuntimeError as error:
        from index.catalog.schema import CatalogError
        from index.embedders.embedder import EmbedderError
        from index.ranking.reranker import RerankerError
        from index.upkeep.jobs import JobFailedError
        from sources.readers.sandbox import SandboxError

        if not isinstance(error, CatalogError | EmbedderError | JobFailedError | RerankerError | SandboxError):
            raise
        _fail(str(error))
    except OSError as error:
        named = f"{error.filename}: " if error.filename else ""
        _fail(f"{named}{_REASONS.get(error.errno or 0) or error.strerror or error}。请检查磁盘空间与权限，再试一次")
    raise SystemExit(status or 0)


def _spread_sources(arguments: Sequence[str]) -> list[str]:
    """`--sources A B` as `--sources A --sources B`: every existing path that follows belongs to it."""
    spread: list[str] = []
    taking = False
    for argument in arguments:
        if taking and not argument.startswith("-") and Path(argument).exists():
            spread += ["--sources", argument]
            continue
        if spread and spread[-1] == "--sources":
            taking = True
        elif taking:
            taking = False
        spread.append(argument)
    return spread


@contextmanager
def _assistant(sources: list[Path] | None, data_dir: Path | None) -> Iterator[Assistant]:
    from assistant.ask import SAMPLE_LIBRARY, build
    from assistant.cli.terminal import errors, progress_bar, readable, show_unread

    config: Config = load(data_dir=data_dir)
    with progress_bar() as moved:
        assistant = build(config, sources=sources or [], progress=moved)
    try:
        if assistant.update is not None:
            show_unread(assistant.update)
        if not assistant.index.status().documents:
            if assistant.update is not None and assistant.update.empty:
                raise SystemExit(1)  # which folders are empty has been said
            named = "、".join(map(str, sources or [SAMPLE_LIBRARY]))
            _fail(f"{named}: 里面没有能读的文件。{readable()}")
        if not sources and assistant.update is not None:
            errors.print("[dim]（还没有索引文档，以下用示例文库回答；用 youju index 文件夹 换成自己的）[/dim]")
        yield assistant
    finally:
        assistant.close()


def _run_batch(asked: list[batches.BatchQuestion], out: Path | None, answer: Any) -> None:
    from rich.progress import track

    from assistant.cli.terminal import errors

    if out is None:
        _fail("批量回答要写明结果文件：--out answers.jsonl")
    if not out.parent.is_dir():
        _fail(f"{out.parent}: 文件夹不存在。请先建好，或换一个 --out")
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


def _amount(text: str | None, option: str) -> Decimal | None:
    """The number that a person writes as a bound, 万 and 亿 applied."""
    if text is None:
        return None
    from sources.mentions.numerals import quantities

    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        read = quantities(text)
    if len(read) != 1 or read[0].text != text.strip():
        _fail(f"{option} {text}: 不是数字。请写成 50000、5万 或 1.2亿")
    return read[0].value


def _fail(message: str, *, status: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(status)
