"""Claims about glia, nitroxidative stress, inhibition, training, omega-3 and channel blockers over time."""

import numpy as np
import pytest

from windup.models import Cascade

from ..arms import Regimen, drive_of, medians
from ..laboratory import ILLNESS_DAYS, TRIAL_DAYS, Run, run

DRIVE = drive_of(0.1)


def always(**doses: float) -> Regimen:
    return {drug: (dose, 0.0, 364.0) for drug, dose in doses.items()}


def against_placebo(cascade: Cascade, regimen: Regimen, **changes: float) -> Run:
    return run(cascade, medians(cascade, **changes), DRIVE, [{}, regimen])


@pytest.fixture(scope="module")
def illness(cascade: Cascade) -> Run:
    return run(cascade, medians(cascade), drive_of(0.5, 0.0, 2.0))


def half_time(days: np.ndarray, course: np.ndarray) -> float:
    rising = slice(int(np.argmax(course)) + 1)
    return float(np.interp(0.5, course[rising] / course.max(), days[rising]))


def test_microglia_rise_before_astrocytes(illness: Run) -> None:
    microglia, astrocytes = (
        half_time(ILLNESS_DAYS, np.asarray(x[:, 0]))
        for x in (illness.illness.microglia, illness.illness.astrocytes)
    )
    assert microglia < astrocytes


def test_clearance_falls_in_illness(illness: Run) -> None:
    assert float(illness.at(0.0).clearance[0]) < 0.9


def test_mitochondria_mnsod_and_glutathione_are_worn_down_in_illness(illness: Run) -> None:
    end = illness.at(0.0)
    assert max(end.mitochondria[0], end.mnsod[0], end.glutathione[0]) < 0.99


def test_chronic_drive_erodes_inhibition(illness: Run) -> None:
    end = illness.at(0.0)
    np.testing.assert_allclose(end.inhibition[0], 1.0 / (1.0 + 0.3 * end.central[0]), rtol=0.02)
    assert end.inhibition[0] < 0.9


@pytest.mark.parametrize(
    ("drug", "strength", "state", "rises"),
    [
        ({"pea": 600.0}, "pea_microglia", "microglia", False),
        ({"pea": 600.0}, "pea_astrocyte", "astrocytes", False),
        ({"omega3": 2000.0}, "omega3_microglia", "microglia", False),
        ({"ala": 600.0}, "ala_superoxide", "nitration", False),
        ({"ala": 600.0}, "ala_nitric_oxide", "nitration", False),
        ({"nac": 1200.0}, "nac_glutathione", "glutathione", True),
        ({"nac": 1200.0}, "nac_glutathione", "nitration", False),
        ({"nac": 1200.0}, "nac_glutathione", "mitochondria", True),
        ({"ala": 600.0}, "ala_superoxide", "mnsod", True),
        ({"curcumin": 1000.0}, "curcumin_kinase", "phosphorylated", False),
        ({"resveratrol": 500.0}, "resveratrol_kinase", "phosphorylated", False),
        ({"omega3": 2000.0}, "omega3_kinase", "phosphorylated", False),
        ({"magnesium_oral": 300.0}, "magnesium_kinase", "phosphorylated", False),
        ({"exercise_aerobic": 3.0}, "movement_inhibition", "inhibition", True),
        ({"exercise_aerobic": 3.0}, "movement_input", "input", False),
        ({"exercise_resistance": 3.0}, "resistance_inhibition", "inhibition", True),
        ({"exercise_resistance": 3.0}, "resistance_alpha2delta1", "alpha2delta1", False),
        ({"memantine": 20.0}, "memantine_block", "central", False),
    ],
    ids=lambda x: "-".join(x) if isinstance(x, dict) else str(x),
)
def test_drug_moves_its_state_and_lowers_pain(
    cascade: Cascade, drug: dict[str, float], strength: str, state: str, rises: bool
) -> None:
    found = against_placebo(cascade, always(**drug), **{strength: 0.7})
    placebo, treated = getattr(found.at(98.0), state)[:2]
    assert (treated > placebo) == rises
    assert found.pain_at(98.0)[1] < found.pain_at(98.0)[0]


def test_pea_lowers_the_co_agonist(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(pea=600.0), pea_microglia=0.7)
    placebo, treated = found.at(98.0).astrocytes[:2]
    assert treated < 0.9 * placebo


def test_astrocytes_stay_a_fraction_even_where_pea_harms(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(pea=1200.0), pea_astrocyte=-3.0)
    assert float(np.max(found.trial.astrocytes)) <= 1.0


def test_omega3_builds_up_with_its_own_time_constant(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(omega3=2000.0), omega3_time=40.0)
    np.testing.assert_allclose(found.trial.omega3[:, 1], 1.0 - np.exp(-TRIAL_DAYS / 40.0), rtol=1e-10)


def test_effect_of_omega3_grows_from_one_month_to_six(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(omega3=2000.0), omega3_microglia=1.0)
    effect = [float(np.subtract(*found.pain_at(day)[:2])) for day in (7.0, 28.0, 182.0)]
    assert 5.0 * effect[0] < effect[1] < effect[2]


def test_movement_changes_the_input_slowly(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(exercise_aerobic=3.0), movement_input=0.5, training_time=28.0)
    ratio = [float(np.divide(*found.at(day).input[1::-1])) for day in (2.0, 28.0, 364.0)]
    assert ratio[0] > 0.95
    np.testing.assert_allclose(ratio[2], np.exp(-0.5), rtol=1e-3)
    assert ratio[2] < ratio[1] < ratio[0]


def test_resistance_training_leaves_alpha2delta1_alone_by_default(cascade: Cascade) -> None:
    found = against_placebo(cascade, always(exercise_resistance=3.0), resistance_inhibition=0.5)
    placebo, trained = found.at(364.0).alpha2delta1[:2]
    np.testing.assert_allclose(trained, placebo, rtol=1e-9)


def ketamine(cascade: Cascade, central_days: float) -> Run:
    """Four days of full block in a patient whose pain is kept up by the slow central state."""
    return against_placebo(
        cascade,
        {"ketamine": (350.0, 0.0, 4.0)},
        ketamine_block=3.0,
        central_time=central_days,
        central_activity=0.8,
    )


def test_relief_by_ketamine_outlasts_its_block(cascade: Cascade) -> None:
    found = ketamine(cascade, 16.0)
    assert found.pain_at(10.5)[0] - found.pain_at(10.5)[1] > 0.1


def test_pain_relapses_after_ketamine(cascade: Cascade) -> None:
    found = ketamine(cascade, 16.0)
    on, late = (float(np.subtract(*found.pain_at(day)[:2])) for day in (4.0, 182.0))
    assert late < 0.15 * on


def test_relapse_after_ketamine_is_slower_with_a_slower_central_state(cascade: Cascade) -> None:
    def recovered(central_days: float) -> float:
        """Share of what the block took from the central state that is back ten days later."""
        found = ketamine(cascade, central_days)
        lost = [float(np.subtract(*found.at(day).central[:2])) for day in (4.0, 14.0)]
        return 1.0 - lost[1] / lost[0]

    assert recovered(30.0) < 0.8 * recovered(8.0)


def test_nitration_feeds_the_kinase_and_lowers_clearance(cascade: Cascade) -> None:
    coupled, uncoupled = (
        run(cascade, medians(cascade, kinase_from_nitration=k, clearance_loss_nitration=k), DRIVE).at(0.0)
        for k in (1.0, 0.0)
    )
    assert coupled.phosphorylated[0] > uncoupled.phosphorylated[0]
    assert coupled.clearance[0] < uncoupled.clearance[0]


def test_substance_p_raises_phosphorylation(cascade: Cascade) -> None:
    with_it, without = (
        run(cascade, medians(cascade, kinase_from_substance_p=k), DRIVE).at(0.0) for k in (0.5, 0.0)
    )
    assert with_it.phosphorylated[0] > without.phosphorylated[0]


def test_injury_heals_exponentially(cascade: Cascade) -> None:
    found = run(cascade, medians(cascade, injury_healing_time=30.0), drive_of(injury=2.0))
    np.testing.assert_allclose(
        found.illness.injury[:, 0], 2.0 * np.exp(-ILLNESS_DAYS / 30.0), rtol=1e-9, atol=1e-15
    )
