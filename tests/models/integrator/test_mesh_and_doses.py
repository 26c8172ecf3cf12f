"""Claims about meshes and dose-response curves."""

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import packaged_catalogue
from windup.models import (
    average_over_steps,
    fibres_lost,
    illness_mesh,
    saturating,
    trial_mesh,
)

GABAPENTIN = packaged_catalogue().drug("gabapentin")


@pytest.mark.parametrize("longest", [7.0, 42.0, 84.0, 365.0])
def test_trial_mesh_rises_from_0_to_at_least_the_last_visit(longest: float) -> None:
    nodes = trial_mesh(longest)
    assert nodes[0] == 0.0
    assert nodes[-2] < longest <= nodes[-1]
    assert np.all(np.diff(nodes) > 0.0)


def test_weeks_up_to_the_fourteenth_are_nodes() -> None:
    assert set(7.0 * np.arange(15)) <= set(trial_mesh(98.0))


def test_illness_mesh_ends_at_the_longest_illness() -> None:
    assert illness_mesh(365.0)[-1] == 365.0


@pytest.mark.parametrize(("first", "last"), [(0.0, 84.0), (3.0, 3.5), (10.0, 200.0)])
def test_amount_of_a_dose_is_kept_by_the_mesh(first: float, last: float) -> None:
    nodes = trial_mesh(364.0)
    assert average_over_steps(nodes, first, last) @ np.diff(nodes) == pytest.approx(last - first)


def test_dose_response_is_0_without_and_1_at_the_reference() -> None:
    response = saturating(jnp.array([0.0, 300.0]), 400.0, reference_dose=300.0)
    np.testing.assert_allclose(response, [0.0, 1.0], rtol=1e-14)


def test_dose_response_rises_and_saturates() -> None:
    response = saturating(jnp.array([150.0, 300.0, 600.0, 1e9]), 400.0, reference_dose=300.0)
    assert np.all(np.diff(response) > 0.0)
    assert float(response[-1]) == pytest.approx(700.0 / 300.0)


def test_gabapentin_is_absorbed_less_than_in_proportion() -> None:
    absorbed = np.array([GABAPENTIN.absorbed(dose, 3.0) for dose in (900.0, 1800.0, 3600.0)])
    np.testing.assert_allclose(
        absorbed / jnp.array([900.0, 1800.0, 3600.0]), 823 / np.array([1420, 1720, 2320])
    )


def test_small_doses_of_gabapentin_are_absorbed_as_was_seen_with_100_mg() -> None:
    assert GABAPENTIN.absorbed(1.0, 1.0) == pytest.approx(0.738, abs=0.005)


def test_second_patch_finds_fewer_fibres() -> None:
    first, second = float(fibres_lost(jnp.array(3.0))), float(fibres_lost(jnp.array(6.0)))
    assert second - first < 0.1 * first


def test_reference_doses_are_given_for_every_drug_but_the_patch() -> None:
    assert [drug.name for drug in packaged_catalogue().drugs if drug.reference_dose is None] == [
        "capsaicin_patch"
    ]
