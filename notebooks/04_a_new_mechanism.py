# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # A new mechanism
#
# *You learn two ways to use your own model.*
#
# A pain model is one final subclass of `PainModel` and is fitted to the trials like the packaged ones. A model without these trials is any
# numpyro model, with any ODE in it, and uses the engine alone.

# %% [markdown]
# ## Your pain model
# The simpler models share a "burden" of pain (`windup.models.BurdenModel`). The new part is what a loop returns to it. This loop saturates
# like a Michaelis-Menten enzyme: it amplifies small burdens and has no threshold.

# %%
from typing import final

import jax.numpy as jnp

from windup.datasets import packaged_trials
from windup.fit import Settings, fit_posterior
from windup.models import BurdenModel, Parameter, Turnover


@final
class SaturatingLoop(BurdenModel):
    """Turnover with a loop r(x) = g x / (1 + x)."""

    name = "saturating_loop"
    loops = ("burden",)

    def parameters(self):
        gain = Parameter(
            name="saturating_gain",
            part="loop",
            meaning="gain of the loop at small burdens",
            unit="1",
            family="lognormal",
            location=0.3,
            scale=0.7,
            widening=1.0,
            species="none",
            source="expert: weak",
        )
        return (*Turnover().parameters(), gain)

    def returned(self, burden, values):
        return values["saturating_gain"] * burden / (1.0 + burden)

    def loop_gains(self, values):
        gain = jnp.asarray(values["saturating_gain"])
        return gain[None], gain


# %%
settings = Settings.from_preset("quick", model="turnover", chains=2, warmup=150, draws=100)
tree = fit_posterior(packaged_trials(), settings, model=SaturatingLoop())
gain = tree["posterior"]["saturating_gain"]
print(
    f"gain: prior median 0.30, posterior {float(gain.median()):.2f}, 95 % {gain.quantile([0.025, 0.975]).values.round(2)}"
)

# %% [markdown]
# These are few draws of a quick fit. They show the form of a result and support no conclusion.
#
# ## Any numpyro model
# Serum magnesium after a daily supplement, in two compartments and five people. diffrax solves it, and the engine behind the fits samples
# it.

# %%
import diffrax
import jax
import numpy as np
import numpyro
import numpyro.distributions as dist

from windup.fit import Nuts, sample_model

days = jnp.array([0.0, 7.0, 14.0, 28.0, 56.0, 84.0])


def rise(uptake, exchange, loss):
    """Rise of serum magnesium over the days of the visits, mmol/L."""

    def derivative(t, y, _):
        serum, tissue = y
        return uptake - (loss + exchange) * serum + exchange * tissue, exchange * (serum - tissue) / 5.0

    # Far out in the tails the system is stiff: an implicit solver, and a solve that still fails is impossible.
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(derivative),
        diffrax.Kvaerno5(),
        t0=0.0,
        t1=84.0,
        dt0=0.1,
        y0=(jnp.zeros(()), jnp.zeros(())),
        saveat=diffrax.SaveAt(ts=days),
        stepsize_controller=diffrax.PIDController(rtol=1e-6, atol=1e-8),
        throw=False,
    )
    return solution.ys[0]


def magnesium(seen):
    uptake = numpyro.sample("uptake", dist.LogNormal(jnp.log(0.02), 0.5))
    exchange = numpyro.sample("exchange", dist.LogNormal(jnp.log(0.1), 0.5))
    loss = numpyro.sample("loss", dist.LogNormal(jnp.log(0.2), 0.3))
    noise = numpyro.sample("noise", dist.LogNormal(jnp.log(0.02), 0.5))
    numpyro.sample("seen", dist.Normal(rise(uptake, exchange, loss), noise), obs=seen)


rng = np.random.default_rng(1)
truth = {"uptake": 0.02, "exchange": 0.1, "loss": 0.2}
seen = rise(**truth) + 0.01 * rng.standard_normal((5, len(days)))
found = sample_model(jax.random.key(0), magnesium, seen, sampler=Nuts(chains=2, warmup=300, draws=300))

# %%
import arviz as az

summary = az.summary(found, var_names=["uptake", "exchange", "loss", "noise"])
summary

# %%
for name, value in truth.items():
    low, high = found["posterior"][name].quantile([0.005, 0.995]).values
    assert low < value < high, name
