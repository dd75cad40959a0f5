"""The layers, losses, optimisers and schedules of nn/."""
from functools import partial

import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

import layers
from golden import Cases, integers, normal

layer_cases = Cases()
training_cases = Cases()


def add_layers():
    add = layer_cases.add
    add("linear", layers.linear, normal(2, 3, 5), weights=layers.linear_shapes(5, 4))
    add("layer_norm", layers.layer_norm, normal(2, 3, 7), weights=layers.norm_shapes(7))
    add("rms_norm", layers.rms_norm, normal(2, 3, 7), weights={"weight": (7,)})
    add("embedding", lambda p, i: p["weight"][i], integers([3, 0], [3, 1]), weights={"weight": (5, 3)})
    add("feed_forward", layers.feed_forward, normal(2, 3, 4), weights=layers.feed_forward_shapes(4, 6))
    tokens, latents, input = normal(2, 5, 6), normal(2, 3, 6), normal(2, 7, 5)
    attention, shapes = layers.multi_head_attention, layers.attention_shapes
    add("self_attention", lambda p, x: attention(p, x, x, 2), tokens, weights=shapes(6, 6, 6))
    add("causal_attention", lambda p, x: attention(p, x, x, 2, causal=True), tokens, weights=shapes(6, 6, 6))
    add("cross_attention", lambda p, x, y: attention(p, x, y, 2), latents, input, weights=shapes(6, 5, 8))
    wide = normal(2, 5, 8)
    for name, groups in (("grouped_query", 2), ("multi_query", 1)):
        for layout in ("interleaved", "halves"):
            add(f"{name}_attention.{layout}",
                partial(lambda p, x, groups, layout: attention(p, x, x, 4, True, groups, layout), groups=groups,
                        layout=layout), wide, weights=shapes(8, 8, 16, 4 * groups, bias=False))
    add("mla", partial(layers.mla, heads=2), wide, weights=layers.mla_shapes(8, 2, 4, 3, 2))
    add("mla.query_code", partial(layers.mla, heads=2), wide, weights=layers.mla_shapes(8, 2, 4, 3, 2, query_code=5))
    add("mla.not_causal", partial(layers.mla, heads=2, causal=False), wide, weights=layers.mla_shapes(8, 2, 4, 3, 2))
    for layout in ("interleaved", "halves"):
        add(f"rotary.{layout}", partial(layers.rotary, layout=layout), normal(2, 3, 5, 6))
    add("sinusoidal_positions", lambda: layers.sinusoidal_positions(7, 6))
    add("swiglu", layers.feed_forward, normal(2, 3, 4), weights=layers.feed_forward_shapes(4, 6, gate=True))
    add("transformer_block", partial(layers.transformer_block, attend=partial(layers.mla, heads=2)), wide,
        weights=layers.self_attention_block_shapes(8, 2, layers.mla_shapes(8, 2, 4, 3, 2), gate=True, bias=False))
    weights = layers.latent_attention_shapes(6, 5, 4)
    one_head, two_heads = (partial(layers.latent_attention, heads=heads) for heads in (1, 2))
    add("latent_attention.one_head", one_head, latents, input, weights=weights)
    add("latent_attention.two_heads", two_heads, latents, input, weights=weights)
    add("latent_attention.shared_latents", two_heads, normal(1, 3, 6), input, weights=weights)
    add("self_attention_block", partial(layers.self_attention_block, heads=2), tokens,
        weights=layers.self_attention_block_shapes(6, widening=2))
    add("cross_attention_block", partial(layers.cross_attention_block, heads=2), latents, input,
        weights=layers.cross_attention_block_shapes(6, 5, 4, widening=1))
    add("fourier_features", lambda x: layers.fourier_features(x, 4, 10), normal(3, 2))
    add("grid_positions", lambda: layers.grid_positions(3, 4))
    add("mean_squared_error", F.mse_loss, normal(3, 4), normal(3, 4))


class Lamb:
    """You et al. 2020, with betas 0.9 and 0.999 and eps 1e-6; PyTorch has none."""

    def __init__(self, groups):
        self.groups, self.steps = groups, 0
        self.m = {p: torch.zeros_like(p) for group in groups for p in group["params"]}
        self.v = {p: torch.zeros_like(p) for p in self.m}

    def step(self):
        self.steps += 1
        for group in self.groups:
            for p in group["params"]:
                self.m[p] = 0.9 * self.m[p] + 0.1 * p.grad
                self.v[p] = 0.999 * self.v[p] + 0.001 * p.grad**2
                m, v = self.m[p] / (1 - 0.9**self.steps), self.v[p] / (1 - 0.999**self.steps)
                update = m / (v.sqrt() + 1e-6) + group["weight_decay"] * p
                norms = p.norm(), update.norm()
                ratio = norms[0] / norms[1] if min(norms) > 0 else 1
                p -= group["lr"] * ratio * update


def trajectory(make_optimizer, weight, bias, weight_gradients, bias_gradients):
    """The weight, which decays, and the bias, which learns half as fast, after each of 10 steps."""
    weight, bias, values = weight.clone(), bias.clone(), []
    optimizer = make_optimizer([{"params": [weight], "weight_decay": 0.1, "lr": 0.05},
                                {"params": [bias], "weight_decay": 0.0, "lr": 0.025}])
    for weight.grad, bias.grad in zip(weight_gradients, bias_gradients):
        optimizer.step()
        values.append(torch.cat([weight.flatten(), bias]))
    return torch.stack(values)


def add_optimizers():
    optimizers = {
        "sgd": lambda groups: torch.optim.SGD(groups, lr=1),
        "momentum": lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9),
        "nesterov": lambda groups: torch.optim.SGD(groups, lr=1, momentum=0.9, nesterov=True),
        "adamw": lambda groups: torch.optim.AdamW(groups, betas=(0.8, 0.98), eps=1e-6),
        "lamb": Lamb,
    }
    for name, make_optimizer in optimizers.items():
        training_cases.add(name, lambda *inputs: trajectory(make_optimizer, *inputs),
                           constants=[normal(3, 4), torch.zeros(5), normal(10, 3, 4), normal(10, 5)])


def rates(make_schedule, steps):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.3)
    schedule, values = make_schedule(optimizer), []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return torch.tensor(values)


def warm_up_then_cosine(optimizer):
    warm_up = lr_scheduler.LinearLR(optimizer, start_factor=1 / 6, total_iters=5)
    cosine = lr_scheduler.CosineAnnealingLR(optimizer, T_max=15, eta_min=0.01)
    return lr_scheduler.SequentialLR(optimizer, [warm_up, cosine], milestones=[5])


def add_schedules():
    schedules = {
        "constant": lambda optimizer: lr_scheduler.ConstantLR(optimizer, factor=1),
        "step_decay": lambda optimizer: lr_scheduler.StepLR(optimizer, step_size=7, gamma=0.2),
        "cosine": lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, T_max=20),
        "cosine.warm_up": warm_up_then_cosine,
        "one_cycle": lambda optimizer: lr_scheduler.OneCycleLR(optimizer, max_lr=0.3, total_steps=21),
        "one_cycle.divisors": lambda optimizer: lr_scheduler.OneCycleLR(
            optimizer, max_lr=0.3, total_steps=21, pct_start=0.1, div_factor=10, final_div_factor=100),
    }
    for name, make_schedule in schedules.items():
        training_cases.add(name, lambda: rates(make_schedule, 20))


add_layers()
add_optimizers()
add_schedules()
