"""The studies of the page on people: a part of the packaged trials that a fit of populations ends with.

    python -m benchmarks.people --out runs/people_trials

It writes the three tables of every study with a row after its cause was taken away, of every study of
ketamine or magnesium with a row of pain, and of every sixth other study with a row of pain, by name. The
rule was written down before any fit of populations. A gradient of the population of ``single_loop`` takes
0.1 s there, and three times as long in all studies.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from windup.datasets import CAUSE_REMOVED, DEFAULT_BLOCKS, Trials, packaged_trials
from windup.fit import Settings
from windup.fit.problem.build import problem_of

# Substances that may move people to another branch within days.
STRONG = "ketamine|magnesium"
EVERY = 6


def main(
    out: Annotated[Path, typer.Option(help="Folder of the tables.")] = Path("runs/people_trials"),
) -> None:
    """Write the tables of the part."""
    trials = packaged_trials(blocks=(*DEFAULT_BLOCKS, CAUSE_REMOVED))
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


def part_of(trials: Trials) -> set[str]:
    """Names of the studies of the part, of trials with the block ``cause_removed``."""
    settings = Settings.from_preset("full", model="single_loop", blocks=(*DEFAULT_BLOCKS, CAUSE_REMOVED))
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
