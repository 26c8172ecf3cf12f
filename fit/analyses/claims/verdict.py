"""One word for what draws say of a claim, by rules that are stated."""

from __future__ import annotations

BUILT_IN = "built in"
MOSTLY_PRIOR = "mostly prior"
SUPPORTED = "supported"
CONTRADICTED = "contradicted"
UNDECIDED = "undecided"

SURE = 0.95
FACTOR = 3.0

RULES = (
    f"'{BUILT_IN}': true in every draw of the posterior, of the prior, and of priors of half and double "
    f"width, or in none; the equations decide it, and no trial does.",
    f"'{MOSTLY_PRIOR}': no trial of one of its drugs was used; or its number is prior-driven (contraction "
    "below 0.1 and mean moved by less than 0.25 prior standard deviations); or its probability is at least "
    f"{SURE:g} or at most {1 - SURE:.2f}, but was nearly so before: the Bayes factor, or the one beyond the "
    f"assumption that patients' states last, is not {FACTOR:g} or more (1/{FACTOR:g} or less) by more than "
    f"its Monte Carlo standard error.",
    f"'{SUPPORTED}': posterior probability at least {SURE:g}, both Bayes factors at least {FACTOR:g}.",
    f"'{CONTRADICTED}': posterior probability at most {1 - SURE:.2f}, both Bayes factors at "
    f"most 1/{FACTOR:g}.",
    f"'{UNDECIDED}': everything else.",
)


def verdict(
    posterior: float,
    factors: tuple[float, ...],
    *,
    everywhere: bool,
    prior_driven: bool,
    without_trials: bool,
) -> str:
    """Verdict by ``RULES``.

    Parameters
    ----------
    posterior
        Probability of the claim.
    factors
        Its Bayes factor and the one beyond the assumption that states last, moved towards 1 by their standard
        errors, or their limits; NaN for one that is not known.
    everywhere
        Whether all draws of all sources agree.
    prior_driven
        Whether its number is.
    without_trials
        Whether it speaks of a drug of which no trial was used.

    Examples
    --------
    >>> verdict(0.99, (200.0, 90.0), everywhere=False, prior_driven=False, without_trials=False)
    'supported'
    >>> verdict(1.0, (), everywhere=True, prior_driven=False, without_trials=False)
    'built in'
    """
    if everywhere:
        return BUILT_IN
    if prior_driven or without_trials:
        return MOSTLY_PRIOR
    if posterior >= SURE:
        return SUPPORTED if all(not factor < FACTOR for factor in factors) else MOSTLY_PRIOR
    if posterior <= 1.0 - SURE + 1e-12:
        return CONTRADICTED if all(not factor > 1.0 / FACTOR for factor in factors) else MOSTLY_PRIOR
    return UNDECIDED
