"""Analyses that fit inside, small enough to be killed and repeated: what each computes, by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from windup.datasets import packaged_trials
from windup.fit import Settings, read_run, run_fit
from windup.fit.analyses.calibration.calibrate import calibrate
from windup.fit.analyses.calibration.folder import calibrate_to_folder
from windup.fit.analyses.calibration.settings import CalibrationSettings
from windup.fit.analyses.comparison.left_out_studies import left_out_by_folds
from windup.fit.analyses.scoring.baseline import baseline_of
from windup.fit.analyses.sensitivity.refit import Variant, refits
from windup.fit.analyses.sensitivity.variants import FACTORS, with_prior_widths
from windup.fit.design.subset import some_studies
from windup.fit.execution.progress import silent
from windup.fit.posterior.fit_posterior import fit_posterior
from windup.fit.settings.samplers import Nuts
from windup.fit.storage.tree import draws_digest
from windup.models import PlaceboOnly

from ..runs.small import small_trials

SETTINGS = Settings.from_preset(
    "quick", model="placebo_only", sampler="nuts", chains=2, warmup=10, draws=10, max_tree_depth=3
)


def run_of(place: Path) -> Path:
    """A finished run of six studies."""
    settings = dataclasses.replace(SETTINGS, data=small_trials(place / "trials"), out=place / "run")
    return run_fit(settings, fit_posterior).folder


def baseline(place: Path) -> str:
    """Digest of the draws of the baseline of a run."""
    return baseline_of(read_run(place / "run"), None, progress=silent).draws_sha256


def folds(place: Path) -> str:
    """Log densities of studies that two folds left out."""
    left_out = left_out_by_folds(read_run(place / "run"), 2, 50, "none", place / "folds", fold_draws=10)
    return repr(left_out.elpd.elpd_i.values.tolist())


def prior_refit(place: Path) -> str:
    """Digests of the draws of fits with other prior widths."""
    trials = some_studies(packaged_trials(blocks=()), 6)
    parameters = PlaceboOnly().parameters()
    variants = [Variant(each, with_prior_widths(SETTINGS, parameters, each)) for each in FACTORS]
    fits = refits(trials, variants, known=None, store=place / "fits", scheduler="none", progress=silent)
    return " ".join(draws_digest(tree) for tree in fits.values())


def calibration(place: Path) -> str:
    """Ranks of three replicates."""
    settings = CalibrationSettings(
        model="placebo_only",
        replicates=3,
        studies=6,
        blocks=(),
        retained=9,
        sampler=Nuts(chains=2, warmup=20, draws=20, target_accept=0.8, max_tree_depth=4),
        out=place / "calibration",
    )
    folder, _ = calibrate_to_folder(settings, calibrate, scheduler="none")
    ranks = np.loadtxt(folder / "ranks.csv", delimiter=",", skiprows=1, usecols=1, dtype=str)
    return " ".join(ranks)


# Each with a pattern of the file in which it first keeps how far it is.
KINDS = {
    "baseline": (baseline, "run/.time_course.partial-*/checkpoint"),
    "folds": (folds, "folds/*.checkpoint"),
    "prior_refit": (prior_refit, "fits/*.checkpoint"),
    "calibration": (calibration, ".calibration.partial-*/checkpoint"),
}
