import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { lookAtSender } from '../../src/mail/index.ts'

const domain = 'id.example.com'
const keyOf = (modulusLength: number) =>
  generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
const key = keyOf(2048)

const well = {
  [domain]: ['v=spf1 include:_spf.mail.example -all', 'google-site-verification=x'],
  [`s1._domainkey.${domain}`]: [`v=DKIM1; k=rsa; p=${key}`],
  '_dmarc.example.com': ['v=DMARC1; p=reject; rua=mailto:dmarc@example.com'],
}
const none = Object.assign(new Error('none'), { code: 'ENODATA' })

const resolverOf = (texts: Record<string, string[] | string>, mx: string[] = ['mx.mail.example']) => ({
  resolveTxt: async (name: string) => {
    const found = texts[name]
    if (typeof found === 'string') throw Object.assign(new Error(found), { code: found })
    if (!found) throw none
    // As a name server cuts what is long.
    return found.map((text) => text.match(/.{1,200}/g) ?? [])
  },
  resolveMx: async () => {
    if (mx.length === 0) throw none
    return mx.map((exchange) => ({ exchange, priority: 10 }))
  },
})
const issuesOf = async (
  texts: Record<string, string[] | string>,
  { mx, selectors = ['s1'] }: { mx?: string[]; selectors?: string[] } = {},
) => (await lookAtSender({ domain, selectors }, resolverOf({ ...well, ...texts }, mx))).issues

describe('what the internet says of the sender', () => {
  it('has nothing to mend where SPF, DKIM, DMARC of a domain above, and MX are there', async () => {
    const { issues, notes } = await lookAtSender({ domain, selectors: ['s1'] }, resolverOf(well))
    assert.deepEqual(issues, [])
    assert.equal(notes.length, 4)
  })

  const spoiled: [title: string, texts: Record<string, string[] | string>, says: RegExp][] = [
    ['no SPF', { [domain]: ['something else'] }, /^SPF of id\.example\.com: is missing: write/],
    ['SPF twice', { [domain]: ['v=spf1 -all', 'v=spf1 a -all'] }, /stands 2 times.*leave one/],
    ['SPF that lets anybody send', { [domain]: ['v=spf1 a +all'] }, /"\+all".*write -all/],
    ['SPF without an end', { [domain]: ['v=spf1 a'] }, /nothing of everybody else: write -all/],
    [
      'SPF that asks for too much',
      { [domain]: [`v=spf1 ${Array.from({ length: 11 }, (_, i) => `include:s${i}.example`).join(' ')} -all`] },
      /11 lookups.*stop at 10/,
    ],
    ['no key', { [`s1._domainkey.${domain}`]: [] }, /^DKIM at s1\._domainkey\.id\.example\.com: is missing/],
    ['a key that was withdrawn', { [`s1._domainkey.${domain}`]: ['v=DKIM1; p='] }, /withdrawn/],
    ['half a key', { [`s1._domainkey.${domain}`]: ['v=DKIM1; p=MIIB'] }, /no key that can be read/],
    ['a short key', { [`s1._domainkey.${domain}`]: [`p=${keyOf(1024)}`] }, /1024 bits: make one of 2048/],
    ['a key on trial', { [`s1._domainkey.${domain}`]: [`t=y; p=${key}`] }, /only a test/],
    ['no DMARC', { '_dmarc.example.com': [] }, /^DMARC of id\.example\.com: is missing: write .*_dmarc\.id/],
    ['DMARC that only watches', { '_dmarc.example.com': ['v=DMARC1; p=none'] }, /only watches/],
    ['DMARC above that spares its children', { '_dmarc.example.com': ['v=DMARC1; p=reject; sp=none'] }, /only watches/],
    ['DMARC without a policy', { [`_dmarc.${domain}`]: ['v=DMARC1; rua=mailto:a@b.example'] }, /says no policy/],
    ['names that nobody answers for', { [domain]: 'ESERVFAIL' }, /could not be looked up \(ESERVFAIL\): ask again/],
  ]
  for (const [title, texts, says] of spoiled)
    it(`says with its cure: ${title}`, async () => {
      const issues = await issuesOf(texts)
      assert.equal(issues.length, 1, issues.join('\n'))
      assert.match(issues[0] ?? '', says)
    })

  it('says that answers reach nobody, and that a selector is to be named', async () => {
    assert.match((await issuesOf({}, { mx: [] })).join(), /^MX of id\.example\.com: is missing/)
    assert.match((await issuesOf({}, { mx: [''] })).join(), /reach nobody/)
    assert.match((await issuesOf({}, { selectors: [] })).join(), /^DKIM: no selector was named: write --selector/)
  })

  it('takes a key of Ed25519 as it is', async () => {
    const record = ['v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=']
    assert.deepEqual(await issuesOf({ [`s1._domainkey.${domain}`]: record }), [])
  })
})
