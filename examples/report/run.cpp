#include "examples/report/run.h"

#include <algorithm>

#include "engine/atomic_file.h"
#include "engine/memory.h"
#include "examples/app/timing.h"
#include "nn/summary.h"
#include "train/communicator.h"

namespace latent::examples {

bool train_and_test(const train::Settings& settings, const nn::Module& model, train::Task task, Run run) {
  const std::filesystem::path out = settings.out;
  const Json sizes = {{"model", run.model}, {"parameters", model.parameter_count()}, {"flops", run.flops}};
  run.page.update(sizes);
  run.page.update({{"epochs", settings.epochs},
                   {"summary", nn::summary_table(model.parameters(), run.flops)},
                   {"config", task.config},
                   {"ended", false}});
  const auto write_page = [&] {
    run.show(run.page);
    if (train::processes().is_first()) write_report(out, run.page);
  };
  std::int64_t peak = 0;  // bytes of tensors in training, without the pages between epochs
  task.after_epoch = [&] {
    peak = std::max(peak, memory().peak);
    write_page();
    reset_peak_memory();
  };

  train::Trainer trainer(settings, model, std::move(task));
  const double begin = seconds();
  reset_peak_memory();
  const bool ended = trainer.run();
  fmt::print("{}", trainer.profile());
  const train::Communicator& all = train::processes();
  if (const double time = seconds() - begin; all.size() > 1)
    fmt::print("{} processes: {:.1f} of {:.1f} s waiting and sending, {:.1f} MB sent by this one\n", all.size(),
               all.seconds(), time, double(all.bytes_sent()) / 1e6);
  if (!ended) return false;

  Json result = sizes;
  result.update({{"resumed", settings.resume},
                 {"seconds", seconds() - begin},
                 {"peak_tensor_bytes", std::max(peak, memory().peak)}});
  if (const double speed = trainer.samples_per_second(); speed > 0) result["samples_per_second"] = speed;
  all.barrier();  // until the first one has written it
  nn::load_parameters(model, train::weights_in(load_tensors(out / "best.safetensors")));
  if (run.test) run.test(result);
  if (all.is_first()) write_text(out / "result.json", result.dump(2) + "\n");
  run.page["ended"] = true;
  write_page();
  return true;
}

}  // namespace latent::examples
