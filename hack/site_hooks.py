"""Hooks of MkDocs: a folder in the nav is its pages; a link out of docs/ is the repository's.

GitHub shows the same pages, so links in them are paths of the repository. One to a file that is not
there is left as it is, and `mkdocs build --strict` refuses it.
"""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import normpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"(?<=\]\()(?P<path>\.\.?/[^)#\s]+)(?P<anchor>#[^)\s]*)?(?=\))")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of each folder into the nav."""
    config.nav = _expanded(config.nav, Path(config.docs_dir))
    return config


def _expanded(node: Any, docs: Path) -> Any:
    if isinstance(node, list):
        return [_expanded(part, docs) for part in node]
    if isinstance(node, dict):
        return {title: _expanded(part, docs) for title, part in node.items()}
    if not node.endswith("/"):
        return node
    pages = sorted((docs / node).glob("*.md"), key=lambda page: (page.stem != "README", page.stem))
    return [page.relative_to(docs).as_posix() for page in pages]


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository that are no pages into addresses."""
    folder = Path("docs") / Path(page.file.src_uri).parent

    def address(link: re.Match[str]) -> str:
        target = normpath((folder / link["path"]).as_posix())
        if target.startswith("docs/") or not (ROOT / target).exists():
            return link[0]
        kind = "tree" if (ROOT / target).is_dir() else "blob"
        return f"{config.extra['repository']}/{kind}/main/{target}{link['anchor'] or ''}"

    return LINK.sub(address, markdown)
