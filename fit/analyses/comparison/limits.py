"""Limits of what a comparison shows, which its page names as well."""

from typing import Final

LATE_WEEKS: Final = 16.0
"""Visits after this week are late ones."""
LEAST_STUDIES: Final = 5
"""Number of studies below which the differences of a kind are not to be read."""
