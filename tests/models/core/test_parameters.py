"""Claims about the parameter tables."""

import csv
import math
import re
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest
from jaxtyping import Array

from windup.models import PainModel, Parameter, TimeCourse, free, parameter_page

from ..arms import DOSE_COLUMNS, FULL_DOSE, constant_doses, drive_of, medians
from ..conftest import MODELS

PAGE = Path(__file__).parents[3] / "docs" / "look-up" / "parameters.md"
ROWS = sorted(
    {parameter for model in (*MODELS, TimeCourse()) for parameter in model.parameters()}, key=lambda p: p.name
)
IN_ANIMALS = {"rat", "mouse", "oocyte"}


class Recorder(dict[str, Array]):
    def __init__(self, values: dict[str, Array]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        self.read.add(name)
        return super().__getitem__(name)


def test_names_are_unique_within_a_model(model: PainModel[Any, Any]) -> None:
    names = [parameter.name for parameter in model.parameters()]
    assert len(names) == len(set(names))


def test_every_parameter_is_read_by_its_model_and_none_is_missing(model: PainModel[Any, Any]) -> None:
    values = Recorder(medians(model))
    doses, drive = constant_doses(**FULL_DOSE), drive_of(0.1, 0.1, 1.0)
    actions = model.actions(doses, values)
    state = model.fallen_ill(drive, values)
    model.derivative(state, actions, drive, values)
    model.linear_rates(values)
    model.pain(state, actions, drive, values)
    model.serum_magnesium_mmol_per_L(state, values)
    model.csf_magnesium_mmol_per_L(state, values)
    assert values.read == set(values)


@pytest.mark.parametrize("parameter", ROWS, ids=lambda parameter: parameter.name)
def test_prior_is_finite_and_has_a_spread_unless_fixed(parameter: Parameter) -> None:
    assert math.isfinite(parameter.location)
    assert (parameter.prior_scale > 0.0) == (parameter.family != "fixed")
    assert parameter.family != "lognormal" or parameter.location > 0.0


@pytest.mark.parametrize("parameter", ROWS, ids=lambda parameter: parameter.name)
def test_number_has_an_address_or_is_called_expert(parameter: Parameter) -> None:
    assert re.search(r"https?://\S+|expert: ?\S+", parameter.source)


# Their sources are trials, or pools of trials, whose rows a fit uses too (docs/understand/priors.md).
OF_TRIALS_IN_THE_FIT = {
    "central_time",
    "opioid_adaptation_time",
    "opioid_tolerance",
    "opioid_sensitisation",
    "magnesium_absorption_half_dose",
    "renal_feedback",
    "tissue_magnesium_time",
}


@pytest.mark.parametrize("parameter", free(ROWS), ids=lambda parameter: parameter.name)
def test_evidence_from_animals_or_from_trials_in_the_fit_and_only_that_is_widened(
    parameter: Parameter,
) -> None:
    wide = parameter.species in IN_ANIMALS or parameter.name in OF_TRIALS_IN_THE_FIT
    assert (parameter.widening > 1.0) == wide


@pytest.mark.parametrize("parameter", ROWS, ids=lambda parameter: parameter.name)
def test_species_is_none_exactly_for_expert_priors(parameter: Parameter) -> None:
    assert (parameter.species == "none") == parameter.source.startswith("expert: ")


@pytest.mark.parametrize("parameter", [p for p in ROWS if p.is_strength], ids=lambda p: p.name)
def test_strength_of_a_drug_is_centred_at_no_effect(parameter: Parameter) -> None:
    assert (parameter.family, parameter.location) == ("normal", 0.0)


def test_free_parameters_leave_out_the_fixed_ones(model: PainModel[Any, Any]) -> None:
    left_out = set(model.parameters()) - set(free(model.parameters()))
    assert {parameter.family for parameter in left_out} == {"fixed"}


def test_page_of_parameters_is_written_from_the_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == parameter_page()


def test_page_names_every_parameter() -> None:
    page = parameter_page()
    assert [p.name for p in ROWS if f"| `{p.name}` |" not in page] == []


def test_page_names_every_table() -> None:
    tables = (Path(__file__).parents[3] / "models").glob("*_parameters.csv")
    page = parameter_page()
    for table in tables:
        with table.open(encoding="utf-8", newline="") as stream:
            names = [row["name"] for row in csv.DictReader(stream)]
        assert [name for name in names if f"| `{name}` |" not in page] == []


def test_single_loop_is_turnover_with_one_parameter_more() -> None:
    _, turnover, loop = MODELS
    assert [p.name for p in loop.parameters()[len(turnover.parameters()) :]] == ["feedback_gain"]
    assert loop.parameters()[: len(turnover.parameters())] == turnover.parameters()


def test_every_dose_changes_the_actions(model: PainModel[Any, Any]) -> None:
    strengths = {p.name: 0.5 for p in model.parameters() if p.unit.startswith("log multiplier")}
    values = medians(model, **strengths)
    without = model.actions(constant_doses(), values)
    idle = []
    for drug in DOSE_COLUMNS:
        acting = model.actions(constant_doses(**{drug: FULL_DOSE[drug]}), values)
        if all(bool(jnp.all(a == b)) for a, b in zip(acting, without, strict=True)):
            idle.append(drug)
    assert idle == []
