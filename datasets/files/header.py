"""Names as people write them, brought to the form of the dictionary."""

from __future__ import annotations

import re

from windup.datasets.files.grid import tidy

_BETWEEN = re.compile(r"[\s_.\-()\[\]]+")


def header_key(name: str) -> str:
    """Small letters, with one underscore where spaces, points, dashes, brackets or underscores stand.

    Examples
    --------
    >>> header_key("Study ID"), header_key("study.id"), header_key("Time (weeks)")
    ('study_id', 'study_id', 'time_weeks')
    """
    return _BETWEEN.sub("_", tidy(name).replace("µ", "u").replace("μ", "u").lower()).strip("_")
