"""Claims about contrasts of one trial: whichever are printed, they say the same as the arms."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from windup.datasets import DataFaults, Trials
from windup.fit.design.arrays import Design, observed_in
from windup.fit.design.buckets import build_buckets
from windup.fit.design.build import build_design
from windup.fit.problem.observation import Joint, expect, joint, marginal
from windup.models import Course

from ....datasets.tiny import Tables
from ...designs import nuisance_of, trials_of
from .odd_folders import CHANGE, PLACEBO, PREGABALIN, Cells, made

# Unequal arms, their means and the SD of a patient: rows of any kind follow from these.
PEOPLE = {"placebo": 240, "low": 60, "high": 90}
PAIN = {"placebo": 5.6, "low": 4.9, "high": 4.4}
BEFORE = {"placebo": 6.5, "low": 6.4, "high": 6.7}
SD = 2.0
ARMS: dict[str, Cells] = {
    arm: (PLACEBO if arm == "placebo" else PREGABALIN) | {"n_randomised": str(n)} for arm, n in PEOPLE.items()
}


def variance(arm: str) -> float:
    return SD**2 / PEOPLE[arm]


def mean(arm: str, week: str = "8") -> Cells:
    value = PAIN[arm] if week != "0" else BEFORE[arm]
    return _row(arm, week, value, variance(arm), n=str(PEOPLE[arm]))


def change(arm: str, week: str = "8") -> Cells:
    return _row(arm, week, PAIN[arm] - 6.5, variance(arm), n=str(PEOPLE[arm])) | {
        "outcome": CHANGE["outcome"]
    }


def contrast(arm: str, reference: str, week: str = "8", *, error: bool = True) -> Cells:
    both = {"outcome": "difference_vs_placebo", "reference_arm": reference}
    row = _row(arm, week, PAIN[arm] - PAIN[reference], variance(arm) + variance(reference), n="")
    return row | both | ({} if error else {"se": ""})


def _row(arm: str, week: str, value: float, squared: float, *, n: str) -> Cells:
    cells = {"value": f"{value:.17g}", "sd": "", "se": f"{squared**0.5:.17g}", "n": n}
    return {"arm_id": arm, "time_weeks": week} | cells


def tables_with(rows: Sequence[Cells], study: Cells | None = None) -> Tables:
    return made(ARMS, list(rows), study)


def parts_of(trials: Trials) -> tuple[Joint, Design]:
    """Rows of the study under a course in which patients are alike at enrolment and arms differ later."""
    design = build_design(trials)
    (bucket,) = build_buckets(design)
    names = [design.arms[arm] for arm in design.visits.arm]
    slope = {"alpha/placebo": 0.01, "alpha/low": 0.02, "alpha/high": 0.04}
    pain = [6.3 - slope[name] * day for name, day in zip(names, design.visits.elapsed_days, strict=True)]
    flat = jnp.ones(len(pain))
    course = Course(jnp.array(pain), 0.85 * flat, 1.1 * flat)
    nuisance = nuisance_of(design, misfit=0.3)
    index = np.zeros((1, design.visits.drug_load.shape[1]), int)
    return joint(
        design, observed_in(design), bucket, expect(design, course, nuisance), nuisance, index
    ), design


def log_density(folder: Path, rows: Sequence[Cells], study: Cells | None = None) -> float:
    folder.mkdir()
    parts, _ = parts_of(trials_of(folder, tables_with(rows, study)))
    return float(marginal(parts, jnp.asarray(5.0)).log_density[0])


STAR = [contrast("low", "placebo"), contrast("high", "placebo")]
CHAIN = [contrast("low", "placebo"), contrast("high", "low")]
BACKWARDS = [contrast("placebo", "high"), contrast("high", "low")]
MEANS = [mean("placebo"), mean("low"), mean("high")]
BASELINES = [mean(arm, "0") for arm in PEOPLE]


@pytest.mark.parametrize("study", [{}, {"crossover": "yes"}], ids=["parallel", "crossover"])
@pytest.mark.parametrize("other", [CHAIN, BACKWARDS, STAR[::-1]], ids=["chain", "backwards", "reversed"])
def test_contrasts_that_follow_from_each_other_have_the_same_density(
    tmp_path: Path, other: list[Cells], study: Cells
) -> None:
    # In a crossover trial the error is that of paired differences, the same for all.
    rows, others = ([row | ({"se": "0.4"} if study else {}) for row in each] for each in (STAR, other))
    star = log_density(tmp_path / "star", rows, study)
    assert log_density(tmp_path / "other", others, study) == pytest.approx(star, abs=1e-9)


def test_contrasts_without_an_error_that_follow_from_each_other_have_the_same_density(tmp_path: Path) -> None:
    star = [contrast("low", "placebo", error=False), contrast("high", "placebo", error=False)]
    chain = [contrast("low", "placebo", error=False), contrast("high", "low", error=False)]
    found = log_density(tmp_path / "chain", chain)
    assert found == pytest.approx(log_density(tmp_path / "star", star), abs=1e-9)


def test_contrasts_at_two_visits_that_follow_from_each_other_have_the_same_density(tmp_path: Path) -> None:
    star = [*STAR, contrast("low", "placebo", "4"), contrast("high", "placebo", "4")]
    chain = [*CHAIN, contrast("placebo", "high", "4"), contrast("low", "high", "4")]
    found = log_density(tmp_path / "chain", chain)
    assert found == pytest.approx(log_density(tmp_path / "star", star), abs=1e-9)


@pytest.mark.parametrize(
    ("arms", "rows"),
    [
        (MEANS, [mean("placebo"), *STAR]),
        (MEANS, [mean("low"), *STAR[1:], contrast("placebo", "low")]),
        ([*MEANS, *BASELINES], [*BASELINES, mean("placebo"), *STAR]),
        ([change(arm) for arm in PEOPLE], [change("placebo"), *CHAIN]),
        ([change(a, w) for a in PEOPLE for w in ("4", "8")],
         [change("placebo"), change("placebo", "4"), *STAR, contrast("low", "placebo", "4"),
          contrast("high", "low", "4")]),
    ],
    ids=["means", "means by the low arm", "means and baselines", "changes", "changes at two visits"],
)  # fmt: skip
def test_an_arm_and_its_contrasts_have_the_density_of_the_arms(
    tmp_path: Path, arms: list[Cells], rows: list[Cells]
) -> None:
    found = log_density(tmp_path / "contrasts", rows)
    assert found == pytest.approx(log_density(tmp_path / "arms", arms), abs=1e-9)


def test_covariance_of_contrasts_is_that_of_their_arms(tmp_path: Path) -> None:
    # Sampling: the variance of the shared arm; misfit: half of a contrast's (Lu and Ades 2004).
    rows = [*CHAIN]
    parts, design = parts_of(trials_of(tmp_path, tables_with(rows)))
    order = [name.split("/")[1] for name in design.arms]
    incidence = np.zeros((len(rows), len(order)))
    for number, row in enumerate(rows):
        incidence[number, order.index(row["arm_id"])] = 1.0
        incidence[number, order.index(row["reference_arm"])] = -1.0
    per_arm = np.diag([variance(arm) + 0.3**2 / 2.0 for arm in order])
    np.testing.assert_allclose(parts.error[0], incidence @ per_arm @ incidence.T, rtol=1e-12)


def test_unequal_arms_share_less_than_half(tmp_path: Path) -> None:
    arms = ARMS | {"high": ARMS["high"] | {"n_randomised": "60"}}
    tables = made(arms, [row | {"se": "0.3"} for row in STAR])
    (bucket,) = build_buckets(build_design(trials_of(tmp_path, tables)))
    assert bucket.fixed[0, 0, 1] == pytest.approx(0.2)


def test_an_arm_without_a_number_counts_as_the_mean_of_the_others(tmp_path: Path) -> None:
    arms = ARMS | {"placebo": PLACEBO | {"n_randomised": ""}}
    tables = made(arms, [row | {"n": "120"} for row in STAR])
    design = build_design(trials_of(tmp_path, tables))
    assert dict(zip(design.arms, design.arm_size, strict=True))["alpha/placebo"] == 75.0


def test_of_a_ring_of_contrasts_one_row_is_left_out_by_name_and_changes_nothing(tmp_path: Path) -> None:
    ring = [row | {"used": ""} for row in [*STAR, contrast("high", "low")]]
    trials = trials_of(tmp_path, tables_with(ring))
    left_out = trials.observations[~trials.observations["used"]]
    assert list(left_out["reason"]) == ["duplicates another row"]
    assert "it follows from other rows of this time" in left_out["why"].iloc[0]
    parts, _ = parts_of(trials)
    found = float(marginal(parts, jnp.asarray(5.0)).log_density[0])
    assert found == pytest.approx(log_density(tmp_path / "star", STAR), abs=1e-9)


def test_a_ring_that_the_table_asks_for_is_refused_with_its_rows(tmp_path: Path) -> None:
    with pytest.raises(DataFaults, match=r"row 4, column 'used': The row follows .* \(rows 2, 3\)"):
        trials_of(tmp_path, tables_with([*STAR, contrast("high", "low")]))


def test_two_contrasts_of_one_arm_with_two_others_are_both_used(tmp_path: Path) -> None:
    rows = [contrast("high", "placebo"), contrast("high", "low")]
    assert trials_of(tmp_path, tables_with(rows)).observations["used"].all()
    opened = [row | {"used": ""} for row in rows]
    assert trials_of(tmp_path, tables_with(opened)).observations["used"].all()


@pytest.mark.parametrize("study", [{}, {"crossover": "yes"}], ids=["parallel", "crossover"])
@pytest.mark.parametrize("seed", range(4))
def test_errors_of_any_rows_that_do_not_follow_from_each_other_have_a_positive_definite_correlation(
    tmp_path: Path, seed: int, study: Cells
) -> None:
    rng = np.random.default_rng(seed)
    of_arm = (mean, change)[seed % 2]
    pairs = list(combinations(PEOPLE, 2))
    rows = [mean(arm, "0") for arm in rng.permutation(list(PEOPLE))[: rng.integers(3)]]
    for week in ("2", "4", "8"):
        chosen = [pairs[each] for each in rng.permutation(3)[:2]]
        rows += [contrast(*rng.permutation(pair), week) for pair in chosen]
        free = [arm for arm in PEOPLE if arm not in {row["arm_id"] for row in rows[-2:]}]
        rows += [of_arm(arm, week) for arm in free[:1] if week == "4"]
    (bucket,) = build_buckets(build_design(trials_of(tmp_path, tables_with(rows, study))))
    for rho in (0.05, 0.5, 0.95):
        correlation = rho * bucket.same - np.sqrt((1.0 - rho) / 2.0) * bucket.opposed + bucket.fixed
        assert np.linalg.eigvalsh(correlation[0] + np.eye(len(rows))).min() > 1e-6
