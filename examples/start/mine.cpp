// Your own program: scripts/run.sh mine
#include <iostream>

#include "engine/engine.h"
#include "models/perceiver.h"
#include "nn/nn.h"

using namespace latent;

int main() { std::cout << arange(0, 3) << "\n"; }
