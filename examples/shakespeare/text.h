// Texts as numbers: one token for each character.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "train/loader.h"

namespace latent::shakespeare {

// The characters that a text is made of, numbered in their order.
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

// The sonnets in the program, or what is named: a file, or a folder with input.txt.  The last part of it is held out.
Text load_text(const std::string& data, double validation);

// i64 (B, N): characters, and those that follow each of them
train::Batch make_batch(const std::vector<Index>& tokens, const std::vector<Index>& begins, Index length);

}  // namespace latent::shakespeare
