"""Claims about a drug that a user adds to a model."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import Cascade, Doses, PainModel, SingleLoop, TimeCourse, Turnover, WithDrug


def doses(own: float) -> Doses:
    return Doses(*(jnp.full(1, own if name == "own" else 0.0) for name in Doses._fields))


def medians(model: PainModel[Any, Any]) -> dict[str, Any]:
    return {parameter.name: jnp.asarray(parameter.location) for parameter in model.parameters()}


def test_usual_dose_multiplies_its_target_by_exp_of_minus_the_strength_and_nothing_else() -> None:
    model = WithDrug(Cascade(), "microglia")
    values = medians(model) | {"own_microglia": jnp.asarray(0.7)}
    before, after = (model.actions(doses(dose), values)._asdict() for dose in (0.0, 1.0))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"microglia"}
    np.testing.assert_allclose(after["microglia"], np.exp(-0.7), rtol=1e-6)


def test_drug_that_raises_its_target_multiplies_it_by_exp_of_the_strength() -> None:
    model = WithDrug(Cascade(), "glutathione", raises=True)
    values = medians(model) | {"own_glutathione": jnp.asarray(0.3)}
    np.testing.assert_allclose(model.actions(doses(1.0), values).glutathione, np.exp(0.3), rtol=1e-6)


def test_without_a_mechanism_the_usual_dose_takes_its_strength_in_points_off() -> None:
    model = WithDrug(TimeCourse(), "relief")
    values = medians(model) | {"own_relief": jnp.asarray(1.2)}
    np.testing.assert_allclose(model.actions(doses(1.0), values).relief, 1.2, rtol=1e-6)
    # E_max: four times the dose does 1.6 times as much.
    np.testing.assert_allclose(model.actions(doses(4.0), values).relief, 1.6 * 1.2, rtol=1e-6)


@pytest.mark.parametrize("model", [Cascade(), Turnover(), SingleLoop()], ids=lambda model: model.name)
def test_a_point_of_action_that_the_model_lacks_is_refused_with_those_it_has(model: Any) -> None:
    with pytest.raises(ValueError, match=rf"no point of action of '{model.name}'; use .*input"):
        WithDrug(model, "spinal_gate")


def test_its_prior_is_centred_at_no_effect_and_says_that_it_is_experts() -> None:
    strength = WithDrug(Cascade(), "kinase").parameters()[-1]
    assert (strength.location, strength.family) == (0.0, "normal")
    assert strength.source.startswith("expert")
    assert strength.is_strength
