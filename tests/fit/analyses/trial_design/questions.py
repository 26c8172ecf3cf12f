"""A question about pregabalin that tests change."""

from typing import Any

from windup.datasets import DesignQuestion


def phase(dose: float, end_week: float = 12.0) -> dict[str, Any]:
    """Pregabalin from the first day."""
    return {"drug": "pregabalin", "dose": dose, "unit": "mg/day", "start_week": 0.0, "end_week": end_week}


def arms() -> list[dict[str, Any]]:
    """Placebo and two doses."""
    return [
        {"name": "placebo"},
        {"name": "low", "phase": [phase(150.0)]},
        {"name": "high", "phase": [phase(600.0)]},
    ]


def question(**changes: Any) -> DesignQuestion:
    """The question."""
    return DesignQuestion.model_validate(
        {
            "name": "a",
            "condition": "painful_diabetic_neuropathy",
            "about": "effect",
            "of": "high",
            "week": 12.0,
            "weeks": [4.0, 12.0],
            "budget": 300.0,
            "arm": arms(),
            **changes,
        }
    )
