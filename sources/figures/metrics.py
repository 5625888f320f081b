"""What is measured: the phrase beside a number that names it, and its usual name."""

from __future__ import annotations

import re
from functools import lru_cache

from sources.words import rows


def _any(words: str) -> str:
    """A pattern of the words, which spaces separate."""
    return "|".join(words.split())


# Words right before a number that don't name what is measured; guards keep 产能, 支出, 单位 whole.
_TAIL = re.compile(
    "(?:"
    + _any(
        r"""
        分别 (?<![人平户村亩年日月周])均 (?<![首成])都 也 又 再 已 已经 将 将近 (?<![需主重必])要 (?<![许认])可 只 仅
        (?<!成)就 便 各 (?<![产性功职动节技智才])能 (?<!公)共 总共 共计 总计 合计 累计 (?<![节预合公制签契特大])约
        大约 大概 接近 (?<![附临])近 超 超过 超出 突破 破 逾 不低于 不少于 不高于 不超过 不足 不到 低于 高于 最多 最高
        最低 最长 最高达 最多可 最 至少 高达 多达 可达 长达 达到 (?<![发表传下])达 (?<![收])到 (?<![行作])为 是 至
        (?<![国所享拥持私公特])有 设有 配有 共有 现有 力争 确保 争取 计划 预计 预期 有望 目标 继续 稳定在 控制在
        保持在 维持在 控制 稳定 保持 连续 位居 位列 名列 稳居 跃居 (?<!民)居 (?<![系下序队])列 排名 (?<![减安编])排
        (?<![单学床岗部点地机泊车席职摊工铺水])位 上升 上涨 提高 提升 (?:名义|实际|负)?增长
        增加 增速 增幅 新增 净增 (?<!新)增 增产 减产 下降 下浮 上浮 下调 再下浮
        降低 降 (?<![提公毫])升 减少 缩小 缩短 扩大 回落 压缩 延长 放宽 放大 改善 优化 同比 环比 平均 年均
        (?<![占率收乡对])比 较 完成 实现 占据 占 了 (?<![支输进产突演退外展付流卖])出 从 (?<!自)由 (?<![存所内现潜])在
        按照 (?<!期)按 (?<![可所])以 (?<![费使利应信专公适试作通医商民军运])用 (?<![绝相应面针])对 给予 予以
        (?<![供补])给 每 的 其中 包括 (?<![高中初平一二三同])等 (?<![普以涉])及 (?<![总饱])和 (?<!参)与 或 得到 取得
        进入 跻身 不 可以 应当 (?<![供响反效适对])应 须 (?<![必内供军刚])需 需要 原则上 一次性 不得 之
        (?<![国境市省县域区以])内 前 (?<![售产先])后 仍 (?<![返偿归])还 未 并
        获得 可获 可获得 可享受 享受 可贷 减按 通过
        (?<![候弥填])补 当天 当日 (?<=[到为是])每[人户亩家村](?:每[月天年日])?
        扩增 扩充 扩 缩减 修订 修正 更正 核定 (?<!结构)调整 同口径 可比口径 上学年 (?:最初|初期|原来|此前|原先)的?
        (?:约|大概|已经|大约)?(?:为|是|达到|相当于|至)?(?:平日|平时|往日|往年|往常|去年同期|上年同期|正常水平)的?
        [、“”"‘’（(：:，,\s\u3000*±]
        """
    )
    + ")$"
)
_WHOLE_TAIL = re.compile(
    r"(?:占比|比重|收入比|之比|比例|百分比|[一-龥]率比|城乡比|人均|倍差|目标|水平|单位|学位|床位|岗位|部位|产能|支出)$"
)
# The same at the beginning of such a phrase.
_HEAD = re.compile(
    _any(
        r"""
        其中 目前 当前 截至目前 同时 此外 另外 另 而 并且 并(?!购|网) 且 则 也 又 还(?!款|贷|本|建) 已
        共(?![富同享建青产有创计]) 先后 陆续 日前 近日 据统计 据悉 据了解 据介绍 数据显示 最新数据显示 特别是 全面
        扎实 大力 深入 积极 持续 率先 有序 加快 加强 进一步 努力 切实 统筹 高质量 以(?![旧上下内外点]) 以来
        起(?![点步重]) 内(?![蒙需河陆容部科外]) 的 年(?![度产均收经龄轻计报末会应]) 期间 后(?![备续勤台期])
        前(?![沿期端列]) 里(?!程) 中(?![心央国医小学型高等药级西东低重期长]) 末(?![端位]) 底(?![层线数]) 截至 这 该
        和(?![美谐平]) 与(?!会) 及(?![格时]) 即(?!时) 如(?!期) 比如 例如 今年以来 一年来 五年来 全年 每年 现有
        现(?![代场金行实状役货]) 其(?![他它余]) (?:下辖|所辖|管辖|下属)的 期(?![限货间末初权]) 但(?=.) 因(?!素) 由
        在(?![建线校职岗册田保外押库读]) 对(?![外口接象策公华]) 按照 按(?!揭) 从(?![业事]) 使(?!用) 让 把(?!关)
        将(?![来军]) 到(?![位岗货期账港]) 至 可以 可(?![支再持]) 要(?![素点求]) 确保 力争 争取 原则上 分别 疫情期间
        部分 还将 仍将 当天 下午 上午 当晚 等(?!级) [，、：。;；,:“”"\s\u3000*\#—·•>）)\-–]
        [（(]?[一二三四五六七八九十\d]{1,2}[)）、.．] [一二三四五六七八九十]是
        """
    )
)
# Verbs of doing, dropped when something is left: 建成14个示范片区 counts 示范片区.
_HEAD_VERB = re.compile(
    "(?:"
    + _any(
        """
        实现 完成(?![率度]) 推进 推动 开展 实施 建成 建设(?![用投项标规资银]) 打造 培育 组织(?![部生机]) 落实
        发布(?!会) 出台 推出 遴选 启动 引进 达到 形成 设立 建立 安排 争取 累计 共计 总共 合计 下达 拨付 发放 提供
        计划(?!投) 预计 获得 拥有 共有 包括 涵盖 涉及 带动 吸纳 惠及 有(?!机) 汇集 组建 支持 给予 收到 锁定
        """
    )
    + r")(?:了|出)?(?=.{2})"
)
_BARE_VERB = re.compile(_HEAD_VERB.pattern.replace("(?=.{2})", ""))
# In a long phrase, what is measured stands after the last of these: 全省农商银行共向11户企业发放贷款.
_DOING = re.compile(
    "(?:"
    + _any(
        """
        发放了? 提供了? 运抵 报告 办理了? 举办 推送 整理 慰问 选树 召开 制定了? 编制了? 收治 发送 运送 申办 联系 调运
        验放 梳理形成 返还 缴纳 选派 处理 获得了? 开展了? 核查 捐赠 赠送 拆除 新建 投放 发行 输送 接收
        """
    )
    + r")(?!企业|单位|机构|[线能量费率业品者商厂地点站员规利总期额价金面单]|资金|标准|中心|人员)"
)
_LONG_PHRASE = 14
_MOST_OF_WHOM = 6
"""Characters that tell one of several: 全体居民, 全市常住人口."""
_RANKED_BY = re.compile(r"(?:增速|增幅|增长率)$")
_RANKED_AMONG = re.compile(
    r"(?:(?:全国|全省|全市|全县)排名.{0,4}|全国|全省|全市|全县|全区|全球|世界|地级市|县级市|[^，、居列位排]{0,8}城市|[^，、居列位排]{0,6}县市)$"
)
# After a number and its measure word: words that begin something other than the thing counted.
_NOT_THING = re.compile(
    r"相比|[的是为将被已均都也又与及或至内外前后起以之左右，。；：、,;:!！?？（(）)」”’|\s]|$|"
    r"在(?![建线校职岗册])|到(?!位)|和(?![美谐平])|上(?![海市岗门述游年])|下(?![岗沉乡辖属游列])|居(?![民住家委])|列(?!车)|保持|"
    + _any(
        """
        全部 不等 实现 完成 入选 获得 获评 达到 超过 开展 参加 同时 同步 提供 用于 位于 位居 跻身 通过
        中(?![心小央国西高学药医型]) 里 即 则 可(?!再) 能(?!源) 应(?!急) 要(?!素) 须 需 并 且 时 每 等(?!级) 不(?!动)
        未(?!来) 无(?![人线障]) 有(?![机限]) 进行 予以 给予 来 去 就 升 增 降 达 扩(?!建) 缩减 减少 延长
        """
    )
)
_CLOSING = re.compile("[）)]")
_OF_WHAT = re.compile(r"([一-龥]{2,3})的(?=[一-龥“])")
_ADJECTIVE = re.compile(
    r"重要|主要|知名|优秀|专业|特色|普通|典型|全新|不同|相关|所有|困难|剩余|一般|在建|较.|最.|.{1,2}[性型级]"
)
_AND_OTHERS = re.compile(r"[一-龥A-Za-z“”]{1,10}、[^，。；：:\d\n]{1,24}?等(?=[一-龥]{2})")
_FROM = re.compile(r"(?:从|来自|由)[^，。；;\n]{2,40}?的([一-龥]{2,12})")
_THING_END = re.compile(
    r"的(?=.{0,2}$)|(?<=.{2})(?:[，,;；。：:！!?？\s\u3000|]|[（(](?![市县区])|在(?![建线校职岗册])|到(?!位)|"
    + _any(
        """
        全部 均(?!衡) 都(?!市) 已 将 被 实现 完成 入选 获评 获得 达到 达[^标] 超过 跻身 参加 参与 进行 用于 纳入 列入
        提供 位于 申报 告别 编制 中$ 联动 协同 两年内 年内 作为 为主 为(?!民) 和$ 与$ 及$ 、$ 等$ 共同 合计 总计
        共(?![富同享服产]) 受(?!益) 仍 就(?!业) 也 并 可(?!再) 不(?![动足]) 下沉 开工 投产 通过 落地 作用 进一步
        从(?!业) 向 对口 支援 报告 发放 逐家 逐个 建好 帮助 落实 跨 领取 定期 日常 立即 迅速 主动 使用(?!率) 组成 调集
        驰援 助中 渡过 踊跃 继续 对其 多由 自(?![助动主愿然治来]) 及时 到岗 因 经 联合 同步 设立 发挥 在线 协助 现有
        取得
        """
    )
    + ")"
)
_THING_LIMIT = re.compile(
    r"[，；;。！？!?\n：:|]|,(?!\d{3})|(?<![（(][市县区])[、，]|[（(](?![市县区镇乡含]|街道|院区|社区|园区)"
)
# A verb at the end of the words before a number: its object, after the number, is what is measured.
_VERB_OF_OBJECT = re.compile(
    "(?:"
    + _any(
        """
        设立 发放 拨付 提供 给予 投入 下达 安排 获得 申请 收到 争取 筹集 募集 减免 捐赠 捐献 赠送 打造 列支 运送 运输
        输送 运载 采购 购买 购置 买入 新建 建成 建造 改造 推出 开辟 腾出 盘活 处置 清运 收运 办理 受理 引进 招引 选派
        派出 抽调 接收 转运 发送 减轻 节约 补充 储备 调拨 下拨 预拨 划拨 调运 调配 支援 驰援 配备 安装 铺设 设置 开通
        免除 免收 缓缴 返还 退还 偿还 发行 投放 支付 赔付 创造 生产 加工 种植 供应 拥有 持有 开发 整治 修复 拆除 通过
        处以 推进 实施 实行 开展 完成 实现 运抵 赶赴 收取 征收 加征 缴纳 领取 享受 承担 使用 搭载 出售 回购 认购 得到
        取得 拿到 获取 带来 造成 导致 面临 剩余 保留 预留 吸引 注入 签署 满足 耗资 斥资 没有 覆盖 减按
        """
    )
    + ")[了出到]?(?:最高|最多|最长|一次性|累计|总计|共计|约|近|超过?|不超过|不低于|每人|每户|每家)*$"
)
# The last word of the name of an amount of money or a size; after a phrase without one, the name follows the number.
_NAMES_AMOUNT = re.compile(
    r"(?:投资|单产|总产|产值|收入|支出|资金|贷款|补贴|补助|奖励|资产|利润|成本|总量|规模|效益|负担|标准|销售|损失|储备|保障|额度?|费用?|价格?|税金?|款项?|值|薪|资|债|"
    r"面积|长度|里程|产量|重量|容量|能力|产能|距离|高度|深度|存量|比例|比重|率|占比|密度|浓度|指标|[量数额金限])$"
)
_SPLIT = re.compile(r"、|和(?!美|谐|平)|与(?!会)|以及|(?<![普以涉])及(?![以其格时])")
_SHARED_TAIL = re.compile(r"(?:播种面积|种植面积|总面积|面积|总产量|产量|总产值|产值|数量|规模|总额|增速)$")
_COMMON_TAIL = re.compile(r"(?:比例|占比|覆盖率|比重|增加值|数量|人数|普及率|总产值)$")


def phrase_before(left: str, *, place_names: tuple[str, ...] = (), rank: bool = False) -> str:
    """What is measured, taken from the words `left` before a number in its clause; "" when they name nothing.

    >>> phrase_before("城乡居民收入倍差缩小至")
    '城乡居民收入倍差'

    `place_names` are the places as printed, dropped at its head; with `rank`, those ranked among (全国, 地级市) are
    dropped at the end.
    """
    phrase = left
    while True:
        shorter = _RANKED_AMONG.sub("", phrase) if rank else phrase
        if not (_WHOLE_TAIL.search(shorter) or (rank and _RANKED_BY.search(shorter))):
            shorter = _TAIL.sub("", shorter)
        if head := _HEAD.match(shorter):
            shorter = shorter[head.end() :]
        for name in place_names:
            if shorter.startswith(name):
                shorter = shorter[len(name) :].removeprefix("的")
        shorter = _OF_PLACE.sub("", shorter)
        if shorter == phrase:
            break
        phrase = shorter
    while (verb := _HEAD_VERB.match(phrase)) or (verb := _HEAD.match(phrase)):
        phrase = phrase[verb.end() :]
    if len(phrase) > _LONG_PHRASE:
        for doing in reversed(list(_DOING.finditer(phrase))):
            if len(phrase) - doing.end() >= 2:
                phrase = phrase[doing.end() :]
                break
    if len(phrase) > _LONG_PHRASE:
        phrase = _shortened(phrase)
    if _BARE_VERB.fullmatch(phrase) or _GROWTH_ALONE.fullmatch(phrase) or phrase in ("但", "但不", "不"):
        return ""
    return _with_both_quotes(phrase[-48:])


_GROWTH_ALONE = re.compile("(?:增速|增幅|降幅|涨幅|跌幅)?(?:加快|放缓|收窄|回落)?")
# A place that no gazetteer knows, at the head of a phrase: 临川县的城镇化率.
_OF_PLACE = re.compile(r"^[一-龥]{2,5}(?:[省市县镇乡]|(?<![社园景库山地城小灾林片校厂矿])区)的(?=.{2})")


def _shortened(phrase: str) -> str:
    """The end of a long phrase: its verb (…向慈善总会捐赠), or the words after a preposition (…在原有贷款利率水平)."""
    if verb := _VERB_OF_OBJECT.search(phrase):
        return verb[0]
    cut = phrase
    for preposition in _PREPOSITION.finditer(phrase):
        if len(phrase) - preposition.end() >= 4:
            cut = phrase[preposition.end() :]
    return cut


def actor_in(phrase: str) -> str:
    """Who or what a phrase that names a metric begins with, as far as a verb sets it apart; "" where none does.

    >>> actor_in("东河公司实现营业收入")
    '东河公司'
    """
    found = _ACTOR.match(phrase)
    return found[1] if found else ""


_ACTOR = re.compile(rf"([一-龥A-Za-z·“”]{{2,20}}?)(?:现|共|已|全年|当年|累计|预计|计划)*{_HEAD_VERB.pattern}")
_PREPOSITION = re.compile(
    r"在(?![建线校职岗册])|按照?(?!揭)|对(?![外口接象策])|将(?![来军])|把(?!关)|从(?![业事])|向(?!上)|累计|共(?![富同享建])"
)


def _with_both_quotes(phrase: str) -> str:
    """The phrase with the quotation mark that trimming took from one end: “土特产”全产业链."""
    opened, closed = phrase.count("“"), phrase.count("”")
    return f"“{phrase}" if closed > opened else f"{phrase}”" if opened > closed else phrase


def thing_after(text: str, start: int, end: int) -> str:
    """The thing counted, which stands after number and measure word: 14个和美乡村示范片区; "" when none does.

    Reads `text[start:end]` at most, up to the first punctuation or verb.
    """
    if origin := _FROM.match(text, start, end):
        return origin[1]  # 86名从呼吸内科、重症医学科抽调的医护人员
    if _NOT_THING.match(text, start, end):
        return ""
    if (whole := _OF_WHAT.match(text, start, end)) and not _ADJECTIVE.fullmatch(whole[1]):
        return whole[1]  # 18项指标的…指数 counts 指标
    others = _AND_OTHERS.match(text, start, end)  # 300余位妇科、产科、儿科等省级专家
    limit = _THING_LIMIT.search(text, others.end() if others else start, end)
    if limit and limit[0] in "（(" and text.endswith(("以上", "以下"), start, limit.start()):
        closing = _CLOSING.search(text, limit.end(), end)  # 规模以上（年主营业务收入2000万元以上）台资企业
        limit = _THING_LIMIT.search(text, closing.end(), end) if closing else limit
    phrase = text[start : limit.start() if limit else end]
    if stop := _THING_END.search(phrase):
        phrase = phrase[: stop.start()]
    return _with_both_quotes(phrase.strip(' \u3000"*').removeprefix("”").removesuffix("“"))


def needs_object(left: str) -> bool:
    """Whether the words before a number end in a verb whose object stands after it: 设立 (2亿元专项资金)."""
    return bool(_VERB_OF_OBJECT.search(left))


def in_full(name: str, before: str) -> str:
    """A name that tells only whose it is, with what was measured before of another.

    >>> in_full("农村居民", "全体居民人均可支配收入")
    '农村居民人均可支配收入'
    >>> in_full("第二产业", "第一产业增加值")
    '第二产业增加值'
    """
    for length in range(len(name) - 1, max(1, len(name) - 1 - _MOST_OF_WHOM), -1):
        at = before.find(name[-length:])
        measured = before[at + length :]
        if 0 <= at <= _MOST_OF_WHOM and len(measured) > 1 and "不" not in name[-length:]:
            return name + measured
    return name


def names_amount(phrase: str) -> bool:
    """Whether a phrase ends in the name of an amount: 总投资, 播种面积."""
    return bool(_NAMES_AMOUNT.search(phrase))


def object_after(text: str, start: int, end: int) -> str:
    """The thing after an amount that it is an amount of: 54吨防疫物资, 100元的住宿补助; "" when none stands there."""
    of = _OF.match(text, start, end)
    thing = thing_after(text, of.end() if of else start, end)
    return "" if _NO_OBJECT.match(thing) else thing


_OF = re.compile(r"(?:不等)?的")
_NO_OBJECT = re.compile(r"部分|标准|水平|时候|情况|速度|以上|以下|基础|限额|价格|计入|计算|左右")


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
    r"^(?:全[省市县区国年]|[我本该][省市县区]|目前|已|累计|总共|共计|合计|共(?![富同享建])|实现|完成|达到|年度|当年)+(?=.{2})"
)
_TRAILING = re.compile(r"(?<=.{2})(?:绝对值|情况|分别|已|达到|达|为|(?:预期)?目标值?)+$")


@lru_cache(maxsize=1)
def _synonyms() -> tuple[dict[str, str], re.Pattern[str]]:
    usual: dict[str, str] = {}
    for name, others in rows("metrics"):
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
    return usual_names(plain)


def usual_names(text: str) -> str:
    """The text with every metric it names under its usual name.

    >>> usual_names("城乡居民收入倍差缩小到多少")
    '城乡居民收入比缩小到多少'
    """
    usual, words = _synonyms()
    return words.sub(lambda word: usual.get(word[0]) or usual.get(word[0].upper(), word[0]), text)


def metric_names(text: str) -> list[tuple[int, int]]:
    """Where the text names a metric of the table, by half-open offsets."""
    return [match.span() for match in _synonyms()[1].finditer(text)]
