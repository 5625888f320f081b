"""What may be done to the library from outside: until there are accounts, whatever whoever reaches the server may"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.ask import Assistant
from assistant.server.access import Access


@dataclass(frozen=True, slots=True)
class Permissions:
    """What pages and programs may change; each is "" where they may, or says why not."""

    bring: str
    """Documents."""
    change: str
    """Those that are there: replaced, tagged, removed, read again."""
    folders: str
    """Folders of the server's own disk, registered by their path."""

    @classmethod
    def of(cls, assistant: Assistant, access: Access) -> Permissions:
        """As the configuration says; where it says nothing, what is reached from this machine alone may be changed."""
        chosen = assistant.config.uploads
        bring = folders = ""
        if not assistant.takes_uploads:
            bring = "服务启动时用 --sources 指定了文件，不能从网页改动。要上传，请不带 --sources 启动"
        elif chosen is False:
            bring = "管理员关闭了上传（YOUJU_UPLOADS=off）"
        elif chosen is None and access.is_shared:
            bring = (
                "别人也能打开这个服务，而现在没有账号，所以不能从网页上传和改动文库。确要允许，请设 YOUJU_UPLOADS=on"
            )
        if access.is_shared:
            folders = "服务器上的文件夹只能在服务器本机打开网页时添加"
        sample = "示例文库不能改动；上传自己的文件，就有自己的文库" if assistant.is_sample else ""
        return cls(bring, bring or sample, bring or folders)
