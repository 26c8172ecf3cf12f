"""Claims about text in figures."""

from windup.fit.display.figure import figure, png
from windup.fit.display.text import drawn

from ..hostile import NAMES


def test_any_name_can_be_drawn() -> None:
    empty = figure("", width_inches=4.0, height_inches=3.0)
    axes = empty.subplots()
    for place, name in enumerate(NAMES):
        axes.text(0.0, place / 10, drawn(name))
    assert len(png(empty, "")) > 1000
