#!/usr/bin/env bash
# Builds everything and runs the tests, except those that build copies of the project. With --all these run as well, and a
# browser, PyTorch and ONNX's test data are installed first, which other tests are skipped without. Other arguments go to
# ctest, and choose alone: scripts/test.sh -R softmax, scripts/test.sh -LE slow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

left_out=()
if [ $# -eq 0 ]; then left_out=(-LE copies); fi
if [ "${1-}" = --all ]; then
  shift
  "$root/scripts/setup.sh" curl chromium chromium-driver python3-selenium python3-torch libonnx-testdata
fi
"$root/scripts/build.sh"
# Threads that wait soon sleep: spinning for as long as the runtime's default makes two threads on a busy machine many
# times slower than one, and on a quiet one this is within 5 % of it.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT-1000}
ctest --test-dir "$root/build/release" --output-on-failure \
  --parallel "$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)" ${left_out[@]+"${left_out[@]}"} "$@"
if [ ${#left_out[@]} -gt 0 ]; then
  echo "left out: house/extend and house/consumer, which build copies of the project; scripts/test.sh --all runs them too"
fi
