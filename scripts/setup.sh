#!/bin/sh
# Installs what package-lock.json names, once; the `node` package brings Node 24, which npm scripts then use.
# A shell script, because it runs before there is a Node that reads TypeScript.
set -eu
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock
fi
