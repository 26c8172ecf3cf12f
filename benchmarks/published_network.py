"""A published network meta-analysis of pain, done again, and next to windup's time course of the same trials.

    python -m benchmarks.published_network
    python -m benchmarks.published_network --run runs/network/run

The data are the set ``osteopain`` of the R package MBNMAtime (docs/gallery/exchange/network): 30 trials of
osteoarthritis, 29 treatments, 417 means. First, four models that the package's documentation shows are solved
from their equations (`benchmarks._network_model`), and every printed number is compared with what comes out,
in units of its Monte Carlo error. Then the file goes through `windup import aggregate`, the check, a fit of
`time_course` and `windup predict`, and differences from placebo at week 12 are put next to those of the
models. A fit takes half an hour; ``--run`` uses one that is there, if it is of the same trials.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from rich.console import Console
from rich.table import Table

from ._network_model import Marginals, Mixture, TimeCourseNetwork, network_of

_ROOT = Path(__file__).parents[1]
FOLDER = _ROOT / "docs" / "gallery" / "exchange" / "network"
REFERENCE, WEEK = "Pl_0", 12.0
# The data set has no numbers of patients, and a fit reads them for the bias of small trials alone, which is
# fixed at 0 here. So this SD between patients, points, changes no effect.
SD = 2.0
_STATISTICS = {"low_95": 0.025, "median": 0.5, "high_95": 0.975}
_MODELS = {
    "linear, random effects": ("linear", True, {"tau": (0.02, 1.0)}),
    "Emax, common effects": ("emax", False, {"et50": (0.02, 3.0)}),
    "Emax with power, common effects": ("hill", False, {"et50": (0.05, 3.0), "hill": (0.5, 2.0)}),
    "Emax, random effects": ("emax", True, {"et50": (0.02, 3.0), "tau": (0.02, 2.0)}),
}
_DEVIANCE = "residual deviance"
_COLUMN = {"ET50": 0, "Hill power": 1, "SD between studies": 2}


def main(
    out: Annotated[Path, typer.Option(help="Folder for tables and the fit.")] = Path(
        "runs/published_network"
    ),
    run: Annotated[Path | None, typer.Option(help="A finished fit of these trials.")] = None,
    published_only: Annotated[bool, typer.Option(help="Only the published models.")] = False,
) -> None:
    """Published numbers against the same models here, and against windup's time course."""
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    network = network_of(pd.read_csv(FOLDER / "arms.csv"), REFERENCE)
    published = pd.read_csv(FOLDER / "published.csv", keep_default_na=False)
    solved: dict[str, tuple[TimeCourseNetwork, Marginals]] = {}
    tables = []
    for name, (course, random, start) in _MODELS.items():
        model = TimeCourseNetwork(network, course, random)
        solved[name] = model, model.solve(start)
        tables.append(compared(*solved[name], published[published["model"] == name]))
        console.print(f"{name}: {_sentence(tables[-1])}")
    again = pd.concat(tables, ignore_index=True)
    again.to_csv(out / "again.csv", index=False, float_format="%.5g")
    summary = {name: _record(table) for name, table in again.groupby("model", sort=False)}
    if not published_only:
        effects = side_by_side(solved, _windup(out, run, console))
        effects.to_csv(out / "effects.csv", index=False, float_format="%.5g")
        _show(effects, console)
        summary["windup"] = agreement(effects)
    (out / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(summary))


def compared(model: TimeCourseNetwork, found: Marginals, published: pd.DataFrame) -> pd.DataFrame:
    """Each published number with the one that comes out here, and its Monte Carlo error there."""
    rows: list[dict[str, Any]] = []
    for row in published.to_dict("records"):
        mixture = _mixture(model, found, row)
        for statistic in ("mean", *_STATISTICS):
            if row[statistic] == "" or (row["quantity"] == _DEVIANCE and statistic != "mean"):
                continue
            here, error = _here(mixture, statistic, float(row["effective_draws"]))
            # A printed number is off by up to half a unit of its last digit.
            digits = len(str(row[statistic]).partition(".")[2])
            error = math.hypot(error, 10.0**-digits / math.sqrt(12.0))
            there = float(row[statistic])
            rows.append(
                {
                    **{key: row[key] for key in ("model", "quantity", "treatment", "reference", "week")},
                    "statistic": statistic,
                    "published": there,
                    "here": here,
                    "monte_carlo_error": error,
                    "errors_apart": (there - here) / error,
                }
            )
    return pd.DataFrame(rows)


def _mixture(model: TimeCourseNetwork, found: Marginals, row: dict[str, Any]) -> Mixture:
    if row["quantity"] == "effect":
        labels = model.network.treatments
        factor = 1.0 if row["week"] == "" else model.shape(float(row["week"]), *found.points[:, :2].T)
        return found.effect(labels.index(row["treatment"]), labels.index(row["reference"]), factor)
    if row["quantity"] == _DEVIANCE:
        # Only its mean is compared; the SD is the printed one.
        return Mixture(np.ones(1), np.array([found.weights @ found.residual]), np.array([float(row["sd"])]))
    values, weights = found.parameter(_COLUMN[row["quantity"]])
    # The density between points of the grid is that of normals as wide as its steps.
    return Mixture(weights, values, np.full(len(values), 0.5 * (values[1] - values[0])))


def _here(mixture: Mixture, statistic: str, draws: float) -> tuple[float, float]:
    """A statistic, and the Monte Carlo error of its estimate from so many draws."""
    if statistic == "mean":
        return mixture.mean, mixture.sd / math.sqrt(draws)
    share = _STATISTICS[statistic]
    value = mixture.quantile(share)
    return value, math.sqrt(share * (1.0 - share) / draws) / mixture.density(value)


def prepared(table: pd.DataFrame) -> pd.DataFrame:
    """The data set with the number of patients that an SD of 2 points and the first standard error give."""
    first = table.sort_values("time").groupby(["studyID", "treatment"])["se"].transform("first")
    return table.assign(n=np.round((SD / first.reindex(table.index)) ** 2).astype(int))


def _windup(out: Path, run: Path | None, console: Console) -> pd.DataFrame:
    """Effects of every treatment at the week, by the commands that a user would type."""
    # The name of the file is a part of the tables.
    file, trials = out / "arms_n.csv", out / "trials"
    prepared(pd.read_csv(FOLDER / "arms.csv")).to_csv(file, index=False)
    maps = ["--map", FOLDER / "arms.toml", "--catalogue", FOLDER / "drugs"]
    _command("import", "aggregate", file, *maps, "--out", trials, "--overwrite")
    console.print(_command("check", trials).partition("\n\n")[0])
    if run is not None:
        _same_trials(run, trials)
    else:
        run = out / "run"
        settings = ["--settings", FOLDER / "settings.toml", "--data", trials]
        _command("fit", *settings, "--out", run, "--overwrite")
    drugs = pd.read_csv(FOLDER / "drugs" / "drugs.csv")
    (out / "regimens.toml").write_text(_regimens(drugs), encoding="utf-8")
    predicted = out / "predicted"
    regimens = ["--regimens", out / "regimens.toml", "--draws", 2000]
    _command("predict", run, *regimens, "--out", predicted, "--overwrite")
    for notice in json.loads((run / "summary.json").read_text(encoding="utf-8"))["notices"]:
        console.print(f"The fit: {notice}")
    effects = pd.read_csv(predicted / "effects.csv")
    told = tomllib.loads((FOLDER / "arms.toml").read_text(encoding="utf-8"))["treatment"]
    treatments = {cells["drug"]: label for label, cells in told.items()}
    names = {row.label: treatments[row.drug] for row in drugs.itertuples()}
    return effects.assign(treatment=effects["regimen"].map(names))


def _same_trials(run: Path, trials: Path) -> None:
    for name in ("studies.csv", "dosing.csv", "observations.csv", "drugs.csv", "actions.csv"):
        if (run / "trials" / name).read_bytes() != (trials / name).read_bytes():
            raise typer.BadParameter(f"{run} was fitted to other trials: {name} differs.")


def _regimens(drugs: pd.DataFrame) -> str:
    return "\n".join(
        f'''[[regimen]]
name = "{row.label}"
condition = "osteoarthritis"
weeks = {WEEK:g}
weeks_reported = [{WEEK:g}]
[[regimen.phase]]
drug = "{row.drug}"
dose = {row.reference_dose:g}
unit = "{row.unit}"
start_week = 0
end_week = {WEEK:g}
'''
        for row in drugs.itertuples()
    )


def _command(*arguments: object) -> str:
    windup = Path(sys.executable).with_name("windup")
    done = subprocess.run(
        [str(part) for part in (windup, *arguments)], check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout


def side_by_side(
    solved: dict[str, tuple[TimeCourseNetwork, Marginals]], effects: pd.DataFrame
) -> pd.DataFrame:
    """Difference from placebo at the week, by the Emax models and by windup."""
    sides = {"common": "Emax, common effects", "random": "Emax, random effects"}
    rows = []
    for number, treatment in enumerate(solved[sides["common"]][0].network.treatments[1:], start=1):
        row: dict[str, Any] = {"treatment": treatment, "week": WEEK}
        for side, of in sides.items():
            model, found = solved[of]
            mixture = found.effect(number, factors=model.shape(WEEK, *found.points[:, :2].T))
            row |= {
                f"{side}_{statistic}": mixture.quantile(share) for statistic, share in _STATISTICS.items()
            }
        mine = effects[(effects["treatment"] == treatment) & (effects["study"] == "mean")].iloc[0]
        row |= {f"windup_{statistic}": mine[statistic] for statistic in _STATISTICS}
        rows.append(row)
    return pd.DataFrame(rows)


def agreement(effects: pd.DataFrame) -> dict[str, float]:
    """How far windup's effects are from those of the model with random effects."""
    apart = effects["windup_median"] - effects["random_median"]
    inside = effects["windup_median"].between(effects["random_low_95"], effects["random_high_95"])
    widths = {
        side: float((effects[f"{side}_high_95"] - effects[f"{side}_low_95"]).median())
        for side in ("common", "random", "windup")
    }
    return {
        "treatments": len(effects),
        "median_absolute_difference": float(apart.abs().median()),
        "largest_absolute_difference": float(apart.abs().max()),
        "mean_difference": float(apart.mean()),
        "correlation": float(effects["windup_median"].corr(effects["random_median"])),
        "inside_95": int(inside.sum()),
        **{f"median_width_{side}": width for side, width in widths.items()},
    }


def _record(table: pd.DataFrame) -> dict[str, float]:
    apart = table["errors_apart"].abs()
    return {
        "numbers": len(table),
        "within_2_errors": int((apart < 2.0).sum()),
        "within_3_errors": int((apart < 3.0).sum()),
        "largest_in_errors": round(float(apart.max()), 2),
        "largest_difference_of_effects": round(
            float((table["published"] - table["here"])[table["quantity"] == "effect"].abs().max()), 4
        ),
    }


def _sentence(table: pd.DataFrame) -> str:
    found = _record(table)
    worst = table.iloc[int(np.argmax(np.abs(table["errors_apart"].to_numpy(float))))]
    return (
        f"{found['numbers']} printed numbers, {found['within_2_errors']} within 2 Monte Carlo errors and "
        f"{found['within_3_errors']} within 3; the largest is {found['largest_in_errors']} "
        f"({worst['quantity']} {worst['treatment']} {worst['statistic']}: printed {worst['published']}, "
        f"here {worst['here']:.4f})."
    )


def _show(effects: pd.DataFrame, console: Console) -> None:
    table = Table("treatment", "Emax, common", "Emax, random", "windup", title=f"Points at week {WEEK:g}")
    for row in effects.to_dict("records"):
        cells = [
            f"{row[f'{side}_median']:.2f} ({row[f'{side}_low_95']:.2f} to {row[f'{side}_high_95']:.2f})"
            for side in ("common", "random", "windup")
        ]
        table.add_row(row["treatment"], *cells)
    console.print(table)


if __name__ == "__main__":
    typer.run(main)
