import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type HTMLElement, parse } from 'node-html-parser'

const root = join(import.meta.dirname, '../..')

/** Wider than any sans-serif face that a reader may have, in ems for one letter. */
const widest = 0.62
const widestBold = 0.68
const margin = 12

describe('the pictures of the README', () => {
  it('U19: are taken with two points for one, on a desk and on a phone', () => {
    const named = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/docs\/screenshots\/[\w-]+\.png/g)]
    assert.ok(named.length >= 8)
    for (const [path] of named) {
      // The header of a PNG: eight bytes of signature, a length and a name, then width and height (ISO/IEC 15948, 11.2.2).
      const width = readFileSync(join(root, path)).readUInt32BE(16)
      assert.ok(width >= 2 * (path.includes('-phone-') ? 360 : 1000), `${path} is ${width} wide`)
    }
  })
})

describe('the picture of the README', () => {
  const picture = parse(readFileSync(join(root, 'docs/picture.svg'), 'utf8'))
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
