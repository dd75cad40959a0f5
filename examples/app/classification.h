// Labelled samples, and how well a classifier names them.
#pragma once
#include <string>

#include "examples/app/classifier.h"
#include "train/trainer.h"

namespace latent::examples {

// Labelled samples.  What a batch holds follows from the numbers of its samples alone and, where they are changed at
// random, from `chance`.  Its target: the labels, (B), i64, or, where samples are mixed, shares of the classes, (B, classes).
struct Samples {
  Index size = 0;
  std::function<train::Batch(const std::vector<Index>& samples, const Generator* chance)> batch;
};

// These of them, in this order.
Samples select(const Samples& all, std::vector<Index> chosen);

// A sample as people see it, for the page of a run.
struct Picture {
  // What `values` are:
  //   image        (rows, columns), dark to bright
  //   cloud        (T, 3), a point for each token
  //   wave         (samples), of sound
  //   spectrogram  (T, bands), how strong each is
  std::string kind;
  Tensor values;
};

struct LabelledData {
  std::string name;                                           // as in "drawn digits"
  std::string unit;                                           // of one sample, as in "image"
  Samples train = {}, validation = {}, test = {};             // only `train` is changed at random
  std::function<Picture(const Tensor& tokens)> picture = {};  // (T, channels), of one sample
};

// Puts the samples of `order` into data.train but for the last `held_out`, which become data.validation.  Error if none are
// left to train on.
void hold_out(LabelledData& data, const Samples& all, const std::vector<Index>& order, Index held_out);

// How often a sample of one class was taken for another.
class Confusion {
 public:
  explicit Confusion(Index classes) : classes_(classes), counts_(std::size_t(classes * classes)) {}

  void add(Index label, Index answer) { ++counts_[std::size_t(label * classes_ + answer)]; }
  Index operator()(Index label, Index answer) const { return counts_[std::size_t(label * classes_ + answer)]; }
  Index classes() const { return classes_; }
  double mean_class_accuracy() const;                                   // over the classes that have samples
  std::string csv(const std::vector<std::string>& names) const;         // rows: what they are; columns: what was said
  std::string most_often(const std::vector<std::string>& names) const;  // what was mistaken for what, as a line

 private:
  Index classes_;
  std::vector<Index> counts_;
};

struct Answer {
  Index sample, label, answer;
  double probability, of_label;  // that the model gives to its answer, and to the label
};

struct Evaluation {
  train::Score score;
  Confusion confusion;
  std::vector<Answer> mistakes;  // the worst ones, least of_label first
};

// On the first `limit` samples, `batch_size` at a time.
Evaluation evaluate(const Classifier& classifier, const Samples& samples, Index limit, Index batch_size = 250);

// Prints "mean class accuracy: 98.70 %", "test accuracy: 98.71 % (9871/10000)", and what was mistaken for what, and writes
// the whole table into `confusion`, if a file is named.
void report(const Evaluation& evaluation, const std::vector<std::string>& classes,
            const std::filesystem::path& confusion);

// Prints how likely the classes of one input are, (1, T, input channels), all or the likeliest five; returns that one.
Index print_answer(const Classifier& classifier, const Tensor& input);

}  // namespace latent::examples
