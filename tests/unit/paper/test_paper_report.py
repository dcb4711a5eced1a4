"""The report and run.json: complete, self-contained, honest about simulation."""

import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
import yaml

import paper_run
from report_page import made_page, rendered
from smallmass import provenance
from smallmass.files import read_csv, write_csv
from smallmass.paper import page_index, report_tables
from smallmass.paper.settings_table import comments, settings_table
from smallmass.paper.writing import as_html, typeset
from smallmass.phantom import traits_ceiling, traits_table
from smallmass.settings.picking import chosen
from study_settings import study_settings

SECTIONS = [
    "what",
    *(name for part in page_index.CONTENTS.values() for name, _ in part),
]
VOID = {"meta", "br", "img", "link", "input", "hr", "wbr"}


class Page(HTMLParser):
    """Collects tags and checks that they close in order."""

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory):
    """The report of a phantom cohort, and the run's paths."""
    return made_page(tmp_path_factory.mktemp("phantoms"), clinical=True, name="phantom")


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The report of a cohort of real images without clinical factors."""
    return made_page(tmp_path_factory.mktemp("real"), clinical=False, name="busbra")


@pytest.fixture(params=["phantoms", "real"])
def page(request):
    """Each of the two reports, as text."""
    return request.getfixturevalue(request.param)[1]


def test_the_page_is_whole_and_well_formed(page):
    """Every section, every figure with a text for those who cannot see it, every tag closed."""
    parser = Page()
    parser.feed(page)
    parser.close()
    assert parser.open == []
    ids = [attrs["id"] for _, attrs in parser.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if name in SECTIONS] == SECTIONS
    links = [attrs["href"] for tag, attrs in parser.tags if tag == "a"]
    assert {link[1:] for link in links if not link.startswith("#case=")} <= set(ids)
    cases = {attrs["data-id"] for tag, attrs in parser.tags if tag == "li" and "data-id" in attrs}
    assert {link.removeprefix("#case=") for link in links if link.startswith("#case=")} == cases
    # A card's picture is beside its words, in one link.
    pictures = [attrs for tag, attrs in parser.tags if tag == "img" and attrs["alt"]]
    # Without a second reading there is nothing to draw of its choices and controls.
    assert len(pictures) == (9 if "Simulated cohort" in page else 6)
    assert all(len(attrs["alt"]) > 40 for attrs in pictures)
    assert parser.tags[0] == ("html", {"lang": "en"})
    tables = page.count("<table")
    assert page.count("<caption") == tables > 8


def test_the_page_needs_no_other_file_and_no_network(page):
    """No address, and no source, script or style that is not inside."""
    outside = re.sub(r'src="data:[^"]*"', "", page)
    assert not re.search(r"(https?:)?//[a-z]", outside)
    assert "<script src" not in page
    assert "<link" not in page
    assert "@import" not in page
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', page))


def test_simulation_is_stated_as_an_input(phantoms):
    """d′, its ceiling and the independence of the factors are inputs, said before any result."""
    text = phantoms[1]
    first = text[: text.index('id="patients"')]
    assert "Nothing on this page is evidence for a clinical claim" in " ".join(first.split())
    assert "d′ = 2.0" in first
    assert "Φ(d′/√2) = 0.92" in first
    assert "not pretrained" in first


def test_what_was_put_into_the_phantoms_is_in_tables(phantoms, real):
    """Every trait with its loading and d′, every cell of Table 1 with the SD that is possible."""
    text = phantoms[1]
    first = text[: text.index('id="patients"')]
    traits = re.search(r"<caption>Traits.*?</table>", first, re.DOTALL)[0]
    margin = re.search(r"margin not circumscribed</th>(.*?)</tr>", traits)[1]
    assert re.findall(r">([^<]*)</td>", margin)[:3] == ["0.710", "1.42", "1.42"]
    assert traits.count("<tr>") == 1 + len(traits_table())
    sizes = re.search(r"<caption>Lesion size.*?</table>", first, re.DOTALL)[0]
    benign = re.search(r"training, benign</th>(.*?)</tr>", sizes)[1]
    assert re.findall(r">([^<]*)</td>", benign)[-1] == "no"
    assert re.findall(r">([^<]*)</td>", benign)[:2] == ["0.71", "0.46"]
    assert f"every trait without error {traits_ceiling():.2f}" in " ".join(first.split())
    assert "that were put in" not in real[1]


def test_intervals_and_differences_are_on_the_page(phantoms):
    """Intervals of every method side by side, and each comparison's difference with its own."""
    paths, text = phantoms
    line = read_csv(paths["intervals"]).query(
        "split == 'test' and model == 'image' and metric == 'sensitivity' and method == 'cluster'"
    ).iloc[0]  # fmt: skip
    by_method = re.search(r"<caption>The same proportions.*?</table>", text, re.DOTALL)[0]
    row = re.search(
        r"Test set: Image model</th></tr>\s*<tr><th[^>]*>Sensitivity \(%\)</th>(.*?)</tr>",
        by_method,
    )[1]
    ends = [f"{100 * line[end]:.1f}" for end in ("ci_low", "ci_high")]
    assert re.findall(r">([^<]*)</td>", row)[2] == "–".join(ends)
    compared = read_csv(paths["comparisons"]).query("split == 'test'").iloc[0]
    low, middle, high = (
        f"{100 * compared[name]:.1f}" for name in ("ci_low", "difference", "ci_high")
    )
    table = re.search(r"<caption>Paired comparisons.*?</table>", text, re.DOTALL)[0]
    assert typeset(f"{middle} ({low} to {high})") in table
    assert "(Newcombe, method 10)" in table


@pytest.mark.parametrize("method", ["same", "cluster"])
def test_table_2_of_the_page_prints_the_interval_of_the_settings(phantoms, method):
    """table2.interval rules the page's Table 2 as it rules the table's own files."""
    paths, _ = phantoms
    settings = study_settings({"table2.interval": method})
    text = rendered(paths, settings)
    note = re.search(r"confidence interval \(([^;]*);", text)[1]
    assert ("cluster-robust, t" in note) == (method == "cluster")


def test_real_patients_are_not_called_simulated(real):
    """And the page says what could not be estimated, and that lesions are of all sizes."""
    text = real[1]
    assert "imulated" not in text
    assert paper_run.REASON in text
    assert "of all sizes" in text


def test_the_flow_names_the_set_of_each_part_where_there_are_several(phantoms, tmp_path):
    paths, page = phantoms
    assert '<div class="box">Test<br>' in page
    cases, split = read_csv(paths["cohort"]), read_csv(paths["split"])
    test = cases["case_id"].isin(split.loc[split["split"] == "test", "case_id"])
    cases["cohort"] = test.map({True: "breast", False: "busbra"})
    write_csv(tmp_path / "cohort.csv", cases)
    page = rendered(paths | {"cohort": tmp_path / "cohort.csv"}, study_settings())
    assert '<div class="box">Training (BUS-BRA)<br>' in page
    assert '<div class="box">Test (BrEaST)<br>' in page


def test_the_flow_says_whether_a_patient_is_in_two_sets(phantoms, tmp_path):
    paths, page = phantoms
    assert "No patient is in two of these" in page
    cases = read_csv(paths["cohort"])
    first = cases["patient_id"].iloc[0]
    split = read_csv(paths["split"]).set_index("case_id")["split"]
    other = cases["case_id"].map(split) != split[cases["case_id"].iloc[0]]
    cases.loc[other.idxmax(), "patient_id"] = first
    write_csv(tmp_path / "cohort.csv", cases)
    page = rendered(paths | {"cohort": tmp_path / "cohort.csv"}, study_settings())
    assert "Patients in more than one of these" in page and "</a>: 1.</p>" in page


def test_the_settings_carry_their_ids_and_words(phantoms):
    """Ids and words come from the comments of config.yaml."""
    assert "A12" in phantoms[1]
    assert "&#34;smaller than 1 cm&#34;" in phantoms[1]


def test_comments_are_read_by_section_and_key():
    """A # inside quotation marks is no comment; what is not under defaults is not read."""
    text = (
        "study: x   # no\n"
        "defaults:\n"
        "  seed: 1   # not stated: we chose\n"
        "  image_model:\n"
        '    weights: "#fff"   # A09, A10 "the score"\n'
        "    floor: 0.0\n"
        "studies:\n"
        "  tiny:\n"
        "    floor: 1   # no\n"
    )
    assert comments(text) == {
        ("seed", ""): "not stated: we chose",
        ("image_model", ""): "",
        ("image_model", "weights"): 'A09, A10 "the score"',
        ("image_model", "floor"): "",
    }
    roles = {"busbra": {"role": "folds", "training": [1, 3], "validation": [2]}, "breast": "test"}
    settings = study_settings(
        {
            "seed": 1,
            "image_model.weights": "#fff",
            "clinical_model.hidden": [1, 2],
            "cohort.sources": roles,
            "cohort.columns": {"age_years": "Größe: Alter"},
        }
    )
    rows = {(row.section, row.key): row for row in settings_table(settings, text)}
    shown = {place: (row.ids, row.words, row.value) for place, row in rows.items()}
    assert shown["seed", ""] == ("", "not stated: we chose", "1")
    assert shown["image_model", "weights"] == ("A09, A10", '"the score"', "#fff")
    assert shown["cohort", "table"] == ("", "", "none")
    assert shown["clinical_model", "hidden"] == ("", "", "1, 2")
    # As in config.yaml, and nothing else than was meant.
    written = "{busbra: {role: folds, training: [1, 3], validation: [2]}, breast: test}"
    assert shown["cohort", "sources"] == ("", "", written)
    columns = shown["cohort", "columns"][2]
    assert yaml.safe_load(columns) == {"age_years": "Größe: Alter"} and "Größe" in columns


def test_run_json_says_what_the_run_was_made_from_and_on(phantoms):
    """Versions, hashes, hardware and times, each from its source."""
    paths, _ = phantoms
    run = json.loads((paths["cohort"].parents[1] / "run.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(paths["cohort"].read_bytes()).hexdigest()
    assert run["sha256"] == {"cohort.csv": digest}
    lock = (paper_run.REPOSITORY / "uv.lock").read_bytes()
    assert run["uv_lock_sha256"] == hashlib.sha256(lock).hexdigest()
    assert run["versions"]["python"].startswith("3.")
    assert run["versions"]["numpy"] == __import__("numpy").__version__
    assert run["hardware"]["cores_logical"] >= 1
    assert run["hardware"]["memory_gib"] > 0.1
    assert {"commit", "dirty"} == set(run["git"])
    assert run["times"] == [
        {"rule": "image_model/seed0", "seconds": 61.5, "cpu_seconds": 100.2, "max_rss_mib": 812.4}
    ]


def test_provenance_without_git_lock_or_times(tmp_path):
    """What is not there is null, and nothing fails."""
    run = provenance.describe(
        study="x", settings=chosen({}), files={"gone": tmp_path / "gone"},
        benchmarks=tmp_path / "none", repository=tmp_path,
    )  # fmt: skip
    assert run["uv_lock_sha256"] is None
    assert run["sha256"] == {"gone": None}
    assert run["times"] == []
    assert run["git"] == {"commit": None, "dirty": None}


def test_a_benchmark_of_a_short_rule_has_no_memory(tmp_path):
    """Snakemake writes a dash where it could not sample."""
    text = "s\th:m:s\tmax_rss\tcpu_time\n0.4\t0:00:00\t-\t-\n"
    (tmp_path / "table1.tsv").write_text(text, encoding="utf-8")
    assert provenance.times(tmp_path) == [
        {"rule": "table1", "seconds": 0.4, "cpu_seconds": None, "max_rss_mib": None}
    ]


def test_the_nulls_stand_beside_what_was_observed():
    """Nineteen draws, all below the observed gain: 1 in 20, and the median draw is the tenth."""
    page = as_html(report_tables.null_table(paper_run.gate_null()))
    cells = re.findall(r"<tr><th[^>]*>([^<]*)</th>(.*?)</tr>", page)
    permuted = next(row for model, row in cells if "permuted" in row)
    assert re.findall(r"<td[^>]*>([^<]*)</td>", permuted) == [
        "clinical score permuted", "10.0 (1.5 to 18.6)", "2.0 (2.0 to 2.0)", "8.0 (−0.6 to 16.6)",
        "5.0", "5.0", "19",
    ]  # fmt: skip
    assert report_tables.null_table(paper_run.gate_null(clinical=False)) is None
    names = {"regression": "Another name"}
    assert "Another name" in as_html(report_tables.null_table(paper_run.gate_null(), names))


def test_a_model_that_reads_nothing_has_one_line_that_says_why():
    cases = paper_run.cohort(clinical=False)
    scores = paper_run.predictions(cases, paper_run.split(cases), clinical=False)
    table = paper_run.performance(scores, clinical=False)
    tables = report_tables.performance_tables(table, paper_run.bootstrap(table))
    page = "\n".join(map(as_html, tables))
    blocks = re.findall(r'<th scope="rowgroup"[^>]*>([^<]*)</th></tr>(.*?)</tbody>', page, re.S)
    lines = {
        model: re.findall(r'<th scope="row"[^>]*>([^<]*)</th>', body) for model, body in blocks
    }
    assert "Sensitivity (%)" in lines["Image model"]
    for model in ("Clinical model", "Combined (regression)", "Combined (decision tree)"):
        assert lines[model] == ["every metric"]
        assert "no clinical factors" in dict(blocks)[model]


def test_tables_of_performance_say_how_their_scores_came_about():
    """Once for all models, or by model where models differ."""
    cases = paper_run.cohort()
    table = paper_run.performance(paper_run.predictions(cases, paper_run.split(cases)))
    plain, crossed = (
        [part.title for part in report_tables.performance_tables(rows, paper_run.bootstrap(rows))]
        for rows in (table, paper_run.crossed(table))
    )
    assert plain[0] == "Test set: held out"
    assert crossed[0].startswith("Test set, BrEaST")
    assert "Image model held out; Clinical model out-of-fold" in crossed[0]
