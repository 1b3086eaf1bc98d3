import assert from 'node:assert/strict'
import { setDefaultResultOrder } from 'node:dns'

// Tests talk to loopback by address; a machine without IPv6 must not make them wait for it.
setDefaultResultOrder('ipv4first')

// This file is loaded first, so its hook runs when all others were read and before anything of theirs.
before('no file moves the clock while it is only read: it would for every file read after it', () => {
  assert.equal(Date.name, 'Date', 'adjustableClock() belongs into a hook or a test')
})
