#!/usr/bin/env bash
# Installs the missing packages that the build needs, the compiler, CMake and the libraries, and the packages named as
# arguments. The other scripts call it; if nothing is missing it does nothing.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

if ! command -v apt-get > /dev/null; then
  missing=
  [ $# -eq 0 ] || say "also needed, but not checked (Debian's names): $*"
  for tool in cmake git "${CXX:-c++}"; do
    command -v "$tool" > /dev/null || missing="$missing $tool"
  done
  [ -z "$missing" ] && exit 0
  say "missing:$missing. Please install a C++20 compiler, CMake 3.22 or newer, and git:"
  case "$(uname -s)" in
    Darwin) say "  xcode-select --install && brew install cmake libomp xsimd fmt nlohmann-json cli11 tomlplusplus catch2 libpng libsndfile libsamplerate kissfft" ;;
    *) say "  Fedora: dnf install gcc-c++ make cmake git xsimd-devel fmt-devel json-devel cli11-devel tomlplusplus-devel catch-devel zlib-devel libpng-devel libsndfile-devel libsamplerate-devel kiss-fft-devel"
       say "  Arch:   pacman -S gcc make cmake git xsimd fmt nlohmann-json cli11 tomlplusplus catch2 zlib libpng libsndfile libsamplerate kissfft" ;;
  esac
  say "Libraries that are not installed are fetched while configuring."
  exit 1
fi

packages="g++ make cmake python3 libxsimd-dev libfmt-dev nlohmann-json3-dev libcli11-dev libtomlplusplus-dev catch2 zlib1g-dev libpng-dev libsndfile1-dev libsamplerate0-dev libkissfft-dev"
missing=()
for package in $packages "$@"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

say "installing: ${missing[*]}"
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif command -v sudo > /dev/null; then
  as_root=(sudo)
else
  say "Neither root nor sudo is at hand. Please run as root: apt-get install ${missing[*]}"
  exit 1
fi
${as_root[@]+"${as_root[@]}"} apt-get update -qq || say "apt-get update failed; trying with the lists at hand"
${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive \
  apt-get install -qq -y --no-install-recommends "${missing[@]}" > /dev/null
