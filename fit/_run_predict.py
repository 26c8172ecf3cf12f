"""Whole predictions, from a finished run and a file of regimens to their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ._blocks import markdown
from ._plain import as_plain
from ._predict_page import predict_page
from ._progress import Report, silent
from ._read_run import SUMMARY
from ._run_folder import SETTINGS, making

TREE = "predictions.nc"


def run_predict(
    run: Path,
    regimens: Path | None,
    *,
    out: Path | None = None,
    draws: int,
    seed: int = 0,
    overwrite: bool = False,
    report: Report = silent,
) -> tuple[Path, dict[str, Any]]:
    """Predict and write one folder.

    Parameters
    ----------
    run
        Folder of a finished run.
    regimens
        TOML file, or None for the packaged ones.
    out
        Folder of the result; ``predict`` inside the run if None.
    draws, seed
        Largest number of draws of posterior and prior, and the seed of new studies.
    overwrite
        Replace an earlier result, once the new one is complete.
    report
        Called with the progress.

    Returns
    -------
    tuple
        The folder, and what its ``summary.json`` holds.

    Raises
    ------
    RegimenFaults, RunFolderRefused, DiskError
        When the file has faults, a folder cannot be read or may not be written, or the disk fails.
    """
    # They import JAX and matplotlib, which takes seconds that --help need not spend.
    from ._figures_predict import prediction_figures
    from ._fitted_run import read_run
    from ._notices import RESEARCH_ONLY
    from ._prediction_record import prediction_record
    from ._summary import as_json
    from ._write_run import table_csv, tree_bytes
    from .predict import predict

    fitted = read_run(run)
    with making(fitted.folder / "predict" if out is None else out, overwrite=overwrite) as folder:
        found = predict(fitted, regimens, draws=draws, seed=seed, report=report)
        counts = {name: int(found.tree[name].sizes["draw"]) for name in ("posterior", "prior")}
        record = prediction_record(
            found.tables,
            model=fitted.settings.model,
            notices=fitted.notices,
            statement=RESEARCH_ONLY,
            draws_sha256=fitted.draws_sha256,
            draws=counts["posterior"],
            prior_draws=counts["prior"],
        )
        plain: dict[str, Any] = as_plain(record)
        source = "the packaged regimens" if regimens is None else regimens.name
        settings = {"run": str(run), "regimens": source, "draws": draws, "seed": seed}
        folder.write(SETTINGS, as_json({**settings, "notices": fitted.notices}))
        folder.write(TREE, tree_bytes(found.tree, fitted.notices))
        for name, table in found.tables.items():
            folder.write(f"{name}.csv", table_csv(table, fitted.notices))
        about = f"windup predict, model '{fitted.settings.model}', {source}, {counts['posterior']} draws."
        footer = " ".join([about, *fitted.notices, RESEARCH_ONLY])
        for name, image in prediction_figures(found.tables, footer):
            folder.write(f"figures/{name}", image)
        folder.write(SUMMARY, as_json(plain))
        folder.write("summary.md", markdown(predict_page(plain)))
        return folder.publish(), plain
