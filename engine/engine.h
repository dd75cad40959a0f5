// The whole engine, in reading order.
#pragma once
#include "engine/shape.h"        // sizes, strides, broadcasting
#include "engine/memory.h"       // where tensors get their bytes
#include "engine/tensor.h"       // storage + view + history
#include "engine/random.h"       // seeded random numbers and tensors
#include "engine/autograd.h"     // record, grad, backward
#include "engine/ops.h"          // every differentiable function
#include "engine/gradcheck.h"    // check the gradients of your own ops
#include "engine/parallel.h"     // threads
#include "engine/level.h"        // SIMD level
#include "engine/safetensors.h"  // save and load
#include "engine/update.h"       // the steps of optimisers
#include "engine/graph.h"        // the recorded graph as a picture
#include "engine/profile.h"      // where the time goes
