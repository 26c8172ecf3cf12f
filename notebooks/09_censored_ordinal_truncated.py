# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # Censored, ordinal and truncated data
#
# *You learn which of numpyro's distributions to use for observations that are not plain numbers, and how to check the result.*
#
# `sample_model` samples any numpyro model, so that an observation model is a distribution of numpyro. The data here are simulated: the
# true values are known.

# %%
import arviz as az
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist

from windup.fit import Nuts, UntilConverged, check_convergence, sample_model

SAMPLER = Nuts(chains=4, warmup=200)
LIMIT = UntilConverged(draws=4000)
rng = np.random.default_rng(1)


def sampled(model, *data):
    tree = sample_model(
        jax.random.key(0),
        model,
        *data,
        sampler=SAMPLER,
        until_converged=LIMIT,
        log_likelihood=True,
        log_prior=True,
    )
    print("failed checks:", check_convergence(tree).failures)
    return tree


# %% [markdown]
# ## Values below a limit of quantification
# Concentrations fall as $C(t) = C_0 e^{-kt}$ with $C_0 = 8$ and $k = 0.35$ per hour. The assay reports "below 1" for the late ones.
# `LeftCensoredDistribution` gives such a row the probability of a value below the limit; the limit stands in its place. The second
# fit leaves these rows out. What remains of the late hours is then too high, and the rate too small.

# %%
hours = np.repeat(np.arange(1.0, 11.0), 8)
concentration = 8.0 * np.exp(-0.35 * hours + 0.6 * rng.standard_normal(len(hours)))
below = concentration < 1.0
reported = np.where(below, 1.0, concentration)


def elimination(hours, reported, below):
    start = numpyro.sample("start", dist.LogNormal(2.0, 1.0))
    rate = numpyro.sample("rate", dist.LogNormal(-1.0, 1.0))
    sd = numpyro.sample("sd", dist.HalfNormal(1.0))
    measured = dist.LogNormal(jnp.log(start) - rate * hours, sd)
    numpyro.sample("concentration", dist.LeftCensoredDistribution(measured, censored=below), obs=reported)


whole = sampled(elimination, hours, reported, below)
left_out = sampled(elimination, hours[~below], reported[~below], below[~below])
for label, tree in {"censored": whole, "left out": left_out}.items():
    rate = tree["posterior"]["rate"].values
    print(
        f"{label}: rate {rate.mean():.3f} (SD {rate.std():.3f}), true 0.350, {int(below.sum())} of {len(below)} below the limit"
    )

# %% [markdown]
# ## Ordinal answers
# Relief is answered as none, slight, moderate or complete. `OrderedLogistic` has a cut point between each pair of neighbours, and an
# ordered prior keeps these in order. The true log odds ratio of the drug is 1.

# %%
drug = np.repeat([0.0, 1.0], 100)
latent = 1.0 * drug + rng.logistic(size=len(drug))
answer = np.searchsorted([-0.5, 0.8, 2.0], latent)


def relief(drug, answer):
    effect = numpyro.sample("effect", dist.Normal(0.0, 1.5))
    cuts = dist.TransformedDistribution(
        dist.Normal(0.0, 1.5).expand((3,)).to_event(1), dist.transforms.OrderedTransform()
    )
    cut = numpyro.sample("cut", cuts)
    numpyro.sample("answer", dist.OrderedLogistic(effect * drug, cut), obs=answer)


ordinal = sampled(relief, drug, answer)
print(az.summary(ordinal, var_names=["effect", "cut"], kind="stats"))

# %% [markdown]
# ## A trial that only enrols severe pain
# Pain of a population is normal with mean 5 and SD 2. The trial measures only people with 4 or more. `TruncatedNormal` divides by the
# probability of being enrolled; a plain normal distribution takes the mean of the enrolled for that of the population.

# %%
population = 5.0 + 2.0 * rng.standard_normal(400)
enrolled = population[population >= 4.0]


def truncated(pain):
    mean = numpyro.sample("mean", dist.Normal(5.0, 3.0))
    sd = numpyro.sample("sd", dist.LogNormal(0.5, 0.5))
    numpyro.sample("pain", dist.TruncatedNormal(mean, sd, low=4.0), obs=pain)


def plain(pain):
    mean = numpyro.sample("mean", dist.Normal(5.0, 3.0))
    sd = numpyro.sample("sd", dist.LogNormal(0.5, 0.5))
    numpyro.sample("pain", dist.Normal(mean, sd), obs=pain)


models = {"truncated": sampled(truncated, enrolled), "plain": sampled(plain, enrolled)}
for label, tree in models.items():
    mean = tree["posterior"]["mean"].values
    print(f"{label}: mean {mean.mean():.2f} (SD {mean.std():.2f}), true 5")

# %% [markdown]
# ## The usual checks
# Each tree has the log density of every observation and of every prior. Leave-one-out comparison and power-scaling therefore work for
# these models as for any other.

# %%
print(az.compare(models)[["rank", "elpd", "elpd_diff", "dse"]])
print(az.psense_summary(models["truncated"]))

# %% [markdown]
# The truncated model predicts the enrolled people better, and its mean is that of the population. Power-scaling shows whether the prior
# matters for it. **For research only; this is not medical advice.**
