import assert from 'node:assert/strict'
import { createTimes } from '../../src/http/times.ts'

describe('times on pages', () => {
  const at = Date.UTC(2026, 10, 29, 14, 1)
  const time = (text: string) => `<time datetime="2026-11-29T14:01:00.000Z">${text}</time>`

  it('U19: a time in a sentence says its instant, wherever the sentence stands', () => {
    const { inText, inPage } = createTimes()
    const [one, other] = [inText(at, '15:01 CET'), inText(at, 'kl. 15:01 CET')]
    assert.equal(
      inPage(`<p>Until ${one}, or ${other}.</p>`),
      `<p>Until ${time('15:01 CET')}, or ${time('kl. 15:01 CET')}.</p>`,
    )
    assert.equal(inPage('<p>Nothing</p>'), '<p>Nothing</p>')
  })

  it('U19: in an attribute it is a text, which no attribute is broken by', () => {
    const { inText, inPage } = createTimes()
    const text = inText(at, '15:01 CET')
    assert.equal(
      inPage(`<a aria-label="Until ${text}" href="/">${text}</a>`),
      `<a aria-label="Until 15:01 CET" href="/">${time('15:01 CET')}</a>`,
    )
  })

  it('U19: after a tag that has a time in it, and across lines, each time is told by where it stands itself', () => {
    const { inText, inPage } = createTimes()
    const text = inText(at, '15:01 CET')
    assert.equal(
      inPage(`${text}<br>\n<a\n title="${text}, ${text}"\n>\n${text}</a>${text}`),
      `${time('15:01 CET')}<br>\n<a\n title="15:01 CET, 15:01 CET"\n>\n${time('15:01 CET')}</a>${time('15:01 CET')}`,
    )
  })

  it('U19: what others wrote makes no time, however it was marked before', () => {
    const marked = createTimes().inText(at, 'forged')
    assert.doesNotMatch(createTimes().inPage(marked), /<time/)
  })
})
