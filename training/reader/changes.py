"""Sentences with one thing changed: another number, year, place, actor, … so that they say something else.

    2023年全市新建公租房1.2万套，比上年增长8%。  →  direction: 2023年全市新建公租房1.2万套，比上年下降8%。

What the words of a list are exchanged for is another word of the same list. The reader learns from these what isn't
answered, and what isn't said, by a passage that reads nearly the same.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from index.embedders.static import shipped
from sources.mentions.gazetteer import place_names
from sources.mentions.numerals import quantities
from sources.mentions.periods import periods
from sources.mentions.regions import level_of, regions
from sources.sentences import Span


@dataclass(frozen=True, slots=True)
class Change:
    """A text that differs from another in one thing."""

    kind: str
    text: str
    old: Span
    """Where the changed words stood in the text before."""
    new: str
    """What stands there now."""


def _groups(words: str) -> dict[str, list[str]]:
    """Each word with those of its line that it may be exchanged for."""
    found: dict[str, list[str]] = {}
    for line in words.strip().splitlines():
        row = line.split()
        for word in row:
            found.setdefault(word, []).extend(other for other in row if other != word)
    return found


def _pattern(words: dict[str, list[str]]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


_EXCHANGED = {
    "per": _groups("""
        户均 人均 亩均 店均 村均
        月均 日均 年均 季均
        每月 每年 每季度 每日 每周 每次
        每人 每户 每亩 每家 每村 每校
        按月 按年 按季度 按日
        /月 /年 /日 /次
        每平方米 每套 每户
        一次性 按月 分期
    """),
    "direction": _groups("""
        增长 下降
        上升 下降
        提高 降低
        增加 减少
        上涨 下跌
        上调 下调
        高于 低于
        多于 少于
        扩大 缩小
        回升 回落
        攀升 下滑
        改善 恶化
        加快 放缓
        提前 推迟
        延长 缩短
        流入 流出
        转入 转出
        收入 支出
        顺差 逆差
        盈利 亏损
        放宽 收紧
        新增 减少
        增幅 降幅
        上浮 下浮
    """),
    "kind": _groups("""
        最高 最低 平均
        平均值 中位数 最大值 最小值
        平均数 中位数 众数
        同比 环比
        总量 均值
        总额 余额 净额
        毛利率 净利率
        累计 当月 当年
        计划 实际
        预算 决算
        名义 实际
        应缴 实缴
        起付线 封顶线
        上限 下限
        最长 最短
        最多 最少
        最早 最晚
        最大 最小
        首次 再次
        税前 税后
        存量 增量
        常住人口 户籍人口
        出生率 死亡率
        就业率 失业率
        固定资产投资 社会消费品零售总额 进出口总额
        生产总值 财政收入 工业增加值
    """),
    "degree": _groups("""
        全部 部分 大部分
        所有 部分 个别 多数
        一律 一般 原则上
        超过 不足 接近
        以上 以下
        以内 以外
        至少 至多
        不低于 不高于
        不少于 不超过
        不得低于 不得高于
        全面 局部
        全额 半额 部分
        完全 基本
        唯一 之一
        必须 可以 建议
        应当 可以
        多次 一次
        长期 短期
        永久 临时
        免费 收费
        全国 全省 全市 全县 全区
    """),
    "group": _groups("""
        育儿 高龄 护理 生育 住房 交通 就业 创业
        残疾人 老年人 未成年人 退役军人 低保对象 特困人员
        城镇 农村
        职工 居民
        男 女
        男性 女性
        小学 初中 高中 幼儿园
        本科 专科 硕士 博士
        一级 二级 三级 四级
        甲类 乙类 丙类
        省级 市级 县级 国家级
        中央 地方
        国有 民营 外资
        上半年 下半年
        一季度 二季度 三季度 四季度
        第一季度 第二季度 第三季度 第四季度
        第一批 第二批 第三批
        第一产业 第二产业 第三产业
        新建 改建 扩建
        进口 出口
        线上 线下
        个人 单位 企业 家庭
        住院 门诊
        成人 儿童
        本市 外地
        在职 退休
        汽车 电动车 摩托车
        早稻 中稻 晚稻
        小麦 玉米 大豆 水稻
        医院 诊所 卫生院 药店
        学校 医院 企业 社区
        教师 医生 学生 护士
        公租房 廉租房 商品房 共有产权房
        养老保险 医疗保险 失业保险 工伤保险 生育保险
        动车 高铁 地铁 公交
        公路 铁路 航空 水路
        港口 机场 车站
        大型 中型 小型
        东部 中部 西部
        工业 农业 服务业
        原告 被告
        上诉人 被上诉人
        买方 卖方
        出租人 承租人
        甲方 乙方
        用人单位 劳动者
        发包方 承包方
        申请人 被申请人
        债权人 债务人
        父亲 母亲
        丈夫 妻子
        哥哥 弟弟
        儿子 女儿
        作者 译者
        导演 编剧 主演
        冠军 亚军 季军
        红色 蓝色 绿色 白色 黑色
        东 西 南 北
    """),
    "actor": _groups("""
        财政部门 民政部门 卫生健康部门 教育部门 公安机关 市场监管部门 人力资源社会保障部门 住房城乡建设部门
        财政部 民政部 教育部 工业和信息化部 农业农村部 交通运输部 生态环境部 自然资源部 商务部 水利部
        财政局 民政局 教育局 公安局 交通局 水利局 林业局 统计局 审计局 住建局 人社局 卫健委 发改委 城管局
        国务院 全国人大常委会 最高人民法院 最高人民检察院
        省政府 市政府 县政府 区政府 乡镇政府
        县级以上 市级以上 省级以上
        人民法院 人民检察院 公安机关 仲裁委员会
        公司 协会 学校 医院
        总理 主席 副总理 部长 省长 市长 书记 县长
        理事会 董事会 监事会 股东会
        村民委员会 居民委员会 业主委员会
        有关部门 有关企业 有关专家
        中国 美国 日本 英国 法国 德国 俄罗斯 韩国 印度
        党中央 国务院
        企业 政府
    """),
    "source": _groups("""
        通知 办法 意见 方案 公告
        条例 规定 决定 细则
        中央财政 省级财政 市级财政 县级财政 社会资本
        统计局 海关 商务部
        通知明确 会议指出 记者了解到
    """),
    "target": _groups("""
        将建成 已建成
        将新建 已新建
        计划 已经
        拟 已
        力争 已经
        预计 实际
        争取 实现了
        目标 结果
        将达到 已达到
        将完成 已完成
        将 已
        正在 已经
        完成了 计划完成
        新建了 计划新建
        实现了 争取实现
        达到了 力争达到
        试点 全面推行
        开工 竣工
        启动 完成
        申请 获得
    """),
    "negation": _groups("""
        不得 可以
        不能 能
        不予 予以
        不需要 需要
        无需 需要
        禁止 允许
        严禁 鼓励
        没有 有
        未 已
        不属于 属于
        不包括 包括
        不包含 包含
        不含 含
        不再 继续
        不应当 应当
        不应 应
        不是 是
        不适用 适用
        不承担 承担
        不享受 享受
        不符合 符合
        不会 会
        不允许 允许
        反对 支持
        拒绝 同意
        取消 保留
        废止 施行
        有效 无效
        合格 不合格
        公开 不公开
        除外 在内
        例外 同样适用
        非营利 营利
        有权 无权
        成功 失败
    """),
}  # fmt: skip
KINDS = ("number", "unit", "year", "place", "counted", "person", *_EXCHANGED)
_PATTERNS = {kind: _pattern(words) for kind, words in _EXCHANGED.items()}
_NOT_IN = re.compile(r"(?<=[一-鿿])(?=是|会|能|可以|应|需|属于|包括|适用|享受|承担|实行|支持|超过|收取|影响|增加|得到)")
"""Before which words a 不 can be put."""
_UNITS = _groups("""
    万元 亿元 元
    万亿元 亿元
    万人 人 亿人
    万 亿
    亩 公顷
    万亩 亩 万公顷
    平方米 平方公里
    公里 米 千米
    吨 万吨 公斤
    个百分点 %
    % ‰
    天 个月 年
    日 月 年
    小时 分钟 天
    工作日 个月 小时
    个 批 万个
    家 户 万家
    户 人 万户
    人次 人 万人次
    套 户 万套
    倍 %
    千瓦 万千瓦
    岁 个月
    美元 元 欧元
""")  # fmt: skip
_HEAD = re.compile(r"[第\d.,，一二三四五六七八九十百千两零〇余多几]+")
_NOUN = re.compile(r"[一-鿿]{2,4}")
_ROUGH = 64
_NEAREST, _FARTHEST = 0.30, 0.62
"""Cosines between which a word is near another one, but doesn't mean the same."""
_CHINESE = "零一二三四五六七八九"


def changes(text: str, rng: random.Random, *, kinds: Sequence[str] = KINDS) -> Iterator[Change]:
    """Up to one change of each kind that the text offers."""
    for kind in kinds:
        found = list(_MAKERS[kind](text, rng) if kind in _MAKERS else _exchanged(kind, text, rng))
        if found:
            old, new = rng.choice(found)
            if text[slice(*old)] != new:
                yield Change(kind, text[: old[0]] + new + text[old[1] :], old, new)


def _exchanged(kind: str, text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    words = _EXCHANGED[kind]
    for match in _PATTERNS[kind].finditer(text):
        if len(match[0]) == 1 and match[0] in "男女东西南北将拟未能有含会是应" and rng.random() < 0.7:
            continue
        yield match.span(), rng.choice(words[match[0]])
    if kind == "negation":
        for match in _NOT_IN.finditer(text):
            if text[match.start() - 1] not in "不未就还只也都总社议机技功性职委学协集开大年工" and rng.random() < 0.4:
                yield (match.start(), match.start()), rng.choice(["不", "并不", "不"])


def _numbers(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    dates = [(each.start, each.end) for each in periods(text)]
    found = list(quantities(text, skip=dates))
    for each in found:
        head = _HEAD.match(each.text)
        if not head or not head[0].strip("第,，"):
            continue
        span, old = (each.start, each.start + head.end()), head[0]
        yield span, _other_number(old, rng)
        others = [o for o in found if o is not each and o.text != each.text and (m := _HEAD.match(o.text)) and m[0]]
        if others and rng.random() < 0.4:
            other = _HEAD.match(rng.choice(others).text)
            if other and other[0] != old:
                yield span, other[0]


def _other_number(old: str, rng: random.Random) -> str:
    digits = [at for at, c in enumerate(old) if c.isdigit()]
    if not digits:
        at = [n for n, c in enumerate(old) if c in _CHINESE]
        if not at:
            return f"{old}多" if old[-1] not in "余多几" else old[:-1]
        n = rng.choice(at)
        return old[:n] + rng.choice([c for c in _CHINESE[1:] if c != old[n]]) + old[n + 1 :]
    draw = rng.random()
    if draw < 0.2 and "." not in old and "," not in old and len(digits) > 1:
        return old + "0" if rng.random() < 0.5 or not old.endswith("0") else old[:-1]
    if draw < 0.35 and len(digits) > 1:
        one, two = rng.sample(digits, 2)
        swapped = list(old)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        if "".join(swapped) != old and swapped[0] != "0":
            return "".join(swapped)
    n = rng.choice(digits)
    least = 1 if n == 0 else 0
    return old[:n] + str(rng.choice([d for d in range(least, 10) if d != int(old[n])])) + old[n + 1 :]


def _units(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    for each in quantities(text):
        head = _HEAD.match(each.text)
        if head and (unit := each.text[head.end() :]) in _UNITS:
            yield (each.start + head.end(), each.end), rng.choice(_UNITS[unit])


def _years(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    for match in re.finditer(r"(?<!\d)(1[5-9]|20)(\d\d)(?=年|[-—至])", text):
        year = int(match[0]) + rng.choice([-3, -2, -1, -1, 1, 1, 2, 3])
        yield match.span(), str(year)
    for match in re.finditer(r"(?<!\d)(\d{1,2})(?=月)", text):
        yield match.span(1), str(rng.choice([m for m in range(1, 13) if m != int(match[1])]))
    for match in re.finditer(r"(?<=月)(\d{1,2})(?=日)", text):
        yield match.span(1), str(rng.choice([d for d in range(1, 29) if d != int(match[1])]))
    for match in re.finditer(r"今年|去年|明年|前年|上年|本月|上月|昨日|今日|明日", text):
        rows = ("今年 去年 明年 前年", "本月 上月", "昨日 今日 明日")
        row = next((row.split() for row in rows if match[0] in row), ["今年", "上年"])
        yield match.span(), rng.choice([word for word in row if word != match[0]])


@cache
def _places() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in sorted(place_names()):
        if level := level_of(name):
            found.setdefault(level, []).append(name)
    return found


def _other_places(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    for region in regions(text):
        level = level_of(region.name) if region.name else ""
        if level in _places() and region.end - region.start >= 2:
            other = rng.choice(_places()[level])
            own = text[region.start : region.end]
            if own != region.name and len(other) > 2 and own[-1] != region.name[-1]:
                other = other[:-1]
            if other not in text and own not in other:
                yield (region.start, region.end), other
    if match := re.search(r"全[省市县区]|我[省市县区]|本[省市县区]", text):
        own_level = {"省": "province", "市": "city", "县": "county", "区": "county"}[match[0][1]]
        if own_level in _places():
            yield match.span(), rng.choice(_places()[own_level])


@cache
def _rows() -> tuple[np.ndarray, np.ndarray]:
    vectors = shipped().word_vectors(np.arange(len(shipped())))
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    return vectors, np.ascontiguousarray(vectors @ axes[:, -_ROUGH:])


@cache
def _beside(number: int) -> Sequence[str]:
    """Words that mean something of the same kind, but not the same."""
    rows, rough = _rows()
    first = np.argpartition(-(rough @ rough[number]), 200)[:200]
    cosines = rows[first] @ rows[number]
    word = shipped().word(number)
    near = [
        shipped().word(int(first[at]))
        for at in np.argsort(-cosines)
        if _NEAREST < cosines[at] < _FARTHEST
    ][:12]  # fmt: skip
    return [each for each in near if _NOUN.fullmatch(each) and not set(each) & set(word)]


def _counted(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    ids, spans = shipped().placed_ids(text)
    places = [n for n, (s, e) in enumerate(spans.tolist()) if _NOUN.fullmatch(text[s:e])]
    for n in rng.sample(places, min(4, len(places))):
        others = _beside(int(ids[n]))
        if others:
            yield (int(spans[n][0]), int(spans[n][1])), rng.choice(others)


@cache
def _tagger():  # type: ignore[no-untyped-def]
    import logging

    import jieba
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    return jieba.posseg.dt


_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华文建国志海云峰兰辉玲红梅春林波宁鹏飞宇浩凯欣怡晨晓佳"


def _others_named(text: str, rng: random.Random) -> Iterator[tuple[Span, str]]:
    at = 0
    for word, tag in _tagger().cut(text):
        if tag in ("nr", "nrt", "nrfg") and 2 <= len(word) <= 4 and word[0] in _SURNAMES:
            name = rng.choice(_SURNAMES) + "".join(rng.choice(_GIVEN) for _ in range(len(word) - 1))
            yield (at, at + len(word)), name
        at += len(word)


_MAKERS: dict[str, Callable[[str, random.Random], Iterator[tuple[Span, str]]]] = {
    "number": _numbers,
    "unit": _units,
    "year": _years,
    "place": _other_places,
    "counted": _counted,
    "person": _others_named,
}
