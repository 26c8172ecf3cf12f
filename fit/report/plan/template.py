"""A file for an analysis plan with every key explained, in which the known parts are filled in."""

from __future__ import annotations

import datetime
import json
import textwrap
from importlib.metadata import version

from windup.fit.report.plan.plan import TEXTS
from windup.fit.report.plan.quantities import ANALYSES
from windup.fit.settings.fit import Settings

_WIDTH = 100
_HEAD = """\
Analysis plan of a fit, written by `windup plan --new` of windup {version}.

1. Fill in every text, check the settings, and write the limits that results are to keep.
2. windup plan {name}                checks this file and shows its SHA-256
3. Deposit the SHA-256 or the file where others can show the date: a registry, an e-mail, a journal.
   A date in a file shows nothing. Any change of this file, also of a comment, changes its SHA-256.
4. Fit, and compare:
   windup plan {name} --run RUN      on the terminal
   windup report RUN --plan {name}   in the report

For research only; this is not medical advice."""
_LIMITS = """\
# Limits that results are to keep; one or more. A quantity is a path into the results of the run:
#   summary.KEY       summary.json of the run: summary.solver.pareto_k
#   ANALYSIS.KEY      summary.json of an analysis: score.crps, compare.treated_given_control.rows
#   KEY[NAME].KEY     one row of a table: summary.loop_gains[total].median
# yes and no are 1 and 0; a list is the number of its entries. at_least, at_most or both. divided_by is the
# path of another number, as a standard error. A wrong path is answered with those that exist.

[[limit]]
quantity = "summary.max_rhat"
at_most = 1.01
why = "Chains agree (Vehtari et al. 2021)."

[[limit]]
quantity = "summary.min_ess_bulk"
at_least = 400
why = "Monte Carlo errors of means are small."

# [[limit]]
# quantity = "summary.solver.pareto_k"
# at_most = 0.7
# why = "The error of the integrator does not reach the posterior."
#
# [[limit]]
# quantity = "score.seen_studies"
# at_most = 0
# why = "No scored study was part of the fit."
#
# [[limit]]
# quantity = "score.treated_given_control.difference"
# divided_by = "score.treated_given_control.difference_error"
# at_least = 2
# why = "Treated observations are predicted better than by the baseline, by two standard errors."
"""


def plan_toml(
    name: str,
    settings: Settings,
    *,
    data_sha256: str,
    today: datetime.date,
    settings_file: tuple[str, str] | None = None,
) -> str:
    """Text of the file.

    Parameters
    ----------
    name
        Name of the file, for its first lines.
    settings
        Settings of the planned fit.
    data_sha256
        Of its trials.
    today
        Date of the plan.
    settings_file
        Path of the file of settings, from the folder of the plan, and its SHA-256; None writes the settings
        into the plan.
    """
    # Long lines of commands stay as they are.
    head = _HEAD.format(version=version("windup"), name=name)
    parts = ["\n".join(f"# {line}".rstrip() for line in head.splitlines())]
    parts += [f'{_explained(meaning)}\n{key} = ""' for key, meaning in TEXTS.items()]
    parts += [
        f"{_explained('Day on which the plan was finished (UTC).')}\ndate = {today.isoformat()}",
        f"{_explained('Version of windup that is to be used; without the line, any.')}\n"
        f"windup_version = {_toml(version('windup'))}",
        f"{_explained('SHA-256 of the tables of trials, as `windup check --json` shows it.')}\n"
        f"data_sha256 = {_toml(data_sha256)}",
        f"{_explained(f'Analyses that are to follow the fit, besides those that limits read: {_known()}.')}\n"
        "analyses = []",
    ]
    if settings_file is not None:
        path, digest = settings_file
        parts.append(
            f"{_explained('Settings file of the fit, from the folder of this file, and its SHA-256.')}\n"
            f"settings = {_toml(path)}\nsettings_sha256 = {_toml(digest)}"
        )
        return "\n\n".join([*parts, _LIMITS])
    return "\n\n".join([*parts, _table(settings), _LIMITS])


def _table(settings: Settings) -> str:
    values = settings.as_json()
    plain = {name: value for name, value in values.items() if not isinstance(value, dict)}
    lines = [f"{name} = {_toml(value)}" for name, value in plain.items() if name not in ("data", "out")]
    about = _explained(
        "Settings of the fit: all of them, so that none depends on a default. `windup init` explains each. "
        'Instead of the table, settings = "settings.toml" and settings_sha256 = "..." name a file.'
    )
    return "\n".join([about, "[settings]", *lines])


def _known() -> str:
    return ", ".join(f'"{name}"' for name in ANALYSES)


def _toml(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _explained(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, _WIDTH - 2, break_on_hyphens=False))
