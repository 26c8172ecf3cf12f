"""A finished run loaded from disk: its draws, settings and data."""

from __future__ import annotations

import dataclasses
import json
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, final

import jax
import jax.numpy as jnp
import numpy as np
import xarray as xr

from windup.datasets import Trials, load_trials, packaged_trials
from windup.fit.diagnostics.convergence import DERIVED
from windup.fit.errors import RunFolderRefused
from windup.fit.problem.problem import Draw, Problem, completed
from windup.fit.settings.fit import Settings
from windup.fit.settings.recorded import recorded_settings
from windup.fit.storage.folder import POSTERIOR, SETTINGS, TRIALS, read_summary
from windup.fit.storage.tree import draws_digest, flat, group, spread_draws

_GROUPS = ("posterior", "prior", "unconstrained_posterior", "constant_data")


@final
@dataclasses.dataclass(frozen=True, eq=False)
class FittedRun:
    """A finished run.

    Attributes
    ----------
    folder
        Its folder.
    tree
        Its draws and the quantities derived from them.
    settings
        Its settings.
    notices
        Warnings that every result from it repeats.
    """

    folder: Path
    tree: xr.DataTree
    settings: Settings
    notices: tuple[str, ...]

    @cached_property
    def trials(self) -> Trials:
        """The trials it was fitted to.

        Raises
        ------
        RunFolderRefused
            When they are not to be had any more.
        """
        wanted = json.loads(self.tree.attrs["data_sha256"])
        blocks = self.settings.blocks
        places = [self.folder / TRIALS, *([self.settings.data] if self.settings.data else [])]
        for place in places:
            if place.is_dir() and (trials := load_trials(place, blocks=blocks)).sha256 == wanted:
                return trials
        if (trials := packaged_trials(blocks=blocks)).sha256 == wanted:
            return trials
        raise RunFolderRefused(
            f"The trials that {self.folder} was fitted to are not there: neither {places[0]} nor the "
            f"packaged trials have the SHA-256 {wanted[:12]}. Run the fit again."
        )

    @cached_property
    def problem(self) -> Problem:
        """The model and its trials as arrays, on the mesh of the fit.

        Raises
        ------
        RunFolderRefused
            When its draws are those of a model with other parameters, of an earlier version of windup.
        """
        from windup.fit.problem.build import problem_of
        from windup.fit.problem.priors import mechanism_priors, observation_priors, whitened_priors

        problem = problem_of(self.trials, self.settings, refinement=self.mesh_refinement)
        drawn = group(self.tree, "posterior")
        # Where the mechanism's parameters are there, so must those of the observation model and studies be.
        whole = all(name in drawn for name in mechanism_priors(problem))
        other = [
            name
            for name, prior in (observation_priors(problem) | whitened_priors(problem)).items()
            if whole and (name not in drawn or drawn[name].shape[2:] != prior.shape())
        ]
        if other:
            raise RunFolderRefused(
                f"{self.folder} was made by an earlier version of windup, whose {', '.join(other[:3])} "
                "is missing or of another size. What it wrote can be read; for this, run the fit again."
            )
        return problem

    @property
    def mesh_refinement(self) -> int:
        """Into how many steps each of the mesh was cut in the fit."""
        return int(json.loads(self.tree.attrs.get("mesh_refinement", "1")))

    @cached_property
    def draws_sha256(self) -> str:
        """Digest of its draws, which every result made from them records."""
        return draws_digest(self.tree)

    def draws(self, count: int, *, of: str = "posterior") -> Draw:
        """Parameters by name of at most ``count`` draws, evenly over all chains, draws in front.

        What the settings fixed is the same in every draw.

        Parameters
        ----------
        count
            Largest number.
        of
            ``"posterior"`` or ``"prior"``. Those of the prior are draws before the one assumption that
            patients' states last (`windup.fit.problem.people.one_patient.log_lasting`).
        """
        dataset = group(self.tree, of)
        names = [str(name) for name in dataset.data_vars if name not in DERIVED]
        chosen = spread_draws(dataset.sizes["chain"] * dataset.sizes["draw"], count)
        drawn = {name: jnp.asarray(flat(dataset[name]).values[chosen]) for name in names}
        return self._with_fixed(drawn, len(chosen)) if self.settings.fixed else drawn

    def _with_fixed(self, drawn: Draw, count: int) -> Draw:
        """The same with what the settings fixed, so that no analysis lacks a parameter."""
        constants = {
            parameter.name: jnp.full(count, parameter.location)
            for parameter in self.problem.model.parameters()
            if parameter.name in self.settings.fixed
        }
        whole: Draw = jax.vmap(partial(completed, self.problem))({**drawn, "": jnp.zeros(count)})
        return {name: value for name, value in whole.items() if name} | constants


def read_run(folder: Path) -> FittedRun:
    """Read a finished run.

    Parameters
    ----------
    folder
        Folder that ``windup fit`` wrote.

    Raises
    ------
    RunFolderRefused
        When there is none, it was interrupted, half of it is missing, another command or another version of
        windup wrote it.
    """
    place = folder.expanduser()
    if place.name.endswith(".interrupted"):
        original = place.name.removesuffix(".interrupted")
        raise RunFolderRefused(
            f"{place} is an interrupted run. Finish it with `windup fit --resume --out "
            f"{place.with_name(original)}`."
        )
    _, record = read_summary(place)
    if "nominal" in record:
        raise RunFolderRefused(
            f"{place} is the sample of a PEtab problem, which has no trials, doses or arms. Name a folder of "
            f"`windup fit`. `windup summary {place}` shows the sample; its draws are in {POSTERIOR}."
        )
    missing = [name for name in (POSTERIOR, SETTINGS) if not (place / name).is_file()]
    if missing:
        raise RunFolderRefused(f"{place} lacks {' and '.join(missing)}: half of a run. Run the fit again.")
    try:
        with xr.open_datatree(place / POSTERIOR, engine="h5netcdf") as opened:
            tree = opened.load()
        recorded = json.loads((place / SETTINGS).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError) as error:
        raise RunFolderRefused(
            f"The draws of {place} cannot be read ({type(error).__name__}: {error}). Run the fit again."
        ) from error
    absent = [name for name in _GROUPS if name not in tree.children]
    if absent or "versions" not in tree.attrs:
        what = ", ".join(absent) or "the versions it was made with"
        raise RunFolderRefused(f"{place / POSTERIOR} lacks {what}: half of a run. Run the fit again.")
    by, ours = json.loads(tree.attrs["versions"]).get("windup", "unknown"), version("windup")
    if _series(by) != _series(ours):
        raise RunFolderRefused(
            f"{place} was written by windup {by}, and this is {ours}: parameters may mean something else. "
            "Run the fit again, or install that version."
        )
    notices = tuple(recorded.pop("notices", ()))
    return FittedRun(place, tree, _settings(recorded, place), notices)


def _series(number: str) -> list[str]:
    return number.split(".")[:2]


def _settings(recorded: dict[str, Any], place: Path) -> Settings:
    try:
        return recorded_settings(recorded)
    except TypeError as error:
        raise RunFolderRefused(f"{place / SETTINGS} is not whole ({error}). Run the fit again.") from error


def finite(draws: np.ndarray) -> np.ndarray:
    """Draws that could be solved: those whose every number is finite."""
    return draws[np.isfinite(draws).reshape(len(draws), -1).all(axis=1)]
