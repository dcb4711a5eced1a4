"""The light rules of a study in their order, with their files, for benchmarks/scale.py."""

import json
import os
import subprocess
import sys
from pathlib import Path

from workers.made_study import MadeStudy

from smallmass.files import read_csv
from smallmass.settings import Settings

SCRIPTS = Path("workflow", "scripts")
PART = Path("benchmarks", "workers", "choices_part.py")
COMBINATIONS = 2592  # of some 62,000, those of one scoring: their time is told, and what all take
# A full answer to these takes hours at 100,000 cases: how much of it is run, and told.
FEW = {
    "evaluation.replicates": 20,
    "evaluation.null_draws": 2,
    "evaluation.drawn_studies": 500,
}


class LightRules:
    """Runs one script after the other in a process of its own.

    Args:
        study: The tables to work on.
        settings: All settings of the study.
        root: Folder that the outlines are relative to.
        limit: Seconds after which a rule is ended.
    """

    def __init__(self, study: MadeStudy, settings: Settings, root: Path, limit: float):
        self.study, self.root, self.limit = study, root, limit
        # The made cohort brings its own split: no case is dealt out.
        self.settings = settings.changed(FEW).plain() | {"split": {"dealt": {}}}
        self.detections: list[Path] = []

    def run(self, rule: str) -> dict:
        """Run a rule; return seconds (a text where they are over the limit), cpu_seconds, peak_mib.

        Raises:
            RuntimeError: With the script's own words, if it fails.
        """
        description = getattr(self, f"_{rule}")()
        script = PART if rule == "choices" else SCRIPTS / f"{rule}.py"
        try:
            done = subprocess.run(
                [sys.executable, "benchmarks/workers/rule_worker.py", str(script)],
                input=json.dumps(description, default=str),
                capture_output=True,
                text=True,
                timeout=self.limit,
                env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
            )
        except subprocess.TimeoutExpired:
            return {"seconds": f"more than {self.limit:g}", "cpu_seconds": "", "peak_mib": ""}
        for line in done.stdout.splitlines():
            if line.startswith(f"{rule}:"):
                print(line)
            if line.startswith("benchmark:"):
                return json.loads(line.removeprefix("benchmark:"))
        raise RuntimeError(f"{rule}: {done.stderr[-3000:]}")

    def make_inputs(self) -> None:
        """Make what the image model and the clinical model would have given."""
        split, folds = (read_csv(self._path(f"cohort/{name}.csv")) for name in ("split", "folds"))
        self.detections = self.study.make_detections(folds)
        self.study.make_clinical(split, folds)

    def _path(self, name: str) -> Path:
        return self.study.folder / name

    def _job(self, inputs: dict, outputs: dict, **params) -> dict:
        known = {
            "cohort": "cohort/cohort.csv",
            "split": "cohort/split.csv",
            "folds": "cohort/folds.csv",
            "predictions": "predictions.csv",
            "operating_points": "operating_points.json",
            "clinical_model": "clinical_model/model.json",
            "performance": "evaluation/performance.csv",
            "comparisons": "evaluation/comparisons.csv",
            "cross_scores": "clinical_model/cross_scores.csv",
            "cross_calls": "combined/cross_calls.csv",
            "notes": "notes.json",
        }
        files = {name: self._path(known[name]) for name in inputs.pop("known", ())}
        files |= {name: p if isinstance(p, list) else Path(p) for name, p in inputs.items()}
        made = {name: self._path(path) for name, path in outputs.items()}
        return {"input": files, "output": made, "params": {"settings": self.settings} | params}

    def _split(self) -> dict:
        return self._job(
            {"known": ["cohort"]},
            {"split": "cohort/split.csv", "folds": "cohort/folds.csv"},
        )

    def _image_scores(self) -> dict:
        return self._job(
            {"known": ["cohort"], "detections": self.detections},
            {"scores": "image_model/scores.csv"},
            folders={"phantom": str(self.root)},
            seeds=list(range(self.study.seeds)),
        )

    def _combined_models(self) -> dict:
        return self._job(
            {
                "known": ["cohort", "split", "folds", "clinical_model", "cross_scores"],
                "image_scores": self._path("image_model/scores.csv"),
                "clinical_scores": self._path("clinical_model/scores.csv"),
            },
            {
                "operating_points": "operating_points.json",
                "regression": "combined/regression.json",
                "tree": "combined/tree.json",
                "predictions": "predictions.csv",
                "cross_calls": "combined/cross_calls.csv",
            },
        )

    def _performance(self) -> dict:
        known = ["predictions", "cohort", "operating_points", "clinical_model", "cross_calls"]
        return self._job(
            {"known": known, "scores": self._path("image_model/scores.csv")},
            {"performance": "evaluation/performance.csv"},
        )

    def _intervals(self) -> dict:
        return self._job(
            {"known": ["predictions", "cohort"]}, {"intervals": "evaluation/intervals.csv"}
        )

    def _bootstrap(self) -> dict:
        return self._job(
            {"known": ["predictions", "cohort", "operating_points", "clinical_model"]},
            {"bootstrap": "evaluation/bootstrap.csv"},
        )

    def _comparisons(self) -> dict:
        return self._job(
            {"known": ["predictions", "cohort", "operating_points"]},
            {"comparisons": "evaluation/comparisons.csv"},
        )

    def _curves(self) -> dict:
        return self._job(
            {"known": ["predictions", "cohort"]},
            {"roc": "evaluation/roc.csv", "calibration": "evaluation/calibration.csv"},
        )

    def _choices(self) -> dict:
        return self._job(
            {
                "known": ["predictions", "cohort", "folds", "operating_points"],
                "detections": self.detections,
            },
            {"choices": "evaluation/choices.csv"},
            combinations=COMBINATIONS,
        )

    def _gate_null(self) -> dict:
        return self._job(
            {"known": ["predictions", "cohort", "folds", "operating_points", "cross_scores"]},
            {"gate_null": "evaluation/gate_null.csv"},
        )

    def _page_notes(self) -> dict:
        return self._job({"known": ["cohort"]}, {"notes": "notes.json"}, study="paper")

    def _table1(self) -> dict:
        kinds = {kind: f"tables/table1.{kind}" for kind in ("csv", "md", "tex")}
        return self._job({"known": ["cohort", "split", "notes"]}, kinds, study="paper")

    def _table2(self) -> dict:
        kinds = {kind: f"tables/table2.{kind}" for kind in ("csv", "md", "tex")}
        return self._job(
            {
                "known": ["performance", "comparisons", "operating_points", "notes"],
                "intervals": self._path("evaluation/intervals.csv"),
            },
            kinds | {"long": "tables/table2_long.csv"},
            study="paper",
        )

    def _figure2(self) -> dict:
        return self._job(
            {"known": ["performance", "notes"], "roc": self._path("evaluation/roc.csv")},
            {"svg": "figures/figure2_roc.svg", "png": "figures/figure2_roc.png"},
            study="paper",
        )
