// Initial values of parameters.  One Init is passed to every layer in turn, so a model follows from a seed and a type.
#pragma once
#include "engine/ops.h"

namespace latent::nn {

struct Init {
  Generator generator{0};
  DType dtype = DType::f32;
  // Stride-0 placeholders: a model of any size without memory (JAX: eval_shape; PyTorch: meta device)
  bool shapes_only = false;

  // Normal, cut at two deviations.  As in the Perceiver's code, std is that of the normal before the cut.
  Tensor trunc_normal(const Shape& shape, double std) {
    return shapes_only ? placeholder(shape) : latent::trunc_normal(shape, std, generator, dtype);
  }
  Tensor zeros(const Shape& shape) const { return shapes_only ? placeholder(shape) : latent::zeros(shape, dtype); }
  Tensor ones(const Shape& shape) const { return shapes_only ? placeholder(shape) : latent::ones(shape, dtype); }
  // A constant, not a parameter: make()'s result
  template <std::invocable F> Tensor constant(const Shape& shape, F make) const {
    return shapes_only ? placeholder(shape) : cast(make(), dtype);
  }

 private:
  Tensor placeholder(const Shape& shape) const { return scalar(0, dtype).view(shape, Shape::filled(shape.rank(), 0)); }
};

}  // namespace latent::nn
