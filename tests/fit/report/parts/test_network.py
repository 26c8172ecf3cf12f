"""Claims about the part of a report on what was compared with what."""

from windup.datasets import packaged_trials
from windup.fit.design.measured.network import NOTHING, PLACEBO
from windup.fit.diagnostics.consistency import consistency
from windup.fit.display.labels import packaged_labels
from windup.fit.report.document.elements import Grid, Picture
from windup.fit.report.document.subject import Subject
from windup.fit.report.parts.network import (
    consistency_blocks,
    network_figure,
    network_of,
    network_part,
)

from ...changes import trials_of
from ...diagnostics.test_consistency import BOTH


def test_studies_are_counted_by_pair_of_treatments_and_patients_by_treatment() -> None:
    three = {"pregabalin": (-2.0, 0.3), "snri": (-2.9, 0.4), "none": (0.0, 0.3)}
    patients, edges = network_of(trials_of({**BOTH, "c": three}))
    assert patients == {"pregabalin": 100, "snri": 100, PLACEBO: 100, NOTHING: 50}
    assert edges == {
        (PLACEBO, "pregabalin"): 1,
        (PLACEBO, "snri"): 1,
        ("pregabalin", "snri"): 1,
        (NOTHING, "pregabalin"): 1,
        (NOTHING, "snri"): 1,
    }


def test_arms_on_two_doses_of_one_drug_are_no_comparison() -> None:
    one = trials_of({"a": {"pregabalin": (-2.0, 0.3)}})
    assert network_of(one) == ({}, {})


def test_every_drawn_comparison_is_a_line_as_wide_as_its_studies() -> None:
    patients, edges = network_of(trials_of({**BOTH, "c": BOTH["a"]}))
    axes = network_figure(patients, edges, packaged_labels()).axes[0]
    widths = sorted(line.get_linewidth() for line in axes.lines)
    assert len(widths) == len(edges) == 2
    assert widths[1] == 2.0 * widths[0]
    written = " ".join(text.get_text() for text in axes.texts)
    assert "pregabalin (2)" in written
    assert f"{PLACEBO} (3)" in written


def test_pairs_with_both_kinds_of_evidence_are_listed_with_their_departure() -> None:
    _, grid = consistency_blocks(packaged_trials(), packaged_labels())
    assert isinstance(grid, Grid)
    found = consistency(packaged_trials())
    assert len(grid.rows) == found["z"].notna().sum()
    assert "pregabalin and SNRI" in {row[0] for row in grid.rows}


def test_part_shows_the_network_of_the_trials_of_the_run(subject: Subject) -> None:
    part = network_part(subject)
    assert part is not None
    (shown,) = (each for each in part.blocks if isinstance(each, Picture))
    _, edges = network_of(subject.run.trials)
    assert f"{len(edges)} kinds of comparisons" in shown.alt
