"""A page in a real, headless Chromium: for tests of report.html, and for its screenshots.

Needs Chromium with its chromedriver (Debian: apt-get install chromium chromium-driver; fonts-noto-cjk for Korean) and
the Python package selenium, which the extra `dev` brings.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing() -> str | None:
    """Return why no browser can be started here; None where one can."""
    try:
        import selenium  # noqa: F401
    except ImportError:
        return "the package selenium is not installed (extra `dev`)"
    if _chromium() is None:
        return "no Chromium on the PATH (Debian: apt-get install chromium chromium-driver)"
    if shutil.which("chromedriver") is None:
        return "no chromedriver on the PATH (Debian: apt-get install chromium-driver)"
    return None


@contextmanager
def chromium(*, width: int = 1440, height: int = 900, dark: bool = False) -> Iterator[Browser]:
    """Start a fresh browser, closed after the block. Raises RuntimeError if there is none."""
    reason = missing()
    if reason is not None:
        raise RuntimeError(reason)
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = str(_chromium())
    # As root, as in a container, Chromium's sandbox cannot start; a report is a file of our own.
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        browser = Browser(driver)
        browser.resize(width, height)
        browser.scheme(dark)
        yield browser
    finally:
        driver.quit()


class Browser:
    """What tests and screenshots do with a page."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, path: Path) -> None:
        """Load a local file."""
        self.driver.get(path.resolve().as_uri())

    def resize(self, width: int, height: int) -> None:
        """Set the page's size in CSS pixels."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def scheme(self, dark: bool, media: str = "screen") -> None:
        """Prefer dark or light colours; `media` is screen or print."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [feature]})

    def run(self, script: str) -> Any:
        """Run a script and return its value."""
        return self.driver.execute_script(script)

    def requests(self) -> list[str]:
        """Return every address that was asked for since the last look, besides the page itself and data: addresses."""
        found = []
        for entry in self.driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(str(message["params"]["request"]["url"]))
        page = self.driver.current_url
        return [url for url in found if url != page and not url.startswith("data:")]

    def console(self) -> list[str]:
        """Return every message on the console since the last look."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Save a PNG of the page, whole or as much as the window shows."""
        shot = self.driver.get_screenshot_as_png()
        if whole:
            size = self.run("return [innerWidth, innerHeight, document.documentElement.scrollHeight]")
            self.resize(size[0], size[2])
            shot = self.driver.get_screenshot_as_png()
            self.resize(size[0], size[1])
        path.write_bytes(shot)


def _chromium() -> str | None:
    return next((found for name in _NAMES if (found := shutil.which(name))), None)
