"""A small run in the layout of a real one, with known answers, made without a model or a sampler."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.design.measured.trial_effects import COLUMNS

LOOPS = ("receptor", "glia_glutamate", "nitroxidative", "slow_central")
REGIMENS = ("pregabalin 300 mg/day", "gabapentin 1800 mg/day", "magnesium 400 mg/day")
KINDS = ("mean", "change", "percent_change", "contrast", "responder_50", "serum_mg")
UNITS = {
    "mean": 5.5,
    "change": -1.5,
    "percent_change": -25.0,
    "contrast": -0.6,
    "responder_50": 0.3,
    "serum_mg": 0.85,
}
SPREAD = {
    "mean": 0.4,
    "change": 0.4,
    "percent_change": 8.0,
    "contrast": 0.3,
    "responder_50": 0.06,
    "serum_mg": 0.05,
}


def synthetic_tree(
    *,
    chains: int = 4,
    draws: int = 500,
    prior_draws: int = 500,
    studies: int = 8,
    visits: int = 4,
    preset: str = "full",
    seed: int = 11,
    names: Sequence[str] = (),
) -> xr.DataTree:
    """Tree of independent draws: it passes every convergence check and is calibrated by construction.

    ``names`` are those of its studies, ``studies`` in number if there are none.
    """
    rng = np.random.default_rng(seed)
    names = list(names) or [f"study{number:02d}" for number in range(studies)]
    studies = len(names)
    shape = (chains, draws)

    def scalar(values: np.ndarray, unit: str, kind: str) -> xr.Variable:
        attributes = {"unit": unit, "kind": kind, "description": f"A synthetic quantity in {unit}."}
        return xr.Variable(("chain", "draw"), values, attributes)

    def parameters(size: tuple[int, int], *, posterior: bool) -> dict[str, xr.Variable]:
        def effect_columns(posterior: bool) -> np.ndarray:
            centre = np.array([-0.8, -0.5, -0.1]) if posterior else np.zeros(3)
            width = np.array([0.15, 0.2, 0.9]) if posterior else np.full(3, 1.0)
            return rng.normal(centre, width, (*size, 3))

        gain_centre, gain_width = (-0.4, 0.3) if posterior else (-0.4, 0.4)
        return {
            "surface_turnover_rate": scalar(np.exp(rng.normal(-2.0, 0.5, size)), "1/day", "mechanism"),
            "central_relaxation_time": scalar(
                np.exp(rng.normal(2.8, 0.1 if posterior else 0.4, size)), "day", "mechanism"
            ),
            "pregabalin_maximum": scalar(
                rng.normal(-1.0 if posterior else 0.0, 0.2 if posterior else 1.0, size), "1", "drug"
            ),
            "individual_spread": scalar(
                np.exp(rng.normal(0.7, 0.05 if posterior else 0.5, size)), "NRS points", "observation"
            ),
            "placebo_response_mean": scalar(
                rng.normal(-1.2 if posterior else 0.0, 0.1 if posterior else 1.0, size), "NRS points", "study"
            ),
            "log_drive": xr.Variable(
                ("chain", "draw", "study"),
                rng.normal(0.0, 0.3 if posterior else 1.0, (*size, studies)),
                {"unit": "1", "kind": "study", "description": "Latent drive of a study."},
            ),
            "loop_gain": xr.Variable(
                ("chain", "draw", "loop"), np.exp(rng.normal(gain_centre, gain_width, (*size, len(LOOPS))))
            ),
            "total_loop_gain": xr.Variable(("chain", "draw"), np.exp(rng.normal(0.2, 0.3, size))),
            "log_lasting": xr.Variable(("chain", "draw"), -rng.exponential(1.0, size)),
            "drug_effect_12_weeks": xr.Variable(
                ("chain", "draw", "drug"),
                effect_columns(posterior),
                {
                    "unit": "NRS points",
                    "kind": "derived",
                    "description": "In a synthetic patient.",
                },
            ),
        }

    coordinates = {"study": names, "loop": list(LOOPS), "drug": list(REGIMENS)}
    posterior = xr.Dataset(parameters(shape, posterior=True), coords=coordinates)
    prior = xr.Dataset(parameters((1, prior_draws), posterior=False), coords=coordinates)
    rows = _rows(names, visits)
    count = rows.sizes["row"]
    kinds = [str(kind) for kind in rows["kind"].values]
    centre = np.array([UNITS[kind] for kind in kinds]) - 0.05 * rows["week"].values * np.array(
        [kind in ("mean", "change") for kind in kinds]
    )
    spread = np.array([SPREAD[kind] for kind in kinds])
    observed = rng.normal(centre, spread)
    expected = rng.normal(centre, 0.3 * spread, (*shape, count))
    replicated = rng.normal(centre, spread, (*shape, count))
    sample = ("chain", "draw", "row")
    tree = xr.DataTree.from_dict(
        {
            "posterior": posterior,
            "prior": prior,
            "posterior_predictive": xr.Dataset({"estimate": (sample, replicated)}),
            "posterior_expected": xr.Dataset({"estimate": (sample, expected)}),
            "observed_data": xr.Dataset({"estimate": ("row", observed)}),
            "constant_data": rows.assign(standard_error=("row", _standard_errors(spread))),
            "log_likelihood": xr.Dataset(
                {
                    "per_row": (sample, rng.normal(-1.0, 0.1, (*shape, count))),
                    "per_study": (("chain", "draw", "study"), rng.normal(-9.0, 1.0, (*shape, len(names)))),
                },
                coords={"study": names},
            ),
            "evidence": _evidence(),
            "trial_effects": _trial_effects(),
            "sample_stats": xr.Dataset(
                {
                    "diverging": (("chain", "draw"), np.zeros(shape, dtype=bool)),
                    "energy": (("chain", "draw"), rng.normal(500.0, 10.0, shape)),
                    "n_steps": (("chain", "draw"), np.full(shape, 63)),
                    "acceptance_rate": (("chain", "draw"), rng.uniform(0.8, 1.0, shape)),
                    "step_size": (("chain", "draw"), np.full(shape, 0.1)),
                    "lp": (("chain", "draw"), rng.normal(-490.0, 8.0, shape)),
                    "tree_depth": (("chain", "draw"), np.full(shape, 6)),
                }
            ),
            "failed_solves": xr.Dataset(
                {"count": ("arm", np.zeros(2 * studies, dtype=int))},
                coords={"arm": [f"{name}/{arm}" for name in names for arm in ("placebo", "active")]},
            ),
        }
    )
    tree.attrs = {
        "settings": json.dumps(
            {"model": "cascade", "preset": preset, "chains": chains, "warmup": 600, "draws": draws, "seed": 0}
        ),
        "versions": json.dumps({"windup": "0.1.0"}),
        "data_sha256": json.dumps("0" * 64),
        "seed": json.dumps(0),
        "wall_seconds": json.dumps({"compile": 4.0, "warm-up": 30.0, "sample": 20.0}),
        "created": json.dumps("2026-01-01T00:00:00+00:00"),
    }
    return tree


def with_variable(tree: xr.DataTree, group: str, name: str, values: np.ndarray) -> xr.DataTree:
    """Copy of a tree with the values of one variable replaced."""
    dataset = tree[group].to_dataset()
    variable = dataset[name]
    changed = dataset.assign({name: (variable.dims, np.asarray(values), variable.attrs)})
    copy = tree.copy()
    copy[group] = xr.DataTree(changed)
    return copy


def _evidence() -> xr.Dataset:
    table = pd.DataFrame(
        {
            "drug": REGIMENS,
            "treatment": ("pregabalin", "gabapentin", "magnesium"),
            "beyond": ("", "gabapentin unseen in this condition", "no used trial of magnesium"),
            "trials": (5, 2, 0),
            "arms": (6, 2, 0),
            "rows": (20, 4, 0),
            "patients": (1200.0, 90.0, 0.0),
        }
    )
    return xr.Dataset.from_dataframe(table.set_index("drug"))


def _trial_effects() -> xr.Dataset:
    """Two trials of pregabalin, of which one lies far from the estimate, and one of gabapentin."""
    one = {
        "citation": "A 2000",
        "condition": "fibromyalgia",
        "arm": "active",
        "control": "placebo",
        "placebo_controlled": True,
        "standard_error": 0.2,
        "read_from": "change",
        "on_treatment": True,
    }
    table = pd.DataFrame(
        [
            {
                "study": "a",
                "drug": "pregabalin",
                "week": 12.0,
                "difference": -0.8,
                "n": 200.0,
                "n_control": 100.0,
                **one,
            },
            {
                "study": "b",
                "drug": "pregabalin",
                "week": 8.0,
                "difference": 0.9,
                "n": 100.0,
                "n_control": 50.0,
                **one,
            },
            {
                "study": "c",
                "drug": "gabapentin",
                "week": 4.0,
                "difference": -0.5,
                "n": 50.0,
                "n_control": 25.0,
                **one,
            },
        ],
        columns=list(COLUMNS),
    )
    return xr.Dataset.from_dataframe(table.rename_axis("row"))


def _standard_errors(spread: np.ndarray) -> np.ndarray:
    errors = spread.copy()
    errors[::7] = np.nan
    return errors


def _rows(names: list[str], visits: int) -> xr.Dataset:
    records = [
        (
            name,
            arm,
            4.0 * (visit + 1),
            KINDS[0] if number < len(names) // 2 else KINDS[number % len(KINDS)],
            "pregabalin" if arm == "active" else "",
        )
        for number, name in enumerate(names)
        for arm in ("placebo", "active")
        for visit in range(visits)
    ]
    columns = list(zip(*records, strict=True))
    text = {"study": columns[0], "arm": columns[1], "kind": columns[3], "drugs": columns[4]}
    return xr.Dataset(
        {
            **{key: ("row", np.array(values, dtype=object)) for key, values in text.items()},
            "week": ("row", np.array(columns[2])),
            "condition": ("row", np.full(len(records), "fibromyalgia", dtype=object)),
            "n": ("row", np.full(len(records), 40.0)),
            "row_id": ("row", np.array([f"row {number}" for number in range(len(records))], dtype=object)),
            "blocks": ("row", np.full(len(records), "", dtype=object)),
            "outcome": ("row", np.full(len(records), "pain_intensity", dtype=object)),
        }
    )
