"""What a fit is done again with: other prior widths, without a block of rows, or without pooled controls."""

from __future__ import annotations

import dataclasses

from windup.datasets import Trials
from windup.fit.settings.fit import Settings
from windup.fit.settings.priors import Prior
from windup.models import Parameter, free

FACTORS = (1.0, 0.5, 2.0)
"""Factors on the widths of priors, that of the fit itself first."""

POOLING = "pooling of control courses"
"""Name of what `within_studies` leaves out."""

# SD that frees the control course of a study: the largest fall on placebo is about 3 points (expert).
_FREE_SD = 3.0


def within_studies(settings: Settings) -> Settings:
    """Settings in which a course that all arms of a study share is nearly free.

    Drug effects come from comparisons within studies then. Otherwise the course of a control arm is drawn
    towards those of other studies, by as much as these resemble each other. The natural course is the one to
    be freed: it has the same load in treated, placebo and untreated arms. The placebo response has not, so
    that a wide spread of it would drown comparisons with untreated arms.

    Parameters
    ----------
    settings
        Of a fit. A spread of the natural course that it fixes stays fixed.
    """
    return dataclasses.replace(settings, fixed={"natural_spread": _FREE_SD, **settings.fixed})


def with_prior_widths(settings: Settings, parameters: tuple[Parameter, ...], factor: float) -> Settings:
    """Settings in which the priors of a mechanism are ``factor`` times as wide.

    Parameters
    ----------
    settings
        Of a fit; the priors of the observation model stay as they are there.
    parameters
        Of its model, with the priors that the settings chose. What is fixed stays fixed.
    factor
        On the standard deviation of every prior (of the logarithm where it is log-normal); medians stay.
    """
    widened = {
        each.name: Prior(family=each.family, location=each.location, scale=factor * each.prior_scale)
        for each in free(parameters)
    }
    return dataclasses.replace(settings, priors={**settings.priors, **widened})


def with_blocks(trials: Trials, blocks: tuple[str, ...]) -> Trials:
    """Trials of which no row is used that needs another block; no file holds them.

    Parameters
    ----------
    trials
        With these blocks, and perhaps others.
    blocks
        Of `windup.datasets.BLOCKS`.
    """
    if set(blocks) >= set(trials.blocks):
        return trials
    rows = trials.observations.copy()
    needed = rows["blocks"].str.split(";").map(set)
    rows["used"] &= needed.map(lambda names: names <= {"", *blocks})
    return dataclasses.replace(trials, observations=rows, blocks=blocks, files={})
