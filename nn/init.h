// Initial values of parameters.  One Init is passed to every layer in turn, so its seed and dtype determine the model.
#pragma once
#include "engine/ops.h"

namespace latent::nn {

struct Init {
  Generator generator{0};
  DType dtype = DType::f32;
  // Meta tensors: views of one number with stride 0, for a model of any size (PyTorch: meta device; JAX: eval_shape)
  bool shapes_only = false;

  // Normal, cut at two deviations.  As in the Perceiver's code, std is the deviation before the cut.
  Tensor trunc_normal(const Shape& shape, double std) {
    return shapes_only ? placeholder(shape) : latent::trunc_normal(shape, std, generator, dtype);
  }
  Tensor zeros(const Shape& shape) const { return shapes_only ? placeholder(shape) : latent::zeros(shape, dtype); }
  Tensor ones(const Shape& shape) const { return shapes_only ? placeholder(shape) : latent::ones(shape, dtype); }
  // The result of make(): a constant, not a parameter
  template <std::invocable F> Tensor constant(const Shape& shape, F make) const {
    return shapes_only ? placeholder(shape) : cast(make(), dtype);
  }

 private:
  Tensor placeholder(const Shape& shape) const { return scalar(0, dtype).view(shape, Shape::filled(shape.rank(), 0)); }
};

}  // namespace latent::nn
