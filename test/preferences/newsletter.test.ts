import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeNewsletter } from '../../scripts/demonstration/newsletter.ts'
import { asPerson } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { dkimOf } from '../world/dkim.ts'

describe('a company’s own letter (S6-b)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('S6-b: has the two headers of one click, both under its DKIM signature; it is written to nobody who said no', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { subject } = await app.account(person.accounts.games ?? '')
    const evaluation = `${app.issuer}/audience/games/evaluation`
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const settings = {
      evaluation,
      token: await app.companyToken('games', 'audience.read', evaluation),
      dkim: {
        domainName: 'games.example',
        keySelector: 'letters',
        privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      },
    }
    const letter = {
      from: 'news@games.example',
      to: person.email,
      subject: 'New games',
      text: (unsubscribe: string) => `Three new games. ${unsubscribe}`,
    }
    assert.equal(await writeNewsletter(settings, subject, letter), undefined, 'not asked for')
    const companies = [{ company: 'games', was: [], now: ['email' as const] }]
    await app.features.choose.save(asPerson(person.id), { companies, groupNews: { was: false, now: false } })
    const written = (await writeNewsletter(settings, subject, letter)) ?? ''
    const [head = ''] = written.replace(/\r\n[ \t]+/g, ' ').split('\r\n\r\n')
    const headers = new Map(
      head
        .split('\r\n')
        .map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    assert.equal(headers.get('list-unsubscribe-post'), 'List-Unsubscribe=One-Click')
    const address = /^<(\S+)>$/.exec(headers.get('list-unsubscribe')?.replaceAll(' ', '') ?? '')?.[1] ?? ''
    const { isGood, covered } = dkimOf(written, publicKey)
    assert.ok(isGood, 'whoever receives it finds the signature good')
    for (const name of ['from', 'list-unsubscribe', 'list-unsubscribe-post']) assert.ok(covered.includes(name), name)
    for (const [from, to] of [
      ['List-Unsubscribe=One-Click', 'List-Unsubscribe=One-Clack'],
      ['/unsubscribe/', '/unsubscribed/'],
      ['Three new games', 'Four new games'],
    ] as const)
      assert.equal(dkimOf(written.replace(from, to), publicKey).isGood, false, from)
    const clicked = await fetch(address, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: headers.get('list-unsubscribe-post'),
    })
    assert.equal(clicked.status, 200)
    assert.equal(await writeNewsletter(settings, subject, letter), undefined, 'and not once more')
  })
})
