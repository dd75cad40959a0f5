// config.toml and recipes: TOML with one line for each option, such as `batch-size = 64`.
#pragma once
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace latent::examples {

using Options = std::map<std::string, std::string>;  // names and values, as on the command line

// Parses the text of such a file; `name` begins error messages.  Error naming the place if it is not TOML, if it has
// sections, or if a value is not one number, text, true or false.
Options read_config(const std::string& name, const std::string& text);

// The present values of all configurable options, as text for read_config().  Error naming an option whose text is not
// UTF-8, which TOML requires.
std::string config_text(CLI::App& app);

}  // namespace latent::examples
