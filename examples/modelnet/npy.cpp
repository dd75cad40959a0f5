#include "examples/modelnet/npy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <string_view>

#include "engine/error.h"

namespace latent::modelnet {
namespace {

static_assert(std::endian::native == std::endian::little, "the values are read as they lie in the file");

constexpr std::string_view magic = "\x93NUMPY";

struct Mapping {
  std::shared_ptr<const void> memory;
  std::string_view bytes;
};

Mapping map_file(const std::filesystem::path& file) {
  const auto no = [&](const char* what) { fail("{}: {}: {}", file.string(), what, std::strerror(errno)); };
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) no("cannot be opened");
  const std::shared_ptr<const int> closes(&descriptor, [](const int* open) { close(*open); });
  struct stat status = {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) fail("{}: not a file of values", file.string());
  const auto size = std::size_t(status.st_size);
  if (size == 0) return {};
  void* const begin = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (begin == MAP_FAILED) no("cannot be mapped");
  return {std::shared_ptr<const void>(begin, [size](const void* at) { munmap(const_cast<void*>(at), size); }),
          std::string_view(static_cast<const char*>(begin), size)};
}

// The header's dict, such as {'descr': '<i2', 'fortran_order': False, 'shape': (9843, 1024, 3), }
class Header {
 public:
  Header(const std::filesystem::path& file, std::string_view text)
      : file_(file.string()), text_(text.substr(0, text.find_last_not_of(" \n") + 1)) {}

  std::string_view entry(std::string_view key, char open, char close) const {
    const auto begin = after(key);
    const auto first = text_.find_first_not_of(' ', begin);
    const auto last = first == std::string_view::npos ? first : text_.find(close, first + 1);
    if (last == std::string_view::npos || text_[first] != open) bad(key, fmt::format("{}...{}", open, close));
    return text_.substr(first + 1, last - first - 1);
  }

  void expect(std::string_view key, std::string_view value) const {
    const auto first = text_.find_first_not_of(' ', after(key));
    if (first == std::string_view::npos || text_.substr(first, value.size()) != value) bad(key, value);
  }

  [[noreturn]] void bad(std::string_view key, std::string_view expected) const {
    fail("{}: byte 10: the header is {}, and '{}' as {} is needed", file_, text_.substr(0, 200), key, expected);
  }

 private:
  std::size_t after(std::string_view key) const {
    const auto found = text_.find(fmt::format("'{}':", key));
    if (found == std::string_view::npos) bad(key, "an entry");
    return found + key.size() + 3;
  }

  std::string file_;
  std::string_view text_;
};

Shape shape_in(const Header& header) {
  std::string_view text = header.entry("shape", '(', ')');
  Shape shape;
  const auto skip = [&](std::string_view what) {
    text.remove_prefix(std::min(text.find_first_not_of(what), text.size()));
  };
  while (true) {
    skip(" ");
    if (text.empty()) return shape;
    Index size = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (error != std::errc() || size < 0 || shape.rank() == max_rank) header.bad("shape", "sizes of at most 8 axes");
    shape.push_back(size);
    text.remove_prefix(std::size_t(end - text.data()));
    skip(" ");
    if (!text.empty() && !text.starts_with(',')) header.bad("shape", "sizes with commas between them");
    text.remove_prefix(std::min<std::size_t>(text.size(), 1));
  }
}

// The bytes of all values; Error if there are more than `most`.
Index bytes_of(const std::filesystem::path& file, const Shape& shape, Index item, Index most) {
  Index bytes = item;
  for (const Index size : shape)
    if (__builtin_mul_overflow(bytes, size, &bytes)) fail("{}: {} values do not fit a file", file.string(), shape);
  if (bytes > most)
    fail("{}: {} values need {} bytes after the header, and there are {}", file.string(), shape, bytes, most);
  return bytes;
}

}  // namespace

Npy read_npy(const std::filesystem::path& file) {
  const Mapping mapping = map_file(file);
  const std::string_view bytes = mapping.bytes;
  if (bytes.size() < 12 || !bytes.starts_with(magic))
    fail("{}: byte 0: the magic number of .npy expected, found {} bytes of something else", file.string(),
         bytes.size());
  const int version = bytes[6];
  if (version < 1 || version > 3) fail("{}: byte 6: version 1, 2 or 3 expected, found {}", file.string(), version);
  const std::size_t begin = version == 1 ? 10 : 12;
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + 8, version == 1 ? 2 : 4);
  if (length > bytes.size() - begin)
    fail("{}: byte 8: a header of {} bytes, but the file has {}", file.string(), length, bytes.size());
  const Header header(file, bytes.substr(begin, length));

  static const std::map<std::string_view, Index> sizes = {{"<i2", 2}, {"|u1", 1}, {"<f4", 4}, {"<f8", 8}, {"<i8", 8}};
  const std::string_view type = header.entry("descr", '\'', '\'');
  const auto item = sizes.find(type);
  if (item == sizes.end()) header.bad("descr", "one of <i2 |u1 <f4 <f8 <i8");
  header.expect("fortran_order", "False");
  const Shape shape = shape_in(header);
  const auto rest = Index(bytes.size() - begin - length);
  if (const Index needed = bytes_of(file, shape, item->second, rest); needed != rest)
    fail("{}: {} values need {} bytes after the header, and there are {}", file.string(), shape, needed, rest);
  if ((begin + length) % std::size_t(item->second) != 0)
    fail("{}: byte {}: the values begin here, but must begin at a multiple of {}", file.string(), begin + length,
         item->second);
  return {shape, std::string(type), mapping.memory, bytes.data() + begin + length};
}

NpyWriter::NpyWriter(const std::filesystem::path& file, const Shape& shape) : file_(file), missing_(elements(shape)) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (const Index size : shape) header += fmt::format("{}, ", size);
  header += "), }";
  header.append(64 - (magic.size() + 4 + header.size() + 1) % 64, ' ');
  header += '\n';
  const auto length = static_cast<std::uint16_t>(header.size());
  const std::string start = std::string(magic) + '\1' + '\0' + char(length & 0xff) + char(length >> 8) + header;
  file_.write(start.data(), Index(start.size()));
}

void NpyWriter::write(const float* values, Index count) {
  file_.write(values, count * Index(sizeof(float)));
  missing_ -= count;
}

void NpyWriter::finish() {
  if (missing_ != 0) fail("{} values are missing", missing_);
  file_.commit();
}

}  // namespace latent::modelnet
