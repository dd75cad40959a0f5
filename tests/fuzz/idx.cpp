// Plain and packed: the same bytes have to say the same either way.
#include "examples/mnist/idx.h"

#include <zlib.h>

#include <optional>

#include "engine/error.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {
namespace {

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 1, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<unsigned>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<unsigned>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

std::optional<mnist::Idx> idx_in(std::string_view content, Index rank) try {
  return mnist::read_idx(file_of(content), rank);
} catch (const Error&) { return {}; }

}  // namespace

void read(std::string_view input) {
  const Index rank = !input.empty() && input.back() % 2 != 0 ? 1 : 3;
  const auto plain = idx_in(input, rank);
  if (input.starts_with("\x1f\x8b")) return;
  const auto packed = idx_in(gzip(input), rank);
  expect(plain.has_value() == packed.has_value(), "plain and packed are both right or both wrong");
  expect(!plain || (plain->sizes == packed->sizes && plain->values == packed->values), "both hold the same");
}

std::vector<std::string> seeds() {
  using namespace std::string_literals;
  const std::string labels = "\0\0\x08\x01\0\0\0\x03\1\2\3"s;
  const std::string images = "\0\0\x08\x03\0\0\0\x02\0\0\0\x02\0\0\0\x02\1\2\3\4\5\6\7\0"s;
  return {labels,
          images,
          gzip(labels),
          gzip(images),
          gzip(labels) + gzip(""),
          gzip(images.substr(0, 18)) + gzip(images.substr(18))};
}

}  // namespace latent::fuzz
