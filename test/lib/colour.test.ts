import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { contrast, surfaces } from '../../src/lib/colour.ts'

describe('a company’s colour on the page', () => {
  it('is measured as WCAG 2.2 does, whichever of the two is lighter', () => {
    assert.equal(contrast('#000000', '#ffffff'), 21)
    assert.equal(contrast('#ffffff', '#000000'), 21)
    assert.equal(contrast('#777777', '#777777'), 1)
    assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54')
  })

  it('can’t be the same in both themes: what is readable on one page is not on the other', () => {
    for (const colour of ['#000000', '#1d4ed8', '#ffffff', '#93c5fd']) {
      const readable = Object.values(surfaces).filter((surface) => contrast(colour, surface) >= 4.5)
      assert.equal(readable.length, 1, colour)
    }
  })

  it('is measured on the very surfaces that the style sheets draw', () => {
    const tokens = readFileSync(join(import.meta.dirname, '../../views/assets/tokens.css'), 'utf8')
    const drawn = [...tokens.matchAll(/--surface: (#[0-9a-f]{6});/g)].map(([, colour]) => colour)
    assert.deepEqual(drawn, [surfaces.light, surfaces.dark])
  })
})
