"""ZIP files, which docx, pptx, xlsx, epub and OFD are, read within bounds: a bomb ends as one clear line"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from sources.documents import SourceError

MAX_TOTAL_BYTES = 512 * 1024 * 1024
"""Of all members together, unpacked. Pictures hardly shrink, so this is far more than a file of the size that is read
at all unpacks to."""
MAX_RATIO = 200
"""Of unpacked to packed bytes; long sheets of the same numbers reach 60."""
_SMALL_BYTES = 16 * 1024 * 1024
"""What unpacks to no more than this does no harm at any ratio."""
MAX_MEMBERS = 50_000
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1


class Zip:
    """The members of a ZIP file, read one at a time. Nothing is ever written to disk, so no name can lead outside."""

    def __init__(self, archive: zipfile.ZipFile, uri: str) -> None:
        self.uri = uri
        self._archive = archive
        self._infos = {_shown(info): info for info in archive.infolist() if not info.filename.endswith("/")}

    @property
    def names(self) -> list[str]:
        """The members' names in the file's order, folders apart, with / between them."""
        return list(self._infos)

    def __contains__(self, name: object) -> bool:
        return name in self._infos

    def __iter__(self) -> Iterator[str]:
        return iter(self._infos)

    def size(self, name: str) -> int:
        """How many bytes a member unpacks to. Raises KeyError where there is none of this name."""
        return self._infos[name].file_size

    def checksum(self, name: str) -> int:
        """Of a member's bytes (CRC-32), as the archive says."""
        return self._infos[name].CRC

    def is_locked(self, name: str) -> bool:
        """Whether a member can be read with a password only."""
        return bool(self._infos[name].flag_bits & _ENCRYPTED)

    def read(self, name: str) -> bytes:
        """A member's bytes. Raises SourceError for one that is missing, encrypted or damaged."""
        info = self._infos.get(name)
        if info is None:
            raise SourceError(
                self.uri, f"文件不完整，里面缺少 {name}", "请从原处重新取得，或用原来的软件打开后另存一份"
            )
        if info.flag_bits & _ENCRYPTED:
            raise SourceError(self.uri, "有密码", "请先用密码打开，另存为没有密码的文件")
        try:
            return self._archive.read(info)  # never more than the size that open_zip has checked
        except RuntimeError as error:  # NotImplementedError: a method of packing that Python doesn't know
            raise SourceError(self.uri, f"里面的 {name} 无法解压", "请解压后把其中的文件放进文件夹") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise SourceError(self.uri, f"文件损坏，里面的 {name} 读不出来", "请从原处重新取得这个文件") from error


def open_zip(raw: bytes, *, uri: str) -> Zip:
    """The members of the ZIP file in `raw`. Raises SourceError for a damaged one, and for one that unpacks to more than
    anybody would read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise SourceError(uri, "文件损坏或不完整", "请从原处重新取得这个文件") from error
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise SourceError(uri, f"里面有 {len(infos)} 个文件，超过 {MAX_MEMBERS} 个的上限", "请拆成几个文件")
    total = sum(info.file_size for info in infos)
    if total > MAX_TOTAL_BYTES or total > max(_SMALL_BYTES, len(raw) * MAX_RATIO):
        grown = f"{len(raw) / 2**20:.1f} MB 的文件解压后有 {total / 2**20:.0f} MB"
        raise SourceError(uri, f"{grown}，像是压缩炸弹", "如果内容确实有这么多，请解压后拆成几个文件")
    return Zip(archive, uri)


def _shown(info: zipfile.ZipInfo) -> str:
    """A member's name as its maker wrote it: Chinese Windows writes GBK, which ZIP takes for code page 437."""
    name = info.filename.replace("\\", "/")
    if info.flag_bits & _UTF8_NAME or name.isascii():
        return name
    try:
        packed = name.encode("cp437")
        try:
            # GBK of two characters may be good UTF-8 of two Arabic ones; Chinese takes three bytes each in UTF-8.
            if max(written := packed.decode("utf8")) >= "\u0800":
                return written
        except UnicodeDecodeError:
            pass
        return packed.decode("gb18030")
    except UnicodeError:
        return name
