// The format: the header's length as a little-endian u64, the header (JSON: dtype, shape and place of every tensor),
// the values.
#include "engine/safetensors.h"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "engine/atomic_file.h"

namespace latent {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian, and so is this code");

constexpr Index length_bytes = 8;  // of the header's length, at the head of the file
constexpr std::uint64_t longest_header = 100'000'000;
constexpr auto metadata_key = "__metadata__";
constexpr char not_an_entry[] = "has to be an object of dtype, shape and data_offsets";

constexpr std::pair<const char*, DType> dtype_names[] = {{"F32", DType::f32}, {"F64", DType::f64}, {"I64", DType::i64}};

std::string errno_text() { return std::generic_category().message(errno); }

// Where a tensor's values lie, in bytes after the header.
struct Entry {
  std::string name;
  DType dtype = DType::f32;
  Shape shape;
  Index begin = 0, end = 0;
};

class Loader {
 public:
  explicit Loader(const fs::path& file) : file_(file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error == std::errc::no_such_file_or_directory)
      throw MissingFile(fmt::format("{}: no such file", file.string()));
    if (error) fail("load_tensors: {}: {}", file.string(), error.message());
    size_ = static_cast<Index>(size);
    stream_.open(file, std::ios::binary);
    if (!stream_) fail("load_tensors: {}: {}", file.string(), errno_text());
  }

  TensorFile load() {
    const Json header = read_header();
    TensorFile content;
    std::vector<Entry> entries;
    for (const auto& [name, value] : header.items()) {
      if (name == metadata_key)
        content.metadata = metadata(value);
      else
        entries.push_back(entry(name, value));
    }
    check_places(entries);
    for (const Entry& entry : entries) {
      const Tensor values = Tensor::empty(entry.shape, entry.dtype);
      read(values.storage()->data, entry.end - entry.begin);
      content.tensors.emplace(entry.name, values);
    }
    return content;
  }

 private:
  template <class... Args>
  [[noreturn]] void fail_at(Index byte, fmt::format_string<Args...> text, Args&&... args) const {
    fail("load_tensors: {}: byte {}: {}", file_.string(), byte, fmt::format(text, std::forward<Args>(args)...));
  }

  // As fail_at, at the place in the header where `name` stands.
  template <class... Args>
  [[noreturn]] void fail_in(const std::string& name, fmt::format_string<Args...> text, Args&&... args) const {
    const auto found = header_.find(Json(name).dump());
    fail_at(length_bytes + static_cast<Index>(found == std::string::npos ? 0 : found), "\"{}\" {}", name,
            fmt::format(text, std::forward<Args>(args)...));
  }

  void read(void* values, Index bytes) {
    const Index byte = stream_.tellg();
    stream_.read(static_cast<char*>(values), bytes);
    if (stream_.gcount() != bytes) fail_at(byte, "{} bytes could be read, and {} are needed", stream_.gcount(), bytes);
  }

  Json read_header() {
    if (size_ < length_bytes)
      fail_at(size_, "the file ends, and it has to begin with the {} bytes of a length", length_bytes);
    std::uint64_t length;
    read(&length, length_bytes);
    if (length > longest_header) fail_at(0, "a header of {} bytes, and at most {} are allowed", length, longest_header);
    const Index left = size_ - length_bytes;
    if (static_cast<Index>(length) > left)
      fail_at(0, "a header of {} bytes, and {} bytes follow in the file", length, left);
    header_.resize(length);
    read(header_.data(), static_cast<Index>(length));
    if (!header_.starts_with('{'))
      fail_at(length_bytes, "the header has to begin with '{{': this is no safetensors file");
    values_begin_ = length_bytes + static_cast<Index>(length);
    return parse_header();
  }

  // Checks the header while it is parsed, before a tree of it is built: a tree keeps only the last of equal keys, and
  // takes many times the bytes of the text.  A header is an object of objects with lists of at most max_rank values.
  class Form {
   public:
    explicit Form(const Loader& loader) : loader_(loader) {}

    bool null() { return value(); }
    bool boolean(bool) { return value(); }
    bool number_integer(Json::number_integer_t) { return value(); }
    bool number_unsigned(Json::number_unsigned_t) { return value(); }
    bool number_float(Json::number_float_t, const std::string&) { return value(); }
    bool string(std::string&) { return value(); }
    bool binary(Json::binary_t&) { return value(); }
    bool start_object(std::size_t) { return begin(false); }
    bool start_array(std::size_t) { return begin(true); }
    bool end_object() { return end(); }
    bool end_array() { return end(); }

    bool key(const std::string& key) {
      (open_.size() == 1 ? name_ : key_) = key;
      std::set<std::string>& keys = open_.back().keys;
      if (!keys.insert(key).second) loader_.fail_in(key, "stands in the header twice, and names have to be unique");
      if (open_.size() == 2 && name_ != metadata_key && keys.size() > 3) loader_.fail_in(name_, not_an_entry);
      return true;
    }
    bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) {
      if (dynamic_cast<const Json::out_of_range*>(&error))
        loader_.fail_at(length_bytes, "the header has a number that no double can hold");
      loader_.fail_at(length_bytes + static_cast<Index>(byte) - 1, "the header is not valid JSON here");
    }

   private:
    struct Open {
      bool is_list;
      std::size_t values = 0;
      std::set<std::string> keys = {};
    };

    bool value() {
      if (open_.empty() || !open_.back().is_list || ++open_.back().values <= max_rank) return true;
      if (open_.size() == 2) loader_.fail_in(name_, not_an_entry);
      loader_.fail_in(name_, "needs as {} an array of at most {} integers", key_, max_rank);
    }
    bool begin(bool is_list) {
      constexpr std::size_t deepest = 3;
      if (open_.size() == deepest)
        loader_.fail_at(length_bytes, "the header is nested deeper than that of a safetensors file");
      value();
      open_.push_back({is_list});
      return true;
    }
    bool end() {
      open_.pop_back();
      return true;
    }

    const Loader& loader_;
    std::vector<Open> open_;
    std::string name_, key_;  // now open: the name of a tensor, and a key in its entry
  };

  Json parse_header() const {
    Form form(*this);
    Json::sax_parse(header_, &form);
    return Json::parse(header_);
  }

  std::map<std::string, std::string> metadata(const Json& value) const {
    if (!value.is_object())
      fail_in(metadata_key, "is a JSON {}, and an object of strings is needed", value.type_name());
    for (const auto& [key, text] : value.items())
      if (!text.is_string()) fail_in(key, "in the metadata is a JSON {}, and a string is needed", text.type_name());
    return value.get<std::map<std::string, std::string>>();
  }

  Entry entry(const std::string& name, const Json& value) const {
    const bool complete = value.is_object() && value.size() == 3 && value.contains("dtype") &&
                          value.contains("shape") && value.contains("data_offsets");
    if (!complete) fail_in(name, not_an_entry);
    const Shape offsets = integers(name, "data_offsets", value["data_offsets"]);
    if (offsets.rank() != 2) fail_in(name, "has {} data_offsets, and 2 are needed", offsets.rank());
    const Entry entry{name, dtype(name, value["dtype"]), integers(name, "shape", value["shape"]), offsets[0],
                      offsets[1]};
    if (entry.end < entry.begin) fail_in(name, "ends at byte {}, before it begins at byte {}", entry.end, entry.begin);
    if (entry.end - entry.begin != bytes(entry))
      fail_in(name, "has {} bytes, and {} are needed for {} {}", entry.end - entry.begin, bytes(entry),
              to_string(entry.dtype), entry.shape);
    return entry;
  }

  DType dtype(const std::string& name, const Json& value) const {
    for (const auto& [text, dtype] : dtype_names)
      if (value == text) return dtype;
    fail_in(name, "has dtype {}, and \"F32\", \"F64\" or \"I64\" is needed", value.dump());
  }

  Shape integers(const std::string& name, const char* key, const Json& value) const {
    if (!value.is_array() || value.size() > max_rank)
      fail_in(name, "needs as {} an array of at most {} integers", key, max_rank);
    Shape result;
    for (const Json& number : value) {
      if (!number.is_number_unsigned() || number.get<std::uint64_t>() > std::numeric_limits<Index>::max())
        fail_in(name, "has {} in its {}, and an integer from 0 to 2^63 - 1 is needed", number.dump(), key);
      result.push_back(number);
    }
    return result;
  }

  // The product skips sizes of 0: strides are products of the other sizes and must fit as well.
  Index bytes(const Entry& entry) const {
    Index product = bytes_of(entry.dtype);
    for (const Index size : entry.shape)
      if (size > 0 && __builtin_mul_overflow(product, size, &product))
        fail_in(entry.name, "has shape {}, whose size in bytes is beyond 2^63 - 1", entry.shape);
    return std::ranges::count(entry.shape, 0) > 0 ? 0 : product;
  }

  // Sorts the entries by place; the values have to fill the file without gap or overlap.
  void check_places(std::vector<Entry>& entries) const {
    std::ranges::sort(entries, {}, [](const Entry& entry) { return std::pair(entry.begin, entry.end); });
    Index end = 0;
    for (const Entry& entry : entries) {
      if (entry.begin != end)
        fail_in(entry.name, "begins at byte {} of the values, and {} is needed", entry.begin, end);
      end = entry.end;
    }
    const Index left = size_ - values_begin_;
    if (end != left) fail_at(values_begin_, "{} bytes of values follow the header, and {} are needed", left, end);
  }

  fs::path file_;
  std::ifstream stream_;
  Index size_ = 0, values_begin_ = 0;
  std::string header_;
};

using NameAndTensor = std::pair<std::string, Tensor>;

std::string make_header(const std::vector<NameAndTensor>& tensors, std::map<std::string, std::string> metadata) {
  metadata.try_emplace("format", "pt");  // other loaders look for it
  Json header = {{metadata_key, metadata}};
  Index begin = 0;
  for (const auto& [name, tensor] : tensors) {
    const Index end = begin + tensor.size() * bytes_of(tensor.dtype());
    const auto* dtype = std::ranges::find(dtype_names, tensor.dtype(), [](const auto& pair) { return pair.second; });
    const std::vector<Index> shape(tensor.shape().begin(), tensor.shape().end());
    header[name] = {{"dtype", dtype->first}, {"shape", shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

TensorFile load_tensors(const fs::path& file) { return Loader(file).load(); }

void save_tensors(const fs::path& file, const TensorFile& content) {
  std::vector<NameAndTensor> tensors(content.tensors.begin(), content.tensors.end());
  for (const auto& [name, tensor] : tensors) {
    if (!tensor.defined()) fail("save_tensors: {}: \"{}\" is undefined, and a tensor is needed", file.string(), name);
    if (name == metadata_key) fail("save_tensors: {}: a tensor may not be named \"{}\"", file.string(), name);
  }
  std::ranges::stable_sort(tensors, std::greater{},
                           [](const NameAndTensor& each) { return bytes_of(each.second.dtype()); });

  std::string header;
  try {
    header = make_header(tensors, content.metadata);
  } catch (const Json::exception& error) {
    fail("save_tensors: {}: names and metadata have to be UTF-8: {}", file.string(), error.what());
  }
  const std::uint64_t length = header.size();
  if (length > longest_header)
    fail("save_tensors: {}: a header of {} bytes, and at most {} are allowed", file.string(), length, longest_header);

  AtomicFile output(file);
  output.write(&length, length_bytes);
  output.write(header.data(), static_cast<Index>(length));
  for (const auto& [name, tensor] : tensors) {
    const Tensor values = Tensor::empty(tensor.shape(), tensor.dtype());
    values.copy_from(tensor);
    output.write(values.storage()->data, tensor.size() * bytes_of(tensor.dtype()));
  }
  output.commit();
}

}  // namespace latent
