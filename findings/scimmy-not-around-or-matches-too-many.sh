#!/usr/bin/env bash
# SCIMMY reads `not (a or b)` as `not a or not b`
#
# Package    npm scimmy 1.3.5
# Behaviour  The negation is handed to each condition and the `or` between them stays an `or`, so that a resource that
#            fits one of the two is answered as one that fits neither; `not (a and b)` needs both to fail.
# Good guess RFC 7644 3.4.2.2: `not` negates the whole group, which is neither a nor b.
# Seen       not (userType eq "Service" or userType eq "Bot"): Service, Bot and Employee match
# Bites      Whoever lets a directory ask for "everybody but service accounts and bots", to delete, export or count them:
#            the answer is everybody.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import SCIMMY from 'scimmy'

const everybody = ['Service', 'Bot', 'Employee'].map((userType) => ({ userType, active: true }))
const matches = (filter) => new SCIMMY.Types.Filter(filter).match(everybody).map(({ userType }) => userType).join()
console.log('one', matches('not (userType eq "Service")'))
console.log('or', matches('not (userType eq "Service" or userType eq "Bot")'))
console.log('by hand', matches('not (userType eq "Service") and not (userType eq "Bot")'))
console.log('and', matches('not (userType eq "Service" and active eq true)') || 'nobody')
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
one Bot,Employee
or Service,Bot,Employee
by hand Employee
and nobody
EXPECTED
echo 'as described'
