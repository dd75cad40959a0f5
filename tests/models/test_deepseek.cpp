#include "models/deepseek.h"

#include "tests/catch.h"

using namespace latent;
using namespace latent::models;

TEST_CASE("DeepSeek's attention: cache and parameters as published, without memory for the weights") {
  const Index before = memory().current;
  reset_peak_memory();
  CHECK(deepseek_v2().cache_elements() == 34'560);
  CHECK(deepseek_v2().multi_head_cache_elements() == 1'966'080);  // with the same heads
  CHECK(deepseek_v2_lite().cache_elements() == 15'552);
  CHECK(deepseek_v3().cache_elements() == 35'136);

  // W_DKV and W_KR; norms; W_UK and W_UV; W_DQ, W_UQ and W_QR; W_O
  CHECK(deepseek_v2().parameter_count() == Index{60} * (5120 * (512 + 64) + 512 + 1536 + 512 * 2 * 16384 + 5120 * 1536 +
                                                        1536 * (16384 + 8192) + 16384 * 5120));
  CHECK(deepseek_v2_lite().parameter_count() ==
        Index{27} * (2048 * (512 + 64) + 512 + 512 * 2 * 2048 + 2048 * (2048 + 1024) + 2048 * 2048));
  CHECK(deepseek_v3().parameter_count() == Index{61} * 187'107'328);
  CHECK(memory().peak - before < 1 << 20);
}
