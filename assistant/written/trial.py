"""A trial of a chat model: whether it answers, and if not, what is wrong, in words for the one who set it up."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from assistant.config import Config
from assistant.written.calls import Caller
from assistant.written.failures import ModelError
from assistant.written.providers import chat_model
from assistant.written.replies import without_thoughts

TIMEOUT_S = 20.0
_ASKED = "请只回答一个字：好"
_WRONG = {
    "denied": "服务拒绝了访问（{}）：请检查密钥，或账户是否开通了这个模型",
    "missing": "服务没有这个模型，或地址不对（{}）：请检查模型名称和服务地址（一般以 /v1 结尾）",
    "busy": "服务繁忙或额度用完（{}）：请稍后再试，或查看账户余额",
    "failed": "服务出错（{}）：请稍后再试；若一直如此，请查看服务方的说明",
    "timeout": f"{TIMEOUT_S:.0f} 秒内没有回答：请检查地址，或等模型装载完再试",
    "silent": f"{TIMEOUT_S:.0f} 秒内没有回答：请检查地址，或等模型装载完再试",
    "cut": "回复中途断了：请检查服务是否稳定，或中间的代理是否限时",
    "unreachable": "连不上服务：请检查服务地址、网络，以及服务是否在运行",
    "unreadable": "服务的回复读不懂：这个地址多半不是与 OpenAI 兼容的接口",
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it."""

    ok: bool
    message: str
    ms: int = 0


def tried(config: Config) -> Trial:
    """Asks the model that `config` names for one word. Nothing of the library is sent."""
    began_s = time.monotonic()
    try:
        caller = Caller(lambda without: chat_model(replace(config, timeout_s=TIMEOUT_S), without), max_retries=0)
        pieces = caller.pieces([("human", _ASKED)], until_s=began_s + TIMEOUT_S, silence_s=TIMEOUT_S)
        reply = "".join(piece for piece in pieces if isinstance(piece, str))
    except ValueError as error:
        return Trial(False, str(error))
    except ModelError as wrong:
        if wrong.kind != "full":  # a model that thinks may have been given little room for it
            return Trial(False, _WRONG.get(wrong.kind, _WRONG["failed"]).format(wrong.detail("zh")))
        reply = ""
    ms = round((time.monotonic() - began_s) * 1000)
    if not without_thoughts(reply).strip():
        return Trial(True, f"连得上，但这一次没有给出文字（{ms} 毫秒）", ms)
    return Trial(True, f"连接正常，{ms} 毫秒答复", ms)
