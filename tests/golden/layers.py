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


def linear_shapes(inputs, outputs, bias=True):
    return {"weight": (outputs, inputs)} | ({"bias": (outputs,)} if bias else {})


def norm_shapes(channels, bias=True):
    return {"weight": (channels,)} | ({"bias": (channels,)} if bias else {})


def feed_forward_shapes(channels, hidden, gate=False, bias=True):
    into = {"gate": linear_shapes(channels, hidden, bias)} if gate else {}
    return parts(up=linear_shapes(channels, hidden, bias), down=linear_shapes(hidden, channels, bias), **into)


def attention_shapes(channels, input_channels, width, kv_width=None, bias=True):
    kv = linear_shapes(input_channels, kv_width or width, bias)
    return parts(query=linear_shapes(channels, width, bias), key=kv, value=kv,
                 output=linear_shapes(width, channels, bias))


def mla_shapes(channels, heads, head, code, rotary, query_code=0):
    """Multi-head latent attention; without a query code the queries are made of the tokens."""
    def map(inputs, outputs):
        return linear_shapes(inputs, outputs, bias=False)

    shapes = parts(code_down=map(channels, code), code_norm={"weight": (code,)}, key_up=map(code, heads * head),
                   value_up=map(code, heads * head), key_rotary=map(channels, rotary))
    if query_code:
        shapes |= parts(query_down=map(channels, query_code), query_norm={"weight": (query_code,)})
    asking = query_code or channels
    return shapes | parts(query_up=map(asking, heads * head), query_rotary=map(asking, heads * rotary),
                          output=map(heads * head, channels))


def latent_attention_shapes(channels, input_channels, width):
    norms = parts(latent_norm=norm_shapes(channels), input_norm=norm_shapes(input_channels))
    return norms | attention_shapes(channels, input_channels, width)


def residual_feed_forward_shapes(channels, widening, gate=False, bias=True):
    return parts(feed_forward_norm=norm_shapes(channels, bias),
                 feed_forward=feed_forward_shapes(channels, widening * channels, gate, bias))


def self_attention_block_shapes(channels, widening, attention=None, gate=False, bias=True):
    """Around multi-head attention, unless the shapes of another are given."""
    attend = parts(attention_norm=norm_shapes(channels, bias),
                   attention=attention or attention_shapes(channels, channels, channels))
    return attend | residual_feed_forward_shapes(channels, widening, gate, bias)


def cross_attention_block_shapes(channels, input_channels, width, widening):
    attend = parts(attention=latent_attention_shapes(channels, input_channels, width))
    return attend | residual_feed_forward_shapes(channels, widening)


def linear(p, x):
    return F.linear(x, p["weight"], p.get("bias"))


def layer_norm(p, x):
    return F.layer_norm(x, x.shape[-1:], p["weight"], p.get("bias"))


def rms_norm(p, x):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-6) * p["weight"]


def feed_forward(p, x):
    up = linear(child(p, "up"), x)
    hidden = F.silu(linear(child(p, "gate"), x)) * up if "gate.weight" in p else F.gelu(up)
    return linear(child(p, "down"), hidden)


def split_heads(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def rotary(x, layout, base=10000):
    """Tokens at positions 0, 1, ... (..., T, D): interleaved as products of complex numbers, halves as in GPT-NeoX."""
    size, channels = x.shape[-2:]
    angles = torch.arange(float(size))[:, None] * base ** (-torch.arange(0, channels, 2.0) / channels)
    if layout == "interleaved":
        pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
        return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2)
    first, second = x.chunk(2, -1)
    angles = torch.cat([angles, angles], -1)
    return x * angles.cos() + torch.cat([-second, first], -1) * angles.sin()


def sinusoidal_positions(count, channels):
    table = torch.zeros(count, channels)
    for t in range(count):
        for i in range(channels // 2):
            angle = t / 10000 ** (2 * i / channels)
            table[t, 2 * i], table[t, 2 * i + 1] = math.sin(angle), math.cos(angle)
    return table


def scaled_dot_product(q, k, v, causal):
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    if causal:
        unseen = torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1)
        scores = scores.masked_fill(unseen, -math.inf)
    return (scores.softmax(-1) @ v).transpose(1, 2).flatten(-2)


def multi_head_attention(p, x, input, heads, causal=False, kv_heads=None, layout=None):
    groups = kv_heads or heads
    q = split_heads(linear(child(p, "query"), x), heads)
    k, v = (split_heads(linear(child(p, name), input), groups) for name in ("key", "value"))
    if layout:
        q, k = rotary(q, layout), rotary(k, layout)
    k, v = (x.repeat_interleave(heads // groups, 1) for x in (k, v))
    return linear(child(p, "output"), scaled_dot_product(q, k, v, causal))


def mla(p, x, heads, layout="interleaved", causal=True):
    code = rms_norm(child(p, "code_norm"), linear(child(p, "code_down"), x))
    key_rotary = rotary(linear(child(p, "key_rotary"), x)[:, None], layout).expand(-1, heads, -1, -1)
    if "query_down.weight" in p:
        x = rms_norm(child(p, "query_norm"), linear(child(p, "query_down"), x))
    q, k, v = (split_heads(linear(child(p, name), y), heads)
               for name, y in (("query_up", x), ("key_up", code), ("value_up", code)))
    query_rotary = rotary(split_heads(linear(child(p, "query_rotary"), x), heads), layout)
    found = scaled_dot_product(torch.cat([q, query_rotary], -1), torch.cat([k, key_rotary], -1), v, causal)
    return linear(child(p, "output"), found)


def latent_attention(p, latents, input, heads):
    return multi_head_attention(p, layer_norm(child(p, "latent_norm"), latents),
                                layer_norm(child(p, "input_norm"), input), heads)


def residual_feed_forward(p, x):
    return x + feed_forward(child(p, "feed_forward"), layer_norm(child(p, "feed_forward_norm"), x))


def transformer_block(p, x, attend):
    return residual_feed_forward(p, x + attend(child(p, "attention"), layer_norm(child(p, "attention_norm"), x)))


def self_attention_block(p, x, heads):
    return transformer_block(p, x, lambda p, x: multi_head_attention(p, x, x, heads))


def cross_attention_block(p, latents, input, heads):
    return residual_feed_forward(p, latents + latent_attention(child(p, "attention"), latents, input, heads))


def fourier_features(x, bands, nyquist_frequency):
    angles = (x[..., None] * torch.linspace(1, nyquist_frequency, bands) * math.pi).flatten(-2)
    return torch.cat([x, angles.sin(), angles.cos()], -1)


def grid_positions(*sizes):
    axes = [torch.linspace(-1, 1, size) for size in sizes]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), -1).flatten(0, -2)
