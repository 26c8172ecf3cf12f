"""Claims about drugs that a user's tables add to the models."""

from typing import Any, final

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import Action, Catalogue, DataFaults, Drug, packaged_catalogue
from windup.models import BurdenModel, Cascade, PainModel, PlaceboOnly, SingleLoop, TimeCourse, Turnover

MODELS = (Cascade, Turnover, SingleLoop, TimeCourse, PlaceboOnly)
AMANTADINE = Drug("amantadine", "amantadine", "mg/day", 200.0)


def catalogue(*actions: Action, drug: Drug = AMANTADINE) -> Catalogue:
    return packaged_catalogue().joined(Catalogue((drug,), (), actions, (), (), ()))


def acts(model: str, target: str, sign: Any = "lowers", **more: Any) -> Action:
    strength = "" if sign == "feeds" else f"amantadine_{target}"
    return Action((model,), ("amantadine",), more.pop("through", "dose"), target, sign, strength, 0.5, **more)


def doses(model: PainModel[Any, Any], amount: float) -> Any:
    return model.pharmacology.no_doses(jnp.zeros(1)) | {"amantadine": jnp.full(1, amount)}


def medians(model: PainModel[Any, Any]) -> dict[str, Any]:
    return {parameter.name: jnp.asarray(parameter.location) for parameter in model.parameters()}


def test_reference_dose_multiplies_its_target_by_exp_of_minus_the_strength_and_nothing_else() -> None:
    model = Cascade(catalogue(acts("cascade", "microglia")))
    values = medians(model) | {"amantadine_microglia": jnp.asarray(0.7)}
    before, after = (model.actions(doses(model, dose), values)._asdict() for dose in (0.0, 200.0))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"microglia"}
    np.testing.assert_allclose(after["microglia"], np.exp(-0.7), rtol=1e-6)


def test_drug_that_raises_its_target_multiplies_it_by_exp_of_the_strength() -> None:
    model = Cascade(catalogue(acts("cascade", "glutathione", "raises")))
    values = medians(model) | {"amantadine_glutathione": jnp.asarray(0.3)}
    np.testing.assert_allclose(model.actions(doses(model, 200.0), values).glutathione, np.exp(0.3), rtol=1e-6)


def test_drug_that_feeds_a_slow_state_drives_it_with_its_relative_dose() -> None:
    model = Cascade(catalogue(acts("cascade", "opioid", "feeds")))
    np.testing.assert_allclose(model.actions(doses(model, 200.0), medians(model)).opioid, 1.0, rtol=1e-12)


def test_without_a_mechanism_the_reference_dose_takes_its_strength_in_points_off() -> None:
    model = TimeCourse(catalogue(acts("cascade", "channel")))
    values = medians(model) | {"amantadine_relief": jnp.asarray(1.2)}
    np.testing.assert_allclose(model.actions(doses(model, 200.0), values).relief, 1.2, rtol=1e-6)
    # E_max: four times the dose does 1.6 times as much.
    np.testing.assert_allclose(model.actions(doses(model, 800.0), values).relief, 1.6 * 1.2, rtol=1e-6)


def test_fitted_half_dose_of_an_own_drug_is_a_parameter_with_its_prior() -> None:
    drug = Drug(
        "amantadine", "amantadine", "mg/day", 200.0, half_dose=150.0, half_dose_log_sd=0.4,
        half_dose_source="expert: a guess",
    )  # fmt: skip
    model = Turnover(catalogue(drug=drug))
    row = next(p for p in model.parameters() if p.name == "amantadine_half_dose")
    assert (row.family, row.location, row.prior_scale) == ("lognormal", 150.0, 0.4)
    values = medians(model) | {"amantadine_input": jnp.asarray(1.0)}
    expected = np.exp(-(300.0 / 450.0) * (350.0 / 200.0))
    np.testing.assert_allclose(model.actions(doses(model, 300.0), values).input, expected, rtol=1e-6)


@pytest.mark.parametrize("model", [Turnover, SingleLoop, TimeCourse], ids=lambda each: each.name)
def test_simple_model_has_a_strength_for_a_drug_that_no_action_names(model: Any) -> None:
    made = model(catalogue(acts("cascade", "channel")))
    (strength,) = (p for p in made.parameters() if p.name.startswith("amantadine"))
    assert strength.is_strength
    assert (strength.family, strength.location) == ("normal", 0.0)
    assert strength.source.startswith("expert")


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.name)
def test_packaged_drugs_keep_their_actions_whatever_is_added(model: Any) -> None:
    without, made = model(), model(catalogue(acts("cascade", "channel")))
    values = medians(without) | medians(made)
    amounts = without.pharmacology.no_doses(jnp.zeros(1)) | {"pregabalin": jnp.full(1, 300.0)}
    before = without.actions(amounts, values)
    after = made.actions(amounts | {"amantadine": jnp.zeros(1)}, values)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_array_equal(one, other)


@final
class Renamed(BurdenModel):
    """A user's model of a burden; turnover under another name."""

    name = "renamed"
    loops = ()

    def parameters(self) -> Any:
        return self.shared_parameters()

    def returned(self, burden: Any, values: Any) -> Any:
        return jnp.zeros_like(burden)

    def loop_gains(self, values: Any) -> Any:
        return jnp.zeros(0), jnp.zeros(())


def test_a_row_for_a_users_model_leaves_the_actions_of_all_other_drugs_as_they_were() -> None:
    rows = catalogue(acts("cascade", "channel"), acts("renamed", "input"))
    before = {p.name: p for p in Turnover().parameters()}
    after = {p.name: p for p in Renamed(rows).parameters()}
    assert {name: after[name] for name in before} == before
    assert after["amantadine_input"].prior_scale == 0.5
    assert sum(action.sign == "feeds" for action in Renamed(rows).pharmacology.actions) == 1


def test_every_fault_of_the_actions_is_named_with_what_to_do() -> None:
    wrong = (
        acts("cascade", "spinal_gate"),
        acts("cascade", "omega4", "feeds"),
        acts("cascade", "kinase", through="omega3"),
    )
    with pytest.raises(DataFaults) as caught:
        Cascade(catalogue(*wrong))
    told = str(caught.value)
    assert "'spinal_gate' of 'amantadine' is no point of action of the model 'cascade'" in told
    assert "'omega4' of 'amantadine' is no slow state of the model 'cascade'. Did you mean 'omega3'?" in told
    assert "'amantadine' is to act through 'omega3'" in told


def test_drug_without_an_action_in_the_cascade_is_a_fault_that_lists_the_points() -> None:
    with pytest.raises(DataFaults, match=r"'amantadine' acts nowhere in the model 'cascade'.*insertion"):
        Cascade(catalogue())
