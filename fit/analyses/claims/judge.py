"""The claims table: the function behind ``windup claims``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws
from windup.fit.analyses.claims.experiments import experiments
from windup.fit.analyses.claims.prior_width import WIDTHS, priors_of, strengths_of
from windup.fit.analyses.claims.table import Sources, claims_for, claims_table, group_of
from windup.fit.analyses.prediction.courses import mechanism_of, predicted
from windup.fit.analyses.prediction.predict import beyond_trials, packaged_regimens
from windup.fit.errors import NothingToPredict
from windup.fit.execution.batches import over_draws
from windup.fit.execution.process import prepare_process
from windup.fit.execution.progress import Progress, silent
from windup.fit.problem.problem import Draw, values_of
from windup.fit.runs.fitted_run import FittedRun
from windup.fit.storage.tree import flat, group, spread_draws
from windup.models import Cascade, WithPriors

DRAWS = 6000


@final
@dataclass(frozen=True, eq=False)
class Claims:
    """Claims about pain, judged by the draws of a finished run.

    Attributes
    ----------
    table
        One row per claim: its sentence, verdict, probabilities before and after the data, Bayes factor,
        what priors of half and double width say, the number that decides it, and the trials that speak of it.
    tree
        That number per draw, by claim, in the groups ``posterior`` and ``prior``.
    """

    table: pd.DataFrame
    tree: xr.DataTree


def judge_claims(run: FittedRun, *, draws: int = DRAWS, progress: Progress = silent) -> Claims:
    """Judge every claim that the run's model can express.

    Parameters
    ----------
    run
        From `windup.fit.read_run`.
    draws
        Largest number of draws of the posterior and of the prior; half as many are solved for each prior of
        another width.
    progress
        Called with the progress of the phases ``predict`` and, for the cascade, ``experiments``.

    Returns
    -------
    Claims
        Rules of the verdicts are in `windup.fit.analyses.claims.verdict.RULES`.

    Notes
    -----
    The prior is the one before the assumption that patients' states last
    (`windup.fit.problem.people.one_patient.log_lasting`): a Bayes factor counts this assumption and the
    trials together, and ``lasting_prior_probability`` shows what the assumption alone does.
    """
    prepare_process()
    problem = run.problem
    strengths, chosen_of = strengths_of(problem.model), problem.chosen.observation
    # A vector with fixed elements has no width of its own.
    priors = {
        name: prior
        for name, prior in priors_of(problem).items()
        if name not in chosen_of or chosen_of[name].free.all()
    }
    regimens = packaged_regimens(run)
    chosen = claims_for(run.settings.model, strengths, frozenset(each.name for each in regimens))
    if not chosen:
        raise NothingToPredict(
            "No claim is about this run: its model, its conditions and their regimens decide which are. Fit "
            "trials that report chronic pain."
        )
    needed = {name for claim in chosen for name in claim.regimens}
    regimens = tuple(each for each in regimens if each.name in needed)
    # What is fixed does not vary.
    varied = {
        "strengths": tuple(name for name in strengths if name in priors),
        "others": tuple(name for name in _others(chosen, strengths) if name in priors),
    }
    sets: dict[Any, Draw] = {"posterior": run.draws(draws), "prior": run.draws(draws, of="prior")}
    few = run.draws(max(draws // 2, 1), of="prior")
    for kind, names in varied.items():
        for width in WIDTHS:
            moved: dict[str, Any] = {
                name: priors[name].widened(np.asarray(few[name]), width) for name in names
            }
            sets[kind, width] = {**few, **moved}
    evidence = _evidence(run, regimens, sets, progress)
    sources = Sources(
        posterior=evidence.pop("posterior"),
        prior=evidence.pop("prior"),
        widened=evidence,
        strengths=strengths,
        priors=priors,
        log_lasting=_log_lasting(run, draws),
        chains=group(run.tree, "posterior").sizes["chain"],
        beyond={each.name: beyond_trials(problem.design, each) for each in regimens},
        fixed=problem.chosen.fixed,
        changed=tuple(change.parameter for change in problem.chosen.changes if not change.is_fixed),
    )
    return Claims(claims_table(chosen, sources, problem.design), _tree(chosen, sources))


def _others(chosen: tuple[Claim, ...], strengths: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Parameters that vary for claims which are not about the strengths of drugs."""
    of_others = [claim for claim in chosen if group_of(claim, strengths) == "others"]
    return tuple(dict.fromkeys(name for claim in of_others for name in claim.varied(strengths)))


def _evidence(
    run: FittedRun, regimens: Any, sets: dict[Any, Draw], progress: Progress
) -> dict[Any, ClaimDraws]:
    parts, given = tuple(sets.values()), run.problem.model
    model = given.model if isinstance(given, WithPriors) else given
    by_regimen = predicted(run, regimens, parts, progress)
    numbers: tuple[dict[str, np.ndarray], ...] = ({},) * len(parts)
    if isinstance(model, Cascade):
        cascade = model
        numbers = over_draws(
            lambda draw: experiments(cascade, values_of(run.problem, draw)),
            mechanism_of(run, parts),
            "experiments",
            progress,
        )
    names = [regimen.name for regimen in regimens]
    return {
        key: ClaimDraws(dict(zip(names, each, strict=True)), found, draws)
        for (key, draws), each, found in zip(sets.items(), by_regimen, numbers, strict=True)
    }


def _log_lasting(run: FittedRun, draws: int) -> np.ndarray:
    """Of the same prior draws as `FittedRun.draws`."""
    prior = group(run.tree, "prior")
    chosen = spread_draws(prior.sizes["chain"] * prior.sizes["draw"], draws)
    if "log_lasting" not in prior:
        return np.full(len(chosen), np.nan)
    values: np.ndarray = flat(prior["log_lasting"]).values[chosen]
    return values


def _tree(chosen: tuple[Claim, ...], sources: Sources) -> xr.DataTree:
    names = [claim.name for claim in chosen]
    groups = {
        name: xr.Dataset(
            {"number": (("draw", "claim"), np.stack([claim.quantity(each) for claim in chosen], axis=1))},
            coords={
                "claim": names,
                "unit": ("claim", [claim.unit for claim in chosen]),
                "limit": ("claim", [claim.limit for claim in chosen]),
            },
        )
        for name, each in (("posterior", sources.posterior), ("prior", sources.prior))
    }
    return xr.DataTree.from_dict(groups)
