import assert from 'node:assert/strict'
import { now } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { documentOf, readable, testIds, wordsIn } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitorSignedIn } from '../world/visitor.ts'

describe('what each company holds, and the diary below (U6)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const signedIn = (who: { email: string; password: string }) => aVisitorSignedIn(app.issuer, who)

  /** The rows of the grid: a detail's name, then a cell for each recipient. */
  const gridOf = (text: string): Record<string, string[]> => {
    const rows = documentOf({ text }).querySelectorAll('table.rows.grid tr')
    return Object.fromEntries(
      rows.flatMap((row) => {
        const name = row.querySelector('th[scope="row"]')
        return name ? [[wordsIn(name), row.querySelectorAll('td').map(wordsIn)]] : []
      }),
    )
  }

  it('U6: says of each detail who holds it now, since when and from whom, under which policy and ground, and where', async () => {
    const details = { phone: '+46701740601', city: 'Lund' }
    const person = await app.aPerson({ details, links: ['mobile', 'games', 'pictures'] })
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    await traveller.act(await traveller.go('leaderboard'), '/consent')
    const page = await (await signedIn(person)).page('/account/sharing')
    const grid = gridOf(page.text)
    const [games, leaderboard, mobile, pictures] = grid['Birth date'] ?? []
    for (const cell of [games, leaderboard, mobile]) assert.match(cell ?? '', /^Since \d+ \w+ \d{4} from you$/)
    assert.equal(pictures, 'Not held')
    assert.deepEqual(
      grid.Phone?.map((cell) => cell === 'Not held'),
      [true, true, false, true],
    )
    assert.deepEqual(
      grid.City?.map((cell) => cell === 'Not held'),
      [false, true, false, true],
    )
    assert.match(
      readable(page),
      /Why Policy Where Example Games AB To run your account\. \(the contract with you\) Policy version 1 agreed \d+ \w+ \d{4} Sweden/,
    )
    assert.match(readable(page), /Leaderboard Example Oy Shows where you stand among friends/)
  })

  it('U6: names the company that a value came from; what was withdrawn is held by nobody', async () => {
    const person = await app.aPerson({ links: ['mobile', 'pictures'] })
    const mobile = person.accounts.mobile ?? ''
    await companyWrote(app, mobile, 'familyName', 'Lind')
    await app.settled()
    const visitor = await signedIn(person)
    const grid = gridOf((await visitor.page('/account/sharing')).text)
    for (const cell of grid['Family name'] ?? []) assert.match(cell, /from Mobile$/)
    await app.features.accounts.change(mobile, ({ link }) => ({
      set: { 'link.agreed': link?.agreed.filter((field) => field !== 'country'), 'at.v': 0 },
    }))
    await app.features.reconciler.enqueueAccount(mobile)
    await app.settled()
    assert.equal(gridOf((await visitor.page('/account/sharing')).text).Country, undefined)
  })

  it('U6: a long diary goes on under *Older*, each telling once and none left out; no stranger’s rows', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const stranger = await app.aPerson({ links: ['mobile'] })
    const rows = app.database.connection.collection('disclosures')
    const [one] = await rows.find({ account: person.accounts.mobile as never }).toArray()
    assert.ok(one)
    const at = now()
    // Several at the very same moment stand on both sides of a page's end.
    const more = Array.from({ length: 250 }, (_, i) => ({
      ...one,
      _id: `${person.accounts.mobile}:00000000000000009:${String(i).padStart(9, '0')}:x` as never,
      at: at - Math.floor(i / 7),
      policyVersion: `v${i}.`,
    }))
    await rows.insertMany(more)
    const visitor = await signedIn(person)
    const seen: string[] = []
    let count = 0
    let path: string | undefined = '/account/sharing'
    for (let pages = 0; path; pages++) {
      assert.ok(pages < 9, 'it ends')
      const page = await visitor.page(path)
      count += testIds(page, 'acknowledgement').length
      seen.push(...[...page.text.matchAll(/#version-v(\d+)\./g)].map(([, n = '']) => n))
      path = /id="older" href="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    }
    assert.equal(seen.length, 250)
    assert.equal(new Set(seen).size, 250)
    assert.equal(count, 253)
    const other = await (await signedIn(stranger)).page('/account/sharing')
    assert.equal(testIds(other, 'acknowledgement').length, 2)
  })

  it('U6: so do the letters', async () => {
    const person = await app.aPerson()
    const events = app.database.connection.collection('events')
    const at = now() - 1000
    await events.insertMany(
      Array.from({ length: 120 }, (_, i) => ({
        _id: `person:${person.id}:${String(at + i).padStart(16, '0')}:m${i}` as never,
        at: at + i,
        kind: 'written-to',
        actor: { kind: 'system' },
        mail: 'account-linked',
      })),
    )
    const visitor = await signedIn(person)
    let letters = 0
    let path: string | undefined = '/account/messages'
    for (let pages = 0; path; pages++) {
      assert.ok(pages < 9, 'it ends')
      const { text }: { text: string } = await visitor.page(path)
      letters += [...text.matchAll(/An account was linked/g)].length
      path = /id="older" href="([^"]+)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
      assert.ok(!path?.includes(person.id), 'an address names no id')
    }
    assert.equal(letters, 120)
  })
})
