"""What may not be concluded from a run: sentences that follow from its own record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from windup.fit.design.support import UNSEEN_COMBINATION
from windup.fit.display.blocks import Bullets, Paragraph
from windup.fit.display.format import number, percent
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Missing, Section
from windup.fit.report.document.subject import Subject

_NAMED = 12
# A 50 or 95 % interval that holds this much more or less than it should is worth a sentence (expert).
_COVERAGE = {50: 0.10, 95: 0.03}


def limits_part(subject: Subject, missing: tuple[Missing, ...]) -> Section:
    """What may not be concluded, and which parts are missing."""
    sentences = (*_of_fit(subject), *_of_effects(subject), *_of_model(subject), *_of_results(subject))
    lead = Paragraph("From this run, as it is, it may not be concluded:")
    return Section(
        "limits", "What may not be concluded", (lead, Bullets((*sentences, *_of_missing(missing))))
    )


def _of_fit(subject: Subject) -> Iterator[str]:
    record = subject.record
    if not record["converged"]:
        yield "anything at all: checks of convergence failed, and numbers may be off by more than they say"
    elif record["preset"] == "quick":
        yield "anything at all: the preset 'quick' only shows that everything runs"
    if record["solver"] is None:
        yield "that the integrator's error does not matter: it was not checked"
    if record["failed_solves"]:
        arms = _some(record["failed_solves_by_arm"])
        yield f"anything about draws in which the equations could not be solved, in: {arms}"
    if record["modes"]:
        yield f"how probable each of {len(record['modes'])} separate modes is: chains hardly cross"
    pit = subject.left_out.rows["pit"].to_numpy()
    for level, tolerance in _COVERAGE.items():
        share = float(np.mean(np.abs(pit - 0.5) <= level / 200.0))
        if abs(share - level / 100.0) > tolerance:
            width = "wide" if share > level / 100.0 else "narrow"
            yield (
                f"that predictions of rows left out have the right width: their {level} % intervals hold "
                f"{percent(share)} of the rows, so they are too {width}"
            )
    found, limit = subject.left_out.study_k(), subject.left_out.good_k
    bad = sorted((name for name, k in found.items() if not k <= limit), key=lambda name: -found[name])
    if bad:
        yield (
            f"what the fit would be without any one of {len(bad)} of {len(found)} studies (Pareto k above "
            f"{limit:.2f}): {_some(bad)}"
        )


def _of_effects(subject: Subject) -> Iterator[str]:
    effects = subject.record["drug_effects"]
    driven = [row["drug"] for row in effects if row["prior_driven"]]
    if driven:
        yield f"what these do to pain at 12 weeks, as the trials hardly speak of them: {_some(driven)}"
    open_ends = [
        row["drug"]
        for row in effects
        if not row["prior_driven"] and row["low_95"] is not None and row["low_95"] < 0.0 < row["high_95"]
    ]
    if open_ends:
        yield f"that these relieve pain at 12 weeks, as their 95 % interval holds 0: {_some(open_ends)}"
    gains = [row["loop"] for row in subject.record["loop_gains"] if row["prior_driven"]]
    if gains:
        yield f"how strong these feedback loops are, as the trials hardly moved them: {_some(gains)}"
    parameters = subject.record["prior_driven"]
    if parameters:
        yield (
            f"the values of {len(parameters)} of {len(subject.record['contraction'])} parameters that are "
            f"prior-driven: {_some(parameters)}"
        )


def _of_model(subject: Subject) -> Iterator[str]:
    model = subject.run.settings.model
    calibration = subject.result("calibrate")
    if calibration is None:
        yield f"that intervals of '{model}' hold the truth as often as they say: it was not calibrated"
    elif not calibration.record["calibrated"]:
        yield f"that intervals of '{model}' hold the truth as often as they say: calibration found otherwise"
    elif len(calibration.record["studies"]) < subject.record["studies_used"]:
        yield (
            f"that intervals are calibrated on all {subject.record['studies_used']} studies: the calibration "
            f"had the design of {len(calibration.record['studies'])}"
        )
    rivals = subject.result("compare")
    if rivals is None:
        yield "that another model would not predict these trials as well: it was not compared with any"
        return
    if not rivals.record["cascade_needed"]:
        yield f"that these trials need the mechanism of the cascade: {rivals.record['verdict']}"
    elif rivals.record["notices"]:
        yield "that the lead of the cascade is as certain as it looks: fits that were compared mixed poorly"
    mine = [row for row in rivals.record["models"] if str(row["model"]).split(" (")[0] == model]
    unreliable = mine[0]["unreliable_studies"] if mine else 0
    if unreliable:
        yield (
            f"how well '{model}' predicts {unreliable} studies left out, as their importance weights are not "
            "reliable"
        )


def _of_results(subject: Subject) -> Iterator[str]:
    predicted = subject.result("predict")
    if predicted is not None:
        effects = predicted.record["effects"]
        for basis, why in (
            ("extrapolation", "as no trial used was like them (larger dose, longer time, new combination)"),
            ("prior-driven", "as the trials hardly speak of them"),
        ):
            names = [row["regimen"] for row in effects if row["basis"] == basis]
            if names:
                yield f"that trials support the predictions of {len(names)} regimens, {why}: {_some(names)}"
        rows = predicted.record["combinations"]
        together = [row["regimen"] for row in rows if UNSEEN_COMBINATION in row["reasons"]]
        if together:
            yield (
                "what these combinations do beyond the sum of their drugs, as only the equations say it and "
                f"no trial gave them together: {_some(together)}"
            )
    claims = subject.result("claims")
    if claims is not None:
        rows = claims.record["claims"]
        for word, why in (
            ("undecided", "the trials leave them undecided"),
            ("mostly prior", "what was assumed decides them, or the trials hardly speak of them"),
            ("built in", "the equations decide them and no trial does"),
        ):
            names = [row["claim"] for row in rows if row["verdict"] == word]
            if names:
                yield f"{len(names)} claims, as {why}: {_some(names)}"
    scaled = subject.result("sensitivity/power-scaling")
    if scaled is not None:
        names = [str(row["quantity"]) for row in scaled.record["results"] if "prior" in str(row["diagnosis"])]
        if names:
            yield (
                "that the trials alone decide these results, as their priors matter too or noise hides "
                f"whether they do: {_some(names)}"
            )
    score = subject.result("score")
    if score is None:
        yield "how well trials are predicted that the run has not seen: none were scored"
    else:
        yield f"more about unseen trials than this: {score.record['verdict']}"


def _of_missing(missing: Iterable[Missing]) -> Iterator[str]:
    titles = [each.title for each in missing]
    if titles:
        yield f"anything on the parts that are missing from this report: {'; '.join(titles)}"


def _some(names: Iterable[str]) -> str:
    listed = [clipped(str(name), 80) for name in names]
    rest = len(listed) - _NAMED
    return "; ".join(listed[:_NAMED]) + (f" and {number(rest, 0)} more" if rest > 0 else "")
