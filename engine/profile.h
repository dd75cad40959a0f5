// Where the time goes, op by op.  Every op ends in record() (autograd.h): the time since the previous event is charged
// to it, or, in a backward pass, to the node's rule.  A program names its other work with profile_mark().
#pragma once
#include <memory>
#include <vector>

#include "engine/tensor.h"

namespace latent {

struct ProfileEvent {
  const char* name;  // of the op, or of the mark
  bool backward;
  double begin, seconds;  // begin: since the Profile was made
  double flops;           // multiplications and additions of matrix products, in attention too
  Index bytes;            // of operands and results; 0 for a view
  int thread;             // 0: the Profile's own; the others by the order in which they joined it
};

// While a Profile exists, each op of its thread becomes an event, and each of a thread that joins.  At most one per
// thread.
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

void profile_mark(const char* what);  // charges the time since the last event to `what`

// For the engine itself; without a Profile they do nothing.
namespace profile {
bool is_on();
Profile::State* current();  // of this thread; null: none

// The scope in which this thread's ops become events of another thread's Profile, unless that is null or this thread has a Profile.
class Join {
 public:
  explicit Join(Profile::State* profile);
  ~Join();
  Join(const Join&) = delete;

 private:
  Profile::State* joined_ = nullptr;
  std::unique_ptr<Profile::State> own_;
};

void count_flops(double flops);  // adds them to the event that ends next
void end_op(const char* op, const Tensor& value, const std::vector<const Tensor*>& inputs);

// The scope of a node's rule: the rule and all ops that it calls are one event.
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
