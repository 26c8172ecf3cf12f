# ---
# jupyter:
#   jupytext:
#     text_representation: {extension: .py, format_name: percent}
#   kernelspec: {display_name: Python 3, language: python, name: python3}
# ---
# %% [markdown]
# # The cascade and its loops
#
# *You learn how the model works: two keys, four loops, and a gradient through the solver. You need no fit.*
#
# An injury sends input to the dorsal horn. Glutamate and depolarisation, the two keys, lift the magnesium block of the NMDA receptor.
# Calcium drives kinases, and more receptors reach the surface. Glia, mitochondria and peroxynitrite close loops. Here diffrax solves the
# equations at the medians of the priors, before any trial. For research only; nothing here is medical advice.

# %%
import jax

jax.config.update("jax_enable_x64", True)

import diffrax
import jax.numpy as jnp
import matplotlib.pyplot as plt
import numpy as np

from windup.models import Cascade, Drive, loop_gains, unblocked_share

model = Cascade()
medians = {parameter.name: jnp.asarray(parameter.location) for parameter in model.parameters()}
len(medians)

# %% [markdown]
# ## Two keys
# The share of NMDA channels that magnesium leaves open, by membrane voltage. At rest almost no current passes, whatever glutamate does.

# %%
voltage = jnp.linspace(-90.0, 0.0, 91)
share = unblocked_share(medians["csf_magnesium_normal"], medians["magnesium_half_block"], voltage, medians)
assert 0.0 < share[20] < 0.1  # at -70 mV
figure, axes = plt.subplots(figsize=(5, 3))
axes.plot(voltage, share)
axes.set(xlabel="membrane potential, mV", ylabel="share not blocked", ylim=(0, 1))
# %% [markdown]
# ## After an injury
# The injury heals within months. Whether pain goes with it depends on how strongly the loops amplify each other. Their total gain is below
# 1 at the medians of the priors.

# %%
nothing = Cascade().pharmacology.no_doses(jnp.zeros(1))
injured = Drive(
    peripheral=jnp.full(1, 0.02),
    central=jnp.zeros(1),
    injury=jnp.full(1, 1.0),
    habitual_magnesium=jnp.ones(1),
)
days = jnp.linspace(0.0, 730.0, 147)


def course(values):
    """Pain on the 0-10 scale over two years after an injury."""
    actions = model.actions(nothing, values)
    solution = diffrax.diffeqsolve(
        diffrax.ODETerm(lambda t, state, _: model.derivative(state, actions, injured, values)),
        diffrax.Kvaerno5(),
        t0=0.0,
        t1=float(days[-1]),
        dt0=0.01,
        y0=model.fallen_ill(injured, values),
        saveat=diffrax.SaveAt(ts=days),
        stepsize_controller=diffrax.PIDController(rtol=1e-7, atol=1e-9),
        max_steps=10_000,
    )
    return jax.vmap(lambda state: model.pain(state, actions, injured, values))(solution.ys)[:, 0]


# %%
factors = (1.0, 2.0, 4.0)
stronger = ("kinase_from_calcium", "phosphorylation_gain", "superoxide_from_calcium", "central_activity")
figure, axes = plt.subplots(figsize=(6, 3.5))
for factor in factors:
    values = medians | {name: factor * medians[name] for name in stronger}
    total = float(loop_gains(model, values)[1])
    axes.plot(days / 7.0, course(values), label=f"loops x {factor:g}: total gain {total:.2f}")
axes.set(xlabel="weeks after the injury", ylabel="pain, 0-10", ylim=(0, 10))
axes.legend()
# %% [markdown]
# Pain that outlives its cause needs loops far stronger than the medians. `windup claims` shows how probable that is after the trials. One
# gradient through the solver gives the effect of each parameter on pain:

# %%
gradient = jax.grad(lambda values: course(values)[-1])(medians)
elasticity = {name: float(medians[name] * slope) for name, slope in gradient.items() if medians[name] != 0.0}
for name in sorted(elasticity, key=lambda name: -abs(elasticity[name]))[:6]:
    print(f"{name:28s} {elasticity[name]:+.2f} points per relative change")

# %%
assert np.all(np.isfinite(list(elasticity.values())))
