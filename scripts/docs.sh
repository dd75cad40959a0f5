#!/usr/bin/env bash
# Writes the API documentation into build/docs/html with Doxygen. A warning of Doxygen is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
scripts/setup.sh doxygen
mkdir -p build/docs
doxygen docs/Doxyfile
echo "build/docs/html/index.html"
