#include "examples/common/trainer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>

#include "engine/atomic_file.h"
#include "engine/profile.h"
#include "examples/common/graph_file.h"
#include "examples/common/program.h"
#include "nn/dropout.h"

namespace latent::examples {
namespace {

enum Stream : std::uint64_t { weights, order, dropout };

Index batches_in_epoch(const TrainingSettings& settings, Index samples) {
  if (samples < 1) fail("train: no samples to train on");
  const Index all = (samples + settings.batch_size - 1) / settings.batch_size;
  return settings.limit_batches > 0 ? std::min(all, settings.limit_batches) : all;
}

std::filesystem::path file_in(const TrainingSettings& settings, const char* name) {
  return std::filesystem::path(settings.out) / name;
}

}  // namespace

Generator weights_generator(std::uint64_t seed) { return Generator(seed).split(Stream::weights); }

FolderLock::FolderLock(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  descriptor_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  // Some network file systems lock no folders: there two trainings are not told apart.
  if (flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  close(descriptor_);
  fail("{}: another training writes there; wait for it, or choose another --out", folder.string());
}
FolderLock::~FolderLock() { close(descriptor_); }

Trainer::Trainer(const TrainingSettings& settings, Job job)
    : settings_(settings),
      lock_(settings.out),
      job_(std::move(job)),
      optimizer_(make_optimizer(settings, job_.model)),
      batches_(batches_in_epoch(settings, job_.samples)),
      schedule_(make_schedule(settings, settings.epochs * batches_)),
      place_{.seed = settings.seed, .batches = batches_} {
  end_if_stopped();
  if (settings.resume) resume();
  progress_.emplace(settings_.epochs, batches_, place_.step, job_.unit);
  if (settings_.profile) profiler_.emplace(file_in(settings_, "trace.json"));
}

void Trainer::resume() {
  const std::filesystem::path file = file_in(settings_, "last.safetensors");
  need(file);
  const Checkpoint last = read_checkpoint(file);
  const auto& [seed, batches, step, best] = last.place;
  if (seed != settings_.seed) fail("{}: made with --seed {}, not {}", last.file.string(), seed, settings_.seed);
  if (batches != batches_)
    fail("{}: made with {} batches in an epoch, and there are {}: data, --batch-size or --limit-batches differ",
         last.file.string(), batches, batches_);
  if (step < 0 || step > settings_.epochs * batches_)
    fail("{}: stands at step {}, and the run has {}", last.file.string(), step, settings_.epochs * batches_);
  restore(last, job_.model, optimizer_);
  place_ = last.place;
}

bool Trainer::run() {
  const DetectAnomaly scope(settings_.detect_anomaly);
  for (Index epoch = place_.step / batches_; epoch < settings_.epochs; ++epoch) {
    const Generator of_epoch = Generator(settings_.seed).split(Stream::order).split(epoch);
    Generator shuffler = of_epoch;
    const std::vector<Index> order = permutation(job_.samples, shuffler);
    Index batch = place_.step % batches_;
    Loader loader([&](Index which) { return make_batch(order, which, of_epoch); }, batch, batches_, settings_.workers);
    for (; batch < batches_; ++batch) {
      if (profiler_) profiler_->begin_step();
      const Batch samples = loader.next();
      profile_mark("data");
      const StepResult result = step(samples);
      if (profiler_) profiler_->end_step();
      const bool epoch_ends = batch + 1 == batches_;
      metrics_->write(metrics_row(result, epoch_ends ? finish_epoch() : std::nullopt));
      const bool due = settings_.checkpoint_every > 0 && place_.step % settings_.checkpoint_every == 0;
      if (epoch_ends || due || stop_requested()) save_last();
      if (epoch_ends && job_.report) job_.report();
      if (stop_requested()) {
        progress_->say(fmt::format("stopped after step {} of {}; --resume goes on from {}", place_.step,
                                   settings_.epochs * batches_, file_in(settings_, "last.safetensors").string()));
        return false;
      }
    }
  }
  return true;
}

// With the first gradient data, sizes and memory have proved good.  Until then the folder holds what an earlier run left;
// from the rename of last.safetensors on it is this run's.  Should the process be killed before the rename of config.toml,
// that first checkpoint holds the options too: recipe_of_run().
void Trainer::begin() {
  const bool is_new = place_.step == 0;
  AtomicFile config(file_in(settings_, "config.toml"));
  config.write(job_.config.data(), Index(job_.config.size()));
  if (is_new) {
    Metadata with_options = job_.metadata;
    with_options["config"] = job_.config;
    save_checkpoint(file_in(settings_, "last.safetensors"), job_.model, optimizer_, place_, with_options);
  }
  config.commit();
  if (is_new) std::filesystem::remove(file_in(settings_, "best.safetensors"));
  for (const char* result : {"result.json", "confusion.csv", "report.html"})
    std::filesystem::remove(file_in(settings_, result));
  metrics_.emplace(settings_.out, place_.step);
}

Batch Trainer::make_batch(const std::vector<Index>& order, Index batch, const Generator& of_epoch) const {
  const auto first = order.begin() + batch * settings_.batch_size;
  return job_.batch({first, first + std::min(settings_.batch_size, order.end() - first)}, of_epoch);
}

Trainer::StepResult Trainer::step(const Batch& batch) try {
  StepResult result = differentiate(batch);
  if (!std::isfinite(result.loss) || !std::isfinite(result.gradient_norm)) {
    const DetectAnomaly on;
    differentiate(batch);  // again, to name the first operation at fault
    fail("the loss is {} and the norm of its gradient {}", result.loss, result.gradient_norm);
  }
  if (!metrics_) begin();
  result.lr = schedule_(place_.step);
  optimizer_.step(result.lr);
  profile_mark("optimizer");
  for (const auto& [name, weights] : job_.model.parameters())
    if (!all_finite(weights)) fail("{} holds NaN or infinity after the learning rate {}", name, result.lr);
  ++place_.step;
  progress_->step(result.loss, result.correct, result.answers);
  return result;
} catch (const Error& error) { fail("step {}: {}; the checkpoints before it are kept", place_.step + 1, error.what()); }

// Gradients of the loss at the present step, clipped; the weights stay as they are.
Trainer::StepResult Trainer::differentiate(const Batch& batch) {
  const nn::Training scope(Generator(settings_.seed).split(Stream::dropout).split(place_.step));
  optimizer_.zero_grad();
  const BatchResult result = job_.forward(batch);
  if (settings_.graph && place_.step == 0) write_graph(settings_.out, result.loss, job_.model.parameters());
  backward(result.loss);
  const double largest = settings_.clip > 0 ? settings_.clip : INFINITY;
  return {.loss = result.loss.item(),
          .gradient_norm = nn::clip_grad_norm(job_.model.parameters(), largest),
          .correct = result.correct,
          .answers = job_.answers * batch.input.dim(0)};
}

// The validation's score; none if nothing is held out.
std::optional<Score> Trainer::finish_epoch() {
  if (!job_.validate) {
    progress_->finish_epoch("");
    save_best();
    return {};
  }
  const Score score = job_.validate();
  if (!std::isfinite(score.loss))
    fail("step {}: the loss on validation is {}; the checkpoints before it are kept", place_.step, score.loss);
  progress_->finish_epoch(job_.least_loss_is_best ? fmt::format("  validation loss {:.4f}", score.loss)
                                                  : fmt::format("  validation {:.2f} %", 100 * score.accuracy()));
  if (const double merit = job_.least_loss_is_best ? -score.loss : score.accuracy(); merit >= place_.best) {
    place_.best = merit;
    save_best();
  }
  return score;
}

MetricsRow Trainer::metrics_row(const StepResult& result, const std::optional<Score>& validation) const {
  std::optional<double> validation_loss, validation_accuracy;
  if (validation) validation_loss = validation->loss, validation_accuracy = validation->accuracy();
  return {{"epoch", 1 + (place_.step - 1) / batches_},
          {"step", place_.step},
          {"learning_rate", result.lr},
          {"loss", result.loss},
          {"accuracy", double(result.correct) / result.answers},
          {"gradient_norm", result.gradient_norm},
          {"samples_per_second", samples_per_second()},
          {"validation_loss", validation_loss},
          {"validation_accuracy", validation_accuracy}};
}

void Trainer::save_last() const {
  save_checkpoint(file_in(settings_, "last.safetensors"), job_.model, optimizer_, place_, job_.metadata);
}

void Trainer::save_best() const {
  save_weights(file_in(settings_, "best.safetensors"), job_.model, place_, job_.metadata);
}

}  // namespace latent::examples
