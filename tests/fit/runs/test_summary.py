"""Claims about the record of a run and the page that is made of it."""

import io
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from windup.datasets import packaged_trials, rows_by_treatment
from windup.fit.diagnostics.diagnose import diagnose
from windup.fit.diagnostics.estimand import reference_estimand
from windup.fit.display.blocks import Paragraph, Table, markdown, show
from windup.fit.problem.problem import Change
from windup.fit.runs.page import ONE_PATIENT, loop_blocks, summary_page
from windup.fit.runs.summary import summary_record, with_left_out
from windup.fit.settings.fit import Settings
from windup.fit.storage.formats import as_json
from windup.fit.storage.tree import group

from ..synthetic import LOOPS, with_variable

KEYS = {
    "model",
    "preset",
    "rows_used",
    "studies_used",
    "chains",
    "draws",
    "max_rhat",
    "min_ess_bulk",
    "min_ess_tail",
    "divergences",
    "min_ebfmi",
    "failed_solves",
    "coverage_50",
    "coverage_80",
    "coverage_95",
    "wall_seconds",
    "loop_gain_probability",
    "self_sustaining",
    "lasting_share",
    "sd_rows_used",
    "nodes",
    "prior_driven",
    "converged",
}


def record_of(tree: xr.DataTree, preset: str = "full", *, interrupted: bool = False) -> dict[str, Any]:
    settings = Settings.from_preset(preset)
    record: dict[str, Any] = summary_record(
        tree,
        diagnose(tree),
        settings,
        trials=packaged_trials(),
        seconds={"load": 1.0, "sample": 2.0, "post": 3.0},
        interrupted=interrupted,
    )
    return record


def terminal_text(record: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    show(summary_page(record), Console(file=stream, width=400))
    return stream.getvalue()


def page_text(record: Mapping[str, Any]) -> str:
    text: str = markdown(summary_page(record))
    return text


@pytest.fixture(scope="module")
def record(tree: xr.DataTree) -> dict[str, Any]:
    return record_of(tree)


@pytest.fixture(scope="module")
def failed(tree: xr.DataTree) -> dict[str, Any]:
    values = group(tree, "posterior")["log_drive"].values.copy()
    values[1, :, 5] += 3.0
    tree = with_variable(tree, "posterior", "log_drive", values)
    counts = np.zeros(16, dtype=int)
    counts[3] = 12
    return record_of(with_variable(tree, "failed_solves", "count", counts))


def test_record_has_every_promised_key(record: dict[str, Any]) -> None:
    assert set(record) >= KEYS


def test_record_counts_what_is_in_the_tree(record: dict[str, Any]) -> None:
    assert {key: record[key] for key in ("chains", "draws", "rows_used", "studies_used")} == {
        "chains": 4,
        "draws": 500,
        "rows_used": 64,
        "studies_used": 8,
    }


def test_record_counts_the_rows_of_every_drug_of_the_catalogue(record: dict[str, Any]) -> None:
    trials = packaged_trials()
    assert list(record["rows_by_treatment"]) == [drug.name for drug in trials.catalogue.drugs]
    assert record["rows_by_treatment"] == rows_by_treatment(trials)
    assert record["pain_rows_by_treatment"] == rows_by_treatment(trials, of_pain=True)


def test_wall_time_adds_phases_measured_inside_and_outside_the_sampler(record: dict[str, Any]) -> None:
    assert record["wall_seconds"] == {
        "load": 1.0,
        "compile": 4.0,
        "warm-up": 30.0,
        "sample": 22.0,
        "post": 3.0,
    }


def test_loop_gain_probability_has_every_loop_and_the_total(record: dict[str, Any]) -> None:
    assert set(record["loop_gain_probability"]) == {*LOOPS, "total"}


def test_page_says_what_a_low_probability_of_one_patient_for_each_arm_does_not_show(
    record: dict[str, Any],
) -> None:
    assert Paragraph(ONE_PATIENT) in loop_blocks({**record, "patients": "mean"})
    assert Paragraph(ONE_PATIENT) not in loop_blocks({**record, "patients": "population"})


def test_self_sustaining_sets_every_loop_before_the_trials_beside_after(record: dict[str, Any]) -> None:
    assert set(record["self_sustaining"]) == {*LOOPS, "total"}
    for loop, found in record["self_sustaining"].items():
        assert found["posterior"] == record["loop_gain_probability"][loop]
        assert found["prior"] == record["loop_gain_prior_probability"][loop]


def test_fits_without_a_block_are_noted_beside_the_gains_of_the_run(record: dict[str, Any]) -> None:
    noted = with_left_out(record, {"total": {"episodes": 0.25}})
    assert noted["self_sustaining"]["total"] == {
        **record["self_sustaining"]["total"],
        "without": {"episodes": 0.25},
    }
    assert {loop: noted["self_sustaining"][loop] for loop in LOOPS} == {
        loop: record["self_sustaining"][loop] for loop in LOOPS
    }


def test_page_shows_whose_pain_would_last_where_the_record_says_so(record: dict[str, Any]) -> None:
    limits = {"mean": 0.62, "low_95": 0.55, "high_95": 0.71}
    limits |= {f"prior_{name}": value / 2.0 for name, value in limits.items()}
    shares = [
        {"condition": "fibromyalgia", "cause_removed": cause, **limits} for cause in ("peripheral", "all")
    ]
    page = page_text({**record, "patients": "population", "lasting_share": shares})
    assert "0.62 (0.55 to 0.71)" in page
    assert "Whose pain would last" in page
    assert "Whose pain would last" not in page_text(record)


def test_prior_driven_parameters_are_named(record: dict[str, Any]) -> None:
    assert record["prior_driven"] == ["surface_turnover_rate"]


def test_json_of_a_record_is_strict_and_loses_nothing(record: dict[str, Any]) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    assert json.loads(as_json(record), parse_constant=refuse) == record


def test_json_writes_what_cannot_be_computed_as_null() -> None:
    assert json.loads(as_json({"a": math.nan, "b": [np.float64(np.inf), np.int64(2)]})) == {
        "a": None,
        "b": [None, 2],
    }


def test_converged_full_run_carries_no_notice(record: dict[str, Any]) -> None:
    assert (record["converged"], record["notices"]) == (True, [])


def test_page_names_convergence_before_any_result(failed: dict[str, Any]) -> None:
    text = page_text(failed)
    assert text.index("NOT CONVERGED") < text.index("Difference from placebo")


def test_page_of_a_failed_run_names_the_check_and_the_parameter(failed: dict[str, Any]) -> None:
    assert "- R-hat of log_drive[study05] is" in page_text(failed)
    assert "Every convergence check passed" not in page_text(failed)


def test_page_says_in_which_arm_solves_failed(failed: dict[str, Any]) -> None:
    assert "12 solves of the equations failed, in: study01/active (12)." in page_text(failed)


def test_page_names_every_drug_with_its_prior(record: dict[str, Any]) -> None:
    text = page_text(record)
    assert all(effect["drug"] in text for effect in record["drug_effects"])
    assert "prior 95 %" in text


def test_page_says_what_the_effects_mean(record: dict[str, Any]) -> None:
    assert reference_estimand() in page_text(record)
    assert record["estimand"] == reference_estimand()


def test_page_names_the_worst_study_first(tree: xr.DataTree) -> None:
    observed = group(tree, "observed_data")["estimate"].values.copy()
    observed[16:24] += 5.0
    found = record_of(with_variable(tree, "observed_data", "estimate", observed))
    tables = [block for block in summary_page(found) if isinstance(block, Table)]
    assert tables[-1].rows[0][0] == "study02"


def test_page_never_shows_a_probability_of_exactly_one(record: dict[str, Any]) -> None:
    assert record["drug_effects"][0]["probability_below_zero"] == 1.0
    table = next(block for block in summary_page(record) if isinstance(block, Table))
    assert table.rows[0][table.columns.index("P(<0)")] == ">0.99"


def test_page_says_what_each_effect_rests_on_and_how_many_trials_and_patients(record: dict[str, Any]) -> None:
    table = next(block for block in summary_page(record) if isinstance(block, Table))
    assert [row[:4] for row in table.rows] == [
        ("pregabalin 300 mg/day", "interpolation", "5", "1,200"),
        ("gabapentin 1800 mg/day", "extrapolation", "2", "90"),
        ("magnesium 400 mg/day", "prior-driven", "0", "0"),
    ]


def test_page_of_a_record_of_an_earlier_version_has_no_basis(record: dict[str, Any]) -> None:
    new = {"basis", "reasons", "treatment", "trials", "arms", "rows", "patients"}
    older = [{k: v for k, v in effect.items() if k not in new} for effect in record["drug_effects"]]
    assert "not recorded" in page_text(record | {"drug_effects": older})


def test_page_counts_prior_driven_parameters_and_ends_with_the_statement(record: dict[str, Any]) -> None:
    text = page_text(record)
    assert f"1 of {len(record['contraction'])} parameters are prior-driven" in text
    assert "not medical advice" in text


def test_terminal_shows_every_cell_and_sentence_of_the_page(failed: dict[str, Any]) -> None:
    text = terminal_text(failed)
    for block in summary_page(failed):
        match block:
            case Table(columns, rows):
                wanted = [*columns, *(cell for row in rows for cell in row)]
            case _:
                wanted = list(getattr(block, "items", ())) or [block.text]
        assert [piece for piece in wanted if piece not in text] == []


def test_quick_preset_is_marked_in_json_markdown_and_terminal(tree: xr.DataTree) -> None:
    found = record_of(tree, "quick")
    for text in (as_json(found), page_text(found), terminal_text(found)):
        assert "NOT for conclusions" in text


def test_interrupted_run_is_marked_first(tree: xr.DataTree) -> None:
    assert record_of(tree, "quick", interrupted=True)["notices"][0].startswith("INTERRUPTED")


def test_record_with_values_that_could_not_be_computed_still_makes_a_page(tree: xr.DataTree) -> None:
    values = group(tree, "posterior")["individual_spread"].values.copy()
    values[0, 0] = np.nan
    found = json.loads(as_json(record_of(with_variable(tree, "posterior", "individual_spread", values))))
    assert found["max_rhat"] is None
    assert "R-hat at most not computable (individual_spread" in page_text(found)


def test_page_lists_what_the_settings_chose_and_warns_of_effects_that_they_fixed(
    record: dict[str, Any],
) -> None:
    fixed = Change("pregabalin_input", "log multiplier", "0 ± 0.7", "fixed at 0.3", True, True)
    moved = Change("placebo_time", "day", "14 ×÷ 1.82", "14 ×÷ 1.2", False)
    page = page_text(record | {"changed_priors": [fixed._asdict(), moved._asdict()]})
    assert "| pregabalin_input | log multiplier | 0 ± 0.7 | fixed at 0.3 |" in page
    assert "The settings fixed strengths of drugs (pregabalin_input)." in page
    assert "Priors and fixed values of the settings" not in page_text(record)


def test_page_says_why_sampling_ended_and_when_each_check_first_held(record: dict[str, Any]) -> None:
    stop = {"reason": "draws", "draws": 400, "first_held": {"R-hat": 320, "bulk ESS": None}}
    text = page_text({**record, "stop": stop})
    assert "ended at the largest number of draws" in text
    assert "R-hat 320, bulk ESS never" in text
    assert "until convergence" not in page_text(record)
