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
    f"'{BUILT_IN}': true in every draw of prior and posterior, or in none; the equations, or what was "
    f"assumed of them, decide it, and no trial does.",
    f"'{MOSTLY_PRIOR}': no trial of one of its drugs was used, or its number is prior-driven (contraction "
    f"below 0.1 and mean moved by less than 0.25 prior standard deviations), or its probability is beyond "
    f"{SURE:g} or {1 - SURE:.2f} with a Bayes factor that is not (below {FACTOR:g}, or above 1/{FACTOR:g}).",
    f"'{SUPPORTED}': posterior probability at least {SURE:g} and Bayes factor at least {FACTOR:g}.",
    f"'{CONTRADICTED}': posterior probability at most {1 - SURE:.2f} and Bayes factor at most 1/{FACTOR:g}.",
    f"'{UNDECIDED}': everything else.",
)


def verdict(
    posterior: float, prior: float, factor: float, *, prior_driven: bool, without_trials: bool
) -> str:
    """Verdict by ``RULES``.

    Parameters
    ----------
    posterior, prior
        Probabilities of the claim.
    factor
        Its Bayes factor, or the limit of it.
    prior_driven
        Whether its number is.
    without_trials
        Whether it speaks of a drug of which no trial was used.

    Examples
    --------
    >>> verdict(0.99, 0.3, 200.0, prior_driven=False, without_trials=False)
    'supported'
    >>> verdict(1.0, 1.0, float("nan"), prior_driven=False, without_trials=False)
    'built in'
    """
    if posterior == prior and posterior in (0.0, 1.0):
        return BUILT_IN
    if prior_driven or without_trials:
        return MOSTLY_PRIOR
    if posterior >= SURE:
        return SUPPORTED if factor >= FACTOR else MOSTLY_PRIOR
    if posterior <= 1.0 - SURE + 1e-12:
        return CONTRADICTED if factor <= 1.0 / FACTOR else MOSTLY_PRIOR
    return UNDECIDED
