#include "docs/tour/exercises/exercises.h"

namespace latent::tour {

static Tensor leaf(const Tensor& x) { return contiguous(x.detach()).require_grad(); }

double newton_step(const ScalarFunction& f, double x) {
  const Tensor at = leaf(scalar(x, DType::f64)), slope = grad(f(at), {at}, true)[0];
  return x - slope.item() / grad(slope, {at})[0].item();
}

Tensor hessian(const ScalarFunction& f, const Tensor& x) {
  const Tensor at = leaf(x), slopes = grad(f(at), {at}, true)[0];
  Tensors rows;
  for (Index i = 0; i < x.size(0); ++i) rows.push_back(grad(select(slopes, 0, i), {at})[0]);
  return stack(rows);
}

// Solves H d = g by conjugate gradients, with products of H only (Hestenes and Stiefel 1952).
static Tensor solve(const std::function<Tensor(const Tensor&)>& product, const Tensor& g) {
  Tensor d = zeros_like(g), rest = g, way = g;
  double square = sum(rest * rest).item();
  for (Index i = 0; i < g.size(0) && square > 1e-28; ++i) {
    const Tensor changed = product(way);
    const double length = square / sum(way * changed).item();
    d = d + length * way;
    rest = rest - length * changed;
    const double next = sum(rest * rest).item();
    way = rest + next / square * way;
    square = next;
  }
  return d;
}

Tensor minimize(const ScalarFunction& f, const Tensor& x) {
  Tensor at = leaf(x);
  for (int step = 0; step < 100; ++step) {
    const Tensor slopes = grad(f(at), {at}, true)[0], plain = slopes.detach();
    if (max(abs(plain)).item() < 1e-9) break;
    const auto product = [&](const Tensor& v) { return grad(sum(slopes * v), {at})[0]; };
    at = leaf(at.detach() - solve(product, plain));
  }
  return at.detach();
}

}  // namespace latent::tour
