"""Checks and findings of a run as questions, each with its answer in numbers."""

from __future__ import annotations

from windup.fit.diagnostics.solver_trust import trust_in
from windup.fit.display.format import number
from windup.fit.report.document.elements import Question, Questions, Section
from windup.fit.report.document.subject import Subject
from windup.fit.settings.priors import is_choice


def verdicts_part(subject: Subject) -> Section:
    """The questions; the first screen has their answers in two words."""
    asked = (
        sampler_question(subject),
        solver_question(subject),
        calibration_question(subject),
        comparison_question(subject),
        _claims(subject),
    )
    return Section("verdicts", "Checks and findings in numbers", (Questions(asked),))


def sampler_question(subject: Subject) -> Question:
    """Whether the chains converged."""
    record = subject.record
    numbers = (
        f"R-hat at most {number(record['max_rhat'], 3)}, effective sample size at least "
        f"{number(record['min_ess_bulk'], 0)} (bulk) and {number(record['min_ess_tail'], 0)} (tails), "
        f"{record['divergences']} divergent draws, E-BFMI at least {number(record['min_ebfmi'], 2)}."
    )
    told = numbers if record["converged"] else f"{' '.join(record['failed_checks'])} {numbers}"
    return Question("Did the chains converge?", "yes" if record["converged"] else "no", told, "convergence")


def solver_question(subject: Subject) -> Question:
    """Whether the error of the integrator is small enough."""
    record, found = subject.record, trust_in(subject.run.tree)
    failed = record["failed_solves"]
    broken = f" {failed} solves of the equations failed." if failed else " No solve of the equations failed."
    text = "Can the solver be trusted?"
    if found is None:
        told = "What the integrator's error does to the posterior was not checked: only a full fit does that."
        return Question(text, "no" if failed else "not known", told + broken, "convergence")
    told = (
        f"{found.draws} draws were solved again at tight tolerance: the log density differs by at most "
        f"{number(found.largest_nats, 2)} nats"
    )
    most = found.most_shifted
    if most is not None:
        told += (
            f", and no reported mean moves by more than "
            f"{number(abs(found.shifts[most].standard_deviations), 3)} posterior standard deviations"
        )
    good = not found.failures and not failed
    told = " ".join([f"{told}.", *found.failures]) + broken
    return Question(text, "yes" if good else "no", told, "convergence")


def calibration_question(subject: Subject) -> Question:
    """Whether intervals hold the truth as often as stated, in simulated data."""
    text = "Are intervals of this model calibrated?"
    found = subject.result("calibrate")
    if found is None:
        absent = subject.absent("calibrate")
        return Question(text, "not known", absent.why if absent else "", "calibration")
    record = found.record
    told = (
        f"In {record['replicates']} simulated data sets on the design of {len(record['studies'])} studies, "
        f"{record['outside_95']} of {record['parameters']} parameters leave their 95 % band, where "
        f"{number(record['outside_95_expected'], 1)} are expected."
    )
    notices = [sentence for sentence in record["notices"] if sentence not in told]
    return Question(text, "yes" if record["calibrated"] else "no", " ".join([told, *notices]), "calibration")


def comparison_question(subject: Subject) -> Question:
    """Whether held-out trials need the mechanism: a finding."""
    text = "Is the mechanism needed to predict held-out trials?"
    found = subject.result("compare")
    if found is None:
        absent = subject.absent("compare")
        return Question(text, "not known", absent.why if absent else "", "rivals")
    record = found.record
    if not any(str(each["model"]).startswith("cascade") for each in record["models"]):
        told = f"The cascade was not among the models compared. {record['verdict']}"
        return Question(text, "not known", told, "rivals")
    told = " ".join([record["verdict"], *record["notices"]])
    if record["cascade_needed"] and not all(map(is_choice, record["notices"])):
        # A lead over fits that did not converge, or by such, shows nothing.
        return Question(text, "not shown", told, "rivals")
    # A finding, not a check: neither answer is good or bad.
    return Question(text, "shown" if record["cascade_needed"] else "not shown", told, "rivals")


def _claims(subject: Subject) -> Question:
    text = "How strongly do the trials support claims about pain?"
    found = subject.result("claims")
    if found is None:
        absent = subject.absent("claims")
        return Question(text, "not known", absent.why if absent else "", "claims")
    words = [row["verdict"] for row in found.record["claims"]]
    known = ("supported", "contradicted", "undecided", "mostly prior", "built in")
    shown = (*known, "fixed") if "fixed" in words else known
    counts = ", ".join(f"{words.count(word)} {word}" for word in shown)
    return Question(text, "counted", f"Of {len(words)} claims: {counts}.", "claims")
