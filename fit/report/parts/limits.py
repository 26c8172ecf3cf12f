"""What may not be concluded from a run: one line per decision, and sentences that name each case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np

from windup.fit.design.support import UNSEEN_COMBINATION
from windup.fit.display.blocks import Bullets, Heading, Paragraph
from windup.fit.display.format import number, percent
from windup.fit.display.labels import label
from windup.fit.display.text import clipped
from windup.fit.report.document.elements import Decisions, Details, Missing, ReportBlock, Section
from windup.fit.report.document.subject import ALL_LOOPS, Subject
from windup.fit.settings.priors import is_choice

_NAMED = 12
# More would not fit on one line of a wide screen; the details have them all.
_SHOWN = 2
# A 50 or 95 % interval that holds this much more or less than it should is worth a sentence (expert).
_COVERAGE = {50: 0.10, 95: 0.03}

ANY: Final = "Any decision"
TREATMENT: Final = "Choice of a treatment"
MECHANISM: Final = "Evidence for a mechanism"
MODEL: Final = "Choice of a model"
PREDICTION: Final = "Prediction of new trials"
STUDIES: Final = "Weight of single studies"
DECISIONS: Final = (ANY, TREATMENT, MECHANISM, MODEL, PREDICTION, STUDIES)
"""In the order in which the page shows them."""


@final
@dataclass(frozen=True)
class Limit:
    """A conclusion that the run does not support.

    Attributes
    ----------
    decision
        For which decision it matters.
    short
        The reason in a few words.
    sentence
        The conclusion and the reason, with the names of all cases.
    """

    decision: str
    short: str
    sentence: str


def limits_part(subject: Subject, missing: tuple[Missing, ...]) -> Section:
    """What may not be concluded: a line for each decision, then all of it by name."""
    limits = [*_of_fit(subject), *_of_effects(subject), *_of_model(subject), *_of_results(subject)]
    groups = {decision: [each for each in limits if each.decision == decision] for decision in DECISIONS}
    lines = tuple((decision, _line(mine)) for decision, mine in groups.items() if mine)
    named: list[ReportBlock] = [Paragraph("From this run, as it is, it may not be concluded:")]
    for decision, mine in groups.items():
        if mine:
            named += [Heading(decision), Bullets(tuple(each.sentence for each in mine))]
    titles = "; ".join(each.title for each in missing)
    if titles:
        named += [Heading("Parts that are missing"), Bullets((f"anything on these parts: {titles}",))]
    count = len(limits) + bool(titles)
    return Section(
        "limits",
        "What may not be concluded",
        (Decisions(lines), Details(f"All {count} limits, with names", tuple(named))),
    )


def _line(limits: list[Limit]) -> str:
    more = len(limits) - _SHOWN
    text = "; ".join(each.short for each in limits[:_SHOWN])
    return f"{text}; {more} more below." if more > 0 else f"{text}."


def _of_fit(subject: Subject) -> Iterator[Limit]:
    record = subject.record
    if not record["converged"]:
        yield Limit(
            ANY,
            "checks of convergence failed",
            "anything at all: checks of convergence failed, and numbers may be off by more than their "
            "intervals",
        )
    elif record["preset"] == "quick":
        yield Limit(
            ANY,
            "the preset 'quick' is a test run",
            "anything at all: the preset 'quick' only shows that everything runs",
        )
    if record["failed_solves"]:
        arms = _some(record["failed_solves_by_arm"])
        yield Limit(
            ANY,
            f"{record['failed_solves']} solves of the equations failed",
            f"anything about draws in which the equations could not be solved, in: {arms}",
        )
    if record["solver"] is None:
        yield Limit(
            ANY,
            "the solver was not checked",
            "that the integrator's error does not matter: it was not checked",
        )
    if record["modes"]:
        yield Limit(
            ANY,
            f"{len(record['modes'])} separate modes, whose probabilities are not known",
            f"how probable each of {len(record['modes'])} separate modes is: chains hardly cross",
        )
    pit = subject.left_out.rows["pit"].to_numpy()
    for level, tolerance in _COVERAGE.items():
        share = float(np.mean(np.abs(pit - 0.5) <= level / 200.0))
        if abs(share - level / 100.0) > tolerance:
            width = "wide" if share > level / 100.0 else "narrow"
            yield Limit(
                PREDICTION,
                f"{level} % intervals are too {width} (hold {percent(share)} of left-out rows)",
                f"that predictions of rows left out have the right width: their {level} % intervals hold "
                f"{percent(share)} of the rows, so they are too {width}",
            )
    found, limit = subject.left_out.study_k(), subject.left_out.good_k
    bad = sorted((name for name, k in found.items() if not k <= limit), key=lambda name: -found[name])
    if bad:
        yield Limit(
            STUDIES,
            f"{len(bad)} of {len(found)} studies have Pareto k above {limit:.2f}",
            f"what the fit would be without any one of {len(bad)} of {len(found)} studies (Pareto k above "
            f"{limit:.2f}): {_some(bad)}",
        )


def _of_effects(subject: Subject) -> Iterator[Limit]:
    effects = subject.record["drug_effects"]
    open_ends = [
        row["drug"]
        for row in effects
        if not row["prior_driven"] and row["low_95"] is not None and row["low_95"] < 0.0 < row["high_95"]
    ]
    if open_ends:
        yield Limit(
            TREATMENT,
            f"{len(open_ends)} of {len(effects)} effects have a 95 % CrI that includes 0",
            f"that these relieve pain at 12 weeks, as their 95 % interval holds 0: {_some(open_ends)}",
        )
    driven = [row["drug"] for row in effects if row["prior_driven"]]
    if driven:
        yield Limit(
            TREATMENT,
            f"{len(driven)} of {len(effects)} effects are prior-driven",
            f"what these do to pain at 12 weeks, as the trials hold little information on them: "
            f"{_some(driven)}",
        )
    departing = [row for row in subject.record.get("own_trials", ()) if row["departs"]]
    if departing:
        named = [f"{subject.labels.joined(row['drug'])} (z {number(row['z'], 1)})" for row in departing]
        yield Limit(
            TREATMENT,
            f"{len(departing)} estimates depart from their own trials",
            "that these estimates restate their own trials, as they depart from the pooled contrast by more "
            f"than two standard errors: {_some(named)}",
        )
    loops = subject.record["loop_gains"]
    gains = [label(row["loop"]) for row in loops if row["prior_driven"]]
    if gains:
        single = [row["prior_driven"] for row in loops if row["loop"] != ALL_LOOPS]
        driven_loops = f"{sum(single)} of {len(single)} loop gains are prior-driven"
        yield Limit(
            MECHANISM,
            driven_loops if any(single) else "the gain of all loops together is prior-driven",
            f"how strong these feedback loops are, as the trials hardly moved them: {_some(gains)}",
        )
    changes = subject.record.get("changed_priors", ())
    held = [f"{row['parameter']} ({row['chosen']})" for row in changes if row["is_fixed"]]
    if held:
        yield Limit(
            MECHANISM,
            f"{len(held)} parameters are fixed in the settings",
            f"anything about the values of {len(held)} parameters that the settings fixed, and about results "
            f"as if these were not known: {_some(held)}",
        )
    moved = [f"{row['parameter']} ({row['chosen']})" for row in changes if not row["is_fixed"]]
    if moved:
        yield Limit(
            MECHANISM,
            f"{len(moved)} priors are changed in the settings",
            f"that these are results of the packaged priors: the settings changed {len(moved)} of them: "
            f"{_some(moved)}",
        )
    parameters, count = subject.record["prior_driven"], len(subject.record["contraction"])
    if parameters:
        yield Limit(
            MECHANISM,
            f"{len(parameters)} of {count} parameters are prior-driven",
            f"the values of {len(parameters)} of {count} parameters that are prior-driven: "
            f"{_some(parameters)}",
        )


def _of_model(subject: Subject) -> Iterator[Limit]:
    model = subject.run.settings.model
    calibration = subject.result("calibrate")
    truth = f"that intervals of '{model}' hold the truth as often as stated"
    if calibration is None:
        yield Limit(PREDICTION, "intervals were not calibrated", f"{truth}: it was not calibrated")
    elif not calibration.record["calibrated"]:
        yield Limit(PREDICTION, "calibration failed", f"{truth}: the calibration failed")
    elif len(calibration.record["studies"]) < subject.record["studies_used"]:
        count = len(calibration.record["studies"])
        yield Limit(
            PREDICTION,
            f"calibrated on the design of {count} studies only",
            f"that intervals are calibrated on all {subject.record['studies_used']} studies: the calibration "
            f"had the design of {count}",
        )
    rivals = subject.result("compare")
    if rivals is None:
        yield Limit(
            MODEL,
            "the model was not compared with any other",
            "that another model would not predict these trials as well: it was not compared with any",
        )
        return
    if not rivals.record["cascade_needed"]:
        yield Limit(
            MODEL,
            "a need for the cascade is not shown",
            f"that these trials need the mechanism of the cascade: {rivals.record['verdict']}",
        )
    elif not all(map(is_choice, rivals.record["notices"])):
        yield Limit(
            MODEL,
            "the compared fits mixed poorly",
            "that the lead of the cascade is as certain as it looks: fits that were compared mixed poorly",
        )
    mine = [row for row in rivals.record["models"] if str(row["model"]).split(" (")[0] == model]
    unreliable = mine[0]["unreliable_studies"] if mine else 0
    if unreliable:
        yield Limit(
            MODEL,
            f"importance weights of {unreliable} studies are not reliable",
            f"how well '{model}' predicts {unreliable} studies left out, as their importance weights are not "
            "reliable",
        )


def _of_results(subject: Subject) -> Iterator[Limit]:
    predicted = subject.result("predict")
    if predicted is not None:
        effects = predicted.record["effects"]
        for basis, why in (
            ("extrapolation", "as no trial used was like them (larger dose, longer time, new combination)"),
            ("prior-driven", "as the trials hold little information on them"),
        ):
            names = [row["regimen"] for row in effects if row["basis"] == basis]
            if names:
                yield Limit(
                    TREATMENT,
                    f"{len(names)} predicted regimens: {basis}",
                    f"that trials support the predictions of {len(names)} regimens, {why}: {_some(names)}",
                )
        rows = predicted.record["combinations"]
        together = [row["regimen"] for row in rows if UNSEEN_COMBINATION in row["reasons"]]
        if together:
            yield Limit(
                TREATMENT,
                f"no trial of {len(together)} combinations",
                "what these combinations do beyond the sum of their drugs, as it follows from the equations "
                f"and no trial gave them together: {_some(together)}",
            )
    claims = subject.result("claims")
    if claims is not None:
        rows = claims.record["claims"]
        for word, why in (
            ("undecided", "the trials leave them undecided"),
            ("mostly prior", "the prior decides them, or the trials hold little information on them"),
            ("built in", "the equations decide them and no trial does"),
            ("fixed", "values that the settings fixed decide them"),
        ):
            names = [row["claim"] for row in rows if row["verdict"] == word]
            if names:
                yield Limit(
                    MECHANISM,
                    f"{len(names)} claims are {word}",
                    f"{len(names)} claims, as {why}: {_some(names)}",
                )
    scaled = subject.result("sensitivity/power-scaling")
    if scaled is not None:
        names = [str(row["quantity"]) for row in scaled.record["results"] if "prior" in str(row["diagnosis"])]
        if names:
            yield Limit(
                MECHANISM,
                f"{len(names)} results depend on their priors",
                "that the trials alone decide these results, as their priors matter too or noise hides "
                f"whether they do: {_some(names)}",
            )
    score = subject.result("score")
    if score is None:
        yield Limit(
            PREDICTION,
            "no unseen trial was scored",
            "how well trials are predicted that the run has not seen: none were scored",
        )
    else:
        yield Limit(
            PREDICTION,
            "nothing beyond the scored trials",
            f"more about unseen trials than this: {score.record['verdict']}",
        )


def _some(names: Iterable[str]) -> str:
    listed = [clipped(str(name), 80) for name in names]
    rest = len(listed) - _NAMED
    return "; ".join(listed[:_NAMED]) + (f" and {number(rest, 0)} more" if rest > 0 else "")
