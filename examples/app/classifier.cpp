#include "examples/app/classifier.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <sstream>

#include "examples/app/program.h"
#include "examples/app/utf8.h"

namespace latent::examples {
namespace {

template <class F> decltype(auto) with_model(const Classifier& classifier, F f) {
  return std::visit(f, classifier.model);
}

// Calls f(std::type_identity<M>()) for the models of the list until one returns true.
template <class F> bool any_model(F f) {
  return [&]<class... M>(std::type_identity<std::variant<M...>>) {
    return (f(std::type_identity<M>()) || ...);
  }(std::type_identity<Model>());
}

void check_has_one_answer(const models::PerceiverIoConfig& config) {
  if (!config.output_grid.empty())
    fail("one answer for each input expected, found one for each position of {}", config.output_grid);
}
void check_has_one_answer(const auto&) {}

Model model_in(const TensorFile& content, const CheckModel& check) {
  std::optional<Model> model;
  any_model([&]<class M>(std::type_identity<M>) {
    if (!models::is_kind(M::Config::kind, content.metadata)) return false;
    const auto config = models::from_metadata<typename M::Config>(content.metadata);
    check_has_one_answer(config);
    check(config.input_config());
    models::check(config);
    model = train::model_with<M>(config, config.distinct_blocks(), train::weights_in(content));
    return true;
  });
  if (!model) fail("the metadata describe no model of the kinds {}", fmt::join(model_kinds(), ", "));
  return *model;
}

Index classes_of(const Model& model) {
  return std::visit([](const auto& each) { return each.config.class_count(); }, model);
}

using Words = std::vector<std::string>;

Words words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

Classifier with_names(Model model, std::vector<std::string> classes, train::Metadata metadata) {
  if (Index(classes.size()) != classes_of(model))
    fail("the model has {} classes, but there are {} class names ({})", classes_of(model), classes.size(),
         fmt::join(classes, " "));
  for (const std::string& name : classes) {  // blanks and commas separate the names in files
    if (name.empty() || name.find_first_of(" \t\r\n,\"") != std::string::npos)
      fail("class name '{}': a name without blanks, commas and quotes is needed", name);
    if (const std::size_t byte = find_not_utf8(name); byte != std::string::npos)
      fail("class name '{}': byte {} is not UTF-8", name, byte);
  }
  return {std::move(model), std::move(classes), std::move(metadata)};
}

}  // namespace

std::string Classifier::metadata_value(const std::string& key) const {
  const auto entry = metadata.find(key);
  if (entry == metadata.end()) fail("the metadata of the model's file have no entry '{}'", key);
  return entry->second;
}
const char* Classifier::name() const {
  return with_model(*this, []<class M>(const M&) { return M::title; });
}
Tensor Classifier::operator()(const Tensor& input) const {
  return with_model(*this, [&](const auto& model) { return model(input); });
}
const nn::Module& Classifier::module() const {
  return with_model(*this, [](const auto& model) -> const nn::Module& { return model; });
}
const models::InputConfig& Classifier::input() const {
  return with_model(*this, [](const auto& model) -> const models::InputConfig& { return model.config.input_config(); });
}
Index Classifier::flops() const {
  return with_model(*this, [](const auto& model) { return model.flops(); });
}

Tensors Classifier::scores(const Tensor& input) const {
  return with_model(*this, [&](const auto& model) {
    if constexpr (requires { model.scores(input); })
      return model.scores(input);
    else
      return Tensors();
  });
}

Classifier make_classifier(const ModelConfig& config, nn::Init& init, std::vector<std::string> classes,
                           train::Metadata metadata) {
  std::optional<Model> model;
  any_model([&]<class M>(std::type_identity<M>) {
    if (const auto* own = std::get_if<typename M::Config>(&config)) model = M(*own, init);
    return model.has_value();
  });
  return with_names(std::move(*model), std::move(classes), std::move(metadata));
}

std::vector<std::string> model_kinds() {
  std::vector<std::string> kinds;
  any_model([&]<class M>(std::type_identity<M>) { return kinds.push_back(M::Config::kind), false; });
  return kinds;
}

ModelConfig model_config(const std::string& kind, const models::PerceiverConfig& sizes) {
  std::optional<ModelConfig> config;
  any_model([&]<class M>(std::type_identity<M>) {
    if (kind == M::Config::kind) config = M::Config::sized_like(sizes);
    return config.has_value();
  });
  if (!config) fail("--model {}: one of {} is needed", kind, fmt::join(model_kinds(), ", "));
  return *config;
}

Classifier load_classifier(const std::filesystem::path& file, const std::string& program, const CheckModel& check) {
  if (!std::filesystem::exists(file))
    throw MissingFile(fmt::format("{}: no such file; `{} train` leaves best.safetensors in its --out folder",
                                  file.string(), program));
  const TensorFile content = load_tensors(file);
  try {
    for (const auto& [name, weights] : content.tensors)
      if (weights.dtype() != DType::i64 && !all_finite(weights)) fail("{} holds NaN or infinity", name);
    const train::Metadata& about = content.metadata;
    const auto classes = about.find("classes");
    return with_names(model_in(content, check), classes == about.end() ? Words() : words(classes->second), about);
  } catch (const Error& error) { fail("{}: {}", file.string(), error.what()); }
}

train::Metadata to_metadata(const Classifier& classifier) {
  train::Metadata all = with_model(classifier, [](const auto& model) { return models::to_metadata(model.config); });
  all["classes"] = fmt::format("{}", fmt::join(classifier.classes, " "));
  all.insert(classifier.metadata.begin(), classifier.metadata.end());
  return all;
}

}  // namespace latent::examples
