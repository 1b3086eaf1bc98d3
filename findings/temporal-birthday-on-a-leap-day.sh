#!/usr/bin/env bash
# Somebody born on 29 February turns 18 on 28 February by Temporal's add(), and is 17 that day by its until()
#
# Package    npm temporal-polyfill 1.0.8 and @js-temporal/polyfill 0.5.1; for comparison npm luxon 3.7.2, and npm node
#            24.21.0, whose own Temporal is still behind --harmony-temporal
# Behaviour  add({ years: 18 }) is 2026-02-28; on that day until() says 17 years, 11 months, 30 days. What is built into
#            Node 24 says 18 years; so does luxon.
# Good guess One library answers "when" and "how old" alike: born.add(born.until(day)) is that day, and years are whole
#            on the day that add() names. Polyfill and engine are the same standard, and agree.
# Seen       28 February 2026: both polyfills P17Y11M30D, Node P18Y, luxon 18; by each of them 18 years on is 2026-02-28
# Bites      Whoever stores the day on which a person comes of age and checks the age elsewhere: the one says yes, the
#            other no; and dropping the polyfill changes who may. Law says 28 February in some countries and 1 March in
#            others: compare with a date that says which.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 temporal-polyfill@1.0.8 @js-temporal/polyfill@0.5.1 luxon@3.7.2
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { Temporal as second } from '@js-temporal/polyfill'
import { DateTime } from 'luxon'
import { Temporal as first } from 'temporal-polyfill'

const [birthday, day] = ['2008-02-29', '2026-02-28']
const own = globalThis.Temporal
// With Node's own there, the first polyfill hands that on.
const each = own ? { Node: own } : { 'temporal-polyfill': first, '@js-temporal': second }
for (const [name, { PlainDate }] of Object.entries(each)) {
  const born = PlainDate.from(birthday)
  console.log(name, `${born.add({ years: 18 })}`, `${born.until(day, { largestUnit: 'years' })}`)
}
const born = DateTime.fromISO(birthday)
console.log('luxon', born.plus({ years: 18 }).toISODate(), DateTime.fromISO(day).diff(born, 'years').years)
JS
{ node case.mjs && node --harmony-temporal case.mjs; } >seen

diff - seen <<'EXPECTED'
temporal-polyfill 2026-02-28 P17Y11M30D
@js-temporal 2026-02-28 P17Y11M30D
luxon 2026-02-28 18
Node 2026-02-28 P18Y
luxon 2026-02-28 18
EXPECTED
echo 'as described'
