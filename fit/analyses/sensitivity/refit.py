"""The fit again with something changed: what the results owe to it, without any approximation."""

from __future__ import annotations

import dataclasses
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import dask
import numpy as np
import pandas as pd
import xarray as xr

from windup.datasets import Trials
from windup.fit.analyses.sensitivity.variants import with_blocks
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
from windup.fit.storage.formats import tree_bytes
from windup.fit.storage.tree import group

type Label = float | str
"""What names a fit: a factor on prior widths, or a block that was left out."""


class Variant(NamedTuple):
    """One fit: its name, its settings, and what keeps how far it is. It leaves out the blocks they lack."""

    label: Label
    settings: Settings
    checkpoint: Path | None = None


class Refit(NamedTuple):
    """What all refits share: trials, and a posterior to start from."""

    trials: Trials
    start: Earlier | None = None


def refits(
    trials: Trials,
    variants: Sequence[Variant],
    *,
    known: xr.DataTree | None,
    store: Path,
    scheduler: str | None = None,
    progress: Progress,
) -> dict[Label, xr.DataTree]:
    """Fits by their label; ``known`` is that of the first variant, where there is one.

    The others start from it where it has converged: their posteriors are close to its own, and warm-up fits
    the widths again. Finished ones, and how far others are, are kept in ``store`` until all are there.
    """
    base, *others = variants
    missing = others if known is not None else list(variants)
    start = earlier_in(known) if known is not None and check_convergence(known).converged else None
    shared = Shared.of(Refit(trials, start), trials.sha256, base.settings.as_json(), start and start.digest)
    # Absolute: a worker may stand elsewhere.
    kept = {f"refit_{each.label}_{shared.digest}": each for each in missing}
    done = run_tasks(
        refit,
        shared.content,
        {
            name: each._replace(checkpoint=checkpoint_of(store.absolute(), name))
            for name, each in kept.items()
        },
        store=store,
        scheduler=scheduler or (THIS_MACHINE if workers_here() > 1 else ONE_PROCESS),
        phase="fits with something changed",
        progress=progress,
    )
    trees = dict(zip((each.label for each in missing), map(_tree, done.values()), strict=True))
    if known is not None:
        trees[base.label] = known
    shutil.rmtree(store)
    return {each.label: trees[each.label] for each in variants}


def refit(shared: Refit, variant: Variant) -> TaskOutput:
    """One fit, as the bytes of its netCDF file; one that was stopped or killed goes on."""
    settings, checkpoint = variant.settings, here(variant.checkpoint)
    trials = with_blocks(shared.trials, settings.blocks)
    # Approximations start from nothing.
    start = shared.start if settings.sampler in MARKOV_CHAINS else None

    def attempt(left: Path | None) -> xr.DataTree:
        return fit_posterior(trials, settings, checkpoint=checkpoint, resume_from=left, start=start)

    tree = from_what_was_left(checkpoint, attempt, silent)
    # On a worker xarray would ask the scheduler for a lock, which it cannot give for bytes in memory.
    with dask.config.set(scheduler="threads"):
        return {"netcdf": np.frombuffer(tree_bytes(tree, ()), np.uint8)}


def _tree(result: TaskOutput) -> xr.DataTree:
    with xr.open_datatree(io.BytesIO(result["netcdf"].tobytes()), engine="h5netcdf") as opened:
        return opened.load()


def refit_table(fits: Mapping[Label, xr.DataTree], *, by: str) -> pd.DataFrame:
    """Effects and gains of every fit, whose label stands in the column ``by``; the first fit is the base.

    ``shift_sd`` is the distance of the median from that of the base, in its posterior standard deviations (a
    quarter of its central 95 % interval); ``width_ratio`` compares the two intervals.
    """
    tables = {label: _results(tree) for label, tree in fits.items()}
    base = next(iter(tables.values())).set_index("quantity")
    parts = []
    for label, table in tables.items():
        beside = base.reindex(table["quantity"]).reset_index()
        width = beside["high_95"] - beside["low_95"]
        shift = (table["median"] - beside["median"]) / (width / 4.0)
        ratio = (table["high_95"] - table["low_95"]) / width
        parts.append(table.assign(**{by: label}, shift_sd=shift, width_ratio=ratio))
    return pd.concat(parts, ignore_index=True)


def gains_above_one(fits: Mapping[Label, xr.DataTree]) -> dict[str, dict[Label, float]]:
    """P(gain > 1) by loop and by fit; empty where the model has no loop."""
    found: dict[str, dict[Label, float]] = {}
    for label, tree in fits.items():
        if group(tree, "posterior").sizes.get("loop"):
            gains = loop_gains(tree)
            for loop, probability in zip(gains["loop"], gains["probability_above_one"], strict=True):
                found.setdefault(str(loop), {})[label] = float(probability)
    return found


def convergence_table(fits: Mapping[Label, xr.DataTree], *, by: str) -> pd.DataFrame:
    """Whether each of the fits converged."""
    rows = []
    for label, tree in fits.items():
        checks = check_convergence(tree)
        rows.append(
            {
                by: label,
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
    kept = (
        "errors",
        "patients",
        "priors",
        "fixed",
        "unknown_doses",
        "habitual_magnesium",
        "blocks",
        "covariates",
    )
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
