"""Verdict on a claim from its probabilities and Bayes factors."""

from __future__ import annotations

BUILT_IN = "built in"
FIXED = "fixed"
MOSTLY_PRIOR = "mostly prior"
SUPPORTED = "supported"
CONTRADICTED = "contradicted"
UNDECIDED = "undecided"

SURE = 0.95
FACTOR = 3.0
# 1 - 0.95 is not 0.05 in binary.
_UNLIKELY = 1.0 - SURE + 1e-12

FIXED_RULE = (
    f"'{FIXED}': the settings of the fit fixed a parameter that the claim is about; that value decides it, "
    "in whole or in part, and no trial can support or contradict it."
)

RULES = (
    f"'{BUILT_IN}': true in every draw of the posterior, of the prior, and of priors of half and double "
    f"width, or in none; the equations decide it, and no trial does.",
    f"'{MOSTLY_PRIOR}': no trial of one of its drugs was used; or its number is prior-driven (contraction "
    "below 0.1 and mean moved by less than 0.25 prior standard deviations); or its probability is at least "
    f"{SURE:g} or at most {1 - SURE:.2f}, but was nearly so before: the Bayes factor, or the one beyond the "
    f"assumption that patients' states last, is not {FACTOR:g} or more (1/{FACTOR:g} or less) by more than "
    f"its Monte Carlo standard error, or no trial lies behind it: its regimen is an extrapolation and it was "
    f"as certain (at least {SURE:g}, or at most {1 - SURE:.2f}) before any trial.",
    f"'{SUPPORTED}': posterior probability at least {SURE:g}, both Bayes factors at least {FACTOR:g}, and "
    f"either the trials include its drug in its condition at its dose (interpolation) or its probability "
    f"before any trial was below {SURE:g}.",
    f"'{CONTRADICTED}': posterior probability at most {1 - SURE:.2f}, both Bayes factors at "
    f"most 1/{FACTOR:g}, and either interpolation or a probability above {1 - SURE:.2f} before any trial.",
    f"'{UNDECIDED}': everything else.",
)


def verdict(
    prior: float,
    posterior: float,
    factors: tuple[float, ...],
    *,
    interpolated: bool,
    everywhere: bool,
    prior_driven: bool,
    without_trials: bool,
    is_fixed: bool = False,
) -> str:
    """Verdict by ``FIXED_RULE`` and ``RULES``.

    A Bayes factor alone can make a claim look supported that was certain before and that no trial tested:
    the trials of other conditions narrow the last percent of doubt. Such a claim needs rows of its own drug
    in its own condition, or a prior probability below 0.95; the rule for contradicted claims mirrors this.

    Parameters
    ----------
    prior, posterior
        Probabilities of the claim before and after the trials.
    factors
        Its Bayes factor and the one beyond the assumption that states last, moved towards 1 by their standard
        errors, or their limits; NaN for one that is not known.
    interpolated
        Whether every regimen that the claim is read from lies inside what the trials included
        (`windup.fit.design.support.beyond`); False for a claim that is read from none.
    everywhere
        Whether all draws of all sources agree.
    prior_driven
        Whether its number is.
    without_trials
        Whether it speaks of a drug of which no trial was used.
    is_fixed
        Whether the settings fixed a parameter that it is about.

    Examples
    --------
    >>> known = {"everywhere": False, "prior_driven": False, "without_trials": False}
    >>> verdict(0.5, 0.99, (200.0, 90.0), interpolated=False, **known)
    'supported'
    >>> verdict(0.99, 0.999, (39.0, 20.0), interpolated=False, **known)
    'mostly prior'
    """
    if is_fixed:
        return FIXED
    if everywhere:
        return BUILT_IN
    if prior_driven or without_trials:
        return MOSTLY_PRIOR
    if posterior >= SURE:
        tested = interpolated or prior < SURE
        return SUPPORTED if tested and all(not factor < FACTOR for factor in factors) else MOSTLY_PRIOR
    if posterior <= _UNLIKELY:
        tested = interpolated or prior > _UNLIKELY
        return CONTRADICTED if tested and all(not f > 1.0 / FACTOR for f in factors) else MOSTLY_PRIOR
    return UNDECIDED
