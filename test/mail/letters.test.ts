import assert from 'node:assert/strict'
import { languages } from '../../src/i18n/index.ts'
import { isToStaff, mailKinds } from '../../src/mail/index.ts'
import { words } from '../http/site.ts'
import { issuer, letter, support, valuesOf } from '../world/letters.ts'

describe('every letter, in every language', () => {
  for (const language of languages)
    for (const kind of mailKinds)
      it(`${kind} in ${language}: six digits only where there is a code, and none in the subject`, () => {
        const { subject, text, html } = letter(kind, language)
        const runs = text.match(/\d{6,}/g) ?? []
        assert.deepEqual(runs, valuesOf(kind).code ? ['012345'] : [])
        assert.ok(!/\d{6}/.test(subject))
        assert.ok(subject.length > 0 && subject.length < 80 && !/[\r\n{}]/.test(subject))
        assert.ok(!/[{}]|undefined/.test(text))
        assert.ok(html.includes(`lang="${language}"`))
        for (const line of [...text.matchAll(/https?:\/\/\S+/g)]) assert.ok(line[0].startsWith(`${issuer}/`))
        assert.ok(!/<script|<img|<link|src=/i.test(html), 'nothing to fetch: a letter tells nobody that it was read')
      })

  it('K5: the page behind a letter speaks its language, and behind one to staff the language they chose', () => {
    const url = `${issuer}/console/requests/games.1`
    assert.ok(letter('request-waiting', 'en', { company: 'Games', url }).text.includes(`${url}\n`))
    assert.match(letter('request-answered', 'sv', { company: 'Games', url }).text, /games\.1\?lang=sv/)
  })

  it('S1-b: each has a name in the list of what was sent, but those with a code and those to staff', () => {
    const listed = mailKinds.filter((kind) => !valuesOf(kind).code && !isToStaff(kind))
    assert.deepEqual(
      listed.filter((kind) => !words.has(`portal.letters.${kind}`)),
      [],
    )
  })

  it('§6, CVE-2024-41953: markup and line breaks that somebody typed stay harmless text', () => {
    const company = '<b>Games</b>\r\nBcc: eve@example.com\u202e'
    const { subject, text, html } = letter('account-unlinked', 'en', { company })
    assert.ok(!/[\r\n\u202e]/.test(subject))
    assert.ok(!html.includes('<b>'))
    assert.ok(html.includes('&lt;b&gt;Games'))
    assert.ok(!/^Bcc:/m.test(text))
  })

  for (const language of languages) {
    it(`U16: each letter in ${language} says whom to write to, and where its reader acts`, () => {
      for (const kind of mailKinds) {
        const { text, html } = letter(kind, language)
        assert.ok(text.includes(support), `${kind} names nobody to write to`)
        assert.ok(html.includes(`href="mailto:${support}"`), kind)
        assert.doesNotMatch(text, /[^\n]https?:/, `${kind}: where it leads begins no line`)
        const leads = [...text.matchAll(/https?:\/\/\S+/g)].length
        assert.equal(leads, valuesOf(kind).code ? 0 : 1, `${kind} leads nowhere, or to two places`)
      }
    })

    it(`H9, U16: no words of a company become something to press in a mail program (${language})`, () => {
      const words = 'See www.evil.example, https://evil.example/a?b=c or evil.example/x, mailto:eve@evil.example'
      /** What mail programs make links of: schemes, names with dots, addresses. */
      const linked = /\b[a-z][a-z0-9+.-]*:\/\/\w|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b|\w@\w|mailto:\w/i
      for (const kind of mailKinds) {
        const given = Object.fromEntries(Object.keys(valuesOf(kind)).map((name) => [name, words]))
        const kept = { ...valuesOf(kind) }
        for (const name of ['company', 'by', 'reason', 'service', 'device', 'address', 'case'])
          if (name in kept) kept[name] = given[name] as string
        const { text, html } = letter(kind, language, kept)
        const pressed = [...html.matchAll(/href="([^"]*)"/g)].map(([, to = '']) => to)
        for (const to of pressed) assert.ok(to.startsWith(`${issuer}/`) || to === `mailto:${support}`, `${kind}: ${to}`)
        const ours = (whole: string) =>
          whole
            .replaceAll(support, '')
            .replaceAll(/https:\/\/id\.example[\w/.-]*/g, '')
            .replaceAll('id.example', '')
        assert.doesNotMatch(ours(text), linked, kind)
        assert.doesNotMatch(ours(html.replace(/^[\s\S]*<body>/, '')).replaceAll(/<[^>]+>/g, ' '), linked, kind)
      }
    })
  }

  it('Z2, CVE-2023-49097: a letter leads to the issuer or is not written', () => {
    for (const undoUrl of ['https://evil.example/undo/x', `${issuer}.evil.example/undo/x`, 'javascript:alert(1)'])
      assert.throws(() => letter('account-linked', 'en', { company: 'Games', undoUrl }), /leads elsewhere/)
  })

  it('U19: no line of a letter ends inside a date, nor has a plain text a Latin space behind a Japanese colon', () => {
    for (const [language, date] of [
      ['en', '3 February 2025 at 23:05 UTC'],
      ['sv', '3 februari 2025 kl. 23:05 UTC'],
      ['ja', '2025年2月3日 23:05 UTC'],
    ] as const) {
      const { html, text } = letter('password-changed', language)
      assert.ok(html.includes(`<span class="whole">${date}</span>`), language)
      assert.doesNotMatch(text, /： | $/m)
    }
  })

  it('U19: no line of a letter ends inside the number of a case, of letters alone as well', () => {
    for (const number of ['M-2031', 'K7Q-4M2', 'QKF-HBA-TWP'])
      assert.ok(
        letter('recovery-offered', 'en', { ...valuesOf('recovery-offered'), case: number }).html.includes(
          `<span class="whole">${number}<`,
        ),
        number,
      )
  })

  it('details, days and times are named as the reader names them', () => {
    assert.match(letter('details-changed', 'sv').text, /förnamn och ort/)
    assert.match(letter('details-changed', 'sv').text, /automatiskt mejl från Samlad inloggning/)
    assert.match(letter('password-changed', 'ja').text, /2025年2月3日/)
    assert.match(letter('closure-started', 'en').text, /1 March 2025/)
    assert.match(letter('details-changed', 'en').text, /The reason given: a misprint/)
  })

  it('T19: to a known address the letter differs only for the one who can read it', () => {
    const [unknown, known] = [letter('registration-code'), letter('registration-known')]
    assert.equal(unknown.subject, known.subject)
    assert.notEqual(unknown.text, known.text)
    assert.equal(letter('separate-code').subject, letter('separate-known').subject)
  })
})
