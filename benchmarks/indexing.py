"""What an index costs by stage and by part: `python -m benchmarks.indexing [--files 600 3000] [--against TREE]`

- stages: seconds of one process for each stage of taking files in, by passage;
- build: an index of so many files, by a fresh process: passages a second, seconds of processor time of all its
  processes, its greatest memory, bytes of each part on disk; then one document added, and found; one removed;
- recall: of the ten nearest by full-precision vectors, how many the kept ones find, and the engine that answers.

`--against` does the builds with the code in another tree too, turn by turn in the same run. Texts are news and laws
from `../shared/data` where they are, else made here. Each build embeds with the static model alone: the contextual one
follows in the background.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

_DATA = Path(__file__).parents[1] / ".." / "shared" / "data"
_CLAUSES = ("农村居民人均可支配收入达到{}元", "补贴标准为每亩{}元", "全年投入资金{}万元", "由乡镇人民政府于{}日内核定")
_CHILD = """
import json, resource, sys, time
from pathlib import Path
from index import Index
data, folder = Path(sys.argv[1]), Path(sys.argv[2])
with Index.open(data, embedder=__import__("index.embedders.static", fromlist=["shipped"]).shipped()) as index:
    began = time.monotonic()
    index.update([folder])
    built = time.monotonic() - began
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    cpu = sum(each.ru_utime + each.ru_stime for each in (own, children))
    status = index.status()
    index.search("居民收入是多少")
    (folder / "~新增.txt").write_text("白鹭湾渡口开放时间\\n白鹭湾渡口每日6时开放，19时关闭。", encoding="utf8")
    def until(found):
        began = time.monotonic()
        index.update([folder])
        assert found == any("白鹭湾" in hit.passage.text for hit in index.search("白鹭湾渡口几时开放", k=3))
        return time.monotonic() - began
    added = until(True)
    (folder / "~新增.txt").unlink()
    removed = until(False)
print(json.dumps({"passages": status.passages, "figures": status.figures, "s": built, "cpu s": cpu,
    "memory MB": own.ru_maxrss / 1024, "of a child MB": children.ru_maxrss / 1024, "added s": added,
    "removed s": removed}))
"""


def texts() -> Iterator[str]:
    """News, with a law among every 25; made texts where there are none."""
    news, laws = _DATA / "training" / "news.txt.xz", _DATA / "stard" / "articles.jsonl.xz"
    if news.is_file() and laws.is_file():
        articles: dict[str, list[str]] = defaultdict(list)
        with lzma.open(laws, "rt", encoding="utf8") as lines:
            for record in map(json.loads, lines):
                articles[record["law"]].append(f"{record['article']} {record['text']}")
        rules = iter(articles.items())
        with lzma.open(news, "rt", encoding="utf8") as lines:
            for number, line in enumerate(lines):
                rule = next(rules, None) if number % 25 == 24 else None
                yield f"{rule[0]}\n" + "\n".join(rule[1][:60]) if rule else line
        return
    luck = random.Random(7)
    while True:
        place = "".join(luck.choices("清溪龙潭石桥柳林青山白沙", k=3))
        said = "。".join(luck.choice(_CLAUSES).format(luck.randrange(9, 99999)) for _ in range(60))
        yield f"{place}县第{luck.randrange(999)}号公报\n{said}。"


def stages(folder: Path) -> dict[str, float]:
    """Milliseconds of each stage by passage, in this process; the first file warms up."""
    from index.embedders.static import shipped
    from index.words import words
    from sources.figures.prose import extract_figures
    from sources.likeness import gist
    from sources.passages import split
    from sources.readers.files import read
    from sources.relations import relations
    from sources.tokens import count

    spent: dict[str, float] = defaultdict(float)

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        began = time.process_time()
        done = work()
        spent[stage] += time.process_time() - began
        return done

    passages = 0
    for number, path in enumerate(sorted(folder.iterdir())):
        document = timed("reading and cleaning", lambda: read(path))  # noqa: B023
        held = timed("splitting", lambda: split(document))  # noqa: B023
        timed("of which counting tokens once", lambda: [count(each.text) for each in held])  # noqa: B023
        timed("figures", lambda: extract_figures(document))  # noqa: B023
        timed("relations", lambda: relations(document))  # noqa: B023
        timed("gist for copies", lambda: gist(document.text))  # noqa: B023
        timed("embedding", lambda: shipped().encode([each.text for each in held]))  # noqa: B023
        timed("words for the lexical engine", lambda: [words(each.text) for each in held])  # noqa: B023
        if number == 0:
            spent.clear()
        else:
            passages += len(held)
    return {stage: 1000 * seconds / passages for stage, seconds in spent.items()}


def built(tree: Path, folder: Path, data: Path) -> dict[str, Any]:
    """What an index of the folder came to, made by the code in `tree`."""
    command = [sys.executable, "-c", _CHILD, str(data), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tree)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def parts(data: Path) -> dict[str, int]:
    """Bytes on disk by part: tables with their indexes, and the engines."""
    import sqlite3
    from contextlib import closing

    found: dict[str, int] = defaultdict(int)
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as connection:
        tables = "SELECT tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_master USING (name) GROUP BY 1"
        for table, size in connection.execute(tables):
            found[table if size > 100_000 else "other tables"] += size
    for path in data.rglob("*"):
        if path.is_file() and path.parent.parent.parent == data / "generations":
            found[f"engine: {path.parent.name}"] += path.stat().st_size
        elif path.is_file() and path.parent.parent.parent.parent == data / "generations":
            found["engine: dense"] += path.stat().st_size
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def recall(data: Path, queries: int = 300) -> dict[str, float]:
    """The share of the ten nearest by full-precision vectors that are found; two as near as each other count alike."""
    from index.catalog.catalog import Catalog
    from index.embedders.static import shipped
    from index.upkeep.embedding import embedded_text
    from index.upkeep.generations import open_best

    catalog = Catalog(data / "catalog.sqlite3")
    with catalog.reading() as connection:
        held = list(catalog.passage_rows(connection))
        rows, kept = catalog.vectors(connection, embedder=shipped().name, dimension=shipped().dimension)
    whole = shipped().encode([embedded_text(title=at.title, heading=at.heading, text=at.text) for at in held])
    order = np.array([row.row for row in held])
    places = np.searchsorted(order, rows)
    whole = whole[places]
    generation, _ = open_best(catalog, data / "generations")
    graph = generation.dense if generation else None
    found: dict[str, float] = defaultdict(float)
    asked = random.Random(7).sample(held, min(queries, len(held)))
    for at in asked:
        question = shipped().encode_query(at.text[len(at.text) // 3 : len(at.text) // 3 + 40])
        exact = whole @ question
        least = np.sort(exact)[-10] - 1e-6
        found["kept vectors"] += float(np.sum(exact[np.argsort(-(kept @ question))[:10]] >= least)) / 10 / len(asked)
        if graph:
            near = np.searchsorted(rows, graph.search(question, 10)[0])
            found["graph"] += float(np.sum(exact[near] >= least)) / 10 / len(asked)
    catalog.close()
    return dict(found)


def main() -> None:
    """Measures and prints."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, nargs="+", default=[600, 3000])
    arguments.add_argument("--against", type=Path)
    given = arguments.parse_args()
    own = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory() as name:
        for count in given.files:
            folder = Path(name, f"{count}")
            folder.mkdir()
            for number, text in enumerate(islice(texts(), count)):
                (folder / f"{number:06}.txt").write_text(text, encoding="utf8")
            if count == given.files[0]:
                for stage, milliseconds in stages(folder).items():
                    print(f"{stage:<32}{milliseconds:8.3f} ms a passage")
            for tree in filter(None, (given.against, own)):
                data = Path(name, f"{count}-{tree.name}")
                row = built(tree, folder, data)
                passages = row["passages"]
                print(f"\n{tree.name}, {count} files: {passages} passages, {passages / row['s']:.0f} a second, "
                      f"{1000 * row['cpu s'] / passages:.2f} ms of processor time each")  # fmt: skip
                print(", ".join(f"{key} {row[key]:.2f}" for key in row if key not in ("passages", "figures")))
                sizes = parts(data)
                print(f"{sum(sizes.values()) / passages:.0f} bytes a passage:",
                      ", ".join(f"{part} {size / passages:.0f}" for part, size in sizes.items()))  # fmt: skip
            print("recall@10:", ", ".join(f"{what} {share:.4f}" for what, share in recall(data).items()))


if __name__ == "__main__":
    main()
