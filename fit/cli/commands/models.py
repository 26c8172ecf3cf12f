"""The command `windup models`."""

from __future__ import annotations

from windup.fit.cli.console.terminal import terminal
from windup.fit.display.blocks import Bullets, Heading, show
from windup.fit.settings.fit import MODELS


def models() -> None:
    """List available models."""
    rows = tuple(MODELS.items())
    show((Heading("Models", level=1), Bullets(tuple(f"{name}: {what}" for name, what in rows))), terminal())
