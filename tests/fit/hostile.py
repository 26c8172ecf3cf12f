"""Trials and a run whose names are those that somebody who wants to break a page would choose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from windup.datasets import load_trials, packaged_trials
from windup.fit.runs.run_fit import run_fit
from windup.fit.settings.fit import Settings

from .synthetic import synthetic_tree

NAMES = (
    "<script>document.title='broken'</script>",
    '"><img src=x onerror="document.title=1">',
    "../../etc/passwd\\..\\x/y",
    r"$\frac{1}{ $ % # & _ ^",
    "\N{PILL}\N{BRAIN} \N{RIGHT-TO-LEFT OVERRIDE}dlab\x07",
    "n" * 10_000,
    "{{ 7 * 7 }} {% raw %}",
)
ADDRESS = "javascript:document.title='broken'"
NOTE = "</td></table><h1>note</h1> https://example.org/?q=<b>&x=1 " + "long " * 2000


def write_hostile_trials(folder: Path) -> Path:
    """Packaged studies that the fit uses, under other names, with other citations, notes and addresses."""
    trials = packaged_trials()
    used = trials.observations[trials.observations["used"]]["study_id"]
    names = dict(zip(list(dict.fromkeys(used))[: len(NAMES)], NAMES, strict=True))
    folder.mkdir(parents=True)
    for file, content in trials.files.items():
        (folder / file).write_bytes(content)
        table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
        table = table[table["study_id"].isin(names)]
        table["study_id"] = table["study_id"].map(names)
        if file == "studies.csv":
            table = table.assign(citation=list(NAMES), notes=NOTE, source_url=ADDRESS, overlaps="")
            # One keeps a way to its source.
            table["doi"] = ["10.1000/<i>&x", *table["doi"][1:]]
        table.to_csv(folder / file, index=False)
    return folder


def hostile_run(out: Path, data: Path, **changes: Any) -> Path:
    """Finished run of these trials; its draws are synthetic."""

    def engine(trials: Any, settings: Any, **_: Any) -> xr.DataTree:
        names = sorted(set(trials.observations[trials.observations["used"]]["study_id"]))
        tree = synthetic_tree(chains=2, draws=60, prior_draws=100, visits=2, names=names)
        positions = xr.Dataset({"position": (("chain", "draw", "coordinate"), np.zeros((2, 60, 1)))})
        tree["unconstrained_posterior"] = xr.DataTree(positions)
        tree.attrs["data_sha256"] = json.dumps(trials.sha256)
        return tree

    settings = Settings.from_preset("full", data=load_folder(data), out=out, **changes)
    return Path(run_fit(settings, engine).folder)


def load_folder(data: Path) -> Path:
    """The same folder, once its tables are known to be sound."""
    load_trials(data)
    return data
