"""A problem of PEtab as a log-likelihood and a model of numpyro."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
from jax import Array
from jaxtyping import Float

from windup.datasets import nearest
from windup.fit.analyses.petab.densities import error_distribution
from windup.fit.analyses.petab.readings import Reading, expected_of
from windup.fit.analyses.petab.sites import Site, sampled, sites_of
from windup.fit.analyses.petab.solve import Solver
from windup.fit.analyses.petab.tables.contents import Contents
from windup.fit.errors import SettingsError


@final
@dataclass(frozen=True, eq=False)
class PetabProblem:
    r"""A problem of PEtab that was read (`windup.fit.read_petab`).

    For measurements :math:`m_i` with expected values :math:`y_i(\theta)`, from the solution of the model, and
    scales :math:`\sigma_i(\theta)` of their errors, the log-likelihood is
    :math:`\sum_i \ln p(m_i \mid y_i, \sigma_i)`, with the normal or Laplace density of the problem, of
    measurements or of their logarithms, all constants included.

    Attributes
    ----------
    contents
        What the tables hold.
    readings
        Measurements by observable.
    solver
        Solves the model; ``method`` and ``tolerance`` say how.
    prior
        ``problem`` or ``uniform``: what stands for priors that the problem does not give.

    Examples
    --------
    >>> from windup.fit import read_petab, sample_model  # doctest: +SKIP
    >>> problem = read_petab("Boehm.yaml", prior="uniform")  # doctest: +SKIP
    >>> problem.log_likelihood({})  # doctest: +SKIP
    Array(-138.221997, dtype=float64)
    >>> tree = sample_model(jax.random.key(0), problem.model, starts=problem.start)  # doctest: +SKIP
    """

    contents: Contents
    readings: tuple[Reading, ...]
    solver: Solver
    prior: str

    @cached_property
    def nominal(self) -> dict[str, float]:
        """Nominal values of the estimated parameters, as the table gives them (untransformed)."""
        return {name: each.nominal for name, each in self.contents.parameters.items() if each.estimated}

    @cached_property
    def without_prior(self) -> tuple[str, ...]:
        """Estimated parameters for which the problem gives no prior.

        Version 2 of the standard makes them uniform where another parameter has a prior; that counts as one.
        """
        estimated = [each for each in self.contents.parameters.values() if each.estimated]
        if self.contents.version == 2 and any(each.prior for each in estimated):
            return ()
        return tuple(each.name for each in estimated if each.prior is None)

    @cached_property
    def sites(self) -> tuple[Site, ...]:
        """What is sampled for each estimated parameter."""
        return sites_of(self.contents.parameters.values())

    @property
    def start(self) -> dict[str, float]:
        """Nominal values by site, for ``starts`` of `windup.fit.sample_model`."""
        return {site.name: site.start for site in self.sites}

    def expected(self, parameters: Mapping[str, Any]) -> Float[Array, " measurements"]:
        """Expected value of every measurement, in the order of the table.

        Parameters
        ----------
        parameters
            As for `log_likelihood`.
        """
        return self._in_order(parameters)[0]

    def scales(self, parameters: Mapping[str, Any]) -> Float[Array, " measurements"]:
        """Scale of the error of every measurement, in the order of the table.

        On the scale of the error: that of a decadic logarithm for an observable that the table transforms so.

        Parameters
        ----------
        parameters
            As for `log_likelihood`.
        """
        return self._in_order(parameters)[1]

    def log_likelihood(self, parameters: Mapping[str, Any]) -> Float[Array, ""]:
        """Log-likelihood of all measurements, in nats.

        It can be differentiated and compiled by JAX. Not a number where a solve needs more than its largest
        number of steps.

        Parameters
        ----------
        parameters
            Values by identifier, untransformed (``k1``, not its logarithm), in the units of the problem.
            What is not given has its nominal value.

        Raises
        ------
        SettingsError
            When a name is no parameter of the problem.
        """
        total = jnp.zeros(())
        for reading, (mean, scale) in zip(self.readings, self._expected(parameters), strict=True):
            error = error_distribution(reading.observable, mean, scale)
            total += jnp.sum(error.log_prob(self._measured[reading.rows]))
        return total

    def model(self) -> None:
        """The model of numpyro: a site for each estimated parameter, and one for each observable.

        A parameter whose prior, or whose estimation, is on a logarithmic scale is sampled there
        (``log10_k1``), and has its plain value as a deterministic site (``k1``).

        Raises
        ------
        SettingsError
            When a parameter has no prior and the problem was not read with ``prior="uniform"``.
        """
        self.require_priors()
        values = sampled(self.sites)
        for reading, (mean, scale) in zip(self.readings, self._expected(values), strict=True):
            error = error_distribution(reading.observable, mean, scale)
            numpyro.sample(f"data_{reading.observable.name}", error, obs=self._measured[reading.rows])

    def require_priors(self) -> None:
        """Refuse to sample what has no prior.

        Raises
        ------
        SettingsError
            With the names of the parameters, and what to do.
        """
        if self.prior == "problem" and self.without_prior:
            shown = ", ".join(self.without_prior[:6]) + (" and others" if len(self.without_prior) > 6 else "")
            raise SettingsError(
                f"The problem gives no prior for {len(self.without_prior)} parameters ({shown}), and a "
                "posterior needs one. Give --prior uniform (in Python prior='uniform') for priors that are "
                "uniform within the bounds on the scale of the estimation, or write priors into the table of "
                "parameters."
            )

    def with_tolerance(self, tolerance: float) -> PetabProblem:
        """The same problem, solved with another relative tolerance; the absolute one is in proportion."""
        absolute = self.solver.absolute_tolerance * tolerance / self.solver.tolerance
        return replace(self, solver=replace(self.solver, tolerance=tolerance, absolute_tolerance=absolute))

    def _in_order(self, parameters: Mapping[str, Any]) -> Float[Array, "2 measurements"]:
        """Expected values and scales of errors."""
        found = jnp.zeros((2, len(self.contents.measurements)))
        for reading, both in zip(self.readings, self._expected(parameters), strict=True):
            found = found.at[:, reading.rows].set(jnp.stack(both))
        return found

    @cached_property
    def _measured(self) -> np.ndarray:
        return np.array([each.value for each in self.contents.measurements])

    @cached_property
    def _times(self) -> np.ndarray:
        return np.array([each.time for each in self.contents.measurements])

    def _expected(self, parameters: Mapping[str, Any]) -> list[tuple[Array, Array]]:
        known = self.contents.parameters
        unknown = [name for name in parameters if name not in known]
        if unknown:
            raise SettingsError(
                "\n".join(
                    f"'{name}' is no parameter of the problem. {nearest(name, known)}" for name in unknown
                )
            )
        given = {name: jnp.asarray(parameters.get(name, each.nominal), float) for name, each in known.items()}
        found: list[tuple[Array, Array]] = self._compiled(given)
        return found

    @cached_property
    def _compiled(self) -> Any:
        """Expected values and scales as one program: one operation at a time, solves take a minute."""

        def expected(given: dict[str, Array]) -> list[tuple[Array, Array]]:
            # XLA would work out at length what follows from the numbers among them.
            given = jax.lax.optimization_barrier(given)  # type: ignore[no-untyped-call]
            return expected_of(self.readings, self.solver, self._times, given)

        return jax.jit(expected)
