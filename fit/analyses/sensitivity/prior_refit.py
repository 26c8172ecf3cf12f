"""The fit again with other prior widths: what the results owe to them, without any approximation."""

from __future__ import annotations

import dataclasses
import io
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import dask
import numpy as np
import pandas as pd
import xarray as xr

from windup.datasets import Trials
from windup.fit.diagnostics.convergence import check_convergence
from windup.fit.diagnostics.effects import drug_effects, loop_gains
from windup.fit.execution.progress import Progress, silent
from windup.fit.execution.tasks import (
    ONE_PROCESS,
    THIS_MACHINE,
    Shared,
    TaskOutput,
    checkpoint_of,
    here,
    run_tasks,
    workers_here,
)
from windup.fit.posterior.fit_posterior import fit_posterior
from windup.fit.runs.inner_run import from_what_was_left
from windup.fit.sampling.chains.warm import Earlier, earlier_in
from windup.fit.settings.fit import MARKOV_CHAINS, Settings
from windup.fit.settings.priors import Prior
from windup.fit.storage.formats import tree_bytes
from windup.fit.storage.tree import group
from windup.models import PainModel, Parameter, free


def with_prior_widths(settings: Settings, parameters: tuple[Parameter, ...], factor: float) -> Settings:
    """Settings in which the priors of a mechanism are ``factor`` times as wide.

    Parameters
    ----------
    settings
        Of a fit; the priors of the observation model stay as they are there.
    parameters
        Of its model, with the priors that the settings chose. What is fixed stays fixed.
    factor
        On the standard deviation of every prior (of the logarithm where it is log-normal); medians stay.
    """
    widened = {
        each.name: Prior(family=each.family, location=each.location, scale=factor * each.prior_scale)
        for each in free(parameters)
    }
    return dataclasses.replace(settings, priors={**settings.priors, **widened})


FACTORS = (0.5, 1.0, 2.0)


class Refit(NamedTuple):
    """What all refits share: trials, parameters of the model, how to fit, a posterior to start from."""

    trials: Trials
    parameters: tuple[Parameter, ...]
    settings: Settings
    start: Earlier | None = None


class PriorWidth(NamedTuple):
    """The factor on prior widths of one refit, and what keeps how far its fit is."""

    factor: float
    checkpoint: Path | None = None


def refits(
    trials: Trials,
    model: PainModel[Any, Any],
    settings: Settings,
    *,
    known: xr.DataTree | None,
    store: Path,
    scheduler: str | None = None,
    progress: Progress,
) -> dict[float, xr.DataTree]:
    """Fits by the factor on prior widths; ``known`` is the one of factor 1, where there is one.

    The others start from it where it has converged: their priors have the same medians, and warm-up fits the
    widths again. Finished ones, and how far others are, are kept in ``store`` until all are there.
    """
    missing = [factor for factor in FACTORS if factor != 1.0 or known is None]
    start = earlier_in(known) if known is not None and check_convergence(known).converged else None
    shared = Shared.of(
        Refit(trials, model.parameters(), settings, start),
        trials.sha256,
        settings.as_json(),
        start and start.digest,
    )
    names = {f"prior_widths_{factor:g}_{shared.digest}": factor for factor in missing}
    done = run_tasks(
        refit,
        shared.content,
        {
            # Absolute: a worker may stand elsewhere.
            name: PriorWidth(factor, checkpoint_of(store.absolute(), name))
            for name, factor in names.items()
        },
        store=store,
        scheduler=scheduler or (THIS_MACHINE if workers_here() > 1 else ONE_PROCESS),
        phase="fits with other prior widths",
        progress=progress,
    )
    trees = dict(zip(missing, map(_tree, done.values()), strict=True))
    if known is not None:
        trees[1.0] = known
    shutil.rmtree(store)
    return {factor: trees[factor] for factor in FACTORS}


def refit(shared: Refit, width: PriorWidth) -> TaskOutput:
    """One fit, as the bytes of its netCDF file; one that was stopped or killed goes on."""
    settings = with_prior_widths(shared.settings, shared.parameters, width.factor)
    checkpoint = here(width.checkpoint)
    # Approximations start from nothing.
    start = shared.start if settings.sampler in MARKOV_CHAINS else None

    def attempt(left: Path | None) -> xr.DataTree:
        return fit_posterior(shared.trials, settings, checkpoint=checkpoint, resume_from=left, start=start)

    tree = from_what_was_left(checkpoint, attempt, silent)
    # On a worker xarray would ask the scheduler for a lock, which it cannot give for bytes in memory.
    with dask.config.set(scheduler="threads"):
        return {"netcdf": np.frombuffer(tree_bytes(tree, ()), np.uint8)}


def _tree(result: TaskOutput) -> xr.DataTree:
    with xr.open_datatree(io.BytesIO(result["netcdf"].tobytes()), engine="h5netcdf") as opened:
        return opened.load()


def refit_table(fits: dict[float, xr.DataTree]) -> pd.DataFrame:
    """Effects and gains by the factor on prior widths.

    ``shift_sd`` is the distance of the median from that of the fit with factor 1, in its posterior standard
    deviations (a quarter of its central 95 % interval); ``width_ratio`` compares the two intervals.
    """
    tables = {factor: _results(tree) for factor, tree in fits.items()}
    base = tables[1.0].set_index("quantity")
    parts = []
    for factor, table in tables.items():
        beside = base.loc[table["quantity"]].reset_index()
        width = beside["high_95"] - beside["low_95"]
        shift = (table["median"] - beside["median"]) / (width / 4.0)
        ratio = (table["high_95"] - table["low_95"]) / width
        parts.append(table.assign(prior_width_factor=factor, shift_sd=shift, width_ratio=ratio))
    return pd.concat(parts, ignore_index=True)


def convergence_table(fits: dict[float, xr.DataTree]) -> pd.DataFrame:
    """Whether each of the fits converged."""
    rows = []
    for factor, tree in fits.items():
        checks = check_convergence(tree)
        rows.append(
            {
                "prior_width_factor": factor,
                "max_rhat": checks.max_rhat,
                "min_ess_bulk": checks.min_ess_bulk,
                "divergences": checks.divergences,
                "converged": checks.converged,
            }
        )
    return pd.DataFrame(rows)


def refit_settings(settings: Settings | None, *, model: str, preset: str, seed: int) -> Settings:
    """Settings of the refits: those of the preset; a run's own where it has the same preset.

    Priors, fixed values and what is taken for known of exposures are those of the run in any case.
    """
    if settings is None:
        return Settings.from_preset(preset, model=model, seed=seed)
    if settings.preset == preset:
        return dataclasses.replace(settings, seed=seed)
    kept = ("errors", "priors", "fixed", "unknown_doses", "habitual_magnesium", "blocks")
    chosen = {name: getattr(settings, name) for name in kept}
    return Settings.from_preset(preset, model=model, seed=seed, **chosen)


def _results(tree: xr.DataTree) -> pd.DataFrame:
    columns = ["quantity", "median", "low_95", "high_95"]
    effects = drug_effects(tree).rename(columns={"drug": "quantity"})
    gains = loop_gains(tree)
    if group(tree, "posterior").sizes.get("loop"):
        gains = gains.assign(quantity="loop gain: " + gains["loop"])
        return pd.concat([effects[columns], gains[columns]], ignore_index=True)
    return effects[columns].replace([np.inf, -np.inf], np.nan)
