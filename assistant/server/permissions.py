"""What somebody may do to the library from outside, and why not; the door has seen to whether they may change it"""

from __future__ import annotations

from dataclasses import dataclass

from assistant.accounts.records import LOCAL, Principal
from assistant.ask import Assistant


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
    def of(cls, assistant: Assistant, who: Principal = LOCAL) -> Permissions:
        """As the configuration says, and what `who` may do at all."""
        bring = folders = ""
        if not assistant.takes_uploads:
            bring = "服务启动时用 --sources 指定了文件，不能从网页改动。要上传，请不带 --sources 启动"
        elif assistant.config.uploads is False:
            bring = "管理员关闭了上传（YOUJU_UPLOADS=off）"
        elif not who.may("write"):
            bring = (
                "没有登录的访客不能上传和改动文库。要允许，请建账号：youju account add 名字 --admin"
                if who.kind == "anonymous"
                else "您的账号不能上传和改动文库：请管理员把角色改为编辑"
            )
        if not who.is_admin:
            folders = "服务器上的文件夹只有管理员能添加"
        sample = "示例文库不能改动；上传自己的文件，就有自己的文库" if assistant.is_sample else ""
        return cls(bring, bring or sample, bring or folders)
