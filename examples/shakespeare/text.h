// Texts as numbers: one token for each character.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "train/loader.h"

namespace latent::shakespeare {

// The characters of a text, sorted and numbered.
class Vocabulary {
 public:
  explicit Vocabulary(const std::string& text);  // UTF-8; Error if it is not, or if it is empty

  Index size() const { return Index(characters_.size()); }
  std::vector<Index> encode(const std::string& text) const;  // Error naming a character that is unknown
  bool knows(const std::string& character) const { return tokens_.contains(character); }
  const std::string& decode(Index token) const { return characters_[std::size_t(token)]; }
  std::string characters() const;  // all of them, from which an equal vocabulary can be made

 private:
  std::vector<std::string> characters_;
  std::map<std::string, Index> tokens_;
};

struct Text {
  Vocabulary vocabulary;
  std::vector<Index> tokens;
  Index train_size;  // the first tokens are for training; the rest is held out
};

// Loads a file, or a folder with input.txt; `data` empty: the sonnets in the program.  `validation` is the share that
// is held out, at the end.
Text load_text(const std::string& data, double validation);

// input: characters; target: the character after each of them; both i64 (B, T), with T = length
train::Batch make_batch(const std::vector<Index>& tokens, const std::vector<Index>& begins, Index length);

}  // namespace latent::shakespeare
