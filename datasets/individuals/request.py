"""What a user says of a table of patients beside its cells, and what is wrong with that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import final

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.instrument import Instrument
from windup.datasets.catalogue.trial_columns import trial_tables
from windup.datasets.dictionary.vocabulary import FLAGS
from windup.datasets.files.errors import Fault, nearest
from windup.datasets.individuals.columns import PATIENTS
from windup.datasets.individuals.rows import PAIRS, RESPONDERS, Pairs
from windup.datasets.individuals.windows import VisitWindows
from windup.datasets.reading.said_cells import cell_findings

OPTIONS = "options"
"""Name in place of a file, of faults in what was said beside the tables."""


@final
@dataclass(frozen=True)
class Request:
    """Arguments of `windup.datasets.patients_to_trials`, which explains them."""

    study: Mapping[str, str] = field(default_factory=dict)
    scale: str = "NRS_0_10"
    windows: VisitWindows | None = None
    responders: tuple[int, ...] = ()
    pairs: Pairs = "baseline"
    flags: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def crossover(self) -> bool:
        """Whether the same people receive every arm."""
        return self.study.get("crossover", "") == "yes" or (
            not self.study.get("crossover") and self.study.get("design", "") == "crossover_rct"
        )

    def faults(self, catalogue: Catalogue) -> list[Fault]:
        """All that cannot be meant."""
        return [Fault(OPTIONS, 0, *finding) for finding in self._findings(catalogue)]

    def _findings(self, catalogue: Catalogue) -> Iterator[tuple[str, str, str]]:
        columns = trial_tables(catalogue)["studies.csv"]
        for name, found, remedy in cell_findings("studies.csv", columns, self.study):
            yield " ".join(filter(None, ("study", name))), found, remedy
        instrument = catalogue.instrument_by_name.get(self.scale)
        if not catalogue.kind_of("pain_intensity", self.scale):
            scales = [
                each.name for each in catalogue.instruments if catalogue.kind_of("pain_intensity", each.name)
            ]
            yield "scale", f"'{self.scale}' is no scale of pain.", nearest(self.scale, scales)
        yield from _responder_findings(self.responders, instrument)
        if self.pairs not in PAIRS:
            yield "pairs", f"'{self.pairs}' is not known here.", nearest(str(self.pairs), PAIRS)
        for flag in self.flags:
            if flag not in FLAGS:
                yield "flags", f"'{flag}' is not a flag.", nearest(flag, FLAGS)
        named = [column.name for column in PATIENTS]
        for column in self.columns:
            if column not in named:
                yield "column", f"'{column}' is no column of a table of patients.", nearest(column, named)
        if self.windows is not None:
            yield from self.windows.findings()


def _responder_findings(
    responders: tuple[int, ...], instrument: Instrument | None
) -> Iterator[tuple[str, str, str]]:
    for percent in responders:
        if percent not in RESPONDERS:
            remedy = f"Use one of: {', '.join(map(str, RESPONDERS))}."
            yield "responders", f"No outcome counts patients with {percent} % less pain.", remedy
    if responders and instrument is not None and instrument.quantity != "pain":
        found = f"Shares of responders are those on 0-10, and '{instrument.name}' has a link with it."
        yield "responders", found, "Leave them out: the means and SDs are read."
