#!/bin/sh
# Compiles dist/cli/ and Bun's runtime into one executable, with a link that has the program's second name.
#   standalone/build.sh                                for this platform: build/standalone/
#   standalone/build.sh darwin-arm64|linux-x64-musl|…  for another one:   build/standalone/darwin-arm64/
set -eu
cd "$(dirname "$0")/.."
platform=${1:-}
out=build/standalone${platform:+/$platform}
mkdir -p "$out"

set --
if [ -n "$platform" ]; then
  os=${platform%%-*}
  cpu=${platform#*-}
  libc=glibc
  case $cpu in *-musl) libc=musl ;; esac
  cpu=${cpu%-musl}
  # The same packages, with the same checksums, as npm would choose them there.
  runtime=build/runtime/$platform
  mkdir -p "$runtime"
  cp standalone/package.json standalone/package-lock.json "$runtime"
  npm ci --prefix "$runtime" --os="$os" --cpu="$cpu" --libc="$libc"
  set -- --target="bun-$platform" --compile-executable-path="$(echo "$runtime"/node_modules/@oven/*/bin/bun)"
fi

# Neither a .env nor a bunfig.toml of the folder in which it is run may change what it does.
standalone/node_modules/@oven/*/bin/bun build standalone/main.cjs --outfile "$out/greentic-dist" "$@" \
  --compile --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
  --format=cjs --bytecode --minify
ln -sf greentic-dist "$out/greentic-distributor-client"
