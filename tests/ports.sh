#!/usr/bin/env bash
# tests/ports.sh arm|windows|32bit [TEST...]: builds for a machine other than this one, without warnings, and runs the tests
# of the engine that Catch2's patterns TEST choose (all but the slow ones without any).
#   arm      64-bit ARM (level neon64), run by qemu
#   windows  64-bit Windows by mingw-w64: the libraries and one program; nothing is run
#   32bit    x86 with pointers of 32 bits
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
machine=${1:?"arm, windows or 32bit"}
shift
build=build/ci-$machine

# configure COMPILER CMAKE_ARGUMENT...: with links to this machine's headers of libraries, which serve every other
configure() {
  local compiler=$1
  shift
  mkdir -p "$build/headers"
  ln -sfn -t "$build/headers" /usr/include/{fmt,nlohmann,xsimd,catch2}
  ln -sfn /usr/lib/cmake/Catch2 "$build/headers/cmake"
  cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_FLAGS_RELEASE=-O1 \
    -DCMAKE_CXX_COMPILER="$compiler" -DLATENT_WERROR=ON \
    -DLATENT_BUILD_EXAMPLES=OFF -DLATENT_INSTALL=OFF -DCMAKE_EXE_LINKER_FLAGS=-static \
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

case $machine in
  arm)
    scripts/setup.sh ninja-build g++-aarch64-linux-gnu qemu-user-static
    configure aarch64-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
      -DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64-static
    cmake --build "$build" --target test_engine
    no "estimates in place of division and square root (see engine/kernels/neon.h)" '\bfr(ecp|sqrt)[esx]\b' \
      aarch64-linux-gnu-objdump
    qemu-aarch64-static "$build/bin/test_engine" "${@:-~[slow]}"
    ;;
  windows)
    scripts/setup.sh ninja-build g++-mingw-w64-x86-64-posix
    configure x86_64-w64-mingw32-g++-posix -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_SYSTEM_PROCESSOR=AMD64 \
      -DLATENT_LEVELS="avx2;sse2"
    cmake --build "$build" --target latent_models readme
    no "AVX moves that need an aligned stack (see engine/CMakeLists.txt)" '\bvmov(ap[sd]|dqa[0-9]*) .*(\(.*%[yz]mm|%[yz]mm.*\()' \
      x86_64-w64-mingw32-objdump
    ;;
  32bit)
    scripts/setup.sh ninja-build g++-i686-linux-gnu
    configure i686-linux-gnu-g++ -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=i686 \
      -DCMAKE_CXX_FLAGS="-msse2 -mfpmath=sse" -DLATENT_LEVELS=sse2
    cmake --build "$build" --target latent_models test_engine
    "$build/bin/test_engine" "${@:-~[slow]}"
    ;;
  *) echo "$machine: arm, windows or 32bit is needed" >&2 && exit 2 ;;
esac
