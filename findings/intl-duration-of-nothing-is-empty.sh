#!/usr/bin/env bash
# Intl.DurationFormat says nothing at all of a duration of nothing
#
# Package    npm node 24.21.0 (V8's Intl.DurationFormat)
# Behaviour  Units that are 0 are left out, also where every unit is: {minutes: 0} is an empty text, in every language and
#            every style but "digital". Only minutesDisplay: "always" says "0 min".
# Good guess It says "0 minutes", as Intl.NumberFormat does of 0 in the unit minute and Intl.RelativeTimeFormat of no
#            minutes; at least the smallest unit that was given is shown.
# Seen       en, sv, ja: ""; with minutesDisplay "0 min", "0 min", "0 分"
# Bites      "You were signed in for …", "the code is valid for another …": at 0 the sentence has a hole, and nothing is
#            raised. Tests use 5 minutes.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
for (const language of ['en', 'sv', 'ja']) {
  const says = (duration, options) => JSON.stringify(new Intl.DurationFormat(language, options).format(duration))
  console.log(language, 'minutes', says({ minutes: 0 }))
  console.log(language, 'long', says({ hours: 0, minutes: 0 }, { style: 'long' }))
  console.log(language, 'narrow', says({ seconds: 0 }, { style: 'narrow' }))
  console.log(language, 'one minute, no seconds', says({ minutes: 1, seconds: 0 }))
  console.log(language, 'digital', says({ minutes: 0 }, { style: 'digital' }))
  console.log(language, 'always', says({ minutes: 0 }, { minutesDisplay: 'always' }))
}
console.log('a number', new Intl.NumberFormat('en', { style: 'unit', unit: 'minute', unitDisplay: 'long' }).format(0))
console.log('a relative time', new Intl.RelativeTimeFormat('en').format(0, 'minute'))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
en minutes ""
en long ""
en narrow ""
en one minute, no seconds "1 min"
en digital "0:00:00"
en always "0 min"
sv minutes ""
sv long ""
sv narrow ""
sv one minute, no seconds "1 min"
sv digital "0:00:00"
sv always "0 min"
ja minutes ""
ja long ""
ja narrow ""
ja one minute, no seconds "1 分"
ja digital "0:00:00"
ja always "0 分"
a number 0 minutes
a relative time in 0 minutes
EXPECTED
echo 'as described'
