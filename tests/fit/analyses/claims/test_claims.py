"""Claims about claims: closed forms of Bayes factors, verdicts, priors of other widths, and the command."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from windup.datasets import load_regimens, packaged_trials
from windup.fit.analyses.claims.bayes_factor import bayes_factor
from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws, parameter
from windup.fit.analyses.claims.experiments import experiments
from windup.fit.analyses.claims.figures import claims_figure
from windup.fit.analyses.claims.judge import judge_claims
from windup.fit.analyses.claims.prior_width import Prior, weights
from windup.fit.analyses.claims.table import Sources, all_claims, claims_for, claims_table
from windup.fit.analyses.claims.verdict import (
    BUILT_IN,
    CONTRADICTED,
    FIXED,
    MOSTLY_PRIOR,
    SUPPORTED,
    UNDECIDED,
    verdict,
)
from windup.fit.analyses.prediction.courses import RegimenCourse
from windup.fit.analyses.prediction.predict import beyond_trials
from windup.fit.cli.app import app
from windup.fit.design.arrays import Design
from windup.fit.design.build import build_design
from windup.fit.diagnostics.mixing import MAX_PARETO_K
from windup.models import Cascade

from ...prior_run import prior_run

STANDARD = Prior(np.array(0.0), np.array(1.0), is_log=False)


def claim(limit: float = 0.0, *, drugs: tuple[str, ...] = ()) -> Claim:
    return Claim("one", ("M1",), "One.", parameter("x"), "1", "above", limit, "x", drugs, (), ("x",))


def sources(posterior: np.ndarray, prior: np.ndarray, *, lasting: float = 0.0) -> Sources:
    def evidence(x: np.ndarray) -> ClaimDraws:
        draws: Any = {"x": x}
        return ClaimDraws({}, {}, draws)

    widened = {("others", 0.5): evidence(0.5 * prior), ("others", 2.0): evidence(2.0 * prior)}
    everyone = np.full(len(prior), lasting)
    return Sources(evidence(posterior), evidence(prior), widened, {}, {"x": STANDARD}, everyone)


def test_pain_on_placebo_falls_by_the_placebo_response_and_the_natural_course() -> None:
    (found,) = [each for each in all_claims() if each.name == "pain grows whatever is done"]
    draws: Any = {
        "placebo_response": np.full((2, 8), 1.0),
        "placebo_per_baseline_point": np.zeros(2),
        "placebo_time": np.full(2, 14.0),
        "natural_course": np.array([0.0, 0.5]),
        "natural_time": np.full(2, 90.0),
    }
    flat = np.full((2, 13), 7.0)
    course = RegimenCourse(np.arange(13.0), flat, flat, flat, flat, {}, np.zeros((2, 0)))
    without, also = found.quantity(ClaimDraws(dict.fromkeys(found.regimens, course), {}, draws))
    assert without == pytest.approx(-(1.0 - np.exp(-84.0 / 14.0)))
    assert also - without == pytest.approx(-0.5 * (1.0 - np.exp(-84.0 / 90.0)))


@pytest.fixture(scope="module")
def design() -> Design:
    # Without blocks no row is one of N-acetylcysteine.
    return build_design(packaged_trials(blocks=()))


@pytest.fixture
def row(design: Design) -> Callable[..., Any]:
    """The row of a claim about draws of a standard normal prior."""

    def judged(posterior: np.ndarray, limit: float = 0.0, *, drugs: tuple[str, ...] = ()) -> Any:
        prior = np.random.default_rng(1).standard_normal(4000)
        return claims_table((claim(limit, drugs=drugs),), sources(posterior, prior), design).iloc[0]

    return judged


def test_bayes_factor_is_the_ratio_of_odds_with_the_error_of_two_shares() -> None:
    found = bayes_factor(0.9, 1000, 0.25, 500)
    assert found.value == pytest.approx(9.0 / (1.0 / 3.0))
    assert found.log_error == pytest.approx(math.sqrt(1 / (1000 * 0.9 * 0.1) + 1 / (500 * 0.25 * 0.75)))
    assert found.bound == ""


def test_bayes_factor_error_is_that_of_repeated_draws() -> None:
    rng = np.random.default_rng(0)
    shares = rng.binomial(800, 0.7, 4000) / 800, rng.binomial(800, 0.4, 4000) / 800
    logs = [math.log(bayes_factor(p, 800, q, 800).value) for p, q in zip(*shares, strict=True)]
    assert np.std(logs) == pytest.approx(bayes_factor(0.7, 800, 0.4, 800).log_error, rel=0.06)


@pytest.mark.parametrize(
    ("posterior", "prior", "bound"), [(1.0, 0.5, ">"), (0.0, 0.5, "<"), (0.5, 1.0, "<"), (0.5, 0.0, ">")]
)
def test_agreeing_draws_give_a_limit_and_no_number(posterior: float, prior: float, bound: str) -> None:
    found = bayes_factor(posterior, 1000, prior, 1000)
    assert found.bound == bound
    # Three in a thousand may still be missed.
    assert max(found.value, 1.0 / found.value) == pytest.approx(1000 / -math.log(0.05) - 1.0)


REST: Any = {"interpolated": True, "everywhere": False, "prior_driven": False, "without_trials": False}


def test_verdicts_follow_their_rules() -> None:
    assert verdict(1.0, 1.0, (), **REST | {"everywhere": True}) == BUILT_IN
    assert verdict(0.5, 0.99, (50.0, 40.0), **REST) == SUPPORTED
    assert verdict(0.5, 0.99, (50.0, 1.1), **REST) == MOSTLY_PRIOR
    assert verdict(0.5, 0.01, (0.1, math.nan), **REST) == CONTRADICTED
    assert verdict(0.5, 0.01, (0.1, 0.9), **REST) == MOSTLY_PRIOR
    assert verdict(0.5, 0.6, (5.0, 5.0), **REST) == UNDECIDED
    assert verdict(0.5, 0.99, (50.0, 40.0), **REST | {"without_trials": True}) == MOSTLY_PRIOR
    assert verdict(0.5, 0.99, (50.0, 40.0), **REST | {"prior_driven": True}) == MOSTLY_PRIOR


@pytest.mark.parametrize(
    ("prior", "interpolated", "word"),
    [(0.94, False, SUPPORTED), (0.95, False, MOSTLY_PRIOR), (0.99, True, SUPPORTED)],
)
def test_claim_that_was_certain_before_is_supported_only_inside_the_trials(
    prior: float, interpolated: bool, word: str
) -> None:
    rest = REST | {"interpolated": interpolated}
    assert verdict(prior, 0.999, (39.0, 20.0), **rest) == word
    mirrored = {SUPPORTED: CONTRADICTED}.get(word, word)
    assert verdict(1.0 - prior, 0.001, (1 / 39.0, 1 / 20.0), **rest) == mirrored


def test_nsaids_in_fibromyalgia_are_not_supported_as_no_trial_has_them(design: Design) -> None:
    asked = next(each for each in all_claims() if each.name == "NSAIDs do little in fibromyalgia")
    regimen = next(each for each in load_regimens() if each.name == asked.regimens[0])
    reasons = beyond_trials(design, regimen)
    assert reasons == ("nsaid unseen in this condition",)

    def drawn(generator: np.random.Generator, width: float) -> ClaimDraws:
        pain = generator.normal(-0.15, width, (4000, 1))
        course = RegimenCourse(np.array([12.0]), pain, 0.0 * pain, pain, pain, {}, pain)
        draws: Any = {"nsaid_input": pain[:, 0]}
        return ClaimDraws({regimen.name: course}, {}, draws)

    generator = np.random.default_rng(5)
    before = drawn(generator, 0.15)
    judged = Sources(
        posterior=drawn(generator, 0.05),
        prior=before,
        widened={("strengths", width): before for width in (0.5, 2.0)},
        strengths={"nsaid_input": ("nsaid",)},
        priors={"nsaid_input": STANDARD},
        log_lasting=np.zeros(4000),
        beyond={regimen.name: reasons},
    )
    row = claims_table((asked,), judged, design).iloc[0]
    assert row["prior_probability"] > 0.95
    assert row["bayes_factor"] > 3.0
    assert (row["basis"], row["verdict"]) == ("extrapolation", MOSTLY_PRIOR)


def test_claim_that_every_draw_agrees_on_is_built_in(row: Callable[..., Any]) -> None:
    moved = np.random.default_rng(2).normal(1.0, 0.3, 1000)
    assert row(moved, -50.0)["verdict"] == BUILT_IN
    assert row(moved, -50.0)["posterior_probability"] == 1.0
    assert row(moved)["verdict"] == SUPPORTED


def test_claim_about_a_drug_without_trials_is_mostly_prior(row: Callable[..., Any]) -> None:
    moved = np.random.default_rng(2).normal(1.0, 0.3, 1000)
    assert row(moved, drugs=("nac",))["verdict"] == MOSTLY_PRIOR
    assert row(moved, drugs=("pregabalin",))["verdict"] == SUPPORTED


def test_figure_shows_decided_claims_in_whole_sentences_and_counts_the_others() -> None:
    words = [SUPPORTED, CONTRADICTED, *[UNDECIDED] * 20, MOSTLY_PRIOR]
    table = pd.DataFrame(
        {
            "claim": [f"claim {number}" for number in range(len(words))],
            "sentence": [f"Sentence {number}." for number in range(len(words))],
            "verdict": words,
            "prior_probability": 0.5,
            "posterior_probability": 1.0,
            "bayes_factor": np.arange(1.0, len(words) + 1.0),
            "decided_by": "regimen one",
        }
    )
    drawn = claims_figure(table)
    shown = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    # The undecided ones with the largest Bayes factors fill the 15 places.
    assert shown == ["Sentence 0.", "Sentence 1.", *(f"Sentence {number}." for number in range(21, 8, -1))]
    assert drawn.get_suptitle() == "Of 23 claims 1 supported, 1 contradicted, 20 undecided"
    assert {text.get_text() for text in drawn.axes[0].texts} == {"Treatments", "0.50 → >0.99"}


def test_weights_turn_draws_into_those_under_a_narrower_prior(row: Callable[..., Any]) -> None:
    # Normal prior and likelihood, both of SD 1, observed at 1: the posterior is N(1/2, 1/2), and with a prior
    # of SD 1/2 it is N(1/5, 1/5).
    draws = np.random.default_rng(3).normal(0.5, math.sqrt(0.5), 20000)
    found = row(draws)
    expected = 1.0 - NormalDist(0.2, math.sqrt(0.2)).cdf(0.0)
    assert found["posterior_probability_half"] == pytest.approx(expected, abs=0.02)
    assert found["prior_probability_half"] == pytest.approx(0.5, abs=0.03)


def test_wider_prior_of_what_the_data_left_alone_is_not_computable(row: Callable[..., Any]) -> None:
    # The ratio of N(0, 2) to N(0, 1) has a tail of index 4/3: Pareto k is 3/4.
    draws = np.random.default_rng(4).standard_normal(20000)
    _, pareto_k = weights({"x": draws}, {"x": STANDARD}, ("x",), 2.0)
    assert pareto_k > MAX_PARETO_K
    assert math.isnan(row(draws)["posterior_probability_double"])


def test_log_normal_prior_widens_on_the_logarithm() -> None:
    prior = Prior(np.log(3.0), np.array(0.4), is_log=True)
    assert prior.widened(np.array([3.0, 3.0 * math.e**0.4]), 2.0) == pytest.approx([3.0, 3.0 * math.e**0.8])


def test_other_models_are_asked_about_drugs_alone() -> None:
    regimens = frozenset(regimen.name for regimen in load_regimens())
    asked = claims_for(
        "turnover", {"pregabalin_input": ("pregabalin",), "magnesium_input": ("magnesium",)}, regimens
    )
    assert {drug for each in asked for drug in each.drugs} & {"nac", "pea"} <= {
        drug for each in asked for drug in each.drugs if len(each.drugs) > 1
    }
    assert not any(each.cascade_only for each in asked)
    assert len({each.name for each in all_claims()}) == len(all_claims())


def test_experiments_at_the_medians_of_the_cascade_are_what_its_equations_say() -> None:
    import jax
    import jax.numpy as jnp

    values = {p.name: jnp.asarray(p.location) for p in Cascade().parameters()}
    values |= {"pregabalin_insertion": jnp.asarray(0.5), "nsaid_input": jnp.asarray(0.5)}
    found = {name: float(x) for name, x in jax.jit(lambda v: experiments(Cascade(), v))(values).items()}
    # Jahr and Stevens: 1 / (1 + 0.82 / 3.57 exp(-0.062 V)) at -70 mV and at -70 + 50 3/4 mV.
    rest, depolarised = (1.0 / (1.0 + 0.82 / 3.57 * math.exp(-0.062 * v)) for v in (-70.0, -32.5))
    assert found["one_key"] == pytest.approx(rest / depolarised)
    assert found["nsaid_central"] == pytest.approx(0.0, abs=1e-6)
    assert found["surface_pregabalin"] < 0.8
    assert found["surface_gabapentin"] == pytest.approx(1.0, abs=1e-6)
    assert 0.0 < found["gate_magnesium"] < 0.02
    assert found["gain_total"] < 1.0
    assert found["pain_after_cause"] < 0.1
    assert found["hurts_more"] > 0.0


def windup(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_command_judges_the_claims_that_a_rival_can_speak_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("windup.fit.runs.fitted_run.read_run", lambda folder: prior_run(folder))
    result = windup("claims", tmp_path, "--out", tmp_path / "out", "--draws", 100, "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    table = pd.read_csv(tmp_path / "out" / "claims.csv", keep_default_na=False)
    assert len(table) == len(record["claims"]) > 20
    # Nothing was learned, so nothing may be supported or contradicted.
    assert {row["verdict"] for row in record["claims"]} <= {MOSTLY_PRIOR, BUILT_IN}
    assert table["notices"].str.contains("NOT a fit").all()
    assert {path.name for path in (tmp_path / "out" / "figures").iterdir()} == {"claims.png", "numbers.png"}


def test_claim_about_a_strength_that_is_fixed_says_so_and_is_neither_supported_nor_contradicted(
    tmp_path: Path,
) -> None:
    fixed = {"pregabalin_relief": 3.0, "placebo_time": 9.0}
    claims = judge_claims(prior_run(tmp_path, fixed=fixed), draws=60).table.set_index("claim")
    held = claims.loc["pregabalin: 1 point"]
    # A fall of three points at the reference dose in every draw.
    assert held["posterior_probability"] == 1.0
    assert (held["verdict"], held["fixed"], held["varied"]) == (FIXED, "pregabalin_relief", "")
    assert claims.loc["gabapentin: 1 point", "verdict"] != FIXED
    assert (claims["fixed"] != "").sum() == (claims["verdict"] == FIXED).sum() > 0


def test_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    assert windup("claims", tmp_path).exit_code == 5
