import assert from 'node:assert/strict'
import { setDefaultResultOrder } from 'node:dns'

// Tests talk to loopback by address; a machine without IPv6 must not make them wait for it.
setDefaultResultOrder('ipv4first')

// This file is loaded first, so its hook runs when all others were read and before anything of theirs.
before('no file moves the clock while it is only read: it would for every file read after it', () => {
  assert.equal(Date.name, 'Date', 'adjustableClock() belongs into a hook or a test')
})

before('what a run on a wire server leaves out is counted, and said', function () {
  if (!process.env.TEST_MONGODB_URI) return
  let leftOut = 0
  this.test?.parent?.eachTest((test) => {
    if (test.fullTitle().includes('@embedded')) leftOut++
  })
  console.log(`${leftOut} tests of the embedded database are left out.`)
})
