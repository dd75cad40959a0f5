#include "examples/mnist/idx.h"

#include <algorithm>
#include <zlib.h>

#include <fstream>
#include <limits>
#include <span>

namespace latent::mnist {
namespace {

constexpr Index chunk = 1 << 16;
constexpr int unsigned_byte = 8;

// The bytes of a file, unpacked if it is gzip.  Errors name the byte in the unpacked data or, if the gzip data are
// corrupt, in the file.
class Input {
 public:
  explicit Input(const std::filesystem::path& file)
      : name_(file.string()), stream_(file, std::ios::binary), packed_(chunk) {
    if (!stream_) fail("{}: cannot be opened", name_);
    refill();
    is_gzip_ = zlib_.avail_in >= 2 && packed_[0] == 0x1f && packed_[1] == 0x8b;
    if (is_gzip_ && inflateInit2(&zlib_, MAX_WBITS + 16) != Z_OK) fail("{}: zlib has no memory", name_);
  }
  Input(const Input&) = delete;
  ~Input() {
    if (is_gzip_) inflateEnd(&zlib_);
  }

  Index position() const { return position_; }

  void read(std::span<std::uint8_t> target, const std::string& expected) {
    if (read_some(target) < std::ssize(target)) expected_at(position_, expected, "the file ends");
  }

  // Call after the last read: Error if more bytes follow.
  void expect_end() {
    std::uint8_t more;
    if (read_some({&more, 1}) > 0) expected_at(position_ - 1, "the end of the file", "more bytes follow");
    if (zlib_.avail_in > 0 || refill()) wrong_gzip("the end of the file", "more bytes follow");
  }

  [[noreturn]] void expected_at(Index position, const std::string& expected, const std::string& found) const {
    fail("{}: byte {}{}: {} expected, {}", name_, position, is_gzip_ ? " after unpacking" : "", expected, found);
  }

 private:
  // Fills `target` as far as there are bytes; returns their number.
  Index read_some(std::span<std::uint8_t> target) {
    zlib_.next_out = target.data();
    zlib_.avail_out = static_cast<unsigned>(target.size());
    while (zlib_.avail_out > 0 && !ended_ && (is_gzip_ ? unpack() : copy())) {}
    const Index count = std::ssize(target) - zlib_.avail_out;
    position_ += count;
    return count;
  }

  bool copy() {
    if (zlib_.avail_in == 0 && !refill()) return false;
    const unsigned count = std::min(zlib_.avail_in, zlib_.avail_out);
    zlib_.next_out = std::copy_n(zlib_.next_in, count, zlib_.next_out);
    zlib_.next_in += count, zlib_.avail_in -= count, zlib_.avail_out -= count;
    return true;
  }

  bool unpack() {
    if (zlib_.avail_in == 0 && !refill()) wrong_gzip("more gzip data", "the file ends");
    const int code = inflate(&zlib_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END) wrong_gzip("gzip data", zlib_.msg ? zlib_.msg : "found something else");
    ended_ = code == Z_STREAM_END && !another_member();
    return true;
  }

  // A gzip file is one member or several, one after the other (RFC 1952).
  bool another_member() {
    if ((zlib_.avail_in == 0 && !refill()) || *zlib_.next_in != 0x1f) return false;
    return inflateReset(&zlib_) == Z_OK;
  }

  bool refill() {
    stream_.read(reinterpret_cast<char*>(packed_.data()), chunk);
    zlib_.next_in = packed_.data();
    zlib_.avail_in = static_cast<unsigned>(stream_.gcount());
    bytes_read_ += stream_.gcount();
    return zlib_.avail_in > 0;
  }

  [[noreturn]] void wrong_gzip(const char* expected, const char* found) const {
    fail("{}: byte {}: {} expected, {}", name_, bytes_read_ - zlib_.avail_in, expected, found);
  }

  std::string name_;
  std::ifstream stream_;
  std::vector<std::uint8_t> packed_;
  z_stream zlib_{};
  bool is_gzip_ = false, ended_ = false;
  Index bytes_read_ = 0, position_ = 0;
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
  input.expect_end();
  return idx;
}

}  // namespace latent::mnist
