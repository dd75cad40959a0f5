// A transformer learns to write verse, character by character.
//
//   scripts/run.sh 04_shakespeare                               the sonnets that come with the project
//   scripts/run.sh 04_shakespeare data/shakespeare/input.txt    any text: scripts/download.sh shakespeare
//
// On 2 cores it takes 7 seconds, prints
//
//   validation loss 1.98415
//
// and writes 400 characters.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>

#include "engine/engine.h"
#include "models/generate.h"
#include "nn/nn.h"
#include "train/shards.h"

using namespace latent;

int main(int count, char** arguments) try {
  // The text, and a number for each character that occurs in it.
  const std::string path = count > 1 ? arguments[1] : "examples/shakespeare/verse.txt";
  std::ifstream file(path, std::ios::binary);
  if (!file) fail("{}: there is no such file; scripts/download.sh shakespeare fetches one", path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (text.size() < 2000) fail("{}: {} characters could be read, but 2,000 are needed", path, text.size());
  std::string vocabulary = text;
  std::sort(vocabulary.begin(), vocabulary.end());
  vocabulary.erase(std::unique(vocabulary.begin(), vocabulary.end()), vocabulary.end());
  std::vector<Index> tokens;
  for (const char character : text) tokens.push_back(Index(vocabulary.find(character)));
  const Index held_out = std::ssize(tokens) / 10, training = std::ssize(tokens) - held_out;

  models::LanguageModelConfig config;
  config.vocabulary = std::ssize(vocabulary), config.context = 64;
  config.layers = 2, config.channels = 64, config.heads = 4;
  config.positions = models::TokenPositions::rotary, config.dropout = 0.1;
  nn::Init init{Generator(1)};
  const models::LanguageModel model(config, init);
  std::cout << tokens.size() << " characters of " << vocabulary.size() << " kinds; " << model.parameter_count()
            << " parameters\n";

  // The loss on windows of the text that begin at `begins`; targets are the next characters.   inputs, next: i64 (B, T)
  const auto loss_at = [&](std::span<const Index> begins) {
    const Index batch = std::ssize(begins), length = config.context;
    const Tensor inputs = zeros({batch, length}, DType::i64), next = zeros({batch, length}, DType::i64);
    Index *input = inputs.mutable_data<Index>(), *target = next.mutable_data<Index>();
    for (const Index begin : begins)
      for (Index t = begin; t < begin + length; ++t) *input++ = tokens[t], *target++ = tokens[t + 1];
    return cross_entropy(model(inputs), next);
  };

  const Index steps = 600, batch_size = 16;
  nn::Optimizer optimizer(nn::AdamW{.beta2 = 0.99}, nn::decay_groups(model, 0.1));
  const nn::Schedule schedule = nn::cosine(3e-3, steps, 50);
  Generator generator(2);
  for (Index step = 0; step < steps; ++step) {
    std::vector<Index> begins;
    for (Index b = 0; b < batch_size; ++b) begins.push_back(generator.below(training - config.context));
    const nn::Training scope(generator.fold_in(std::uint64_t(step)));  // dropout is active
    const double loss = train::backward_in_shards(model, batch_size, 4, [&](Index begin, Index end) {
      return loss_at(std::span(begins).subspan(begin, end - begin));
    });
    nn::clip_grad_norm(model.parameters(), 1);
    optimizer.step(schedule(step));
    if ((step + 1) % 100 == 0) std::cout << "step " << step + 1 << ": loss " << loss << "\n";
  }
  const NoGrad off;
  std::vector<Index> begins;
  for (Index begin = training; begin + config.context < std::ssize(tokens); begin += config.context)
    begins.push_back(begin);
  std::cout << "validation loss " << loss_at(begins).item() << "\n\n";

  std::string written = text.substr(0, 1);
  models::generate(model, {tokens.front()}, {.sampling = {.temperature = 0.8}}, generator, [&](Index token) {
    written += vocabulary[std::size_t(token)];
    return written.size() < 400;
  });
  std::cout << written << "\n";
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
