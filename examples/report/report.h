// A page for every training: report.html in the folder of the run, which needs no other file and no network.
#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace latent::examples {

using Json = nlohmann::ordered_json;

// Writes FOLDER/report.html: the curves in metrics.csv so far, and these entries of `content`, where present:
//   title, unit, model, parameters, flops, epochs, ended, summary, config   of any training
//   classes, grid, tested, looks                                            of a classifier: classification_report.h
//   writes                                                                  of a language model: some text
//   completions                                                             of a model that completes pictures: visible
//                                                                           part, completion, original
void write_report(const std::filesystem::path& folder, const Json& content);

// A page with the styles and scripts of examples/report; `script` finds `content` in its variable `data`.
std::string page(const std::string& script, const Json& content);

// The metrics of a run, column by column: "curves", averaged over groups of rows if there are many, and "validation".
Json curves_of(const std::filesystem::path& metrics);

// The values as bytes from 0 for `low` to 255 for `high`, in base64.
std::string as_bytes(std::span<const double> values, double low, double high);

}  // namespace latent::examples
