"""The last lines of a run: the page's address and five numbers of the tables."""

import paper_run
from smallmass.files import read_csv
from smallmass.paper.closing import closing


def test_a_run_ends_with_its_page_and_five_numbers(tmp_path):
    paths = paper_run.write_run(tmp_path, clinical=True, name="phantom")
    address, where, *numbers = closing(tmp_path)
    assert address == f"The page: {(tmp_path / 'report.html').as_uri()}"
    assert where == "Test set:" and len(numbers) == 5
    rows = read_csv(paths["performance"]).query("split == 'test' and model == 'image'")
    rows = rows.set_index("metric")["estimate"]
    assert f"AUROC: {rows['auroc']:.2f} (" in numbers[0]
    assert f"Sensitivity (%): {100 * rows['sensitivity']:.1f}" in numbers[1]
    pairs = read_csv(paths["comparisons"]).query("split == 'test' and metric == 'sensitivity'")
    gains = pairs.set_index("model_b")["difference"]
    assert numbers[3].endswith(f": {100 * gains['regression']:.1f} points")
    assert numbers[4].endswith(f": {100 * gains['tree']:.1f} points")
