import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { chooseSharing, pauseSharing } from '../../src/accounts/index.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, refuses } from '../world/desk.ts'
import { documentOf, fieldsOf, readable, testIds } from '../world/pages.ts'
import { close, listen } from '../world/server.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const page = '/account/sharing'
const atGames = `${page}/games`
const street = { street: 'Harbour Row 1', postalCode: '111 22', city: 'Visby' }

describe('sharing is a choice (S4-4, S2-d): for each company and purpose, and whether anything more is told', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const aReader = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'], details: street })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const games = person.accounts.games ?? ''
    const copy = async (id = games) => (await app.account(id)).copy
    const act = (fields: Record<string, string>, path = atGames) => visitor.send(page, fields, path)
    const moves = async (city: string) => {
      const actor = { kind: 'person', id: person.id } as const
      await changeDetails(app.features.people, person.id, {
        source: byPerson,
        actor,
        changes: [{ field: 'city', value: city }],
      })
      await app.settled()
    }
    return { person, visitor, games, copy, act, moves }
  }
  const toldTo = (service: string, subject: string) =>
    app.told.filter(
      ({ service: at, kind, payload }) =>
        at === service && kind === 'events' && (payload.sub_id as { sub: string }).sub === subject,
    )
  const lastTold = (service: string, subject: string) => {
    const [event] = Object.values(
      (toldTo(service, subject).at(-1)?.payload.events ?? {}) as Record<
        string,
        { claims: Record<string, unknown>; withdrawn?: string[] }
      >,
    )
    return event
  }

  it('S4-4: what is refused leaves at once, is told as withdrawn, and everything else goes on; allowed again it comes back', async () => {
    const { person, visitor, games, copy, act, moves } = await aReader()
    assert.equal((await copy()).city, 'Visby')
    assert.equal((await act({ 'purpose.prizes': '' })).status, 303)
    assert.equal((await copy()).city, undefined, 'before anything has followed')
    await app.settled()
    const { subject } = await app.account(games)
    assert.ok(lastTold('games-arcade', subject)?.withdrawn?.includes('city'))
    await moves('Lund')
    assert.deepEqual([(await copy()).city, (await copy()).givenName], [undefined, 'Ada'])
    assert.equal((await copy(person.accounts.mobile)).city, 'Lund', 'and no other company is touched')
    assert.doesNotMatch(JSON.stringify(toldTo('games-arcade', subject)), /Lund/)
    assert.match(testIds(await visitor.page(page), 'sharing-choices')[0] ?? '', /you refused it/)
    await act({ 'purpose.prizes': 'on' })
    await app.settled()
    assert.equal((await copy()).city, 'Lund')
    assert.match(testIds(await visitor.page(page), 'sharing-choices')[0] ?? '', /you allowed it/)
  })

  it('H53: what another window refused stays refused, whatever a window that is older leaves as it was', async () => {
    const { visitor, games, act } = await aReader()
    const form = fieldsOf(await visitor.page(page), atGames)
    const refused = async () =>
      Object.entries((await app.account(games)).link?.purposes ?? {}).flatMap(([id, { yes }]) => (yes ? [] : [id]))
    await act({ 'purpose.prizes': '' })
    assert.deepEqual(await refused(), ['prizes'])
    await visitor.submit(app.issuer + atGames, { ...form, which: 'ticked', 'purpose.account': '' })
    assert.deepEqual(await refused(), ['prizes', 'account'])
    await visitor.submit(app.issuer + atGames, { ...form, which: 'ticked' })
    assert.deepEqual(await refused(), ['prizes', 'account'], 'nothing of it was changed in that window')
  })

  it('H53: a purpose that the page did not show is neither allowed nor refused by it', async () => {
    const { visitor, games } = await aReader()
    const { 'was.prizes': _, 'purpose.prizes': __, ...form } = fieldsOf(await visitor.page(page), atGames)
    for (const which of ['none', 'ticked', 'all']) {
      await visitor.submit(app.issuer + atGames, { ...form, which })
      assert.equal((await app.account(games)).link?.purposes?.prizes, undefined, which)
    }
  })

  it('S4-4: none, all or each, as easily; no sign-in depends on it, and none asks again', async () => {
    const { person, copy, act } = await aReader()
    await act({ which: 'none' })
    assert.deepEqual(await copy(), {})
    const traveller = aTraveller(app)
    const arrived = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    assert.equal(traveller.told(arrived), 'code', 'straight to the service')
    const refused = (await app.account(person.accounts.games ?? '')).link?.purposes
    assert.deepEqual(
      Object.values(refused ?? {}).map(({ yes }) => yes),
      [false, false],
    )
    await act({ which: 'all' })
    await app.settled()
    assert.deepEqual([(await copy()).city, (await copy()).email], ['Visby', person.email])
  })

  it('S4-4, H31: an answer that the form does not have is none: 400, and what is shared stays', async () => {
    const { copy, act } = await aReader()
    const before = await copy()
    for (const which of ['', 'None', 'nothing', '__proto__']) assert.equal((await act({ which })).status, 400, which)
    assert.deepEqual(await copy(), before)
  })

  it('S4-4: paused, nothing more is told and its company writes nothing; resumed, the newest is', async () => {
    const { visitor, games, copy, act, moves } = await aReader()
    const { subject } = await app.account(games)
    assert.equal((await act({}, `${page}/games/pause`)).status, 303)
    const before = toldTo('games-arcade', subject).length
    await moves('Lund')
    await moves('Kiruna')
    assert.deepEqual([toldTo('games-arcade', subject).length, (await copy()).city], [before, 'Visby'])
    assert.match(testIds(await visitor.page('/account/services'), 'link-status')[0] ?? '', /^paused/)
    const write = await fetch(`${app.issuer}/scim/games/Users/${subject}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${await app.companyToken('games')}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'name.givenName', value: 'Eva' }],
      }),
    })
    assert.equal(write.status, 409)
    assert.match(await write.text(), /paused sharing/)
    await act({}, `${page}/games/resume`)
    await app.settled()
    assert.equal(lastTold('games-arcade', subject)?.claims && (await copy()).city, 'Kiruna')
    assert.equal(toldTo('games-arcade', subject).length, before + 1)
    assert.match(testIds(await visitor.page('/account/services'), 'link-status')[0] ?? '', /^in step/)
  })

  it('H29, S4-4: what is refused is not changed by its company either, nor by its support; what is shared is', async () => {
    const { person, games, act, moves } = await aReader()
    await act({ 'purpose.prizes': '' })
    const { subject } = await app.account(games)
    const patch = async (path: string, value: string) => {
      const answer = await fetch(`${app.issuer}/scim/games/Users/${subject}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await app.companyToken('games')}`,
          'content-type': 'application/scim+json',
        },
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path, value }],
        }),
      })
      return `${answer.status} ${await answer.text()}`
    }
    const desk = aDesk(app)
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    const held = async () => (await app.account(games)).own
    const own = await held()
    assert.match(await patch('addresses[type eq "home"].locality', 'Oslo'), /^403 .*does not share .*locality/)
    await assert.rejects(() => desk.corrections.correct(agent, id, { city: 'Oslo' }, {}), refuses('field-not-shared'))
    await app.settled()
    assert.deepEqual([(await app.account(person.accounts.mobile ?? '')).copy.city, await held()], ['Visby', own])
    assert.match(await patch('name.givenName', 'Eva'), /^200/)
    await act({ which: 'all' })
    await moves('Lund')
    assert.match(await patch('addresses[type eq "home"].locality', 'Oslo'), /^200/)
    await app.settled()
    assert.equal((await app.account(person.accounts.mobile ?? '')).copy.city, 'Oslo')
  })

  it('W17, S4-4, M6: a refusal and a pause are acknowledged once nothing that was sent before is on the wire', async () => {
    // The next telling is not answered.
    let held: (() => void) | undefined
    const slow = createServer((request, response) => {
      request.resume()
      if (held) held()
      else response.writeHead(202).end()
      held = undefined
    })
    const product = await aTestApp({ urls: { 'games-arcade': `http://localhost:${await listen(slow)}` } })
    const company = product.config.group.companies.get('games')!
    const { share, people, reconciler } = product.features
    try {
      for (const act of ['choose', 'pause'] as const) {
        const { id, accounts } = await product.aPerson({ links: ['games'], details: street })
        const games = accounts.games ?? ''
        const sends = async () => Object.values((await product.account(games)).sending).map(({ token }) => token)
        const by = {
          link: (await product.account(games)).link?.id ?? '',
          actor: { kind: 'person', id } as const,
        }
        const arrived = new Promise<void>((resolve) => {
          held = resolve
        })
        const changes = [{ field: 'city' as const, value: 'Lund' }]
        await changeDetails(people, id, { source: byPerson, actor: by.actor, changes })
        const telling = reconciler.enqueuePerson(id)
        await arrived
        const [before = ''] = await sends()
        if (act === 'choose') await share.choose(games, company, by, { allowed: ['account'] })
        else await share.pause(games, by)
        assert.ok(before !== '' && !(await sends()).includes(before), act)
        await telling
      }
    } finally {
      await product.close()
      await close(slow)
    }
  })

  it('S4-4: what is refused while it is paused is told at once; nothing that changed since is, until it is resumed', async () => {
    const { person, games, copy, act, moves } = await aReader()
    const { subject } = await app.account(games)
    await act({}, `${page}/games/pause`)
    const before = toldTo('games-arcade', subject).length
    await changeDetails(app.features.people, person.id, {
      source: byPerson,
      actor: { kind: 'person', id: person.id },
      changes: [{ field: 'givenName', value: 'Eva' }],
    })
    await app.settled()
    assert.equal(toldTo('games-arcade', subject).length, before)
    assert.equal((await act({ 'purpose.prizes': '' })).status, 303)
    await app.settled()
    const refusal = lastTold('games-arcade', subject)
    assert.equal(toldTo('games-arcade', subject).length, before + 1)
    assert.ok(refusal?.withdrawn?.includes('city'))
    assert.doesNotMatch(JSON.stringify(refusal), /Eva|Visby/)
    assert.notEqual((await app.account(games)).link?.paused, undefined)
    await moves('Lund')
    assert.equal(toldTo('games-arcade', subject).length, before + 1, 'and nothing after it')
    await act({}, `${page}/games/resume`)
    await app.settled()
    assert.match(JSON.stringify(lastTold('games-arcade', subject)), /Eva/)
    assert.equal((await copy()).city, undefined)
  })

  it('S4-4: a refusal that a crash or a pause came before is told all the same', async () => {
    const { person, games } = await aReader()
    const { subject } = await app.account(games)
    const { link } = await app.account(games)
    const choice = {
      link: link?.id ?? '',
      op: 'of-a-process-that-died',
      at: 1,
      actor: { kind: 'person', id: person.id } as const,
    }
    const company = app.config.group.companies.get('games')!
    // Written, and nothing else was done: nobody was woken.
    await app.features.accounts.change(games, (seen) =>
      chooseSharing(seen, company, { ...choice, allowed: ['account'] }),
    )
    await app.features.accounts.change(games, (seen) => pauseSharing(seen, choice))
    await app.settled()
    assert.ok(lastTold('games-arcade', subject)?.withdrawn?.includes('city'))
  })

  it('S4-4: a page about a link that ended decides nothing about the next, and nobody decides for somebody else', async () => {
    const { person, visitor } = await aReader()
    const stale = fieldsOf(await visitor.page(page), `${page}/games`)
    const actor = { kind: 'person', id: person.id } as const
    await app.features.links.unlink(person.id, 'games', { keep: 'now', actor })
    const answer = await visitor.submit(`${app.issuer}${page}/games`, { ...stale, which: 'none' })
    assert.match(answer.next ?? '', /stands-otherwise/)
    const other = await aReader()
    const theirs = fieldsOf(await other.visitor.page(page), `${page}/mobile`)
    const { csrf } = fieldsOf(await visitor.page(page), `${page}/mobile`)
    assert.equal(
      (await visitor.submit(`${app.issuer}${page}/mobile`, { ...theirs, csrf: csrf ?? '', which: 'none' })).status,
      409,
    )
    assert.notDeepEqual(await other.copy(other.person.accounts.mobile), {})
  })

  it('S4-4: the ledger is a file: JSON, and CSV that no spreadsheet runs', async () => {
    const { visitor } = await aReader()
    const json = JSON.parse((await visitor.page(`${page}/ledger.json`)).text) as {
      company: string
      details: string[]
    }[]
    assert.deepEqual(new Set(json.map(({ company }) => company)), new Set(['Example Games AB', 'Example Mobile AB']))
    const csv = await visitor.page(`${page}/ledger.csv`)
    assert.match(csv.text, /^at,company,recipient,details,/)
    assert.equal(csv.text.trim().split('\r\n').length, json.length + 1)
    const { csvOf } = await import('../../src/http/index.ts')
    assert.equal(csvOf(['a', 'b'], [{ a: '=1+1', b: 'x,"y"' }]), 'a,b\r\n\'=1+1,"x,""y"""\r\n')
  })

  for (const [language, words] of Object.entries({
    en: ['Save choices', 'Pause sharing'],
    sv: ['Spara val', 'Pausa delning'],
    ja: ['選択を保存', '情報の提供を一時停止'],
  }))
    it(`S4-4, in ${language}: a group per company, a tick per purpose named by it, its ground beside it`, async () => {
      const { visitor } = await aReader()
      await visitor.page(`/account/services?lang=${language}`)
      const shown = await visitor.page(page)
      const groups = documentOf(shown).querySelectorAll('[role="group"]')
      assert.equal(groups.length, 2, readable(shown))
      const buttons = groups[0]?.querySelectorAll('button').map((each) => each.text.trim()) ?? []
      for (const word of words) assert.ok(buttons.includes(word), `${word} among ${buttons}`)
      assert.equal(groups[0]?.querySelectorAll('label').length, 2)
    })
})
