"""Claims about where each drug and habit acts in the cascade, and nowhere else."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade, CascadeState, Drive, Values, balance, free
from windup.models.cascade.actions import UNTREATED

from ..arms import FULL_DOSE, constant_doses, drive_of, medians
from ..conftest import MODELS
from ..laboratory import run

DRIVE = drive_of(0.15, 0.02, 0.0)
CALCIUM = {"phosphorylated", "microglia", "nitration", "mnsod", "glutathione", "central"}
RELEASE = CALCIUM
# Strength of a drug: the states whose balance it changes, and whether it changes pain at once.
POINTS: dict[str, tuple[set[str], bool]] = {
    "gabapentin_insertion": ({"surface_receptors"}, False),
    "pregabalin_insertion": ({"surface_receptors"}, False),
    "magnesium_kinase": ({"phosphorylated"}, False),
    "magnesium_glutamate": (RELEASE, True),
    "magnesium_other": (CALCIUM, True),
    "capsaicin_input": ({"input"}, False),
    "curcumin_kinase": ({"phosphorylated"}, False),
    "curcumin_substance_p": ({"phosphorylated"}, False),
    "resveratrol_kinase": ({"phosphorylated"}, False),
    "omega3_microglia": ({"microglia"}, False),
    "omega3_kinase": ({"phosphorylated"}, False),
    "movement_input": ({"input"}, False),
    "movement_inhibition": ({"inhibition"}, False),
    "movement_substance_p": ({"phosphorylated"}, False),
    "resistance_inhibition": ({"inhibition"}, False),
    "resistance_alpha2delta1": ({"alpha2delta1"}, False),
    "pea_microglia": ({"microglia"}, False),
    "pea_astrocyte": ({"astrocytes"}, False),
    "ala_superoxide": ({"nitration", "mnsod", "glutathione"}, False),
    "ala_nitric_oxide": ({"nitration", "mnsod", "glutathione"}, False),
    "nac_glutathione": ({"glutathione"}, False),
    "nac_glutamate": (RELEASE, True),
    "nsaid_input": ({"input"}, False),
    "opioid_input": ({"input"}, False),
    "opioid_inhibition": (CALCIUM, True),
    "ketamine_block": (CALCIUM, True),
    "memantine_block": (CALCIUM, True),
}
# Balances that rise when a drug with a positive strength is given; all others fall.
RISING = {"glutathione", "inhibition"}


@pytest.fixture(scope="module")
def ill() -> CascadeState:
    """A patient after a year, with every slow exposure at its reference."""
    cascade = MODELS[0]
    found = run(cascade, medians(cascade), DRIVE)
    one = CascadeState(*(jnp.asarray(x[:1]) for x in found.at(0.0)))
    full = jnp.ones(1)
    return one._replace(
        capsaicin=full, omega3=full, training_aerobic=full, training_resistance=full, opioid_adaptation=full
    )


def target(state: CascadeState, values: Values, doses: dict[str, float]) -> dict[str, float]:
    cascade = Cascade()
    actions = cascade.actions(constant_doses(**doses), values)
    gate = cascade.gate(state, actions, DRIVE, values)
    gain, loss = balance(state, gate, actions, DRIVE, values)
    return {name: float(a[0] / b[0]) for name, a, b in zip(CascadeState._fields, gain, loss, strict=True)}


def pain(state: CascadeState, values: Values, doses: dict[str, float], drive: Drive = DRIVE) -> float:
    cascade = Cascade()
    return float(cascade.pain(state, cascade.actions(constant_doses(**doses), values), drive, values)[0])


def changed(ill: CascadeState, strength: str) -> dict[str, float]:
    with_drug = target(ill, medians(MODELS[0], **{strength: 0.5}), FULL_DOSE)
    without = target(ill, medians(MODELS[0]), FULL_DOSE)
    changes = {name: with_drug[name] - without[name] for name in with_drug}
    return {name: change for name, change in changes.items() if abs(change) > 1e-12}


def test_table_of_this_file_names_every_strength() -> None:
    strengths = {p.name for p in MODELS[0].parameters() if p.unit.startswith("log multiplier")}
    assert set(POINTS) == strengths


@pytest.mark.parametrize("strength", POINTS)
def test_drug_acts_on_its_points_and_nowhere_else(ill: CascadeState, strength: str) -> None:
    # MnSOD and glutathione follow peroxynitrite, so they are inside CALCIUM.
    assert set(changed(ill, strength)) == POINTS[strength][0]


@pytest.mark.parametrize("strength", POINTS)
def test_positive_strength_calms_its_point(ill: CascadeState, strength: str) -> None:
    changes = changed(ill, strength)
    direct = {name: change for name, change in changes.items() if name not in {"mnsod", "glutathione"}}
    direct = direct or changes
    assert {name for name, change in direct.items() if change > 0.0} == set(direct) & RISING


@pytest.mark.parametrize("strength", POINTS)
def test_pain_changes_at_once_only_through_the_gate_and_the_tone(ill: CascadeState, strength: str) -> None:
    at_once = pain(ill, medians(MODELS[0], **{strength: 0.5}), FULL_DOSE)
    without = pain(ill, medians(MODELS[0]), FULL_DOSE)
    assert (at_once < without - 1e-6) == POINTS[strength][1]
    assert at_once <= without


def test_without_doses_and_exposures_strengths_change_nothing(ill: CascadeState) -> None:
    none = jnp.zeros(1)
    clean = ill._replace(
        capsaicin=none, omega3=none, training_aerobic=none, training_resistance=none, opioid_adaptation=none
    )
    strong = medians(MODELS[0], **dict.fromkeys(POINTS, 0.5))
    assert target(clean, strong, {}) == target(clean, medians(MODELS[0]), {})


PAIRS = [
    ("gabapentin_bioavailable", "gabapentin_insertion", "pregabalin", "pregabalin_insertion", "insertion"),
    ("ketamine", "ketamine_block", "memantine", "memantine_block", "channel"),
    ("curcumin", "curcumin_kinase", "resveratrol", "resveratrol_kinase", "kinase"),
    ("magnesium_oral", "magnesium_glutamate", "nac", "nac_glutamate", "glutamate"),
    ("curcumin", "curcumin_substance_p", "exercise_aerobic", "movement_substance_p", "substance_p"),
]


@pytest.mark.parametrize(("one", "s_one", "two", "s_two", "point"), PAIRS, ids=lambda x: x)
def test_two_drugs_at_one_point_multiply(one: str, s_one: str, two: str, s_two: str, point: str) -> None:
    values = medians(MODELS[0], **{s_one: 0.4, s_two: 0.3})

    def multiplier(*drugs: str) -> Any:
        doses = constant_doses(**{drug: FULL_DOSE[drug] for drug in drugs})
        return getattr(MODELS[0].actions(doses, values), point)

    np.testing.assert_allclose(multiplier(one, two), multiplier(one) * multiplier(two), rtol=1e-14)
    np.testing.assert_allclose(multiplier(one), np.exp(-0.4), rtol=1e-14)


def test_nsaid_does_nothing_to_purely_central_pain() -> None:
    found = run(
        MODELS[0],
        medians(MODELS[0], nsaid_input=1.0),
        drive_of(central=0.15),
        [{}, {"nsaid": (1.0, 0.0, 364.0)}],
    )
    np.testing.assert_array_equal(found.pain[:, 0], found.pain[:, 1])


def test_nsaid_lowers_pain_with_a_peripheral_cause() -> None:
    found = run(MODELS[0], medians(MODELS[0], nsaid_input=1.0), DRIVE, [{}, {"nsaid": (1.0, 0.0, 364.0)}])
    placebo, nsaid = found.pain_at(28.0)[:2]
    assert nsaid < placebo - 0.1


def test_no_doses_act_as_untreated_whatever_the_strengths() -> None:
    cascade = Cascade()
    none = cascade.pharmacology.no_doses(jnp.zeros(()))
    strong = {p.name: 1.5 for p in free(cascade.parameters()) if p.is_strength}
    found = cascade.actions(none, medians(cascade, **strong))
    assert {name: float(x) for name, x in found._asdict().items()} == UNTREATED._asdict()
