#include "engine/profile.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace latent {

struct Profile::State {
  double start, last;  // when the profile began, and when its last event ended
  double flops = 0;    // since then
  int rules = 0;       // running now, one inside the other
  std::vector<ProfileEvent> events;
};

namespace {

thread_local Profile::State* state = nullptr;  // of this thread's Profile

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void end_event(const char* name, bool backward, Index bytes) {
  const double end = now();
  state->events.push_back({name, backward, state->last - state->start, end - state->last, state->flops, bytes});
  state->last = end;
  state->flops = 0;
}

// Bytes of a tensor; repeated values of a broadcast tensor count once.
Index bytes_in(const Tensor& x) {
  return x.defined() ? std::min(x.size() * bytes_of(x.dtype()), x.storage()->bytes) : 0;
}

}  // namespace

Profile::Profile() {
  if (state) fail("Profile: there is one already, and one at a time is possible");
  const double start = now();
  state_.reset(new State{.start = start, .last = start, .events = {}});
  state = state_.get();
}
Profile::~Profile() { state = nullptr; }

std::vector<ProfileEvent> Profile::take() { return std::exchange(state_->events, {}); }

void profile_mark(const char* what) {
  if (state) end_event(what, false, 0);
}

namespace profile {

bool is_on() { return state != nullptr; }

void count_flops(double flops) {
  if (state) state->flops += flops;
}

void end_op(const char* op, const Tensor& value, const std::vector<const Tensor*>& inputs) {
  if (!state || state->rules > 0) return;
  Index bytes = bytes_in(value);
  for (const Tensor* input : inputs) bytes += bytes_in(*input);
  const bool view =
      std::any_of(inputs.begin(), inputs.end(), [&](const Tensor* x) { return x->storage() == value.storage(); });
  end_event(op, false, view ? 0 : bytes);
}

Rule::Rule(const char* op, const Tensor& gradient) : op_(op), gradient_(gradient) {
  if (state) ++state->rules;
}
Rule::~Rule() {
  if (state && --state->rules == 0) end_event(op_, true, bytes_);
}
void Rule::reads(const std::weak_ptr<Storage>& x) {
  if (!state) return;
  if (const auto storage = x.lock()) bytes_ += storage->bytes;
}
void Rule::gives(const Tensor& result) {
  if (state && result.storage() != gradient_.storage()) bytes_ += bytes_in(gradient_) + bytes_in(result);
}

}  // namespace profile
}  // namespace latent
