"""A numpyro model as it is sampled: bound to its arguments, looked through before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpyro
from jaxtyping import Array
from numpyro import distributions as dist
from numpyro import handlers

from windup.fit.errors import ModelFaults
from windup.fit.sampling.target.arguments import bad_arguments
from windup.fit.sampling.target.explain import explained
from windup.fit.sampling.target.handlers import FixedKey
from windup.fit.sampling.target.middles import base_of, can_move, is_latent, middle_of
from windup.fit.sampling.target.sites import Model, is_discrete

# Beginnings of the names of numpyro's distributions that have a density and a point mass.
_POINT_MASSES = "Hurdle", "ZeroInflated", "LeftCensored", "RightCensored", "IntervalCensored"
_VALUED = "sample", "deterministic"


type Shape = tuple[int, ...]


class Inspected(NamedTuple):
    """A model that can be sampled, and what is known of it without sampling.

    Attributes
    ----------
    model, arguments
        What `windup.fit.sampling.target.target.target_of` takes: keyword arguments, arrays of single
        precision and values of ``numpyro.param`` are settled.
    sampled, deterministic, observed
        Shapes of these sites by name.
    density
        Shapes of the log densities of the observed ones.
    enumerated
        Shapes of the discrete sites, over whose values the density is summed.
    plates
        Number of nested plates.
    fixed
        What stays as it is although the model lets it vary: sites of ``numpyro.param``, and
        ``numpyro.prng_key``.
    """

    model: Model
    arguments: tuple[Any, ...]
    sampled: Mapping[str, Shape]
    deterministic: Mapping[str, Shape]
    observed: Mapping[str, Shape]
    density: Mapping[str, Shape]
    enumerated: Mapping[str, Shape]
    plates: int
    fixed: tuple[str, ...]


def inspect_model(model: Model, arguments: tuple[Any, ...], options: Mapping[str, Any]) -> Inspected:
    """Look through a model that is called with arguments and keyword arguments.

    Raises
    ------
    ModelFaults
        When a site cannot be sampled: it names every one, and what to do.
    """
    given = tuple(_doubled(arguments)), dict(_doubled(dict(options)))
    sites: dict[str, dict[str, Any]] = {}
    used: set[str] = set()

    def bound(fixed: Mapping[str, Any], options: Mapping[str, Any], *arguments: Any) -> None:
        FixedKey(handlers.substitute(model, data=dict(fixed)), used)(*arguments, **options)

    def traced(rng_key: Array) -> dict[str, Any]:
        seeded = handlers.substitute(handlers.seed(bound, rng_key), substitute_fn=middle_of)
        sites.update(handlers.trace(seeded).get_trace({}, given[1], *given[0]))
        # While it is traced: a bound that depends on another site is a number here alone.
        faults = [*_faults(sites)]
        if faults:
            raise ModelFaults(faults)
        shapes.update(_shapes(sites))
        return {name: site["value"] for name, site in sites.items() if site["type"] in ("param", "mutable")}

    shapes: dict[str, dict[str, Shape]] = {}
    with explained(model):
        try:
            fixed = jax.jit(traced)(jax.random.key(0))
        except ValueError as error:
            if "distribution got invalid" not in str(error):
                raise
            raise ModelFaults(_not_allowed(traced, sites) or [str(error)]) from error
    arguments = (fixed, given[1], *given[0])
    return Inspected(bound, arguments, **shapes, plates=_plates(sites), fixed=(*fixed, *used))


def _shapes(sites: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Shape]]:
    """Shapes of sites by their kind."""
    shapes = {name: jnp.shape(site["value"]) for name, site in sites.items() if site["type"] in _VALUED}
    observed = {name: site for name, site in sites.items() if is_data(site)}
    latent = {name: site for name, site in sites.items() if is_latent(site)}
    return {
        "sampled": {name: shapes[name] for name, site in latent.items() if not is_discrete(site)},
        "deterministic": {n: shapes[n] for n, site in sites.items() if site["type"] == "deterministic"},
        "observed": {name: shapes[name] for name in observed},
        "density": {name: _density_shape(site) for name, site in observed.items()},
        "enumerated": {name: shapes[name] for name, site in latent.items() if is_discrete(site)},
    }


def _not_allowed(traced: Callable[[Array], Any], sites: Mapping[str, Any]) -> list[str]:
    """Sites whose distributions have arguments that numpyro refuses without naming the site."""
    with numpyro.validation_enabled(False):
        jax.eval_shape(traced, jax.random.key(0))
    return [
        f"The distribution of the site '{name}' ({type(base_of(site['fn'])).__name__}) has arguments that "
        f"are not allowed: {reasons}."
        for name, site in sites.items()
        if site["type"] == "sample" and (reasons := bad_arguments(site["fn"]))
    ]


def is_data(site: Mapping[str, Any]) -> bool:
    """Whether a site is an observation; a factor is none: no value of it could be another."""
    return site["type"] == "sample" and site["is_observed"] and not isinstance(base_of(site["fn"]), dist.Unit)


def _plates(sites: Mapping[str, Mapping[str, Any]]) -> int:
    stacks = (site.get("cond_indep_stack") or () for site in sites.values() if site["type"] == "sample")
    return max((-frame.dim for stack in stacks for frame in stack if frame.dim is not None), default=0)


def _density_shape(site: Mapping[str, Any]) -> Shape:
    value = site["value"]
    batch = jnp.shape(value)[: jnp.ndim(value) - len(site["fn"].event_shape)]
    shape: Shape = jnp.broadcast_shapes(site["fn"].batch_shape, batch)
    return shape


def _doubled(arguments: Any) -> Any:
    """Arguments whose arrays of less than double precision are of double precision."""

    def doubled(leaf: Any) -> Any:
        dtype = getattr(leaf, "dtype", None)
        if dtype is None or not hasattr(leaf, "astype"):
            return leaf
        if jnp.issubdtype(dtype, jnp.floating) and dtype.itemsize < 8:
            return leaf.astype("float64")
        return leaf.astype("complex128") if dtype == jnp.complex64 else leaf

    return jax.tree.map(doubled, arguments)


def _faults(sites: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, site in sites.items():
        if site["type"] == "plate":
            size, subsample = site["args"]
            if subsample is not None and subsample < size:
                yield (
                    f"The plate '{name}' takes {subsample} of {size} rows at random. Samplers by gradients "
                    "need all of them: leave out subsample_size."
                )
        if is_latent(site):
            yield from _latent_faults(name, site)
    latent = [site for site in sites.values() if is_latent(site)]
    if latent and all(is_discrete(site) for site in latent):
        yield "All its sites to sample are discrete: samplers by gradients need a continuous one."
    if not latent:
        yield (
            "It has no site to sample: no numpyro.sample without obs. To evaluate such a model, use "
            "numpyro.infer.util.log_density."
        )


def _latent_faults(name: str, site: Mapping[str, Any]) -> Iterator[str]:
    prior, kind = site["fn"], type(base_of(site["fn"])).__name__
    if _has_point_mass(prior):
        yield (
            f"The site '{name}' ({kind}) takes some value with a probability of its own, which no density "
            "shows to a sampler: mix it from a discrete site and a continuous one, or take a continuous "
            "distribution."
        )
    elif isinstance(base_of(prior), dist.Unit):
        yield f"The site '{name}' has a Unit distribution, which has no values: use numpyro.factor."
    elif isinstance(base_of(prior), dist.Delta):
        yield (
            f"The site '{name}' has a Delta distribution, which leaves it a single value: use "
            "numpyro.deterministic for it."
        )
    elif prior.support.is_discrete:
        if not (prior.has_enumerate_support and find_spec("funsor")):
            yield _discrete_fault(name, prior)
    elif not can_move(prior.support):
        sphere = "sphere" in repr(prior.support).lower()
        remedy = (
            f"wrap the model in numpyro.handlers.reparam(config={{'{name}': ProjectedNormalReparam()}})"
            if sphere
            else "write it as a function of sites that numpyro can transform"
        )
        yield (
            f"The values of the site '{name}' ({kind}) lie where no sampler by gradients can move: {remedy}."
        )


def _has_point_mass(prior: dist.Distribution) -> bool:
    """Whether a distribution of continuous values gives some of them a probability of their own."""
    base = base_of(prior)
    if base.support.is_discrete:
        return False
    if any(each.__name__.startswith(_POINT_MASSES) for each in type(base).__mro__):
        return True
    parts = [getattr(base, name) for name in ("component_distribution", "base_dist") if hasattr(base, name)]
    parts += list(getattr(base, "component_distributions", ()))
    return any(isinstance(base_of(part), dist.Delta) or _has_point_mass(part) for part in parts)


def _discrete_fault(name: str, prior: dist.Distribution) -> str:
    """Why a discrete site is not sampled, and what to do."""
    kind = type(base_of(prior)).__name__
    if prior.has_enumerate_support:
        return (
            f"The site '{name}' ({kind}) is discrete, and samplers by gradients need a density without it: "
            "install funsor (pip install funsor), by which numpyro sums over its values, or sum over them in "
            "the model, with dist.MixtureSameFamily or jax.scipy.special.logsumexp in a numpyro.factor."
        )
    return (
        f"The site '{name}' ({kind}) is discrete, and its values cannot be listed: sum over those that "
        "matter, or take a continuous distribution, such as Gamma or LogNormal, in its place."
    )
