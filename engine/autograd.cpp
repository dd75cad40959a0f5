#include "engine/autograd.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <map>
#include <memory_resource>
#include <mutex>
#include <unordered_map>

#include "engine/profile.h"

namespace latent {
namespace {

thread_local bool is_recording = true;
std::atomic<bool> is_detecting{false};
std::atomic<Index> node_count{0};
std::atomic<std::uint64_t> last_id{0};

void check_finite(const char* when, const char* op, const Tensor& x) {
  if (is_detecting && x.defined() && !all_finite(x))
    fail("{}{}: the result {} holds NaN or infinity", when, op, x.shape());
}

const Tensor& tensor_of(const Tensor& x) { return x; }
const Tensor& tensor_of(const Input& x) { return x.tensor; }

// Every op ends here with its value.
template <class Inputs> void observe(const char* op, const Tensor& value, const Inputs& inputs) {
  check_finite("", op, value);
  if (!profile::is_on()) return;
  std::vector<const Tensor*> operands;
  for (const auto& input : inputs) operands.push_back(&tensor_of(input));
  profile::end_op(op, value, operands);
}

}  // namespace

bool recording() { return is_recording; }
Recording::Recording(bool on) : before_(is_recording) { is_recording = on; }
Recording::~Recording() { is_recording = before_; }
DetectAnomaly::DetectAnomaly(bool on) : before_(is_detecting.exchange(on)) {}
DetectAnomaly::~DetectAnomaly() { is_detecting = before_; }

Index live_nodes() { return node_count; }
Node::Node(const char* name) : op(name), id(++last_id) { ++node_count; }

// A node may be the last owner of its parents and of the tensors that its rule captured, and so on up the graph:
// freeing them here would recurse as deep as the graph.  So the outermost destructor collects the parents of all and
// frees them in a loop.
Node::~Node() {
  thread_local std::vector<Parent>* outermost = nullptr;
  --node_count;
  if (outermost) {
    std::move(parents.begin(), parents.end(), std::back_inserter(*outermost));
    return;
  }
  std::vector<Parent> waiting = std::move(parents);
  outermost = &waiting;
  rule = nullptr;
  output = grad = Tensor();
  while (!waiting.empty()) {
    const Parent parent = std::move(waiting.back());
    waiting.pop_back();
  }
  outermost = nullptr;
}

void Node::release() {
  released = true;
  parents.clear();
  rule = nullptr;
  output = Tensor();
  saved.clear();
}

// The tensors that a node's rules read must be unchanged when they run.
static void check_saved(const Node& node) {
  for (const SavedVersion& each : node.saved)
    if (const auto storage = each.storage.lock(); storage && storage->version != each.version)
      fail("{}: backward needs a value that has been overwritten: it is at version {}, and version {} is needed",
           node.op, storage->version, each.version);
}

Input::Input(const Tensor& constant)
    : tensor(constant), is_recorded(is_recording && constant.defined() && constant.requires_grad()) {}

void Input::set(Rule f, const Reads& reads) {
  rule = std::move(f);
  for (const Tensor* each : {reads.first, reads.second})
    if (each && each->defined()) saved.emplace_back(*each);
}

Tensor record(const char* op, const Tensor& value, std::span<Input> inputs) {
  observe(op, value, inputs);
  const auto count = std::count_if(inputs.begin(), inputs.end(), [](const Input& input) { return input.is_recorded; });
  if (count == 0) return value;
  auto node = std::make_shared<Node>(op);
  node->parents.reserve(std::size_t(count));
  std::vector<Input::Rule> rules;
  rules.reserve(std::size_t(count));
  for (Input& input : inputs)
    if (input.is_recorded) {
      if (!input.rule) fail("{}: input {} wants a gradient, and the op has no rule for it", op, &input - inputs.data());
      node->parents.push_back({input.tensor.node(), input.tensor.shape()});
      rules.push_back(std::move(input.rule));
      if (input.needs_output && !node->output.defined()) node->saved.emplace_back(node->output = value.detach());
      node->saved.insert(node->saved.end(), input.saved.begin(), input.saved.end());
    }
  node->rule = [rules = std::move(rules)](const Tensor& g, const Tensor& y) {
    Tensors shares;
    shares.reserve(rules.size());
    for (const Input::Rule& rule : rules) shares.push_back(rule(g, y));
    return shares;
  };
  return value.with_node(std::move(node));
}

namespace {

// The gradients of a node's parents, in the parents' shapes; undefined where none flows.
Tensors shares_of(const std::shared_ptr<Node>& node, const Tensor& gradient) {
  check_saved(*node);
  profile::Rule profiled(node->op, gradient);
  for (const SavedVersion& each : node->saved) profiled.reads(each.storage);
  Tensors shares = node->rule(gradient, node->output.defined() ? node->output.with_node(node) : Tensor());
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (!shares[i].defined()) continue;
    check_finite("backward of ", node->op, shares[i]);
    profiled.gives(shares[i]);
    if (const Shape& shape = node->parents[i].shape; shares[i].shape() != shape) shares[i] = sum_to(shares[i], shape);
  }
  return shares;
}

// From the youngest node to the oldest, so each gradient is complete when its node is reached.
// visit(node, gradient) says whether to go on to the node's parents.  With `release` a node forgets them afterwards.
template <class Visit> void propagate(const Tensor& y, const Tensor& seed, bool release, Visit visit) {
  struct Pending {
    std::shared_ptr<Node> node;
    Tensor gradient;
  };
  std::pmr::unsynchronized_pool_resource memory;  // of the map: allocated once, not for each node
  std::pmr::map<std::uint64_t, Pending, std::greater<>> pending(&memory);
  pending[y.node()->id] = {y.node(), seed};
  while (!pending.empty()) {
    const auto youngest = pending.extract(pending.begin());
    const auto& [node, gradient] = youngest.mapped();
    if (node->released) fail("{}: its history was released by backward(); grad() would have kept it", node->op);
    if (!visit(node, gradient) || node->is_leaf()) continue;
    Tensors shares = shares_of(node, gradient);
    for (std::size_t i = 0; i < shares.size(); ++i) {
      if (!shares[i].defined()) continue;
      const std::shared_ptr<Node>& parent = node->parents[i].node;
      Pending& next = pending[parent->id];
      next.node = parent;
      next.gradient = next.gradient.defined() ? next.gradient + shares[i] : std::move(shares[i]);
    }
    if (release) node->release();
  }
}

// The gradient, in memory of its own.
Tensor owned(const Tensor& gradient) {
  const auto& storage = gradient.storage();
  const bool alone = storage.use_count() == 1 && storage->bytes == gradient.size() * bytes_of(gradient.dtype());
  return alone && gradient.is_contiguous() ? gradient : gradient.copy();
}

// The sum is made outside the lock, and made again if another thread has changed the gradient meanwhile.
void add_to_leaf(Node& leaf, const Tensor& gradient) {
  static std::mutex mutex;
  std::unique_lock lock(mutex);
  for (;;) {
    const Tensor before = leaf.grad;
    lock.unlock();
    const Tensor after = before.defined() ? before + gradient : owned(gradient);
    lock.lock();
    if (leaf.grad.storage() == before.storage()) {
      leaf.grad = after;
      return;
    }
  }
}

// The gradients that reach xs; undefined where none does.
Tensors collect(const Tensor& y, const Tensor& seed, const Tensors& xs) {
  Tensors found(xs.size());
  std::uint64_t oldest = ~0ull;  // nodes older than every x lead to none
  for (const Tensor& x : xs)
    if (x.requires_grad()) oldest = std::min(oldest, x.node()->id);
  if (!y.requires_grad()) return found;
  propagate(y, seed, false, [&](const auto& node, const Tensor& gradient) {
    for (size_t i = 0; i < xs.size(); ++i)
      if (xs[i].node() == node) found[i] = gradient;
    return node->id > oldest;
  });
  return found;
}

}  // namespace

Tensors grad(const Tensor& y, const Tensors& xs, bool create_graph, const Tensor& cotangent) {
  if (!y.requires_grad())
    fail("grad: the {} tensor has no history: nothing it was made of requires a gradient", y.shape());
  for (size_t i = 0; i < xs.size(); ++i)
    if (!xs[i].requires_grad()) fail("grad: input {} of shape {} does not require a gradient", i, xs[i].shape());
  if (cotangent.defined() && (cotangent.shape() != y.shape() || cotangent.dtype() != y.dtype()))
    fail("grad: the cotangent is {} {}, and {} {} is needed", to_string(cotangent.dtype()), cotangent.shape(),
         to_string(y.dtype()), y.shape());
  const Recording scope(create_graph);
  Tensors found = collect(y, cotangent.defined() ? cotangent : ones_like(y), xs);
  for (size_t i = 0; i < xs.size(); ++i) {
    if (!found[i].defined()) found[i] = zeros_like(xs[i]);
    if (!create_graph) found[i] = owned(found[i]);
  }
  return found;
}

static void check_loss(const Tensor& loss) {
  if (!loss.requires_grad())
    fail("backward: the {} tensor has no history: nothing it was made of requires a gradient", loss.shape());
  if (loss.size() != 1)
    fail("backward: the tensor has shape {}, and one value is needed; sum it, or use grad()", loss.shape());
}

void backward(const Tensor& loss) {
  check_loss(loss);
  const NoGrad off;
  propagate(loss, ones_like(loss), true, [](const auto& node, const Tensor& gradient) {
    if (node->is_leaf()) add_to_leaf(*node, gradient);
    return true;
  });
}

Tensors backward(const Tensor& loss, const Tensors& leaves, double scale) {
  check_loss(loss);
  std::unordered_map<const Node*, Tensor> found;
  for (const Tensor& leaf : leaves) {
    if (!leaf.requires_grad() || !leaf.node()->is_leaf())
      fail("backward: the tensor of shape {} collects no gradient: it is no leaf", leaf.shape());
    if (!found.try_emplace(leaf.node().get()).second)
      fail("backward: two of the leaves are one tensor, of shape {}", leaf.shape());
  }
  const NoGrad off;
  propagate(loss, full(loss.shape(), scale, loss.dtype()), true, [&](const auto& node, const Tensor& gradient) {
    if (!node->is_leaf()) return true;
    if (const auto leaf = found.find(node.get()); leaf != found.end()) leaf->second = owned(gradient);
    return true;
  });
  Tensors gradients;
  for (const Tensor& leaf : leaves) gradients.push_back(found[leaf.node().get()]);
  return gradients;
}

// The composition is differentiated with respect to aliases of the inputs: each has a node of its own, so an input that
// is given twice, or that depends on another, is counted once.
static Tensors composed_gradients(const Composed& composed, const Tensors& inputs, const Tensor& g) {
  Tensors aliases;
  for (const Tensor& x : inputs)
    aliases.push_back(x.defined() ? record("alias", x.detach(), {{x, [](const Tensor& gx) { return gx; }}}) : x);
  return collect(composed(aliases), g, aliases);
}

Tensor record_fused(const char* op, const Tensor& value, const Tensors& inputs, FusedGradients gradients,
                    Composed composed, const Tensors& constants) {
  observe(op, value, inputs);
  if (!is_recording) return value;
  std::vector<bool> wanted;
  for (const Tensor& each : inputs) wanted.push_back(each.defined() && each.requires_grad());
  if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) return value;
  auto node = std::make_shared<Node>(op);
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].defined()) node->saved.push_back(inputs[i]);
    if (wanted[i]) node->parents.push_back({inputs[i].node(), inputs[i].shape()});
  }
  for (const Tensor& each : constants)
    if (each.defined()) node->saved.push_back(each);
  node->saved.push_back(node->output = value.detach());
  node->rule = [inputs, wanted, gradients = std::move(gradients), composed = std::move(composed)](const Tensor& g,
                                                                                                  const Tensor& y) {
    const Tensors all = is_recording ? composed_gradients(composed, inputs, g) : gradients(g, y, wanted);
    Tensors shares;
    shares.reserve(inputs.size());
    for (size_t i = 0; i < inputs.size(); ++i)
      if (wanted[i]) shares.push_back(all[i]);
    return shares;
  };
  return value.with_node(std::move(node));
}

Tensor& Tensor::require_grad() {
  if (dtype_ == DType::i64) fail("require_grad: the tensor is i64, and only f32 and f64 have gradients");
  if (node_ && !node_->is_leaf()) fail("require_grad: the tensor is the result of {}; detach() it first", node_->op);
  if (!node_) node_ = std::make_shared<Node>("leaf");
  return *this;
}
Tensor Tensor::grad() const { return node_ ? node_->grad : Tensor(); }
void Tensor::set_grad(Tensor gradient) const {
  if (!node_ || !node_->is_leaf()) fail("set_grad: the tensor of shape {} collects no gradient", shape_);
  if (gradient.shape() != shape_ || gradient.dtype() != dtype_)
    fail("set_grad: the gradient is {} {}, and {} {} is needed", to_string(gradient.dtype()), gradient.shape(),
         to_string(dtype_), shape_);
  gradient = gradient.detach();
  node_->grad = owned(gradient);
}
void Tensor::zero_grad() const {
  if (node_) node_->grad = Tensor();
}

}  // namespace latent
