"""Every choice, to be explored: what each option gives, and the combinations for a script."""

import json
from typing import Any

import pandas as pd
from markupsafe import Markup

from diagnostic_accuracy.printing import PrintedTable
from diagnostic_accuracy.rounding import half_up
from smallmass.evaluation.choices import OPTIONS
from smallmass.paper.plain_table import plain_table
from smallmass.paper.specification_curve import QUESTIONS, option_name, specifications
from smallmass.words import COMBINED

CODES = "0123456789abcdefghijklmnopqrstuvwxyz"
"""An option's place among those of its question, as one letter."""


def explorer(choices: pd.DataFrame) -> dict[str, Any] | None:
    """Return the questions with their options, and the combinations of each model as JSON.

    A combination is a letter a question, in the order of the questions; a question that cannot
    matter to a model has a hyphen. Combinations with the same gain and loss stand together.

    Args:
        choices: ``evaluation/choices.csv``.

    Returns:
        dict | None: ``questions`` (id, what it asks, options), ``models``, ``data``; None where no
        combination has a result.
    """
    known = {model: specifications(choices, model) for model in COMBINED}
    known = {model: table for model, table in known.items() if len(table)}
    if not known:
        return None
    values = {name: list(choices[name].dropna().drop_duplicates()) for name in OPTIONS}
    models = {}
    for model, table in known.items():
        letters = pd.Series("", index=table.index)
        for name, options in values.items():
            code = {option: CODES[place] for place, option in enumerate(options)}
            letters += table[name].map(code) if name in table else "-"
        grouped = letters.groupby([table["gain"].round(6), table["loss"].round(6)], sort=True)
        models[str(model)] = [[gain, loss, " ".join(group)] for (gain, loss), group in grouped]
    questions = [
        {
            "id": name.partition("_")[0],
            "asks": QUESTIONS[name][0],
            "options": [
                {"code": CODES[place], "text": option_name(name, option), "own": place == 0}
                for place, option in enumerate(options)
            ],
        }
        for name, options in values.items()
    ]
    main = {
        str(model): table.loc[table["main"] == 1, ["gain", "loss"]].round(6).to_numpy().tolist()
        for model, table in known.items()
    }
    return {
        "questions": questions,
        "models": [(str(model), model.short) for model in known],
        "data": Markup(json.dumps({"models": models, "main": main}).replace("<", "\\u003c")),
    }


def options_table(choices: pd.DataFrame) -> PrintedTable | None:
    """Return what each option gives by itself: the median gain and loss of its combinations.

    Args:
        choices: ``evaluation/choices.csv``.
    """
    rows, groups = [], []
    for model in COMBINED:
        table = specifications(choices, model)
        for name in OPTIONS:
            if name not in table:
                continue
            options = list(choices[name].dropna().drop_duplicates())
            for place, option in enumerate(options):
                part, others = table[table[name] == option], table[table[name] != option]
                if part.empty or len(options) < 2:
                    continue
                mark = " (this study’s)" if place == 0 else ""
                cells = [half_up(part[key].median(), 1) for key in ("gain", "loss")]
                moves = [
                    half_up(part[key].mean() - others[key].mean(), 1) if len(others) else None
                    for key in ("gain", "loss")
                ]
                asked = (
                    f"{name.partition('_')[0]} {QUESTIONS[name][0]}: {option_name(name, option)}"
                )
                rows.append([asked + mark, f"{len(part):,}", *cells, *moves])
                groups.append(model.short)
    if not rows:
        return None
    header = ["Option", "Combinations", "Median gain", "Median loss",
              "Gain less the other options’ (means)",
              "Loss less the other options’ (means)"]  # fmt: skip
    return plain_table("What each option alone does to gain and loss (points)", header, rows,
                       groups=groups)  # fmt: skip
