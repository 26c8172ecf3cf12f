"""Typed rows of the catalogue's tables as objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import pandas as pd

from windup.datasets.catalogue.catalogue import Catalogue
from windup.datasets.catalogue.condition import Condition, PlaceboGroup, Procedure
from windup.datasets.catalogue.drug import EXPERT_DOSE_LOG_SD, Action, Drug, Sign, Substance
from windup.datasets.catalogue.instrument import (
    LINK_SHIFT,
    LINK_SHIFT_SD,
    LINK_SLOPE_LOG_SD,
    LINKED,
    Instrument,
    Quantity,
)
from windup.datasets.catalogue.outside_class import OutsideClass


def catalogue_of(tables: Mapping[str, pd.DataFrame]) -> Catalogue:
    """Catalogue of typed tables by the name of their file; a table that is missing has no rows."""

    def rows(name: str) -> list[dict[str, Any]]:
        return cast(list[dict[str, Any]], tables[name].to_dict("records")) if name in tables else []

    return Catalogue(
        drugs=tuple(_drug(row) for row in rows("drugs.csv")),
        substances=tuple(_substance(row) for row in rows("substances.csv")),
        actions=tuple(_action(row) for row in rows("actions.csv")),
        conditions=tuple(_condition(row) for row in rows("conditions.csv")),
        placebo_groups=tuple(_placebo_group(row) for row in rows("placebo_groups.csv")),
        instruments=tuple(_instrument(row) for row in rows("instruments.csv")),
        outside_classes=tuple(_outside_class(row) for row in rows("outside_classes.csv")),
        procedures=tuple(_procedure(row) for row in rows("procedures.csv")),
    )


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(";") if word.strip())


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value


def _or(value: float, other: float) -> float:
    return other if math.isnan(value) else value


def _drug(row: Mapping[str, Any]) -> Drug:
    return Drug(
        name=row["drug"],
        label=row["label"],
        unit=row["unit"],
        reference_dose=_number(row["reference_dose"]),
        synonyms=_words(row["synonyms"]),
        usual_low=_number(row["usual_low"]),
        usual_high=_number(row["usual_high"]),
        usual_dose=_number(row["usual_dose"]),
        usual_dose_log_sd=_or(row["usual_dose_log_sd"], EXPERT_DOSE_LOG_SD),
        half_dose=_number(row["half_dose"]),
        half_dose_log_sd=_or(row["half_dose_log_sd"], 0.0),
        half_dose_source=row["half_dose_source"],
        dose_column=row["dose_column"],
        parenteral_dose_column=row["parenteral_dose_column"],
        absorption_a_mg=_number(row["absorption_a_mg"]),
        absorption_b_mg=_number(row["absorption_b_mg"]),
        absorption_administrations_per_day=_or(row["absorption_administrations_per_day"], 1.0),
        reported_label=row["reported_label"],
        reported_dose=_number(row["reported_dose"]),
        reported_days=_number(row["reported_days"]),
    )


def _substance(row: Mapping[str, Any]) -> Substance:
    return Substance(
        drug=row["drug"],
        names=tuple(word.lower() for word in _words(row["substance"])),
        routes=_words(row["route"]),
        unit=row["unit"],
        amount=row["amount"],
        equals=row["equals"],
        proportional=row["proportional"] != "no",
        bioavailability=_number(row["bioavailability"]),
        source=row["source"],
    )


def _action(row: Mapping[str, Any]) -> Action:
    drugs = _words(row["drug"])
    feeds = row["sign"] == "feeds"
    return Action(
        models=_words(row["model"]),
        drugs=drugs,
        through=row["through"] or "dose",
        target=row["target"],
        sign=cast(Sign, row["sign"]),
        strength="" if feeds else row["strength"] or f"{drugs[0] if drugs else ''}_{row['target']}",
        prior_sd=_or(row["prior_sd"], 0.0),
        widening=_or(row["widening"], 1.0),
        species=row["species"] or "none",
        part=row["part"],
        meaning=row["meaning"],
        source=row["source"],
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        name=row["condition"],
        label=row["label"],
        chronic=row["chronic"] == "yes",
        synonyms=_words(row["synonyms"]),
        kind=row["kind"],
        central_share=_number(row["central_share"]),
        placebo_group=row["placebo_group"],
        episodic=row["episodic"] == "yes",
    )


def _placebo_group(row: Mapping[str, Any]) -> PlaceboGroup:
    return PlaceboGroup(row["placebo_group"], row["label"], row["mean"], row["sd"], row["source"])


def _instrument(row: Mapping[str, Any]) -> Instrument:
    # Ends that are exchanged are a fault; they must not turn the scale round before it is reported.
    scaled = row["low"] < row["high"]
    return Instrument(
        name=row["instrument"],
        label=row["label"],
        quantity=cast(Quantity, row["quantity"]),
        low=row["low"] if scaled else None,
        high=row["high"] if scaled else None,
        higher_is_worse=row["higher_is"] != "better",
        factor=_or(row["factor"], 1.0),
        source=row["source"],
        link=(row["link"] or row["instrument"]) if row["quantity"] in LINKED else "",
        link_shift=_or(row["link_shift"], LINK_SHIFT),
        link_shift_sd=_or(row["link_shift_sd"], LINK_SHIFT_SD),
        link_slope_log_sd=_or(row["link_slope_log_sd"], LINK_SLOPE_LOG_SD),
        step=_or(row["step"], 0.0),
    )


def _outside_class(row: Mapping[str, Any]) -> OutsideClass:
    return OutsideClass(
        name=row["class"],
        label=row["label"],
        synonyms=_words(row["synonyms"]),
        relief_sd=row["relief_sd"],
        days=row["days"],
        days_log_sd=row["days_log_sd"],
        lasts_days=_or(row["lasts_days"], 0.0),
        source=row["source"],
    )


def _procedure(row: Mapping[str, Any]) -> Procedure:
    return Procedure(
        name=row["procedure"],
        label=row["label"],
        synonyms=_words(row["synonyms"]),
        conditions=_words(row["conditions"]),
        low=row["cause_stays_low"],
        high=row["cause_stays_high"],
        source=row["source"],
    )
