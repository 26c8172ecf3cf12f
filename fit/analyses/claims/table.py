"""The claims table: probabilities before and after the data, and under priors of other widths."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from windup.fit.analyses.claims.bayes_factor import BayesFactor, bayes_factor
from windup.fit.analyses.claims.catalogue.action import action_claims
from windup.fit.analyses.claims.catalogue.claim import Claim, ClaimDraws
from windup.fit.analyses.claims.catalogue.combinations import combination_claims
from windup.fit.analyses.claims.catalogue.drugs import drug_claims
from windup.fit.analyses.claims.catalogue.mechanism import mechanism_claims
from windup.fit.analyses.claims.catalogue.sites import site_claims
from windup.fit.analyses.claims.prior_width import WIDTHS, Prior, weights
from windup.fit.analyses.claims.verdict import verdict
from windup.fit.analyses.prediction.tables import beside
from windup.fit.design.arrays import Design
from windup.fit.design.support import arms_with, support_of
from windup.fit.diagnostics.effects import FEWEST_EFFECTIVE_DRAWS, effective_draws, learned_from, share_of
from windup.fit.diagnostics.mixing import MAX_PARETO_K, independent_draws

_MANY = 3


NOTHING = "none speaks of it alone, all do together"


def data_of(claim: Claim, design: Design) -> dict[str, str | int]:
    """Counts by drug; of case-control rows and of arms without drugs for the claims that these inform."""
    if "case_magnesium_difference" in claim.parameters:
        cases = design.visits.case[design.rows.visits].any(axis=1)
        studies = len(set(design.rows.study[cases].tolist()))
        return {"data": f"{int(cases.sum())} case-control rows of {studies} studies", "arms_with_all": 0}
    if "placebo_response" in claim.parameters:
        painful = design.painful[design.schedule.study]
        bare = np.array([not drugs for drugs in design.arm_drugs]) & painful
        return {
            "data": f"{int(bare.sum())} arms without a drug of the model",
            "arms_with_all": int(bare.sum()),
        }
    known = {drug: support_of(design, (drug,)) for drug in claim.drugs}
    if len(known) > _MANY:
        arms = [each.arms for each in known.values()]
        told = f"{len(known)} drugs with {min(arms)} to {max(arms)} arms"
    else:
        told = "; ".join(
            f"{drug} {_count(each.arms, 'arm')}, {_count(each.rows, 'row')}, {_count(each.studies, 'study')}"
            for drug, each in known.items()
        )
    together = len(arms_with(design, claim.drugs)) if known else 0
    if len(known) > 1 and len(claim.regimens) == 1:
        told += f"; together {_count(together, 'arm')}"
    return {"data": told or NOTHING, "arms_with_all": together}


def _count(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else what.replace('study', 'studie') + 's'}"


_WIDTH_NAMES = dict(zip(WIDTHS, ("half", "double"), strict=True))


class Sources(NamedTuple):
    """What all claims are decided by.

    Attributes
    ----------
    posterior, prior
        Evidence of both.
    widened
        Evidence of priors of other widths, by whether strengths or other parameters vary, and the width.
    strengths
        Drugs of every strength of the model, by its name.
    priors
        By parameter.
    log_lasting
        Per prior draw, log probability that its patients' states last; NaN where it is not known.
    chains
        Number that the draws of the posterior come from, one after the other.
    beyond
        By regimen, in what it goes beyond the trials (`windup.fit.design.support.beyond`).
    fixed, changed
        Parameters that the settings of the fit fixed, and those to which they gave another prior.
    """

    posterior: ClaimDraws
    prior: ClaimDraws
    widened: Mapping[tuple[str, float], ClaimDraws]
    strengths: Mapping[str, tuple[str, ...]]
    priors: Mapping[str, Prior]
    log_lasting: np.ndarray
    chains: int = 1
    beyond: Mapping[str, tuple[str, ...]] = {}
    fixed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def all_claims() -> tuple[Claim, ...]:
    """Every claim, those about the mechanism first."""
    of_mechanism = (*mechanism_claims(), *action_claims(), *site_claims())
    return (*of_mechanism, *drug_claims(), *combination_claims())


def claims_for(
    model: str, strengths: Mapping[str, tuple[str, ...]], regimens: frozenset[str]
) -> tuple[Claim, ...]:
    """Claims that a model can express: it has their parts, their drugs and their regimens."""
    return tuple(
        claim
        for claim in all_claims()
        if (model == "cascade" or not claim.cascade_only)
        and set(claim.regimens) <= regimens
        and (not claim.drugs or claim.varied(strengths))
    )


def claims_table(claims: tuple[Claim, ...], sources: Sources, design: Design) -> pd.DataFrame:
    """One row per claim, in their order."""
    return pd.DataFrame([_row(claim, sources, design) for claim in claims])


def group_of(claim: Claim, strengths: Mapping[str, tuple[str, ...]]) -> str:
    """Which parameters vary together for a claim: ``strengths`` of drugs, or ``others``."""
    return "strengths" if set(claim.varied(strengths)) <= set(strengths) else "others"


def _row(claim: Claim, sources: Sources, design: Design) -> dict[str, Any]:
    after, before = claim.quantity(sources.posterior), claim.quantity(sources.prior)
    posterior, prior = claim.holds(after), claim.holds(before)
    shares = share_of(posterior), share_of(prior)
    independent = independent_draws(after[np.isfinite(after)], posterior, sources.chains)
    factor = bayes_factor(shares[0], independent, shares[1], prior.size)
    lasting, lasting_draws = _lasting(claim, before, sources.log_lasting)
    of_trials = bayes_factor(shares[0], independent, lasting, lasting_draws)
    # Where both are certain the trials say no more than the assumption.
    if shares[0] == lasting and lasting in (0.0, 1.0):
        of_trials = BayesFactor(1.0, "", 0.0)
    widths = _other_widths(claim, sources, after, independent)
    certain = {*shares, *(widths[f"prior_probability_{name}"] for name in _WIDTH_NAMES.values())}
    known = [support_of(design, (drug,)) for drug in claim.drugs]
    learned = learned_from(before, after)
    about = claim.varied(sources.strengths)
    held = named_in(sources.fixed, about)
    outside = [f"{name}: {reason}" for name in claim.regimens for reason in sources.beyond.get(name, ())]
    return {
        "claim": claim.name,
        "ledger": " ".join(claim.ledger),
        "sentence": claim.sentence,
        "verdict": verdict(
            shares[1],
            shares[0],
            (factor.cautious, of_trials.cautious),
            interpolated=bool(claim.regimens) and not outside,
            everywhere=certain in ({0.0}, {1.0}),
            prior_driven=bool(learned["prior_driven"]),
            without_trials=any(not each.arms for each in known),
            is_fixed=bool(held),
        ),
        "prior_probability": shares[1],
        "lasting_prior_probability": lasting,
        "posterior_probability": shares[0],
        "bayes_factor": factor.value,
        "bayes_factor_bound": factor.bound,
        "bayes_factor_log_error": factor.log_error,
        "bayes_factor_beyond_lasting": of_trials.value,
        "bayes_factor_beyond_lasting_bound": of_trials.bound,
        **widths,
        "unit": claim.unit,
        "sense": claim.sense,
        "limit": claim.limit,
        **beside(after[np.isfinite(after)], before[np.isfinite(before)]),
        **learned,
        "basis": "no regimen" if not claim.regimens else "extrapolation" if outside else "interpolation",
        "reasons": "; ".join(outside),
        **data_of(claim, design),
        "decided_by": claim.decided_by,
        "varied": " ".join(name for name in about if name not in held),
        "fixed": " ".join(held),
        "changed_priors": " ".join(named_in(sources.changed, about)),
        "posterior_draws": posterior.size,
        "posterior_independent_draws": independent,
        "prior_draws": prior.size,
    }


def named_in(names: tuple[str, ...], about: tuple[str, ...]) -> tuple[str, ...]:
    """Names that are among some parameters, or are elements of one of them.

    Examples
    --------
    >>> named_in(("placebo_response[fibromyalgia]", "burden_time"), ("placebo_response", "misfit"))
    ('placebo_response[fibromyalgia]',)
    """
    return tuple(name for name in names if name.partition("[")[0] in about)


def _other_widths(claim: Claim, sources: Sources, numbers: np.ndarray, independent: int) -> dict[str, float]:
    """Probabilities under priors of half and double width of the parameters of a claim."""
    found: dict[str, float] = {}
    # What is fixed has no prior whose width could be another.
    varied = tuple(name for name in claim.varied(sources.strengths) if name in sources.priors)
    group = group_of(claim, sources.strengths)
    known = np.isfinite(numbers)
    for width, name in _WIDTH_NAMES.items():
        weight, pareto_k = weights(sources.posterior.draws, sources.priors, varied, width)
        # Equal weights have no tail to fit.
        believed = not pareto_k > MAX_PARETO_K and effective_draws(weight) >= FEWEST_EFFECTIVE_DRAWS
        holds = claim.holds(numbers)
        share = float(np.average(holds, weights=weight[known])) if believed and known.any() else np.nan
        few = claim.quantity(sources.widened[group, width])
        prior = share_of(claim.holds(few))
        found |= {
            f"prior_probability_{name}": prior,
            f"posterior_probability_{name}": share,
            f"bayes_factor_{name}": _factor(share, independent, prior, len(few)),
            f"pareto_k_{name}": pareto_k,
        }
    return found


def _factor(posterior: float, draws: int, prior: float, prior_draws: int) -> float:
    found = np.isfinite(posterior) and np.isfinite(prior)
    return bayes_factor(posterior, draws, prior, prior_draws).value if found else float("nan")


def _lasting(claim: Claim, numbers: np.ndarray, log_lasting: np.ndarray) -> tuple[float, int]:
    """Share of the prior under the assumption that patients' states last, and its effective draws.

    NaN where too few prior draws allow it.
    """
    known = np.isfinite(numbers) & np.isfinite(log_lasting)
    if not known.any():
        return float("nan"), 1
    weight = np.exp(log_lasting[known] - log_lasting[known].max())
    effective = int(effective_draws(weight))
    if effective < FEWEST_EFFECTIVE_DRAWS:
        return float("nan"), 1
    return float(np.average(claim.holds(numbers[known]), weights=weight)), effective
