"""A trial of a chat model: whether it answers, and if not, what is wrong, in words for the one who set it up."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from assistant.config import Config
from assistant.written.providers import ModelError, chat_model

TIMEOUT_S = 20.0
_ASKED = "请只回答一个字：好"
_WRONG = {
    "denied": "服务拒绝了访问（{}）：请检查密钥，或账户是否开通了这个模型",
    "missing": "服务没有这个模型，或地址不对（{}）：请检查模型名称和服务地址（一般以 /v1 结尾）",
    "busy": "服务繁忙或额度用完（{}）：请稍后再试，或查看账户余额",
    "failed": "服务出错（{}）：请稍后再试；若一直如此，请查看服务方的说明",
    "timeout": f"{TIMEOUT_S:.0f} 秒内没有回答：请检查地址，或等模型装载完再试",
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
    began = time.monotonic()
    try:
        reply = chat_model(replace(config, timeout_s=TIMEOUT_S), 0).invoke(_ASKED)
    except ValueError as error:
        return Trial(False, str(error))
    except Exception as error:  # noqa: BLE001  the provider's own, whose words may repeat the key
        wrong = ModelError.of(error, started=False)
        return Trial(False, _WRONG[wrong.kind].format(wrong.status))
    ms = round((time.monotonic() - began) * 1000)
    if not str(reply.text).strip():
        return Trial(True, f"连得上，但这一次没有给出文字（{ms} 毫秒）", ms)
    return Trial(True, f"连接正常，{ms} 毫秒答复", ms)
