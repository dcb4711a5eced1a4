"""The report in a browser under odd names and unusual hands: what a test of its paths leaves out.

Names of cases and scanners as hospitals have them: with parentheses, the signs of HTML, Hangul, and
longer than a phone is wide.
"""

import pytest

import browser
import paper_run
from report_page import made_page

LONG = "a_name_without_any_place_where_a_line_may_be_broken_" * 4


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The page of a run with odd names."""
    plain = paper_run.cohort

    def odd(*args, **kwargs):
        table = plain(*args, **kwargs)
        names = enumerate(table["case_id"])
        table["case_id"] = [f"{LONG}{i}" if i % 2 else f"{c} (1) <i>&'\"한 50%#" for i, c in names]
        table["device"] = [LONG if i % 2 else '<b>Gerät</b> & "x"' for i in range(len(table))]
        return table

    folder = tmp_path_factory.mktemp("odd")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paper_run, "cohort", odd)
        _, text = made_page(folder, clinical=True, name="phantom")
    (folder / "report.html").write_text(text, encoding="utf-8")
    return folder / "report.html"


@pytest.fixture(scope="module")
def program():
    """A browser."""
    with browser.running() as program:
        yield program


@pytest.fixture
def page(program, made):
    """The page at 1,300 px."""
    with browser.opened(program, made, viewport={"width": 1300, "height": 850}) as page:
        yield page


def set_image_cutoff(page, place: int) -> None:
    """Move the image model's slider."""
    page.eval_on_selector(
        "#cutoffs [name=image]",
        f"s => {{ s.value = {place}; s.dispatchEvent(new Event('input', {{bubbles: true}})); }}",
    )


def numbers(page) -> str:
    """Return the text of the table of the cut-offs."""
    return page.inner_text("#cutoff-table")


def test_odd_names_stand_as_they_are_and_widen_nothing(page):
    assert page.locator("main i:not([aria-hidden]), .what b b").count() == 0
    assert page.complaints == []
    set_image_cutoff(page, 2)
    page.click("#fold-all")
    for width in browser.WIDTHS:
        page.set_viewport_size({"width": width, "height": 850})
        assert browser.cut_off(page) == [], width
    wide = page.eval_on_selector("#changed", "part => part.scrollWidth - part.clientWidth")
    assert wide <= 0
    page.check("#filters [name=table]")
    first = page.eval_on_selector_all(
        "#case-table tbody th", "cells => Math.max(...cells.map(cell => cell.offsetWidth))"
    )
    assert first < 400


def test_from_a_case_with_parentheses_the_arrows_go_on_wherever_it_was_opened(page):
    set_image_cutoff(page, 2)
    link = page.locator("#changed a", has_text="(1)").last
    ids = page.eval_on_selector_all("#cards li", "items => items.map(i => i.dataset.id)")
    case = link.inner_text().rpartition(" (")[0]
    link.click()
    page.wait_for_selector("#case[open]")
    assert page.inner_text("#case-title").startswith(case)
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#case-title").startswith(ids[ids.index(case) + 1])


def test_a_case_is_seen_where_the_browser_is_folded_and_closing_leads_back(page):
    page.eval_on_selector("#browser details", "part => { part.open = false; }")
    link = page.locator("#failures a").first
    case = link.locator("b").inner_text()
    link.click()
    assert page.locator("#case").is_visible()
    assert page.inner_text("#case-title").startswith(case)
    page.keyboard.press("Escape")
    page.wait_for_selector("#case", state="hidden")
    assert page.evaluate("Boolean(document.activeElement.closest('#failures'))")


def test_an_address_that_is_spelt_wrong_stops_nothing(program, made):
    with browser.opened(program, f"{made}#%", viewport={"width": 1300, "height": 850}) as page:
        assert page.complaints == []
        assert page.locator("nav.side a[aria-current]").count() == 1
        page.evaluate("location.hash = '#case=%'")
        page.locator("#cards a").first.click()
        page.wait_for_selector("#case[open]")
        assert page.complaints == []


def test_what_no_share_can_be_gives_no_numbers(page):
    for name, words in (("prevalence", ("-50", "101", "")), ("threshold", ("-1", "100", ""))):
        for text in words:
            page.fill(f"#cutoffs [name={name}]", text)
            last = numbers(page).splitlines()[-1]
            assert last.split("\t")[1:] == ["–"] * 3, (name, text)
        page.fill(f"#cutoffs [name={name}]", "20")


def test_cases_that_change_sides_in_the_image_model_are_named_too(page):
    """Those alone that the combined model calls malignant anyhow change nothing of its calls."""
    own = page.eval_on_selector("#cutoffs [name=image]", "slider => Number(slider.value)")
    for place in range(own):
        set_image_cutoff(page, place)
        assert page.inner_text("#changed").startswith("Image model, now called malignant")


def test_s_with_another_key_is_the_browsers(page):
    set_image_cutoff(page, 2)
    before = numbers(page)
    page.focus("#cutoffs [name=image]")
    page.eval_on_selector(
        "#cutoffs [name=image]",
        "s => s.dispatchEvent(new KeyboardEvent('keydown', "
        "{key: 's', ctrlKey: true, bubbles: true}))",
    )
    assert numbers(page) == before
    page.keyboard.press("s")
    assert numbers(page) != before


def test_the_mark_of_the_studys_own_cut_off_stands_under_the_thumb(page):
    """At either end, too, where the thumb stands within the slider."""
    for share in (0, 1):
        apart = page.eval_on_selector(
            "#cutoffs .slide",
            """(slide, share) => {
              const [slider, mark] = slide.children;
              mark.style.setProperty("--at", share);
              const [bar, point] = [slider.getBoundingClientRect(), mark.getBoundingClientRect()];
              const thumb = bar.left + 8 + share * (bar.width - 16);
              return Math.abs((point.left + point.right) / 2 - thumb);
            }""",
            share,
        )
        assert apart < 1, share


def test_where_one_is_stays_in_sight_in_contents_longer_than_the_window(page):
    page.set_viewport_size({"width": 1300, "height": 500})
    for name in ("glossary", "patients"):
        page.evaluate(f"location.hash = '#{name}'")
        page.wait_for_function(
            f"document.querySelector('nav.side a[aria-current]')?.hash === '#{name}'"
        )
        box = page.locator("nav.side a[aria-current]").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 501, name


def test_a_term_at_the_windows_foot_is_explained_above_it_and_to_a_screen_reader(page):
    page.evaluate(
        """() => {
          const term = document.querySelector("a.term[href='#term-ids']");
          const low = term.getBoundingClientRect().bottom + scrollY;
          scrollTo({ top: low - innerHeight + 4, behavior: "instant" });
          term.focus({ preventScroll: true });
        }"""
    )
    box = page.locator("#tip").bounding_box()
    assert box["y"] + box["height"] <= 850
    term = page.locator("a.term[href='#term-ids']").first
    assert term.get_attribute("aria-describedby") == "tip"
    page.keyboard.press("Escape")
    assert term.get_attribute("aria-describedby") is None


def test_each_column_of_a_table_stands_on_one_side(page):
    mixed = page.evaluate(
        """() => [...document.querySelectorAll("table.plain")].flatMap((table) =>
          [...table.tHead.rows[0].cells].flatMap((head, column) => {
            const cells = [...table.querySelectorAll("tbody tr:not(.group)")]
              .map((row) => row.cells[column])
              .filter((cell) => cell && !["", "–"].includes(cell.textContent.trim()));
            const sides = new Set(cells.map((cell) => getComputedStyle(cell).textAlign));
            return sides.size > 1 ? [`${table.id}: ${head.textContent}`] : [];
          }))"""
    )
    assert mixed == []


def test_no_line_is_broken_within_a_doi(page):
    for width in browser.WIDTHS:
        page.set_viewport_size({"width": width, "height": 850})
        lines = page.eval_on_selector_all(
            ".whole", "parts => parts.map(part => part.getBoundingClientRect().height)"
        )
        assert lines and max(lines) < 40, width
