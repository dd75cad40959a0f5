#include "examples/shakespeare/text.h"

#include <algorithm>
#include <filesystem>

#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/app/utf8.h"
#include "examples/shakespeare/recipes.h"

namespace latent::shakespeare {
namespace {

// Calls visit(character) for each character of the text.
template <class Visit> void for_each_character(const std::string& text, Visit visit) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = examples::character_size(std::string_view(text).substr(i));
    if (bytes == 0) fail("byte {} of the text, {:#04x}, is not UTF-8", i, static_cast<unsigned char>(text[i]));
    visit(text.substr(i, bytes));
    i += bytes;
  }
}

std::string read_input(const std::string& data) {
  if (data.empty()) return verse_txt;
  const std::filesystem::path found = examples::data_folder(data);
  const std::filesystem::path file = std::filesystem::is_directory(found) ? found / "input.txt" : found;
  if (!std::filesystem::exists(file))
    throw MissingFile(
        fmt::format("{}: no such file; scripts/download.sh shakespeare fetches it; without --data the program uses "
                    "its own sonnets",
                    file.string()));
  return examples::read_text(file.string());
}

}  // namespace

Vocabulary::Vocabulary(const std::string& text) {
  for_each_character(text, [&](const std::string& character) { tokens_[character] = 0; });
  if (tokens_.empty()) fail("the text is empty, and at least one character is needed");
  for (auto& [character, token] : tokens_) {
    token = size();
    characters_.push_back(character);
  }
}

std::vector<Index> Vocabulary::encode(const std::string& text) const {
  std::vector<Index> tokens;
  for_each_character(text, [&](const std::string& character) {
    const auto found = tokens_.find(character);
    if (found == tokens_.end())
      fail("the character '{}' is unknown; the model knows these {}: {}", character, size(), characters());
    tokens.push_back(found->second);
  });
  return tokens;
}

std::string Vocabulary::characters() const {
  std::string all;
  for (const std::string& character : characters_) all += character;
  return all;
}

Text load_text(const std::string& data, double validation) {
  const std::string input = read_input(data);
  const Vocabulary vocabulary(input);
  std::vector<Index> tokens = vocabulary.encode(input);
  const auto train_size = static_cast<Index>(double(tokens.size()) * (1 - validation));
  return {vocabulary, std::move(tokens), train_size};
}

train::Batch make_batch(const std::vector<Index>& tokens, const std::vector<Index>& begins, Index length) {
  const auto count = static_cast<Index>(begins.size());
  train::Batch batch{Tensor::empty({count, length}, DType::i64), Tensor::empty({count, length}, DType::i64)};
  Index *text = batch.input.mutable_data<Index>(), *next = batch.target.mutable_data<Index>();
  for (const Index begin : begins) {
    text = std::copy_n(tokens.begin() + begin, length, text);
    next = std::copy_n(tokens.begin() + begin + 1, length, next);
  }
  return batch;
}

}  // namespace latent::shakespeare
