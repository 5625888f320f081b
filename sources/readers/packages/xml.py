"""XML read safely: no entities, nothing fetched, no depth or length without end"""

from __future__ import annotations

from typing import Any

from sources.documents import SourceError


def parse_xml(raw: bytes, *, uri: str, part: str = "") -> Any:
    """The root element of `raw`, of which `part` names the member of the file it lies in.

    Entities of its own are left out and nothing outside is loaded. Raises SourceError for what is no XML, even where
    its damage is passed over.
    """
    from lxml import etree

    def parsed(*, recover: bool) -> Any:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
            recover=recover,
        )
        return etree.fromstring(raw, parser)

    try:
        return parsed(recover=False)
    except (etree.XMLSyntaxError, ValueError) as error:
        # A stray control character, which many programs write, is no reason to lose a document; but what goes beyond
        # the limits would be cut off there without a word.
        limited = getattr(error, "code", None) == etree.ErrorTypes.ERR_RESOURCE_LIMIT
        root = None if limited or not raw.strip() else parsed(recover=True)
        if root is None:
            what = f"里面的 {part} 读不出来" if part else "不是完整的 XML"
            raise SourceError(uri, f"文件损坏，{what}", "请从原处重新取得这个文件") from error
        return root
