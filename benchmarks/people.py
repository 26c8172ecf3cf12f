"""The studies of the page on people, and what a gradient of their density costs.

    python -m benchmarks.people --out runs/people_trials --cost docs/results/people_cost.csv

It writes the three tables of every study with a row after its cause was taken away, of every study of
ketamine or magnesium with a row of pain, and of every sixth other study with a row of pain, by name. The
rule was written down before any fit of populations.

``--cost`` times one gradient of every model and kind of patients there, at the start of a fit and one after
the other in every round (`benchmarks/_timing.py`), in double precision.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
import typer

from windup.datasets import CAUSE_REMOVED, DEFAULT_BLOCKS, Trials, load_trials, packaged_trials
from windup.fit import Settings
from windup.fit.execution.process import prepare_process
from windup.fit.problem.build import problem_of
from windup.fit.problem.target import build_target
from windup.fit.sampling.target.density import compile_density

from ._timing import side_by_side

# Substances that may move people to another branch within days.
STRONG = "ketamine|magnesium"
EVERY = 6


MODELS = ("single_loop", "cascade")
PATIENTS = ("mean", "common_gain", "population")
_BLOCKS = (*DEFAULT_BLOCKS, CAUSE_REMOVED)


def main(
    out: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("runs/people_trials"),
    cost: Annotated[Path | None, typer.Option(help="CSV file of the cost of a gradient.")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Times that everything is timed.")] = 5,
) -> None:
    """Write the tables of the part."""
    prepare_process()
    trials = packaged_trials(blocks=_BLOCKS)
    chosen = part_of(trials)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in trials.files.items():
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        mine = table[table["study_id"].isin(chosen)] if "study_id" in table else table
        if "overlaps" in mine:
            # A folder names no study that it does not hold.
            known = [
                ";".join(each for each in text.split(";") if each in chosen) for text in mine["overlaps"]
            ]
            mine = mine.assign(overlaps=known)
        mine.to_csv(out / name, index=False)
    print(f"{len(chosen)} studies in {out}")
    if cost is not None:
        cost_of(load_trials(out, blocks=_BLOCKS), rounds).to_csv(cost, index=False)


def cost_of(trials: Trials, rounds: int) -> pd.DataFrame:
    """Seconds of a gradient and of its compilation, by model and patients.

    Returns
    -------
    pandas.DataFrame
        ``model``, ``patients``, ``people`` (solved for each study), ``unknowns``, ``compile_seconds``
        (clock), ``gradient_seconds`` (processor) and ``ratio`` to one patient for each arm.
    """
    lines: list[dict[str, object]] = []
    functions: dict[tuple[str, str], Callable[[], object]] = {}
    for model, patients in product(MODELS, PATIENTS):
        problem = problem_of(
            trials, Settings.from_preset("full", model=model, patients=patients, blocks=_BLOCKS)
        )
        began = time.perf_counter()
        target = build_target(problem)
        density, start = compile_density(target), np.asarray(target.initial)
        compiled = time.perf_counter() - began
        functions[model, patients] = partial(density, start)
        lines.append(
            {
                "model": model,
                "patients": patients,
                "people": problem.people.solved,
                "unknowns": len(start),
                "compile_seconds": round(compiled, 1),
            }
        )
        print(lines[-1], flush=True)
    seconds = side_by_side(functions, rounds=rounds)
    table = pd.DataFrame(lines)
    names = list(zip(table["model"], table["patients"], strict=True))
    table["gradient_seconds"] = [float(f"{seconds[name]:.3g}") for name in names]
    table["ratio"] = [round(seconds[name] / seconds[name[0], PATIENTS[0]], 1) for name in names]
    return table


def part_of(trials: Trials) -> set[str]:
    """Names of the studies of the part, of trials with the block ``cause_removed``."""
    settings = Settings.from_preset("full", model="single_loop", blocks=_BLOCKS)
    design = problem_of(trials, settings).design
    of_pain = {name for name, painful in zip(design.studies, design.painful, strict=True) if painful}
    schedule = design.removal.schedule
    removed = set() if schedule is None else {design.studies[study] for study in schedule.study}
    dosing = trials.dosing
    strong = set(dosing.loc[dosing["substance"].str.contains(STRONG, na=False), "study_id"])
    chosen = (removed | strong) & of_pain
    return chosen | set(sorted(of_pain - chosen)[::EVERY])


if __name__ == "__main__":
    typer.run(main)
