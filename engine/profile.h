// Where the time goes, op by op.  Every op ends in record() (autograd.h), so the time since the event before is its own;
// in a backward pass that of a node's rule is.  What a program does besides, it names by profile_mark().
#pragma once
#include <vector>

#include "engine/tensor.h"

namespace latent {

struct ProfileEvent {
  const char* name;  // of the op, or what was marked
  bool backward;
  double begin, seconds;  // begin: since the Profile was made
  double flops;           // multiplications and additions of matrix products, attention's among them
  Index bytes;            // of operands and results; none for a view
};

// While it lives, what this thread does is written down.  One at a time.
class Profile {
 public:
  Profile();
  ~Profile();
  Profile(const Profile&) = delete;

  std::vector<ProfileEvent> take();  // the events since the last call

  struct State;

 private:
  std::unique_ptr<State> state_;
};

void profile_mark(const char* what);  // the time since the last event went into `what`

// For the engine itself; nothing where there is no Profile.
namespace profile {
bool is_on();
void count_flops(double flops);  // they belong to the event that ends next
void end_op(const char* op, const Tensor& value, const std::vector<const Tensor*>& inputs);

// The rule of a node, with all that it calls, is one event.
class Rule {
 public:
  Rule(const char* op, const Tensor& gradient);
  ~Rule();
  Rule(const Rule&) = delete;
  void reads(const std::weak_ptr<Storage>& x);
  void gives(const Tensor& result);

 private:
  const char* op_;
  const Tensor& gradient_;
  Index bytes_ = 0;
};
}  // namespace profile

}  // namespace latent
