"""The layers in plain PyTorch, as functions of their parameters by name, and the shapes of these parameters."""
import math

import torch
import torch.nn.functional as F


def child(parameters, name):
    """The parameters of one part, with their names inside it."""
    return {key[len(name) + 1:]: x for key, x in parameters.items() if key.startswith(name + ".")}


def parts(**children):
    """The shapes of a layer from those of its parts."""
    return {f"{name}.{key}": shape for name, shapes in children.items() for key, shape in shapes.items()}


def numbered(name, count, shapes):
    return {f"{name}.{i}.{key}": shape for i in range(count) for key, shape in shapes.items()}


def linear_shapes(inputs, outputs):
    return {"weight": (outputs, inputs), "bias": (outputs,)}


def norm_shapes(channels):
    return {"weight": (channels,), "bias": (channels,)}


def feed_forward_shapes(channels, hidden):
    return parts(up=linear_shapes(channels, hidden), down=linear_shapes(hidden, channels))


def attention_shapes(channels, input_channels, width):
    return parts(query=linear_shapes(channels, width), key=linear_shapes(input_channels, width),
                 value=linear_shapes(input_channels, width), output=linear_shapes(width, channels))


def latent_attention_shapes(channels, input_channels, width):
    norms = parts(latent_norm=norm_shapes(channels), input_norm=norm_shapes(input_channels))
    return norms | attention_shapes(channels, input_channels, width)


def residual_feed_forward_shapes(channels, widening):
    return parts(feed_forward_norm=norm_shapes(channels),
                 feed_forward=feed_forward_shapes(channels, widening * channels))


def self_attention_block_shapes(channels, widening):
    attend = parts(attention_norm=norm_shapes(channels), attention=attention_shapes(channels, channels, channels))
    return attend | residual_feed_forward_shapes(channels, widening)


def cross_attention_block_shapes(channels, input_channels, width, widening):
    attend = parts(attention=latent_attention_shapes(channels, input_channels, width))
    return attend | residual_feed_forward_shapes(channels, widening)


def linear(p, x):
    return F.linear(x, p["weight"], p["bias"])


def layer_norm(p, x):
    return F.layer_norm(x, x.shape[-1:], p["weight"], p["bias"])


def rms_norm(p, x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * p["weight"]


def feed_forward(p, x):
    return linear(child(p, "down"), F.gelu(linear(child(p, "up"), x)))


def multi_head_attention(p, x, input, heads, causal=False):
    def by_head(name, x):
        return linear(child(p, name), x).unflatten(-1, (heads, -1)).transpose(1, 2)

    q, k, v = by_head("query", x), by_head("key", input), by_head("value", input)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        unseen = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(unseen, -math.inf)
    return linear(child(p, "output"), (scores.softmax(-1) @ v).transpose(1, 2).flatten(-2))


def latent_attention(p, latents, input, heads):
    return multi_head_attention(p, layer_norm(child(p, "latent_norm"), latents),
                                layer_norm(child(p, "input_norm"), input), heads)


def residual_feed_forward(p, x):
    return x + feed_forward(child(p, "feed_forward"), layer_norm(child(p, "feed_forward_norm"), x))


def self_attention_block(p, x, heads):
    normalized = layer_norm(child(p, "attention_norm"), x)
    return residual_feed_forward(p, x + multi_head_attention(child(p, "attention"), normalized, normalized, heads))


def cross_attention_block(p, latents, input, heads):
    return residual_feed_forward(p, latents + latent_attention(child(p, "attention"), latents, input, heads))


def fourier_features(x, bands, nyquist_frequency):
    angles = (x[..., None] * torch.linspace(1, nyquist_frequency, bands) * math.pi).flatten(-2)
    return torch.cat([x, angles.sin(), angles.cos()], -1)


def grid_positions(*sizes):
    axes = [torch.linspace(-1, 1, size) for size in sizes]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, -2)
