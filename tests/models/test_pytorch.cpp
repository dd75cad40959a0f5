// What is saved here loads in PyTorch, where the same model gives the same output, and what PyTorch saves loads here.
#include <unistd.h>

#include <cstdlib>

#include "engine/safetensors.h"
#include "models/transformer.h"
#include "tests/catch.h"
#include "tests/files.h"

using namespace latent;

TEST_CASE("PyTorch loads the weights and computes the same, and what it saves loads here") {
  models::TransformerConfig config;
  config.input = {.grid = {6}, .input_channels = 3, .positions = models::Positions::learned, .position_channels = 5};
  config.layers = 2;
  config.channels = 8;
  config.heads = 2;
  config.classes = 4;
  config.zero_head = false;
  nn::Init init{.generator = Generator(1), .dtype = DType::f64};
  const models::Transformer model(config, init);
  Generator generator(2);
  for (const auto& [name, tensor] : model.parameters()) tensor.copy_from(randn(tensor.shape(), generator, DType::f64));
  nn::NamedTensors saved = nn::named_tensors(model);
  saved["input"] = randn({5, 6, 3}, generator, DType::f64);
  saved["output"] = model(saved["input"]).detach();

  const auto folder = std::filesystem::temp_directory_path() / fmt::format("latent_pytorch_{}", getpid());
  std::filesystem::create_directories(folder);
  save_tensors(folder / "here.safetensors", {saved, {}});
  const auto script = test::source_folder() / "tests/models/pytorch_transformer.py";
  const int status =
      std::system(fmt::format("/usr/bin/python3 '{}' '{}' '{}'", script.string(),
                              (folder / "here.safetensors").string(), (folder / "there.safetensors").string())
                      .c_str());
  if (WEXITSTATUS(status) == 127)
    fmt::print("skipped: needs /usr/bin/python3\n");
  else if (WEXITSTATUS(status) != 77) {  // where it has said why it skips
    REQUIRE(status == 0);
    const Tensor twice = load_tensors(folder / "there.safetensors").tensors.at("twice");
    CHECK(max(abs(twice - 2 * saved["output"])).item() < 1e-11);
  }
  std::filesystem::remove_all(folder);
}
