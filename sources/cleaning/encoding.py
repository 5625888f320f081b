"""Bytes to text in any usual encoding or mixture: UTF-8, UTF-16, GB18030, Big5, with and without a byte order mark"""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from sources.documents import SourceError

# Some of the commonest characters of running text, Simplified and Traditional: a wrong decoding turns
# Chinese into rare characters, so their share tells candidates apart better than "it decodes".
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
    "十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外天政四日那社义事平形相全表"
    "间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革"
    "位入常文总次品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必战先回则任取据处队南"
    "給色光門即保治北造百規熱領七海口東導器壓志世金增爭濟階油思術極交受聯什認六共權收證改清己美再採轉更單風切打白教速花帶安場身車例真務具"
    "萬每目至達走積示議聲報鬥完類八離華名確才科張信馬節話米整空元況今集溫傳土許步群廣石記需段研界拉林律叫且究觀越織裝影算低持音眾書布復"
    "，。、：；“”（）《》？！"
)
_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ("gb18030", "big5hkscs")
_SAMPLE_BYTES = 64 * 1024
_MAX_BAD_SHARE = 0.01
_CHINESE = 0.1
"""Real Chinese is more plausible than this by far (0.4 and more), and a wrong decoding less (under 0.05)."""


def decode(raw: bytes, *, uri: str) -> str:
    """The text that `raw` encodes. Raises SourceError when it is no text.

    Lines of another encoding, pasted into a file, are read in theirs. Damaged bytes of a file in UTF-8 give U+FFFD.
    """
    for bom, name in _BOMS:
        if raw.startswith(bom):
            return _checked(raw.decode(name, errors="replace"), uri)
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if (whole := _strict(raw)) is not None:
        return _checked(whole, uri)
    sample = raw[: _SAMPLE_BYTES - _SAMPLE_BYTES % 4]
    candidates = [*_LEGACY, *(("utf-16-le", "utf-16-be") if len(raw) % 2 == 0 else ())]
    scores = {name: _plausibility(sample.decode(name, errors="replace")) for name in candidates}
    best = max(candidates, key=scores.__getitem__)
    if scores[best] > _CHINESE and best not in _LEGACY:
        return _checked(raw.decode(best, errors="replace"), uri)
    if (mixed := _by_lines(raw)) is not None:
        return _checked(mixed, uri)
    # No Chinese: Latin and other scripts.
    guess = from_bytes(sample).best()
    if guess is None or b"\x00" in sample:
        raise _not_text(uri)
    return _checked(raw.decode(guess.encoding, errors="replace"), uri)


def _strict(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _by_lines(raw: bytes) -> str | None:
    """The text of lines each in its own encoding, UTF-8 or one other; None where neither gives Chinese.

    People paste a paragraph of a GBK file into one in UTF-8, and append one file to another.
    """
    lines = raw.split(b"\n")  # no byte of a Chinese character, in any of these encodings
    read = [_strict(line) for line in lines]
    others = b"\n".join(line for line, text in zip(lines, read, strict=True) if text is None)
    sample = others[:_SAMPLE_BYTES]
    replaced = sample.decode("utf-8", errors="replace")
    scores = {name: _plausibility(sample.decode(name, errors="replace")) for name in _LEGACY}
    other = max(_LEGACY, key=scores.__getitem__)
    if max(scores[other], _plausibility(replaced)) <= _CHINESE and replaced.count("�") > _MAX_BAD_SHARE * len(raw):
        return None
    in_utf8 = sum(len(text) for text in read if text is not None and not text.isascii())
    found: list[str] = []
    for line, text in zip(lines, read, strict=True):
        if text is not None and (text.isascii() or len(others) < in_utf8):
            found.append(text)
            continue
        # 联通 in GBK is UTF-8 by chance: in a file of the other encoding UTF-8 must be the better reading of a line.
        choices = (line.decode(other, errors="replace"), text or line.decode("utf-8", errors="replace"))
        found.append(max(choices, key=_plausibility))
    return "\n".join(found)


def _plausibility(text: str) -> float:
    """Share of common characters among those that are not ASCII, less twice the share that can't be decoded."""
    wide = [c for c in text if c > "\x7f"]
    if not wide:
        return 0.0
    return (sum(c in _COMMON for c in wide) - 2 * sum(c == "�" for c in wide)) / len(wide)


def _checked(text: str, uri: str) -> str:
    sample = text[:_SAMPLE_BYTES]
    odd = sum((c < " " and c not in "\t\n\r\f\v") or c == "�" for c in sample)
    if odd > _MAX_BAD_SHARE * len(sample):
        raise _not_text(uri)
    return text


def _not_text(uri: str) -> SourceError:
    return SourceError(uri, "不是文本文件（内容是二进制数据）", "请换成文本文件，或改用与内容相符的扩展名")
