"""Claims about the report in a real browser; skipped where there is none."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from windup.fit.report.build import build_report

from ..hostile import hostile_run, write_hostile_trials
from .reports import leaves_out

BROWSER = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
# No sandbox: tests often run as root in a container, and the page is ours.
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESKTOP, PHONE = (1280, 900), (390, 844)

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER),
    reason="needs chromium and chromedriver on PATH (Debian: apt install chromium-driver)",
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    home = tmp_path_factory.mktemp("browsed")
    run = hostile_run(home / "run", write_hostile_trials(home / "data"))
    page = home / "report.html"
    page.write_text(build_report(run, leaves_out=leaves_out).html, encoding="utf-8")
    return page.as_uri()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for option in (*OPTIONS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def opened(chromium: Any, address: str, request: pytest.FixtureRequest) -> Any:
    """The page on a screen of each size; that of a phone cannot be had by the size of a window."""
    width, height = request.param
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    chromium.get_log("browser")
    chromium.get(address)
    # On a busy machine the address is there before the whole page is.
    WebDriverWait(chromium, 60.0).until(
        lambda driver: driver.execute_script("return document.readyState") == "complete"
    )
    return chromium


def test_console_is_empty(opened: Any) -> None:
    assert opened.get_log("browser") == []


def test_every_figure_is_rendered(opened: Any) -> None:
    images, broken = opened.execute_script(
        "const all = [...document.images];"
        "return [all.length, all.filter(i => !(i.complete && i.naturalWidth > 0)).length]"
    )
    assert images > 10
    assert broken == 0


def test_page_never_scrolls_sideways(opened: Any) -> None:
    for unfolded in ("false", "true"):
        opened.execute_script(f"document.querySelectorAll('details').forEach(d => d.open = {unfolded})")
        wide, screen = opened.execute_script(
            "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= screen


def test_forest_and_findings_are_on_the_first_screen(opened: Any) -> None:
    finding, forest, chip, width, height = opened.execute_script(
        "const top = s => document.querySelector(s).getBoundingClientRect().top;"
        "return [top('.findings'), top('.lead img'), top('.chips'), innerWidth, innerHeight]"
    )
    assert finding < forest or width >= 1024
    # A phone shows the findings first and the beginning of the forest; a wide screen shows the checks too.
    assert forest < height
    assert chip < height or width < 600


def test_each_check_leads_to_its_section(opened: Any) -> None:
    heads = opened.execute_script(
        "return [...document.querySelectorAll('.chip')].map(a =>"
        "  document.querySelector(a.hash).querySelector('h2, h3').textContent)"
    )
    assert heads[:2] == ["Convergence and solver"] * 2
    assert heads[2].startswith("Calibration")
    assert heads[3].startswith("Comparison with other models")


def test_links_inside_the_page_lead_to_what_is_seen(opened: Any) -> None:
    lost = opened.execute_script(
        "return [...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
        ".filter(name => !document.getElementById(name))"
    )
    assert lost == []


def test_names_of_users_run_nothing(opened: Any) -> None:
    assert opened.title.startswith("Chronic-pain model fit: cascade, ")
    assert opened.execute_script("return document.querySelectorAll('main h1').length") == 0


def test_nothing_is_asked_of_the_network(opened: Any, address: str) -> None:
    asked = [entry["message"] for entry in opened.get_log("performance")]
    sent = [message for message in asked if '"Network.requestWillBeSent"' in message]
    assert [message for message in sent if '"url":"http' in message] == []
    assert any(address in message for message in sent)


def test_first_stop_of_the_keyboard_skips_to_the_results(opened: Any) -> None:
    opened.switch_to.active_element.send_keys(Keys.TAB)
    assert opened.execute_script("return document.activeElement.hash") == "#main"
    place = opened.execute_script("return document.activeElement.getBoundingClientRect().left")
    assert place >= 0
    opened.switch_to.active_element.send_keys(Keys.ENTER)
    assert opened.execute_script("return location.hash") == "#main"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_takes_the_theme_of_the_reader(opened: Any, theme: str) -> None:
    wanted = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
    colour = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (colour == "rgb(255, 255, 255)") is (theme == "light")


def test_report_can_be_printed(opened: Any, tmp_path: Path) -> None:
    printed = opened.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    # Base64 of "%PDF".
    assert printed["data"].startswith("JVBERi")
