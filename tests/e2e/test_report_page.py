"""report.html in a real, headless Chromium, as people open it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from embedmark.runs.derived import write_derived
from tools.browser import Browser, chromium, missing
from tools.synthetic import FakeDataset, FakeProvider, make_run

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"cannot open a page: {missing()}")

NASTY = (
    ("<script>document.title = 'owned'</script>", "\"quotes\" & 'apostrophes' </td></table>"),
    ("هذه جملة من اليمين إلى اليسار", "\u200fעברית: מימין לשמאל <b>bold</b>"),
    ("한국어 문장입니다. 😀👩‍👩‍👧‍👦🇰🇷", "Ein Satz — with a dash …"),
    ("아주긴문장" * 1000, "wordwithoutanyblank" * 263),
    ("=1+1", "{{ 7 * 7 }} {% raw %} $x^2$ _under_"),
)
PROVIDERS = (
    FakeProvider("한국어 임베딩 모델", noise=0.8, rate=300),
    FakeProvider("<img src=x onerror=alert(1)>", noise=1.0, rate=2000),
    FakeProvider('$a_b$ "quoted"', noise=1.3, rate=900, usd_per_1m_tokens=0.02),
    FakeProvider("교차 인코더", kind="cross-encoder", noise=0.7, rate=40),
    FakeProvider("실패한 공급자", error="the hub <does> not answer"),
    FakeProvider("noisy", host_state="noisy", noise=1.1),
    FakeProvider("a-provider-with-a-name-that-goes-on-and-on-and-has-no-blank-in-it-at-all", noise=1.2),
)
DATASETS = (FakeDataset("한국어/시험", 60, NASTY), FakeDataset("<b>second</b>", 40, NASTY))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_run(tmp_path_factory.mktemp("run") / "실행 <1>", PROVIDERS, DATASETS, keep_text=True, calls=400)
    write_derived(folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def browser(page: Path) -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    browser.resize(1440, 900)
    browser.scheme(dark=False)
    browser.console(), browser.requests()
    browser.open(page)
    return browser


def column(browser: Browser, index: int) -> list[str]:
    cells = browser.run(
        "return [...document.querySelectorAll('table.sortable')[1].tBodies[0].rows]"
        f".map(row => row.cells[{index}].dataset.v)"
    )
    return [str(cell) for cell in cells]


def click(browser: Browser, index: int) -> None:
    browser.run(f"document.querySelectorAll('table.sortable')[1].querySelectorAll('th button')[{index}].click()")


def test_nothing_is_requested_and_the_console_is_silent(opened: Browser) -> None:
    opened.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert opened.requests() == []
    assert opened.console() == []
    assert opened.run("return document.title") == "synthetic · 실행 <1> · embedmark"


def test_untrusted_text_is_shown_and_never_run(opened: Browser) -> None:
    assert opened.run("return document.querySelectorAll('img, b, main script').length") == 0
    text = opened.run("return document.body.innerText")
    for said in ("<script>document.title = 'owned'</script>", "</td></table>", "{{ 7 * 7 }}", "😀", "5,000 characters"):
        assert said in text
    assert "the hub <does> not answer" in text
    direction = opened.run(
        "return [...document.querySelectorAll('.sentence p')].filter(p => p.innerText.startsWith('هذه'))"
        ".map(p => getComputedStyle(p).direction)"
    )
    assert set(direction) == {"rtl"}


def test_a_click_sorts_numbers_by_value_and_text_by_letter(opened: Browser) -> None:
    spearman = 2
    before = column(opened, spearman)
    click(opened, spearman)
    falling = [float(value) for value in column(opened, spearman) if value]
    assert falling == sorted(falling, reverse=True)
    assert column(opened, spearman)[-1] == ""  # a provider that failed comes last either way
    click(opened, spearman)
    assert [float(value) for value in column(opened, spearman) if value] == sorted(falling)
    assert column(opened, spearman)[-1] == ""
    assert sorted(before) == sorted(column(opened, spearman))
    click(opened, 1)
    assert column(opened, 1) == sorted(column(opened, 1))
    heads = "return [...document.querySelectorAll('table.sortable')[1].querySelectorAll('th')].map(h => h.ariaSort)"
    assert opened.run(heads)[1] == "ascending"


def test_it_can_be_sorted_by_keyboard(opened: Browser) -> None:
    opened.run("document.querySelectorAll('table.sortable')[1].querySelectorAll('th button')[2].focus()")
    from selenium.webdriver.common.keys import Keys

    opened.driver.switch_to.active_element.send_keys(Keys.ENTER)
    falling = [float(value) for value in column(opened, 2) if value]
    assert falling == sorted(falling, reverse=True)


def test_decision_precedes_tables_and_title_is_the_suite(opened: Browser) -> None:
    assert opened.run("return document.querySelector('h1').textContent") == "synthetic"
    goals = opened.run("return [...document.querySelectorAll('.choices li > :first-child')].map(e => e.textContent)")
    assert goals[:2] == ["For accuracy", "For speed"]
    before = "return document.querySelector('.choices').compareDocumentPosition(document.querySelector('table'))"
    assert opened.run(before) == 4  # the table follows


def test_filter_keeps_the_rows_with_every_word(opened: Browser) -> None:
    opened.driver.find_elements("css selector", ".filter input")[0].send_keys("NOISY")
    shown = "return [...document.querySelectorAll('table.sortable')[0].tBodies[0].rows].filter(r => !r.hidden).length"
    assert opened.run(shown) == 1
    assert opened.run("return document.querySelector('.filter output').textContent") == "1 / 7"


@pytest.mark.parametrize(("width", "hidden"), [(400, False), (1440, True)])
def test_wide_table_says_that_it_scrolls(opened: Browser, width: int, hidden: bool) -> None:
    opened.resize(width, 900)
    opened.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert opened.run("return document.querySelector('.tool .hint').hidden") is hidden


@pytest.mark.parametrize("width", [400, 1000, 1440])
def test_nothing_runs_over_at_any_width(opened: Browser, width: int) -> None:
    opened.resize(width, 900)
    opened.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert opened.run("return document.documentElement.scrollWidth") <= width
    outside = opened.run(
        """return [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll, pre')
             && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"""
    )
    assert outside == []
    cut = opened.run(
        """return [...document.querySelectorAll('figure svg')].flatMap(svg => {
             const box = svg.getBoundingClientRect();
             return [...svg.querySelectorAll('text')].filter(text => {
               const own = text.getBoundingClientRect();
               return own.left < box.left - 3 || own.right > box.right + 3 || own.bottom > box.bottom + 3;
             }).map(text => text.textContent);
           })"""
    )
    assert cut == []


def test_dark_mode_changes_paper_ink_and_figures(opened: Browser) -> None:
    colours = """const style = getComputedStyle(document.body);
      const line = document.querySelector('figure svg path[style*="--s1"], figure svg use[style*="--s1"]');
      return [style.color, style.backgroundColor, getComputedStyle(line).stroke + getComputedStyle(line).fill]"""
    light = opened.run(colours)
    opened.scheme(dark=True)
    dark = opened.run(colours)
    assert all(a != b for a, b in zip(light, dark, strict=True))
    assert sum(_channels(dark[0])) > sum(_channels(light[0]))
    assert sum(_channels(dark[1])) < 100 < sum(_channels(light[1]))


def test_on_paper_it_is_light_even_in_dark_mode(opened: Browser) -> None:
    opened.scheme(dark=True, media="print")
    assert opened.run("return getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()") == "#fff"


def test_every_figure_says_what_it_shows_in_real_text(opened: Browser) -> None:
    labels = opened.run("return [...document.querySelectorAll('figure svg')].map(f => [f.role, f.ariaLabel])")
    assert len(labels) >= 4
    assert all(role == "img" and len(label) > 20 for role, label in labels)
    texts = opened.run("return [...document.querySelectorAll('figure svg text')].map(t => t.textContent)")
    assert "한국어 임베딩 모델" in texts
    assert '$a_b$ "quoted"' in texts
    ids = opened.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))


def _channels(colour: str) -> list[int]:
    return [int(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]


def test_figure_answers_where_the_pointer_is(opened: Browser) -> None:
    opened.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    from selenium.webdriver import ActionChains

    [mark, *_] = opened.driver.find_elements("css selector", "figure svg [data-tip] use")
    opened.run("document.querySelector('figure').scrollIntoView()")
    ActionChains(opened.driver).move_to_element(mark).perform()

    assert opened.run("return [tip.hidden, tip.textContent.includes('[0.')]") == [False, True]


def test_legend_hides_and_shows_a_series(opened: Browser) -> None:
    opened.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    name = opened.run("return document.querySelector('.legend button').dataset.series")
    shown = """return [...document.querySelector('.legend').closest('figure').querySelectorAll('svg [data-series]')]
      .filter(part => part.dataset.series === arguments[0] && getComputedStyle(part).display !== 'none').length"""
    count = opened.driver.execute_script(shown, name)

    opened.run("document.querySelector('.legend button').click()")
    hidden = opened.driver.execute_script(shown, name)
    opened.run("document.querySelector('.legend button').click()")

    assert (count > 0, hidden, opened.driver.execute_script(shown, name)) == (True, 0, count)
