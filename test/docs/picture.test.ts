import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HTMLElement, parse } from 'node-html-parser'

/** Wider than any sans-serif face that a reader may have, in ems for one letter. */
const widest = 0.62
const widestBold = 0.68
const margin = 12

describe('the picture of the README', () => {
  const picture = parse(readFileSync(join(import.meta.dirname, '../../docs/picture.svg'), 'utf8'))
  const numberOf = (each: HTMLElement, name: string, otherwise = 0) => Number(each.getAttribute(name) ?? otherwise)
  const boxes = picture.querySelectorAll('rect').map((each) => {
    const [left, top] = [numberOf(each, 'x'), numberOf(each, 'y')]
    return { left, top, right: left + numberOf(each, 'width'), bottom: top + numberOf(each, 'height') }
  })

  it('U19: no text of it runs out of its box, whatever face it is set in', () => {
    const texts = picture.querySelectorAll('text')
    assert.ok(texts.length >= 8)
    for (const each of texts) {
      const [x, y] = [numberOf(each, 'x'), numberOf(each, 'y')]
      const em = numberOf(each, 'font-size', 15) * (each.hasAttribute('font-weight') ? widestBold : widest)
      const width = [...each.text].length * em
      const left = each.getAttribute('text-anchor') === 'middle' ? x - width / 2 : x
      // The innermost box it stands in.
      const box = boxes.findLast((one) => one.left <= x && x <= one.right && one.top <= y && y <= one.bottom)
      assert.ok(box, each.text)
      assert.ok(left >= box.left + margin && left + width <= box.right - margin, `${each.text} is ${width} wide`)
    }
  })
})
