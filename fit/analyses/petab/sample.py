"""Whole samples of a problem of PEtab, from its files to a run folder."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from windup.fit.analyses.petab.options import SampleOptions
from windup.fit.analyses.petab.page import sample_page
from windup.fit.errors import Interrupted
from windup.fit.execution.progress import Progress, silent
from windup.fit.runs.notices import NOT_CONVERGED, RESEARCH_ONLY
from windup.fit.runs.results import Results, publish_results
from windup.fit.storage.folder import RunFolder

if TYPE_CHECKING:
    # They import JAX, which a command that only shows its help must not.
    import pandas as pd
    import xarray as xr

    from windup.fit.analyses.petab.nominal.evaluate import Evaluated
    from windup.fit.analyses.petab.problem import PetabProblem


def problem_record(problem: PetabProblem, path: Path, nominal: Evaluated) -> dict[str, Any]:
    """What a problem is and gives at its nominal values, for a record.

    Parameters
    ----------
    problem
        As it was read.
    path
        From which file.
    nominal
        From `windup.fit.analyses.petab.nominal.evaluate.evaluate`.
    """
    contents, solver = problem.contents, problem.solver
    return {
        "model": path.stem,
        "problem": {
            "version": contents.version,
            "measurements": len(contents.measurements),
            "observables": len(problem.readings),
            "experiments": len(contents.experiments),
            "states": len(solver.mechanism.states),
            "estimated": len(problem.nominal),
            "fixed": len(contents.parameters) - len(problem.nominal),
            "method": solver.method,
            "tolerance": solver.tolerance,
            "files_sha256": {
                file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in contents.files
            },
        },
        "nominal": nominal._asdict(),
    }


def sample_to_folder(
    path: Path,
    out: Path,
    options: SampleOptions,
    *,
    reading: Mapping[str, Any],
    overwrite: bool = False,
    resume: bool = False,
    progress: Progress = silent,
    evaluated: Callable[[dict[str, Any]], None] = lambda _: None,
) -> tuple[Path, dict[str, Any]]:
    """Read, evaluate and sample a problem, and write one folder.

    Parameters
    ----------
    path
        YAML file of the problem.
    out
        Folder of the run.
    options
        How it is sampled.
    reading
        Keyword arguments of `windup.fit.read_petab`.
    overwrite
        Replace a run there, once the new one is complete.
    resume
        Go on with an interrupted one.
    progress
        Called with the progress of each phase.
    evaluated
        Called with the record of the problem before it is sampled.

    Returns
    -------
    tuple
        The folder, and the content of its ``summary.json``.

    Raises
    ------
    DataFaults, SettingsError
        When the problem is not supported or has no priors; nothing is written then.
    RunFolderRefused
        When something stands there that is not to be replaced.
    Interrupted
        When the user stopped it; what was drawn is kept for ``resume``.
    """
    import jax

    from windup.fit.analyses.petab.nominal.evaluate import evaluate
    from windup.fit.analyses.petab.read import read_petab
    from windup.fit.sampling.sample_model import sample_model

    problem = read_petab(path, **reading)
    problem.require_priors()
    folder = RunFolder.open(out, overwrite=overwrite, resume=resume)
    try:
        head = problem_record(problem, path, evaluate(problem))
        evaluated(head)
        tree = sample_model(
            jax.random.key(options.seed),
            problem.model,
            sampler=options.made(),
            until_converged=options.until(),
            starts=problem.start,
            descents=options.descents,
            progress=progress,
            checkpoint=folder.checkpoint,
            resume_from=folder.resume_from if resume else None,
            log_likelihood=True,
        )
        settings = {"problem": str(path), **reading, **asdict(options)}
        return publish_results(folder, _results(problem, tree, head, settings))
    except Interrupted as error:
        folder.keep_interrupted()
        error.add_note(f"What was drawn is kept in {folder.interrupted}; --resume continues it.")
        raise
    except BaseException as error:
        folder.abandon(error)
        raise


def _results(
    problem: PetabProblem, tree: xr.DataTree, head: Mapping[str, Any], settings: Mapping[str, Any]
) -> Results:
    import numpy as np

    from windup.fit.analyses.petab.figures import parameters_figure
    from windup.fit.diagnostics.convergence import check_convergence
    from windup.fit.storage.tree import attribute, group

    checks = check_convergence(tree)
    posterior, densities = group(tree, "posterior"), group(tree, "log_likelihood")
    likelihood = sum(
        each.sum([d for d in each.dims if d not in ("chain", "draw")]) for each in densities.values()
    )
    total = np.asarray(likelihood)
    table = _table(problem, posterior)
    draws = {site.name: np.asarray(posterior[site.name]).ravel() for site in problem.sites}
    notices: tuple[str, ...] = () if checks.converged else (NOT_CONVERGED,)
    if problem.prior == "uniform" and problem.without_prior:
        count = len(problem.without_prior)
        notices += (
            f"Priors of {count} parameters are --prior uniform: within their bounds, on their scale.",
        )
    record = {
        **head,
        "notices": list(notices),
        "statement": RESEARCH_ONLY,
        "sampler": settings["sampler"],
        "prior": problem.prior,
        "without_prior": list(problem.without_prior),
        "converged": checks.converged,
        "failed_checks": list(checks.failures),
        "chains": int(posterior.sizes["chain"]),
        "draws": int(posterior.sizes["draw"]),
        "max_rhat": checks.max_rhat,
        "worst_rhat": checks.worst_rhat,
        "min_ess_bulk": checks.min_ess_bulk,
        "min_ess_tail": checks.min_ess_tail,
        "divergences": checks.divergences,
        "modes": attribute(tree, "modes") or [],
        "pareto_k": attribute(tree, "pareto_k"),
        "wall_seconds": attribute(tree, "wall_seconds"),
        "log_likelihood": {"median": float(np.median(total)), "largest": float(total.max())},
        "posterior": table.to_dict("records"),
    }
    return Results(
        settings=settings,
        record=record,
        page=sample_page,
        source=f"windup sample of {head['model']}.",
        tables={"parameters": table},
        figures={"parameters": parameters_figure(problem.sites, problem.nominal, draws)},
        trees={"posterior": tree},
    )


def _table(problem: PetabProblem, posterior: xr.Dataset) -> pd.DataFrame:
    """Quantiles of every estimated parameter, untransformed."""
    import numpy as np
    import pandas as pd

    rows = []
    for name, nominal in problem.nominal.items():
        low, median, high = np.quantile(np.asarray(posterior[name]), (0.05, 0.5, 0.95))
        rows.append({"parameter": name, "q5": low, "median": median, "q95": high, "nominal": nominal})
    return pd.DataFrame(rows)
