"""Claims about figures."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import image
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from windup.fit.diagnostics.diagnose import Diagnosis, diagnose
from windup.fit.diagnostics.estimand import reference_estimand
from windup.fit.diagnostics.informative_studies import informative_studies
from windup.fit.display.figure import VERMILION, png
from windup.fit.display.labels import packaged_labels
from windup.fit.runs.figures_checks import predictive_figure
from windup.fit.runs.figures_courses import courses_figure
from windup.fit.runs.figures_effects import drug_effects_figure
from windup.fit.runs.figures_learned import contraction_figure
from windup.fit.runs.write import figures
from windup.fit.storage.tree import group

from ..synthetic import synthetic_tree, with_variable


@pytest.fixture(scope="module")
def small_tree() -> xr.DataTree:
    return synthetic_tree(draws=40, prior_draws=40)


@pytest.fixture(scope="module")
def diagnosis(small_tree: xr.DataTree) -> Diagnosis:
    return diagnose(small_tree)


def test_every_figure_is_a_readable_image_of_legible_size(
    small_tree: xr.DataTree, diagnosis: Diagnosis
) -> None:
    drawn = dict(figures(small_tree, diagnosis, "footer", packaged_labels()))
    assert set(drawn) == {
        "drug_effects.png",
        "predictive_check.png",
        "contraction.png",
        "loop_gains.png",
        "mixing.png",
        "pain_courses.png",
    }
    for content in drawn.values():
        assert image.imread(io.BytesIO(content)).shape[1] >= 1200


def test_footer_stands_in_the_figure_and_warns_in_colour(diagnosis: Diagnosis) -> None:
    drawn = drug_effects_figure(diagnosis.drug_effects, diagnosis.trial_effects)
    png(drawn, "Preset 'quick': NOT for conclusions.")
    assert "NOT for conclusions" in drawn.get_supxlabel()
    assert drawn._supxlabel.get_color() == VERMILION


def test_model_without_loops_has_no_figure_of_gains(small_tree: xr.DataTree) -> None:
    bare = small_tree.copy()
    for name in ("posterior", "prior"):
        bare[name] = xr.DataTree(group(small_tree, name).drop_vars(["loop_gain", "total_loop_gain"]))
    assert "loop_gains.png" not in dict(figures(bare, diagnose(bare), "footer", packaged_labels()))


def test_predictive_figure_tells_in_its_title_how_many_rows_are_missed(diagnosis: Diagnosis) -> None:
    outside = int((~diagnosis.rows["covered_95"]).sum())
    title = predictive_figure(diagnosis.rows).get_suptitle().replace("\n", " ")
    assert title.startswith(f"{outside} of 64 fitted observations lie outside")


def test_every_row_is_drawn_in_some_panel(diagnosis: Diagnosis) -> None:
    rows = diagnosis.rows.assign(kind=[*diagnosis.rows["kind"][:-1], "a new kind"])
    panels = [axes for axes in predictive_figure(rows).axes if axes.get_visible()]
    medians = [line for axes in panels for line in axes.lines if line.get_markersize() == 3]
    assert sum(len(line.get_xdata()) for line in medians) == len(rows)


def test_panels_of_the_predictive_check_are_square(diagnosis: Diagnosis) -> None:
    panels = [axes for axes in predictive_figure(diagnosis.rows).axes if axes.get_visible()]
    assert all(axes.get_xlim() == axes.get_ylim() and axes.get_box_aspect() == 1.0 for axes in panels)


def test_prior_driven_parameter_is_drawn_hollow(diagnosis: Diagnosis) -> None:
    table = diagnosis.contraction.sort_values("contraction", ascending=False, kind="stable")
    drawn = contraction_figure(diagnosis.contraction, packaged_labels()).axes[1]
    faces = [line.get_markerfacecolor() for line in drawn.lines if line.get_marker() == "o"]
    assert [face == "white" for face in faces] == list(table["prior_driven"])[: len(faces)]


def test_histogram_of_contraction_counts_every_parameter(diagnosis: Diagnosis) -> None:
    table = pd.concat([diagnosis.contraction] * 25, ignore_index=True)
    drawn = contraction_figure(table, packaged_labels())
    counted = sum(bar.get_height() for bars in drawn.axes[0].containers for bar in bars)
    assert counted == len(table)
    assert len(drawn.axes[1].get_yticks()) == 15


def forest(diagnosis: Diagnosis) -> Any:
    return drug_effects_figure(diagnosis.drug_effects, diagnosis.trial_effects)


def test_forest_shows_every_trial_with_an_area_in_proportion_to_its_patients(diagnosis: Diagnosis) -> None:
    dots = forest(diagnosis).axes[0].collections
    dots = [each for each in dots if isinstance(each, PathCollection)]
    assert [each.get_offsets()[0][0] for each in dots] == [-0.8, 0.9, -0.5]
    areas = [each.get_sizes()[0] for each in dots]
    assert areas[0] == pytest.approx(2.0 * areas[1])


def test_trial_outside_the_interval_of_its_estimate_is_filled(diagnosis: Diagnosis) -> None:
    dots = [each for each in forest(diagnosis).axes[0].collections if isinstance(each, PathCollection)]
    faces = [to_hex(each.get_facecolor()[0]).upper() for each in dots]
    assert faces == ["#FFFFFF", VERMILION, "#FFFFFF"]


def test_forest_puts_extrapolations_below_interpolations_and_counts_trials(diagnosis: Diagnosis) -> None:
    drawn = forest(diagnosis)
    names = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert names == ["pregabalin 300 mg/day", "gabapentin 1800 mg/day", "magnesium 400 mg/day"]
    words = [text.get_text() for text in drawn.axes[0].texts]
    assert [word.split(":")[0].split(",")[0] for word in words] == [
        "Interpolated",
        "Extrapolated",
        "No trial",
    ]
    cells = [text.get_text() for text in drawn.axes[1].texts]
    assert cells[3:5] == ["5", "1,200"]


def test_forest_says_of_which_patient_its_effects_are(diagnosis: Diagnosis) -> None:
    drawn = forest(diagnosis)
    png(drawn, "The footer.")
    caption = drawn.get_supxlabel().replace("\n", " ")
    assert caption == f"{reference_estimand()} The footer."


def test_forest_of_a_run_without_recorded_trials_is_still_drawn(small_tree: xr.DataTree) -> None:
    older = small_tree.copy()
    del older["evidence"], older["trial_effects"]
    found = diagnose(older)
    assert set(found.drug_effects["basis"]) == {"not recorded"}
    assert "drug_effects.png" in dict(figures(older, found, "footer", packaged_labels()))


def test_pain_courses_choose_studies_by_visits_and_not_by_fit(small_tree: xr.DataTree) -> None:
    before = informative_studies(diagnose(small_tree).rows, 3)
    observed = group(small_tree, "observed_data")["estimate"].values + 7.0
    after = informative_studies(
        diagnose(with_variable(small_tree, "observed_data", "estimate", observed)).rows, 3
    )
    assert before == after
    assert len(before) == 3


@pytest.mark.parametrize(
    ("weeks", "drugs", "found"),
    [
        ([0.0, 4.0, 8.0], ["placebo", "nsaid"], [("a", "mean")]),
        ([0.0, 4.0], ["placebo", "nsaid"], []),
        ([0.0, 4.0, 8.0], ["placebo", "placebo"], []),
    ],
)
def test_course_needs_three_visits_and_two_treatments(
    weeks: list[float], drugs: list[str], found: list[tuple[str, str]]
) -> None:
    rows = pd.DataFrame([{"study": "a", "kind": "mean", "week": w, "drugs": d} for w in weeks for d in drugs])
    assert informative_studies(rows, 9) == found


def test_run_without_courses_has_no_such_figure() -> None:
    tree = synthetic_tree(draws=20, prior_draws=20, visits=2)
    assert courses_figure(diagnose(tree).rows, pd.DataFrame(), packaged_labels()) is None


def test_course_shows_the_observed_values_of_its_study(diagnosis: Diagnosis) -> None:
    rows = diagnosis.rows.assign(standard_error=np.nan)
    drawn = courses_figure(rows, pd.DataFrame(), packaged_labels())
    study = informative_studies(rows, 1)[0][0]
    shown = [y for line in drawn.axes[0].lines if line.get_marker() == "o" for y in line.get_ydata()]
    assert sorted(shown) == sorted(rows.loc[rows["study"] == study, "observed"])


def test_figure_without_courses_does_not_speak_of_lines(diagnosis: Diagnosis) -> None:
    drawn = courses_figure(diagnosis.rows, pd.DataFrame(), packaged_labels())
    words = " ".join(drawn.get_supxlabel().split())
    assert "Lines and bands" not in words
    assert "not computed for quick" in words
