import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import type { z } from 'zod'
import { asPerson } from '../../src/accounts/index.ts'
import { createToldPages, markOf } from '../../src/http/told-pages.ts'
import { type AdjustableClock, day } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import { viewsDir } from '../http/site.ts'
import type { TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { companyWrote } from '../world/company-wrote.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, formsOf, linksOf, readable, tokenOf } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor, aVisitorSignedIn, type Visitor } from '../world/visitor.ts'

type Row = TestApp['tables']['portal'][number]

/** Somebody, and the page that a form led them to. */
interface Led {
  visitor: Visitor
  told: Visit
}

const [details, services] = ['/account/details', '/account/services']

describe('H56: a page that says what a form did', () => {
  let app: TestApp
  let clock: AdjustableClock
  let desk: Desk
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
    desk = aDesk(app)
  })
  afterEach(() => app.close())

  const { move, undoPath } = movedAddress(() => app)
  const rows = (): Row[] => [...app.tables.portal, ...app.tables.console]
  const pathOf = ({ url }: Visit): string => url.slice(app.issuer.length)
  const toldOf = (visitor: Visitor) => visitor.cookie(new URL(app.issuer).host, `told-${app.config.port}`)

  const aVisit = async (links: string[] = []) => {
    const person = await app.aPerson({ links })
    return { person, visitor: await aVisitorSignedIn(app.issuer, person) }
  }
  const signOut = (visitor: Visitor) => visitor.act(services, {}, '/account/sign-out')
  const byLetter = async (path: string): Promise<Led> => {
    const visitor = aVisitor(app.issuer)
    return { visitor, told: await visitor.act(path) }
  }
  const atDesk = async (member: Staff): Promise<Visitor> => {
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { to = '' } = fieldsOf(sent, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(sent), code: totpNow(), to })
    return visitor
  }

  /** How each page is come by that says what was done, and nothing else. */
  const stories: Record<string, { says: RegExp; led: () => Promise<Led> }> = {
    '/account/signed-out': {
      says: /You are signed out/,
      led: async () => {
        const { visitor } = await aVisit()
        return { visitor, told: await signOut(visitor) }
      },
    },
    '/account/deleted': {
      says: /The sign-in is deleted/,
      led: async () => {
        const { visitor } = await aVisit()
        return { visitor, told: await visitor.act('/account/security/delete') }
      },
    },
    '/account/closed': {
      says: /Games has closed your account/,
      led: async () => {
        const own = await app.aSeparateAccount('games')
        const visitor = aVisitor(app.issuer)
        await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
        return { visitor, told: await visitor.act(`${services}/games/close`) }
      },
    },
    '/undone': {
      says: /Everything is as it was before/,
      led: async () => {
        const { email, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
        await companyWrote(app, accounts.games ?? '', 'familyName', 'Ekström')
        return byLetter(await undoPath(email, 'details-changed'))
      },
    },
    '/undone/way-in': {
      says: /The link is undone\. .*Use the code we have sent/,
      led: async () => {
        const own = await app.aSeparateAccount('games')
        const at = `${services}/link/games`
        const { visitor } = await aVisit()
        const preview = await visitor.act(at, asTyped(own))
        await visitor.submit(`${app.issuer}${at}/preview`, fieldsOf(preview, `${at}/preview`))
        return byLetter(await undoPath(own.email, 'account-linked'))
      },
    },
    '/undone/address': {
      says: /You sign in with this address again/,
      led: async () => {
        const { person, visitor } = await aVisit(['mobile'])
        await move(visitor, `new.${person.email}`)
        return byLetter(await undoPath(person.email))
      },
    },
    '/undone/account': {
      says: /account at Games is closed, and the sign-in that was made with it is deleted/,
      led: async () => {
        const email = 'maja@mail.example'
        const traveller = aTraveller(app)
        const form = await traveller.open(await traveller.go('games-arcade'), '/create')
        const code = await traveller.act(form, '/create', aRegistration(email))
        await traveller.act(code, '/create/code', { code: await app.code(email) })
        return byLetter(await undoPath(email, 'welcome'))
      },
    },
    '/undone/recovery': {
      says: /Nobody can sign in with the new password/,
      led: async () => {
        const { email } = await app.aPerson({ links: ['games'] })
        clock.advance(366 * day)
        await app.features.oidc.tick()
        const traveller = aTraveller(app)
        const form = await traveller.open(await traveller.go('games-arcade'), '/recover')
        const code = await traveller.act(form, '/recover', { email })
        await traveller.act(code, '/recover/code', { code: await app.code(email) })
        return byLetter(await undoPath(email, 'recovery-waits'))
      },
    },
  }

  it('is in the list above, whichever there are', () => {
    const found = rows().flatMap(({ path, otherwise }) => (otherwise === undefined ? [] : [path]))
    assert.deepEqual(found.sort(), Object.keys(stories).sort())
  })

  for (const [path, { says, led }] of Object.entries(stories))
    it(`tells nobody who opens its address, and tells it to whom the form led there: ${path}`, async () => {
      const { visitor, told } = await led()
      assert.match(readable(told), says)
      const at = pathOf(told)
      assert.equal(at.split('?')[0], path)
      assert.match(readable(await visitor.page(at)), says, 'a reload')
      const other = linksOf(told).find((link) => /[?&]lang=sv\b/.test(link)) ?? ''
      assert.equal((await visitor.page(other)).status, 200, 'its own link to another language')
      assert.match(readable(await visitor.page(other.replace('lang=sv', 'lang=en'))), says)
      for (const stranger of [aVisitor(app.issuer), (await aVisit()).visitor]) {
        for (const address of [at, other, path]) {
          const page = await stranger.page(address)
          assert.deepEqual([page.status, page.next], [303, `${app.issuer}/account`], address)
          assert.doesNotMatch(page.text, says)
        }
        assert.equal(toldOf(stranger), undefined)
      }
    })

  for (const path of ['/account/signed-out', '/account/deleted', '/account/closed'])
    it(`H62: tells nobody who has signed in since that nobody is, nor that they are gone: ${path}`, async () => {
      const { visitor, told } = await stories[path]!.led()
      await visitor.signIn(await app.aPerson())
      assert.equal((await visitor.page(pathOf(told))).next, `${app.issuer}/account`)
    })

  it('is told of that company alone whose account it was', async () => {
    const { visitor, told } = await stories['/account/closed']!.led()
    assert.match(pathOf(told), /\?at=games$/)
    assert.equal((await visitor.page('/account/closed?at=mobile')).next, `${app.issuer}/account`)
  })

  it('is reached by no way back from a sign-in, to which anybody can write an address', async () => {
    const { visitor } = await aVisit()
    const back = await visitor.page('/account/callback?state=/account/deleted')
    assert.equal(back.next, `${app.issuer}/account/deleted`)
    assert.equal((await visitor.visit(back.next ?? '')).next, `${app.issuer}/account`)
  })

  // --- pages that say it above all else that stands there

  const aRequestOf = async (person: { id: string; email: string }) => {
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = await app.features.links.accountsOf(person.id)
    const { ask } = app.features.rightsRequests
    await ask.ask(who, held, { kind: 'access', about: 'All', companies: ['games'], once: person.id })
    return (await ask.page(who.id, held)).parts[0]!.id.replace(':', '.')
  }

  const portal = (path: (request: string) => string) => async () => {
    const { person, visitor } = await aVisit(['games'])
    return { visitor, at: path(await aRequestOf(person)) }
  }
  /** A page that takes `done`, as somebody sees it who may. */
  const opened: Record<string, () => Promise<{ visitor: Visitor; at: string }>> = {
    '/account/services': portal(() => services),
    '/account/details': portal(() => details),
    '/account/security': portal(() => '/account/security'),
    '/account/requests': portal(() => '/account/requests'),
    '/account/requests/:request': portal((request) => `/account/requests/${request}`),
    '/account/services/:company/way-in': async () => {
      const { visitor } = await aVisit(['games'])
      await visitor.act(`${services}/games/unlink`)
      return { visitor, at: `${services}/games/way-in` }
    },
    '/report-death': async () => ({ visitor: aVisitor(app.issuer), at: '/report-death' }),
    '/console/cases/:id': async () => {
      const member = await desk.aMember('games', 'support')
      const { email } = await app.aPerson({ links: ['games'] })
      return { visitor: await atDesk(member), at: `/console/cases/${await desk.aCase(member, email)}` }
    },
    '/console/staff': async () => ({
      visitor: await atDesk(await desk.aMember('games', 'administrator')),
      at: '/console/staff',
    }),
    '/console/audit': async () => ({
      visitor: await atDesk(await desk.aMember('games', 'support-lead')),
      at: '/console/audit',
    }),
    '/console/requests/:request': async () => {
      const request = await aRequestOf(await app.aPerson({ links: ['games'] }))
      return { visitor: await atDesk(await desk.aMember('games', 'privacy')), at: `/console/requests/${request}` }
    },
  }

  /** Every word that some page knows for what was done. */
  const words = ((): string[] => {
    const named = (part: unknown): string[] =>
      Object.entries((part ?? {}) as Record<string, unknown>).flatMap(([key, inside]) => [
        ...(key === 'done' ? Object.keys(inside as object) : []),
        ...(typeof inside === 'object' ? named(inside) : []),
      ])
    const files = ['portal', 'console', 'requests'].map((file) =>
      load(readFileSync(join(viewsDir, 'words', `${file}.en.yaml`), 'utf8')),
    )
    const further = ['sent', 'message', 'archive', 'alarm-closed', 'not-found', 'account-stands-otherwise']
    return [...new Set([...files.flatMap(named), ...further])]
  })()

  it('is in this list as well, whichever takes a word for what was done', () => {
    assert.ok(words.length > 40, words.join())
    const takes = ({ method, query }: Row) => method === 'GET' && 'done' in ((query as z.ZodObject)?.shape ?? {})
    assert.deepEqual(
      rows()
        .filter(takes)
        .map(({ path }) => path)
        .sort(),
      Object.keys(opened).sort(),
    )
  })

  for (const [path, open] of Object.entries(opened))
    it(`says nothing above ${path} to whoever opens an address that says so`, async () => {
      const { visitor, at } = await open()
      const plain = await visitor.page(at)
      assert.equal(plain.status, 200)
      for (const word of words) {
        const page = await visitor.page(`${at}?done=${word}&at=games`)
        assert.equal(readable(page), readable(plain), word)
        assert.equal(page.headers.get('refresh'), null, word)
      }
    })

  it('says it after the act, at a reload, in another language, and of several windows for each', async () => {
    const { visitor } = await aVisit(['games'])
    const saved = await visitor.act(details, { city: 'Lund' })
    const sent = await visitor.act(details, { email: 'moved@mail.example' })
    const again = await visitor.act('/account/details/address', {}, '/account/details/address/send-again')
    const unlinked = await visitor.act(`${services}/games/unlink`, { keep: 'now' })
    assert.match(pathOf(sent), /details\/address$/)
    for (const [page, says] of [
      [saved, /Saved\./],
      [again, /A new code is on its way/],
      [unlinked, /no longer linked/],
    ] as const) {
      assert.match(readable(page), says)
      assert.match(readable(await visitor.page(pathOf(page))), says)
      const other = linksOf(page).find((link) => /[?&]lang=en\b/.test(link)) ?? ''
      assert.match(readable(await visitor.page(other)), says)
    }
    assert.doesNotMatch(readable(await visitor.page(`${services}/games/way-in?done=unlinked&at=games`)), /no longer/)
    assert.equal(readable(await visitor.page(`${details}?done=address`)), readable(await visitor.page(details)))
  })

  it('says it at the desk to whoever did it', async () => {
    const member = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const at = `/console/cases/${await desk.aCase(member, email)}`
    const visitor = await atDesk(member)
    const { action = '' } = formsOf(await visitor.page(at)).find((form) => form.action.endsWith('/send-code')) ?? {}
    const told = await visitor.act(at, {}, action)
    assert.match(readable(told), /A code is on its way/)
    assert.match(readable(await visitor.page(pathOf(told))), /A code is on its way/)
    assert.doesNotMatch(readable(await (await atDesk(member)).page(pathOf(told))), /A code is on its way/)
  })

  it('says it to nobody else who signs in with that browser', async () => {
    const { visitor } = await aVisit(['games'])
    const saved = await visitor.act(details, { city: 'Lund' })
    assert.match(readable(saved), /Saved\./)
    await signOut(visitor)
    const other = await app.aPerson({ links: ['games'] })
    await visitor.signIn(other)
    assert.doesNotMatch(readable(await visitor.page(pathOf(saved))), /Saved\./)
  })

  it('says it to the unified sign-in that a separate account became by it, or was linked with', async () => {
    const at = `${services}/link/games`
    const holder = async () => {
      const own = await app.aSeparateAccount('games', { details: { birthDate: '1990-01-01' } })
      const visitor = aVisitor(app.issuer)
      await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
      return { own, visitor }
    }
    const { own, visitor } = await holder()
    const made = await visitor.act(at, { password: own.password }, `${at}/make`)
    assert.match(readable(made), /You now have a unified sign-in/)
    const { visitor: other } = await holder()
    const preview = await other.act(`${at}/unified`, asTyped(await app.aPerson()), at)
    const linked = await other.submit(`${app.issuer}${at}/preview`, fieldsOf(preview, `${at}/preview`))
    assert.match(readable(await other.visit(linked.next ?? '')), /Games: The account is linked/)
  })

  it('is remembered of the last few, whatever was planted among them', async () => {
    const { config } = app
    let cookie: string | undefined
    const at = (path: string, querystring = '') =>
      ({
        path,
        querystring,
        cookies: { get: () => cookie, set: (_: string, kept: string) => (cookie = kept) },
      }) as never
    const { leads, isLedHere } = createToldPages(config)
    for (const planted of ['x'.repeat(3000), '.'.repeat(200), '/account/deleted', `${markOf('/other')}..`]) {
      cookie = planted
      assert.equal(isLedHere(at('/account/deleted'), ''), false, planted)
      leads(at('/'), '/account/signed-out', '')
      assert.equal(cookie, markOf('/account/signed-out'))
    }
    for (let n = 0; n < 12; n++) leads(at('/'), `/${n}?done=saved`, 'somebody')
    leads(at('/'), '/8?done=saved', 'somebody')
    const led = (n: number) => isLedHere(at(`/${n}`, 'lang=sv&done=saved'), 'somebody')
    assert.deepEqual([...Array(12).keys()].filter(led), [4, 5, 6, 7, 8, 9, 10, 11])
    assert.ok(cookie && cookie.length < 200)
    assert.equal(isLedHere(at('/8', 'done=saved'), 'somebody else'), false)
    assert.equal(isLedHere(at('/8', 'done=closed'), 'somebody'), false)
  })
})
