"""The tables of words and their sounds: `python -m training.embedder.spellings` (seconds; needs pypinyin and jieba).

Writes `pinyin.tsv` (a syllable without its tone, the characters read so) and `dictionary.npy` (words that are no slips)
in `index/queries/lexicon/`, and fills in the Latin names of `sources/gazetteer/places.tsv`. They are shipped, so that
nothing else needs these libraries.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_ROOT = Path(__file__).parents[2]
PINYIN = _ROOT / "index" / "queries" / "lexicon" / "pinyin.tsv"
DICTIONARY = _ROOT / "index" / "queries" / "lexicon" / "dictionary.npy"
PLACES = _ROOT / "sources" / "gazetteer" / "places.tsv"
_IN_NAMES = {"朝": "chao", "长": "chang", "都": "du", "漯": "luo", "重": "chong", "蚌": "beng", "会": "hui"}
"""How a character with several readings is read in names of places; 乐, 六 and others the library knows."""
_SUFFIX = re.compile(r"(?:地区|新区|林区|矿区|[省市县区旗盟州])$")
_HAN = re.compile(r"[一-鿿]{2,3}")
_LONG = re.compile("族|自治")
_ENGLISH = {"mile", "bole"}
"""Names that read like English words."""


def readings() -> dict[str, str]:
    """Syllable → the characters of GB 2312 that are read so, the most usual reading of each first among its own."""
    from pypinyin import Style, pinyin

    characters: dict[str, list[str]] = defaultdict(list)
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                char = bytes((row, cell)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            for syllable in pinyin(char, style=Style.NORMAL, heteronym=True)[0][:2]:
                characters[syllable.replace("ü", "v")].append(char)
    return {syllable: "".join(chars) for syllable, chars in sorted(characters.items())}


def dictionary(rarest: int = 3) -> NDArray[np.uint64]:
    """jieba's words of two characters, and of three where neither pair of them is one, 16 bits a character, sorted."""
    import jieba

    rows = (Path(jieba.__file__).parent / "dict.txt").read_text(encoding="utf8").splitlines()
    words = {word for word, count, _ in map(str.split, rows) if int(count) >= rarest and _HAN.fullmatch(word)}
    keys = [
        sum(ord(char) << 16 * place for place, char in enumerate(reversed(word)))
        for word in words
        if len(word) == 2 or not {word[:2], word[1:]} & words
    ]
    return np.array(sorted(keys), np.uint64)


def latin(name: str) -> str:
    """The name in pinyin as English prints it.

    >>> latin("西安")
    "Xi'an"
    """
    from pypinyin import lazy_pinyin

    syllables = [_IN_NAMES.get(char, read) for char, read in zip(name, lazy_pinyin(name, v_to_u=False), strict=True)]
    return "".join(f"'{each}" if at and each[0] in "aoe" else each for at, each in enumerate(syllables)).capitalize()


def with_latin_names(lines: list[str]) -> list[str]:
    """The gazetteer's lines, each place with its Latin name where no other place of its level or above bears it."""
    rows = [line.split("\t") for line in lines]
    others = {
        id(row): [each for each in row[3].split("|") if each] for row in rows if len(row) == 4 and row[0] != "word"
    }
    taken = _ENGLISH | {each.lower() for those in others.values() for each in those if each.isascii()}
    bearers: dict[str, list[tuple[int, list[str]]]] = defaultdict(list)
    for row in rows:
        those = others.get(id(row))
        if those is None or row[0] == "country" or any(each.isascii() for each in those):
            continue
        stem = min([row[1], *those], key=len)
        stem = _SUFFIX.sub("", stem) if len(stem) > 2 else stem
        if len(stem) > 1 and not _LONG.search(stem) and (spelt := latin(stem)).lower() not in taken:
            bearers[spelt].append((("province", "city", "county").index(row[0]), row))
    for spelt, bearing in bearers.items():
        highest = min(level for level, _ in bearing)
        best = [row for level, row in bearing if level == highest]
        if len({row[1] for row in best}) == 1:
            best[0][3] = "|".join(filter(None, [best[0][3], spelt]))
    return ["\t".join(row) for row in rows]


def main() -> None:
    """Write the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    PINYIN.write_text("".join(f"{syllable}\t{chars}\n" for syllable, chars in readings().items()), encoding="utf8")
    np.save(DICTIONARY, dictionary())
    places = with_latin_names(PLACES.read_text(encoding="utf8").splitlines())
    PLACES.write_text("\n".join(places) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
