// What the tests of layers and models share.
#pragma once
#include <algorithm>
#include <functional>

#include "nn/nn.h"
#include "tests/catch.h"
#include "tests/error_of.h"

namespace latent::test {

inline Tensor random_tensor(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Generator generator(seed);
  return randn(shape, generator, dtype);
}

// Random numbers for all parameters: ones and zeros would hide what weights and biases do.
inline void randomize(const nn::Module& model, std::uint64_t seed = 1) {
  for (const auto& [name, tensor] : model.parameters())
    tensor.copy_from(0.5 * random_tensor(tensor.shape(), ++seed, tensor.dtype()));
}

inline double largest(const Tensor& x) { return x.size() == 0 ? 0 : max(abs(x.detach())).item(); }
inline double difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  return largest(a.detach() - b.detach());
}

inline std::vector<std::string> names(const nn::Module& model) {
  std::vector<std::string> all;
  for (const auto& [name, tensor] : model.parameters()) all.push_back(name);
  return all;
}

// f() against a random direction, as one number.
inline Tensor projected(const std::function<Tensor()>& f) {
  const Tensor y = f();
  return sum(y * random_tensor(y.shape(), 7, y.dtype()));
}

// The gradients that backward() leaves for the projection of f().
inline nn::NamedTensors gradients_of(const nn::Parameters& parameters, const std::function<Tensor()>& f) {
  for (const auto& [name, tensor] : parameters) tensor.zero_grad();
  backward(projected(f));
  nn::NamedTensors gradients;
  for (const auto& [name, tensor] : parameters) gradients[name] = tensor.grad();
  return gradients;
}

// Gradients against central differences, in f64: of all elements, or of `most` or fewer, spread over each parameter.
inline void check_gradients(const nn::Parameters& parameters, const std::function<Tensor()>& f, Index most = 1000) {
  const nn::NamedTensors gradients = gradients_of(parameters, f);
  const NoGrad off;
  const double step = 1e-5;
  for (const auto& [name, tensor] : parameters) {
    REQUIRE(gradients.at(name).defined());
    const std::vector<double> gradient = gradients.at(name).values();
    for (Index i = 0; i < tensor.size(); i += (tensor.size() + most - 1) / most) {
      double* value = tensor.mutable_data<double>() + i;
      const auto moved = [&, before = *value](double by) {
        *value = before + by;
        const double result = projected(f).item();
        *value = before;
        return result;
      };
      const double numeric = (moved(step) - moved(-step)) / (2 * step);
      const double error = std::abs(numeric - gradient[std::size_t(i)]) / std::max(1.0, std::abs(numeric));
      if (!(error <= 1e-6)) {  // NaN too
        CAPTURE(name, i, numeric, gradient[std::size_t(i)]);
        CHECK(error <= 1e-6);
      }
    }
  }
}

}  // namespace latent::test
