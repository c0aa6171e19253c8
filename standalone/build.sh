#!/bin/sh
# Compiles dist/ and the runtime into one executable: build/standalone/greentic-dist, and a link with the second name.
set -eu
cd "$(dirname "$0")/.."
out=build/standalone
mkdir -p "$out"
# Neither a .env nor a bunfig.toml of the folder in which it is run may change what it does.
standalone/node_modules/@oven/bun-linux-x64/bin/bun build standalone/main.ts --outfile "$out/greentic-dist" \
  --compile --no-compile-autoload-dotenv --no-compile-autoload-bunfig \
  --format=esm --splitting --bytecode --minify
ln -sf greentic-dist "$out/greentic-distributor-client"
