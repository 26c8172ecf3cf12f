"""From information, profiles and correlations to a page."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from windup.fit.analyses.identifiability.figures import (
    gain_figure,
    profiles_figure,
    spectrum_figure,
    trade_offs_figure,
)
from windup.fit.analyses.identifiability.gain_profile import GainProfile
from windup.fit.analyses.identifiability.information import RowInformation
from windup.fit.analyses.identifiability.profile import IDENTIFIABLE, NON_IDENTIFIABLE, UNSETTLED, Profile
from windup.fit.analyses.identifiability.search import Searched
from windup.fit.display.format import number
from windup.fit.runs.analysis_result import AnalysisResult, Section
from windup.fit.runs.fitted_run import FittedRun

_SHOWN = 6
_PAIRS = 12


def identify_findings(
    run: FittedRun,
    table: pd.DataFrame,
    spectra: pd.DataFrame,
    information: RowInformation,
    searched: Searched,
    ties: pd.DataFrame,
) -> AnalysisResult:
    """Findings of identifiability."""
    profiles = searched.coordinates
    middle = spectra[spectra["point"] == 0]
    values = middle["eigenvalue"].to_numpy()
    above, hardly = int((values > 1.0).sum()), int((values < 0.1).sum())
    known = profile_table(profiles)
    verdicts = [one.verdict for one in profiles["likelihood"]]
    return AnalysisResult(
        command="identify",
        title=f"What the data identify in a posterior of '{run.settings.model}'",
        verdict=f"The rows know {above} of {len(values)} directions better than the prior, and {hardly} less "
        f"than a tenth as well. Of {len(verdicts)} profiled parameters the likelihood identifies "
        f"{verdicts.count(IDENTIFIABLE)}; {verdicts.count(NON_IDENTIFIABLE)} are practically "
        f"non-identifiable without their prior, {verdicts.count(UNSETTLED)} unsettled.",
        sections=(
            _contraction_section(table),
            _directions_section(middle, information),
            _profiles_section(known, profiles),
            *_gain_section(searched.gain),
            _pairs_section(ties),
        ),
        tables={"contraction": table, "spectrum": spectra, "profiles": known, "trade_offs": ties}
        | ({"gain_profile": gain_table(searched.gain)} if searched.gain else {}),
        figures={
            "spectrum": spectrum_figure(spectra),
            "profiles": profiles_figure(profiles),
            "trade_offs": trade_offs_figure(ties),
        }
        | ({"gain_profile": gain_figure(searched.gain)} if searched.gain else {}),
        tree=xr.DataTree(
            xr.Dataset(
                {"information": (("parameter", "other"), information.fisher)},
                coords={"parameter": list(information.names), "other": list(information.names)},
            )
        ),
        numbers={
            "draws_sha256": run.draws_sha256,
            "directions": len(values),
            "directions_above_prior": above,
            "directions_below_tenth": hardly,
            "eigenvalues": values.tolist(),
            "verdicts": {one.name: one.verdict for one in profiles["likelihood"]},
            "gain_profile": gain_table(searched.gain).to_dict("records"),
            "pairs": _strongest(ties).to_dict("records"),
        },
        notices=run.notices,
    )


def _contraction_section(table: pd.DataFrame) -> Section:
    driven = int(table["prior_driven"].sum())
    return Section(
        "Contraction",
        f"{len(table) - driven} of {len(table)} parameters were informed; {driven} are "
        "prior-driven (contraction below 0.1, shift below 0.25). Contraction is 1 − posterior "
        "variance / prior variance: most and least.",
        ("parameter", "kind", "contraction", "shift"),
        _contraction_rows(table),
    )


def _directions_section(middle: pd.DataFrame, information: RowInformation) -> Section:
    values = middle["eigenvalue"].to_numpy()
    return Section(
        "Stiffest and sloppiest directions",
        f"Eigenvectors of the Fisher information of {information.rows} rows (all but responder "
        "shares), states at enrolment integrated out, in prior standard deviations: the prior's own "
        f"information is 1 in every direction. Eigenvalues run from {values.max():.3g} to "
        f"{max(values.min(), 0.0):.2g}; those below about 1e-8 are rounding.",
        ("direction", "eigenvalue", "share of it named"),
        tuple(
            (row["direction"], f"{row['eigenvalue']:.2g}", number(row["share"], 2))
            for part in (middle.head(_SHOWN), middle.tail(_SHOWN))
            for row in part.to_dict("records")
        ),
    )


def _profiles_section(points: pd.DataFrame, profiles: dict[str, list[Profile]]) -> Section:
    return Section(
        "Profiles",
        "95 % likelihood-ratio intervals of unconstrained coordinates (logarithms of positive "
        "parameters; a name ending in _response is a drug's effect on pain, as it is sampled). Open "
        "ends were looked for as far as four posterior standard deviations. The likelihood is the "
        "posterior density without the priors of the mechanism. "
        f"{_convergence(profiles)}",
        ("coordinate", "density", "low", "high", "verdict"),
        tuple(
            (row["coordinate"], row["density"], _end(row["low"]), _end(row["high"]), row["verdict"])
            for row in points.drop_duplicates(["coordinate", "density"]).to_dict("records")
        ),
    )


def _gain_section(gains: dict[str, GainProfile]) -> tuple[Section, ...]:
    if not gains:
        return ()
    held = gain_table(gains).pivot(index="total_gain", columns="density", values="fall_of_log_density")
    best = ", ".join(f"{number(one.best, 2)} of the {density}" for density, one in gains.items())
    missed = sum(int((~one.converged).sum()) for one in gains.values())
    return (
        Section(
            "Profile over the gain of all loops",
            "By how many nats the log density falls where the gain of all loops together is held; above 1 "
            f"pain sustains itself. The best points have gains of {best}. {missed} searches were cut off. A "
            "profile is no probability: it does not count how many values of other parameters fit as well.",
            ("total gain", *gains),
            tuple(
                (number(float(str(gain)), 2), *(number(row[density], 1) for density in gains))
                for gain, row in held.iterrows()
            ),
        ),
    )


def gain_table(gains: dict[str, GainProfile]) -> pd.DataFrame:
    """Every point of the profiles over the total gain."""
    columns = ["density", "total_gain", "fall_of_log_density", "converged"]
    return pd.concat(
        [
            pd.DataFrame(
                {"density": density, "total_gain": one.gain, "fall_of_log_density": one.fall,
                 "converged": one.converged}
            )
            for density, one in gains.items()
        ]
        or [pd.DataFrame(columns=columns)],
        ignore_index=True,
    )  # fmt: skip


def _pairs_section(ties: pd.DataFrame) -> Section:
    count = ties["of"].value_counts()
    return Section(
        "Pairs that trade off",
        f"{count.get('parameters', 0)} pairs of parameters have a posterior correlation beyond ±0.5, as have "
        f"{count.get('parameter and study', 0)} of a parameter with a study's latent "
        f"and {count.get('studies', 0)} of such latents.",
        ("first", "second", "correlation"),
        tuple(
            (row["first"], row["second"], number(row["correlation"], 2))
            for row in _strongest(ties).to_dict("records")
        ),
    )


def _strongest(ties: pd.DataFrame) -> pd.DataFrame:
    """Pairs of parameters that trade off most."""
    return ties[ties["of"] == "parameters"].head(_PAIRS)


def profile_table(profiles: dict[str, list[Profile]]) -> pd.DataFrame:
    """Every point of every profile."""
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "coordinate": one.name,
                    "density": density,
                    "value": one.value,
                    "fall_of_log_density": one.drop,
                    "converged": one.converged,
                    "low": one.low,
                    "high": one.high,
                    "verdict": one.verdict,
                }
            )
            for density, each in profiles.items()
            for one in each
        ],
        ignore_index=True,
    )


def _convergence(profiles: dict[str, list[Profile]]) -> str:
    points = [flag for each in profiles.values() for one in each for flag in one.converged]
    missed = len(points) - int(np.sum(points))
    if not missed:
        return f"All {len(points)} searches ended by themselves."
    return (
        f"{missed} of {len(points)} searches were cut off (hollow in the figure): there the true profile may "
        "fall by less."
    )


def _contraction_rows(table: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    known = table[np.isfinite(table["contraction"])]
    ends = pd.concat([known.head(_SHOWN), known.tail(_SHOWN)])
    return tuple(
        (str(row["parameter"]), str(row["kind"]), number(row["contraction"], 2), number(row["shift"], 2))
        for row in ends.to_dict("records")
    )


def _end(value: float) -> str:
    return number(value, 2) if np.isfinite(value) else "open"
