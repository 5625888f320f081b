"""What is wrong with a command line, as one line in Chinese that ends in the way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer
from pydantic import ValidationError


def one_line(error: typer.TyperException) -> str:
    """The mistake that typer found, without its usage and its box.

    Typer's kinds of errors are private but for their names, so those tell them apart; a value is checked by pydantic.
    """
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else "youju"
    kind = type(error).__name__
    option = getattr(error, "option_name", "")
    if kind == "NoArgsIsHelpError":
        return error.message  # the list of commands
    if kind == "NoSuchOption":
        near = "、".join(sorted(getattr(error, "possibilities", None) or ()))
        return f"{command} 没有 {option} 这个选项。{f'要写的是 {near} 吗？' if near else ''}{_help(command)}"
    if kind == "BadOptionUsage":
        if "requires" in error.message:
            return f"{option} 后面还要写一个值。{_help(command)}"
        return f"{option} 后面不带值。{_help(command)}"
    if kind == "MissingParameter":
        return f"{command} 还缺 {_name(error)}。{_help(command)}"
    if kind == "BadParameter":
        return f"{_name(error)} 的值不行：{_wanted(error)}。{_help(command)}"
    if error.message.startswith("Got unexpected extra argument"):
        given = error.message.partition(" (")[2].removesuffix(")")
        return f"{command} 用不上“{given}”。有空格的内容请加引号；{_help(command)}"
    if error.message.startswith("No such command"):
        return f"没有 {error.message.split(chr(39))[1]} 这个命令。{_help('youju')}"
    return f"{error.message}。{_help(command)}"


def _help(command: str) -> str:
    return f"用法见 {command} --help"


def _name(error: Any) -> str:
    """The option or argument as it is written on the command line."""
    parameter = error.param
    if parameter is None:
        return str(error.param_hint or "参数")
    options = [name for name in parameter.opts if name.startswith("-")]
    return options[-1] if options else str(parameter.name).upper()


def _wanted(error: Any) -> str:
    """What the value should be, as pydantic found it wanting."""
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return str(error.message)
    found = cause.errors()[0]
    bounds: Mapping[str, Any] = found.get("ctx", {})
    kind = found["type"]
    given = found["input"]
    if kind.startswith("int_"):
        return f"{given} 不是整数"
    if kind.startswith(("float_", "decimal_")):
        return f"{given} 不是数字"
    if kind in {"greater_than_equal", "less_than_equal"}:
        return f"{given} 太小，最小是 {bounds['ge']}" if "ge" in bounds else f"{given} 太大，最大是 {bounds['le']}"
    return f"{given}（{found['msg']}）"
