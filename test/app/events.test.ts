import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createSignals } from '../../src/app/signals.ts'

const events = readFileSync(join(import.meta.dirname, '../../src/app/events.ts'), 'utf8')

describe('what follows from what', () => {
  it('stands on one list: every signal is connected there, once', () => {
    for (const name of Object.keys(createSignals()))
      assert.equal(events.split(`signals.${name}.connect(`).length, 2, `${name} is connected once in app/events.ts`)
  })

  it('says which signal nobody listens to, instead of losing what it says', () => {
    assert.throws(() => createSignals().abortSends.emit('games:a'), /nobody is connected to abortSends/)
  })
})
