#!/usr/bin/env bash
# Trains a Perceiver on digits. Without arguments on digits that the program draws itself: no download. With
# `--data DIR` on MNIST (scripts/download.sh mnist). Everything that `mnist train --help` lists may follow.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

"$root/scripts/build.sh" mnist
# Threads that wait soon sleep: spinning for as long as the runtime's default makes two threads on a busy machine many
# times slower than one, and on a quiet one this is within 5 % of it.
export GOMP_SPINCOUNT=${GOMP_SPINCOUNT-1000}
exec "$root/build/release/bin/mnist" train "$@"
