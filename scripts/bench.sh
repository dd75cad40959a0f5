#!/usr/bin/env bash
# Times one training step of each config in bench/configs.json, ours and PyTorch's, interleaved: medians over the rounds,
# PyTorch at its best of 1 and all threads. Installs PyTorch (for this comparison only).
# ROUNDS (default 5) and THREADS (default: all) may be set.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
rounds=${ROUNDS:-5} threads=${THREADS:-$(nproc)}

"$root/scripts/build.sh" bench_step
"$root/scripts/setup.sh" python3-torch libopenblas0-openmp
# Debian's PyTorch takes the OpenBLAS that the alternatives name; the pthread variant is several times slower here.
openblas=$(echo /usr/lib/*/openblas-openmp)
export LD_LIBRARY_PATH=$openblas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}

results=$(mktemp)
trap 'rm -f "$results"' EXIT
for ((round = 0; round < rounds; ++round)); do
  for config in mnist mnist-s mnist-m modelnet-s; do
    "$root/build/release/bin/bench_step" "$config" --configs "$root/bench/configs.json" --threads "$threads" --json
    /usr/bin/python3 "$root/bench/torch_step.py" "$config" --threads 1
    if [ "$threads" -gt 1 ]; then /usr/bin/python3 "$root/bench/torch_step.py" "$config" --threads "$threads"; fi
  done
done | tee "$results" >&2
/usr/bin/python3 "$root/bench/table.py" "$results"
