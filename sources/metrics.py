"""What is measured: the phrase beside a number that names it, and its usual name."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib import resources


def _any(words: str) -> str:
    """An alternation of the words, which spaces separate."""
    return "|".join(words.split())


# Words at the end of what stands before a number that don't name what is measured.
_TAIL_WORDS = _any(
    r"""
    分别 均 都 也 又 再 已 已经 将 将近 要 可 能 只 仅 就 便 各 共有 共 总共 共计 总计 合计 累计 约 大约 近 超 超过
    超出 突破 破 逾 不低于 不少于 不高于 不超过 不足 低于 高于 最多 最高 最低 至少 高达 多达 可达 达到 达 到 为 是 至
    有 设有 共有 力争 确保 争取 计划 预计 预期 有望 目标 继续 稳定在 控制在 保持在 维持在 控制 稳定 保持 连续 位居
    位列 名列 稳居 跃居 居 列 排名 排 位 升至 上升 上涨 提高 提升 增长 增加 增速 增幅 增 下降 降低 降 减少 缩小 扩大
    回落 压缩 延长 放宽 放大 同比 环比 年均 平均 比 较 完成 实现 占据 占 了 出 从 由 在 按照 按 以 用 对 给予 每 的
    其中 包括 等 及 和 与 或 得到 取得 进入 跻身 给 不 可以 应当 应 须 需 最长 原则上 一次性 最低 长达 不得 之 内 前
    后 改善 优化 仍 还 并 [、“”"‘’（(：:，,\s\u3000*]
    """
)
_TAIL = re.compile(rf"(?:{_TAIL_WORDS})$")
_WHOLE_TAIL = re.compile(
    r"(?:占比|比重|收入比|之比|比例|百分比|[一-龥]率比|城乡比|人均|倍差|增速|增幅|目标|水平|单位|学位|床位|岗位|部位)$"
)
# Words at its beginning that don't.
_HEAD_WORDS = _any(
    r"""
    其中 目前 当前 截至目前 同时 此外 另外 另 而 并且 并 且 则 也 又 还 已 共 先后 陆续 日前 近日 据统计 据悉 据了解
    数据显示 最新数据显示 特别是 全面 扎实 大力 深入 积极 持续 率先 有序 加快 加强 进一步 努力 切实 统筹 高质量 以
    以来 起 内 的 年 期间 后 前 里 中 末 底 截至 这 该 和 与 及 即 如 比如 例如 今年以来 一年来 五年来 全年 目前 现
    现有 其 因 由 在 对 按 按照 从 使 让 把 将 到 至 可 可以 要 确保 力争 争取 每年 原则上 分别
    [，、：。;；,:“”"\s\u3000*#—·•>）)] [（(]?[一二三四五六七八九十\d]{1,2}[)）、.．] [一二三四五六七八九十]是
    """
)
_HEAD = re.compile(rf"(?:{_HEAD_WORDS})")
# Verbs of doing, dropped when something is left: 建成14个示范片区 counts 示范片区.
_HEAD_VERBS = _any(
    """
    实现 完成 推进 推动 开展 实施 建成 建设 打造 培育 组织 落实 发布 出台 推出 遴选 启动 引进 达到 形成 设立 建立 安排
    争取 累计 共计 总共 合计 下达 拨付 发放 提供 计划 预计 获得 拥有 共有 包括 涵盖 涉及 带动 吸纳 惠及 有 汇集 组建
    支持 给予
    """
)
_HEAD_VERB = re.compile(rf"(?:{_HEAD_VERBS})(?=.{{2}})")
_RANKED_AMONG = re.compile(
    r"(?:全国|全省|全市|全县|全区|全球|世界|地级市|县级市|[^，、居列位排]{0,8}城市|[^，、居列位排]{0,6}县市)$"
)

# After a number and its measure word: the start of something else than the thing counted.
_NOT_THING = re.compile(
    r"[的是为由将被已均都也又与及或至内外前后起以之左右上下，。；：、,;:!！?？（(）)”」’|\s]|在(?!建|线|校|职|岗|册)|到(?!位)|$|"
    + _any(
        """
        全部 不等 实现 完成 入选 获得 获评 达到 超过 开展 参加 同时 同步 提供 用于 位于 位居 跻身 通过
        中(?!心|小|央|国|西|高|学|药|医) 里 即 则 可(?!再) 能(?!源) 应(?!急) 要(?!素) 须 需 并 且 时 每 等(?!级)
        不(?!动) 未(?!来) 无(?!人|线|障) 有(?!机|限) 进行 予以 给予 来 去 就 升 增 降 达
        """
    )
)
_THING_END = re.compile(
    r"的(?=.{0,3}$)|(?<=.{2})(?:[，,;；。：:（(！!?？“\s\u3000|]|在(?!建|线|校|职|岗|册)|到(?!位)|"
    + _any(
        """
        全部 均(?!衡) 都(?!市) 已 将 被 由 实现 完成 入选 获评 获得 达到 达[^标] 超过 跻身 参加 参与 进行 用于 纳入
        列入 提供 位于 申报 告别 编制 中$ 联动 协同 两年内 年内 作为 为主 为(?!民) 和$ 与$ 及$ 、$ 等$ 共同 合计 总计
        共(?!富|同|享|服|有产) 受(?!益) 仍 就 也 并 可(?!再) 不(?!动) 下沉 开工 投产 通过 落地 作用
        """
    )
    + ")"
)
_THING_LIMIT = re.compile(r"[，；;。！？!?\n：:、|]|,(?!\d{3})|[（(](?!市|县|区|镇|街道|村|院区|社区|园区|乡|含)")
_SPLIT = re.compile(r"、|和(?!美|谐|平)|与(?!会)|以及|及(?!以)")
_SHARED_TAIL = re.compile(r"(?:播种面积|种植面积|总面积|面积|总产量|产量|总产值|产值|数量|规模|总额|增速)$")
_COMMON_TAIL = re.compile(r"(?:比例|占比|覆盖率|比重|增加值|数量|人数|普及率|总产值)$")
_ALL = re.compile(r"城乡居民|城乡")


def phrase_before(left: str, *, place_names: tuple[str, ...] = (), rank: bool = False) -> str:
    """What is measured, out of the words `left` before a number in its clause; "" when they name nothing.

    >>> phrase_before("城乡居民收入倍差缩小至")
    '城乡居民收入倍差'

    `place_names` are the places as printed, dropped at its head; with `rank`, those ranked among (全国, 地级市) are
    dropped at the end.
    """
    phrase = left
    while True:
        shorter = _RANKED_AMONG.sub("", phrase) if rank else phrase
        if not _WHOLE_TAIL.search(shorter):
            shorter = _TAIL.sub("", shorter)
        if head := _HEAD.match(shorter):
            shorter = shorter[head.end() :]
        for name in place_names:
            if shorter.startswith(name):
                shorter = shorter[len(name) :].removeprefix("的")
        if shorter == phrase:
            break
        phrase = shorter
    while (verb := _HEAD_VERB.match(phrase)) or (verb := _HEAD.match(phrase)):
        phrase = phrase[verb.end() :]
    return phrase[-48:]


def thing_after(text: str, start: int, end: int) -> str:
    """The thing counted, which stands after number and measure word: 14个和美乡村示范片区; "" when none does.

    Reads `text[start:end]` at most, up to the first punctuation or verb.
    """
    if _NOT_THING.match(text, start, end):
        return ""
    limit = _THING_LIMIT.search(text, start, end)
    phrase = text[start : limit.start() if limit else end]
    if stop := _THING_END.search(phrase):
        phrase = phrase[: stop.start()]
    return phrase.strip(' \u3000“”"*')


def subjects(phrase: str, values: int) -> list[str]:
    """The subjects that `values` values belong to, in order; [] when the phrase doesn't list as many.

    >>> subjects("粮食播种面积、产量", 2)
    ['粮食播种面积', '粮食产量']
    >>> subjects("城乡居民人均可支配收入", 2)
    ['城镇居民人均可支配收入', '农村居民人均可支配收入']
    """
    if values == 2 and phrase.startswith("城乡居民"):
        return ["城镇居民" + phrase[4:], "农村居民" + phrase[4:]]
    parts = [part for part in _SPLIT.split(phrase) if part]
    if values < 2 or len(parts) < values:
        return []
    parts = parts[-values:]
    if shared := _SHARED_TAIL.search(parts[0]):
        head = parts[0][: shared.start()]
        parts = [parts[0], *(head + part if _SHARED_TAIL.fullmatch(part) else part for part in parts[1:])]
    if common := _COMMON_TAIL.search(parts[-1]):
        parts = [part if part.endswith(common[0]) else part + common[0] for part in parts]
    return parts


_QUOTES = re.compile(r"[“”‘’「」『』\"'《》*\s]")
_BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
_LEADING = re.compile(
    r"^(?:全[省市县区国年]|[我本该][省市县区]|目前|已|累计|总共|共计|合计|共|实现|完成|达到|年度|当年)+(?=.{2})"
)
_TRAILING = re.compile(r"(?<=.{2})(?:绝对值|情况|分别|已|达到|达|为)+$")


@lru_cache(maxsize=1)
def _synonyms() -> tuple[dict[str, str], re.Pattern[str]]:
    lines = (resources.files("sources") / "words" / "metrics.tsv").read_text("utf-8").splitlines()
    usual: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, others = line.split("\t")
            usual[name] = name
            usual.update(dict.fromkeys(others.split("|"), name))
    words = "|".join(re.escape(word) for word in sorted(usual, key=lambda word: (-len(word), word)))
    return usual, re.compile(words, re.IGNORECASE)


@lru_cache(maxsize=65536)
def normalise(metric: str) -> str:
    """The metric without quotes, brackets and filler, each known part under its usual name; "" for "".

    >>> normalise("农民人均可支配收入绝对值")
    '农村居民人均可支配收入'
    >>> normalise("山区海岛县GDP")
    '山区海岛县地区生产总值'
    """
    bare = _QUOTES.sub("", metric)
    plain = _TRAILING.sub("", _LEADING.sub("", _BRACKETED.sub("", bare) or bare))
    usual, words = _synonyms()
    return words.sub(lambda word: usual.get(word[0]) or usual.get(word[0].upper(), word[0]), plain)
