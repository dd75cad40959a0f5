// The parts of a run's page for classifiers: confusion matrix, worst mistakes, and attention maps of the latents.
#pragma once
#include "examples/app/classification.h"
#include "examples/report/report.h"

namespace latent::examples {

// title, unit, classes, grid: as in write_report().
Json description_json(const Classifier& classifier, const LabelledData& data);

// kind, shape, values: from black (lowest) to white (highest).
Json picture_of(const Picture& picture);

// on ("validation"), accuracy, counts, mistakes, each with its picture.  `samples` are the ones that were evaluated.
Json evaluation_json(const std::string& on, const Evaluation& evaluation, const Samples& samples,
                     const LabelledData& data);

// A few samples of different classes, each with label, answer, picture and, for every cross-attend, means over its
// heads: the entropy of each latent's weights, in bits; for each token the scores before the softmax, from `low` to
// `high`, and the weights after it, from 0 to `peak`.  Empty for a model without latents.
Json attention_json(const Classifier& classifier, const Samples& samples, const LabelledData& data);

}  // namespace latent::examples
