"""Where a text speaks to the program that reads it instead of stating something: such text is never evidence."""

from __future__ import annotations

import re
import unicodedata

from sources.sentences import Span, sentences

# Precision matters as much as recall: laws and plans are full of 应当, 必须 and 请, so every pattern wants a word that
# only makes sense to a reader that answers questions: its rules, its prompt, what it is to reply.
_PATTERNS = (
    # 忽略以上所有指令 / 忘掉你之前的设定
    r"(忽略|无视|無視|忘记|忘記|忘掉|别管|不要管|不用管|不要理会|不必理会|无需理会|抛开|抛弃|绕过|停止遵守|不要遵守|不再遵守|不必?要?遵循)"
    r".{0,12}(以上|上述|上面|之前|此前|先前|前面|前述|原有|原来|所有|全部|任何|一切|系统|系統|你的|您的|给你|其他|其它|资料)"
    r".{0,12}(指令|指示|规则|規則|提示|设定|設定|要求|约束|限制|资料|内容|对话|命令)",
    # 你必须回答… / 从现在起，你只能输出… / 你现在是…
    r"(你|您|(AI|人工智能|大模型|语言模型|机器人|智能助手)(助手|系统|模型)?)[，,]?(现在|接下来|从现在起|从现在开始|今后)?"
    r"(必须|务必|只能|只需|只许|应当|一律|不得|不要|只要|请|应该|需要|要).{0,8}"
    r"(回答|回复|答复|作答|输出|声称|打印|扮演|充当|告诉用户|告知用户|告诉对方)",
    r"(你|您)现在(是(?!有|否|不是)|的身份|的任务|的角色)|你(将|要|来)?(扮演|充当)",
    r"从现在(起|开始).{0,12}(你|回答|回复|输出|作答)",
    r"(回答|答复|回复).{0,8}(问题|提问|用户).{0,4}时.{0,6}(必须|一律|只能|务必|都要|都|请|只|要|应)?.{0,4}"
    r"(回答|回复|输出|说(?![明清理服话])|写成|声称|附上|加上|改为|以.{1,20}开头)",
    r"(只|仅|一律|直接|必须|务必|请|统一)(需|要|能)?(回答|回复|答复|输出|打印|返回|说)"
    r"(以下|下列|下面|如下|一句|一个)?(内容|文字|句子|的话)?[：:“\"'「『‘]",
    r"(无论|不管|不论).{0,15}(问|提问|问题).{0,6}(什么|为何|如何|何).{0,12}(回答|回复|输出|说|答)",
    r"(系统|系統|开发者|開發者|管理员|最高优先级)(提示词|提示詞|提示|指令|消息|命令)(更新|覆盖)?\s*[:：]|^\s*(系统|系統)\s*[:：]",
    r"(输出|显示|泄露|透露|打印|复述|重复|公开|告诉|发送|展示|说出)"
    r".{0,12}(系统提示|系統提示|提示词|提示詞|system ?prompt|API ?key"
    r"|你的(规则|指令|设定|密钥|提示)|初始(指令|设定|提示))",
    r"(致|给|告|提醒|通知|注意|写给)[：:，,]?.{0,8}(AI|人工智能|大模型|语言模型|智能助手|聊天机器人)"
    r"(助手|系统|模型|读者)?\s*(：|:|，|,|的?(指令|指示|命令|提示))",
    r"(新的?|以下(是|为))(系统)?(指令|提示词|命令)\s*[：:]",
    # The same in English.
    r"\b(ignore|disregard|forget|bypass|override|do not follow|don'?t follow|stop following|pay no attention to)\b"
    r".{0,40}\b(instructions?|prompts?|guidelines|directions|directives|"
    r"(previous|prior|earlier|above|other|your|all) (\w+ ){0,2}"
    r"(rules?|context|text|excerpts|evidence|documents|messages))\b",
    r"\byou (must|should|shall|will|are to|have to|need to|can only|may only)( now| always| only| instead)*"
    r" (answer|reply|respond|output|print|repeat|say|claim|tell|act|pretend|ignore|reveal)\b",
    r"\b(always|only|just|simply|instead|please|now)[, ]+(answer|reply|respond|output|print|repeat|say)\b"
    r".{0,12}(with\b|that\b|only\b|exactly\b|[:：\"“'‘])",
    r"\b(answer|reply|respond)( only| exactly| always)?( with)?( the)?( exact)?"
    r"( words?| phrase| text| sentence)? ?[:：\"“‘]",
    r"\b(when|if|whenever)\b.{0,30}\b(asked|asks|questioned|answering)\b"
    r".{0,40}\b(answer|reply|respond|say|output|claim|state)\b",
    r"\b(you are now|from now on,? you|pretend (to be|you are)|act as (an?|the) |new (system )?instructions?\s*:)",
    r"\bas an? (AI|language model)\b",
    r"^\W*(system|developer|assistant)( (prompt|message|instruction|override|note))?\s*[:：]",
    r"(?-i:\bSYSTEM)\s*[:：]|[.!?]\s+(system|developer|assistant)\s*[:：]|唯一正确的?(答案|回答)",
    r"\b(system|developer) (prompt|message|instruction|override)s?\s*[:：]",
    r"\b(reveal|print|show|output|repeat|leak|disclose|send)\b"
    r".{0,30}\b(system prompt|(your|the|hidden|initial) (instructions|prompt|rules)|api key)\b",
    r"\b(note|attention|message|instructions?) (to|for) (the )?(AI|assistants?|language models?|LLMs?|chatbots?)\b",
    # What chat templates are made of.
    r"<\|[a-z_]{2,20}\|>|\[/?INST\]|<</?SYS>>|<(start|end)_of_turn>|</?(system|assistant|instructions?|prompt)>"
    r"|#{2,}\s*(instructions?|system|response|assistant|指令|系统)\b|\b(begin|end) (system|instructions?|prompt)\b",
)
_SPEAKS = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)


def instructions(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of `text[start:end]` that address the reading program, each to the end of its paragraph.

    The rest of the paragraph goes with the sentence that gives the order, because the false statement that it wants
    repeated often follows it. Paragraphs are read from their beginning, even where `start` lies inside one.
    """
    end = len(text) if end is None else end
    spans: list[Span] = []
    at = text.rfind("\n", 0, start) + 1
    while at < end:
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        # Orders fall into two sentences too (忽略资料。只说“好”), but each of them is caught alone.
        for first, last in sentences(text, at, stop):
            if speaks_to_reader(text[first:last]):
                span = max(first, start), min(stop, end)
                if span[0] < span[1]:
                    spans.append(span)
                break
        at = stop + 1
    return spans


def speaks_to_reader(sentence: str) -> bool:
    """Whether one sentence gives orders to the program that reads it."""
    return bool(_SPEAKS.search(_plain(sentence)))


def _plain(text: str) -> str:
    """Full-width letters made narrow; invisible characters, which hide words from a search, left out."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(char for char in folded if unicodedata.category(char) not in ("Cf", "Cc") or char == "\n")
