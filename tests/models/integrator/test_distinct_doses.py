"""Claims about sets of doses: each is there once, and everyone takes the set that was asked for."""

import jax
import jax.numpy as jnp
import numpy as np

from windup.models import Doses
from windup.models.integrator.distinct_doses import distinct

DRUGS = tuple(f"drug_{number}" for number in range(19))


def doses_like(shape: tuple[int, ...], seed: int) -> Doses:
    """Doses of a few sizes."""
    generator = np.random.default_rng(seed)
    sizes = [0.0, 100.0, 300.0]
    return {drug: jnp.asarray(generator.choice(sizes, shape, p=[0.8, 0.1, 0.1])) for drug in DRUGS}


def test_every_place_takes_the_doses_that_were_asked_for() -> None:
    asked = doses_like((5, 3), 0), doses_like((7,), 1)
    sets, taken = distinct(*asked)
    for each, which in zip(asked, taken, strict=True):
        given = jax.tree.map(lambda dose, which=which: np.asarray(dose)[which], sets)
        for name, dose in each.items():
            np.testing.assert_array_equal(given[name], dose)


def pregabalin(*mg_per_day: float) -> Doses:
    return {"nsaid": jnp.zeros(len(mg_per_day)), "pregabalin": jnp.asarray(mg_per_day)}


def test_sets_that_differ_by_rounding_are_one() -> None:
    sets, _ = distinct(pregabalin(0.1 + 0.2, 0.3))
    assert len(sets["pregabalin"]) == 1


def test_doses_a_millionth_apart_are_two() -> None:
    sets, _ = distinct(pregabalin(0.3, 0.3 * (1.0 + 1e-6)))
    assert len(sets["pregabalin"]) == 2
