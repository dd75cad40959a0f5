// Labelled samples, and how well a classifier names them.
#pragma once
#include <string>

#include "examples/app/classifier.h"
#include "train/trainer.h"

namespace latent::examples {

// Labelled samples.  A batch depends only on the numbers of its samples and on `chance`, the generator of their random
// changes; null: no changes.  Target: the labels, i64 (B), or, where samples are mixed, shares of the classes,
// (B, classes).
struct Samples {
  Index size = 0;
  std::function<train::Batch(const std::vector<Index>& samples, const Generator* chance)> batch;
};

// The samples with the numbers `chosen`, in this order.
Samples select(const Samples& all, std::vector<Index> chosen);

// A sample as people see it, for the page of a run.
struct Picture {
  // The meaning of `values` for each kind:
  //   image        (rows, columns), dark to bright
  //   cloud        (T, 3), a point for each token
  //   wave         (samples), a sound
  //   spectrogram  (T, bands), the strength of each band
  std::string kind;
  Tensor values;
};

struct LabelledData {
  std::string name;                                           // as in "drawn digits"
  std::string unit;                                           // of one sample, as in "image"
  Samples train = {}, validation = {}, test = {};             // random changes: only in `train`
  std::function<Picture(const Tensor& tokens)> picture = {};  // (T, C), of one sample
};

// Splits the samples of `order`: the last `held_out` become data.validation, the others data.train.  Error if none are
// left to train on.
void hold_out(LabelledData& data, const Samples& all, const std::vector<Index>& order, Index held_out);

// The confusion matrix: how often a sample of one class was classified as another.
class Confusion {
 public:
  explicit Confusion(Index classes) : classes_(classes), counts_(std::size_t(classes * classes)) {}

  void add(Index label, Index answer) { ++counts_[std::size_t(label * classes_ + answer)]; }
  Index operator()(Index label, Index answer) const { return counts_[std::size_t(label * classes_ + answer)]; }
  Index classes() const { return classes_; }
  double mean_class_accuracy() const;                                   // over the classes that have samples
  std::string csv(const std::vector<std::string>& names) const;         // rows: labels; columns: answers
  std::string most_often(const std::vector<std::string>& names) const;  // the most frequent mistakes, in one line

 private:
  Index classes_;
  std::vector<Index> counts_;
};

struct Answer {
  Index sample, label, answer;
  double probability, of_label;  // the model's probabilities of its answer and of the label
};

struct Evaluation {
  train::Score score;
  Confusion confusion;
  std::vector<Answer> mistakes;  // the worst ones: lowest of_label first
};

// On the first `limit` samples, `batch_size` at a time.
Evaluation evaluate(const Classifier& classifier, const Samples& samples, Index limit, Index batch_size = 250);

// Prints the most frequent mistakes, "mean class accuracy: 98.70 %" and "test accuracy: 98.71 % (9871/10000)", and
// writes the confusion matrix into the file `confusion`, if one is named.
void report(const Evaluation& evaluation, const std::vector<std::string>& classes,
            const std::filesystem::path& confusion);

// Prints the probabilities of the classes for one input, (1, T, input channels): all, or the five largest of more than
// 10.  Returns the most likely class.
Index print_answer(const Classifier& classifier, const Tensor& input);

}  // namespace latent::examples
