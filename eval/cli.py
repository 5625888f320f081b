"""The command `youju-eval`; `python -m eval` is the same."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from eval.compare import Comparison, Line
    from eval.results import Results
    from eval.run import Progress
    from eval.suite import Suite

FLOORS = Path(__file__).parent / "floors.toml"
app = typer.Typer(
    name="youju-eval",
    help="有据评测：任何系统、任何题目，得出经得起追问的数字。从 Excel 到报告见 eval/README.md。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
output = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 140)
errors = Console(stderr=True, highlight=False, soft_wrap=True)
Format = Annotated[str, typer.Option("--format", help="题目格式；不写则按后缀：jsonl、csv、xlsx。")]
Documents = Annotated[Path | None, typer.Option("--documents", help="题目所问的文档文件夹；不写则用默认文库。")]
Seed = Annotated[int, typer.Option("--seed", help="抽样、扰动和检验所用的随机种子。")]


@app.command()
def run(
    target: Annotated[Path, typer.Argument(help="套件 .toml，或题目文件。")],
    documents: Documents = None,
    systems: Annotated[list[str] | None, typer.Option("--system", help="被测系统，可多次给出。")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="结果文件夹，默认 results/名称。")] = None,
    format: Format = "",  # noqa: A002
    sample: Annotated[int | None, typer.Option("--sample", min=1, help="只抽这么多题。")] = None,
    search: Annotated[int, typer.Option("--search", min=0, help="同时评前多少段检索结果。")] = 10,
    robustness: Annotated[list[str] | None, typer.Option("--robustness", help="加一种扰动，可多次给出。")] = None,
    model: Annotated[str, typer.Option("--model", help="所用的模型名，给每个用模型的系统。")] = "",
    base_url: Annotated[str, typer.Option("--base-url", help="OpenAI 兼容接口或有据服务的地址。")] = "",
    workers: Annotated[int, typer.Option("--workers", min=1, help="同时问几题；本机系统用 1，用时才准。")] = 1,
    seed: Seed = 20261121,
    renew: Annotated[bool, typer.Option("--renew", help="题目、文档、代码或设置变了的，重新问。")] = False,
    cache: Annotated[Path | None, typer.Option("--cache", help="展开数据集的位置。")] = None,
) -> None:
    """用题目逐一询问各系统，记下答案与得分，写出报告。中断后再运行同一命令即可继续。"""
    from platformdirs import user_cache_path

    from eval.reports.report import write_report
    from eval.run import run as run_suite

    kept = cache or user_cache_path("youju", appauthor=False) / "eval"
    with _told():
        if target.suffix == ".toml":
            suite = _suite_file(target)
        else:
            suite = _suite_of(
                target,
                documents=documents or _default_documents(target, format, kept),
                systems=systems or ["youju"],
                format=format,
                sample=sample,
                search=search,
                robustness=robustness or [],
                model=model,
                base_url=base_url,
                seed=seed,
            )
        with _progress() as moved:
            results = run_suite(
                suite,
                out or Path("results") / suite.name,
                cache=kept,
                workers=workers,
                renew=renew,
                progress=moved,
            )
        page, *_ = write_report(results)
        _written_out(target, format, results.folder)
    _show(results)
    output.print(f"报告：{page}")


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="结果文件夹。")],
    misses: Annotated[int, typer.Option("--misses", min=0, help="每个系统最多列出多少失分题，0 为全部。")] = 500,
) -> None:
    """由结果文件夹再写一次报告：report.html、report.md、scores.csv。"""
    from eval.reports.report import write_report
    from eval.results import Results

    with _told():
        for path in write_report(Results(folder), max_misses=misses):
            output.print(str(path))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="文件夹、文件夹:系统，或 文件夹:系统@题集。")],
    second: Annotated[str, typer.Argument(help="同上。")],
    seed: Seed = 20261121,
    cases: Annotated[int, typer.Option("--cases", min=0, help="胜负题各列多少。")] = 20,
) -> None:
    """两个系统在相同题目上的差异：区间、检验、各类题，以及各赢了哪些题。"""
    from eval.compare import compare as compare_sides
    from eval.compare import side

    with _told():
        for comparison in compare_sides(side(first), side(second), seed=seed):
            _show_comparison(comparison, cases)


@app.command()
def calibration(
    folders: Annotated[list[Path], typer.Argument(help="结果文件夹，可多个。")],
) -> None:
    """置信度准不准：每套题、每个系统一行，答了几题、平均置信度、答对的比例、ECE，再逐段列出。"""
    from eval.reports.summary import summarise
    from eval.results import Results

    table = Table("题集", "系统", "作答", "平均置信度", "答对", "ECE", "各段：置信度→答对（题数）")
    with _told():
        for outcome in (each for folder in folders for each in Results(folder).outcomes()):
            summary = summarise(outcome)
            confidences, outcomes = summary.calibration()
            if (error := summary.calibration_error()) is not None:
                curve = "  ".join(f"{b.confidence:.2f}→{b.right:.2f}（{b.cases}）" for b in summary.bins())
                means = (f"{sum(each) / len(each):.2f}" for each in (confidences, outcomes))
                table.add_row(outcome.set, outcome.system, str(len(outcomes)), *means, f"{error:.3f}", curve)
    output.print(table)


@app.command()
def gate(
    folder: Annotated[Path, typer.Argument(help="结果文件夹。")],
    floors: Annotated[Path, typer.Option("--floors", help="底线文件。")] = FLOORS,
    pin: Annotated[list[str] | None, typer.Option("--pin", help="按本次结果钉住该指标的底线，可多次给出。")] = None,
    margin: Annotated[float, typer.Option("--margin", min=0, help="底线比本次结果宽多少。")] = 0.02,
    reason: Annotated[str, typer.Option("--reason", help="为什么这样钉。")] = "",
    lower: Annotated[bool, typer.Option("--lower", help="确实要放宽已有的底线。")] = False,
) -> None:
    """检查结果有没有跌破钉住的底线；任何一条不满足，退出码为 1。"""
    from eval import gate as gates
    from eval.results import Results

    with _told():
        results = Results(folder)
        known = gates.load(floors) if floors.exists() or not pin else []
        if pin:
            pinned = gates.pinned(known, results, pin, margin=margin, reason=reason, lower=lower)
            floors.write_text(gates.dump(pinned), encoding="utf-8")
            output.print(f"{floors}：{len(pinned)} 条底线")
            return
        findings = gates.check(known, results)
    for finding in findings:
        value = "–" if finding.value is None else f"{finding.value:.4f}"
        output.print(f"{'不合格' if finding.problem else '合格'}  {finding.floor.name}  {value}  {finding.problem}")
    if not findings or any(finding.problem for finding in findings):
        raise typer.Exit(1)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="题目文件。")],
    documents: Documents = None,
    format: Format = "",  # noqa: A002
) -> None:
    """逐行检查题目文件；有错误时退出码为 1。给出文档文件夹，就一并核对文档名和依据。"""
    from eval.check import problems
    from eval.libraries import opened

    failed = 0
    with _told():
        for problem in problems(file, format=format, library=opened(documents) if documents else None):
            failed += problem.is_error
            kind = "错误" if problem.is_error else "提醒"
            output.print(f"{file}:{problem.line}: {kind}：{problem.case_id} {problem.message}".rstrip(), markup=False)
    output.print(f"{failed} 个错误")
    if failed:
        raise typer.Exit(1)


@app.command()
def convert(
    source: Annotated[Path, typer.Argument(help="数据集，或用户反馈的导出。")],
    out: Annotated[Path, typer.Option("--out", help="写成 .jsonl、.csv 或 .xlsx。")],
    format: Format = "",  # noqa: A002
) -> None:
    """把任何一种题目格式（或反馈导出）转成可以修改的题目文件；数据集自带的文档另存一个文件夹。"""
    from eval.adapters import load_cases
    from eval.cases import write
    from eval.draft import save
    from eval.libraries import written

    with _told():
        loaded = load_cases(source, format=format)
        if out.suffix == ".jsonl":
            count = write(out, loaded.cases())
        else:
            cases = list(loaded.cases())
            count = len(cases)
            save(cases, out)
        output.print(f"{out}：{count} 题")
        if loaded.documents:
            library = written(out.parent / f"{out.stem}-documents", loaded.documents())
            output.print(f"{library.folder}：它们的文档")


@app.command()
def draft(
    documents: Annotated[Path | None, typer.Argument(help="文档文件夹；不写则用默认文库。")] = None,
    out: Annotated[Path, typer.Option("--out", help="写成 .xlsx、.csv 或 .jsonl。")] = Path("drafts.xlsx"),
    count: Annotated[int, typer.Option("--count", min=1, help="提议多少题。")] = 40,
    seed: Seed = 20261121,
) -> None:
    """由文档里的数据和章节提议题目，供人修改、批准（“通过”一栏改成 是）。"""
    from tempfile import TemporaryDirectory

    from assistant.ask import build
    from assistant.config import load
    from eval.draft import draft as propose
    from eval.draft import save
    from eval.libraries import default

    with _told(), TemporaryDirectory(prefix="youju-eval-") as folder:
        chosen = documents or default(Path(folder) / "libraries")[0].folder
        assistant = build(load({}, data_dir=Path(folder)), sources=[chosen])
        try:
            cases = propose(assistant, count=count, seed=seed)
        finally:
            assistant.close()
        save(cases, out)
    output.print(f"{out}：{len(cases)} 题，都还没有批准")


@app.command()
def judge(
    folder: Annotated[Path, typer.Argument(help="结果文件夹。")],
    model: Annotated[str, typer.Option("--model", help="作裁判的模型。")],
    base_url: Annotated[str, typer.Option("--base-url", help="OpenAI 兼容接口的地址。")] = "",
    labels: Annotated[Path | None, typer.Option("--labels", help="人工判定的 CSV：case,verdict。")] = None,
) -> None:
    """请一个模型评判答案；读不懂的判词只计数、不计分。并报告它与规则（或人工）的一致程度 κ。"""
    from eval.judging import judge as judge_outcome
    from eval.judging import read_labels, rule_labels
    from eval.results import Results
    from eval.systems import SystemSpec
    from eval.systems.chat import Chat

    with _told():
        people = read_labels(labels) if labels else None
        chat = Chat(SystemSpec(name="judge", kind="openai", model=model, base_url=base_url))
        table = Table("题集", "系统", "判对", "判了", "读不懂", "κ", "κ 的题数")
        for outcome in Results(folder).outcomes():
            judgement = judge_outcome(outcome, lambda prompt: chat.complete([{"role": "user", "content": prompt}])[0])
            agreed, count = judgement.agreement(people if people is not None else rule_labels(outcome))
            table.add_row(
                outcome.set,
                outcome.system,
                "–" if judgement.right is None else f"{judgement.right:.3f}",
                str(len(judgement.verdicts)),
                str(len(judgement.unparseable)),
                "–" if agreed is None else f"{agreed:.3f}",
                str(count),
            )
        chat.close()
    output.print(table)


def main() -> None:
    """Run the command line."""
    app()


def _default_documents(target: Path, format: str, cache: Path) -> Path | None:  # noqa: A002
    """The default library's folder, where the cases bring no documents of their own."""
    from eval.adapters import load_cases
    from eval.libraries import default

    if not target.exists():
        return None  # which is told where it is opened
    loaded = load_cases(target, format=format)
    first = next(loaded.cases(), None)
    if loaded.documents is not None or first is None or first.contexts is not None:
        return None
    library, name = default(cache / "libraries")
    errors.print(f"没有写 --documents：用{name}，{sum(1 for _ in library.files())} 个文件", markup=False)
    return library.folder


def _written_out(target: Path, format: str, folder: Path) -> None:  # noqa: A002
    """What was taken from the answers of a plain table, as a table to correct; and which rows have nothing."""
    from eval.adapters import load_cases
    from eval.draft import save

    if target.suffix == ".toml":
        return
    loaded = load_cases(target, format=format)
    if not loaded.rules_from_answers():
        return
    cases = list(loaded.cases())
    out = folder / f"{target.stem}-rules.xlsx"
    save(cases, out)
    bare = [case.id for case in cases if case.answerable and not case.has_rules]
    output.print(f"要答对必须说出的数字和词，是从“答案”里取的，写在 {out}：改好后用它再运行一次", markup=False)
    if bare:
        shown = "、".join(bare[:10]) + (f" 等 {len(bare)} 题" if len(bare) > 10 else "")
        output.print(
            f"取不出数字和短语，只算字面重合，不判对错：{shown}。请在那里的“数字”或“必含”一栏写上", markup=False
        )


def _suite_file(path: Path) -> Suite:
    from eval.suite import load

    return load(path)


def _suite_of(
    target: Path,
    *,
    documents: Path | None,
    systems: list[str],
    format: str,  # noqa: A002
    sample: int | None,
    search: int,
    robustness: list[str],
    model: str,
    base_url: str,
    seed: int,
) -> Suite:
    """The suite that the command line spells out: one set."""
    from eval.suite import SetSpec, Suite
    from eval.systems import SystemSpec

    if not target.exists():
        raise ValueError(f"{target}：没有这个文件")
    one = SetSpec(
        name=target.stem,
        cases=target.resolve(),
        format=format,
        documents=documents.resolve() if documents else None,
        sample=sample,
        search=search,
        robustness=tuple(robustness),
    )
    specs = tuple(SystemSpec(name=name, kind=name, model=model, base_url=base_url) for name in systems)
    return Suite(name=target.stem, seed=seed, sets=(one,), systems=specs)


@contextmanager
def _told() -> Iterator[None]:
    """One line, without a traceback, for what a person can mend."""
    from pydantic import ValidationError

    from eval.cases import reasons
    from eval.run import RunStoppedError
    from eval.systems import MissingExtraError

    try:
        yield
    except ValidationError as error:
        errors.print(reasons(error), markup=False)
        raise typer.Exit(2) from None
    except (ValueError, OSError, MissingExtraError, RunStoppedError) as error:
        errors.print(str(error), markup=False)
        raise typer.Exit(2) from None


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar for each system on each set, on standard error, where that is a terminal."""
    from rich import progress as bars

    columns = (bars.TextColumn("{task.description}"), bars.BarColumn(), bars.MofNCompleteColumn())
    with bars.Progress(*columns, bars.TimeRemainingColumn(), console=errors, disable=not sys.stderr.isatty()) as bar:
        tasks: dict[tuple[str, str], bars.TaskID] = {}

        def moved(set_name: str, system: str, done: int, total: int) -> None:
            key = (set_name, system)
            if key not in tasks:
                tasks[key] = bar.add_task(f"{set_name} · {system}", total=total)
            bar.update(tasks[key], completed=done)

        yield moved


def _show(results: Results) -> None:
    """The main figures of a run."""
    from eval.reports.summary import summarise

    table = Table("题集", "系统", "题数", "答对", "引到依据", "误答", "ROUGE-L", "依据@5", "文档 nDCG@10", "p50 毫秒")
    for outcome in results.outcomes():
        summary = summarise(outcome)
        metrics = ("right", "cited", "false_answer", "rouge_l", "evidence.recall@5", "docs.ndcg@10")
        means = [summary.mean(metric) for metric in metrics]
        half = summary.seconds(50)
        table.add_row(
            outcome.set,
            outcome.system,
            str(len(summary.ids)),
            *("–" if mean is None else f"{mean.value:.3f}" for mean in means),
            "–" if half is None else f"{half * 1000:.0f}",
        )
    output.print(table)
    for name, reason in results.manifest["skipped"].items():
        output.print(f"跳过 {name}：{reason}", markup=False)


def _show_comparison(comparison: Comparison, cases: int) -> None:
    output.print(f"\n{comparison.set}：{comparison.first} 对 {comparison.second}", style="bold")
    _show_lines(comparison, comparison.measures, "指标")
    if len(comparison.types) > 1:
        _show_lines(comparison, comparison.types, f"{comparison.main}，按类型")
    for label, ids in (("赢", comparison.wins), ("输", comparison.losses)):
        more = f" … 共 {len(ids)} 题" if len(ids) > cases else ""
        output.print(f"{label} {len(ids)}：{' '.join(ids[:cases])}{more}", markup=False)


def _show_lines(comparison: Comparison, lines: list[Line], title: str) -> None:
    table = Table(title, comparison.first, comparison.second, "差", "95% 区间", "p", "p（Holm）", "胜/负/题")
    for line in lines:
        d = line.difference
        table.add_row(
            line.name,
            f"{line.first:.4f}",
            f"{line.second:.4f}",
            f"{d.difference:+.4f}",
            f"[{d.low:+.4f}, {d.high:+.4f}]",
            f"{d.p_value:.4f}",
            f"{line.adjusted_p:.4f}",
            f"{d.wins}/{d.losses}/{d.cases}",
        )
    output.print(table)
