#include "examples/mnist/idx.h"

#include <algorithm>
#include <zlib.h>

#include <limits>
#include <span>

namespace latent::mnist {
namespace {

constexpr Index chunk = 1 << 20;
constexpr int unsigned_byte = 8;

// Reads through zlib, which tells gzip from plain files; positions count the bytes after decompression.
class Input {
 public:
  explicit Input(std::filesystem::path file) : file_(std::move(file)), handle_(gzopen(file_.c_str(), "rb")) {
    if (!handle_) fail("{}: cannot be opened", file_.string());
  }
  Input(const Input&) = delete;
  ~Input() { gzclose(handle_); }

  Index position() const { return position_; }

  // As many bytes as there are, up to the size of `target`.
  Index read_some(std::span<std::uint8_t> target) {
    const int count = gzread(handle_, target.data(), static_cast<unsigned>(target.size()));
    int code = Z_OK;
    const char* message = gzerror(handle_, &code);
    if (count < 0 || code == Z_BUF_ERROR) expected_at(position_ + std::max(count, 0), "gzip data", message);
    position_ += count;
    return count;
  }

  void read(std::span<std::uint8_t> target, const std::string& expected) {
    if (read_some(target) < static_cast<Index>(target.size())) expected_at(position_, expected, "the file ends");
  }

  [[noreturn]] void expected_at(Index position, const std::string& expected, const std::string& found) const {
    fail("{}: byte {}: {} expected, {}", file_.string(), position, expected, found);
  }

 private:
  std::filesystem::path file_;
  gzFile handle_;
  Index position_ = 0;
};

Shape read_header(Input& input, Index rank) {
  std::uint8_t magic[4];
  const std::string expected = fmt::format("the IDX header 00 00 08 {:02x}", rank);
  input.read(magic, expected);
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != unsigned_byte || magic[3] != rank)
    input.expected_at(0, expected,
                      fmt::format("found {:02x} {:02x} {:02x} {:02x}", magic[0], magic[1], magic[2], magic[3]));
  Shape sizes;
  for (Index axis = 0; axis < rank; ++axis) {
    std::uint8_t size[4];
    input.read(size, fmt::format("the size of axis {}", axis));
    sizes.push_back(Index{size[0]} << 24 | size[1] << 16 | size[2] << 8 | size[3]);
  }
  return sizes;
}

Index checked_product(const Input& input, const Shape& sizes) {
  Index product = 1;
  for (const Index size : sizes) {
    if (size > 0 && product > std::numeric_limits<Index>::max() / size)
      input.expected_at(4, "a number of values below 2^63", fmt::format("found the sizes {}", sizes));
    product *= size;
  }
  return product;
}

}  // namespace

Idx read_idx(const std::filesystem::path& file, Index rank) {
  Input input(file);
  Idx idx{read_header(input, rank), {}};
  const Index count = checked_product(input, idx.sizes);
  const std::string expected = fmt::format("{} values {}", count, idx.sizes);
  for (Index done = 0; done < count; done += chunk) {
    const Index size = std::min(chunk, count - done);
    idx.values.resize(done + size);
    input.read({idx.values.data() + done, static_cast<std::size_t>(size)}, expected);
  }
  std::uint8_t more;
  if (input.read_some({&more, 1}) > 0)
    input.expected_at(input.position() - 1, "the end of the file", "more bytes follow");
  return idx;
}

}  // namespace latent::mnist
