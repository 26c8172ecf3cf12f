"""What a run did, compared with what its plan asked for."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, final

from windup.fit.report.plan.plan import AnalysisPlan, Limit
from windup.fit.report.plan.quantities import NotThere, result_of, value_at
from windup.fit.settings.fit import Settings

type Order = Literal["plan first", "same day", "run first", "not known"]
"""Which of plan and run is older, by the date in the plan and the dates in the run."""

# Where trials lie decides nothing, as their hash is compared; neither does the name of the run folder.
_PLACES: Final = frozenset({"data", "out"})


@final
@dataclass(frozen=True, eq=False)
class Done:
    """What is known of a run.

    Attributes
    ----------
    settings
        Its settings.
    data_sha256
        Of its trials.
    windup_version
        That made it.
    created
        When its draws were complete, in ISO 8601; None where it is not recorded.
    seconds
        Wall time of warm-up and draws.
    started_from
        The run that its chains started from, as it is recorded; None for starts of their own.
    results
        By name, what the ``summary.json`` of the run (``summary``) and of each analysis holds, or why there
        is none that was made from its draws.
    """

    settings: Settings
    data_sha256: str
    windup_version: str
    created: str | None
    seconds: float
    started_from: Any
    results: Mapping[str, Mapping[str, Any] | str]

    @property
    def began(self) -> datetime.datetime | None:
        """When it began (UTC): its wall time before its draws were complete."""
        if self.created is None:
            return None
        end = datetime.datetime.fromisoformat(self.created).astimezone(datetime.UTC)
        return end - datetime.timedelta(seconds=self.seconds)


class Deviation(NamedTuple):
    """Something that was done otherwise than planned.

    Attributes
    ----------
    what
        Setting, with its table; ``trials``, ``windup``, ``date`` or the name of an analysis.
    planned, done
        Both in words or values.
    """

    what: str
    planned: str
    done: str


class CheckedLimit(NamedTuple):
    """A limit and what was found.

    Attributes
    ----------
    limit
        The limit.
    value
        The number found; None where there is none.
    held
        Whether the limit holds; None where nothing was found.
    why_not
        Why nothing was found; ``''`` where something was.
    """

    limit: Limit
    value: float | None
    held: bool | None
    why_not: str


@final
@dataclass(frozen=True, eq=False)
class PlanCheck:
    """A run compared with a plan.

    Attributes
    ----------
    plan
        The plan.
    created, began
        When the draws of the run were complete, and when it began (UTC), by its files; None if not recorded.
    order
        Which of the two is older, by these dates. A date in a file shows nothing by itself.
    deviations
        All of them.
    limits
        Every limit of the plan with what was found.
    """

    plan: AnalysisPlan
    created: str | None
    began: datetime.datetime | None
    order: Order
    deviations: tuple[Deviation, ...]
    limits: tuple[CheckedLimit, ...]

    @property
    def follows(self) -> bool:
        """Whether nothing deviates from the plan; limits may be broken all the same."""
        return not self.deviations

    def count(self, held: bool | None) -> int:
        """Number of limits that hold (True), do not (False), or could not be checked (None)."""
        return sum(each.held is held for each in self.limits)

    def as_json(self) -> dict[str, Any]:
        """Everything as plain values that JSON can hold."""
        return {
            "title": self.plan.title,
            "file": str(self.plan.path),
            "sha256": self.plan.sha256,
            "date": self.plan.date.isoformat(),
            "created": self.created,
            "began": None if self.began is None else self.began.isoformat(timespec="seconds"),
            "order": self.order,
            "follows": self.follows,
            "deviations": [each._asdict() for each in self.deviations],
            "limits_held": self.count(True),
            "limits_broken": self.count(False),
            "limits_not_available": self.count(None),
            "limits": [_limit_as_json(each) for each in self.limits],
        }


def _limit_as_json(checked: CheckedLimit) -> dict[str, Any]:
    limit = checked.limit
    return {
        "quantity": limit.quantity,
        "divided_by": limit.divided_by,
        "at_least": limit.at_least,
        "at_most": limit.at_most,
        "why": limit.why,
        "value": checked.value,
        "held": checked.held,
        "why_not": checked.why_not,
    }


def compared(plan: AnalysisPlan, done: Done) -> PlanCheck:
    """A run compared with its plan: dates, settings, trials, analyses and limits."""
    order = _order(plan.date, done.began)
    return PlanCheck(
        plan=plan,
        created=done.created,
        began=done.began,
        order=order,
        deviations=tuple(_deviations(plan, done, order)),
        limits=tuple(_checked(limit, done.results) for limit in plan.limits),
    )


def _order(date: datetime.date, began: datetime.datetime | None) -> Order:
    if began is None:
        return "not known"
    if date == began.date():
        return "same day"
    return "plan first" if date < began.date() else "run first"


def _deviations(plan: AnalysisPlan, done: Done, order: Order) -> Iterator[Deviation]:
    if order == "run first" and done.began is not None:
        yield Deviation(
            "date", "before the run", f"plan of {plan.date}, run begun on {done.began.date()} (UTC)"
        )
    planned, used = (_flat(settings.as_json()) for settings in (plan.settings, done.settings))
    for name in dict.fromkeys((*planned, *used)):
        if planned.get(name) != used.get(name):
            yield Deviation(name, _shown(planned, name), _shown(used, name))
    if done.started_from is not None:
        yield Deviation("start of the chains", "not from another run", "from another run")
    if plan.data_sha256 != done.data_sha256:
        yield Deviation("trials", f"SHA-256 {plan.data_sha256}", f"SHA-256 {done.data_sha256}")
    if plan.windup_version not in (None, done.windup_version):
        yield Deviation("windup", str(plan.windup_version), done.windup_version)
    for name in plan.analyses:
        if isinstance(why := done.results[name], str):
            yield Deviation(name, "an analysis of these draws", why)


def _flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by name, those in tables by table and name; values as JSON has them."""
    flat: dict[str, Any] = {}
    for name, value in json.loads(json.dumps(settings)).items():
        if isinstance(value, dict):
            flat |= {f"{name}.{key}": inside for key, inside in value.items()}
        elif name not in _PLACES:
            flat[name] = value
    return flat


def _shown(settings: Mapping[str, Any], name: str) -> str:
    return json.dumps(settings[name], ensure_ascii=False) if name in settings else "none"


def _checked(limit: Limit, results: Mapping[str, Mapping[str, Any] | str]) -> CheckedLimit:
    value = _value(limit.quantity, results)
    if limit.divided_by is not None and not isinstance(value, NotThere):
        divisor = _value(limit.divided_by, results)
        if isinstance(divisor, NotThere):
            value = divisor
        else:
            value = value / divisor if divisor else NotThere(f"'{limit.divided_by}' is 0 in this run.")
    if isinstance(value, NotThere):
        return CheckedLimit(limit, None, None, value.why)
    return CheckedLimit(limit, value, limit.holds(value), "")


def _value(path: str, results: Mapping[str, Mapping[str, Any] | str]) -> float | NotThere:
    record = results[result_of(path)]
    return NotThere(record) if isinstance(record, str) else value_at(path, record)
