#!/usr/bin/env bash
# scripts/build.sh [--mpi] [TARGET...]: installs what the build needs and builds the targets (default: all) into
# build/release. With --mpi, for several processes (docs/scaling.md), into build/mpi.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

build=$root/build/release options=()
if [ "${1-}" = --mpi ]; then
  shift
  build=$root/build/mpi options=(-DLATENT_MPI=ON)
  "$root/scripts/setup.sh" libopenmpi-dev openmpi-bin
fi
"$root/scripts/setup.sh"
cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release ${options[@]+"${options[@]}"}
cmake --build "$build" --parallel "$(nproc 2> /dev/null || getconf _NPROCESSORS_ONLN)" ${1:+--target "$@"}
