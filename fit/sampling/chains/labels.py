"""Labels of coordinates: by the names along a site's dimensions, so that another order changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import xarray as xr

from windup.fit.sampling.target.target import Target
from windup.fit.storage.tree import group

_COORDINATE = re.compile(r"(?s)(.*)\[([0-9,]+)\]")
# Studies with responder shares are sampled in groups of about equally many rows, and a study may change its
# group between data sets.
_GROUP = re.compile(r"(study_effects|study_precision)_[0-9]+")

type AxisLabels = Mapping[str, Sequence[Sequence[str]]]


def labelled(coordinates: Sequence[str], axes: AxisLabels) -> tuple[str, ...]:
    """Coordinates ``site[index]`` with labels in place of their indexes.

    Parameters
    ----------
    coordinates
        Names.
    axes
        By site, the labels along each of its dimensions. A site without them keeps its indexes.

    Examples
    --------
    >>> labelled(("pain[1]", "gain"), {"pain": [["alpha", "beta"]]})
    ('pain[beta]', 'gain')
    """
    return tuple(_label(name, axes) for name in coordinates)


def _label(name: str, axes: AxisLabels) -> str:
    parts = _COORDINATE.fullmatch(name)
    if parts is None:
        return name
    site, indexes = parts[1], [int(index) for index in parts[2].split(",")]
    along = axes.get(site, ())
    # The unconstrained value of a correlation matrix is a vector.
    if len(along) != len(indexes) or any(i >= len(x) for i, x in zip(indexes, along, strict=True)):
        return name
    group = _GROUP.fullmatch(site)
    words = ", ".join(labels[index] for index, labels in zip(indexes, along, strict=True))
    return f"{group[1] if group else site}[{words}]"


def labels_in(tree: xr.DataTree) -> tuple[str, ...]:
    """Labels of the coordinates of a run."""
    posterior = tree["posterior"].to_dataset()
    renamed = json.loads(tree.attrs.get("renamed_sites", "{}"))
    axes = {}
    for name, values in posterior.data_vars.items():
        dims = [dim for dim in values.dims if dim not in ("chain", "draw")]
        if all(dim in posterior.coords for dim in dims):
            site = renamed.get(str(name), str(name))
            axes[site] = [[str(label) for label in posterior[dim].values] for dim in dims]
    coordinates = group(tree, "unconstrained_posterior")["coordinate"].values
    return labelled([str(name) for name in coordinates], axes)


def labelled_by(
    target: Target, dims: Mapping[str, Sequence[str]] | None, coords: Mapping[str, Sequence[Any]] | None
) -> tuple[str, ...]:
    """Labels of the coordinates of a target, by the names and labels that arviz is given for its sites."""
    known = {name: [str(label) for label in labels] for name, labels in (coords or {}).items()}
    axes = {
        site: [known[dim] for dim in names]
        for site, names in (dims or {}).items()
        if all(dim in known for dim in names)
    }
    return labelled(target.coordinates, axes)
