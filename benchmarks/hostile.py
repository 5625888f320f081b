"""Damaged and hostile files: each ends as text or as one named error, and nothing else happens.

    .venv/bin/python -m benchmarks.hostile [--files 5000] [--seed 7] [--out results/hostile.json]

Files are made of the samples of every kind that is read, each changed in one to three places: cut off, bits flipped,
stretches moved, repeated or set to zero, members of an archive changed with their checksums made right again. Then come
bombs made by hand. All are read as `youju index` reads them. Printed for each kind: how many gave text, how many a
reader's own error, how many ran out of time or memory, crashed their process, or met a mistake of ours.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import struct
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

from benchmarks.samples import SAMPLES, packed, pdf, word_of
from sources.documents import SourceError
from sources.readers.files import READERS, find_files
from sources.readers.sandbox import Limits, Sandbox
from sources.taking import Taken, take

LIMITS = Limits(silent_s=30.0, total_s=120.0, memory_bytes=2 * 2**30)
OUTCOMES = ("text", "refused", "time", "memory", "crash", "mistake")
_REASONS = (("解析超过", "time"), ("解析需要超过", "memory"), ("解析时", "crash"), ("读取时出错", "mistake"))


SLOW = frozenset({"doc", "ppt", "image"})
"""Kinds that LibreOffice or OCR reads: a second or more for each."""
_OFTEN = 8
_NAMES = ("../../../etc/passwd", "/etc/passwd", "C:\\x", "a" * 5000, "\0", "WORD/DOCUMENT.XML")


def mutated(raw: bytes, luck: random.Random) -> bytes:
    """The file, changed in one to three places."""
    for _ in range(luck.randint(1, 3)):
        change = (
            luck.choice([*_CHANGES, *[_in_a_member] * 4])
            if zipfile.is_zipfile(io.BytesIO(raw))
            else luck.choice(_CHANGES)
        )
        raw = change(raw, luck) or raw
    return raw


def _cut(raw: bytes, luck: random.Random) -> bytes:
    return raw[: luck.randrange(len(raw))]


def _flip(raw: bytes, luck: random.Random) -> bytes:
    changed = bytearray(raw)
    for _ in range(luck.choice((1, 4, 64))):
        changed[luck.randrange(len(raw))] ^= 1 << luck.randrange(8)
    return bytes(changed)


def _zero(raw: bytes, luck: random.Random) -> bytes:
    start = luck.randrange(len(raw))
    length = min(luck.choice((1, 16, 512, 4096)), len(raw) - start)
    return raw[:start] + bytes(length) + raw[start + length :]


def _move(raw: bytes, luck: random.Random) -> bytes:
    start, to = luck.randrange(len(raw)), luck.randrange(len(raw))
    piece = raw[start : start + luck.choice((8, 128, 2048))]
    return raw[:to] + piece + raw[to + luck.choice((0, len(piece))) :]


def _repeat(raw: bytes, luck: random.Random) -> bytes:
    start = luck.randrange(len(raw))
    return raw[:start] + raw[start : start + luck.choice((1, 4, 64))] * luck.choice((3, 300)) + raw[start:]


def _number(raw: bytes, luck: random.Random) -> bytes:
    """A number in the text becomes a very large, a negative or no number."""
    places = [at for at in range(len(raw)) if raw[at : at + 1].isdigit()]
    if not places:
        return raw
    at = luck.choice(places)
    return raw[:at] + luck.choice((b"4294967295", b"-1", b"99999999999999999999", b"1e999", b"")) + raw[at + 1 :]


def _in_a_member(raw: bytes, luck: random.Random) -> bytes:
    """A member of an archive changed, left out, doubled or called otherwise; all checksums are right."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        struct.error,
    ):
        return raw
    if not members:
        return raw
    at = luck.randrange(len(members))
    name, data = members[at]
    what = luck.randrange(8)
    if what == 0:
        del members[at]
    elif what == 1:
        members[at] = (
            luck.choice(("../../../etc/passwd", "/etc/passwd", "C:\\x", "a" * 5000, "\0", name.upper())),
            data,
        )
    elif what == 2:
        members[at] = (name, luck.choice(members)[1])
    elif data:
        members[at] = (name, luck.choice(_CHANGES)(data, luck))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in dict(members).items():
            made.writestr(zipfile.ZipInfo(name or "x"), data)
    return out.getvalue()


_CHANGES: tuple[Callable[[bytes, random.Random], bytes], ...] = (_cut, _flip, _zero, _move, _repeat, _number)


def mutations(folder: Path, *, count: int, seed: int, kinds: Sequence[str] = tuple(READERS)) -> Iterator[Path]:
    """Writes `count` changed files of the kinds, in turn, and gives their paths; the slow ones are fewer."""
    luck = random.Random(seed)
    often = [kind for kind in kinds if kind not in SLOW]
    samples = [(kind, *SAMPLES[kind]) for kind in [*often * _OFTEN, *(kind for kind in kinds if kind in SLOW)]]
    made = {kind: SAMPLES[kind][1]() for kind in kinds}
    endings = [SAMPLES[kind][0] for kind in often]
    for n in range(count):
        kind, suffix, _ = samples[n % len(samples)]
        if luck.random() < 0.05:
            suffix = luck.choice(endings)  # a name that promises something else
        path = folder / f"{n:05}-{kind}{suffix}"
        path.write_bytes(mutated(made[kind], luck))
        yield path


def _laughs(levels: int = 12) -> str:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "哈哈">{entities}]>'


def _png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(20_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _sheet_of(cells: str, *, merged: str = "") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = "http://schemas.openxmlformats.org/package/2006/relationships"
    parts = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    merges = f'<mergeCells count="1"><mergeCell ref="{merged}"/></mergeCells>' if merged else ""
    members = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default '
        'Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{parts}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{parts}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{rels}"><Relationship Id="r" Type="{office}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="一" sheetId="1" '
        'r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{rels}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><dimension ref="A1:XFD1048576"/><sheetData>{cells}'
        f"</sheetData>{merges}</worksheet>",
    }
    return packed({name: text.encode() for name, text in members.items()})


def _nested_archive(levels: int) -> bytes:
    raw = b"text"
    for n in range(levels):
        raw = packed({f"{n}.zip": raw})
    return raw


def _nested_mail(levels: int) -> bytes:
    heads = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(levels)
    )  # fmt: skip
    return f"MIME-Version: 1.0\r\n{heads}Content-Type: text/plain\r\n\r\nend\r\n".encode()


def _table(rows: int, columns: int) -> str:
    row = "|" + "|".join(f"{n % 97}" for n in range(columns)) + "|\n"
    return "|" + "|".join(f"列{n}" for n in range(columns)) + "|\n|" + "---|" * columns + "\n" + row * rows


_YAML = "\n".join(f"{b}: &{b} [{f'*{a}, ' * 9}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
BOMBS: dict[str, tuple[str, Callable[[], str | bytes]]] = {
    "yaml aliases": (".md", lambda: f"---\na: &a [{'哈, ' * 9}]\n{_YAML}\n---\n正文。\n"),
    "one character": (".txt", lambda: "一" * 1_130_000),
    "one digit": (".txt", lambda: "1" * 1_000_000),
    "open brackets": (".txt", lambda: "（" * 500_000),
    "numbers": (".txt", lambda: "第一百二十三条" * 100_000),
    "years": (".txt", lambda: "2024年至" * 200_000),
    "places": (".txt", lambda: "浙江省嘉兴市" * 150_000),
    "a sentence without end": (".txt", lambda: "2024年甲县收入增长5.8%，" * 60_000),
    "short lines": (".txt", lambda: "一、\n" * 50_000),
    "list lines": (".md", lambda: "".join(f"- 第{n}项\n" for n in range(50_000))),
    "zeros": (".txt", lambda: bytes(2_000_000)),
    "wide table": (".md", lambda: _table(20, 4_000)),
    "wide html": (".html", lambda: f"<table>{('<tr>' + '<td>1</td>' * 4_000) * 20}</table>"),
    "wide csv": (".csv", lambda: "\n".join([",".join(map(str, range(4_000)))] * 20)),
    "deep html": (".html", lambda: "<html><body>" + "<div>" * 100_000 + "正文。"),
    "tables in tables": (".html", lambda: "<html><body>" + "<table><tr><td>甲" * 5_000),
    "span of html": (".html", lambda: "<table><tr><td colspan=1000000 rowspan=1000000>甲<td>乙</table>" * 20),
    "laughing html": (".html", lambda: f"{_laughs()}<html><body>&l11;</body></html>"),
    "laughing word": (".docx", lambda: word_of("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", before=_laughs())),
    "file in word": (".docx", lambda: word_of("<w:p><w:r><w:t>&x;</w:t></w:r></w:p>",
                                              before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>')),
    "blown-up word": (".docx", lambda: word_of(f"<w:p><w:r><w:t>{'字' * 100_000_000}</w:t></w:r></w:p>")),
    "deep word": (".docx", lambda: word_of("<w:tbl><w:tr><w:tc>" * 3_000 + "</w:tc></w:tr></w:tbl>" * 3_000)),
    "span of word": (".docx", lambda: word_of('<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="100000000"/></w:tcPr>'
                                              "<w:p/></w:tc></w:tr></w:tbl>")),
    "far cell": (".xlsx", lambda: _sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>'
                                            '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>')),
    "merged sheet": (".xlsx", lambda: _sheet_of('<row r="1"><c r="A1"><v>1</v></c></row>', merged="A1:XFD1048576")),
    "blown-up archive": (".zip", lambda: packed({"0.txt": bytes(1_000_000_000)})),
    "archives in archives": (".zip", lambda: _nested_archive(300)),
    "many members": (".zip", lambda: packed({f"{n}.txt": "一句话。".encode() for n in range(30_000)})),
    "ways out": (".zip", lambda: packed(dict.fromkeys(("../../../tmp/出.txt", "/tmp/出.txt"), "一句话。".encode()))),
    "mails in mails": (".eml", lambda: _nested_mail(3_000)),
    "page tree in a circle": (".pdf", lambda: pdf(kids="2 0 R 2 0 R")),
    "page again and again": (".pdf", lambda: pdf(pages=100_000, kids="4 0 R " * 100_000)[:20_000_000]),
    "huge picture": (".png", lambda: _png(100_000, 100_000)),
    "huge small picture": (".png", lambda: _png(20_000, 20_000)),
}  # fmt: skip
"""Name → the ending of the file's name, and what makes it."""


def bombs(folder: Path, names: Iterable[str] = BOMBS) -> Iterator[tuple[str, Path]]:
    """Writes those whose kind is read, each with its name."""
    for name in names:
        suffix, make = BOMBS[name]
        made = make()
        path = folder / f"{name.replace(' ', '-')}{suffix}"
        path.write_bytes(made.encode() if isinstance(made, str) else made)
        yield name, path


def irregular(folder: Path) -> None:
    """What stands in a folder as a text and is none: an endless link, a pipe, links to nowhere and to itself."""
    (folder / "endless.txt").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.txt")
    (folder / "gone.txt").symlink_to(folder / "nowhere")
    (folder / "circle.txt").symlink_to(folder / "circle.txt")


def outcome_of(path: Path, outcome: Taken | SourceError) -> str:
    """One of OUTCOMES. Raises AssertionError for an error that doesn't name its file, or a text that isn't one."""
    if isinstance(outcome, Taken):
        outcome.document.text.encode("utf8")
        return "text"
    assert outcome.uri == str(path), (outcome.uri, str(path))
    assert outcome.reason
    assert outcome.remedy
    return next((name for start, name in _REASONS if outcome.reason.startswith(start)), "refused")


def main() -> None:
    """Makes the files, reads them and prints what became of them."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--files", type=int, default=5_000)
    arguments.add_argument("--seed", type=int, default=7)
    arguments.add_argument("--out", type=Path)
    given = arguments.parse_args()
    row = "{:<24}" + "{:>9}" * len(OUTCOMES)
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in READERS}
    mistakes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        paths = list(mutations(Path(name), count=given.files, seed=given.seed))
        began = time.monotonic()
        with closing(Sandbox(LIMITS).each(paths, take)) as outcomes:
            for path, outcome in outcomes:
                ended = outcome_of(path, outcome)
                counts[path.stem.split("-")[1]][ended] += 1
                if isinstance(outcome, SourceError) and ended in {"mistake", "time", "memory", "crash"}:
                    mistakes[f"{path.suffix} {outcome.reason}"] += 1
        seconds = time.monotonic() - began
    print(row.format("kind", *OUTCOMES))
    for kind, found in counts.items():
        print(row.format(kind, *(found[each] for each in OUTCOMES)))
    print(f"{sum(map(Counter.total, counts.values()))} files in {seconds:.0f} s")
    for reason, count in mistakes.most_common(40):
        print(f"{count:>6}  {reason}")
    print()
    became: dict[str, tuple[Counter[str], float]] = {}
    with tempfile.TemporaryDirectory() as name:
        for bomb, path in bombs(Path(name)):
            began = time.monotonic()
            listing = find_files([path.parent])
            ended: Counter[str] = Counter()
            said = ""
            with closing(Sandbox(LIMITS).each(listing.files, take)) as outcomes:
                for each, outcome in outcomes:
                    ended[outcome_of(each, outcome)] += 1
                    refused = isinstance(outcome, SourceError)
                    said = outcome.reason if refused else f"{len(outcome.document.text)} characters"
            ended["refused"] += len(listing.passed_over)
            said = listing.passed_over[0].reason if listing.passed_over else said
            became[bomb] = (+ended, time.monotonic() - began)
            print(f"{bomb:<24} {', '.join(became[bomb][0]):<8} {became[bomb][1]:>6.1f} s  {said[:80]}", flush=True)
            path.unlink()
        irregular(Path(name))
        listing = find_files([Path(name)])
        assert not listing.files
        for each in listing.passed_over:
            print(f"{Path(each.path).name:<24} refused           {each.reason}")
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        made = {"files": given.files, "seed": given.seed, "seconds": seconds, "kinds": counts, "bombs": became}
        given.out.write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf8")


if __name__ == "__main__":
    main()
