"""A real Chromium before a page; where there is none, the tests that need it are skipped."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

expect.set_options(timeout=90_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser, for a module that imports this name."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("NO PAGE IS TRIED: there is no Chromium; python3 hack/chromium.py says why")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield found
        found.close()


@contextmanager
def watched_page(browser: Browser, width: int) -> Iterator[Page]:
    """A page that fails the test where a script does, or the policy is broken."""
    context = browser.new_context(viewport={"width": width, "height": 900})
    made, faults = context.new_page(), list[str]()
    made.set_default_timeout(90_000)
    made.on("pageerror", lambda error: faults.append(str(error)))

    def note(said: ConsoleMessage) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            faults.append(said.text)

    made.on("console", note)
    yield made
    context.close()
    assert faults == []
