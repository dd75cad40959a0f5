// Runs side by side: a table, and a page that overlays their curves.
#pragma once
#include <string>

namespace CLI {
class App;
}

namespace latent::examples {

// The command `runs`; `folder` is where it looks.
CLI::App& add_runs(CLI::App& app, std::string& folder);

// Prints a line for each folder in `folder` that a training left, and writes FOLDER/runs.html.  Returns the exit code.
// MissingFile if there is none.
int list_runs(const std::string& folder);

}  // namespace latent::examples
