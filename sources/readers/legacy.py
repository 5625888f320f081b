"""Files of older word processors and slides, turned by LibreOffice into those of today: doc, wps, rtf, odt, ppt, dps"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from sources.documents import SourceError
from sources.parts import Parsed
from sources.readers.docx import read_docx
from sources.readers.packages.ole import MAGIC, refuse_locked
from sources.readers.pptx import read_pptx
from sources.readers.text import read_text

_TIMEOUT_S = 100
"""Of one file; a start takes about three seconds, a document of 500 pages half a minute."""
_PACKED = (MAGIC, b"{\\rtf", b"PK", b"<", b"\xef\xbb\xbf<")
"""What files begin with that are more than text: OLE, RTF, OpenDocument, the XML of Word 2003."""
_PLACES = (
    "/Applications/LibreOffice.app/Contents/MacOS/soffice",
    r"C:\Program Files\LibreOffice\program\soffice.exe",
    r"C:\Program Files (x86)\LibreOffice\program\soffice.exe",
)
"""Where LibreOffice lies on systems that don't put its command on the path."""


def read_doc(raw: bytes, *, uri: str) -> Parsed:
    """What stands in an older text document (.doc, .wps, .rtf, .odt).

    Raises SourceError for one with a password, one that LibreOffice can't open, and where there is no LibreOffice.
    """
    if not raw.startswith(_PACKED):
        return read_text(raw, uri=uri)  # LibreOffice would guess its encoding, and not think of GBK
    return read_docx(_converted(raw, uri, ".doc", "docx"), uri=uri)


def read_ppt(raw: bytes, *, uri: str) -> Parsed:
    """What stands on older slides (.ppt, .dps, .odp). Raises SourceError as `read_doc` does."""
    return read_pptx(_converted(raw, uri, ".ppt", "pptx"), uri=uri)


def office() -> str | None:
    """The command of LibreOffice on this machine; None where it isn't installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or next((place for place in _PLACES if Path(place).exists()), None)


def _converted(raw: bytes, uri: str, suffix: str, target: str) -> bytes:
    refuse_locked(raw, uri=uri)
    command = office()
    if command is None:
        raise SourceError(uri, "旧格式的文件要靠 LibreOffice 读取，这台机器上没有", _how_to_install())
    # Its own profile: another LibreOffice that is open, and those that run beside this one, would take the file over.
    with tempfile.TemporaryDirectory(prefix="youju-office-") as folder:
        given = Path(folder, f"in{suffix}")
        given.write_bytes(raw)
        arguments = [
            command,
            f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--convert-to",
            target,
            "--outdir",
            str(Path(folder, "out")),
            str(given),
        ]
        _run(arguments, folder, uri)
        made = Path(folder, "out", f"in.{target}")
        if not made.is_file():
            raise SourceError(uri, "文件损坏，LibreOffice 打不开", "请用 Word 或 WPS 打开后另存为新的格式")
        return made.read_bytes()


def _run(arguments: Sequence[str], folder: str, uri: str) -> None:
    """Run LibreOffice to its end, or end it and all that it started once its time is over."""
    # In the group of this process, so that whoever ends that ends LibreOffice with it.
    process = subprocess.Popen(
        arguments,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SAL_USE_VCLPLUGIN": "svp"},
    )
    try:
        process.wait(_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise SourceError(
            uri, f"LibreOffice 用了 {_TIMEOUT_S} 秒还没有读完", "请拆成几个文件，或另存为新的格式"
        ) from error
    finally:
        if process.poll() is None:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it started: soffice is a script, and the program its grandchild."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False).stdout
    children: dict[int, list[int]] = {}
    for line in listed.splitlines():
        child, parent = map(int, line.split())
        children.setdefault(parent, []).append(child)
    ended = [process.pid]
    for each in ended:  # grows as it goes
        ended += children.get(each, [])
    for each in ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    process.wait()


def _how_to_install() -> str:
    how = {
        "darwin": "请安装：brew install --cask libreoffice",
        "win32": "请从 https://www.libreoffice.org/download 下载安装",
    }.get(sys.platform, "请安装：sudo apt install libreoffice-writer libreoffice-impress")
    return f"{how}，再重新索引；或另存为 .docx、.pptx"
