"""The fixtures of a browser before a gateway's page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from making.browser import browser, watched_page
from page_world import World, world
from playwright.sync_api import Browser, Page, expect

__all__ = ["browser"]


@pytest.fixture(scope="module")
def whole_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def gateway(whole_world: World) -> World:
    """A gateway that runs, asked by a user whom it has not seen before."""
    whole_world.begin()
    return whole_world


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with watched_page(browser, 1100) as made:
        yield made


def open_list(page: Page, gateway: World, address: str = "") -> Page:
    """Sign in with the user's token, and wait for the list."""
    page.goto(f"{gateway.url}/#/{address}")
    page.get_by_label("Bearer token").fill(gateway.token)
    page.get_by_role("button", name="Sign in").click()
    return page


def open_job(page: Page, gateway: World, name: str = "letter", namespace: str = "team") -> Page:
    """Sign in with the user's token, and come to a VoiceJob."""
    open_list(page, gateway, f"{namespace}/{name}")
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page


def download_of(page: Page, button: str, folder: Path, *, exact: bool = False) -> tuple[str, bytes]:
    with page.expect_download() as caught:
        page.get_by_role("button", name=button, exact=exact).click()
    path = folder / "saved"
    caught.value.save_as(path)
    return caught.value.suggested_filename, path.read_bytes()


def heard_at(page: Page) -> float:
    return float(page.locator("audio").evaluate("it => it.currentTime"))


def is_loaded(page: Page) -> None:
    expect(page.locator("audio")).to_have_attribute("src", re.compile("^blob:"))
    page.wait_for_function("() => document.querySelector('audio').duration > 0")
