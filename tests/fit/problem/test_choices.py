"""Claims about priors and fixed values of settings: the density of a fit is the packaged one, conditioned."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from numpyro import distributions as dist
from numpyro import handlers
from numpyro.infer.util import log_density

from windup.datasets import load_trials, packaged_catalogue, packaged_trials
from windup.fit import Prior, Settings, SettingsFaults
from windup.fit.design.arrays import DISPERSION_CLASSES
from windup.fit.design.subset import some_studies
from windup.fit.problem.build import model_named, problem_of
from windup.fit.problem.choices import chosen_priors
from windup.fit.problem.model import _leverages, evaluate_sites, posterior_model, sample_sites
from windup.fit.problem.problem import Problem
from windup.fit.problem.target import build_target, fingerprint_of, prior_draw
from windup.models import Cascade, SingleLoop, leverages_of

from ...datasets.tiny import tiny_tables, write_tables

TRIALS = some_studies(packaged_trials(blocks=()), 6)
FIXED = {
    "relief_time": 9.0,
    "csf_magnesium_gain": 0.3,
    "placebo_time": 11.0,
    "untreated_share": 0.4,
    "log_patient_sd[change]": 0.6,
    "patient_sd_spread": 0.25,
}


def problem(model: str, **choices: Any) -> Problem:
    return problem_of(TRIALS, Settings.from_preset(model=model, **choices))


def drawn(of: Problem, seed: int = 3) -> dict[str, Any]:
    """Sites of one draw from the prior; responses of drugs at 0.1."""
    with handlers.trace() as trace, handlers.seed(rng_seed=seed):
        sites = sample_sites(of)
    assert set(sites) <= set(trace)
    return sites | {drug.site: jnp.asarray(0.1) for drug in of.responding}


def density(of: Problem, sites: dict[str, Any]) -> float:
    found: float = jax.jit(lambda x: log_density(posterior_model, (of,), {}, x)[0])(sites).item()
    return found


def test_fixing_is_conditioning_by_numpyros_own_density() -> None:
    free, fixed = problem("time_course"), problem("time_course", fixed=FIXED)
    sites = drawn(fixed)
    with handlers.trace() as trace, handlers.seed(rng_seed=0):
        sample_sites(free)
    place = DISPERSION_CLASSES.index("change")
    sd = jnp.insert(sites["log_patient_sd"], place, FIXED["log_patient_sd[change]"])
    values = {name: jnp.asarray(value) for name, value in FIXED.items() if "[" not in name}
    values["patient_sd_spread"] = jnp.full(sd.shape, FIXED["patient_sd_spread"])
    whole = {**sites, **values, "log_patient_sd": sd}
    constant = sum(trace[name]["fn"].log_prob(value) for name, value in values.items())
    constant += dist.Normal(np.log(2.3), 0.5).log_prob(FIXED["log_patient_sd[change]"])
    assert set(whole) == set(drawn(free))
    assert density(fixed, sites) == pytest.approx(density(free, whole) - float(constant), rel=1e-12)


def test_fixing_the_strength_of_a_drug_that_is_sampled_by_its_effect_is_conditioning() -> None:
    free = problem("single_loop")
    drug = next(each for each in free.responding if not each.others)
    fixed = problem("single_loop", fixed={drug.main.name: 0.4})
    assert drug.site not in {each.site for each in fixed.responding}
    sites = drawn(fixed)
    place = [each.site for each in free.responding].index(drug.site)
    _, by, _ = _leverages(free, {**sites, drug.site: jnp.zeros(())})
    # The density of the response is that of the strength, divided by the leverage.
    whole = {**sites, drug.site: 0.4 * by.main[place]}
    prior = dist.Normal(drug.main.location, drug.main.prior_scale).log_prob(0.4)
    expected = density(free, whole) - float(prior) + float(jnp.log(by.main[place]))
    assert density(fixed, sites) == pytest.approx(expected, rel=1e-10)


def test_other_priors_change_the_density_by_the_difference_of_the_log_priors_alone() -> None:
    before = problem("time_course")
    after = problem(
        "time_course",
        priors={
            "relief_time": Prior(location=20.0, scale=0.3),
            "misfit": Prior(scale=0.2),
            "case_magnesium_difference": Prior(family="lognormal", location=0.05, scale=0.4),
            "visit_correlation": Prior(location=0.6, scale=0.1),
            "placebo_response": Prior(scale=0.25),
            "placebo_response[fibromyalgia]": Prior(location=1.0),
        },
    )
    sites = drawn(after)
    log_priors = []
    for each in (before, after):
        with handlers.trace() as trace, handlers.seed(rng_seed=0):
            sample_sites(each)
        log_priors.append({name: trace[name]["fn"].log_prob(sites[name]) for name in sites})
    changed = {name for name in sites if not np.allclose(*(each[name] for each in log_priors), rtol=1e-13)}
    assert changed == {name.partition("[")[0] for name in after_names(after)}
    difference = sum(float(jnp.sum(log_priors[1][name] - log_priors[0][name])) for name in sites)
    assert density(after, sites) - density(before, sites) == pytest.approx(difference, abs=1e-9)
    # Against formulas: a log-normal prior with this median, and a mean and an SD for a share.
    own = dist.LogNormal(np.log(20.0), 0.3).log_prob(sites["relief_time"])
    assert float(log_priors[1]["relief_time"]) == pytest.approx(float(own), rel=1e-12)


def after_names(of: Problem) -> list[str]:
    return [change.parameter for change in of.chosen.changes]


def test_prior_draws_have_the_moments_that_were_chosen_and_lack_what_is_fixed() -> None:
    chosen = problem(
        "time_course",
        priors={
            "relief_time": Prior(location=20.0, scale=0.3),
            "visit_correlation": Prior(location=0.6, scale=0.1),
            "placebo_response[fibromyalgia]": Prior(location=0.2, scale=0.05),
            # Fixed in the packaged table.
            "magnesium_volume": Prior(location=40.0, scale=0.1),
        },
        fixed={"placebo_time": 10.0, "log_patient_sd[mean]": 0.7},
    )
    draws = jax.vmap(lambda key: prior_draw(chosen, key))(jax.random.split(jax.random.key(1), 4000))
    error = 5.0 / np.sqrt(4000)
    assert np.log(draws["relief_time"]).mean() == pytest.approx(np.log(20.0), abs=0.3 * error)
    assert np.log(draws["relief_time"]).std() == pytest.approx(0.3, rel=error)
    assert draws["visit_correlation"].mean() == pytest.approx(0.6, abs=0.1 * error)
    assert draws["visit_correlation"].std() == pytest.approx(0.1, rel=error)
    groups = [group.name for group in TRIALS.catalogue.placebo_groups]
    of_group = draws["placebo_response"][:, groups.index("fibromyalgia")]
    assert (of_group.mean(), of_group.std()) == (
        pytest.approx(0.2, abs=0.05 * error),
        pytest.approx(0.05, rel=error),
    )
    assert np.log(draws["magnesium_volume"]).std() == pytest.approx(0.1, rel=error)
    assert "placebo_time" not in draws
    assert draws["log_patient_sd"].shape == (4000, len(DISPERSION_CLASSES) - 1)


def test_leverage_is_that_of_a_patient_whom_no_drug_moves_whatever_was_chosen() -> None:
    model = SingleLoop()
    one, two, three = [each.name for each in model.parameters() if each.is_strength][:3]
    values = {each.name: jnp.asarray(each.location) for each in model.parameters()}
    patient = model.at_enrolment(jnp.array([6.0]), np.array([0.1]), np.ones(1), values)
    positive = {two: Prior(family="lognormal", location=0.5, scale=0.2)}
    chosen, _ = chosen_priors(model, packaged_catalogue(), positive, {one: 2.0})
    moved = values | {one: jnp.asarray(2.0), two: jnp.asarray(0.6)}
    before = leverages_of(model, patient, values, (one, three))
    after = leverages_of(chosen, patient, moved, (one, three))
    np.testing.assert_allclose(after, before, rtol=1e-12)


def test_strength_with_a_positive_prior_is_sampled_itself() -> None:
    """Its response would not be normal given the others."""
    drug, *others = problem("single_loop").responding
    positive = {drug.main.name: Prior(family="lognormal", location=0.5, scale=0.2)}
    chosen = problem("single_loop", priors=positive)
    assert [each.site for each in chosen.responding] == [each.site for each in others]
    assert drug.main.name in build_target(chosen).coordinates


def test_without_choices_the_model_and_the_program_are_the_packaged_ones() -> None:
    model = model_named("time_course")
    assert chosen_priors(model, packaged_catalogue(), {}, {})[0] is model
    prints = {
        fingerprint_of(problem("time_course", **choices))
        for choices in (
            {},
            {"fixed": {"relief_time": 9.0}},
            {"fixed": {"relief_time": 9.5}},
            {"fixed": {"misfit": 0.1}},
        )
    }
    # Known programs, each of its own.
    assert None not in prints
    assert len(prints) == 4


def test_target_of_a_problem_with_fixed_elements_moves_the_others_alone() -> None:
    free, fixed = (build_target(problem("time_course", **each)) for each in ({}, {"fixed": FIXED}))
    # Four scalars, one element of a vector, and a whole one.
    classes = len(DISPERSION_CLASSES)
    assert len(free.coordinates) - len(fixed.coordinates) == 4 + 1 + classes
    chosen = problem("time_course", fixed=FIXED)
    draw, _ = jax.eval_shape(lambda x: evaluate_sites(chosen, fixed.constrain(x)), fixed.initial)
    assert draw["log_patient_sd"].shape == (classes - 1,)


def faults_of(**choices: Any) -> list[tuple[str, str]]:
    with pytest.raises(SettingsFaults) as raised:
        chosen_priors(
            Cascade(),
            packaged_catalogue(),
            {name: Prior(**prior) for name, prior in choices.get("priors", {}).items()},
            choices.get("fixed", {}),
        )
    return [(fault.key, f"{fault.found} {fault.remedy}") for fault in raised.value.faults]


def test_every_fault_is_named_at_once_with_what_to_do() -> None:
    found = faults_of(
        priors={
            "glia_activty": {"scale": 0.2},
            "glia_activity": {"family": "normal"},
            "nitroxidative_activity": {"location": -1.0},
            "magnesium_volume": {"location": 40.0},
            "visit_correlation": {"scale": 0.6},
            "placebo_response[fibro]": {"scale": 0.1},
            "case_magnesium_difference": {"family": "lognormal"},
            "drug_spread_by_drug": {"scale": 2.0},
        },
        fixed={"receptor_activity": 0.0, "untreated_share": 1.5, "placebo_time[x]": 3.0},
    )
    assert [key for key, _ in found] == [
        "priors.glia_activty",
        "priors.glia_activity.family",
        "priors.nitroxidative_activity.location",
        "priors.magnesium_volume.scale",
        "priors.visit_correlation.scale",
        "priors.placebo_response[fibro]",
        "priors.case_magnesium_difference.scale",
        "priors.case_magnesium_difference.location",
        "priors.drug_spread_by_drug",
        "fixed.receptor_activity",
        "fixed.untreated_share",
        "fixed.placebo_time[x]",
    ]
    told = dict(found)
    assert "Did you mean 'glia_activity'" in told["priors.glia_activty"]
    assert "fibromyalgia" in told["priors.placebo_response[fibro]"]
    assert "lognormal" in told["priors.glia_activity.family"]


def test_a_whole_vector_that_is_fixed_has_no_elements_with_priors() -> None:
    (found,) = faults_of(
        priors={"placebo_response[fibromyalgia]": {"scale": 0.1}}, fixed={"placebo_response": 1.0}
    )
    assert found[0] == "priors.placebo_response[fibromyalgia]"
    assert "fixed as a whole" in found[1]


def test_posterior_of_one_mean_is_the_conjugate_one_where_all_else_is_fixed(tmp_path: Path) -> None:
    """One row of a placebo arm, its error normal: prior and row give a normal posterior by hand."""
    tables = tiny_tables()
    _, placebo, contrast, *_ = tables["observations.csv"]
    change = {"outcome": "pain_intensity_change", "value": "-1.5", "sd": "", "se": "0.4"}
    # The contrast of the other study is a difference between arms: it has no placebo response.
    tables["observations.csv"] = [placebo | change, contrast]
    tables["dosing.csv"] = tables["dosing.csv"][1:4]
    tables["studies.csv"] = tables["studies.csv"][:2]
    small = 1e-5
    fixed = dict.fromkeys(("placebo_spread", "natural_spread", "offset_spread", "misfit"), small)
    fixed["natural_course"] = 0.0
    fixed |= {"placebo_per_baseline_point": 0.0, "placebo_per_decade": 0.0, "placebo_time": 14.0}
    # So many that the Student t is normal.
    fixed |= {"degrees_of_freedom_above_2": 1e6}
    name = "placebo_response[fibromyalgia]"
    settings = Settings.from_preset(
        model="placebo_only",
        errors="student_t",
        fixed=fixed,
        priors={name: Prior(location=0.7, scale=0.5)},
    )
    # An arm that nothing is compared with would have a bias, too.
    trials = load_trials(write_tables(tmp_path, tables), blocks=())
    of = problem_of(trials, settings)
    sites = drawn(of)
    place = [group.name for group in trials.catalogue.placebo_groups].index("fibromyalgia")

    @jax.jit
    def log_posterior(x: Any) -> Any:
        moved = sites["placebo_response"].at[place].set(x)
        return log_density(posterior_model, (of,), {}, {**sites, "placebo_response": moved})[0]

    onset = -np.expm1(-56.0 / 14.0)
    precision = 0.5**-2 + (onset / 0.4) ** 2
    mean = (0.7 * 0.5**-2 + 1.5 * onset / 0.4**2) / precision
    low, middle, high = (float(log_posterior(mean + step)) for step in (-0.5, 0.0, 0.5))
    assert high - low == pytest.approx(0.0, abs=1e-4)
    assert (low + high - 2.0 * middle) / 0.5**2 == pytest.approx(-precision, rel=1e-4)
