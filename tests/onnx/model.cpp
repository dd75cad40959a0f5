#include "tests/onnx/model.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace latent::onnx {
namespace {

// Protobuf's wire format: a message is a sequence of fields, each a number, a wire type and a value.
struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // of a number
  std::string_view bytes;   // of a string, a message or a packed list
  bool is_bytes = false;
};

std::string_view take(std::string_view& from, std::uint64_t count) {
  if (count > from.size()) fail("protobuf: {} bytes are announced and {} are there", count, from.size());
  const std::string_view taken = from.substr(0, count);
  from.remove_prefix(count);
  return taken;
}

std::uint64_t take_varint(std::string_view& from) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(from, 1)[0]);
    if (shift < 64) value |= std::uint64_t(byte & 127) << shift;
    if (byte < 128) return value;
  }
  fail("protobuf: a number of more than 10 bytes");
}

std::uint64_t take_fixed(std::string_view& from, std::uint64_t size) {  // little-endian
  std::uint64_t value = 0, shift = 0;
  for (const char byte : take(from, size)) {
    value |= std::uint64_t(static_cast<unsigned char>(byte)) << shift;
    shift += 8;
  }
  return value;
}

std::vector<Field> fields(std::string_view message) {
  std::vector<Field> all;
  while (!message.empty()) {
    const std::uint64_t key = take_varint(message);
    Field field;
    field.number = key >> 3;
    switch (key & 7) {
      case 0: field.value = take_varint(message); break;
      case 1: field.value = take_fixed(message, 8); break;
      case 2:
        field.bytes = take(message, take_varint(message));
        field.is_bytes = true;
        break;
      case 5: field.value = take_fixed(message, 4); break;
      default: fail("protobuf: field {} has wire type {}, and 0, 1, 2 and 5 are known", field.number, key & 7);
    }
    all.push_back(field);
  }
  return all;
}

float as_float(std::uint64_t bits) { return std::bit_cast<float>(std::uint32_t(bits)); }
double as_double(std::uint64_t bits) { return std::bit_cast<double>(bits); }

float as_half(std::uint64_t bits) {
  const int exponent = int(bits >> 10 & 31), fraction = int(bits & 1023);
  const float size = exponent == 31  ? (fraction ? NAN : INFINITY)
                     : exponent == 0 ? std::ldexp(float(fraction), -24)
                                     : std::ldexp(float(fraction + 1024), exponent - 25);
  return bits >> 15 & 1 ? -size : size;
}

// A repeated number, whose elements take `size` bytes each or are varints (0); one of them, or a packed list.
void append(std::vector<std::uint64_t>& numbers, const Field& field, std::uint64_t size) {
  if (!field.is_bytes) return numbers.push_back(field.value);
  for (std::string_view rest = field.bytes; !rest.empty();)
    numbers.push_back(size == 0 ? take_varint(rest) : take_fixed(rest, size));
}

// The bytes of a value in raw_data, and what becomes of the type.
std::pair<std::uint64_t, DType> stored_as(int type) {
  switch (type) {
    case 1: return {4, DType::f32};
    case 6: return {4, DType::i64};
    case 7: return {8, DType::i64};
    case 9: return {1, DType::f32};
    case float16_type: return {2, DType::f32};
    case 11: return {8, DType::f64};
    default: throw NotExpressible(fmt::format("dtype {}", name_of(type)));
  }
}

template <class T> T value_of(int type, std::uint64_t bits) {
  switch (type) {
    case 1: return T(as_float(bits));
    case 6: return T(std::int32_t(std::uint32_t(bits)));
    case 9: return T(bits != 0);
    case float16_type: return T(as_half(bits));
    case 11: return T(as_double(bits));
    default: return T(Index(bits));
  }
}

std::string text_of(const Field& field) { return std::string(field.bytes); }

struct NamedValue {
  std::string name;
  Value value;
};

NamedValue read_named(std::string_view message) {
  std::vector<std::uint64_t> sizes, numbers;
  std::string_view raw;
  NamedValue read;
  int& type = read.value.type;
  for (const Field& field : fields(message)) switch (field.number) {
      case 1: append(sizes, field, 0); break;
      case 2: type = int(field.value); break;
      case 4: append(numbers, field, 4); break;  // float_data
      case 5: append(numbers, field, 0); break;  // int32_data
      case 7: append(numbers, field, 0); break;  // int64_data
      case 8: read.name = text_of(field); break;
      case 9: raw = field.bytes; break;           // raw_data
      case 10: append(numbers, field, 8); break;  // double_data
      default: break;
    }
  const auto [bytes, dtype] = stored_as(type);
  while (!raw.empty()) numbers.push_back(take_fixed(raw, bytes));
  Shape shape;
  for (const std::uint64_t size : sizes) shape.push_back(Index(size));
  if (Index(numbers.size()) != elements(shape)) fail("onnx: {} values for a tensor of shape {}", numbers.size(), shape);
  read.value.tensor = Tensor::empty(shape, dtype);
  with_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    T* to = read.value.tensor.mutable_data<T>();
    for (const std::uint64_t bits : numbers) *to++ = value_of<T>(type, bits);
  });
  return read;
}

// What is in a list of named things: the name is field `number` of each message.
std::string name_in(std::string_view message, std::uint64_t number) {
  for (const Field& field : fields(message))
    if (field.number == number) return text_of(field);
  return "";
}

std::pair<std::string, Attribute> read_attribute(std::string_view message) {
  std::string name;
  Attribute read;
  std::vector<std::uint64_t> reals, integers;
  for (const Field& field : fields(message)) switch (field.number) {
      case 1: name = text_of(field); break;
      case 2: read.real = as_float(field.value); break;
      case 3: read.integer = Index(field.value); break;
      case 4: read.text = text_of(field); break;
      case 5: read.tensor = read_tensor(field.bytes).tensor; break;
      case 7: append(reals, field, 4); break;
      case 8: append(integers, field, 0); break;
      case 9: read.texts.push_back(text_of(field)); break;
      default: break;
    }
  for (const std::uint64_t bits : reals) read.reals.push_back(as_float(bits));
  for (const std::uint64_t bits : integers) read.integers.push_back(Index(bits));
  return {name, read};
}

Node read_node(std::string_view message) {
  Node node;
  for (const Field& field : fields(message)) switch (field.number) {
      case 1: node.inputs.push_back(text_of(field)); break;
      case 2: node.outputs.push_back(text_of(field)); break;
      case 4: node.op = text_of(field); break;
      case 5: node.attributes.insert(read_attribute(field.bytes)); break;
      default: break;
    }
  return node;
}

// The name of a graph's input or output, which has to be a tensor.
std::string read_value_info(std::string_view message) {
  for (const Field& field : fields(message))
    if (field.number == 2)
      for (const Field& type : fields(field.bytes))
        if (type.number != 1 && type.number != 6)  // TypeProto.tensor_type, denotation
          throw NotExpressible(type.number == 4 ? "sequences of tensors" : "optional values");
  return name_in(message, 1);
}

void read_graph(std::string_view message, Model& model) {
  for (const Field& field : fields(message)) switch (field.number) {
      case 1: model.nodes.push_back(read_node(field.bytes)); break;
      case 5: {
        const NamedValue read = read_named(field.bytes);
        model.initializers[read.name] = read.value.tensor;
        break;
      }
      case 11: model.inputs.push_back(read_value_info(field.bytes)); break;
      case 12: model.outputs.push_back(read_value_info(field.bytes)); break;
      default: break;
    }
  std::erase_if(model.inputs, [&](const std::string& name) { return model.initializers.contains(name); });
}

}  // namespace

const char* name_of(int type) {
  constexpr const char* names[] = {"undefined", "float",  "uint8",     "int8",       "uint16",  "int16",
                                   "int32",     "int64",  "string",    "bool",       "float16", "double",
                                   "uint32",    "uint64", "complex64", "complex128", "bfloat16"};
  return type >= 0 && type < int(std::size(names)) ? names[type] : "unknown";
}

Value read_tensor(std::string_view message) { return read_named(message).value; }

std::vector<std::string> operators_in(std::string_view model) {
  std::vector<std::string> all;
  for (const Field& field : fields(model))
    if (field.number == 7)
      for (const Field& node : fields(field.bytes))
        if (node.number == 1) all.push_back(name_in(node.bytes, 4));
  return all;
}

Model read_model(std::string_view message) {
  Model model;
  for (const Field& field : fields(message)) {
    if (field.number == 7) read_graph(field.bytes, model);
    if (field.number == 8 && name_in(field.bytes, 1).empty())  // the version of ONNX's own operators
      for (const Field& part : fields(field.bytes))
        if (part.number == 2) model.opset = Index(part.value);
  }
  return model;
}

}  // namespace latent::onnx
