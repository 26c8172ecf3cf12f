"""Claims about labels: a run shows those of its own catalogue, also of drugs that windup does not know."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure

from windup.datasets import Trials, packaged_catalogue, packaged_trials
from windup.fit.analyses.prediction.figures import effects_figure
from windup.fit.analyses.prediction.page import predict_page
from windup.fit.diagnostics.diagnose import Diagnosis, diagnose
from windup.fit.display.blocks import markdown
from windup.fit.display.labels import Labels, labels_in, labels_of, packaged_labels
from windup.fit.runs.figures_courses import courses_figure
from windup.fit.runs.figures_learned import contraction_figure
from windup.fit.runs.page import summary_page
from windup.fit.runs.summary import summary_record
from windup.fit.settings.fit import Settings

from ..hostile import hostile_run, write_hostile_trials
from ..synthetic import synthetic_tree


@pytest.fixture(scope="module")
def own_trials() -> Trials:
    """The packaged trials with one more drug and one more condition in their catalogue."""
    packaged = packaged_catalogue()
    drug = dataclasses.replace(packaged.drugs[0], name="dlx", label="duloxetine")
    condition = dataclasses.replace(packaged.conditions[0], name="bps", label="bladder pain syndrome")
    catalogue = dataclasses.replace(
        packaged, drugs=(*packaged.drugs, drug), conditions=(*packaged.conditions, condition)
    )
    return dataclasses.replace(packaged_trials(), catalogue=catalogue)


@pytest.fixture(scope="module")
def own(own_trials: Trials) -> Labels:
    return labels_of(own_trials.catalogue)


@pytest.fixture(scope="module")
def diagnosis() -> Diagnosis:
    return diagnose(synthetic_tree(draws=60, prior_draws=60))


def text_in(drawn: Figure) -> str:
    axes = drawn.axes
    labels = [tick.get_text() for each in axes for tick in each.get_yticklabels()]
    texts = [text.get_text() for each in axes for text in each.texts]
    return " ".join(" ".join([*labels, *texts, *(each.get_title() for each in axes)]).split())


def test_own_drug_and_condition_have_their_labels_next_to_the_packaged_ones(own: Labels) -> None:
    assert own.of("dlx") == "duloxetine"
    assert own.of("bps") == "bladder pain syndrome"
    assert own.of("nsaid") == packaged_labels().of("nsaid") == "NSAID"
    assert own.worded("dlx unseen in this condition") == "duloxetine unseen in this condition"
    assert packaged_labels().of("dlx") == "dlx"
    assert Labels({}).worded("dlx unseen in this condition") == "dlx unseen in this condition"


def test_figures_of_a_run_show_the_label_of_an_own_drug(own: Labels, diagnosis: Diagnosis) -> None:
    table = diagnosis.contraction.assign(parameter="drug_spread_by_drug[dlx]", description="Spread")
    assert "Spread: duloxetine" in text_in(contraction_figure(table, own))
    assert "Spread: dlx" in text_in(contraction_figure(table, packaged_labels()))
    rows = diagnosis.rows.assign(condition="bps")
    drawn = courses_figure(rows, pd.DataFrame(), own)
    assert drawn is not None
    assert "bladder pain syndrome" in text_in(drawn)


def test_page_of_a_run_shows_the_labels_that_its_record_holds(
    own_trials: Trials, diagnosis: Diagnosis
) -> None:
    tree = synthetic_tree(draws=60, prior_draws=60)
    record: dict[str, Any] = summary_record(
        tree, diagnosis, Settings.from_preset("full"), trials=own_trials, seconds={}
    )
    record["drug_effects"][0]["reasons"] = "dlx unseen in this condition"
    stored = json.loads(json.dumps(record))
    assert stored["rows_by_treatment"]["dlx"] == 0
    assert "duloxetine unseen in this condition" in markdown(summary_page(stored))
    del stored["labels"]
    assert "dlx unseen in this condition" in markdown(summary_page(stored))


def test_predictions_show_the_label_of_an_own_condition(own: Labels) -> None:
    effect = dict.fromkeys(
        (
            *(
                f"{of}{side}_{level}"
                for of in ("", "prior_")
                for side in ("low", "high")
                for level in (50, 95)
            ),
            *("new_study_low_95", "new_study_high_95", "median", "probability_below_zero"),
            *("probability_below_minus_one", "responder_50_drug", "responder_50_placebo", "probability_best"),
        ),
        0.5,
    )
    row = {
        **effect,
        "regimen": "one",
        "condition": "bps",
        "basis": "extrapolation",
        "week": 12.0,
        "trials": 1,
    }
    record = {
        "model": "cascade",
        "notices": [],
        "statement": "",
        "draws": 2,
        "prior_draws": 2,
        "effects": [row],
        "combinations": [],
        "washout": [],
        "labels": own.by_name,
    }
    assert "## Bladder pain syndrome, week 12" in markdown(predict_page(record))
    table = pd.DataFrame([{**row, "study": study, "drugs": 1} for study in ("mean", "new")])
    assert "Bladder pain syndrome: one drug" in text_in(effects_figure(table, own))


def test_summary_of_a_fit_holds_the_labels_of_its_trials(tmp_path: Path) -> None:
    run = hostile_run(tmp_path / "run", write_hostile_trials(tmp_path / "data"))
    record = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    assert labels_in(record).by_name == packaged_labels().by_name
