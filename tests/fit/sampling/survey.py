"""One prior or more of every distribution of numpyro."""

import inspect

import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
from numpyro.distributions import constraints, transforms

SQUARE = jnp.array([[1.0, 0.3], [0.3, 2.0]])
ROOT = jnp.linalg.cholesky(SQUARE)
ADJACENT = jnp.array([[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
LOGITS = jnp.array([0.1, 0.5])
SHARES = jnp.array([0.4, 0.6])

# Classes that are no distribution by themselves.
ABSTRACT = {"Distribution"}

CONTINUOUS: dict[str, dist.Distribution] = {
    "AsymmetricLaplace": dist.AsymmetricLaplace(1.0, 0.5, 2.0),
    "AsymmetricLaplaceQuantile": dist.AsymmetricLaplaceQuantile(1.0, 0.5, 0.3),
    "Beta": dist.Beta(2.0, 3.0),
    "BetaProportion": dist.BetaProportion(0.3, 5.0),
    "CAR": dist.CAR(jnp.zeros(3), 0.5, 2.0, ADJACENT),
    "Cauchy": dist.Cauchy(1.0, 0.5),
    "Chi2": dist.Chi2(4.0),
    "CirculantNormal": dist.CirculantNormal(jnp.zeros(4), jnp.array([1.0, 0.3, 0.1, 0.3])),
    "Dagum": dist.Dagum(2.0, 3.0, 1.0),
    "Dirichlet": dist.Dirichlet(jnp.array([2.0, 3.0, 4.0])),
    "DoublyTruncatedPowerLaw": dist.DoublyTruncatedPowerLaw(-1.5, 1.0, 4.0),
    "EulerMaruyama": dist.EulerMaruyama(
        jnp.arange(4.0), lambda x, t: (-0.5 * x, jnp.ones(())), dist.Normal(0.0, 1.0)
    ),
    "ExpandedDistribution": dist.Gamma(2.0, 1.0).expand((2,)),
    "Exponential": dist.Exponential(2.0),
    "FoldedDistribution": dist.FoldedDistribution(dist.Normal(1.0, 1.0)),
    "Gamma": dist.Gamma(3.0, 2.0),
    "GaussianCopula": dist.GaussianCopula(dist.Gamma(2.0, 1.0), correlation_cholesky=jnp.eye(2)),
    "GaussianCopulaBeta": dist.GaussianCopulaBeta(
        jnp.array([2.0, 3.0]), jnp.array([3.0, 2.0]), correlation_cholesky=jnp.eye(2)
    ),
    "GaussianRandomWalk": dist.GaussianRandomWalk(0.5, 4),
    "GaussianStateSpace": dist.GaussianStateSpace(3, 0.5 * jnp.eye(2), SQUARE),
    "Gompertz": dist.Gompertz(0.5, 1.0),
    "Gumbel": dist.Gumbel(1.0, 0.5),
    "HalfCauchy": dist.HalfCauchy(1.0),
    "HalfNormal": dist.HalfNormal(2.0),
    "Independent": dist.Gamma(jnp.ones(2), 1.0).to_event(1),
    "InverseGamma": dist.InverseGamma(3.0, 2.0),
    "InverseWishart": dist.InverseWishart(5.0, SQUARE),
    "InverseWishartCholesky": dist.InverseWishartCholesky(5.0, SQUARE),
    "Kumaraswamy": dist.Kumaraswamy(2.0, 3.0),
    "LKJ": dist.LKJ(3, 2.0),
    "LKJCholesky": dist.LKJCholesky(3, 2.0),
    "Laplace": dist.Laplace(1.0, 0.5),
    "LeftTruncatedDistribution": dist.LeftTruncatedDistribution(dist.StudentT(3.0, 0.0, 1.0), 0.5),
    "LeftTruncatedGamma": dist.TruncatedGamma(2.0, 1.0, low=0.5),
    "Levy": dist.Levy(0.0, 1.0),
    "LogNormal": dist.LogNormal(0.5, 0.7),
    "LogUniform": dist.LogUniform(1.0, 10.0),
    "Logistic": dist.Logistic(1.0, 0.5),
    "LowRankMultivariateNormal": dist.LowRankMultivariateNormal(jnp.zeros(2), jnp.ones((2, 1)), jnp.ones(2)),
    "LowerTruncatedPowerLaw": dist.LowerTruncatedPowerLaw(-2.5, 1.0),
    "MaskedDistribution": dist.Gamma(2.0, 1.0).mask(True),
    "MatrixNormal": dist.MatrixNormal(jnp.zeros((2, 2)), ROOT, jnp.eye(2)),
    "MixtureGeneral": dist.MixtureGeneral(
        dist.Categorical(SHARES), [dist.Normal(0.0, 1.0), dist.StudentT(4.0, 1.0, 1.0)]
    ),
    "MixtureSameFamily": dist.MixtureSameFamily(
        dist.Categorical(SHARES), dist.Normal(jnp.array([-0.5, 1.0]), 1.0)
    ),
    "MultivariateNormal": dist.MultivariateNormal(jnp.ones(2), SQUARE),
    "MultivariateStudentT": dist.MultivariateStudentT(4.0, jnp.ones(2), ROOT),
    "Normal": dist.Normal(1.0, 2.0),
    "Pareto": dist.Pareto(1.0, 3.0),
    "RelaxedBernoulliLogits": dist.RelaxedBernoulliLogits(2.0, 0.3),
    "RightTruncatedDistribution": dist.RightTruncatedDistribution(dist.Cauchy(0.0, 1.0), 1.5),
    "RightTruncatedGamma": dist.TruncatedGamma(2.0, 1.0, high=3.0),
    "SineBivariateVonMises": dist.SineBivariateVonMises(0.0, 0.0, 2.0, 2.0, 0.5),
    "SineSkewed": dist.SineSkewed(dist.VonMises(jnp.zeros(1), 2.0).to_event(1), jnp.array([0.3])),
    "SoftLaplace": dist.SoftLaplace(1.0, 0.5),
    "StudentT": dist.StudentT(3.0, 1.0, 2.0),
    "TransformedDistribution": dist.TransformedDistribution(
        dist.Normal(jnp.zeros(3), 1.0).to_event(1), transforms.OrderedTransform()
    ),
    "TruncatedPolyaGamma": dist.TruncatedPolyaGamma(),
    "TwoSidedTruncatedDistribution": dist.TwoSidedTruncatedDistribution(dist.Normal(0.0, 1.0), -0.5, 2.0),
    "TwoSidedTruncatedGamma": dist.TruncatedGamma(2.0, 1.0, low=0.5, high=3.0),
    "Uniform": dist.Uniform(-1.0, 3.0),
    "VonMises": dist.VonMises(0.3, 2.0),
    "Weibull": dist.Weibull(1.0, 2.0),
    "Wishart": dist.Wishart(4.0, SQUARE),
    "WishartCholesky": dist.WishartCholesky(4.0, SQUARE),
    "ZeroSumNormal": dist.ZeroSumNormal(1.0, (3,)),
}

# Priors without a total mass, or without draws.
IMPROPER: dict[str, dist.Distribution] = {
    "ImproperUniform": dist.ImproperUniform(constraints.interval(0.0, 2.0), (), ()),
}

DISCRETE: dict[str, dist.Distribution] = {
    "BernoulliLogits": dist.Bernoulli(logits=0.3),
    "BernoulliProbs": dist.Bernoulli(0.3),
    "BetaBinomial": dist.BetaBinomial(2.0, 3.0, 5),
    "BetaNegativeBinomial": dist.BetaNegativeBinomial(3.0, 2.0, 2.0),
    "BinomialLogits": dist.Binomial(5, logits=0.3),
    "BinomialProbs": dist.Binomial(5, 0.3),
    "CategoricalLogits": dist.Categorical(logits=LOGITS),
    "CategoricalProbs": dist.Categorical(SHARES),
    "DirichletMultinomial": dist.DirichletMultinomial(jnp.ones(2), 3),
    "DiscreteUniform": dist.DiscreteUniform(0, 3),
    "GammaPoisson": dist.GammaPoisson(2.0, 1.0),
    "GeometricLogits": dist.Geometric(logits=0.3),
    "GeometricProbs": dist.Geometric(0.3),
    "HurdleLogits": dist.HurdleLogits(dist.Poisson(2.0), gate_logits=0.3),
    "HurdlePoisson": dist.HurdlePoisson(0.3, 2.0),
    "HurdleProbs": dist.HurdleProbs(dist.Poisson(2.0), gate=0.3),
    "MultinomialLogits": dist.Multinomial(3, logits=LOGITS),
    "MultinomialProbs": dist.Multinomial(3, SHARES),
    "NegativeBinomial2": dist.NegativeBinomial2(2.0, 3.0),
    "NegativeBinomialLogits": dist.NegativeBinomialLogits(2.0, 0.3),
    "NegativeBinomialProbs": dist.NegativeBinomialProbs(2.0, 0.3),
    "OrderedLogistic": dist.OrderedLogistic(0.3, jnp.array([-1.0, 1.0])),
    "Poisson": dist.Poisson(2.0),
    "ZeroInflatedLogits": dist.ZeroInflatedLogits(dist.Poisson(2.0), gate_logits=0.3),
    "ZeroInflatedPoisson": dist.ZeroInflatedPoisson(0.3, 2.0),
    "ZeroInflatedProbs": dist.ZeroInflatedProbs(dist.Poisson(2.0), gate=0.3),
}

# Distributions of continuous values, of which some have a probability of their own, or where none can move.
OTHERS: dict[str, dist.Distribution] = {
    "Delta": dist.Delta(1.0),
    "HurdleGamma": dist.HurdleGamma(0.3, 2.0, 1.0),
    "HurdleLogNormal": dist.HurdleLogNormal(0.3, 0.0, 1.0),
    "IntervalCensoredDistribution": dist.IntervalCensoredDistribution(dist.Normal(0.0, 1.0), 0.0, 0.0),
    "LeftCensoredDistribution": dist.LeftCensoredDistribution(dist.Normal(0.0, 1.0), 0.0),
    "ProjectedNormal": dist.ProjectedNormal(jnp.ones(3)),
    "RightCensoredDistribution": dist.RightCensoredDistribution(dist.Normal(0.0, 1.0), 0.0),
    "Unit": dist.Unit(jnp.zeros(())),
}


def classes() -> set[str]:
    """Names of all distributions that numpyro has."""
    found = ((name, getattr(dist, name)) for name in dist.__all__)
    return {name for name, each in found if inspect.isclass(each) and issubclass(each, dist.Distribution)}


def direct_draws(prior: dist.Distribution, count: int, seed: int) -> np.ndarray:
    """Independent draws, without a sampler."""
    import jax

    return np.asarray(prior.sample(jax.random.key(seed), (count,)))
