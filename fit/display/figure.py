"""What all figures share: colours that colour-blind readers can tell apart, a title and a footer."""

from __future__ import annotations

import io
import textwrap
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito's palette, which readers with any common form of colour blindness can tell apart.
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
PURPLE: Final = "#CC79A7"
SKY: Final = "#56B4E9"
ORANGE: Final = "#E69F00"
YELLOW: Final = "#F0E442"
BLACK: Final = "#000000"
GREY: Final = "#8C8C8C"
CYCLE: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, YELLOW, GREY)

DPI: Final = 150
_WIDTH_OF_CHARACTER_INCHES = 0.075


def figure(title: str, *, width_inches: float, height_inches: float) -> Figure:
    """Empty figure with its title; it belongs to no window and needs no display."""
    empty = Figure(figsize=(width_inches, height_inches), layout="constrained")
    empty.suptitle(_wrapped(title, width_inches * 0.8), fontsize=12)
    return empty


def png(drawn: Figure, footer: str) -> bytes:
    """Finished figure as the bytes of a PNG file, with its caption (its label below) and a footer.

    Parameters
    ----------
    drawn
        The figure.
    footer
        Where it comes from, and the warnings that apply to the run.
    """
    width = float(drawn.get_size_inches()[0])
    caption = drawn.get_supxlabel()
    lines = [_wrapped(text, width) for text in (caption, footer) if text]
    colour = VERMILION if "NOT " in footer else "#404040"
    drawn.supxlabel("\n".join(lines), fontsize=8.5, color=colour)
    stream = io.BytesIO()
    drawn.savefig(stream, format="png", dpi=DPI)
    return stream.getvalue()


def plain(axes: Axes) -> Axes:
    """Axes without the lines on top and on the right."""
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _wrapped(text: str, width_inches: float) -> str:
    return textwrap.fill(text, width=max(30, int(width_inches / _WIDTH_OF_CHARACTER_INCHES)))
