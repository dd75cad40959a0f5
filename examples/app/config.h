// config.toml and recipes: TOML with one line for each option, such as `batch-size = 64`.
#pragma once
#include <map>
#include <string>

namespace CLI {
class App;
}

namespace latent::examples {

using Options = std::map<std::string, std::string>;  // names and values, as on the command line

// Error naming file, line and what stands there if it is not TOML, a value is not one number, text, true or false, or there
// are sections.  `name` begins errors.
Options read_config(const std::string& name, const std::string& text);

// What read_config() reads as the present values of all options, but for those that are not configurable.  Error naming an
// option whose text is not UTF-8, which no TOML can hold.
std::string config_text(CLI::App& app);

}  // namespace latent::examples
