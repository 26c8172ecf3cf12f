"""A folder with the tables of a few packaged studies, for fits that end within seconds."""

import io
from pathlib import Path

import pandas as pd

from windup.datasets import packaged_trials
from windup.fit.design.subset import some_studies


def small_trials(folder: Path, studies: int = 6) -> Path:
    """Write the rows of some packaged studies."""
    folder.mkdir(parents=True, exist_ok=True)
    chosen = set(some_studies(packaged_trials(blocks=()), studies).studies["study_id"])
    for name, content in packaged_trials().files.items():
        table = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
        table[table["study_id"].isin(chosen)].to_csv(folder / name, index=False)
    return folder
