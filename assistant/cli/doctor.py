"""What `youju doctor` looks at: one remark after the other, each with what would help."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.config import Config

if TYPE_CHECKING:
    from index.upkeep.soundness import Finding, State

_DISTRIBUTION = "youju"
_LEAST_PYTHON = (3, 11)
_LITTLE_BYTES = 1_000_000_000
"""Below this much free space a large folder may not be indexed to its end."""
_ANSWER_S = 5.0
"""How long a model's endpoint may take to answer."""
Mark = Literal["正常", "提示", "修复", "不行"]
_STATES: dict[State, Mark] = {"well": "正常", "hint": "提示", "repaired": "修复", "broken": "不行"}
_OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that was looked at."""

    state: Mark
    what: str
    text: str
    """What was found, and, where it isn't well, what would help."""

    def line(self) -> str:
        """As it is printed."""
        return f"{self.state}    {self.what}：{self.text}"


def examine(config: Config, *, repair: bool = False) -> Iterator[Remark]:
    """Everything that answering and serving stand on, in the order in which one has to put it right; with `repair` what
    is wrong in the index is put right on the way."""
    yield _python()
    yield _packages()
    yield _data_dir(config.data_dir)
    yield from _index(config, repair=repair)
    yield _reranker(config)
    yield _model(config)
    yield _formats()
    yield Remark("正常", "浏览器", "本机不必另装：任何一台能连到这里的机器，用现在的浏览器打开网页即可")


def _python() -> Remark:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < _LEAST_PYTHON:
        return Remark("不行", "Python", f"{version} 太旧，要 3.11 或更新的：make setup PYTHON=python3.11")
    return Remark("正常", "Python", f"{version}（{sys.executable}）")


def _packages() -> Remark:
    try:
        required = importlib.metadata.requires(_DISTRIBUTION) or []
    except importlib.metadata.PackageNotFoundError:
        return Remark("提示", "依赖", "没有安装 youju 这个包，查不了依赖：请用 make setup 安装")
    # Without those of an extra, which not everybody needs.
    names = [found[0] for line in required if "extra ==" not in line and (found := re.match(r"[\w.-]+", line))]
    missing = [name for name in names if not _is_installed(name)]
    if missing:
        return Remark("不行", "依赖", f"缺 {'、'.join(missing)}：请运行 make setup，或 pip install {' '.join(missing)}")
    return Remark("正常", "依赖", f"{len(names)} 个包都已安装")


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _data_dir(folder: Path) -> Remark:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"youju")
    except OSError as error:
        way = "请检查权限，或用 YOUJU_DATA_DIR 或 --data-dir 换一个文件夹"
        return Remark("不行", "数据目录", f"{folder} 写不进去（{error.strerror or error}）。{way}")
    free = shutil.disk_usage(folder).free
    if free < _LITTLE_BYTES:
        return Remark("提示", "数据目录", f"{folder} 能写，只剩 {free / 1e9:.1f} GB：文件多时请先腾出空间")
    return Remark("正常", "数据目录", f"{folder} 能写，还有 {free / 1e9:.0f} GB 空间")


def _index(config: Config, *, repair: bool) -> Iterator[Remark]:
    """The index's state and its embedder's, known once it is open; and whether it keeps its promises."""
    from assistant.ask import open_index
    from assistant.cli.keeping import waits_for_serve
    from index.catalog.schema import CatalogError
    from index.embedders.embedder import EmbedderError
    from index.upkeep.soundness import mend_catalog

    findings: list[Finding] = []
    try:
        catalog = mend_catalog(config.data_dir / "catalog.sqlite3", repair=repair)
        if catalog is not None and catalog.state == "broken":
            yield _remark(catalog)
            return
        with open_index(replace(config, reranker=""), config.data_dir) as opened:
            if catalog is not None and catalog.state == "repaired":
                opened.update(build=False)  # what couldn't be saved is read again, where it still lies
            if catalog is not None and (opened.status().documents or catalog.state == "repaired"):
                findings = [catalog, *opened.examine(repair=repair)]
            opened.probe()
            found = opened.status()
    except EmbedderError as error:
        yield Remark("不行", "嵌入", f"{error}")
        yield from map(_remark, findings)
        return
    except (CatalogError, ValueError, OSError) as error:
        yield Remark("不行", "索引", f"{error}")
        yield from map(_remark, findings)
        return
    engine = "大库的检索引擎" if found.generation else "逐段查找"
    if found.failures:
        first = next(iter(found.failures.values()))
        count = len(found.failures)
        yield Remark(
            "提示", "索引", f"{found.documents} 篇文档；{count} 个文件没读成，如 {first}。改好后运行 youju index"
        )
    elif not found.documents:
        yield Remark("提示", "索引", "还没有文档，提问时用示例文库。换成自己的：youju index 文件夹")
    else:
        yield Remark("正常", "索引", f"{found.documents} 篇文档，{found.passages} 个段落，{engine}")
    if found.words_only:
        yield Remark("不行", "嵌入", f"{found.words_only}。暂时只按字词查找")
    elif found.switching_to:
        done = f"{found.switching_to} 已嵌入 {found.embedded} / {found.passages} 个段落"
        by = "youju serve 会在后台补齐" if waits_for_serve(found, config) else "运行 youju index 补齐"
        yield Remark("提示", "嵌入", f"{found.embedder} 在回答，{done}；{by}")
    else:
        yield Remark("正常", "嵌入", found.embedder)
    yield from map(_remark, findings)


def _remark(finding: Finding) -> Remark:
    return Remark(_STATES[finding.state], finding.what, finding.text)


def _reranker(config: Config) -> Remark:
    from index.ranking.reranker import CrossEncoderRanker, RerankerError

    if not config.reranker:
        return Remark("正常", "排序", "自带的排序")
    try:
        CrossEncoderRanker(config.reranker).load()
    except (RerankerError, ValueError, OSError) as error:
        return Remark("不行", "排序", f"{error}。不设 YOUJU_RERANKER 就用自带的排序")
    return Remark("正常", "排序", config.reranker)


def _model(config: Config) -> Remark:
    """Whether the chat model answers: it is asked for one word, since a service may list a model that is dead."""
    if not config.model:
        way = "要由模型撰写，请设 YOUJU_MODEL、YOUJU_BASE_URL 和 YOUJU_API_KEY"
        return Remark("提示", "模型", f"未配置，回答由原文摘句组成，不用模型也能用。{way}")
    if not config.base_url and re.match(r"(?!ft:)[a-z_]+:", config.model):
        return _asked(config, config.model)
    key = config.api_key or (None if config.base_url else os.environ.get("OPENAI_API_KEY"))
    address = (config.base_url or _OPENAI).rstrip("/")
    listed: list[str] = []
    try:
        listed = _models(f"{address}/models", key)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in {401, 403}:
            return Remark("不行", "模型", f"{address} 拒绝了访问（{error.code}）：请检查 YOUJU_API_KEY")
    except (OSError, ValueError):
        # The error's own words may repeat the address with a key in it.
        return Remark("不行", "模型", f"连不上 {address}：请检查 YOUJU_BASE_URL、网络，以及模型服务是否在运行")
    if listed and config.model not in listed:
        near = "、".join(listed[:5])
        return Remark("不行", "模型", f"{address} 没有 {config.model}，有的是 {near} 等：请检查 YOUJU_MODEL")
    return _asked(config, f"{config.model}（{address}）")


def _asked(config: Config, name: str) -> Remark:
    from assistant.written.trial import tried

    trial = tried(config)
    return Remark("正常" if trial.ok else "不行", "模型", f"{name}：{trial.message}")


def _models(address: str, key: str | None) -> list[str]:
    """The names of the models that an OpenAI-compatible endpoint lists; empty where its reply has another form."""
    if not address.startswith(("http://", "https://")):
        raise ValueError("neither http nor https")
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {key or 'unused'}"})
    with urllib.request.urlopen(request, timeout=_ANSWER_S) as reply:
        body = json.loads(reply.read(5_000_000))
    rows = body.get("data") if isinstance(body, dict) else None
    return [str(row["id"]) for row in rows or [] if isinstance(row, dict) and "id" in row]


def _formats() -> Remark:
    from sources.readers import suffixes

    return Remark("正常", "文件格式", f"能读 {' '.join(suffixes())}；别的格式请先转成其中一种")
