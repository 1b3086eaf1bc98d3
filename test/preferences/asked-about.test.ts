import assert from 'node:assert/strict'
import { asAccount, asPerson, holderOf } from '../../src/accounts/index.ts'
import { padded } from '../../src/lib/ids.ts'
import { createAsksStore } from '../../src/preferences/asks-store.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { readable, testIds } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const page = '/account/messages'

describe('what companies asked of the audience door about somebody (S1-b)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const call = async (company: string, path: string, body?: unknown) => {
    const door = `${app.issuer}/audience/${company}`
    const authorization = `Bearer ${await app.companyToken(company, 'audience.read', door)}`
    const answer = await fetch(`${door}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    assert.equal(answer.status, 200)
    return answer.text()
  }
  const question = async (account: string, purpose = 'marketing', channel = 'email') => ({
    subject: { type: 'user', id: (await app.account(account)).subject },
    action: { name: purpose },
    resource: { type: 'channel', id: channel },
  })
  const evaluate = async (account: string, purpose?: string, channel?: string) =>
    call((await app.account(account)).company, 'evaluation', await question(account, purpose, channel))
  const signedIn = async (who: { email: string; password: string }, at?: string) => {
    const visitor = aVisitor(app.issuer)
    if (at) await visitor.signInAt(at, `${app.urlOf(at)}/callback`, who)
    else await visitor.signIn(who)
    return visitor
  }
  const asksOn = (shown: Awaited<ReturnType<ReturnType<typeof aVisitor>['page']>>) => testIds(shown, 'asked')[0] ?? ''

  it('S1-b: who, when, what for and the answer stand on Messages, one by one and of a batch; another’s never', async () => {
    const [ada, eve] = [await app.aPerson({ links: ['games', 'mobile'] }), await app.aPerson({ links: ['games'] })]
    const [games = '', mobile = ''] = [ada.accounts.games, ada.accounts.mobile]
    const visitor = await signedIn(ada)
    assert.match(asksOn(await visitor.page(page)), /Nobody has asked yet/)
    await evaluate(games)
    await evaluate(mobile, 'service')
    await call('games', 'evaluations', {
      evaluations: [await question(games, 'marketing', 'text'), await question(eve.accounts.games ?? '', 'profiling')],
    })
    await call('games', 'export')
    const shown = asksOn(await visitor.page(page))
    assert.match(
      shown,
      /Games Advertising · Text message no .*Mobile Service messages · Email yes .*Games Advertising · Email no/s,
    )
    assert.doesNotMatch(shown, /Profiling/)
    const hers = asksOn(await (await signedIn(eve)).page(page))
    assert.match(hers, /Games Profiling yes/)
    assert.doesNotMatch(hers, /Advertising|Mobile/)
  })

  it('S1-b: many who are asked about at once are on record by one write, each in a row of their own; else nobody is answered', async () => {
    const seen = { operations: [] as string[], fails: false }
    const asks = createAsksStore(
      beforeEachOperation(app.database.connection, (operation, collection) => {
        seen.operations.push(`${operation} ${collection}`)
        if (seen.fails) throw new Error('no store')
      }),
    )
    const holders = ['ada', 'bo', 'cy'].map((id) => asPerson(`asked-at-once-${id}` as never))
    const askAll = () =>
      holders.map((holder) => {
        const answer = { purpose: 'marketing', channel: 'email', reason: 'not-chosen', allowed: false }
        const ask = { client: 'games-machine', operation: 'evaluation', count: 1 } as const
        return asks.add('games' as never, ask, [{ account: 'games:a' as never, holder, ...answer }])
      })
    await Promise.all(askAll())
    assert.deepEqual(seen.operations, ['insertMany audienceAsks'])
    const listed = async () =>
      Promise.all(holders.map(async (holder) => (await asks.ofHolder(holder, { limit: 10 })).asked.length))
    assert.deepEqual(await listed(), [1, 1, 1])
    seen.fails = true
    const refused = await Promise.allSettled(askAll())
    seen.fails = false
    assert.deepEqual(
      [refused.map(({ status }) => status), await listed()],
      [
        ['rejected', 'rejected', 'rejected'],
        [1, 1, 1],
      ],
    )
  })

  it('S1-b: the holder of a separate account sees the same, and not what was asked of a link before or after', async () => {
    const own = await app.aSeparateAccount('games')
    await evaluate(own.account)
    const visitor = await signedIn(own, 'games-arcade')
    assert.match(asksOn(await visitor.page(page)), /Games Advertising · Email no/)
    // As it would be were it linked to somebody then.
    const person = await app.aPerson()
    const { askedAbout } = app.features.audience
    assert.equal((await askedAbout(asPerson(person.id), { limit: 9 })).asked.length, 0)
    assert.equal((await askedAbout(asAccount(own.account), { limit: 9 })).asked.length, 1)
    assert.deepEqual(holderOf(own.account, undefined), asAccount(own.account))
  })

  it('U6: what is older is one click away, and nothing between two pages is left out', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const { accounts } = person
    for (let n = 0; n < 40; n++) await evaluate(n % 2 ? (accounts.games ?? '') : (accounts.mobile ?? ''))
    await call('games', 'evaluations', {
      evaluations: await Promise.all([1, 2, 3].map(() => question(accounts.games ?? ''))),
    })
    const visitor = await signedIn(person)
    let [seen, path]: [number, string | undefined] = [0, page]
    for (let pages = 0; path; pages++) {
      assert.ok(pages < 9, 'it ends')
      const shown: Awaited<ReturnType<typeof visitor.page>> = await visitor.page(path)
      seen += [...asksOn(shown).matchAll(/Advertising · Email/g)].length
      path = /id="older-asked" href="([^"]+)"/.exec(shown.text)?.[1]?.replaceAll('&amp;', '&')
      assert.ok(!path?.includes(person.id), 'an address names no id')
    }
    assert.equal(seen, 43)
    for (const hostile of ['x', '~', `${'9'.repeat(30)}~games:x`, '1~'])
      assert.equal((await visitor.page(`${page}?asked=${encodeURIComponent(hostile)}`)).status, 200)
  })

  it('S1-b: in each language', async () => {
    const person = await app.aPerson({ links: ['games'] })
    await evaluate(person.accounts.games ?? '')
    const visitor = await signedIn(person)
    for (const [language, words] of [
      ['sv', /Vem som har frågat .*Games Reklam · \S+ nej/s],
      ['ja', /確認した会社.*Games 広告 · \S+ 不可/s],
    ] as const)
      assert.match(readable(await visitor.page(`${page}?lang=${language}`)), words)
  })

  it('S1-b: where companies asked while this list did not exist, it says until when, and never that nobody asked', async () => {
    const person = await app.aPerson({ links: ['pictures', 'mobile'] })
    const visitor = await signedIn(person)
    assert.match(asksOn(await visitor.page(page)), /Nobody has asked yet/)
    // As 0.3.0 kept a question: under the company, with the account and nobody's key.
    const rows = app.database.connection.collection<{ _id: string; at: number }>('audienceAsks')
    for (const [n, day] of ['2026-03-01', '2026-05-03'].entries()) {
      const at = Date.parse(`${day}T12:00:00Z`)
      await rows.insertOne({ _id: `pictures:${padded(at)}:row${n}`, at } as never)
    }
    for (const [language, none, unlisted] of [
      ['en', 'Nobody has asked since 3 May 2026', 'on 3 May 2026 or earlier may be missing'],
      ['sv', 'Ingen har frågat sedan 3 maj 2026', 'från 3 maj 2026 eller tidigare kan saknas'],
      ['ja', '2026年5月3日より後に確認した会社はありません', '2026年5月3日までの確認は'],
    ] as const) {
      const shown = asksOn(await visitor.page(`${page}?lang=${language}`))
      assert.ok(shown.includes(none) && shown.includes(unlisted), shown)
    }
    await evaluate(person.accounts.mobile ?? '')
    const shown = asksOn(await visitor.page(`${page}?lang=en`))
    assert.match(shown, /Advertising · Email no .*3 May 2026 or earlier may be missing/s)
    assert.doesNotMatch(shown, /Nobody has asked/)
    const other = await signedIn(await app.aPerson({ links: ['games'] }))
    assert.doesNotMatch(
      asksOn(await other.page(page)),
      /may be missing/,
      'nothing of a company they are not linked with',
    )
  })
})
