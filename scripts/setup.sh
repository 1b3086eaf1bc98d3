#!/bin/sh
# Installs what package-lock.json names, once; the `node` package brings Node 24, which npm scripts then use.
# A shell script, because it runs before there is a Node that reads TypeScript.
set -eu
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  # On the other stream: what a command answers may be read by a program.
  echo 'Installing the packages that package-lock.json names; this happens once and may take a minute …' >&2
  npm ci --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed-lock
fi
