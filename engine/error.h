// One exception and one style of message: "op: what came, what was needed", with the numbers.
#pragma once
#include <fmt/format.h>

#include <stdexcept>

namespace latent {

struct Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A file or folder does not exist.
struct MissingFile : Error {
  using Error::Error;
};

template <class... Args> [[noreturn]] void fail(fmt::format_string<Args...> text, Args&&... args) {
  throw Error(fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace latent
