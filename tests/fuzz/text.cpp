#include "examples/shakespeare/text.h"

#include "examples/app/utf8.h"
#include "tests/fuzz/harness.h"

namespace latent::fuzz {

void read(std::string_view input) {
  const shakespeare::Text text = shakespeare::load_text(file_of(input).string(), 0.1);
  std::string again;
  for (const Index token : text.tokens) again += text.vocabulary.decode(token);
  if (input.starts_with(examples::byte_order_mark)) input.remove_prefix(examples::byte_order_mark.size());
  expect(again == input, "the tokens are the text");
  const shakespeare::Vocabulary equal(text.vocabulary.characters());
  expect(equal.encode(again) == text.tokens, "an equal vocabulary is made from its characters");
}

std::vector<std::string> seeds() {
  return {"From fairest creatures we desire increase,\n", "\u00e9\u4e16\U0001f600\n", "\xef\xbb\xbf\r\n\t", "x"};
}

}  // namespace latent::fuzz
