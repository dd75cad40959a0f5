"""Whole Perceivers, written as the paper says it: queries, keys and values of all inputs."""
import math
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F

import layers
from golden import Cases, normal

cases = Cases()
language_cases = Cases()


@dataclass
class Config:
    grid: tuple = (4, 3)
    input_channels: int = 2
    own_axes: int = 0
    position_channels: int = 0  # of learned positions; 0: Fourier features
    bands: int = 3
    nyquist_frequency: float = 2
    latents: int = 4
    channels: int = 8
    cross_attends: int = 3
    blocks: int = 2
    cross_heads: int = 1
    heads: int = 2
    cross_width: int = 8
    widening: int = 1
    distinct_cross: int = 2   # cross-attends with weights of their own; the last is used again
    distinct_towers: int = 1
    interleaved: bool = True
    final_norm: bool = False
    classes: int = 5


def token_channels(config):
    axes = config.own_axes or len(config.grid)
    return config.input_channels + (config.position_channels or axes * (2 * config.bands + 1))


def shapes(config):
    c = config
    cross = layers.cross_attention_block_shapes(c.channels, token_channels(c), c.cross_width, c.widening)
    tower = layers.numbered("blocks", c.blocks, layers.self_attention_block_shapes(c.channels, c.widening))
    result = {"latents": (c.latents, c.channels)}
    if c.position_channels:
        result["tokens.positions"] = (torch.Size(c.grid).numel(), c.position_channels)
    result |= layers.numbered("cross", c.distinct_cross, cross) | layers.numbered("towers", c.distinct_towers, tower)
    if c.final_norm:
        result |= layers.parts(final_norm=layers.norm_shapes(c.channels))
    return result | layers.parts(head=layers.linear_shapes(c.channels, c.classes))


def tokens(p, config, input):
    if config.own_axes:
        values, positions = input.split([config.input_channels, config.own_axes], -1)
        return torch.cat([values, layers.fourier_features(positions, config.bands, config.nyquist_frequency)], -1)
    if config.position_channels:
        positions = p["tokens.positions"]
    else:
        grid = layers.grid_positions(*config.grid)
        positions = layers.fourier_features(grid, config.bands, config.nyquist_frequency)
    return torch.cat([input, positions.expand(len(input), -1, -1)], -1)


def encode(p, config, input):
    seen = tokens(p, config, input)
    x = p["latents"].expand(len(input), -1, -1)

    def look(x, i):
        block = layers.child(p, f"cross.{min(i, config.distinct_cross - 1)}")
        return layers.cross_attention_block(block, x, seen, config.cross_heads)

    def think(x, i):
        tower = layers.child(p, f"towers.{min(i, config.distinct_towers - 1)}")
        for j in range(config.blocks):
            x = layers.self_attention_block(layers.child(tower, f"blocks.{j}"), x, config.heads)
        return x

    uses = range(config.cross_attends)
    order = [(part, i) for i in uses for part in (look, think)]
    if not config.interleaved:
        order = [(look, i) for i in uses] + [(think, i) for i in uses]
    for part, i in order:
        x = part(x, i)
    return x


def perceiver(p, config, input):
    x = encode(p, config, input).mean(1)
    if config.final_norm:
        x = layers.layer_norm(layers.child(p, "final_norm"), x)
    return layers.linear(layers.child(p, "head"), x)


def io_shapes(config, query_channels, learned):
    """Of Perceiver IO: the encoder, the learned query, the decoder around the latents' width, and the head."""
    encoder = {key: shape for key, shape in shapes(config).items() if not key.startswith("head.")}
    decoder = layers.cross_attention_block_shapes(query_channels, config.channels, config.channels, 1)
    return encoder | ({"queries": (1, query_channels)} if learned else {}) \
        | layers.parts(decoder=decoder, head=layers.linear_shapes(query_channels, config.classes))


def perceiver_io(p, config, input, heads, residual, grid=None):
    queries = p.get("queries")
    if grid:
        queries = layers.fourier_features(layers.grid_positions(*grid), config.bands, config.nyquist_frequency)
    queries, latents, block = queries.expand(len(input), -1, -1), encode(p, config, input), layers.child(p, "decoder")
    found = layers.latent_attention(layers.child(block, "attention"), queries, latents, heads)
    answers = layers.residual_feed_forward(block, queries + found if residual else found)
    return layers.linear(layers.child(p, "head"), answers)


def add(name, config, model=perceiver, outputs=(), weights=None):
    def loss(p, input, labels):
        return F.cross_entropy(model(p, config, input).flatten(0, -2), labels.flatten(), label_smoothing=0.1)

    input = normal(3, torch.Size(config.grid).numel(), config.input_channels + config.own_axes)
    labels = torch.Size((3, *outputs))
    cases.add(name, loss, input, lambda: torch.randint(0, config.classes, labels), weights=weights or shapes(config))


add("paper", Config())
add("learned", Config(position_channels=3, cross_attends=2, distinct_towers=2, interleaved=False, widening=2,
                      cross_heads=2, cross_width=6, final_norm=True))
add("cloud", Config(grid=(11,), input_channels=0, own_axes=3, distinct_cross=1, distinct_towers=3, blocks=1,
                    cross_heads=2))

once = Config(cross_attends=1, distinct_cross=1)
add("io.single", once, partial(perceiver_io, heads=2, residual=False), weights=io_shapes(once, 6, learned=True))
add("io.grid", once, partial(perceiver_io, heads=1, residual=True, grid=(2, 3)), outputs=(6,),
    weights=io_shapes(once, 14, learned=False))


def transformer_shapes(config):
    """Two layers, with a widening of 2."""
    count = torch.Size(config.grid).numel()
    result = {"tokens.positions": (count, config.position_channels)} if config.position_channels else {}
    block = layers.self_attention_block_shapes(config.channels, 2)
    return result | layers.parts(embedding=layers.linear_shapes(token_channels(config), config.channels)) \
        | layers.numbered("blocks", 2, block) \
        | layers.parts(final_norm=layers.norm_shapes(config.channels),
                       head=layers.linear_shapes(config.channels, config.classes))


def transformer(p, config, input):
    x = layers.linear(layers.child(p, "embedding"), tokens(p, config, input))
    for i in range(2):
        x = layers.self_attention_block(layers.child(p, f"blocks.{i}"), x, config.heads)
    return layers.linear(layers.child(p, "head"), layers.layer_norm(layers.child(p, "final_norm"), x).mean(1))


for name, config in (("transformer.grid", Config()), ("transformer.learned", Config(position_channels=3)),
                     ("transformer.cloud", Config(grid=(11,), input_channels=0, own_axes=3))):
    add(name, config, transformer, weights=transformer_shapes(config))


def language_model_shapes(attention, positions, gate, vocabulary=7, context=6, channels=8, blocks=2, widening=2):
    """Without biases, and with the shapes of the attention in each block."""
    block = layers.self_attention_block_shapes(channels, widening, attention, gate, bias=False)
    learned = {"positions.weight": (context, channels)} if positions == "learned" else {}
    return {"tokens.weight": (vocabulary, channels)} | learned | layers.numbered("blocks", blocks, block) \
        | layers.parts(final_norm=layers.norm_shapes(channels, bias=False))


def language_model(p, text, attend, positions, blocks=2):
    x = p["tokens.weight"][text]
    if positions == "learned":
        x = x + p["positions.weight"][:text.shape[1]]
    if positions == "sinusoidal":
        x = x * math.sqrt(8) + layers.sinusoidal_positions(text.shape[1], 8)
    for i in range(blocks):
        x = layers.transformer_block(layers.child(p, f"blocks.{i}"), x, attend)
    return F.linear(layers.layer_norm(layers.child(p, "final_norm"), x), p["tokens.weight"])


def add_language_model(name, positions, gate, attend, attention):
    def loss(p, text, next):
        return F.cross_entropy(language_model(p, text, attend, positions).flatten(0, 1), next.flatten())

    language_cases.add(name, loss, constants=[lambda: torch.randint(0, 7, (3, 6))] * 2,
                       weights=language_model_shapes(attention, positions, gate))


def sharing(kv_heads, layout=None):
    return lambda p, x: layers.multi_head_attention(p, x, x, 4, True, kv_heads, layout)


add_language_model("mha", "learned", False, sharing(4), layers.attention_shapes(8, 8, 8, 8, bias=False))
add_language_model("gqa", "rotary", True, sharing(2, "interleaved"), layers.attention_shapes(8, 8, 8, 4, bias=False))
add_language_model("mqa", "sinusoidal", False, sharing(1), layers.attention_shapes(8, 8, 8, 2, bias=False))
add_language_model("mla", "rotary", True, lambda p, x: layers.mla(p, x, 4), layers.mla_shapes(8, 4, 2, 3, 2))
