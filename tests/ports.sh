#!/usr/bin/env bash
# tests/ports.sh arm|windows|32bit [TESTS...]: builds the libraries for a machine other than this one, without warnings; and
# the engine's tests, if Catch2's patterns TESTS choose some to run: '~[slow]' all but the slow ones, '~[slow]~"bits:*"' all but
# those and the tests of bits. Each argument is a run of its own, beside the others.
#   arm      64-bit ARM (level neon64), run by qemu; the bits of every op are compared with those of this machine
#   windows  64-bit Windows by mingw-w64, and a program of the tour; nothing is run
#   32bit    x86 with pointers of 32 bits
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
machine=${1:?"arm, windows or 32bit"}
shift
build=build/ci-$machine
optimise=-O1
[ $# -gt 0 ] || optimise=-O0  # nothing is run

# configure COMPILER CMAKE_ARGUMENT...: with links to this machine's headers of libraries, which serve every other
configure() {
  local compiler=$1
  shift
  mkdir -p "$build/headers"
  ln -sfn -t "$build/headers" /usr/include/{fmt,nlohmann,xsimd,catch2}
  ln -sfn /usr/lib/cmake/Catch2 "$build/headers/cmake"
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE="$optimise" \
    -DCMAKE_CXX_COMPILER="$compiler" -DLATENT_WERROR=ON \
    -DCMAKE_UNITY_BUILD=ON -DLATENT_BUILD_EXAMPLES=OFF -DLATENT_INSTALL=OFF -DCMAKE_EXE_LINKER_FLAGS=-static \
    -DOpenMP_gomp_LIBRARY=gomp -DOpenMP_pthread_LIBRARY=pthread \
    -DCMAKE_PROJECT_INCLUDE="$PWD/cmake/headers.cmake" -DLATENT_HEADERS="$PWD/$build/headers" "$@"
}

# no WHAT PATTERN OBJDUMP: fails if an instruction of the kernels matches the pattern
no() {
  local found
  found=$(find "$build"/engine/CMakeFiles/latent_kernels_* -name '*.o' -exec "$3" -d {} + | grep -E -- "$2") || return 0
  printf '%s, for example\n%s\n' "$1" "$(head -n 3 <<< "$found")"
  exit 1
}

# build_and_test RUNNER TESTS...
build_and_test() {
  local runner=$1 tests run runs=()
  shift
  cmake --build "$build" --target latent_models ${1:+test_engine}
  for tests in "$@"; do
    $runner "$build/bin/test_engine" "$tests" &
    runs+=($!)
  done
  for run in "${runs[@]}"; do wait "$run"; done
}

# Whether neon64 gives each op, in value and gradients, the bits of sse2, which has as many lanes, or those of avx2, which
# rounds a product and a sum once, as neon64 does. Functions that have both, such products (an exponential has them) and sums
# over lanes, have the bits of neither.
compare_bits() {
  local here=build/release/bin/test_engine
  [ -x $here ] || { echo "bits are not compared: $here is not built" && return; }
  LATENT_DIGESTS=$build/here.tsv $here "digests:*" > "$build/digests.log"
  LATENT_DIGESTS=$build/there.tsv qemu-aarch64-static "$build/bin/test_engine" "digests:*" > "$build/digests.log"
  awk -F '\t' '
    { name[$2]; value[$1, $2] = $3; gradient[$1, $2] = $4 }
    function same(bits, other, op) { return bits["neon64", op] == bits[other, op] }
    function judge(bits, op, what) {
      kind = same(bits, "sse2", op) ? (same(bits, "avx2", op) ? "both" : "sse2") : same(bits, "avx2", op) ? "avx2" : "neither"
      ++count[kind]
      if (kind == "neither" && op !~ /^(logsumexp|softmax|log_softmax|cross_entropy|layer_norm|rms_norm|attention),? /) {
        print "neither sse2 nor avx2 has the bits of neon64: " op what
        failed = 1
      }
    }
    END {
      for (op in name) { judge(value, op, ""); judge(gradient, op, " (gradients)") }
      printf "bits of neon64: %d as sse2 and avx2, %d as sse2, %d as avx2, %d as neither\n",
        count["both"], count["sse2"], count["avx2"], count["neither"]
      exit failed
    }' "$build/here.tsv" "$build/there.tsv"
}

case $machine in
  arm)
    scripts/setup.sh ninja-build g++-aarch64-linux-gnu qemu-user-static
    configure aarch64-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
      -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64-static
    build_and_test qemu-aarch64-static "$@"
    no "estimates in place of division and square root (see engine/kernels/neon.h)" '\bfr(ecp|sqrt)[esx]\b' \
      aarch64-linux-gnu-objdump
    [ $# -eq 0 ] || compare_bits
    ;;
  windows)
    scripts/setup.sh ninja-build g++-mingw-w64-x86-64-posix
    configure x86_64-w64-mingw32-g++-posix -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64 -DLATENT_LEVELS=avx2
    cmake --build "$build" --target latent_models tour_06_perceiver
    no "AVX moves that need an aligned stack (see engine/CMakeLists.txt)" \
      '\bvmov(ap[sd]|dqa[0-9]*) .*(\(.*%[yz]mm|%[yz]mm.*\()' x86_64-w64-mingw32-objdump
    ;;
  32bit)
    scripts/setup.sh ninja-build g++-i686-linux-gnu
    configure i686-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=i686 \
      -DCMAKE_CXX_FLAGS="-msse2 -mfpmath=sse" -DLATENT_LEVELS=sse2
    build_and_test "" "$@"
    ;;
  *) echo "$machine: arm, windows or 32bit is needed" >&2 && exit 2 ;;
esac
