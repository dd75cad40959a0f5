"""Every function of engine/ops.h.  A case is named after it, with a variant after the point."""
import math
from functools import partial

import torch
import torch.nn.functional as F

from golden import Cases, integers, normal, rounded

cases = Cases()
add = cases.add


def positive(*shape):
    return lambda: rounded(torch.rand(shape) * 2 + 0.1)


def ties(*shape):
    """Values of which many are equal."""
    return lambda: torch.randint(-2, 3, shape).double()


def extremes():
    return rounded(torch.tensor([-1000, -100, -30, -9, -5, -0.5, -1e-20, 0, 1e-20, 0.5, 5, 9, 30, 100, 1000.0]))


def indices_below(end, *shape):
    return lambda: torch.randint(0, end, shape)


def large_logits():
    """Their exponentials overflow, also in f64; some of them share a row's largest value."""
    return torch.tensor([[1024.0, 1024, 0, 1024], [-512, -1024, -512, 0], [3, 3, 3, 3]])


def elementwise():
    everywhere = {"exp": torch.exp, "sin": torch.sin, "cos": torch.cos, "abs": torch.abs, "tanh": torch.tanh,
                  "erf": torch.erf, "sigmoid": torch.sigmoid, "relu": torch.relu, "gelu": F.gelu, "silu": F.silu,
                  "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "softplus": softplus, "sign": torch.sign}
    for name, function in everywhere.items():
        add(name, function, normal(21))
        if name not in ("exp", "sin", "cos"):
            add(f"{name}.extremes", function, extremes())
    for name in ("log", "log1p", "sqrt", "rsqrt"):
        add(name, getattr(torch, name), positive(21))
    add("relu.zero", torch.relu, ties(30))
    add("abs.zero", torch.abs, ties(30))
    add("operator-.negate", torch.neg, normal(21))
    for exponent in (2, 3, 0, 1):
        add(f"pow.{exponent}", lambda x: x**exponent, normal(3, 7))
    for exponent in (0.5, -1.5):
        add(f"pow.{exponent}", lambda x: x**exponent, positive(3, 7))
    add("clamp", lambda x: x.clamp(-0.5, 0.75), normal(21))
    add("clamp.bounds", lambda x: x.clamp(-1, 1), ties(30))
    add("cast.i64", lambda x: x.detach().to(torch.int64), torch.tensor([-2.5, -0.5, 0, 0.5, 2.5]))
    add("cast.same", lambda x: x * 1, normal(5))


def softplus(x):
    return torch.logaddexp(x, torch.zeros_like(x))


def two_arguments():
    operators = {"operator+": torch.add, "operator-": torch.sub, "operator*": torch.mul, "operator/": torch.div}
    shapes = {"same": ((21,), (21,)), "row": ((3, 9), (9,)), "column": ((3, 1), (2, 3, 9)), "outer": ((5, 1), (1, 4)),
              "scalar": ((), (2, 3)), "empty": ((0, 3), (1, 3))}
    for name, function in operators.items():
        for variant, (a, b) in shapes.items():
            add(f"{name}.{variant}", function, normal(*a), positive(*b))
        add(f"{name}.number", lambda x: function(x, 1.75), normal(3, 7))
        add(f"{name}.number_first", lambda x: function(torch.tensor(1.75), x), positive(3, 7))
    add("pow.tensor", torch.pow, positive(3, 9), normal(9))
    for name, function in {"maximum": torch.maximum, "minimum": torch.minimum}.items():
        add(name, function, normal(3, 9), normal(9))
        add(f"{name}.ties", function, ties(4, 1), ties(9))
    comparisons = {"equal": torch.eq, "not_equal": torch.ne, "less": torch.lt, "less_equal": torch.le,
                   "greater": torch.gt, "greater_equal": torch.ge}
    for name, function in comparisons.items():
        add(name, lambda a, b: function(a, b).double(), ties(4, 1), ties(9))
    add("where", lambda a, b, c: torch.where(c != 0, a, b), normal(3, 9), normal(9), constants=[ties(3, 1)])


def reductions():
    functions = {"sum": torch.sum, "mean": torch.mean, "var": torch.var, "max": torch.amax, "min": torch.amin,
                 "logsumexp": torch.logsumexp}
    axes = {"all": (0, 1, 2), "last": (-1,), "first": (0,), "middle": (1,), "two": (0, 2)}
    for name, function in functions.items():
        for variant, dim in axes.items():
            add(f"{name}.{variant}", lambda x: function(x, dim=dim), normal(2, 3, 19))
        add(f"{name}.keepdim", lambda x: function(x, dim=(0, 2), keepdim=True), normal(2, 3, 5))
    for name, function in {"max": torch.amax, "min": torch.amin}.items():
        add(f"{name}.ties", lambda x: function(x, dim=-1), ties(4, 19))
        add(f"{name}.ties_all", lambda x: function(x, dim=(0, 1)), ties(4, 9))
    add("var.population", lambda x: x.var(dim=1, correction=0), normal(3, 7))
    add("sum.empty", lambda x: x.sum(1), normal(3, 0))
    add("logsumexp.large", lambda x: x.logsumexp(1), large_logits())
    add("argmax", lambda x: x.argmax(-1), normal(4, 19))
    add("argmax.ties", lambda x: x.argmax(0), ties(9, 5))
    add("argmax.keepdim", lambda x: x.argmax(1, keepdim=True), normal(2, 5, 3))
    add("cumsum", lambda x: x.cumsum(-1), normal(3, 19))
    add("cumsum.first", lambda x: x.cumsum(0), normal(5, 3))
    add("sum_to", lambda x: x.sum_to_size(3, 1), normal(2, 3, 5))
    add("sum_to.scalar", torch.sum, normal(2, 3))


def products():
    shapes = {"square": ((4, 4), (4, 4)), "odd": ((7, 17), (17, 19)), "vector": ((1, 9), (9, 1)),
              "batch": ((3, 4, 6), (3, 6, 5)), "broadcast": ((2, 1, 4, 6), (3, 6, 5)), "right": ((2, 3, 4), (4, 5)),
              "left": ((5, 4), (2, 4, 3)), "no_inner": ((2, 0), (0, 3)), "no_rows": ((0, 2), (2, 3))}
    for name, (a, b) in shapes.items():
        add(f"matmul.{name}", torch.matmul, normal(*a), normal(*b))
    add("linear", F.linear, normal(2, 3, 17), normal(7, 17), normal(7))
    add("linear.no_bias", F.linear, normal(5, 4), normal(3, 4))
    add("linear.one_row", F.linear, normal(4), normal(3, 4), normal(3))
    add("einsum.product", partial(torch.einsum, "bij,kbj->ikb"), normal(2, 3, 4), normal(5, 2, 4))
    add("einsum.dots", partial(torch.einsum, "...i,...ji"), normal(3, 1, 4), normal(2, 5, 4))
    add("einsum.outer", partial(torch.einsum, "i,j"), normal(3), normal(4))
    add("einsum.diagonal", partial(torch.einsum, "...ii->...i"), normal(2, 3, 3))
    add("einsum.trace", partial(torch.einsum, "ii"), normal(4, 4))


def views():
    add("reshape", lambda x: x.reshape(4, -1), normal(2, 3, 6))
    add("reshape.of_transposed", lambda x: x.transpose(0, 2).reshape(-1, 2), normal(2, 3, 6))
    add("permute", lambda x: x.permute(2, 0, 1), normal(2, 3, 5))
    add("transpose", lambda x: x.transpose(-2, -1), normal(2, 3, 5))
    add("transpose.axes", lambda x: x.transpose(0, 2), normal(2, 3, 5))
    add("slice", lambda x: x[:, 1:4], normal(3, 6))
    add("slice.negative", lambda x: x[-3:-1], normal(5, 2))
    add("slice.step", lambda x: x[:, 1:9:3], normal(2, 9))
    add("select", lambda x: x.select(1, -2), normal(2, 3, 4))
    add("split", lambda x: torch.cat(x.split(2, 1)[::-1], 1), normal(3, 5))
    add("chunk", lambda x: torch.cat(x.chunk(3, -1)[::-1], -1), normal(2, 6))
    add("broadcast_to", lambda x: x.broadcast_to(2, 3, 4), normal(3, 1))
    add("squeeze", lambda x: x.squeeze(1), normal(3, 1, 4))
    add("unsqueeze", lambda x: x.unsqueeze(-1), normal(3, 4))
    add("contiguous", lambda x: x.transpose(0, 1).contiguous(), normal(3, 4))


def joining_and_indexing():
    indices = integers(2, 0, 2, 3)
    add("concat", lambda a, b, c: torch.cat([a, b, c], -1), normal(2, 3), normal(2, 1), normal(2, 0))
    add("concat.first", lambda a, b: torch.cat([a, b], 0), normal(2, 3), normal(4, 3))
    add("stack", lambda a, b: torch.stack([a, b]), normal(2, 3), normal(2, 3))
    add("stack.last", lambda a, b: torch.stack([a, b], -1), normal(2, 3), normal(2, 3))
    add("index_select", lambda x, i: x.index_select(0, i), normal(4, 3), indices)
    add("index_select.middle", lambda x, i: x.index_select(1, i), normal(2, 4, 3), indices)
    add("index_add", lambda v, i: torch.zeros(5, 3).index_add(0, i, v), normal(4, 3), indices)
    add("gather", lambda x, i: x.gather(0, i), normal(3, 5), indices_below(3, 4, 5))
    add("gather.last", lambda x, i: x.gather(-1, i), normal(4, 3), indices_below(3, 4, 5))
    add("scatter_add", lambda v, i: torch.zeros(4, 3).scatter_add(1, i, v), normal(4, 5), indices_below(3, 4, 5))
    add("one_hot", lambda i: F.one_hot(i, 5).double(), torch.tensor([[2, 0], [4, 4]]))


def arranging():
    add("topk.values", lambda x: x.topk(3)[0], normal(4, 7))
    add("topk.indices", lambda x: x.topk(3)[1], normal(4, 7))
    add("topk.smallest", lambda x: x.topk(2, 0, largest=False)[0], normal(5, 3))
    add("topk.stable_sort", lambda x: x.sort(dim=1, stable=True)[1], ties(4, 19))
    add("flip", lambda x: x.flip(0, -1), normal(2, 3, 4))
    add("pad", lambda x: F.pad(x, (0, 3, 1, 2), value=-1.5), normal(2, 3))
    add("pad.cut", lambda x: F.pad(x, (3, -2, -1, 2)), normal(3, 4))
    add("tile", lambda x: x.tile(2, 3), normal(2, 3))
    add("tile.fewer", lambda x: x.tile(3), normal(2, 3))
    add("tile.more", lambda x: x.tile(2, 1, 3), normal(2, 3))
    for name, function in {"tril": torch.tril, "triu": torch.triu}.items():
        for variant, diagonal in {"batch": 0, "above": 2, "below": -1}.items():
            add(f"{name}.{variant}", partial(function, diagonal=diagonal), normal(2, 4, 5))


def attention(q, k, v, mask=None, causal=False, scale=None):
    """A query that sees no key gives zeros; G key and value heads serve H query heads."""
    queries, keys = q.shape[2], k.shape[2]
    k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], 1) for x in (k, v))
    seen = torch.ones(queries, keys) if mask is None else mask
    if causal:
        seen = seen * (torch.arange(keys) <= keys - queries + torch.arange(queries)[:, None])
    scores = (q @ k.transpose(-1, -2)) * (1 / math.sqrt(q.shape[-1]) if scale is None else scale)
    return (scores.masked_fill(seen == 0, -1e300).softmax(-1) * seen) @ v


def random_mask(*shape):
    """Of zeros and ones; the first query of the first batch entry sees nothing."""
    mask = (torch.rand(shape) < 0.6).double()
    mask[(0,) * (len(shape) - 1)] = 0
    return mask


def cross_entropy(logits, labels, weight=None, smoothing=0, ignored=-100):
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), weight, ignore_index=ignored,
                           label_smoothing=smoothing)


def turn_interleaved(x, cosines, sines):
    """Two heads of 4 channels, whose pairs are complex numbers."""
    pairs = torch.view_as_complex(x.unflatten(-1, (2, 2, 2)).contiguous())
    return torch.view_as_real(pairs * torch.complex(cosines, sines)[:, None]).flatten(-3)


def turn_halves(x, cosines, sines):
    first, second = x.unflatten(-1, (2, 2, 2)).unbind(-2)
    cosines, sines = cosines[:, None], sines[:, None]
    return torch.stack([first * cosines - second * sines, first * sines + second * cosines], -2).flatten(-3)


def layer_norm(x, weight=None, bias=None, eps=1e-5):
    return F.layer_norm(x, x.shape[-1:], weight, bias, eps)


def rms_norm(x, weight=1, eps=1e-6):
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def fused():
    for axis in (-1, 0, 1):
        add(f"softmax.{axis}", lambda x: x.softmax(axis), normal(3, 9, 4))
        add(f"log_softmax.{axis}", lambda x: x.log_softmax(axis), normal(3, 9, 4))
    add("softmax.large", lambda x: x.softmax(-1), large_logits())
    add("log_softmax.large", lambda x: x.log_softmax(-1), large_logits())
    for variant, smoothing in (("plain", 0), ("smooth", 0.1)):
        smooth = partial(cross_entropy, smoothing=smoothing)
        add(f"cross_entropy.{variant}", smooth, normal(5, 10), indices_below(10, 5))
        add(f"cross_entropy.{variant}_sequence", smooth, normal(2, 3, 4), indices_below(4, 2, 3))
    add("cross_entropy.ignore", partial(cross_entropy, ignored=1), normal(2, 9, 4), indices_below(4, 2, 9))
    add("cross_entropy.ignore_smooth", partial(cross_entropy, ignored=1, smoothing=0.1), normal(9, 4), indices_below(4, 9))
    for variant, options in {"weight": {}, "weight_smooth": {"smoothing": 0.1},
                             "weight_ignore_smooth": {"smoothing": 0.1, "ignored": 1}}.items():
        add(f"cross_entropy.{variant}", partial(cross_entropy, **options), normal(2, 9, 4),
            constants=[indices_below(4, 2, 9), positive(4)])
    add("layer_norm", layer_norm, normal(2, 3, 19), normal(19), normal(19))
    add("layer_norm.no_bias", layer_norm, normal(3, 5), normal(5))
    add("layer_norm.plain", layer_norm, normal(3, 5))
    add("layer_norm.eps", partial(layer_norm, eps=0.1), normal(3, 5), normal(5), normal(5))
    add("rms_norm", rms_norm, normal(2, 3, 19), normal(19))
    add("rms_norm.plain", rms_norm, normal(3, 5))
    add("rms_norm.eps", partial(rms_norm, eps=0.1), normal(3, 5), normal(5))
    for name, turn in (("interleaved", turn_interleaved), ("halves", turn_halves)):
        add(f"rotate_pairs.{name}", turn, normal(2, 3, 8), constants=[normal(3, 2), normal(3, 2)])
    add("dropout.nothing", lambda x: x * 1, normal(3, 5))


def attentions():
    def shapes(batch, heads, groups, queries, keys, channels, values):
        return (normal(batch, heads, queries, channels), normal(batch, groups, keys, channels),
                normal(batch, groups, keys, values))

    small = shapes(2, 2, 2, 3, 5, 4, 4)
    add("attention", attention, *small)
    add("attention.scale", partial(attention, scale=0.3), *small)
    add("attention.long", attention, *shapes(1, 1, 1, 2, 150, 5, 3))
    add("attention.one_head", attention, *shapes(2, 4, 1, 3, 5, 4, 6))
    add("attention.grouped", attention, *shapes(1, 6, 2, 3, 5, 4, 4))
    causal = partial(attention, causal=True)
    for name, queries, keys in (("square", 5, 5), ("cached", 3, 7), ("unseen", 5, 3)):
        add(f"attention.causal_{name}", causal, *shapes(2, 2, 1, queries, keys, 4, 4))
    add("attention.causal_many", causal, *shapes(1, 2, 1, 37, 70, 8, 9))
    for name, shape in (("full", (2, 2, 3, 5)), ("shared", (3, 5)), ("keys", (2, 1, 1, 5))):
        add(f"attention.mask_{name}", attention, *small, constants=[lambda: random_mask(*shape)])
    add("attention.mask_causal", causal, *small, constants=[lambda: random_mask(2, 1, 3, 5)])


for group in (elementwise, two_arguments, reductions, products, views, joining_and_indexing, arranging, fused, attentions):
    group()
