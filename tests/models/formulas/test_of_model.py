"""Claims about the formulas of pain models: they are the model's own equations, whatever the model."""

from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from windup.models import (
    Cascade,
    Drive,
    ModelFormulas,
    NoFormula,
    PainModel,
    PlaceboOnly,
    SingleLoop,
    TimeCourse,
    Turnover,
    model_formulas,
)
from windup.models.core.wrapped import Wrapped

from ..arms import FULL_DOSE, one_draw, prior_draws
from .reading import values_of_formulas

MODELS = (Cascade(), Turnover(), SingleLoop(), TimeCourse(), PlaceboOnly())
OUTPUTS = ("pain", "serum_magnesium_mmol_per_L", "csf_magnesium_mmol_per_L")
_POINTS = 5


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.name)
def pair(request: pytest.FixtureRequest) -> tuple[PainModel[Any, Any], ModelFormulas]:
    return request.param, model_formulas(request.param)


def test_formulas_have_the_values_of_the_model_at_random_points(
    pair: tuple[PainModel[Any, Any], ModelFormulas],
) -> None:
    model, formulas = pair
    draws, rng = prior_draws(model, _POINTS), np.random.default_rng(4)

    @jax.jit
    def wanted(state: Any, drive: Drive, doses: Any, values: Any) -> Any:
        actions = model.actions(doses, values)
        outputs = [
            model.pain(state, actions, drive, values),
            model.serum_magnesium_mmol_per_L(state, values),
            model.csf_magnesium_mmol_per_L(state, values),
        ]
        return model.derivative(state, actions, drive, values), outputs

    for point in range(_POINTS):
        values = one_draw(draws, point)
        # A stage of a solver may leave the range of a state: some are negative.
        state = type(model.healthy(jnp.zeros(())))(*rng.uniform(-0.1, 0.9, len(formulas.states)))
        drive = Drive(*rng.uniform(0.1, 2.0, len(Drive._fields)))
        doses = {column: dose * rng.uniform(0.0, 2.0) for column, dose in FULL_DOSE.items()}
        rates, outputs = wanted(state, drive, doses, values)
        given = {
            **{name: float(value) for name, value in values.items()},
            **{name: getattr(drive, field) for field, name in formulas.drives.items()},
            **{name: doses[column] for column, name in formulas.doses.items()},
            **state._asdict(),
        }
        found = values_of_formulas(formulas.rules, given)
        changes = values_of_formulas(
            [each._replace(name=f"rate {each.name}") for each in formulas.rates], found
        )
        for name, value in rates._asdict().items():
            assert changes[f"rate {name}"] == pytest.approx(float(value), rel=1e-11, abs=1e-12), name
        for name, value in zip(OUTPUTS, outputs, strict=True):
            assert found[name] == pytest.approx(float(value), rel=1e-11, abs=1e-12), name


def test_every_name_in_a_formula_is_explained_once(pair: tuple[PainModel[Any, Any], ModelFormulas]) -> None:
    _, formulas = pair
    names = [
        *(each.name for each in formulas.parameters),
        *formulas.doses.values(),
        *formulas.drives.values(),
        *formulas.states,
        *(each.name for each in formulas.rules),
    ]
    assert len(names) == len(set(names))
    values_of_formulas(formulas.rules, dict.fromkeys(names, 0.5))


def test_every_parameter_of_a_mechanism_is_in_its_formulas(
    pair: tuple[PainModel[Any, Any], ModelFormulas],
) -> None:
    model, formulas = pair
    left = {each.name for each in model.parameters()} - {each.name for each in formulas.parameters}
    # Without an effect of drugs half of their effect has no dose.
    assert all(name.endswith("_half_dose") for name in left)
    assert not left or isinstance(model, PlaceboOnly | Turnover | SingleLoop | TimeCourse)


def test_quantities_of_the_cascade_have_the_names_of_its_docstrings() -> None:
    names = {each.name for each in model_formulas(Cascade()).rules}
    assert {"net_activity", "gate_calcium", "gain_microglia", "loss_mnsod", "action_kinase"} <= names


def test_a_model_in_another_one_is_written_alike() -> None:
    @final
    class Same(Wrapped):
        """Nothing else."""

        def parameters(self) -> Any:
            return self._model.parameters()

    assert model_formulas(Same(Turnover())) == model_formulas(Turnover())


def test_part_of_a_model_that_no_formula_can_say_is_named() -> None:
    @final
    class Odd(Wrapped):
        """Pain through a function that SBML does not have."""

        def parameters(self) -> Any:
            return self._model.parameters()

        def pain(self, *args: Any) -> Any:
            return jax.scipy.special.erf(self._model.pain(*args))

    with pytest.raises(NoFormula, match=r"'erf' has no formula \(.*test_of_model.py, line \d+, in .*pain\)"):
        model_formulas(Odd(Turnover()))
