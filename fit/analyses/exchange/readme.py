"""The page of an export: what is in it, and what the standards cannot carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version

from windup.fit.analyses.exchange.experiments import SHORT_WHILE
from windup.fit.analyses.exchange.parameters import BOUND_SDS
from windup.fit.analyses.exchange.sbml import REMEMBERED
from windup.fit.settings.fit import ERRORS, PATIENTS, Settings
from windup.models import ModelFormulas

_PAGE = """\
# {model}, written by windup {version}

The model `{model}` of chronic pain in SBML level 3 version 2, and {scope} in PEtab version 2. For research
only; nothing here is medical advice.

| file | content |
| :-- | :-- |
| `model.xml` | {states} states, {rules} rules, {parameters} parameters, {doses} daily doses; in days |
| `conditions.tsv` | {conditions} values: patients at enrolment, and daily doses |
| `experiments.tsv` | {experiments} periods and conditions of {arms} arms |
| `observables.tsv` | what a row is expected to be, by kind of row: {observables} |
| `measurements.tsv` | {measurements} measurements; `row_id` is the row of windup's table |
| `parameters.tsv` | {table_parameters} parameters, {estimated} with a prior |
| `problem.yaml` | names the files |

Nominal values are {source}. Formulas are read off the program of the model, so that they are its equations.
{notices}
## Rows

windup uses {used} rows of these studies. {measurements} are measurements here, and {left} are not:

| rows | kind | reason |
| --: | :-- | :-- |
{reasons}

## This is the mechanism with its priors, not windup's fit

PEtab has no place for these parts of windup's likelihood. A fit of this folder is another one.

- **Rows of some kinds**: a contrast of two arms, a percent change, a share of responders and a value on
  another instrument are no measurements here.
- **Studies differ** in their placebo response, natural course, effect of each drug, scoring and assay. windup
  estimates how much. Here all studies are alike.
- **Rows of one study are correlated**, because they are of the same patients. Here they are independent.
- **Heavy tails**. windup: {errors}. Here all errors are normal.
- **Bias of arms without a comparator**: windup allows for it. Here such arms count as all others.
- **Unknown exposures**: doses that no table gives, and magnesium of the diet, are numbers here.
- **Errors that no study prints** come from the nominal SD between patients.
- **People**. windup: {people}. Here an arm is one patient at its mean pain.
- **Evidence that pain lasts**: windup gives a low density to parameters with which no patient could have had
  the pain for years. Here nothing does.
- **Patients at enrolment are numbers.** windup computes drive and state from the parameters, so that patients
  are in a steady state whatever the parameters are. Here they are in one at the nominal values, and drift at
  others.

## How it is written

- A dose changes {while_:g} days after its day: a measurement at the same time would see the new dose, and a
  visit of windup sees the old one.
- `{remembered}` in `model.xml` keeps the pain at the beginning, from which changes count.
- Priors are cut off at the bounds, {sds:g} SDs from the middle. PEtab has no beta prior: the share
  `untreated_share` has a normal one of the same mean and SD, between 0 and 1.
- Units are words in the notes and in the column `unit`. `model.xml` defines no unit but the day.
"""


def readme(
    formulas: ModelFormulas,
    counts: Mapping[str, int],
    left_out: Mapping[tuple[str, str], int],
    *,
    source: str,
    notices: Sequence[str],
    studies: Sequence[str],
    estimated: int,
    arms: int,
    settings: Settings,
) -> str:
    """Text of ``README.md``.

    Parameters
    ----------
    formulas
        Of the model.
    counts
        Rows of every table.
    left_out
        Rows that are not measurements, by kind and reason.
    source
        What nominal values are.
    notices
        What stands against conclusions from them.
    studies
        Those that were asked for; empty for all.
    estimated, arms
        Number of parameters with a prior, and of arms.
    settings
        Of the fit that the export is of: its error model, and what it takes patients for.
    """
    left = sum(left_out.values())
    most = sorted(left_out.items(), key=lambda item: (-item[1], item[0]))
    reasons = [f"| {count} | {kind.replace('_', ' ')} | {reason} |" for (kind, reason), count in most]
    return _PAGE.format(
        model=formulas.model,
        version=version("windup"),
        scope=f"arms of {', '.join(studies)}" if studies else "arms of all its trials",
        states=len(formulas.states),
        rules=len(formulas.rules),
        parameters=len(formulas.parameters),
        doses=len(formulas.doses),
        table_parameters=counts["parameters"],
        **{name: number for name, number in counts.items() if name != "parameters"},
        arms=arms,
        estimated=estimated,
        source=source,
        notices="".join(f"\n**{notice}**\n" for notice in notices),
        used=counts["measurements"] + left,
        left=left,
        reasons="\n".join(reasons or ["| 0 | none | every row is a measurement |"]),
        errors=ERRORS[settings.errors],
        people=PATIENTS[settings.patients],
        while_=SHORT_WHILE,
        remembered=REMEMBERED,
        sds=BOUND_SDS,
    )
