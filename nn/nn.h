// All layers, losses and optimisers, in reading order.
#pragma once
#include "nn/module.h"  // names parameters and children
#include "nn/init.h"    // initial values
#include "nn/linear.h"
#include "nn/norm.h"  // LayerNorm, RMSNorm
#include "nn/embedding.h"
#include "nn/dropout.h"  // and the scope in which it is active
#include "nn/feed_forward.h"
#include "nn/positional.h"        // Fourier features, sinusoidal, learned, rotary
#include "nn/cache.h"             // the KV cache
#include "nn/attention.h"         // multi-head, grouped-query, multi-query: self and cross
#include "nn/latent_attention.h"  // the Perceiver's: latent tokens
#include "nn/mla.h"               // DeepSeek's: a latent code of each token
#include "nn/block.h"             // residual blocks
#include "nn/losses.h"
#include "nn/optimizer.h"  // SGD, AdamW, LAMB
#include "nn/schedule.h"   // learning rates
#include "nn/summary.h"
