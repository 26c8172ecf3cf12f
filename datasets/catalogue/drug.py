"""A drug, the substances it is given as, and where it acts in each model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, final

type Sign = Literal["lowers", "raises", "feeds"]

# SD of the logarithm of a dose of which next to nothing is printed: 95 % of doses lie between a quarter of
# the median and four times it (expert: the widest customary range of a drug by mouth, as of pregabalin
# from 75 to 600 mg/day).
EXPERT_DOSE_LOG_SD = 0.7

# The same of a dose that does not pass the gut: 95 % between a seventh and seven times (expert).
PARENTERAL_DOSE_LOG_SD = 1.0

# Routes that do not pass the gut.
PARENTERAL = ("iv", "im", "parenteral")


class UsualDoses(NamedTuple):
    """Log-normal distribution of a daily dose, in the drug's unit and after absorption."""

    median: float
    log_sd: float


@final
@dataclass(frozen=True)
class Drug:
    r"""One row of ``drugs.csv``.

    Attributes
    ----------
    name, label, synonyms
        Word of the tables, how it is shown, and other names that it is found by.
    unit
        Unit of a daily dose.
    reference_dose
        Daily dose at which strengths are defined; absorbed amount where ``absorption_a_mg`` is given. None
        where every application counts alike, as of the capsaicin patch.
    usual_low, usual_high
        Daily doses outside of which a table is asked about; None for no bound.
    usual_dose
        Median over studies of the daily dose that they print, in ``unit`` and after absorption; None where
        that is ``reference_dose``.
    usual_dose_log_sd
        SD of its logarithm between studies.
    half_dose
        Median of the prior of the daily dose at half of the maximal effect, in ``unit``; None where that is
        ``reference_dose``, known.
    half_dose_log_sd
        SD of its logarithm; 0 where ``half_dose`` is known.
    half_dose_source
        Where that prior comes from.
    dose_column, parenteral_dose_column
        Names under which a model finds the daily dose, and the dose that does not pass the gut where a model
        tells the two apart (``''`` where not).
    absorption_a_mg, absorption_b_mg
        Constants of saturable absorption, :math:`F = a / (b + d)` of a single dose :math:`d` (mg); None where
        a dose counts whole.
    absorption_administrations_per_day
        Administrations assumed where a table does not give them.
    reported_label, reported_dose, reported_days
        Regimen whose effect at 12 weeks every fit reports: name, daily dose in ``unit`` before absorption,
        days from the start.
    """

    name: str
    label: str
    unit: str
    reference_dose: float | None
    synonyms: tuple[str, ...] = ()
    usual_low: float | None = None
    usual_high: float | None = None
    usual_dose: float | None = None
    usual_dose_log_sd: float = EXPERT_DOSE_LOG_SD
    half_dose: float | None = None
    half_dose_log_sd: float = 0.0
    half_dose_source: str = ""
    dose_column: str = ""
    parenteral_dose_column: str = ""
    absorption_a_mg: float | None = None
    absorption_b_mg: float | None = None
    absorption_administrations_per_day: float = 1.0
    reported_label: str = ""
    reported_dose: float | None = None
    reported_days: float | None = None

    @property
    def is_counted(self) -> bool:
        """Whether every application counts alike, instead of a dose a day."""
        return self.reference_dose is None

    @property
    def dose_columns(self) -> tuple[str, ...]:
        """Every name under which a model finds a dose of it."""
        first = self.dose_column or self.name
        return (first, self.parenteral_dose_column) if self.parenteral_dose_column else (first,)

    def column_of(self, route: str) -> str:
        """Name under which a model finds a dose that is given by a route."""
        parenteral = bool(self.parenteral_dose_column) and route in PARENTERAL
        return self.dose_columns[1 if parenteral else 0]

    def dose_if_unknown(self, route: str) -> float:
        """Daily dose, in ``unit`` and after absorption, that a fit takes where a table gives none.

        It is the reference dose, which is one by mouth; one unit by other routes, and where applications
        are counted.
        """
        by_mouth = self.column_of(route) == self.dose_columns[0]
        return self.reference_dose if by_mouth and self.reference_dose is not None else 1.0

    def usual_doses(self, route: str) -> UsualDoses | None:
        """Doses among which one lies that no table gives; None where applications are counted, as one is one.

        What is printed of a drug is printed of it by mouth, mostly; of a dose that a model tells apart from
        these only an expert can speak.
        """
        if self.reference_dose is None:
            return None
        if self.column_of(route) != self.dose_columns[0]:
            return UsualDoses(self.reference_dose, PARENTERAL_DOSE_LOG_SD)
        return UsualDoses(self.usual_dose or self.reference_dose, self.usual_dose_log_sd)

    def absorbed(
        self,
        daily_dose: float,
        administrations_per_day: float | None = None,
        bioavailability: float | None = None,
    ) -> float:
        r"""Part of a daily dose that reaches the blood, :math:`d\,a / (b + d/n)`; all where none is given.

        Parameters
        ----------
        daily_dose
            In ``unit``.
        administrations_per_day
            :math:`n`; None where a table does not give it.
        bioavailability
            Share that reaches the blood of a substance with an absorption of its own; None for the drug's.

        Examples
        --------
        >>> gabapentin = Drug("gabapentin", "gabapentin", "mg/day", 900.0, absorption_a_mg=823.0,
        ...                   absorption_b_mg=1120.0, absorption_administrations_per_day=3.0)
        >>> round(gabapentin.absorbed(1800.0), 1)
        861.3
        """
        if bioavailability is not None:
            return daily_dose * bioavailability
        if self.absorption_a_mg is None or self.absorption_b_mg is None:
            return daily_dose
        given = administrations_per_day
        times = self.absorption_administrations_per_day if given is None else given
        single = daily_dose / max(times, 1.0)
        return daily_dose * self.absorption_a_mg / (self.absorption_b_mg + single)


@final
@dataclass(frozen=True)
class Substance:
    """One row of ``substances.csv``: how a dose of a substance becomes a dose of its drug.

    Attributes
    ----------
    drug
        The drug that it counts as.
    names
        Words by which the substance is recognised in a table; ``("*",)`` for any.
    routes
        Routes for which this holds; empty for all.
    unit
        Unit of ``amount``; ``mg`` stands for every unit of mass.
    amount, equals
        So much of the substance equals so much of the drug, in the drug's unit without its "per day".
    proportional
        Whether other amounts count in proportion; if not, only ``amount`` itself can be converted.
    source
        Where equivalence and bioavailability come from.
    bioavailability
        Share of what it equals that reaches the blood, whatever the dose; None for the drug's absorption.
    """

    drug: str
    names: tuple[str, ...]
    routes: tuple[str, ...]
    unit: str
    amount: float
    equals: float
    proportional: bool
    source: str
    bioavailability: float | None = None


@final
@dataclass(frozen=True)
class Action:
    r"""One row of ``actions.csv``: a drug's point of action in a model.

    At relative dose :math:`f(d)`, 1 at the drug's reference dose, it multiplies its target by
    :math:`\exp(-s f)` (``lowers``) or :math:`\exp(s f)` (``raises``); in a model without a mechanism it takes
    :math:`s f` points off pain. An action that ``feeds`` has no strength: :math:`f` drives a slow state.

    Attributes
    ----------
    models
        Models in which it acts so.
    drugs
        Drugs that share this action; one but for forms of the same substance.
    through
        ``dose``, or the slow state by which the drug acts.
    target
        Point of action, or the slow state that is fed.
    sign
        ``lowers``, ``raises`` or ``feeds``.
    strength
        Name of the parameter :math:`s`; ``''`` where it feeds.
    prior_sd, widening
        SD of the prior of :math:`s`, which is centred at no effect, and the factor on it for evidence that is
        not human.
    species, part, meaning, source
        As of every parameter (`windup.models.Parameter`).
    """

    models: tuple[str, ...]
    drugs: tuple[str, ...]
    through: str
    target: str
    sign: Sign
    strength: str = ""
    prior_sd: float = 0.0
    widening: float = 1.0
    species: str = "none"
    part: str = ""
    meaning: str = ""
    source: str = ""
