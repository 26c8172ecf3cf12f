"""Bounds of what can be meant: beyond them a number is a slip, and sums or the solver's mesh would fail."""

from __future__ import annotations

LONGEST_WEEKS = 520.0
"""Ten years; the solver's mesh (`windup.models.trial_mesh`) ends at 4000 days."""

LARGEST_DOSE = 1e6
"""Dose of one administration, in any unit."""

SMALLEST_DOSE = 1e-9
"""Limit of a dose that was adjusted to patients, in any unit: some was always given."""

LARGEST_NUMBER = 1e6
"""Any other number of a table, in its unit."""

SMALLEST_SPREAD = 1e-4
"""Standard deviation or error, and half the length of an interval, on any scale."""

ROUNDING_WEEKS = 0.0501
"""Weeks by which one time may differ between two places: a month is 4.3, 4.33 or 4.345 weeks."""
