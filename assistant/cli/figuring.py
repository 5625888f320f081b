"""`youju figures`: what the documents say of a metric, and the tables that they hold."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli.filtering import Chosen, filtered
from assistant.cli.keeping import AsJson, DataDir
from assistant.cli.opening import Sources, assistant_on, fail

_MOST_NAMED = 8
"""Times and places that are named where none of the wanted ones is there."""


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
    from assistant.cli.terminal import show_figures
    from assistant.exports.figures import figures_as_csv, figures_as_json, write_figures
    from sources.mentions.periods import label

    if as_csv + as_json + (xlsx is not None) > 1:
        fail("--csv、--json 和 --xlsx 只能选一个")
    if xlsx is not None and not xlsx.parent.is_dir():
        fail(f"{xlsx.parent}: 文件夹不存在。请先建好，或换一个 --xlsx")
    if table:
        from assistant.cli.tables import tables

        with assistant_on(sources, data_dir) as assistant, assistant.index.seen(chosen.within(assistant.index)):
            tables(assistant, metric, show, as_csv=as_csv, as_json=as_json, xlsx=xlsx)
        return
    if metric is None:
        fail("youju figures 还缺 METRIC。用法见 youju figures --help", status=2)
    at_least, at_most = _amount(least, "--min"), _amount(most, "--max")
    with assistant_on(sources, data_dir) as assistant:
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
        fail(f"有“{metric}”，但没有符合条件的；文档里有的是：{'、'.join([*there][:_MOST_NAMED])}{more}")
    if not found:
        nearest = f"文档里相近的指标：{'、'.join(near)}。" if near else ""
        fail(f"没有找到“{metric}”。{nearest}")
    if xlsx is not None:
        write_figures(found, xlsx)
        typer.echo(f"{len(found)} 个数据在 {xlsx}")
    elif as_csv:
        # Bytes, so that neither the line ends nor the encoding depend on the terminal.
        typer.echo(figures_as_csv(found).encode(), nl=False)
    elif as_json:
        typer.echo(figures_as_json(found))
    else:
        show_figures(found)


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
        fail(f"{option} {text}: 不是数字。请写成 50000、5万 或 1.2亿")
    return read[0].value
