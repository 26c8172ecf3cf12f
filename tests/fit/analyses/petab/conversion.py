"""A reversible reaction, of which the course is known in closed form, as problems of PEtab."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
  <model id="conversion">
    <listOfCompartments><compartment id="cell" size="1" constant="true"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="cell" initialConcentration="0" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
      <species id="B" compartment="cell" initialConcentration="0" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="a0" value="1" constant="true"/>
      <parameter id="k1" value="0.3" constant="true"/>
      <parameter id="k2" value="0.6" constant="true"/>
      <parameter id="total" value="0" constant="false"/>
    </listOfParameters>
    <listOfInitialAssignments>
      <initialAssignment symbol="A"><math xmlns="http://www.w3.org/1998/Math/MathML"><ci>a0</ci></math>
      </initialAssignment>
    </listOfInitialAssignments>
    <listOfRules>
      <assignmentRule variable="total"><math xmlns="http://www.w3.org/1998/Math/MathML">
        <apply><plus/><ci>A</ci><ci>B</ci></apply></math></assignmentRule>
    </listOfRules>
    <listOfReactions>
      <reaction id="forth" reversible="false" fast="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <listOfProducts><speciesReference species="B" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>cell</ci><ci>k1</ci><ci>A</ci></apply></math></kineticLaw>
      </reaction>
      <reaction id="back" reversible="false" fast="false">
        <listOfReactants><speciesReference species="B" stoichiometry="1" constant="true"/></listOfReactants>
        <listOfProducts><speciesReference species="A" stoichiometry="1" constant="true"/></listOfProducts>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>cell</ci><ci>k2</ci><ci>B</ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""

YAML = {
    1: """format_version: 1
parameter_file: parameters.tsv
problems:
- sbml_files: [model.xml]
  condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
""",
    2: """format_version: 2.0.0
parameter_files: [parameters.tsv]
model_files:
  conversion: {language: sbml, location: model.xml}
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
measurement_files: [measurements.tsv]
observable_files: [observables.tsv]
""",
}

TABLES: Mapping[int, Mapping[str, str]] = {
    1: {
        "parameters.tsv": """\
parameterId parameterScale lowerBound upperBound nominalValue estimate
k1 log10 0.01 10 0.8 1
k2 lin 0 10 0.6 1
shift lin -5 5 0.5 1
sd log 0.01 10 0.2 1
""",
        "conditions.tsv": """\
conditionId a0 B
low 1 0
high 2 shift
""",
        "observables.tsv": """\
observableId observableFormula observableTransformation noiseDistribution noiseFormula
plain observableParameter1_plain+observableParameter2_plain*A lin normal noiseParameter1_plain
decadic B+0.1 log10 normal 0.3*sd
natural B+0.1 log laplace sd
robust total^2 lin laplace sd
""",
        "measurements.tsv": """\
observableId simulationConditionId time measurement observableParameters noiseParameters
plain low 0 1.4 shift;1 0.1
plain low 2 2.4 0.2;3 sd
plain high 2 3.1 shift;2.5 sd
decadic high 1 0.9 NaN NaN
natural high 3 1.7 NaN NaN
robust low 3 1.3 NaN NaN
""",
    },
    2: {
        "parameters.tsv": """\
parameterId lowerBound upperBound nominalValue estimate priorDistribution priorParameters
k1 0.01 10 0.8 true log-normal 0;1
k2 0 10 0.6 true normal 0.5;0.5
sd 0.01 10 0.2 true NaN NaN
""",
        "conditions.tsv": """\
conditionId targetId targetValue
rest k1 0.3
dose A A+2*k2
dose k1 k2+0.1
wash B 0
""",
        "experiments.tsv": """\
experimentId time conditionId
rested -inf rest
rested 0 dose
rested 3 wash
plain 1 NaN
plain 2 dose
""",
        "observables.tsv": """\
observableId observableFormula noiseDistribution noiseFormula
seen A normal sd
""",
        "measurements.tsv": """\
observableId experimentId time measurement
seen rested 0 1.5
seen rested 3 1.2
seen rested 4 0.9
seen plain 1 1.1
seen plain 2 1.9
seen plain 4 1.2
""",
    },
}


def write_problem(folder: Path, version: int, **changed: tuple[str, str]) -> Path:
    """Write a problem; ``measurements=("1.4", "x")`` replaces text in a table, ``model`` in the model."""
    files = {"problem.yaml": YAML[version], "model.xml": MODEL}
    files |= {name: text.replace(" ", "\t") for name, text in TABLES[version].items()}
    for name, (old, new) in changed.items():
        (file,) = (each for each in files if each.startswith(name))
        assert old in files[file]
        files[file] = files[file].replace(old, new)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "problem.yaml"


def course(a: float, b: float, k1: float, k2: float, time: float) -> tuple[float, float]:
    """Both concentrations after a time."""
    total = a + b
    rest = total * k2 / (k1 + k2)
    later = rest + (a - rest) * np.exp(-(k1 + k2) * time)
    return later, total - later
