#include "train/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "engine/atomic_file.h"
#include "engine/profile.h"
#include "nn/dropout.h"
#include "train/graph_file.h"
#include "train/shards.h"
#include "train/stop.h"

namespace latent::train {
namespace {

enum Stream : std::uint64_t { weights, order, dropout };

Index batches_in_epoch(const Settings& settings, Index samples) {
  if (samples < 1) fail("train: no samples to train on");
  const Index all = (samples + settings.batch_size - 1) / settings.batch_size;
  return settings.limit_batches > 0 ? std::min(all, settings.limit_batches) : all;
}

}  // namespace

Generator weights_generator(std::uint64_t seed) { return Generator(seed).fold_in(Stream::weights); }

Trainer::Trainer(const Settings& settings, const nn::Module& model, Task task)
    : settings_(models::checked(settings)),
      lock_(settings.out),
      model_(model),
      task_(std::move(task)),
      optimizer_(make_optimizer(settings, model)),
      batches_(batches_in_epoch(settings, task_.samples)),
      schedule_(make_schedule(settings, settings.epochs * batches_)),
      state_{.seed = settings.seed, .batches = batches_, .shard_size = settings.shard_size} {
  throw_if_stopped();
  if (settings.resume) resume();
  progress_.emplace(settings_.epochs, batches_, state_.step, task_.unit, settings_.quiet);
  if (settings_.profile) profiler_.emplace(file("trace.json"));
}

bool Trainer::run() {
  const DetectAnomaly scope(settings_.detect_anomaly);
  while (state_.step < settings_.epochs * batches_) {
    // One epoch: the samples in random order; a resumed run begins it at its next batch.
    const Generator epoch = Generator(settings_.seed).fold_in(Stream::order).fold_in(state_.step / batches_);
    Generator shuffler = epoch;
    const std::vector<Index> order = permutation(task_.samples, shuffler);
    const Index first = state_.step % batches_;
    Loader loader([&](Index batch) { return make_batch(order, batch, epoch); }, first, batches_, settings_.workers);

    for (Index i = first; i < batches_; ++i) {
      if (profiler_) profiler_->begin_step();
      const Batch batch = loader.next();
      profile_mark("data");
      const StepResult result = step(batch);
      if (profiler_) profiler_->end_step();

      const bool epoch_ends = i + 1 == batches_;
      metrics_->write(metrics_row(result, epoch_ends ? finish_epoch() : std::nullopt));
      const bool is_due = settings_.checkpoint_every > 0 && state_.step % settings_.checkpoint_every == 0;
      if (epoch_ends || is_due || stop_requested()) save_last();
      if (epoch_ends && task_.after_epoch) task_.after_epoch();
      if (stop_requested()) {
        progress_->say(fmt::format("stopped after step {} of {}; --resume continues from {}", state_.step,
                                   settings_.epochs * batches_, file("last.safetensors").string()));
        return false;
      }
    }
  }
  return true;
}

// One training step: gradients of a batch, gradient clipping, update of the weights.
Trainer::StepResult Trainer::step(const Batch& batch) try {
  StepResult result = gradients(batch);
  result.gradient_norm = nn::clip_grad_norm(model_.parameters(), settings_.clip > 0 ? settings_.clip : INFINITY);
  if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
    const DetectAnomaly on;
    gradients(batch);  // again, with a check of each op, whose Error names the first one at fault
    fail("the loss is {} and the norm of its gradient {}", result.loss, result.gradient_norm);
  }
  if (!metrics_) begin();
  result.lr = schedule_(state_.step);
  optimizer_.step(result.lr);
  profile_mark("optimizer");
  for (const auto& [name, weights] : model_.parameters())
    if (!all_finite(weights)) fail("{} holds NaN or infinity after a step with learning rate {}", name, result.lr);
  ++state_.step;
  progress_->step(result.loss, result.correct, result.predictions);
  return result;
} catch (const Error& error) { fail("step {}: {}; the checkpoints before it are kept", state_.step + 1, error.what()); }

// Computes the loss of a batch and its gradients; does not change the weights.
Trainer::StepResult Trainer::gradients(const Batch& batch) {
  const nn::Training mode(Generator(settings_.seed).fold_in(Stream::dropout).fold_in(state_.step));
  const Index samples = batch.input.size(0);
  std::atomic<Index> correct = 0;
  const double loss = backward_in_shards(model_, samples, settings_.shard_size, [&](Index begin, Index end) {
    const BatchResult shard = task_.forward({slice(batch.input, 0, begin, end), slice(batch.target, 0, begin, end)});
    if (settings_.graph && state_.step == 0 && begin == 0) write_graph(settings_.out, shard.loss, model_.parameters());
    correct += shard.correct;
    return shard.loss;
  });
  return {.loss = loss, .correct = correct, .predictions = task_.predictions * samples};
}

Batch Trainer::make_batch(const std::vector<Index>& order, Index batch, const Generator& epoch) const {
  const auto first = order.begin() + batch * settings_.batch_size;
  return task_.batch({first, first + std::min(settings_.batch_size, order.end() - first)}, epoch);
}

// Validates, and saves the weights unless an earlier epoch was better.  Returns nothing if there is no validation.
std::optional<Score> Trainer::finish_epoch() {
  if (!task_.validate) {
    progress_->finish_epoch("");
    save_best();
    return {};
  }
  const NoGrad off;
  const Score score = task_.validate();
  if (!std::isfinite(score.loss))
    fail("step {}: the loss on validation is {}; the checkpoints before it are kept", state_.step, score.loss);
  progress_->finish_epoch(task_.least_loss_is_best ? fmt::format("  validation loss {:.4f}", score.loss)
                                                   : fmt::format("  validation {:.2f} %", 100 * score.accuracy()));
  const double merit = task_.least_loss_is_best ? -score.loss : score.accuracy();
  if (merit >= state_.best) {
    state_.best = merit;
    save_best();
  }
  return score;
}

void Trainer::resume() {
  const Checkpoint last = read_checkpoint(file("last.safetensors"));
  const auto& [seed, batches, shard_size, step, best] = last.state;
  if (seed != settings_.seed) fail("{}: made with --seed {}, not {}", last.file.string(), seed, settings_.seed);
  if (batches != batches_)
    fail("{}: made with {} batches in an epoch, but this run has {}: data, --batch-size or --limit-batches differ",
         last.file.string(), batches, batches_);
  if (shard_size != 0 && shard_size != settings_.shard_size)
    fail("{}: made with --shard-size {}, not {}", last.file.string(), shard_size, settings_.shard_size);
  if (step < 0 || step > settings_.epochs * batches_)
    fail("{}: stands at step {}, but this run has {} steps", last.file.string(), step, settings_.epochs * batches_);
  restore(last, model_, optimizer_);
  state_ = last.state;
  state_.shard_size = settings_.shard_size;
}

// Called after the first gradient, which shows that data, sizes and memory are good.  Until then the folder keeps the
// files of an earlier run; renaming last.safetensors makes it this run's folder.  If the process is killed before it
// renames config.toml, the options are in the first checkpoint, in its metadata "config".
void Trainer::begin() {
  const bool is_new = state_.step == 0;
  AtomicFile config(file("config.toml"));
  config.write(task_.config.data(), Index(task_.config.size()));
  if (is_new) {
    Metadata with_options = task_.metadata;
    with_options["config"] = task_.config;
    save_checkpoint(file("last.safetensors"), model_, optimizer_, state_, with_options);
  }
  config.commit();
  if (is_new) std::filesystem::remove(file("best.safetensors"));
  for (const char* result : {"result.json", "confusion.csv", "report.html"}) std::filesystem::remove(file(result));
  metrics_.emplace(settings_.out, state_.step);
}

MetricsRow Trainer::metrics_row(const StepResult& result, const std::optional<Score>& validation) const {
  std::optional<double> validation_loss, validation_accuracy;
  if (validation) validation_loss = validation->loss, validation_accuracy = validation->accuracy();
  return {{"epoch", 1 + (state_.step - 1) / batches_},
          {"step", state_.step},
          {"learning_rate", result.lr},
          {"loss", result.loss},
          {"accuracy", double(result.correct) / double(result.predictions)},
          {"gradient_norm", result.gradient_norm},
          {"samples_per_second", samples_per_second()},
          {"validation_loss", validation_loss},
          {"validation_accuracy", validation_accuracy}};
}

void Trainer::save_last() const {
  save_checkpoint(file("last.safetensors"), model_, optimizer_, state_, task_.metadata);
}

void Trainer::save_best() const { save_weights(file("best.safetensors"), model_, state_, task_.metadata); }

}  // namespace latent::train
