"""A headless Chromium for the tests of pages; they skip, with the reason, where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

WIDTHS = (390, 768, 1300, 1920)


def chromium() -> str:
    """Return the path of Debian's Chromium, or of another that is installed; skip without one."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    pytest.skip("needs Chromium: apt-get install chromium")


SLOWEST_MS = 300_000  # a machine that does other things as well


@contextmanager
def running() -> Iterator:
    """Yield a browser; one at a time in a process."""
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Without the sandbox, as CI runs as root.
        program = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield program
        program.close()


@contextmanager
def opened(program, path, **options) -> Iterator:
    """Yield a page that shows a file, with what it complained of in ``page.complaints``.

    Args:
        program: Of `running`.
        path: The file.
        **options: Of Playwright's ``new_page``: viewport, color_scheme, java_script_enabled.
    """
    page = program.new_page(**options)
    page.set_default_timeout(SLOWEST_MS)
    page.complaints = []
    page.on("console", lambda message: _note(page, message))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.on("request", lambda request: _outside(page, request.url))
    page.goto(f"file://{path}")
    yield page
    page.close()


def _note(page, message) -> None:
    if message.type in ("error", "warning"):
        page.complaints.append(message.text)


def _outside(page, url: str) -> None:
    """Complain of everything that is fetched from elsewhere than the disk."""
    if not url.startswith(("file:", "data:")):
        page.complaints.append(f"fetched {url}")


def cut_off(page) -> list[str]:
    """Return what is wider than what holds it, but regions that may be scrolled sideways."""
    return page.evaluate(
        """() => {
          const wrong = [];
          const wide = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth > wide) wrong.push("wider than the window");
          for (const part of document.querySelectorAll("main *, footer *")) {
            const box = part.getBoundingClientRect();
            if (!box.width || part.closest(".scroll, .unseen, svg, pre, dialog, option")) continue;
            if (box.right > wide + 1 || box.left < -1) wrong.push(part.outerHTML.slice(0, 90));
          }
          return wrong;
        }"""
    )
