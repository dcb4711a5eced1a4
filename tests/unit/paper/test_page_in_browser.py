"""The report in a browser: nothing cut off, nothing fetched, controls against the CSV, keys, axe.

A made-up run has combined models and both outcomes of a second reading; the study `tiny`, which
the integration tests build, is looked at there.
"""

import pytest

import browser
import paper_models
from diagnostic_accuracy.decision import net_benefit
from report_page import made_page
from smallmass.evaluation.choices import OPTIONS
from smallmass.files import read_csv
from smallmass.paper import specification_curve


@pytest.fixture(scope="module")
def program():
    """A browser."""
    with browser.running() as program:
        yield program


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The page's file, and the paths of the run that it shows."""
    folder = tmp_path_factory.mktemp("page")
    paths, text = made_page(folder, clinical=True, name="phantom")
    (folder / "report.html").write_text(text, encoding="utf-8")
    return folder / "report.html", paths


@pytest.fixture(scope="module")
def page(program, made):
    """The page at 1,300 px."""
    with browser.opened(program, made[0], viewport={"width": 1300, "height": 850}) as page:
        yield page


@pytest.fixture
def test_cases(made):
    """The test cases of the run."""
    return read_csv(made[1]["predictions"]).query("split == 'test'")


def table(page) -> dict[str, list[str]]:
    """Return the table of the cut-offs: its rows by their heading."""
    rows = page.eval_on_selector_all(
        "#cutoff-table tbody tr", "rows => rows.map(row => [...row.cells].map(c => c.textContent))"
    )
    return {row[0]: row[1:] for row in rows}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_at_any_width_and_nothing_is_fetched(program, made, scheme):
    with browser.opened(program, made[0], color_scheme=scheme) as page:
        page.click("#fold-all")
        for width in browser.WIDTHS:
            page.set_viewport_size({"width": width, "height": 850})
            assert browser.cut_off(page) == [], width
        assert page.complaints == []


def test_axe_has_no_finding(program, made):
    """In the light and in the dark, with all that is folded open, and in a case's dialog."""
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with browser.opened(program, made[0], color_scheme=scheme) as page:
            page.click("#fold-all")
            found = Axe().run(page).response["violations"]
            case = page.locator("#cards li").first.get_attribute("data-id")
            page.evaluate("id => { location.hash = `#case=${id}`; }", case)
            page.wait_for_selector("#case[open]")
            found += Axe().run(page).response["violations"]
            told = [(item["id"], [n["html"][:90] for n in item["nodes"][:3]]) for item in found]
            assert told == [], scheme


def test_without_a_script_figures_and_tables_are_there(program, made):
    with browser.opened(program, made[0], java_script_enabled=False) as page:
        for name in ("#table1", "#table2", "#figure2 img", "#cutoff-table", "#case-table table"):
            assert page.locator(name).first.is_visible(), name
        assert not page.locator("#filters").is_visible()


def test_the_studys_own_cut_offs_give_the_counts_of_the_evaluation(made, page):
    """The table of the slider against performance.csv."""
    performance = read_csv(made[1]["performance"]).query("split == 'test'")
    shown = table(page)
    for place, model in enumerate(("image", "regression", "tree")):
        for metric, title in (
            ("sensitivity", "Sensitivity (%)"),
            ("specificity", "Specificity (%)"),
        ):
            row = performance[performance["model"].eq(model) & performance["metric"].eq(metric)]
            expected = 100 * row["estimate"].iloc[0]
            assert float(shown[title][place]) == pytest.approx(expected, abs=0.051)


def test_another_cut_off_counts_as_the_predictions_say(page, test_cases):
    """At the tenth score from below; the gate holds for the others; S resets."""
    before = table(page)
    scores = sorted(test_cases["image_score"].unique())
    page.fill("#cutoffs [name=prevalence]", "20")
    page.fill("#cutoffs [name=threshold]", "15")
    page.eval_on_selector(
        "#cutoffs [name=image]",
        "s => { s.value = 9; s.dispatchEvent(new Event('input', {bubbles: true})); }",
    )
    malignant = test_cases["label"] == "malignant"
    called = test_cases["image_score"] >= scores[9]
    shown = table(page)
    assert int(shown["Malignant, called so (TP)"][0]) == (called & malignant).sum()
    assert int(shown["Benign, false alarm (FP)"][0]) == (called & ~malignant).sum()
    points = {item["model"]: item["threshold"] for item in paper_models.operating_points()}
    second = called | (test_cases["tree_score"] >= points["tree"])
    assert int(shown["Benign, called so (TN)"][2]) == (~second & ~malignant).sum()
    hit, alarm = called[malignant].mean(), called[~malignant].mean()
    assert float(shown["PPV (%)"][0]) == pytest.approx(
        100 * hit * 0.2 / (hit * 0.2 + alarm * 0.8), abs=0.06
    )
    assert float(shown["Net benefit"][0]) == pytest.approx(
        hit * 0.2 - alarm * 0.8 * 0.15 / 0.85, abs=6e-4
    )
    assert page.locator("#changed a").count() > 0
    page.focus("#cutoffs [name=image]")
    page.keyboard.press("s")
    assert table(page)["Sensitivity (%)"] == before["Sensitivity (%)"]


def test_net_benefit_at_the_samples_prevalence_is_the_librarys(page, test_cases):
    malignant = (test_cases["label"] == "malignant").to_numpy()
    page.fill("#cutoffs [name=prevalence]", str(100 * malignant.mean()))
    page.fill("#cutoffs [name=threshold]", "10")
    page.click("#cutoffs [name=own]")
    called = (test_cases["image_call"] == 1).to_numpy().astype(float)  # 1 is above 0.1, 0 below
    expected = net_benefit(called, malignant, 0.1).estimate
    assert float(table(page)["Net benefit"][0]) == pytest.approx(expected, abs=6e-4)


def test_filters_and_order_against_the_predictions(page, made):
    """What is shown for every outcome, and the order of the scores."""
    predictions = read_csv(made[1]["predictions"])
    shown = "items => items.filter(i => !i.hidden).map(i => i.dataset.id)"
    alarms = predictions.query(
        "split in ['validation', 'test'] and label == 'benign' and image_call == 1"
    )
    page.select_option("#filters [name=outcome]", "false_alarm")
    assert sorted(page.eval_on_selector_all("#cards li", shown)) == sorted(alarms["case_id"])
    page.select_option("#filters [name=sort]", "-image_score")
    ranked = alarms.sort_values("image_score", ascending=False)["case_id"].tolist()
    assert page.eval_on_selector_all("#cards li", shown) == ranked
    low = alarms["image_score"].median()
    page.fill("#filters [name=image_score][data-end=low]", str(low))
    count = (alarms["image_score"] >= low).sum()
    assert page.inner_text("#case-count").startswith(f"{count} of ")
    page.click("#filters [type=reset]")
    page.wait_for_function("!document.querySelector('#cards li[hidden]')")


def test_a_case_by_keyboard_alone(page):
    """Arrows between cards, enter opens, arrows go on, escape closes and returns to the card."""
    ids = page.eval_on_selector_all("#cards li", "items => items.map(i => i.dataset.id)")
    page.locator("#cards a").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_selector("#case[open]")
    assert page.inner_text("#case-title").startswith(ids[1])
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#case-title").startswith(ids[2])
    page.keyboard.press("Escape")
    page.wait_for_selector("#case", state="hidden")
    focused = page.evaluate("document.activeElement.closest('li')?.dataset.id")
    assert focused in ids[1:3]


def test_a_term_is_explained_on_focus_and_a_link_opens_what_is_folded(page):
    page.locator("a.term[href='#term-youden']").first.focus()
    assert "Sensitivity plus specificity" in page.inner_text("#tip")
    page.keyboard.press("Escape")
    assert not page.locator("#tip").is_visible()
    page.evaluate("location.hash = '#tripod-ai-table'")
    page.wait_for_selector("#tripod-ai-table", state="visible")


def test_the_side_navigation_shows_where_one_is(page):
    page.evaluate("location.hash = '#calibration'")
    page.wait_for_function(
        "document.querySelector('nav.side a[aria-current]')?.hash === '#calibration'"
    )


def test_paper_gets_what_is_folded(program, made):
    with browser.opened(program, made[0]) as page:
        page.emulate_media(media="print")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#tripod-ai-table").is_visible()
        assert not page.locator("nav.side").is_visible()
        assert not page.locator("#cards li[hidden]").count()


def test_options_that_are_ticked_off_leave_the_other_combinations(page, made):
    """Number, medians and share against choices.csv."""
    choices = read_csv(made[1]["choices"])
    known = specification_curve.specifications(choices, "tree")
    page.select_option("#explorer [name=model]", "tree")

    def facts() -> dict[str, str]:
        return page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('#explorer-facts dt')]
                .map(dt => [dt.textContent, dt.nextElementSibling.textContent]))"""
        )

    assert facts()["Combinations"] == f"{len(known):,}"
    question = next(
        name for name in OPTIONS if name in known and 1 < choices[name].nunique() < len(known)
    )
    first = choices[question].dropna().iloc[0]
    place = list(OPTIONS).index(question)
    page.uncheck(f"#explorer fieldset[data-place='{place}'] input >> nth=0")
    rest = known[known[question] != first]
    shown = facts()
    assert shown["Combinations"] == f"{len(rest):,}"
    share = 100 * (rest["gain"] > rest["loss"]).mean()
    assert float(shown["Gain above loss"].rstrip("%")) == pytest.approx(share, abs=0.051)
    gain = next(text for title, text in shown.items() if title.startswith("Gain in"))
    middle = float(gain.split(" ")[0].replace("−", "-"))
    assert middle == pytest.approx(rest["gain"].median(), abs=0.051)
    page.click("#explorer [name=all]")
    assert facts()["Combinations"] == f"{len(known):,}"
