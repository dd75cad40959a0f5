#include "examples/app/training_options.h"

#include "examples/app/options.h"

namespace latent::examples {

void add_options(CLI::App& app, train::Settings& settings) {
  constexpr Index many = 1'000'000'000;
  app.option_defaults()->group("Run");
  add_option(app, "--out", settings.out, "Folder for checkpoints, metrics and config.toml");
  app.add_flag("--detect-anomaly", settings.detect_anomaly, "Look for the first NaN or infinity after each operation")
      ->configurable(false);
  app.add_flag("--graph", settings.graph,
               "Draw the graph of the first loss: OUT/graph.dot and, with Graphviz, graph.svg")
      ->configurable(false);
  app.add_flag("--profile", settings.profile, "Tell at the end where the time went, op by op, and write OUT/trace.json")
      ->configurable(false);
  add_seed(app, settings.seed, "Of all random numbers");
  add_option(app, "--threads", settings.threads, "0: all that the process may use")->check(between(0, 4096));
  add_option(app, "--workers", settings.workers,
             "Further threads, which make batches ahead; results do not depend on them")
      ->check(between(0, 256));
  add_option(app, "--checkpoint-every", settings.checkpoint_every, "Steps; 0: after each epoch only")
      ->check(between(Index{0}, many));

  app.option_defaults()->group("Training");
  add_option(app, "--epochs", settings.epochs, "Times that the training set is seen")->check(between(Index{1}, many));
  add_option(app, "--batch-size", settings.batch_size, "Samples in a step")->check(between(Index{1}, many));
  add_option(app, "--limit-batches", settings.limit_batches,
             "For a dry run: at most so many in an epoch or a test; 0: all")
      ->check(between(Index{0}, many));
  add_option(app, "--optimizer", settings.optimizer, "Rule by which the weights move")
      ->check(CLI::IsMember({"adamw", "lamb", "sgd"}));
  add_option(app, "--schedule", settings.schedule, "Of the learning rate; step: a tenth after each third of the run")
      ->check(CLI::IsMember({"one-cycle", "cosine", "step", "constant"}));
  add_option(app, "--lr", settings.lr, "The largest learning rate")->check(between(0.0, 1e6));
  add_option(app, "--momentum", settings.momentum, "Of sgd")->check(between(0.0, 0.9999));
  add_option(app, "--beta2", settings.beta2, "How much adamw and lamb keep of the mean of squared gradients")
      ->check(between(0.0, 0.9999));
  add_option(app, "--warm-up", settings.warm_up, "Share of all steps in which the learning rate grows")
      ->check(between(0.0, 0.9));
  add_option(app, "--weight-decay", settings.weight_decay, "Of weight matrices")->check(between(0.0, 1e6));
  add_option(app, "--clip", settings.clip, "Largest norm of the gradients; 0: any")->check(between(0.0, 1e6));
  app.option_defaults()->group("Options");
}

void add_resume(CLI::App& app, train::Settings& settings) {
  app.option_defaults()->group("Run");
  app.add_flag("--resume", settings.resume, "Go on with the run in --out, with its config.toml")->configurable(false);
  app.option_defaults()->group("Options");
}

void add_label_smoothing(CLI::App& app, train::Settings& settings) {
  app.option_defaults()->group("Training");
  add_option(app, "--label-smoothing", settings.label_smoothing, "Share of the uniform distribution in each label")
      ->check(between(0.0, 1.0));
  app.option_defaults()->group("Options");
}

}  // namespace latent::examples
