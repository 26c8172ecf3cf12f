"""A file of settings with every key explained, made from the keys and the presets themselves."""

from __future__ import annotations

import json
import textwrap
from importlib.metadata import version

from windup.fit.settings.covariates import COVARIATES
from windup.fit.settings.fit import DIFFERENCES, PRESETS, Settings
from windup.fit.settings.keys import KEYS, Key
from windup.fit.settings.priors import FAMILIES

_WIDTH = 100
_HEAD = """\
Settings of `windup fit`, written by `windup init` of windup {version}. Use it with

    windup fit --settings {name}

Every key is optional. An option on the command line overrides this file. Lines that begin with # are \
comments; remove the # of a setting to change it."""
_CHOICES = """\
# Tables come after all keys. Each names parameters of the model or of the observation model, in their units
# (docs/look-up/parameters.md and contraction.csv of a run). What is changed stands in every output.
#
# Prior of one parameter in place of the packaged one. What is left out stays.
#   family    {families}
#   location  median of a log-normal prior, else the mean
#   scale     SD of the logarithm of a log-normal prior, else the SD
# [priors.placebo_time]
# family = "lognormal"
# location = 14.0
# scale = 0.3
#
# [priors."log_patient_sd[mean]"]
# location = 0.7
#
# Parameters fixed at a value.
# [fixed]
# visit_correlation = 0.6
#
# Numbers of studies by which effects of treatments may differ: {covariates}.
#   centre  value at which effects are reported
#   unit    difference that counts as 1
#   sd      SD of the normal prior of the slope, NRS points per unit
#   missing value of studies without the number; the centre if left out
# [covariates]
# year = {{ centre = 2010, unit = 10, sd = 0.5 }}""".format(
    families=" or ".join(f'"{family}"' for family in FAMILIES), covariates=", ".join(COVARIATES)
)


def settings_toml(name: str, *, data: str | None = None, out: str | None = None) -> str:
    """Text of the file, with the default of every key; those that the preset decides are comments.

    Parameters
    ----------
    name
        Name of the file, for its first lines.
    data, out
        What stands for these keys instead of the default.
    """
    defaults = Settings.from_preset().as_json()
    parts = [_comment(_HEAD.format(version=version("windup"), name=name))]
    for key_name, key in KEYS.items():
        value = {"data": data, "out": out}.get(key_name) or defaults[key_name]
        of_preset = key_name in PRESETS["full"]
        shown = "my_trials" if value is None else value
        line = f"{key_name} = {json.dumps(shown, ensure_ascii=False)}"
        commented = of_preset or value is None
        parts.append(f"{_explained(key_name, key)}\n{'# ' if commented else ''}{line}")
    return "\n\n".join([*parts, _CHOICES]) + "\n"


def _explained(name: str, key: Key) -> str:
    lines = [" ".join(filter(None, [key.meaning, key.allowed]))]
    width = max((len(word) for word in key.words), default=0)
    lines += [f'  "{word}"{" " * (width - len(word))}  {what}' for word, what in key.words.items()]
    if name in PRESETS["full"]:
        lines.append(f"Default: {_by_preset(name)}.")
    return _comment("\n".join(lines))


def _by_preset(name: str) -> str:
    numbers = [f"{values[name]} with preset '{preset}'" for preset, values in PRESETS.items()]
    numbers += [
        f"{values[name]} with preset '{preset}' and sampler '{sampler}'"
        for preset, samplers in DIFFERENCES.items()
        for sampler, values in samplers.items()
        if name in values
    ]
    return ", ".join(numbers)


def _comment(text: str) -> str:
    lines = [
        part
        for line in text.splitlines()
        for part in textwrap.wrap(line, _WIDTH - 2, break_on_hyphens=False) or [""]
    ]
    return "\n".join(f"# {line}".rstrip() for line in lines)
