import assert from 'node:assert/strict'
import { kindsOn } from '../../src/activity/index.ts'
import { words } from '../http/site.ts'

describe('the lists of what happened', () => {
  it('S1-b: show every kind of event, in words; only what nobody is left to read is on none', () => {
    const shown = (['details', 'security', 'support', 'messages'] as const).flatMap(kindsOn)
    const inWords = words.keys().flatMap((key) => /^portal\.events\.([^.]+)$/.exec(key)?.[1] ?? [])
    assert.deepEqual([...new Set<string>([...shown, 'erased'])].toSorted(), inWords.toSorted())
  })
})
