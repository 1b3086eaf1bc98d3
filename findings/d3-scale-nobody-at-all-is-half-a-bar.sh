#!/usr/bin/env bash
# A bar chart of d3-scale shows half a bar for each group where nobody was counted at all
#
# Package    npm d3-scale 4.0.3
# Behaviour  scaleLinear([0, most], [0, 100]) with most = 0 answers 50 for 0, the middle of the range; so do scaleSqrt and
#            scaleUtc of one moment. nice() changes nothing, and the axis has one tick, 0, in the middle too.
# Good guess The start of a domain is the start of the range, 0; or NaN, as 0 of 0 is.
# Seen       0 of 0 to 5 people: 0; 0 of 0 to 0: 50, with nice() 50, ticks 0
# Bites      Whoever draws figures with d3 and a domain up to the largest of them: the first month, a company that nobody
#            uses yet, a filter without a match is drawn as if half of all came, with the label 0 beside it.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 d3-scale@4.0.3
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { scaleLinear, scaleSqrt, scaleUtc } from 'd3-scale'

const bars = (people) => people.map(scaleLinear([0, Math.max(...people)], [0, 100])).join()
console.log('5 and nobody', bars([5, 0]))
console.log('nobody at all', bars([0, 0]))
console.log('nice', scaleLinear([0, 0], [0, 100]).nice()(0), scaleLinear([0, 0], [0, 100]).nice().ticks().join())
console.log('sqrt', scaleSqrt([0, 0], [0, 100])(0))
const day = new Date('2026-11-30')
console.log('one day', scaleUtc([day, day], [0, 100])(day))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
5 and nobody 100,0
nobody at all 50,50
nice 50 0
sqrt 50
one day 50
EXPECTED
echo 'as described'
