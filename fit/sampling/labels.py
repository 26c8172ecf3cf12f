"""Names of sites, of their dimensions and labels: checked before sampling, all faults at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from windup.datasets import nearest
from windup.fit.errors import ModelFaults
from windup.fit.sampling.target.inspected import Inspected, Shape

# Dimensions that every variable of a tree has.
_RESERVED = "chain", "draw"


class Labels(NamedTuple):
    """How sites are named in a tree.

    Attributes
    ----------
    names
        Name in the tree of every site.
    dims
        Dimensions of every site, by its name in the tree.
    coords
        Labels of dimensions.
    """

    names: Mapping[str, str]
    dims: Mapping[str, list[str]]
    coords: Mapping[str, Sequence[Any]]

    def named[T](self, values: Mapping[str, T]) -> dict[str, T]:
        """Values of sites by their names in the tree."""
        return {self.names[name]: value for name, value in values.items()}


def labels_of(
    inspected: Inspected,
    dims: Mapping[str, Sequence[str]] | None,
    coords: Mapping[str, Sequence[Any]] | None,
) -> Labels:
    """Names, dimensions and labels of the sites of a model.

    ``/`` separates groups of a tree, so that a site called ``CL/F`` is stored as ``CL.F``.

    Raises
    ------
    ModelFaults
        When a name cannot be stored, or dimensions and labels do not fit the sites.
    """
    faults: list[str] = []
    shapes = {
        **inspected.sampled,
        **inspected.enumerated,
        **inspected.deterministic,
        **inspected.density,
    }
    names = _stored(shapes, faults)
    given = _dims_of_sites(inspected, shapes, dims, faults)
    sizes: dict[str, tuple[int, str]] = {}
    taken = {*names.values(), *_RESERVED}
    complete: dict[str, list[str]] = {}
    for name, shape in shapes.items():
        stored = names[name]
        own = given.get(name) or [_default(f"{stored}_dim_{i}", taken) for i in range(len(shape))]
        complete[stored] = own
        for dim, size in zip(own, shape, strict=True):
            known, by = sizes.setdefault(dim, (size, name))
            if known != size:
                faults.append(
                    f"The dimension '{dim}' has {known} entries in '{by}' and {size} in '{name}': give it "
                    "two names in dims."
                )
    labels = _labels_of_dims({dim: size for dim, (size, _) in sizes.items()}, coords, faults)
    if faults:
        raise ModelFaults(dict.fromkeys(faults))
    return Labels(names, complete, labels)


def _stored(shapes: Mapping[str, Shape], faults: list[str]) -> dict[str, str]:
    names = {name: name.replace("/", ".") for name in shapes}
    for name, stored in names.items():
        if stored in _RESERVED:
            faults.append(f"A site is called '{name}', which is a dimension of all draws: rename it.")
        others = [other for other, its in names.items() if its == stored and other != name]
        if others and "/" in name:
            faults.append(
                f"The site '{name}' would be stored as '{stored}', because '/' separates groups of a tree, "
                f"and '{others[0]}' has that name: rename one."
            )
    return names


def _dims_of_sites(
    inspected: Inspected,
    shapes: Mapping[str, Shape],
    dims: Mapping[str, Sequence[str]] | None,
    faults: list[str],
) -> dict[str, list[str]]:
    """Dimensions that a user names, of sites that they fit."""
    given: dict[str, list[str]] = {}
    for name, value in (dims or {}).items():
        if name not in shapes:
            faults.append(f"dims names '{name}', which is no site of the model. {_known(name, shapes)}")
            continue
        own = [value] if isinstance(value, str) else [*value]
        shape, whole = shapes[name], inspected.observed.get(name, shapes[name])
        bad = [dim for dim in own if not isinstance(dim, str) or not dim or "/" in dim]
        if bad:
            faults.append(f"dims of '{name}' holds {bad[0]!r}: give names without '/'.")
        elif len(own) not in (len(shape), len(whole)):
            faults.append(
                f"dims gives '{name}' {len(own)} name{'' if len(own) == 1 else 's'} ({', '.join(own)}), "
                f"and its shape is {whole}: give {len(whole)}."
            )
        elif len({*own}) < len(own):
            faults.append(f"dims gives '{name}' the same name twice ({', '.join(own)}).")
        else:
            given[name] = own[: len(shape)]
        for dim in own:
            if dim in shapes:
                faults.append(
                    f"dims of '{name}' has a dimension '{dim}', and a site has that name: rename it."
                )
            if dim in _RESERVED:
                faults.append(
                    f"dims of '{name}' has a dimension '{dim}', which all draws have: leave it out."
                )
    return given


def _labels_of_dims(
    sizes: Mapping[str, int], coords: Mapping[str, Sequence[Any]] | None, faults: list[str]
) -> dict[str, Sequence[Any]]:
    labels: dict[str, Sequence[Any]] = {}
    for dim, values in (coords or {}).items():
        if dim not in sizes:
            faults.append(
                f"coords labels '{dim}', which is no dimension of a site. {_known(dim, sizes)} "
                "Or name it in dims."
            )
            continue
        # xarray would take a tuple for a name with its values.
        each = [values] if isinstance(values, str | bytes) or not isinstance(values, Iterable) else [*values]
        if len(each) != sizes[dim]:
            faults.append(
                f"coords gives '{dim}' {len(each)} label{'' if len(each) == 1 else 's'}, and it has "
                f"{sizes[dim]} entr{'y' if sizes[dim] == 1 else 'ies'}."
            )
        elif any(np.ndim(label) for label in each):
            faults.append(
                f"coords gives '{dim}' labels that are lists themselves: give one word or number each."
            )
        else:
            labels[dim] = each
    return labels


def _default(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _known(name: object, known: Iterable[str]) -> str:
    names = [*known]
    return nearest(str(name), names) if names else "There is none."
