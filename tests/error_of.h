// For tests of messages.
#pragma once
#include "engine/error.h"

namespace latent::test {

// The message of the Error that f throws.
template <class F> std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) { return error.what(); }
  return "no error";
}

}  // namespace latent::test
