"""Claims about doses that no table gives, and about doses that were adjusted to patients."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import packaged_catalogue, packaged_trials
from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.design.exposure import Exposure

from ...datasets.tiny import Tables
from ..designs import tables_of, trials_of

LATENT = Exposure(latent_doses=True)
PREGABALIN = packaged_catalogue().drug("pregabalin").usual_doses("oral")
UNKNOWN = {"dose_per_administration": "", "dose_unit": "", "administrations_per_day": ""}
KNOWN = {"dose_per_administration": "150", "dose_unit": "mg", "administrations_per_day": "2"}
FLEXIBLE = {
    "dose_per_administration": "375",
    "dose_unit": "mg/day",
    "administrations_per_day": "",
    "dose_low": "150",
    "dose_high": "600",
}


def tables(**arms: list[dict[str, str]]) -> Tables:
    """One study whose arms have the given phases of pregabalin."""
    whole = tables_of({}, *arms)
    template = {**whole["dosing.csv"][0], "drug": "pregabalin", "substance": "pregabalin", "dose_low": ""}
    template |= {"dose_high": ""} | UNKNOWN
    whole["dosing.csv"] = [
        template | {"arm_id": arm} | phase for arm, phases in arms.items() for phase in phases
    ]
    return whole


def design(folder: Path, exposure: Exposure = LATENT, **arms: list[dict[str, str]]) -> Design:
    return build_design(trials_of(folder, tables(**arms)), exposure=exposure)


def doses(of: Design, z: float) -> np.ndarray:
    """Doses of pregabalin in every step and arm where all unknowns are ``z``."""
    factors = np.asarray(of.dose_latents.factors(jnp.full(len(of.dose_latents.label), z)))
    moved = sum((f - 1.0) * part for f, part in zip(factors, of.schedule.uncertain.doses, strict=True))
    return np.asarray(of.schedule.doses["pregabalin"] + moved)


def test_dose_that_is_not_stated_lies_around_the_usual_one(tmp_path: Path) -> None:
    found = design(tmp_path, drug=[UNKNOWN])
    assert found.dose_latents.label == ("alpha/pregabalin",)
    for z in (-1.0, 0.0, 2.0):
        assert doses(found, z).max() == pytest.approx(PREGABALIN.median * np.exp(PREGABALIN.log_sd * z))


@pytest.mark.parametrize("z", [-30.0, -2.0, 0.7, 30.0])
def test_dose_that_was_adjusted_stays_between_its_limits(tmp_path: Path, z: float) -> None:
    given = doses(design(tmp_path, drug=[FLEXIBLE]), z).max()
    assert 150.0 - 1e-9 <= given <= 600.0 + 1e-9


def test_dose_that_was_adjusted_is_log_uniform_between_its_limits(tmp_path: Path) -> None:
    found = design(tmp_path, drug=[FLEXIBLE])
    z = np.random.default_rng(0).standard_normal(400)
    logs = np.log([doses(found, each).max() for each in z])
    # Mean and SD of a uniform distribution; Monte Carlo errors are 0.02 and 0.012.
    assert logs.mean() == pytest.approx(np.log(300.0), abs=0.08)
    assert logs.std() == pytest.approx(np.log(4.0) / np.sqrt(12.0), abs=0.05)


def test_limits_of_gabapentin_count_what_is_absorbed(tmp_path: Path) -> None:
    gabapentin = packaged_catalogue().drug("gabapentin")
    limits = {"drug": "gabapentin", "dose_per_administration": "600", "dose_unit": "mg", "dose_low": "400"}
    limits |= {"administrations_per_day": "3", "dose_high": "800"}
    found = design(tmp_path, drug=[limits])
    low, high = gabapentin.absorbed(1200.0, 3.0), gabapentin.absorbed(2400.0, 3.0)
    assert found.dose_latents.log_range.tolist() == pytest.approx([np.log(high / low)])
    assert found.schedule.doses["gabapentin_bioavailable"].max() == pytest.approx(np.sqrt(low * high))


def test_known_phase_beside_an_unknown_one_is_not_scaled(tmp_path: Path) -> None:
    found = design(tmp_path, drug=[KNOWN | {"end_week": "4"}, {"start_week": "4"}])
    before = found.schedule.trial_days[1:] <= 28.0
    np.testing.assert_allclose(doses(found, 1.5)[before], 300.0)
    assert doses(found, 1.5)[~before].max() > 310.0


def test_phases_and_arms_of_one_substance_share_an_unknown(tmp_path: Path) -> None:
    phases = [{"end_week": "4"}, FLEXIBLE | {"start_week": "4"}]
    found = design(tmp_path, drug=phases, other=[UNKNOWN])
    assert found.dose_latents.label == ("alpha/pregabalin",)
    assert found.dose_latents.of_part.tolist() == [0, 0]
    assert len(found.schedule.uncertain.doses) == 2


def test_two_substances_of_one_drug_have_unknowns_of_their_own(tmp_path: Path) -> None:
    found = design(tmp_path, low=[{"substance": "extract B"}], high=[{"substance": "extract A"}])
    assert found.dose_latents.label == ("alpha/pregabalin/extract a", "alpha/pregabalin/extract b")
    assert found.dose_latents.of_part.tolist() == [0, 1]


@pytest.mark.parametrize("change", [reversed, sorted])
def test_unknowns_do_not_depend_on_the_order_of_the_table(tmp_path: Path, change: Callable[..., Any]) -> None:
    arms = {"a": [{"substance": "x"}, KNOWN | {"start_week": "8", "end_week": "9"}], "b": [FLEXIBLE]}
    first = tables(**arms)
    key = None if change is reversed else {"key": lambda row: row["arm_id"] + row["substance"]}
    other = first | {"dosing.csv": list(change(first["dosing.csv"], **(key or {})))}
    found = []
    for number, each in enumerate((first, other)):
        (tmp_path / str(number)).mkdir()
        found.append(build_design(trials_of(tmp_path / str(number), each), exposure=LATENT))
    assert found[0].dose_latents.label == found[1].dose_latents.label
    for before, after in zip(
        found[0].schedule.uncertain.doses, found[1].schedule.uncertain.doses, strict=True
    ):
        np.testing.assert_allclose(before, after)


def test_no_dose_is_an_unknown_unless_it_is_asked_for(tmp_path: Path) -> None:
    found = design(tmp_path, Exposure(), drug=[UNKNOWN], other=[FLEXIBLE])
    assert (found.dose_latents.label, found.schedule.uncertain.column) == ((), ())
    given = found.schedule.doses["pregabalin"].max(axis=0)
    assert given.tolist() == pytest.approx([packaged_catalogue().drug("pregabalin").reference_dose, 375.0])


def test_every_packaged_arm_without_a_dose_has_an_unknown_and_no_other_arm_has() -> None:
    trials = packaged_trials()
    found = build_design(trials, exposure=LATENT)
    drugs = trials.catalogue.drug_by_name
    given = trials.dosing[trials.dosing["drug"].isin(drugs)]
    counted = {name for name, drug in drugs.items() if drug.is_counted}
    open_ = given[(given["daily_dose"].isna() | (given["daily_low"] < given["daily_high"]))]
    open_ = open_[~open_["drug"].isin(counted)]
    wanted = {f"{study}/{arm}" for study, arm in zip(open_["study_id"], open_["arm_id"], strict=True)}
    have = np.any([part.any(axis=0) for part in found.schedule.uncertain.doses], axis=0)
    assert {arm for arm, has in zip(found.arms, have, strict=True) if has} == wanted & {*found.arms}
    assert found.arm_drugs == build_design(trials).arm_drugs
