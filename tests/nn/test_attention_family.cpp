// Multi-head, grouped-query, multi-query and latent attention with their caches: what holds for all of them.
#include "tests/nn/check.h"

using namespace latent;
using namespace latent::nn;
using namespace latent::test;

namespace {

constexpr Index channels = 12;

struct Member {
  std::string name;
  SelfAttentionSizes sizes;
};

std::vector<Member> family() {
  const auto multi_head = [](Index groups, std::optional<Rotary> rotary) {
    return AttentionSizes{.channels = channels, .width = 16, .heads = 4, .kv_heads = groups, .rotary = rotary};
  };
  return {{"multi-head", multi_head(4, {})},
          {"multi-head, rotary", multi_head(4, Rotary{})},
          {"grouped-query", multi_head(2, Rotary{RotaryLayout::halves})},
          {"multi-query", multi_head(1, Rotary{})},
          {"latent", MlaSizes{channels, 4, 4, 6, 0, 2}},
          {"latent with a query code", MlaSizes{channels, 4, 4, 6, 5, 2, {RotaryLayout::halves, 100}}}};
}

SelfAttentionBlock block_of(const Member& member) {
  Init init{.dtype = DType::f64};
  const SelfAttentionBlock block(member.sizes, init);
  randomize(block);
  return block;
}

}  // namespace

TEST_CASE("decoding with a cache is the causal pass over all, in chunks of any size") {
  const Index T = 9;
  const Tensor x = random_tensor({2, T, channels}, 1);
  const NoGrad off;
  for (const Member& member : family()) {
    const SelfAttentionBlock block = block_of(member);
    const Tensor whole = block(x, {.causal = true});
    for (Index size = 1; size <= T; ++size) {
      CAPTURE(member.name, size);
      KVCache cache = block.cache(2, T);
      Tensors pieces;
      for (const Tensor& piece : split(x, size, 1)) {
        pieces.push_back(block(piece, cache));
        const Index seen = cache.length();  // every prefix is that of the whole
        CHECK(difference(concat(pieces, 1), slice(whole, 1, 0, seen)) < 1e-10);
      }
      CHECK(cache.length() == T);
    }
  }
}

TEST_CASE("a mask and a bias reach the attention of every layer") {
  const Index T = 5;
  const Tensor x = random_tensor({2, T, channels}, 1), least = full({}, -INFINITY, DType::f64);
  const Tensor later = less(unsqueeze(arange(0, T, 1, DType::f64), 1), arange(0, T, 1, DType::f64));  // (T, T)
  const NoGrad off;
  for (const Member& member : family()) {
    CAPTURE(member.name);
    const SelfAttentionBlock block = block_of(member);
    const Tensor causal = block(x, {.causal = true});
    CHECK(difference(block(x, {.mask = 1 - later}), causal) < 1e-12);
    CHECK(difference(block(x, {.bias = where(later, least, zeros({}, DType::f64))}), causal) < 1e-12);
    CHECK(difference(block(x, {.bias = random_tensor({4, T, T}, 2)}), block(x)) > 1e-3);  // one for each head
    CHECK(error_of([&] { block(x, {.mask = later * -1}); }).starts_with("attention: the mask holds -1"));
  }
}

TEST_CASE("what comes later changes nothing before it") {
  const NoGrad off;
  for (const Member& member : family()) {
    CAPTURE(member.name);
    const SelfAttentionBlock block = block_of(member);
    const Tensor x = random_tensor({1, 6, channels}, 1);
    const Tensor changed = concat({slice(x, 1, 0, 4), random_tensor({1, 2, channels}, 2)}, 1);
    const Tensor before = block(x, {.causal = true}), after = block(changed, {.causal = true});
    CHECK(slice(before, 1, 0, 4).values() == slice(after, 1, 0, 4).values());
    CHECK(difference(slice(before, 1, 4, 6), slice(after, 1, 4, 6)) > 1e-3);
  }
}

TEST_CASE("multi-head weights, copied for each group, make grouped-query attention the same as multi-head") {
  Init init{.dtype = DType::f64};
  const AttentionSizes sizes{.channels = channels, .width = 16, .heads = 4, .rotary = Rotary{}};
  for (const Index groups : {1, 2}) {
    AttentionSizes shared = sizes;
    shared.kv_heads = groups;
    const MultiHeadAttention grouped(shared, init), multi_head(sizes, init);
    randomize(grouped);
    NamedTensors weights = named_tensors(grouped);
    for (const std::string name : {"key.weight", "key.bias", "value.weight", "value.bias"}) {
      const Tensor by_group = reshape(weights[name].detach(), {groups, 1, 4, -1});
      weights[name] = reshape(broadcast_to(by_group, {groups, 4 / groups, 4, by_group.size(-1)}),
                              weights[name].rank() == 2 ? Shape{16, channels} : Shape{16});
    }
    load_parameters(multi_head, weights);
    const Tensor x = random_tensor({2, 5, channels}, 1), input = random_tensor({2, 7, channels}, 2);
    CHECK(difference(grouped(x), multi_head(x)) < 1e-13);
    CHECK(difference(grouped(x, input), multi_head(x, input)) < 1e-13);
    CHECK(difference(grouped.scores(x, input), multi_head.scores(x, input)) < 1e-13);
  }
}

TEST_CASE("a cache takes its room at once, and counts what a token needs") {
  const auto elements = [](const Member& member) { return block_of(member).cache(1, 3).elements_per_token(); };
  const std::vector<Member> all = family();
  const std::vector<Index> expected = {2 * 4 * 4, 2 * 4 * 4, 2 * 2 * 4, 2 * 4, 6 + 2, 6 + 2};
  for (std::size_t i = 0; i < all.size(); ++i) {
    CAPTURE(all[i].name);
    CHECK(elements(all[i]) == expected[i]);
  }
  const Index before = memory().current;
  const KVCache cache(2, 100, {8, 8});
  CHECK(memory().current - before == 2 * 2 * 100 * 8 * 4);
  CHECK(cache.capacity() == 100);
}

TEST_CASE("a copy of a cache goes on alone") {
  const NoGrad off;
  const auto rows = [](std::uint64_t seed) { return random_tensor({2, 1, 3}, seed); };
  KVCache cache(2, 4, {3}, DType::f64), other(2, 1, {3}, DType::f64);
  cache.append({rows(1)});
  KVCache copy = cache;
  other = cache;
  const Tensor expected = concat({rows(1), rows(3), rows(4)}, 1);
  cache.append({rows(2)});
  copy.append({rows(3)});
  cache.append({rows(5)});
  CHECK(difference(copy.append({rows(4)})[0], expected) == 0);
  other.append({rows(3)});
  CHECK(difference(other.append({rows(4)})[0], expected) == 0);
  CHECK(difference(cache.append({rows(6)})[0], concat({rows(1), rows(2), rows(5), rows(6)}, 1)) == 0);
  CHECK(other.capacity() == 4);
  const KVCache moved = std::move(copy);
  CHECK(moved.length() == 3);
}

TEST_CASE("a cache that is full, or given what it cannot hold, says so and keeps what it has") {
  KVCache cache(1, 4, {3}, DType::f64);
  const Tensor first = random_tensor({1, 3, 3}, 1);
  cache.append({first});
  CHECK(error_of([&] {
          cache.append({zeros({1, 2, 3}, DType::f64)});
        }) == "KVCache: 2 more tokens do not fit: it holds 3 of at most 4");
  CHECK(error_of([&] {
          cache.append({zeros({2, 1, 3}, DType::f64)});
        }) == "KVCache: the rows are (2, 1, 3), and (1, 1, 3) is needed");
  CHECK(error_of([&] {
          cache.append({zeros({1, 1, 3}, DType::f64), first});
        }) == "KVCache: 2 rows for each token, and 1 are needed");
  CHECK(error_of([&] {
          cache.append({random_tensor({1, 1, 3}, 2).require_grad()});
        }) == "KVCache: the rows want a gradient, and a cache has none; use NoGrad");
  CHECK(error_of([&] { cache.append({zeros({1, 1, 3})}); }) != "");
  CHECK(error_of([] { KVCache(1, 0, {3}); }) ==
        "KVCache: 1 texts of 0 tokens with 1 rows each; all must be at least 1");
  CHECK(cache.length() == 3);
  const Tensor last = random_tensor({1, 1, 3}, 3);
  CHECK(difference(cache.append({last})[0], concat({first, last}, 1)) == 0);
  cache.clear();
  CHECK(cache.append({last})[0].values() == last.values());
}

TEST_CASE("sizes that no attention can have are told") {
  Init init;
  const auto error = [&](AttentionSizes sizes) { return error_of([&] { MultiHeadAttention(sizes, init); }); };
  CHECK(error({.channels = 8, .heads = 4, .kv_heads = 3}) ==
        "MultiHeadAttention: 4 query heads cannot share 3 key/value heads evenly");
  CHECK(error({.channels = 6, .heads = 2, .rotary = Rotary{}}) ==
        "MultiHeadAttention: rotary positions need heads of an even number of channels, and these have 3");
  const auto mla_error = [&](MlaSizes sizes) { return error_of([&] { MultiHeadLatentAttention(sizes, init); }); };
  CHECK(mla_error({8, 2, 4, 0, 0, 2}) ==
        "MultiHeadLatentAttention: 8 channels, 2 heads of 4 channels, codes of 0 and query codes of 0; all but the "
        "last must be at least 1");
  CHECK(mla_error({8, 2, 4, 3, 0, 3}) ==
        "MultiHeadLatentAttention: 3 rotary channels, and an even number from 2 on is needed");
}
