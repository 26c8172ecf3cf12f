"""The part of a report on what was compared with what: a plot of the network, and its consistency."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from windup.datasets import Trials
from windup.fit.design.measured.network import NOTHING, PLACEBO, treatments_of
from windup.fit.design.measured.trial_effects import controlled
from windup.fit.diagnostics.consistency import consistency
from windup.fit.display.blocks import Paragraph
from windup.fit.display.figure import BLUE, GREY, figure
from windup.fit.display.format import number
from windup.fit.display.labels import Labels
from windup.fit.display.text import drawn
from windup.fit.report.document.elements import Grid, ReportBlock, Section
from windup.fit.report.document.pictures import picture
from windup.fit.report.document.subject import Subject

_SHOWN = 36
# Points² of a circle per patient, and points of a line per study.
_AREA, _LINE = 0.12, 0.5
_LEAST_AREA = 12.0
# Letters of a label.
_LETTERS = 28


def network_part(subject: Subject) -> Section | None:
    """What was compared with what; None where no study has two arms to compare."""
    patients, edges = network_of(subject.run.trials)
    if not edges:
        return None
    shown = picture(
        network_figure(patients, edges, subject.labels),
        alt=f"Network of {len(patients)} treatments and {len(edges)} kinds of comparisons. Most studies: "
        + "; ".join(
            f"{_name(one, subject.labels)} and {_name(other, subject.labels)} {count}"
            for (one, other), count in edges.most_common(5)
        ),
        caption="Treatments, and the studies that compare them. Circles by patients, lines by studies.",
    )
    pairs = consistency_blocks(subject.run.trials, subject.labels)
    return Section("network", "What was compared with what", (shown, *pairs))


def network_of(trials: Trials) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    """Patients by treatment, and studies by pair of treatments, of studies of chronic pain.

    Treatments are those that `windup.fit.design.measured.network` pools.
    """
    patients: Counter[str] = Counter()
    edges: Counter[tuple[str, str]] = Counter()
    for study in controlled(trials):
        randomised = study.dosing.groupby("arm_id")["n_randomised"].max().fillna(0.0)
        treatments = treatments_of(study)
        if len(set(treatments.values())) < 2:
            continue
        for arm, treatment in treatments.items():
            patients[treatment] += int(randomised[arm])
        edges.update(itertools.combinations(sorted(set(treatments.values())), 2))
    return patients, edges


def network_figure(patients: Counter[str], edges: Counter[tuple[str, str]], labels: Labels) -> Figure:
    """Treatments on a circle around placebo, those with most studies; lines are comparisons."""
    studies: Counter[str] = Counter()
    for pair, count in edges.items():
        studies.update(dict.fromkeys(pair, count))
    most = [name for name, _ in studies.most_common() if name != PLACEBO]
    outer, hidden = sorted(most[:_SHOWN]), len(most) - _SHOWN
    angles = 2.0 * np.pi * np.arange(len(outer)) / max(len(outer), 1)
    place = {name: (np.cos(angle), np.sin(angle)) for name, angle in zip(outer, angles, strict=True)}
    place[PLACEBO] = (0.0, 0.0)
    title = f"{len(edges)} kinds of comparisons of {len(patients)} treatments"
    shown = figure(title, width_inches=9.5, height_inches=8.8)
    axes = shown.subplots()
    axes.set_axis_off()
    axes.set(xlim=(-1.9, 1.9), ylim=(-1.6, 1.6), aspect="equal")
    for (one, other), count in edges.items():
        if one in place and other in place:
            (x, y), (x_end, y_end) = place[one], place[other]
            axes.plot([x, x_end], [y, y_end], color=GREY, linewidth=_LINE * count, alpha=0.6, zorder=1)
    for name, (x, y) in place.items():
        if studies[name]:
            axes.scatter([x], [y], s=_LEAST_AREA + _AREA * patients[name], color=BLUE, zorder=2)
    for name, angle in zip(outer, angles, strict=True):
        text = f"{drawn(_name(name, labels), _LETTERS)} ({studies[name]})"
        _write(axes, text, float(angle))
    if studies[PLACEBO]:
        axes.annotate(
            f"{PLACEBO} ({studies[PLACEBO]})",
            (0.0, 0.0),
            (0.0, -0.16),
            ha="center",
            fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0},
        )
    rest = f" {hidden} treatments with fewer are not drawn." if hidden > 0 else ""
    shown.supxlabel(
        "Numbers: comparisons in which a treatment takes part, in studies of chronic pain with two arms or "
        f"more.{rest}"
    )
    return shown


def _write(axes: Axes, text: str, angle: float) -> None:
    """A label outside the circle, read from left to right."""
    left = np.cos(angle) < 0.0
    axes.text(
        1.09 * np.cos(angle),
        1.09 * np.sin(angle),
        text,
        rotation=np.degrees(angle) + (180.0 if left else 0.0),
        rotation_mode="anchor",
        ha="right" if left else "left",
        va="center",
        fontsize=7.5,
    )


def _name(treatment: str, labels: Labels) -> str:
    return treatment if treatment in {PLACEBO, NOTHING} else labels.joined(treatment)


def consistency_blocks(trials: Trials, labels: Labels) -> list[ReportBlock]:
    """Direct and indirect differences of pairs of treatments."""
    found = consistency(trials)
    known = found[found["z"].notna()]
    if known.empty:
        return [Paragraph("No pair of treatments has trials of both and placebo-controlled trials of each.")]
    joined = labels.joined
    rows = tuple(
        (
            f"{joined(row['drug'])} and {joined(row['other'])}",
            f"{number(row['direct'], 2)} ± {number(row['direct_standard_error'], 2)}",
            str(row["trials"]),
            f"{number(row['indirect'], 2)} ± {number(row['indirect_standard_error'], 2)}",
            f"{row['placebo_trials_drug']} and {row['placebo_trials_other']}",
            number(row["z"], 1),
        )
        for row in known.to_dict("records")
    )
    beyond = int((known["z"].abs() > 2.0).sum())
    return [
        Paragraph(
            f"{beyond} of {len(known)} pairs depart by more than two standard errors; by chance alone one in "
            "twenty does. Direct: trials of both treatments. Indirect: the difference of their differences "
            "from placebo in all other trials. NRS points ± standard error; negative where the first one "
            "relieves more. The two kinds of trials differ in conditions and doses, too. No model enters."
        ),
        Grid(
            "Direct and indirect differences of pairs of treatments",
            ("pair", "direct", "trials", "indirect", "trials with placebo", "z"),
            rows,
        ),
    ]
