"""The specification curve and the gate's controls: what they show, and what they say."""

import numpy as np
import pytest

import paper_run
from diagnostic_accuracy.paired import MCNEMAR_VARIANTS
from printed import PUBLISHED
from smallmass import style
from smallmass.evaluation.published import Published
from smallmass.files import read_csv
from smallmass.paper import gate_controls, report_tables, specification_curve
from smallmass.paper.writing import as_html


def results():
    """performance.csv of a run of one cohort."""
    cases = paper_run.cohort()
    return paper_run.performance(paper_run.predictions(cases, paper_run.split(cases)))


NOTES = ["Simulated cohort (phantoms): no evidence for a clinical claim."]


@pytest.fixture(scope="module")
def published() -> Published:
    """The project's own copy of the paper's numbers."""
    return Published(read_csv(PUBLISHED))


def test_the_printed_change_is_that_of_whole_lesions(published):
    # 38, 47 and 45 of 60 malignant lesions; 54, 51 and 55 of 60 benign ones.
    found = specification_curve.printed_change(published, "regression")
    assert found["gain"] == pytest.approx(100 * 9 / 60)
    assert found["loss"] == pytest.approx(100 * 3 / 60)
    found = specification_curve.printed_change(published, "tree")
    assert found["gain"] == pytest.approx(100 * 7 / 60)
    assert found["loss"] == pytest.approx(-100 / 60)
    assert (found["p_sensitivity"], found["p_specificity"]) == (0.081, 0.748)


def test_combinations_are_sorted_and_none_counts_twice():
    choices = paper_run.choices()
    tree = specification_curve.specifications(choices, "tree")
    regression = specification_curve.specifications(choices, "regression")
    assert len(tree) == len(choices) == len(regression) + 1  # the depth of the tree
    for found in (tree, regression):
        assert found["gain"].is_monotonic_increasing
        for _, part in found.groupby("gain"):
            assert part["loss"].is_monotonic_increasing
        assert found["main"].sum() == 1
    np.testing.assert_allclose(
        np.sort(tree["gain"]), np.sort(100 * choices["tree_gain_sensitivity"])
    )


def test_the_summary_counts_by_hand(published):
    choices = paper_run.choices()
    row = specification_curve.summary(choices, published, "exact")[1]
    gain = choices["tree_gain_sensitivity"].astype(float)
    loss = choices["tree_loss_specificity"].astype(float)
    p = choices["tree_p_sensitivity_A25_exact"].astype(float)
    assert row["n"] == len(choices)
    assert row["net"] == pytest.approx((gain > loss).mean())
    assert row["significant"] == pytest.approx(((p < 0.05) & (gain > 0)).mean())
    assert row["not_estimable"] == 0
    without = choices.copy()
    without.loc[[2, 5], [f"tree_{x}" for x in ("gain_sensitivity", "loss_specificity")]] = np.nan
    partly = specification_curve.summary(without, published, "exact")[1]
    assert (partly["n"], partly["not_estimable"]) == (len(choices) - 2, 2)
    table = as_html(report_tables.choices_table([row]))
    assert f"<td>{len(choices)}</td>" in table
    assert report_tables.choices_table([]) is None


def test_the_curve_marks_the_main_analysis_and_the_papers_values(published):
    import matplotlib.pyplot as plt

    with style.drawing():
        figure = specification_curve.specification_curve(
            paper_run.choices(), published, "exact", NOTES
        )
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    for value in ("paper 15.0", "paper 11.7", "paper 5.0", "paper −1.7", "paper 0.003",
                  "paper 0.748"):  # fmt: skip
        assert value in texts
    assert NOTES[0] in [text.get_text() for text in figure.texts]
    own = [t.get_text() for t in figure.axes[6].get_yticklabels() if t.get_fontweight() == "bold"]
    assert len(own) == 12 and any("A12 operating point from: validation" in t for t in own)
    plt.close(figure)
    caption = specification_curve.caption(paper_run.choices(), published, "exact")
    assert "Left out of the full product" in caption and "no folds were trained" in caption


@pytest.mark.parametrize("clinical", [True, False])
def test_figures_are_the_same_bytes_twice(tmp_path, published, monkeypatch, clinical):
    monkeypatch.setattr(style, "DPI", 50)
    choices, draws = (f(clinical=clinical) for f in (paper_run.choices, paper_run.gate_null))
    for number in (1, 2):
        folder = tmp_path / str(number)
        specification_curve.draw(
            choices=choices,
            published=published,
            variant="exact",
            notes=NOTES,
            svg=folder / "s.svg",
            png=folder / "s.png",
        )
        gate_controls.draw(
            draws=draws, performance=results(), notes=NOTES,
            svg=folder / "g.svg", png=folder / "g.png",
        )  # fmt: skip
    for name in ("s.svg", "s.png", "g.svg", "g.png"):
        first, second = ((tmp_path / n / name).read_bytes() for n in "12")
        assert first == second and len(first) > 1000


def test_the_share_of_draws_counts_what_was_observed():
    draws = paper_run.gate_null()
    part = draws[draws["model"] == "tree"]
    own = part[part["null"] == "observed"].iloc[0]
    coin = part[part["null"] == "coin"]
    assert gate_controls.reached(coin, own) == 1 / 20
    assert gate_controls.reached(coin.assign(gain_sensitivity=0.25), own) == 1
    # A gain that is paid for by specificity is no net gain.
    dear = coin.assign(gain_sensitivity=0.25, loss_specificity=0.2)
    assert gate_controls.reached(dear, own, net=True) == 1 / 20
    assert "observed gain 25.0 points" in gate_controls.caption(draws, results())
    assert "Not estimable" in gate_controls.caption(paper_run.gate_null(clinical=False), results())


def test_every_variant_has_its_column():
    columns = paper_run.choices().columns
    for variant in MCNEMAR_VARIANTS:
        assert f"tree_p_specificity_A25_{variant.replace('-', '_')}" in columns
