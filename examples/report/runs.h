// Runs side by side: a table, and a page that overlays their curves.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace latent::examples {

// Adds the command `runs`, which lists the runs in `folder`.
CLI::App& add_runs(CLI::App& app, std::string& folder);

// Prints a line for each run in `folder` and writes FOLDER/runs.html.  Returns the exit code.  MissingFile: no runs.
int list_runs(const std::string& folder);

}  // namespace latent::examples
