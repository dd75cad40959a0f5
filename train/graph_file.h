// Writes the computation graph of a loss to files.
#pragma once
#include <filesystem>

#include "engine/graph.h"

namespace latent::train {

// Writes FOLDER/graph.dot and, if Graphviz's `dot` is installed, FOLDER/graph.svg; prints the name of the file to open.
void write_graph(const std::filesystem::path& folder, const Tensor& loss, const std::vector<Named>& leaves);

}  // namespace latent::train
