"""Names as people write them, brought to the form of the dictionary."""

from __future__ import annotations

import re

from windup.datasets.files.grid import tidy

_BETWEEN = re.compile(r"[\s_.\-]+")


def header_key(name: str) -> str:
    """Small letters, with one underscore where spaces, points, dashes or underscores stand.

    Examples
    --------
    >>> header_key("Study ID"), header_key("study.id"), header_key("Chronic low-back pain")
    ('study_id', 'study_id', 'chronic_low_back_pain')
    """
    return _BETWEEN.sub("_", tidy(name).replace("µ", "u").replace("μ", "u").lower()).strip("_")
