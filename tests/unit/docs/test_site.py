"""The site: every page is in its nav, it loads nothing from elsewhere, links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
CONFIG = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
NAV = CONFIG["nav"]


def places(node) -> list[str]:
    if isinstance(node, str):
        return [node]
    parts = node if isinstance(node, list) else node.values()
    return [place for part in parts for place in places(part)]


def test_every_page_is_in_the_nav_once():
    pages = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    listed = places(NAV)
    for page in pages:
        found = [one for one in listed if one == page or page.startswith(one.rstrip("/") + "/")]
        assert len(found) == 1, f"docs/{page} is {len(found)} times in the nav of mkdocs.yml"
    assert all((DOCS / place).exists() for place in listed)


# What `make docs` types, so that what is tried here is what is run there.
FLAGS = re.search(r"/mkdocs (build .*)", (ROOT / "Makefile").read_text())[1].split()


def build(target, *more):
    command = [sys.executable, "-m", "mkdocs", *FLAGS, "--site-dir", target, *more]
    environment = {"NO_MKDOCS_2_WARNING": "1", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    built = build(target)
    assert built.returncode == 0, built.stderr
    return target


@pytest.mark.parametrize("link", ["nowhere.md", "#nowhere", "../nowhere.py"])
def test_a_link_that_leads_nowhere_fails_the_build(tmp_path, link):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text(f"# Start\n\n[it]({link})\n")
    hooks = [str(ROOT / hook) for hook in CONFIG["hooks"]]
    mine = {"docs_dir": str(tmp_path / "docs"), "nav": ["index.md"], "hooks": hooks}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(CONFIG | mine))
    built = build(tmp_path / "site", "--config-file", tmp_path / "mkdocs.yml")
    assert built.returncode != 0
    assert link in built.stderr


def test_a_page_loads_nothing_from_elsewhere(site):
    loaded = re.compile(
        r"""<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="?(https?://[^" >]+)"""
    )
    for page in site.rglob("*.html"):
        text = page.read_text()
        assert not loaded.findall(text), page.name
        assert 'data-md-component="source"' not in text, "a script asks GitHub for its stars"


def test_links_out_of_the_docs_lead_to_files_of_the_repository(site):
    address = re.compile(r'href="https://github\.com/voicejob/voicejob/(?:blob|tree)/main/([^"#]+)')
    found = {
        target for page in site.rglob("*.html") for target in address.findall(page.read_text())
    }
    assert "pyproject.toml" in found
    assert [target for target in found if not (ROOT / target).exists()] == []


@pytest.mark.parametrize("page", sorted(ROOT.glob("*.md")), ids=lambda page: page.name)
def test_links_of_the_pages_beside_the_docs_lead_somewhere(page):
    links = re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text())
    assert [link for link in links if not (ROOT / link).exists()] == []
