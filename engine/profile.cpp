#include "engine/profile.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>

namespace latent {

struct Profile::State {
  double start, last;  // when the profile began, and when its last event ended
  double flops = 0;    // since then
  int rules = 0;       // running now, one inside the other
  int thread = 0;
  std::vector<ProfileEvent> events;
  std::mutex mutex{};                         // of the rest
  std::vector<std::thread::id> joined{};      // threads 1, 2, ...
  std::vector<ProfileEvent> joined_events{};  // theirs
};

namespace {

thread_local Profile::State* state = nullptr;  // where this thread's events go

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

void end_event(const char* name, bool backward, Index bytes) {
  const double end = now();
  state->events.push_back(
      {name, backward, state->last - state->start, end - state->last, state->flops, bytes, state->thread});
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

std::vector<ProfileEvent> Profile::take() {
  const std::lock_guard lock(state_->mutex);
  std::vector<ProfileEvent> all = std::exchange(state_->joined_events, {});
  std::ranges::move(std::exchange(state_->events, {}), std::back_inserter(all));
  return all;
}

void profile_mark(const char* what) {
  if (state) end_event(what, false, 0);
}

namespace profile {

bool is_on() { return state != nullptr; }
Profile::State* current() { return state; }

Join::Join(Profile::State* profile) {
  if (!profile || state) return;
  joined_ = profile;
  const std::lock_guard lock(profile->mutex);
  const auto self = std::ranges::find(profile->joined, std::this_thread::get_id());
  own_.reset(new Profile::State{
      .start = profile->start, .last = now(), .thread = 1 + int(self - profile->joined.begin()), .events = {}});
  if (self == profile->joined.end()) profile->joined.push_back(std::this_thread::get_id());
  state = own_.get();
}
Join::~Join() {
  if (!joined_) return;
  state = nullptr;
  const std::lock_guard lock(joined_->mutex);
  std::ranges::move(own_->events, std::back_inserter(joined_->joined_events));
}

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
