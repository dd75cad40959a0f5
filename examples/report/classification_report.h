// What the page of a run shows of a classifier beside its curves: what it takes for what, its worst mistakes, and where
// its latents look.
#pragma once
#include "examples/app/classification.h"
#include "examples/report/report.h"

namespace latent::examples {

// title, unit, classes, grid: as in write_report().
Json description_json(const Classifier& classifier, const LabelledData& data);

// kind, shape, values: from black for the least to white for the greatest.
Json picture_of(const Picture& picture);

// on ("validation"), accuracy, counts, mistakes: those of `samples`, which were evaluated, each with its picture.
Json evaluation_json(const std::string& on, const Evaluation& evaluation, const Samples& samples,
                     const LabelledData& data);

// A few samples of different classes.  Each with label, answer, picture, and for every cross-attend, as means over its
// heads: entropy of each latent's weights, in bits; its scores before the softmax from `low` to `high`, and the weights
// after it from 0 to `peak`, for each token.  Empty for a model that has no latents.
Json attention_json(const Classifier& classifier, const Samples& samples, const LabelledData& data);

}  // namespace latent::examples
