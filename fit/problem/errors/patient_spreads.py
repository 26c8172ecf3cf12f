r"""Spreads between patients: latent SDs, and what studies print of SDs and of the correlation of two visits.

The log SD :math:`\ell` of a class of rows has a mean :math:`\mu` and an SD :math:`\tau` between studies.
Three kinds of printed numbers are observations:

- SDs that studies report: :math:`\ell \sim N(\mu, \tau)`, each study's mean;
- SDs :math:`e^h` behind the contrasts of a study without a reported one
  (`windup.fit.design.errors.printed_spreads`): :math:`h \sim N(\ell + \log k, 0.2)`;
- Fisher's z of the correlations of a baseline with a later visit, of :math:`n` patients:
  :math:`z \sim N(\mathrm{artanh}\,\rho, \sqrt{0.3^2 + 1/(n - 3)})` with the correlation :math:`\rho` of two
  visits that all studies share (Fisher 1921).

Trials mostly adjust a contrast for the baseline. What is left then has :math:`\sqrt{1 - \rho^2}` times the SD
:math:`\sigma` of a value at a visit. A change from baseline has :math:`\sqrt{2(1 - \rho)}\,\sigma`. So
:math:`k = \sqrt{1 - \rho^2}` where the latent SD is that of means, and their ratio
:math:`k = \sqrt{(1 + \rho)/2}` where it is that of changes (Borm 2007).

References
----------
Fisher RA. On the "probable error" of a coefficient of correlation deduced from a small sample. Metron
1921;1:3-32: the variance of z is 1 / (n - 3).

Borm GF, Fransen J, Lemmens WAJG. A simple sample size formula for analysis of covariance in randomized
clinical trials. J Clin Epidemiol 2007;60:1234-8. doi:10.1016/j.jclinepi.2007.02.006: the variance after
adjustment is 1 - rho^2 times that of the values.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
import numpyro
from jaxtyping import Array, Float
from numpyro import distributions as dist

from windup.fit.design.arrays import DISPERSION_CLASSES, Design, Dispersions, Observed

SPREAD_SITES = ("reported_log_sd", "implied_log_sd", "printed_correlation")
"""Observed sites, by the names of their data in `windup.fit.design.arrays.Observed`."""

# Error of the log SD behind a contrast (expert). The table does not state how a trial computed it: at a
# correlation of 0.5, contrasts of changes have 1.15 times the SD of adjusted ones, and so have contrasts of
# unadjusted values (log 1.15 = 0.14). Patients left out and printed digits add to it.
IMPLIED_LOG_ERROR = 0.2

# SD between studies of the z of their correlation (expert): around 0.5, 95 % of studies lie between about 0
# and 0.8. Instruments, lengths of trials and criteria of enrolment differ.
CORRELATION_SPREAD = 0.3


def log_missing_sd(dispersions: Dispersions, draw: Mapping[str, Array]) -> Float[Array, " missing"]:
    """Log per-patient SD of every study and class that reports none, in the log of the class's unit."""
    missing = dispersions.missing_class
    deviation = draw["patient_sd_spread"][missing] * draw["missing_sd_by_study"]
    log_sd: Float[Array, " missing"] = draw["log_patient_sd"][missing] + deviation
    return log_sd


def sample_spreads(design: Design, observed: Observed, draw: Mapping[str, Array]) -> None:
    """Observe what studies print of spreads between patients.

    Parameters
    ----------
    design, observed
        Of the studies.
    draw
        Parameters by name, fixed ones included.
    """
    dispersions, printed, rho = design.dispersions, design.printed, draw["visit_correlation"]
    reported, latent = dispersions.reported_class, printed.implied_latent
    of_changes = dispersions.missing_class[latent] == DISPERSION_CLASSES.index("change")
    log_ratio = 0.5 * jnp.where(of_changes, jnp.log((1.0 + rho) / 2.0), jnp.log1p(-(rho**2)))
    error = np.sqrt(CORRELATION_SPREAD**2 + 1.0 / (printed.patients - 3.0))
    seen = (
        dist.Normal(draw["log_patient_sd"][reported], draw["patient_sd_spread"][reported]),
        dist.Normal(log_missing_sd(dispersions, draw)[latent] + log_ratio, IMPLIED_LOG_ERROR),
        dist.Normal(jnp.arctanh(rho), error),
    )
    for name, each in zip(SPREAD_SITES, seen, strict=True):
        numpyro.sample(name, each.to_event(1), obs=jnp.asarray(getattr(observed, name)))
