"""Designs for questions, from finished runs and a file of questions to their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from windup.fit.analyses.trial_design.page import design_page
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.results import Results, publish_results, record_head
from windup.fit.storage.folder import making


def design_to_folder(
    runs: tuple[Path, ...],
    questions: Path,
    *,
    out: Path | None = None,
    draws: int,
    of: Literal["posterior", "prior"] = "posterior",
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = silent,
) -> tuple[Path, dict[str, Any]]:
    """Seek designs and write one folder.

    Parameters
    ----------
    runs
        Folders of finished runs.
    questions
        TOML file.
    out
        Folder of the result; ``design`` inside the first run if None.
    draws, of, seed
        See `windup.fit.design_trials`.
    overwrite
        Replace an earlier result, once the new one is complete.
    progress
        Called with the progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RegimenFaults, SettingsError, RunFolderRefused, DiskError
        When the file has faults, the runs do not fit the questions, a folder cannot be read or may not be
        written, or the disk fails.
    """
    # They import JAX and matplotlib, which takes seconds that --help need not spend.
    from windup.fit.analyses.trial_design.figures import design_figure
    from windup.fit.analyses.trial_design.seek import design_trials
    from windup.fit.runs.fitted_run import read_run

    fitted = tuple(read_run(run) for run in runs)
    with making(fitted[0].folder / "design" if out is None else out, overwrite=overwrite) as folder:
        found = design_trials(fitted, questions, draws=draws, of=of, seed=seed, progress=progress)
        notices = tuple(dict.fromkeys(notice for run in fitted for notice in run.notices))
        models = " and ".join(f"'{run.settings.model}'" for run in fitted)
        for number, plan in enumerate(found.plans.values(), start=1):
            comments = "".join(f"# {notice}\n" for notice in notices)
            folder.write(f"plan_{number}.toml", comments + plan)
        results = Results(
            settings={
                "runs": [str(run) for run in runs],
                "questions": str(questions),
                "draws": draws,
                "of": of,
                "seed": seed,
            },
            record={
                **record_head(fitted[0]),
                "notices": list(notices),
                "models": [run.settings.model for run in fitted],
                "draws": draws,
                "known_before": of,
                "questions": found.questions.to_dict(orient="records"),
                "designs": found.designs.to_dict(orient="records"),
                "budgets": found.budgets.to_dict(orient="records"),
                "plans": {name: f"plan_{number}.toml" for number, name in enumerate(found.plans, start=1)},
            },
            page=design_page,
            source=f"windup design, {models}, {draws} draws of the {of}.",
            tables={"questions": found.questions, "designs": found.designs, "budgets": found.budgets},
            figures={"budgets": design_figure(found.questions, found.budgets)} if len(found.budgets) else {},
        )
        return publish_results(folder, results)
