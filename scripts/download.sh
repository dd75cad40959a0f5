#!/usr/bin/env bash
# scripts/download.sh mnist|modelnet40|spoken-digits|shakespeare [DIR]: downloads a data set into DIR (default:
# data/NAME in the project), unpacks and checks it. Complete files are kept, incomplete downloads are continued.
# LATENT_MIRRORS (addresses, separated by blanks) replaces the mirrors.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

set=${1-}
folder=${2:-$root/data/$set}
case $set in
  mnist)
    mirrors="
      https://ossci-datasets.s3.amazonaws.com/mnist
      https://storage.googleapis.com/cvdf-datasets/mnist
      https://github.com/fgnt/mnist/raw/master"
    files="
      train-images-idx3-ubyte.gz 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609 9912422
      train-labels-idx1-ubyte.gz 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c 28881
      t10k-images-idx3-ubyte.gz 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6 1648877
      t10k-labels-idx1-ubyte.gz f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6 4542"
    next="scripts/train.sh --data $folder"
    ;;
  modelnet40) # 415 MiB of meshes
    mirrors="
      http://modelnet.cs.princeton.edu
      https://modelnet.cs.princeton.edu"
    files="
      ModelNet40.zip 42dc3e656932e387f554e25a4eb2cc0e1a1bd3ab54606e2a9eae444c60e536ac 435212151"
    next="build/release/bin/modelnet train --data $folder"
    ;;
  spoken-digits) # the archive is made when it is asked for, so that only its content has a checksum
    mirrors="
      https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags
      https://github.com/Jakobovski/free-spoken-digit-dataset/archive"
    files="
      v1.0.10.tar.gz any 1000000000"
    next="build/release/bin/audio train --data $folder"
    ;;
  shakespeare)
    mirrors="
      https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare
      https://github.com/karpathy/char-rnn/raw/master/data/tinyshakespeare"
    files="
      input.txt 86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed 1115394"
    next="build/release/bin/shakespeare train --data $folder"
    ;;
  *) set= ;;
esac
if [ -z "$set" ] || [ $# -gt 2 ]; then
  echo "usage: scripts/download.sh mnist|modelnet40|spoken-digits|shakespeare [DIR]" >&2
  exit 2
fi
mirrors=${LATENT_MIRRORS:-$mirrors}

say() { printf '%s\n' "$*" >&2; }

sha256() { if command -v sha256sum > /dev/null; then sha256sum; else shasum -a 256; fi | cut -d ' ' -f 1; }

# is_right FILE SHA256|any: true if FILE has this checksum; any: if it is a complete archive
is_right() {
  [ -f "$1" ] || return 1
  if [ "$2" = any ]; then gzip -t "$1" 2> /dev/null; else [ "$(sha256 < "$1")" = "$2" ]; fi
}

# holds DIR: true if DIR holds exactly the content of the set's archive
holds() {
  case $set in
    modelnet40)
      local meshes=("$1"/*/train/*.off "$1"/*/test/*.off)
      [ ${#meshes[@]} -eq 12311 ]
      ;;
    spoken-digits)
      [ "$(LC_ALL=C sh -c 'cat "$0"/recordings/*.wav' "$1" 2> /dev/null | sha256)" = \
        ddb17656a0bca4c5ddace082be188ca630516dc2ef1110afe3c4e9cc71173de4 ] ;;
    *) true ;;
  esac
}

# unpack DIR: unpacks the set's archive into DIR
unpack() {
  rm -rf "$1" && mkdir "$1"
  case $set in
    modelnet40)
      command -v unzip > /dev/null || "$root/scripts/setup.sh" unzip
      unzip -q "$folder/ModelNet40.zip" 'ModelNet40/*' -d "$1" && mv "$1"/ModelNet40/* "$1" && rm -r "$1/ModelNet40"
      ;;
    spoken-digits) tar -xzf "$folder/v1.0.10.tar.gz" -C "$1" --strip-components 1 ;;
  esac
}

# put_in_place DIR: moves the content of DIR into the folder. Files of the same names move to a folder beside it.
put_in_place() {
  local part name kept
  kept=$folder.before-$(date +%s)
  for part in "$1"/*; do
    name=$folder/${part##*/}
    if [ -e "$name" ]; then mkdir -p "$kept" && mv "$name" "$kept"; fi
    mv "$part" "$name"
  done
  if [ -d "$kept" ]; then say "Existing files of the same names are in $kept now."; fi
  rm -r "$1"
}

# get URL FILE: downloads into FILE, continuing where it ends
get() {
  if command -v curl > /dev/null; then
    curl --fail --location --silent --show-error --connect-timeout 20 --speed-limit 1000 --speed-time 30 \
      --continue-at - --output "$2" "$1"
  else
    wget --no-verbose --timeout 30 --tries 2 --continue --output-document "$2" "$1"
  fi
}

# fetch FILE SHA256 BYTES: downloads FILE from the first mirror with the right content. An incomplete download stays in
# FILE.part, for the next mirror to continue.
fetch() {
  local part="$folder/$1.part" mirror start
  if is_right "$part" "$2"; then # an earlier run stopped before it renamed the file
    mv -f "$part" "$folder/$1"
    return 0
  fi
  for mirror in $mirrors; do
    for start in continued fresh; do
      if [ -f "$part" ] && [ "$(wc -c < "$part")" -ge "$3" ]; then rm -f "$part"; fi
      if [ "$start" = continued ] && [ ! -s "$part" ]; then continue; fi
      if [ "$start" = fresh ] && [ -s "$part" ]; then continue; fi
      say "$1 from $mirror ($start)"
      local code=0
      get "$mirror/$1" "$part" || code=$?
      if is_right "$part" "$2"; then
        mv -f "$part" "$folder/$1"
        return 0
      fi
      if [ $code -eq 0 ]; then say "$1: the download does not have the right SHA-256"; fi
      # 33: the server cannot continue a download (curl)
      if [ $code -eq 0 ] || [ $code -eq 33 ]; then rm -f "$part"; fi
    done
  done
  return 1
}

if ! command -v curl > /dev/null && ! command -v wget > /dev/null; then
  "$root/scripts/setup.sh" curl ca-certificates
fi
mkdir -p "$folder"
case $set in
  modelnet40 | spoken-digits)
    for inside in "$folder"/*/; do # unpacked by hand, into a folder of the archive's name
      if holds "${inside%/}"; then put_in_place "${inside%/}"; fi
    done
    if holds "$folder"; then files=; fi
    ;;
esac
failed=
while read -r name sum bytes; do
  [ -n "$name" ] || continue
  if is_right "$folder/$name" "$sum"; then
    say "$name is there already"
  elif ! fetch "$name" "$sum" "$bytes"; then
    failed="$failed${sum/any/(no checksum)}  $folder/$name  from $(printf '%s' "$mirrors" | xargs -n 1 | head -n 1)/$name
"
  fi
done <<< "$files"

if [ -n "$failed" ]; then
  say "No mirror could be reached or had the right file. Please download by hand (SHA-256, destination, source):"
  printf '%s' "$failed" >&2
  say "and run this script again to check them."
  exit 1
fi
if ! holds "$folder"; then
  say "unpacking"
  if ! unpack "$folder/unpacked" || ! holds "$folder/unpacked"; then
    rm -rf "$folder/unpacked"
    if [ "$set" = spoken-digits ]; then mv "$folder/v1.0.10.tar.gz" "$folder/v1.0.10.tar.gz.wrong"; fi
    say "The archive does not hold the expected data set. Please put it into $folder by hand,"
    case $set in
      modelnet40) say "as CLASS/train/*.off and CLASS/test/*.off, 12311 files" ;;
      spoken-digits) say "as recordings/{digit}_{speaker}_{index}.wav, 3000 files" ;;
    esac
    exit 1
  fi
  put_in_place "$folder/unpacked"
  holds "$folder" || say "Beside the data set, $folder holds further files of its kind, which the programs also read."
fi
say "$set is in $folder. Next: $next"
