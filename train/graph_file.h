// The graph of a loss, as files.
#pragma once
#include <filesystem>

#include "engine/graph.h"

namespace latent::train {

// FOLDER/graph.dot and, where Graphviz's `dot` is installed, FOLDER/graph.svg; prints which.
void write_graph(const std::filesystem::path& folder, const Tensor& loss, const std::vector<Named>& leaves);

}  // namespace latent::train
