import assert from 'node:assert/strict'
import type { DetailName, Details } from '../../src/details/index.ts'
import { adjustableClock, minute, second } from '../../src/lib/clock.ts'
import { limitRules } from '../../src/limits/index.ts'
import { detailsOf } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const patch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const basicDetails = 'urn:ietf:params:scim:schemas:extension:basic-details:2.0:User'

describe('a company and the accounts that are its own (S4-3, S4-8)', () => {
  let product: TestApp
  before(async () => {
    product = await aTestApp()
  })
  after(() => product.close())

  const subjectOf = async (account: string) => (await product.account(account)).subject

  const send = async (
    company: string,
    subject: string,
    {
      method = 'PATCH',
      body,
      headers = {},
      token,
    }: { method?: string; body?: unknown; headers?: Record<string, string>; token?: string } = {},
  ) => {
    const answer = await fetch(`${product.issuer}/scim/${company}/Users/${encodeURIComponent(subject)}`, {
      method,
      headers: {
        authorization: `Bearer ${token ?? (await product.companyToken(company))}`,
        ...(body !== undefined && { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    return {
      status: answer.status,
      type: answer.headers.get('content-type'),
      body: (await answer.json()) as Record<string, never>,
    }
  }
  const change = (...Operations: object[]) => ({ schemas: [patch], Operations })

  it('changes a name with a reason: every copy follows, services are told, and the person can undo', async () => {
    const ada = await product.aPerson({ links: ['mobile', 'games', 'pictures'] })
    const subject = await subjectOf(ada.accounts.games!)
    const answer = await send('games', subject, {
      body: change({ op: 'replace', path: 'name.familyName', value: 'Björk' }),
      headers: { 'change-reason': encodeURIComponent('Namnet var felstavat') },
    })
    assert.equal(answer.status, 200)
    assert.match(answer.type ?? '', /application\/scim\+json/)
    assert.deepEqual(answer.body.name, {
      givenName: 'Ada',
      familyName: 'Björk',
      formatted: 'Ada Björk',
    })
    await product.settled()
    for (const id of Object.values(ada.accounts)) assert.equal((await product.account(id)).copy.familyName, 'Björk')
    const told = product.told.filter(
      ({ kind, payload }) => kind === 'events' && JSON.stringify(payload).includes('Björk'),
    )
    assert.deepEqual(
      new Set(told.map(({ service }) => service)),
      new Set(['mobile-store', 'mobile-cloud', 'games-arcade', 'pictures-cinema']),
    )
    const [mail] = (await product.features.mailer.mailbox?.list(ada.email)) ?? []
    assert.equal(mail?.kind, 'details-changed')
    assert.match(mail.text, /\/undo\//)
    assert.match(mail.text, /felstavat/)
  })

  it('H18: two writes by companies leave an undo that brings back the person’s own word, in every copy', async () => {
    const ada = await product.aPerson({ links: ['mobile', 'games'], details: { familyName: 'Berg' } })
    const rename = (value: string) => ({ body: change({ op: 'replace', path: 'name.familyName', value }) })
    await send('games', await subjectOf(ada.accounts.games!), rename('Björk'))
    await product.settled()
    await send('mobile', await subjectOf(ada.accounts.mobile!), rename('Bergström'))
    await product.settled()
    const letters = (await product.features.mailer.mailbox?.list(ada.email)) ?? []
    const undo = /\/undo\/[\w-]+/.exec(letters.find(({ kind }) => kind === 'details-changed')?.text ?? '')?.[0] ?? ''
    const visitor = aVisitor(product.issuer)
    const page = readable(await visitor.page(undo))
    assert.match(page, /Undo restores family name: Berg /)
    assert.equal((await visitor.send(undo)).status, 303)
    await product.settled()
    assert.equal(detailsOf(await ada.now()).familyName, 'Berg')
    for (const id of Object.values(ada.accounts)) assert.equal((await product.account(id)).copy.familyName, 'Berg')
    assert.equal((await visitor.page(undo)).status, 410)
  })

  it('H18: however much a company writes after it, the page offers to take its first change back', async () => {
    const ada = await product.aPerson({ links: ['games'], details: { familyName: 'Berg', city: 'Lund' } })
    const games = await subjectOf(ada.accounts.games!)
    const path = '/account/details'
    const visitor = aVisitor(product.issuer)
    await visitor.signInAt('games-arcade', `${product.urlOf('games-arcade')}/callback`, ada)
    await send('games', games, { body: change({ op: 'replace', path: 'name.familyName', value: 'Björk' }) })
    for (let n = 1; n <= 21; n++) {
      await product.features.limits.clear()
      const value = `Ort ${'abcdefghijklmnopqrstuvwxyz'[n]}`
      assert.equal(
        (await send('games', games, { body: change({ op: 'replace', path: 'addresses.locality', value }) })).status,
        200,
      )
      await product.settled()
    }
    const page = readable(await visitor.page(path))
    assert.match(page, /Undo restores city: Lund /)
    assert.match(page, /Undo restores family name: Berg /)
  })

  it('is told in its own version only, never how active the person is elsewhere (T19)', async () => {
    const ada = await product.aPerson({ links: ['mobile', 'pictures'] })
    const before = await product.account(ada.accounts.pictures!)
    await send('mobile', await subjectOf(ada.accounts.mobile!), {
      body: change({ op: 'replace', path: 'addresses.locality', value: 'Lund' }),
    })
    await product.settled()
    const after = await product.account(ada.accounts.pictures!)
    assert.deepEqual([after.epoch, after.seq], [before.epoch, before.seq], 'Pictures may not receive the address')
  })

  it('may not write a field outside its policy: 403 names the attribute, and nothing is half-done', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const { status, body } = await send('games', await subjectOf(ada.accounts.games!), {
      body: change(
        { op: 'replace', path: 'name.givenName', value: 'Eva' },
        { op: 'replace', path: 'emails', value: [{ value: 'eva@mail.example' }] },
      ),
    })
    assert.equal(status, 403)
    assert.match(String(body.detail), /emails\.value/)
    assert.equal(detailsOf(await ada.now()).givenName, 'Ada')
  })

  it('may not write what is guarded: 409 names it (T17)', async () => {
    const ada = await product.aPerson({ links: ['mobile'] })
    const subject = await subjectOf(ada.accounts.mobile!)
    const birthDate = await send('mobile', subject, {
      body: change({ op: 'replace', value: { [basicDetails]: { birthDate: '2001-01-01' } } }),
    })
    assert.equal(birthDate.status, 409)
    assert.match(String(birthDate.body.detail), /birthDate/)
    const country = await send('mobile', subject, {
      body: change({ op: 'replace', path: 'addresses', value: [{ country: 'NO', locality: 'Oslo' }] }),
    })
    assert.equal(country.status, 409)
    assert.equal(detailsOf(await ada.now()).city, undefined)
  })

  it('clears a field, which is not the same as leaving it out', async () => {
    const ada = await product.aPerson({ links: ['mobile'], details: { phone: '+46701740601', city: 'Lund' } })
    const subject = await subjectOf(ada.accounts.mobile!)
    const { status, body } = await send('mobile', subject, { body: change({ op: 'remove', path: 'phoneNumbers' }) })
    assert.equal(status, 200)
    assert.equal('phoneNumbers' in body, false)
    assert.equal(detailsOf(await ada.now()).phone, null)
    assert.equal(detailsOf(await ada.now()).city, 'Lund')
  })

  it('writes the account of a person who is not linked, and nothing leaves that company', async () => {
    const { account } = await product.aSeparateAccount('games')
    const before = product.told.length
    const { status } = await send('games', await subjectOf(account), {
      body: change({ op: 'replace', path: 'name.givenName', value: 'Bosse' }),
    })
    await product.settled()
    assert.equal(status, 200)
    assert.equal((await product.account(account)).copy.givenName, 'Bosse')
    assert.equal(product.told.length, before)
  })

  it('reads its own copy and no more than it may receive', async () => {
    const ada = await product.aPerson({ links: ['pictures'], details: { phone: '+46701740601' } })
    const subject = await subjectOf(ada.accounts.pictures!)
    const { status, body } = await send('pictures', subject, { method: 'GET' })
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body).sort(), ['active', 'emails', 'id', 'meta', 'name', 'schemas', 'userName'])
  })

  it('never reaches another company’s account, nor with another’s token (T14)', async () => {
    const ada = await product.aPerson({ links: ['mobile', 'games'] })
    const [atMobile, atGames] = [await subjectOf(ada.accounts.mobile!), await subjectOf(ada.accounts.games!)]
    assert.equal((await send('games', atMobile, { method: 'GET' })).status, 404)
    const gamesToken = await product.companyToken('games')
    assert.equal((await send('mobile', atMobile, { method: 'GET', token: gamesToken })).status, 401)
    await assert.rejects(product.companyToken('games', 'accounts.write', 'mobile'), /invalid_target/)
    assert.equal((await send('games', atGames, { method: 'GET', token: 'forged' })).status, 401)
    const readOnly = await product.companyToken('games', 'accounts.read')
    const refused = await send('games', atGames, { token: readOnly, body: change({ op: 'remove', path: 'name' }) })
    assert.equal(refused.status, 403)
  })

  it('is answered in SCIM’s form when what it sends is no good', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const subject = await subjectOf(ada.accounts.games!)
    const bad: [unknown, number, string?][] = [
      ['{', 400, 'invalidSyntax'],
      [[], 400, 'invalidSyntax'],
      [{ schemas: [patch], Operations: [] }, 400, 'invalidSyntax'],
      [change({ op: 'explode', path: 'name' }), 400, 'invalidSyntax'],
      [change({ op: 'replace', path: '__proto__.polluted', value: 'x' }), 400, 'invalidPath'],
      [change({ op: 'replace', path: 'addresses[type eq "work"].locality', value: 'x' }), 400, 'invalidFilter'],
      [change({ op: 'remove', path: 'emails[value eq "a@b.example"]' }), 400, 'invalidFilter'],
      [change({ op: 'replace', path: 'constructor', value: 'x' }), 400, 'invalidPath'],
      [change({ op: 'replace', value: { toString: 'x' } }), 400, 'invalidPath'],
      [change({ op: 'replace', path: '__proto__', value: 'x' }), 400, 'invalidPath'],
      [change({ op: 'replace', path: 'userName', value: 'x' }), 400, 'mutability'],
      [change({ op: 'replace', path: 'name.givenName', value: { $gt: '' } }), 400, 'invalidValue'],
      [change({ op: 'replace', path: 'name.givenName', value: 'x'.repeat(10_000) }), 400, 'invalidValue'],
      [change({ op: 'replace', path: 'name.givenName', value: 'a\u202eb' }), 400, 'invalidValue'],
      [
        change({ op: 'replace', path: 'addresses', value: [{ locality: 'a' }, { locality: 'b' }] }),
        400,
        'invalidValue',
      ],
      [`{"x":"${'y'.repeat(70_000)}"}`, 413],
    ]
    for (const [body, status, scimType] of bad) {
      const answer = await send('games', subject, { body })
      assert.equal(answer.status, status, JSON.stringify(body).slice(0, 100))
      assert.equal(answer.body.status, String(status))
      if (scimType) assert.equal(answer.body.scimType, scimType, JSON.stringify(body).slice(0, 100))
    }
    const reason = await send('games', subject, {
      body: change({ op: 'remove', path: 'name' }),
      headers: { 'change-reason': '%E0%A4%A' },
    })
    assert.equal(reason.status, 400)
    assert.equal(detailsOf(await ada.now()).givenName, 'Ada')
  })

  it('changes a detail in every form in which RFC 7644 lets one account be patched', async () => {
    const ada = await product.aPerson({ links: ['mobile'], details: { city: 'Ystad', phone: '+46701234567' } })
    const subject = await subjectOf(ada.accounts.mobile!)
    const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
    const forms: [object, Details][] = [
      [{ op: 'Replace', path: 'NAME.givenname', value: 'Eva' }, { givenName: 'Eva' }],
      [{ op: 'add', path: `${core}:name.familyName`, value: 'Ek' }, { familyName: 'Ek' }],
      [{ OP: 'replace', Value: { Name: { GivenName: 'Ida', formatted: 'Ida Ek' } } }, { givenName: 'Ida' }],
      [{ op: 'replace', value: { 'name.givenName': 'Ulla' } }, { givenName: 'Ulla' }],
      [{ op: 'replace', path: 'addresses[type eq "home"].locality', value: 'Lund' }, { city: 'Lund' }],
      [{ op: 'replace', path: 'addresses[primary eq true]', value: { Locality: 'Kiruna' } }, { city: 'Kiruna' }],
      [
        { op: 'add', path: 'addresses', value: [{ type: 'home', streetAddress: 'Nygatan 1' }] },
        { street: 'Nygatan 1' },
      ],
      [{ op: 'replace', path: 'phoneNumbers', value: { value: 'tel:+46-70-765-43-21' } }, { phone: '+46707654321' }],
      [{ op: 'remove', path: 'phoneNumbers[type eq "home"]' }, { phone: null }],
    ]
    for (const [operation, expected] of forms) {
      const { status, body } = await send('mobile', subject, { body: change(operation) })
      assert.equal(status, 200, JSON.stringify([operation, body]))
      const details = detailsOf(await ada.now())
      for (const [field, value] of Object.entries(expected)) assert.equal(details[field as DetailName], value, field)
    }
  })

  it('overwrites nothing newer than what the company read, when it says what it read', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const subject = await subjectOf(ada.accounts.games!)
    const { epoch, seq } = await product.account(ada.accounts.games!)
    const read = `W/"${epoch}.${seq}"`
    const write = (value: string, tag: string) =>
      send('games', subject, {
        body: change({ op: 'replace', path: 'name.givenName', value }),
        headers: { 'if-match': tag },
      })
    assert.equal((await write('Alva', read)).status, 200)
    const stale = await write('Beda', read)
    assert.equal(stale.status, 412)
    assert.match(String(stale.body.detail), /read it again/)
    assert.equal((await write('Cilla', `W/"${epoch}.${seq + 1}"`)).status, 200)
    assert.equal((await write('Dora', '*')).status, 200)
    assert.equal(detailsOf(await ada.now()).givenName, 'Dora')
  })

  it('changes nothing at an account that is being closed', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const grace = { kind: 'after-grace', days: 7 } as const
    const games = await product.account(ada.accounts.games!)
    await product.features.closures.close(games, grace, { kind: 'person', id: ada.id })
    const { status, body } = await send('games', games.subject, {
      body: change({ op: 'replace', path: 'name.givenName', value: 'Late' }),
    })
    assert.equal(status, 409)
    assert.match(String(body.detail), /being closed/)
    assert.equal(detailsOf(await ada.now()).givenName, 'Ada')
  })

  it('is told what there is where it asks for something else, in SCIM’s form', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const account = `/scim/games/Users/${await subjectOf(ada.accounts.games!)}`
    for (const [method, path, status] of [
      ['PUT', account, 405],
      ['DELETE', account, 405],
      ['GET', '/scim/games/Users', 404],
      ['GET', '/scim/games/ServiceProviderConfig', 404],
    ] as const) {
      const answer = await fetch(product.issuer + path, { method })
      assert.equal(answer.status, status, path)
      assert.match(answer.headers.get('content-type') ?? '', /application\/scim\+json/)
      const { schemas } = (await answer.json()) as { schemas: string[] }
      assert.deepEqual(schemas, ['urn:ietf:params:scim:api:messages:2.0:Error'])
    }
    const bare = await fetch(product.issuer + account)
    assert.equal(bare.status, 401)
    assert.match(bare.headers.get('www-authenticate') ?? '', /^Bearer, DPoP algs="[\w ]+"$/)
  })

  it('H22: is refused, as the sender’s fault, when what it sends nests deeper than any message of ours', async () => {
    const ada = await product.aPerson({ links: ['mobile'] })
    const subject = await subjectOf(ada.accounts.mobile!)
    const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}"x"${close.repeat(depth)}`
    const token = await product.companyToken('mobile')
    for (const depth of [20, 9000])
      for (const value of [nested('[', ']', depth), nested('{"name":', '}', Math.min(depth, 6000))]) {
        const whole = `{"schemas":["${patch}"],"Operations":[{"op":"replace","value":${value}}]}`
        for (const body of [whole, value]) {
          const answer = await send('mobile', subject, { body, token })
          assert.equal(answer.status, 400, body.slice(0, 80))
          assert.match(String(answer.body.detail), /nests deeper than 16/)
        }
        const ticket = await fetch(`${product.issuer}/support/mobile/cases`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
          body: `{"agent":${value}}`,
        })
        assert.equal(ticket.status, 400)
      }
  })

  describe('H9: writing as fast as it can', () => {
    const rename = (value: string) => change({ op: 'replace', path: 'name.givenName', value })
    const lettersTo = async (email: string) =>
      ((await product.features.mailer.mailbox?.list(email)) ?? []).filter(({ kind }) => kind === 'details-changed')

    it('is held to a budget of each account, told when to come back, and its other accounts go on', async () => {
      const { most } = limitRules['company-write-account']
      const [ada, bo] = [await product.aPerson({ links: ['mobile'] }), await product.aPerson({ links: ['mobile'] })]
      const [hers, his] = [await subjectOf(ada.accounts.mobile!), await subjectOf(bo.accounts.mobile!)]
      const token = await product.companyToken('mobile')
      // What changes nothing is told to nobody, and costs nothing.
      for (let i = 0; i < 5; i++) await send('mobile', hers, { body: rename('Ada'), token })
      for (let i = 0; i < most; i++)
        assert.equal((await send('mobile', hers, { body: rename(`Ada ${i}`), token })).status, 200)
      const refused = await fetch(`${product.issuer}/scim/mobile/Users/${hers}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify(rename('Once more')),
      })
      assert.equal(refused.status, 429)
      assert.equal(refused.headers.get('retry-after'), '3600')
      assert.equal(detailsOf(await ada.now()).givenName, `Ada ${most - 1}`)
      assert.equal((await send('mobile', his, { body: rename('Bosse'), token })).status, 200)
    })

    it('is held to a budget of all its accounts together, apart from every other company’s', async () => {
      const ada = await product.aPerson({ links: ['mobile', 'games'] })
      const { most } = limitRules['company-write']
      const counted = most as number
      for (let i = 0; i < counted; i += 1000)
        await Promise.all(
          Array.from({ length: Math.min(1000, counted - i) }, () =>
            product.features.limits.consume('company-write', 'games').catch(() => 0),
          ),
        )
      const [games, mobile] = [await subjectOf(ada.accounts.games!), await subjectOf(ada.accounts.mobile!)]
      assert.equal((await send('games', games, { body: rename('Alva') })).status, 429)
      assert.equal((await send('mobile', mobile, { body: rename('Alva') })).status, 200)
      await product.features.limits.clear()
    })

    it('H9, U16: makes two letters of it: one at once, and one of all that followed, by which all of it is undone', async () => {
      const ada = await product.aPerson({ links: ['mobile', 'games'], details: { city: 'Lund' } })
      const [mobile, games] = [await subjectOf(ada.accounts.mobile!), await subjectOf(ada.accounts.games!)]
      const token = await product.companyToken('mobile')
      const reason = { 'change-reason': encodeURIComponent('See www.evil.example') }
      await send('mobile', mobile, { body: rename('Eva'), token, headers: reason })
      await product.settled()
      assert.equal((await lettersTo(ada.email)).length, 1)
      for (const [path, value] of [
        ['name.familyName', 'Ek'],
        ['addresses.locality', 'Ystad'],
      ] as const)
        await send('mobile', mobile, { body: change({ op: 'replace', path, value }), token, headers: reason })
      await send('games', games, { body: change({ op: 'replace', path: 'addresses.region', value: 'Skåne' }) })
      await product.settled()
      assert.equal((await lettersTo(ada.email)).length, 1, 'nothing is due before its time')

      const clock = adjustableClock()
      clock.advance(15 * minute + second)
      try {
        await product.settled()
        await product.settled()
        const [letter, ...before] = await lettersTo(ada.email)
        assert.equal(before.length, 1)
        assert.match(letter?.text ?? '', /family name, city and region/)
        assert.match(letter?.text ?? '', /Changed by Mobile and Games/)
        const visitor = aVisitor(product.issuer)
        const undo = /\/undo\/[\w-]+/.exec(letter?.text ?? '')?.[0] ?? ''
        assert.equal((await visitor.send(undo)).status, 303)
        await product.settled()
        const { givenName, familyName, city, region = null } = detailsOf(await ada.now())
        assert.deepEqual([givenName, familyName, city, region], ['Eva', 'Berg', 'Lund', null])
        assert.equal((await visitor.page(undo)).status, 410)
        // They looked and answered: what the company does after that is news.
        await send('mobile', mobile, { body: rename('Evelina'), headers: reason })
        await product.settled()
        assert.equal((await lettersTo(ada.email)).length, 3)
      } finally {
        clock.reset()
      }
    })
  })

  it('writes twice the same and it is one change', async () => {
    const ada = await product.aPerson({ links: ['games'] })
    const subject = await subjectOf(ada.accounts.games!)
    const body = change({ op: 'replace', path: 'name.givenName', value: 'Alva' })
    const v = (await ada.now()).v
    await Promise.all([send('games', subject, { body }), send('games', subject, { body })])
    await send('games', subject, { body })
    assert.ok((await ada.now()).v <= v + 2)
    assert.equal(detailsOf(await ada.now()).givenName, 'Alva')
  })
})
