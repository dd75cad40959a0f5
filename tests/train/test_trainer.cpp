// The training loop on a toy: a run that is cut at any step and resumed equals an unbroken one bit by bit.
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/dropout.h"
#include "nn/linear.h"
#include "nn/losses.h"
#include "tests/catch.h"
#include "tests/folder.h"
#include "tests/settings.h"
#include "train/folder_lock.h"
#include "train/stop.h"
#include "train/trainer.h"

using namespace latent;
using namespace latent::train;
using namespace latent::test;

namespace {

constexpr Index batches = 4, epochs = 3;

Settings settings_in(const Path& folder) {
  std::filesystem::create_directories(folder);
  Settings settings;
  settings.out = folder.string();
  settings.epochs = epochs;
  settings.batch_size = 6;  // of 20 samples: the last batch of an epoch has 2
  settings.lr = 0.05;
  settings.clip = 1;
  settings.weight_decay = 0.1;
  return settings;
}

// One layer with dropout on random data.  `hook` is called before each step with its number in this process.
struct Toy {
  nn::Init init{weights_generator(5)};
  nn::Linear layer{4, 3, init};
  Generator generator{6};
  Tensor inputs = randn({20, 4}, generator), labels = randint(0, 3, {20}, generator);
  std::atomic<Index> calls = 0;

  Task task(std::function<void(Index call)> hook) {
    Task task;
    task.samples = 20;
    task.metadata = {{"toy", "yes"}};
    task.batch = [this](const std::vector<Index>& samples, const Generator& epoch) -> Batch {
      const std::vector<double> chosen(samples.begin(), samples.end());
      const Tensor rows = tensor(chosen, DType::i64);
      Generator noise = epoch;
      return {index_select(inputs, 0, rows) + 0.1 * randn({Index(samples.size()), 4}, noise),
              index_select(labels, 0, rows)};
    };
    task.forward = [this, hook](const Batch& batch) -> BatchResult {
      hook(++calls);
      const Tensor logits = layer(nn::Dropout{0.2}(batch.input));
      return {cross_entropy(logits, batch.target), nn::correct(logits, batch.target)};
    };
    task.validate = [this]() -> Score {
      const Tensor logits = layer(inputs);
      return {cross_entropy(logits, labels).item(), nn::correct(logits, labels), 20};
    };
    return task;
  }
};

bool run_toy(
    const Settings& settings, std::function<void(Index call)> hook = [](Index) {}) {
  Toy toy;
  return Trainer(settings, toy.layer, toy.task(std::move(hook))).run();
}

// All that a run leaves, but for the times.
std::string results(const Path& folder) {
  std::string all = read(folder / "last.safetensors") + read(folder / "best.safetensors");
  for (const char* name : {"metrics.csv", "metrics.jsonl"}) {
    std::ifstream file(folder / name);
    for (std::string line; std::getline(file, line);) {
      const bool json = line.front() == '{';
      std::string cells;
      std::istringstream row(line);
      for (auto [cell, i] = std::pair(std::string(), 0); std::getline(row, cell, ','); ++i)
        if (json ? !contains(cell, "per_second") : i != 6) cells += cell + ',';
      all += cells.substr(0, cells.find_last_not_of(",}") + 1) + '\n';
    }
  }
  return all;
}

}  // namespace

TEST_CASE("A run stopped after any step and resumed equals an unbroken one") {
  const Folder folder;
  const Path whole = folder.path / "whole";
  REQUIRE(run_toy(settings_in(whole)));
  const std::string expected = results(whole);
  CHECK(contains(expected, "epoch,step,learning_rate,loss,accuracy,gradient_norm,validation_loss"));

  catch_stop_signals();
  for (Index step = 1; step <= epochs * batches; ++step) {
    Settings settings = settings_in(folder.path / "cut");
    const auto interrupt = [&](Index call) {
      if (call == step) std::raise(SIGINT);
    };
    CHECK_FALSE(run_toy(settings, interrupt));
    catch_stop_signals();
    settings.resume = true;
    CHECK(run_toy(settings));
    INFO("cut after step " << step);
    CHECK(results(settings.out) == expected);
  }
}

TEST_CASE("A run killed before its config.toml took the place of an earlier run's has its options in the checkpoint") {
  const Folder folder;
  Settings settings = settings_in(folder.path / "run");
  const auto train_until = [&](Index last, const std::string& config) {
    Toy toy;
    Task task = toy.task([last](Index call) {
      if (call > last) throw std::runtime_error("killed");
    });
    task.config = config;
    Trainer(settings, toy.layer, task).run();
  };
  const auto options = [&] {
    const TensorFile last = load_tensors(folder.path / "run" / "last.safetensors");
    return last.metadata.contains("config") ? last.metadata.at("config") : "none";
  };
  CHECK_THROWS_WITH(train_until(1, "seed=7\n"), "killed");
  CHECK(options() == "seed=7\n");

  settings.resume = true;
  CHECK_THROWS_WITH(train_until(batches, "seed=7\n"), "killed");
  CHECK(options() == "none");  // config.toml has them, and a person may have edited it
}

TEST_CASE("A run that goes on without its metrics.csv, or with an empty one, begins it anew, with its head") {
  const Folder folder;
  Settings settings = settings_in(folder.path / "run");
  catch_stop_signals();
  CHECK_FALSE(run_toy(settings, [](Index call) {
    if (call == 2) std::raise(SIGINT);
  }));
  catch_stop_signals();
  if (GENERATE(false, true))
    folder.write("run/metrics.csv", "");
  else
    std::filesystem::remove(folder.path / "run" / "metrics.csv");
  settings.resume = true;
  CHECK(run_toy(settings));
  CHECK(read(folder.path / "run" / "metrics.csv").starts_with("epoch,step,"));
}

TEST_CASE("Two trainings do not write into one folder") {
  const Folder folder;
  const Settings settings = settings_in(folder.path);
  Toy toy;
  {
    const Trainer first(settings, toy.layer, toy.task([](Index) {}));
    CHECK(contains(error_of([&] { run_toy(settings); }), folder.path.string() + ": another training writes there"));
  }
  CHECK(run_toy(settings));
}

TEST_CASE("Ctrl-C before the first step leaves an earlier run as it is") {
  const Folder folder;
  const Settings settings = settings_in(folder.path);
  run_toy(settings);
  const std::string before = results(folder.path);
  catch_stop_signals();
  std::raise(SIGINT);
  CHECK_THROWS_AS(run_toy(settings), Stopped);
  catch_stop_signals();
  CHECK(results(folder.path) == before);
}

TEST_CASE("A run that has ended goes on with no step, and has no times to tell") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  CHECK(contains(error_of([&] {
                   settings.resume = true;
                   run_toy(settings);
                 }),
                 "last.safetensors: no such file"));
  settings.resume = false;
  run_toy(settings);
  settings.resume = settings.profile = true;
  Toy toy;
  Trainer trainer(settings, toy.layer, toy.task([](Index) {}));
  CHECK(trainer.run());
  CHECK(trainer.samples_per_second() == 0);
  CHECK(trainer.profile().empty());
}

TEST_CASE("A run that died goes on from its last checkpoint, again and again") {
  const Folder folder;
  const Path whole = folder.path / "whole";
  Settings settings = settings_in(whole);
  settings.optimizer = GENERATE(OptimizerKind::adamw, OptimizerKind::lamb, OptimizerKind::sgd);
  settings.schedule =
      GENERATE(ScheduleKind::one_cycle, ScheduleKind::cosine, ScheduleKind::step, ScheduleKind::constant);
  settings.checkpoint_every = 3;
  REQUIRE(run_toy(settings));

  settings.out = settings_in(folder.path / "died").out;
  const auto die = [](Index call) {
    if (call == 5) throw std::runtime_error("power cut");
  };
  for (int deaths = 0; deaths < 20; ++deaths) {
    try {
      run_toy(settings, die);
      break;
    } catch (const std::runtime_error&) { settings.resume = true; }
  }
  INFO(models::to_text(settings.optimizer) << ' ' << models::to_text(settings.schedule));
  CHECK(results(settings.out) == results(whole));

  const std::string before = results(settings.out);
  CHECK(run_toy(settings));  // nothing is left to do
  CHECK(results(settings.out) == before);
}

TEST_CASE("A checkpoint of another run is refused") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  run_toy(settings);
  settings.resume = true;
  const auto error = [&](auto change) {
    Settings changed = settings;
    change(changed);
    return error_of([&] { run_toy(changed); });
  };
  CHECK(contains(error([](Settings& s) { s.seed = 1; }), "last.safetensors: made with --seed 0, not 1"));
  CHECK(contains(error([](Settings& s) { s.batch_size = 7; }), "made with 4 batches in an epoch, but this run has 3"));
  CHECK(contains(error([](Settings& s) { s.shard_size = 3; }), "made with --shard-size 8, not 3"));
  CHECK(contains(error([](Settings& s) { s.epochs = 2; }), "stands at step 12, but this run has 8 steps"));
  CHECK(contains(error([](Settings& s) { s.optimizer = OptimizerKind::sgd; }),
                 "missing: optimizer.momentum.weight (3, 4)"));
  CHECK(contains(error([](Settings& s) { s.out += "/none"; }), "none/last.safetensors"));

  save_tensors(folder.path / "last.safetensors", {{{"weight", zeros({3, 4})}}, {}});
  CHECK(contains(error([](Settings&) {}), "not a checkpoint: 'seed' expected in its metadata"));
}

TEST_CASE("A loss that is not finite names the first operation at fault and keeps the last good checkpoint") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  settings.checkpoint_every = 1;
  settings.detect_anomaly = GENERATE(false, true);
  Toy toy;
  Task task = toy.task([](Index) {});
  task.forward = [&, good = task.forward](const Batch& batch) {
    BatchResult result = good(batch);
    if (++toy.calls > 10) result.loss = result.loss + log(result.loss - result.loss.item());
    return result;
  };
  const std::string message = error_of([&] { Trainer(settings, toy.layer, task).run(); });
  INFO(message);
  CHECK(contains(message, "step 6: log: "));
  const TensorFile last = load_tensors(folder.path / "last.safetensors");
  CHECK(last.metadata.at("step") == "5");
  CHECK(last.metadata.at("toy") == "yes");
  CHECK(std::isfinite(sum(last.tensors.at("weight")).item()));
}

TEST_CASE("Weights or a validation that are not finite end the run before they are saved") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  settings.checkpoint_every = 1;
  Toy toy;
  Task task = toy.task([](Index) {});
  SECTION("an update beyond the largest number") {
    settings.schedule = ScheduleKind::constant, settings.optimizer = OptimizerKind::sgd, settings.lr = 1e38,
    settings.weight_decay = 10;
    settings.clip = 0;
    CHECK(contains(
        error_of([&] { Trainer(settings, toy.layer, task).run(); }),
        "weight holds NaN or infinity after a step with learning rate 1e+38; the checkpoints before it are kept"));
  }
  SECTION("a validation") {
    task.validate = [&, good = task.validate]() -> Score {
      return toy.calls < 2 * batches ? good() : Score{NAN, 0, 20};
    };
    CHECK(error_of([&] { Trainer(settings, toy.layer, task).run(); }) ==
          "step 8: the loss on validation is nan; the checkpoints before it are kept");
    CHECK(load_tensors(folder.path / "last.safetensors").metadata.at("step") == "7");
    CHECK(load_tensors(folder.path / "best.safetensors").metadata.at("step") == "4");
  }
  for (const char* name : {"last.safetensors", "best.safetensors"})
    if (std::filesystem::exists(folder.path / name))
      for (const auto& [part, values] : load_tensors(folder.path / name).tensors) CHECK(all_finite(values));
}

TEST_CASE("A checkpoint that is refused changes neither weights nor optimiser") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  run_toy(settings);
  Toy toy;
  settings.resume = true, settings.optimizer = OptimizerKind::lamb, settings.seed = 1;
  const std::vector<double> before = toy.layer.weight.values();
  CHECK(contains(error_of([&] { Trainer(settings, toy.layer, toy.task([](Index) {})); }), "made with --seed 0, not 1"));
  settings.seed = 0, settings.optimizer = OptimizerKind::sgd;
  CHECK(contains(error_of([&] { Trainer(settings, toy.layer, toy.task([](Index) {})); }),
                 "does not fit model and optimiser:\n  missing: optimizer.momentum.bias (3)"));
  CHECK(toy.layer.weight.values() == before);
}

TEST_CASE("Numbers that JSON does not know are null in metrics.jsonl") {
  const Folder folder;
  Metrics(folder.path, 0).write({{"loss", NAN}, {"step", 1}, {"validation", std::nullopt}});
  CHECK(read(folder.path / "metrics.jsonl") == "{\"loss\": null, \"step\": 1}\n");
  CHECK(read(folder.path / "metrics.csv") == "loss,step,validation\nnan,1,\n");
}

TEST_CASE("A run that fails before its first checkpoint touches nothing of an earlier one, which still goes on") {
  const Folder folder;
  Settings settings = settings_in(folder.path / "run");
  catch_stop_signals();
  CHECK_FALSE(run_toy(settings, [](Index call) {
    if (call == 6) std::raise(SIGINT);
  }));
  catch_stop_signals();
  for (const char* name : {"run/result.json", "run/confusion.csv", "run/report.html"}) folder.write(name, name);
  const auto before = files_in(settings.out);
  CHECK(before.size() == 8);

  Toy toy;
  const Task good = toy.task([](Index) {});
  const auto fails = [&](auto change) {
    Task task = good;
    change(task);
    Settings other = settings;
    other.lr = 7;
    CHECK_THROWS(Trainer(other, toy.layer, task).run());
    CHECK(files_in(settings.out) == before);
  };
  fails([](Task& task) { task.batch = [](const auto&, const auto&) -> Batch { fail("bad data"); }; });
  fails([](Task& task) { task.forward = [](const Batch&) -> BatchResult { throw std::bad_alloc(); }; });
  fails([&](Task& task) {
    task.forward = [&](const Batch& batch) -> BatchResult { return {good.forward(batch).loss * NAN, 0}; };
  });
  fails([](Task& task) { task.samples = 0; });
  fails([](Task& task) { task.metadata["name"] = "\xff"; });  // it cannot be saved

  settings.resume = true;
  CHECK(run_toy(settings));
  const Settings whole = settings_in(folder.path / "whole");
  REQUIRE(run_toy(whole));
  CHECK(results(settings.out) == results(whole.out));
  for (const char* name : {"result.json", "confusion.csv", "report.html"})  // of less of the run
    CHECK_FALSE(std::filesystem::exists(folder.path / "run" / name));
}

TEST_CASE("A run that dies after its first checkpoint is the one that goes on") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  run_toy(settings);
  const std::string expected = results(folder.path);
  CHECK_THROWS(run_toy(settings, [](Index call) {
    if (call == 2) throw std::runtime_error("power cut");
  }));
  settings.resume = true;
  Index steps = 0;
  run_toy(settings, [&](Index call) { steps = call; });
  CHECK(steps == epochs * batches);
  CHECK(results(folder.path) == expected);
}

TEST_CASE("A full disk while saving is an error and leaves the last checkpoint whole") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  settings.checkpoint_every = 1;
  const Path last = folder.path / "last.safetensors";
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  std::string first;
  const std::string message = error_of([&] {
    run_toy(settings, [&](Index call) {
      if (call < 2) return;
      first = read(last);
      const rlimit less = {first.size() - 1, before.rlim_max};
      setrlimit(RLIMIT_FSIZE, &less);
    });
  });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  INFO(message);
  CHECK(contains(message, "safetensors"));
  CHECK(read(last) == first);
  CHECK(load_tensors(last).metadata.at("step") == "1");
  settings.resume = true;
  CHECK(run_toy(settings));
}

TEST_CASE("A profile tells where the time of the steps went and changes nothing") {
  const Folder folder;
  REQUIRE(run_toy(settings_in(folder.path / "plain")));
  Settings settings = settings_in(folder.path / "profiled");
  settings.profile = true;
  Toy toy;
  Trainer trainer(settings, toy.layer, toy.task([](Index) {}));
  REQUIRE(trainer.run());
  CHECK(results(settings.out) == results(folder.path / "plain"));

  const std::string table = trainer.profile();
  for (const char* row : {"\nlinear ", "\nlinear, backward ", "\ndropout ", "\noptimizer ", "\nall "})
    CHECK(contains(table, row));
  const auto trace = nlohmann::json::parse(read(Path(settings.out) / "trace.json"));
  double end = 0, products = 0;
  for (const auto& event : trace.at("traceEvents")) {
    CHECK(event.at("ph") == "X");
    CHECK(double(event.at("ts")) > end - 0.01);  // microseconds, rounded to three places
    end = double(event.at("ts")) + double(event.at("dur"));
    products += double(event.at("args").at("flops"));
  }
  CHECK(products > 0);
}

TEST_CASE("Without validation the last epoch is the best") {
  const Folder folder;
  Toy toy;
  Task task = toy.task([](Index) {});
  task.validate = nullptr;
  CHECK(Trainer(settings_in(folder.path), toy.layer, task).run());
  const TensorFile best = load_tensors(folder.path / "best.safetensors"),
                   last = load_tensors(folder.path / "last.safetensors");
  CHECK(best.metadata == last.metadata);
  CHECK(best.tensors.size() == 2);  // no state of the optimiser: this is the file to keep and to share
  for (const auto& [name, weights] : best.tensors) CHECK(weights.values() == last.tensors.at(name).values());
}

TEST_CASE("A checkpoint from before there were shards is continued, with the size that is asked for") {
  const Folder folder;
  Settings settings = settings_in(folder.path);
  run_toy(settings);
  const Path last = folder.path / "last.safetensors";
  TensorFile old = load_tensors(last);
  REQUIRE(old.metadata.erase("shard_size") == 1);
  save_tensors(last, old);
  settings.resume = true, settings.shard_size = 3;
  settings.epochs = epochs + 1;
  CHECK(run_toy(settings));
  CHECK(load_tensors(last).metadata["shard_size"] == "3");
}

TEST_CASE("A run in shards has the same bits for any number of threads, whole or stopped and resumed") {
  const Folder folder;
  Settings settings = settings_in(folder.path / "one");
  settings.shard_size = 2;
  {
    const Threads one(1);
    REQUIRE(run_toy(settings));
  }
  const std::string expected = results(settings.out);
  for (const int count : {2, 3, 8}) {
    const Threads scope(count);
    settings.out = (folder.path / fmt::format("{}", count)).string();
    catch_stop_signals();
    CHECK_FALSE(run_toy(settings, [](Index call) {
      if (call == 17) std::raise(SIGINT);
    }));
    catch_stop_signals();
    Settings resumed = settings;
    resumed.resume = true;
    CHECK(run_toy(resumed));
    CHECK(results(settings.out) == expected);
  }
}

TEST_CASE("A run has the same bits for any number of workers") {
  const Folder folder;
  Settings settings = settings_in(folder.path / "none");
  settings.workers = 0;
  REQUIRE(run_toy(settings));
  const std::string expected = results(settings.out);
  for (const int workers : {1, 2, 7}) {
    settings = settings_in(folder.path / "some");
    settings.workers = workers;
    REQUIRE(run_toy(settings));
    CHECK(results(settings.out) == expected);
  }
}

TEST_CASE("Without samples there is nothing to train") {
  const Folder folder;
  Toy toy;
  Task task = toy.task([](Index) {});
  task.samples = 0;
  CHECK(error_of([&] { Trainer(settings_in(folder.path), toy.layer, task); }) == "train: no samples to train on");
}

TEST_CASE("A setting out of its range is an error that says the range, and nothing is written") {
  const Folder folder;
  const auto error = [&](auto change) {
    Settings settings;
    settings.out = (folder.path / "run").string();
    change(settings);
    return error_of([&] { run_toy(settings); });
  };
  CHECK(error([](Settings& s) { s.epochs = 0; }) == "train: epochs is 0, and 1 to 1000000000 is possible");
  CHECK(error([](Settings& s) { s.batch_size = -1; }) == "train: batch_size is -1, and 1 to 1000000000 is possible");
  CHECK(error([](Settings& s) { s.lr = NAN; }) == "train: lr is nan, and 0 to 1e+38 is possible");
  CHECK(error([](Settings& s) { s.workers = -1; }) == "train: workers is -1, and 0 to 256 is possible");
  CHECK_FALSE(std::filesystem::exists(folder.path / "run"));
}

// While it lives, no more files can be opened.
struct NoFiles {
  rlimit before = {};
  NoFiles() {
    getrlimit(RLIMIT_NOFILE, &before);
    const rlimit none = {0, before.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoFiles() { setrlimit(RLIMIT_NOFILE, &before); }
};

TEST_CASE("A folder that cannot be opened is an Error, not a training without a lock") {
  const Folder folder;
  const std::string message = error_of([&] {
    const NoFiles none;
    const FolderLock lock(folder.path);
  });
  CHECK(message == folder.path.string() + ": cannot be opened: Too many open files");
}
