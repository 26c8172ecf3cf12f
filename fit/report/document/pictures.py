"""Figures as small images with a text for those who do not see them."""

from __future__ import annotations

import io
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
import numpy as np
import xarray as xr
from arviz_base.labels import MapLabeller
from matplotlib import pyplot
from matplotlib.figure import Figure
from PIL import Image

from windup.fit.display.figure import DPI, png
from windup.fit.display.text import drawn
from windup.fit.report.document.elements import Cell, Picture

_COLOURS = 64
# Of figures that arviz-plots makes.
LAYOUT: dict[str, Any] = {"layout": "constrained"}
SMALL_TITLES: dict[str, Any] = {"title": {"size": 9}}


def picture(drawn: Figure, *, alt: str, caption: Cell) -> Picture:
    """Finished figure as a picture; the figure is not needed any more."""
    # Its own caption is wrapped there: on one line it would be cut at both edges.
    return picture_of(png(drawn, footer=""), alt=alt, caption=caption)


def picture_of(content: bytes, *, alt: str, caption: Cell) -> Picture:
    """PNG file of a figure as a picture.

    Lines and letters in a few colours need no more than a palette, which takes a third of the bytes.
    """
    with Image.open(io.BytesIO(content)) as image:
        flat = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
    stream = io.BytesIO()
    flat.save(stream, format="PNG", optimize=True)
    small = min(content, stream.getvalue(), key=len)
    return Picture(small, alt, caption, DPI)


def arviz_picture(
    plot: Callable[..., Any], *arguments: Any, alt: str, caption: Cell, **options: Any
) -> Picture:
    """What a function of arviz-plots draws, as a picture."""
    with _without_display():
        collection = plot(*arguments, backend="matplotlib", **options)
        found: Figure = collection.viz["figure"].item()
        try:
            return picture(found, alt=alt, caption=caption)
        finally:
            pyplot.close(found)


def numbered(draws: list[np.ndarray]) -> xr.Dataset:
    """Draws (chain, draw) as variables with names of our own: those of users may hold what xarray forbids."""
    places = dict(zip(("chain", "draw"), map(np.arange, draws[0].shape), strict=True))
    variables = {_name(place): (("chain", "draw"), values) for place, values in enumerate(draws, 1)}
    return xr.Dataset(variables, coords=places)


def labels_of(names: list[str], longest: int = 38) -> MapLabeller:
    """What arviz shows instead of the names of `numbered`."""
    shown: dict[Hashable, Hashable] = {
        _name(place): drawn(name, longest) for place, name in enumerate(names, 1)
    }
    return MapLabeller(var_name_map=shown)


def _name(place: int) -> str:
    return f"parameter_{place}"


@contextmanager
def _without_display() -> Iterator[None]:
    """Figures of pyplot in memory: a backend with windows would want a display, and show them."""
    before = matplotlib.get_backend(auto_select=False)
    pyplot.switch_backend("agg")
    try:
        yield
    finally:
        if before is not None and before.lower() != "agg":
            pyplot.switch_backend(before)
