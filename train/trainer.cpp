#include "train/trainer.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "engine/atomic_file.h"
#include "engine/level.h"
#include "engine/profile.h"
#include "engine/version.h"
#include "nn/dropout.h"
#include "train/communicator.h"
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
      model_(model),
      task_(std::move(task)),
      optimizer_(make_optimizer(settings, model)),
      batches_(batches_in_epoch(settings, task_.samples)),
      schedule_(make_schedule(settings, settings.epochs * batches_)),
      state_{.seed = settings.seed, .batches = batches_, .shard_size = settings.shard_size} {
  if (processes().is_first()) lock_.emplace(settings.out);
  processes().barrier();
  if (!std::filesystem::is_directory(settings.out))
    fail("{}: process {} does not see this folder, which all processes need", settings.out, processes().rank());
  throw_if_stopped();
  if (settings.resume) resume();
  progress_.emplace(settings_.epochs, batches_, state_.step, task_.unit, settings_.quiet);
  check_processes();
  if (settings_.profile && processes().is_first()) profiler_.emplace(file("trace.json"));
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
      const StepResult result = step(batch, size_of(i));
      if (profiler_) profiler_->end_step();

      const bool epoch_ends = i + 1 == batches_;
      const std::optional<Score> validation = epoch_ends ? finish_epoch() : std::nullopt;
      if (metrics_) metrics_->write(metrics_row(result, validation));
      const bool is_due = settings_.checkpoint_every > 0 && state_.step % settings_.checkpoint_every == 0;
      const bool stops = processes().sum(stop_requested()) > 0;
      if (epoch_ends || is_due || stops) save_last();
      if (epoch_ends && task_.after_epoch) task_.after_epoch();
      if (stops) {
        progress_->say(fmt::format("stopped after step {} of {}; --resume continues from {}", state_.step,
                                   settings_.epochs * batches_, file("last.safetensors").string()));
        return false;
      }
    }
  }
  return true;
}

// One training step: gradients of a batch, gradient clipping, update of the weights.
Trainer::StepResult Trainer::step(const Batch& batch, Index size) try {
  StepResult result = gradients(batch, size);
  result.gradient_norm = nn::clip_grad_norm(model_.parameters(), settings_.clip > 0 ? settings_.clip : INFINITY);
  if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
    const DetectAnomaly on;
    gradients(batch, size);  // again, with a check of each op, whose Error names the first one at fault
    fail("the loss is {} and the norm of its gradient {}", result.loss, result.gradient_norm);
  }
  if (!begun_) begin();
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
Trainer::StepResult Trainer::gradients(const Batch& batch, Index size) {
  const nn::Training mode(Generator(settings_.seed).fold_in(Stream::dropout).fold_in(state_.step));
  const Index first = own_samples(size, settings_.shard_size).begin;
  std::atomic<Index> correct = 0;
  const double loss = backward_in_shards(model_, size, settings_.shard_size, [&](Index begin, Index end) {
    const auto part = [&](const Tensor& x) { return slice(x, 0, begin - first, end - first); };
    const BatchResult shard = task_.forward({part(batch.input), part(batch.target)});
    if (settings_.graph && state_.step == 0 && begin == 0) write_graph(settings_.out, shard.loss, model_.parameters());
    correct += shard.correct;
    return shard.loss;
  });
  return {.loss = loss, .correct = processes().sum(correct), .predictions = task_.predictions * size};
}

Index Trainer::size_of(Index batch) const {
  return std::min(settings_.batch_size, task_.samples - batch * settings_.batch_size);
}

Batch Trainer::make_batch(const std::vector<Index>& order, Index batch, const Generator& epoch) const {
  const auto first = order.begin() + batch * settings_.batch_size;
  const Range own = own_samples(size_of(batch), settings_.shard_size);
  return own.begin < own.end ? task_.batch({first + own.begin, first + own.end}, epoch) : Batch();
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

// Processes that differ would train something else than one process does.
void Trainer::check_processes() const {
  const Communicator& all = processes();
  if (all.size() == 1) return;
  double weights = 0;
  std::string shapes;
  for (const auto& [name, parameter] : model_.parameters()) {
    weights += nn::sum_of_squares(parameter);
    shapes += fmt::format("{} {}\n", name, parameter.shape());
  }
  const std::string run =
      fmt::format("seed {}, batches of {} in shards of {}, {} epochs of {} batches, {} steps made", settings_.seed,
                  settings_.batch_size, settings_.shard_size, settings_.epochs, batches_, state_.step);
  const double sample = nn::sum_of_squares(task_.batch({0}, Generator(0)).input);
  check_same(all, "version", version, "all need the same program");
  check_same(all, "SIMD level", level(), "levels round differently: set LATENT_SIMD to one that all machines have");
  check_same(all, "settings", task_.config, "all need the same options");
  check_same(all, "run", run, "all need the same options and the same checkpoint");
  check_same(all, "parameter", shapes, "all need the same model");
  check_same(all, "number of samples", fmt::format("{}", task_.samples), "all need the same data");
  check_same(all, "square of the first sample", fmt::format("{}", sample), "all need the same data");
  check_same(all, "square of the weights", fmt::format("{}", weights), "all need the same seed and weights");
  const Index shards = (settings_.batch_size + settings_.shard_size - 1) / settings_.shard_size;
  if (shards < all.size())
    progress_->say(fmt::format("{} of {} processes have no work: a batch of {} has {} shards of {} samples",
                               all.size() - shards, all.size(), settings_.batch_size, shards, settings_.shard_size));
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
  begun_ = true;
  if (!processes().is_first()) return;
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
  if (!processes().is_first()) return;
  save_checkpoint(file("last.safetensors"), model_, optimizer_, state_, task_.metadata);
}

void Trainer::save_best() const {
  if (processes().is_first()) save_weights(file("best.safetensors"), model_, state_, task_.metadata);
}

}  // namespace latent::train
