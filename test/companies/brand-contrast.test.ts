import assert from 'node:assert/strict'
import { contrast, leastContrast, pageColours } from '../../src/companies/brand-contrast.ts'

describe('a company’s colour on the page', () => {
  it('is measured as WCAG 2.2 does, whichever of the two is lighter', () => {
    assert.equal(contrast('#000000', '#ffffff'), 21)
    assert.equal(contrast('#ffffff', '#000000'), 21)
    assert.equal(contrast('#777777', '#777777'), 1)
    assert.equal(contrast('#767676', '#ffffff').toFixed(2), '4.54')
  })

  it('can’t be the same in both themes: what is readable on one page is not on the other', () => {
    for (const colour of ['#000000', '#1d4ed8', '#ffffff', '#93c5fd']) {
      const readable = Object.values(pageColours).filter((page) => contrast(colour, page) >= leastContrast)
      assert.equal(readable.length, 1, colour)
    }
  })
})
