"""Claims about the doses of an arm: amounts, borders, units and the build-up of deviations."""

import numpy as np
import pytest

from windup.datasets import packaged_catalogue
from windup.fit.design.doses import DEVIATION_DAYS, ArmDoses
from windup.models import trial_mesh

from .dosed import arm

NODES = trial_mesh(98.0)
DAYS = np.diff(NODES)
CATALOGUE = packaged_catalogue()
COLUMNS = CATALOGUE.dose_columns


def amount(doses: ArmDoses, field: str) -> float:
    return float(doses.on_mesh(NODES, COLUMNS)[field] @ DAYS)


@pytest.mark.parametrize(("start", "end"), [(0.0, 8.0), (0.3, 5.17), (2.0, 2.9)])
def test_phase_on_the_mesh_keeps_its_amount(start: float, end: float) -> None:
    assert amount(arm({"start_week": start, "end_week": end}), "pregabalin") == pytest.approx(
        300.0 * 7.0 * (end - start)
    )


def test_single_administration_is_spread_over_one_day() -> None:
    single = arm({"drug": "capsaicin_patch", "daily_dose": 1.0, "end_week": 0.0})
    assert amount(single, "capsaicin_patch") == pytest.approx(1.0)
    assert single.on_mesh(NODES, COLUMNS)["capsaicin_patch"][NODES[1:] > 1.0].sum() == 0.0


def test_dose_that_is_not_stated_is_the_reference_dose() -> None:
    assert arm({"daily_dose": np.nan}).phases[0].dose == CATALOGUE.drug("pregabalin").reference_dose


def test_gabapentin_that_is_not_stated_is_the_absorbed_reference_dose() -> None:
    phase = arm({"drug": "gabapentin", "daily_dose": np.nan}).phases[0]
    reference = CATALOGUE.drug("gabapentin").reference_dose
    assert (phase.column, phase.dose) == ("gabapentin_bioavailable", reference)


@pytest.mark.parametrize(("times", "single"), [(2.0, 900.0), (np.nan, 600.0)])
def test_gabapentin_counts_what_is_absorbed_of_a_single_dose(times: float, single: float) -> None:
    phase = arm({"drug": "gabapentin", "daily_dose": 1800.0, "administrations_per_day": times}).phases[0]
    assert phase.dose == pytest.approx(1800.0 * 823.0 / (1120.0 + single), rel=1e-6)


@pytest.mark.parametrize(
    ("route", "field"),
    [("iv", "magnesium_intravenous"), ("im", "magnesium_intravenous"), ("oral", "magnesium_oral")],
)
def test_magnesium_is_told_apart_by_its_route(route: str, field: str) -> None:
    assert arm({"drug": "magnesium", "route": route}).phases[0].column == field


def test_placebo_is_no_drug_and_not_untreated() -> None:
    placebo = arm({"drug": "placebo"})
    assert (placebo.drugs, placebo.untreated) == ((), False)


def test_arm_that_gets_nothing_is_untreated() -> None:
    assert arm({"drug": "none"}, {"drug": "none", "start_week": 8.0, "end_week": 9.0}).untreated


def test_phases_run_from_the_origin_of_the_arm() -> None:
    phase = arm({"start_week": -6.0, "end_week": 13.0}, origin_week=-6.0).phases[0]
    assert (phase.start_day, phase.end_day) == (0.0, 133.0)


def test_load_builds_up_and_fades_with_its_time_constant() -> None:
    given = arm({"end_week": 8.0})
    on, off = (given.drug_load(("pregabalin",), day, 3)[0] for day in (56.0, 70.0))
    assert on == pytest.approx(1.0 - np.exp(-56.0 / DEVIATION_DAYS))
    assert off == pytest.approx(on * np.exp(-14.0 / DEVIATION_DAYS))


def test_load_is_0_before_the_first_dose() -> None:
    assert arm({"start_week": 2.0}).drug_load(("pregabalin",), 14.0, 3).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("day", [3.0, 20.0, 40.0, 90.0])
def test_load_of_a_titration_is_that_of_one_phase(day: float) -> None:
    whole = arm({"end_week": 8.0})
    steps = arm({"end_week": 2.0, "daily_dose": 150.0}, {"start_week": 2.0, "end_week": 8.0})
    drugs = ("pregabalin",)
    np.testing.assert_allclose(steps.drug_load(drugs, day, 3), whole.drug_load(drugs, day, 3))


def test_loads_of_two_drugs_stand_in_their_own_columns() -> None:
    both = arm({}, {"drug": "nsaid", "start_week": 4.0})
    load = both.drug_load(("nsaid", "pregabalin"), 42.0, 3)
    np.testing.assert_allclose(load, [*-np.expm1(np.array([-14.0, -42.0]) / DEVIATION_DAYS), 0.0])
