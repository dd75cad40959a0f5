#include "examples/report/runs.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/atomic_file.h"
#include "examples/app/config.h"
#include "examples/app/options.h"
#include "examples/app/program.h"
#include "examples/app/text_file.h"
#include "examples/report/files.h"
#include "examples/report/report.h"
#include "examples/report/table.h"

namespace latent::examples {
namespace {

struct PastRun {
  std::string name;
  Options options;  // as in config.toml
  Json metrics;     // curves_of()
  Json result;      // result.json; null if it has not ended
};

// The text of the file, parsed; Value() if the file does not exist.  An invalid file is reported and also gives
// Value(), so that the other runs are shown.
template <class Value, class Parse> Value content_of(const std::filesystem::path& file, Parse parse) {
  if (!std::filesystem::exists(file)) return Value();
  try {
    return parse(read_text(file.string()));
  } catch (const Error& error) {
    fmt::print(stderr, "{}; it is not shown\n", error.what());
  } catch (const Json::exception&) { fmt::print(stderr, "{}: not JSON; it is not shown\n", file.string()); }
  return Value();
}

Options options_in(const std::filesystem::path& file) {
  auto options = content_of<Options>(file, [&](const std::string& text) { return read_config(file.string(), text); });
  for (const char* of_the_run : {"out", "threads", "workers", "checkpoint-every"}) options.erase(of_the_run);
  return options;
}

Json result_in(const std::filesystem::path& file) {
  return content_of<Json>(file, [](const std::string& text) { return Json::parse(text); });
}

std::vector<PastRun> runs_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (std::filesystem::exists(entry.path() / "metrics.csv")) folders.push_back(entry.path());
  std::ranges::sort(folders);
  std::vector<PastRun> runs;
  for (const auto& each : folders)
    runs.push_back({each.filename().string(), options_in(each / "config.toml"), curves_of(each / "metrics.csv"),
                    result_in(each / "result.json")});
  if (runs.empty())
    throw MissingFile(
        fmt::format("{}: no runs found; a training writes into a folder of runs/, or into --out", folder.string()));
  return runs;
}

// The options that differ between the runs.
std::vector<std::string> different_options(const std::vector<PastRun>& runs) {
  std::map<std::string, std::set<std::string>> values;
  for (const PastRun& run : runs)
    for (const auto& [name, value] : run.options) values[name].insert(value);
  std::vector<std::string> names;
  for (const auto& entry : values) {
    const auto has = [&](const PastRun& run) { return run.options.contains(entry.first); };
    if (entry.second.size() > 1 || !std::ranges::all_of(runs, has)) names.push_back(entry.first);
  }
  return names;
}

using Cells = std::vector<std::string>;

Cells heading() { return {"run", "epochs", "parameters", "least loss", "validation, %", "test, %", "samples/s"}; }

Cells cells_of(const PastRun& run) {
  const auto best = [&](const char* name, auto better) -> std::optional<double> {
    std::optional<double> found;
    for (const Json& value : run.metrics["validation"][name])
      if (value.is_number() && (!found || better(value.get<double>(), *found))) found = value.get<double>();
    return found;
  };
  const auto of_result = [&](const char* name) -> std::optional<double> {
    const auto found = run.result.find(name);
    return found != run.result.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
  };
  const auto text = [](const std::optional<double>& value, int digits, double scale = 1) {
    return value ? fmt::format("{:.{}f}", scale * *value, digits) : std::string("-");
  };
  const auto given_epochs = run.options.find("epochs");
  const Json &epoch = run.metrics["epoch"], &speed = run.metrics["curves"]["samples_per_second"];
  return {
      run.name,
      fmt::format("{}/{}", epoch.is_number() ? epoch.get<double>() : 0,
                  given_epochs == run.options.end() ? "?" : given_epochs->second),
      text(of_result("parameters"), 0),
      text(best("loss", std::less<>()), 4),
      text(best("accuracy", std::greater<>()), 2, 100),
      text(of_result("test_accuracy"), 2, 100),
      text(speed.empty() || !speed.back().is_number() ? std::nullopt : std::optional(speed.back().get<double>()), 0)};
}

Json page_of(const std::vector<PastRun>& runs, const std::vector<std::string>& differ) {
  Json content = {{"heading", heading()}, {"options", differ}, {"runs", Json::array()}};
  for (const PastRun& run : runs) {
    Json options = Json::array();
    for (const std::string& name : differ) {
      const auto option = run.options.find(name);
      options.push_back(option == run.options.end() ? "" : option->second);
    }
    Json each = {{"name", run.name}, {"cells", cells_of(run)}, {"options", options}};
    each.update(run.metrics);
    content["runs"].push_back(each);
  }
  return content;
}

}  // namespace

CLI::App& add_runs(CLI::App& app, std::string& folder) {
  CLI::App& runs = *app.add_subcommand("runs", "List runs side by side, and write a page of their curves");
  folder = "runs";
  runs.add_option("folder", folder, "Folder that contains the folders of the runs")->capture_default_str();
  return runs;
}

int list_runs(const std::string& folder) {
  const std::vector<PastRun> runs = runs_in(folder);
  const std::vector<std::string> differ = different_options(runs);
  Table table;
  table.add(heading());
  for (const PastRun& run : runs) table.add(cells_of(run));
  fmt::print("{}", table.text());
  const std::filesystem::path file = std::filesystem::path(folder) / "runs.html";
  write_text(file, page(runs_js, page_of(runs, differ)));
  fmt::print("their curves: {}\n", file.string());
  return 0;
}

}  // namespace latent::examples
