import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { type ClaimName, claimNames, type DetailName, detailNames, detailsOfClaims } from '../../src/details/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { shownDetails, toldDetails } from '../world/shown.ts'
import { aTokenClient } from '../world/tokens.ts'
import { aRegistration, asTyped, aTraveller, type Traveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const details = {
  street: 'Kyrkogatan 14',
  postalCode: '222 22',
  city: 'Lund',
  region: 'Scania',
  phone: '+46701740601',
}

/** What a page showed by recipient, who answered it, and where that led. */
interface Walked {
  company: DetailName[]
  partner: DetailName[]
  person: string
  back?: Visit
  traveller?: Traveller
}

/** Goes to a page that links or consents, calls `press` when it has been read, and answers it. */
type Walk = (app: TestApp, press: () => void) => Promise<Walked>

const inOrder = (a: DetailName, b: DetailName) => detailNames.indexOf(a) - detailNames.indexOf(b)

const read = (page: Visit): Pick<Walked, 'company' | 'partner'> => {
  const shown = shownDetails(page)
  assert.ok(shown.length > 0, `${page.url} says nothing of who gets what`)
  return shown.length > 1
    ? { partner: shown[0] ?? [], company: shown[1] ?? [] }
    : { partner: [], company: shown[0] ?? [] }
}

const atService = async (app: TestApp, client: string, links: string[] = []) => {
  const [person, traveller] = [await app.aPerson({ details, links }), aTraveller(app)]
  return { person, traveller, page: await traveller.act(await traveller.go(client), '', asTyped(person)) }
}

const walks: Record<string, Walk> = {
  registration: async (app, press) => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('games-arcade'), '/create')
    const shown = read(form)
    const email = `${Math.random().toString(36).slice(2)}@new.example`
    const asked = await traveller.act(form, '/create', aRegistration(email))
    press()
    const back = await traveller.act(asked, '/create/code', { code: await app.code(email) })
    const person = await app.features.authentication.authenticate(email, aRegistration(email).password ?? '', null)
    assert.ok(person?.kind === 'person')
    return { ...shown, person: person.person, back, traveller }
  },
  'link page': async (app, press) => {
    const { person, traveller, page } = await atService(app, 'games-arcade')
    const shown = read(page)
    press()
    return { ...shown, person: person.id, back: await traveller.act(page, '/link'), traveller }
  },
  'partner of a company not yet linked': async (app, press) => {
    const { person, traveller, page } = await atService(app, 'leaderboard')
    const shown = read(page)
    press()
    return { ...shown, person: person.id, back: await traveller.act(page, '/link'), traveller }
  },
  'partner of a linked company': async (app, press) => {
    const { person, traveller, page } = await atService(app, 'leaderboard', ['games'])
    const [partner = []] = shownDetails(page)
    const account = await app.account(person.accounts.games ?? '')
    press()
    const back = await traveller.act(page, '/consent')
    return { partner, company: account.link?.agreed ?? [], person: person.id, back, traveller }
  },
  'preview of an account from before': async (app, press) => {
    const { person, traveller, page } = await atService(app, 'games-arcade')
    const own = await app.aSeparateAccount('games', { details })
    const preview = await traveller.act(await traveller.open(page, '/existing'), '/existing', asTyped(own))
    const shown = read(preview)
    press()
    return { ...shown, person: person.id, back: await traveller.act(preview, '/preview'), traveller }
  },
  'offer to a separate account': async (app, press) => {
    const [person, own, traveller] = [
      await app.aPerson({ details }),
      await app.aSeparateAccount('games', { details }),
      aTraveller(app),
    ]
    const offer = await traveller.act(await traveller.go('games-arcade'), '', asTyped(own))
    const proof = await traveller.open(offer, '/offer/link')
    const preview = await traveller.act(proof, '/offer/link', asTyped(person))
    const shown = read(preview)
    press()
    return { ...shown, person: person.id, back: await traveller.act(preview, '/preview'), traveller }
  },
  'offer of a unified sign-in': async (app, press) => {
    const [own, traveller] = [await app.aSeparateAccount('games', { details }), aTraveller(app)]
    const offer = await traveller.act(await traveller.go('games-arcade'), '', asTyped(own))
    const shown = read(offer)
    press()
    const back = await traveller.act(offer, '/offer/make')
    return { ...shown, person: await madeOf(app, own), back, traveller }
  },
  'account pages: offer of a unified sign-in': async (app, press) => {
    const [own, visitor] = [await app.aSeparateAccount('games', { details }), aVisitor(app.issuer)]
    await app.features.accounts.change(own.account, () => ({ set: { offeredLinkAt: 1 } }))
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    const offer = await visitor.page('/account/services/link/games')
    const shown = read(offer)
    press()
    const action = '/account/services/link/games/make'
    await visitor.submit(`${app.issuer}${action}`, { ...fieldsOf(offer, action), password: own.password })
    return { ...shown, person: await madeOf(app, own) }
  },
  'account pages: link another account': async (app, press) => {
    const [person, own] = [await app.aPerson({ details }), await app.aSeparateAccount('games', { details })]
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const preview = await visitor.act('/account/services/link/games', asTyped(own))
    const shown = read(preview)
    press()
    await answerPreview(app, visitor, preview)
    return { ...shown, person: person.id }
  },
  'account pages: link this account': async (app, press) => {
    const [person, own] = [await app.aPerson({ details }), await app.aSeparateAccount('games', { details })]
    const { account } = own
    await app.features.accounts.change(account, () => ({ set: { offeredLinkAt: 1 } }))
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    const link = '/account/services/link/games'
    const preview = await visitor.act(`${link}/unified`, asTyped(person), link)
    const shown = read(preview)
    press()
    await answerPreview(app, visitor, preview)
    return { ...shown, person: person.id }
  },
  'account pages: what a company asks for since': async (app, press) => {
    const person = await app.aPerson({ details, links: ['games'] })
    const agreed = await agreedToNameOnly(app, person.accounts.games ?? '')
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const page = await visitor.page('/account/services')
    const shown = shownDetails(page, 'asks-for-more').flat()
    press()
    if (shown.length > 0) {
      const action = '/account/services/games/agree'
      await visitor.submit(`${app.issuer}${action}`, fieldsOf(page, action))
    }
    return { company: [...agreed, ...shown], partner: [], person: person.id }
  },
  'sign-in: what a company asks for since': async (app, press) => {
    const person = await app.aPerson({ details, links: ['games'] })
    const agreed = await agreedToNameOnly(app, person.accounts.games ?? '')
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    const isAsked = page.text.includes('/more"')
    const shown = isAsked ? shownDetails(page).flat() : []
    press()
    const back = isAsked ? await traveller.act(page, '/more') : page
    return { company: [...agreed, ...shown], partner: [], person: person.id, back, traveller }
  },
}

/** Who has come to be; nobody, when the page had to be read once more. */
const madeOf = async (app: TestApp, { email, password }: { email: string; password: string }): Promise<string> => {
  const holder = await app.features.authentication.authenticate(email, password, null)
  return holder?.kind === 'person' ? holder.person : ''
}

const answerPreview = async (app: TestApp, visitor: ReturnType<typeof aVisitor>, preview: Visit) => {
  const action = '/account/services/link/games/preview'
  await visitor.submit(`${app.issuer}${action}`, fieldsOf(preview, action))
}

/** As after a link that was agreed for the name alone. */
const agreedToNameOnly = async (app: TestApp, id: string): Promise<DetailName[]> => {
  const agreed: DetailName[] = ['givenName', 'familyName']
  await app.features.accounts.change(id, () => ({ set: { 'link.agreed': agreed, 'at.v': 0 } }))
  await app.features.reconciler.enqueueAccount(id)
  await app.settled()
  app.told.length = 0
  return agreed
}

/** By the file and the use case it calls: which walks go through it. A new one has to be walked before it may stand. */
const entryPoints: Record<string, string[]> = {
  'sign-in/registration-routes.ts linkNewAccount': ['registration'],
  'sign-in/link-routes.ts linkNewAccount': ['link page', 'partner of a company not yet linked'],
  'sign-in/link-routes.ts allowApplication': ['partner of a company not yet linked', 'partner of a linked company'],
  'sign-in/preview-routes.ts linkExisting.link': ['preview of an account from before', 'offer to a separate account'],
  'sign-in/make-unified-routes.ts unifiedOffer.accept': ['offer of a unified sign-in'],
  'portal/make-unified-routes.ts unifiedOffer.accept': ['account pages: offer of a unified sign-in'],
  'sign-in/ask-more-routes.ts links.agree': ['sign-in: what a company asks for since'],
  'portal/link-preview-routes.ts linkExisting.link': [
    'account pages: link another account',
    'account pages: link this account',
  ],
  'portal/services-routes.ts links.agree': ['account pages: what a company asks for since'],
  // The demonstration's people, who are made up.
  'dev/seed.ts linkNewAccount': [],
}

const useCases =
  /\b(linkNewAccount|linkExistingAccount|linkExisting\.link|unifiedOffer\.accept|links\.agree|allowApplication)\(/g

describe('U1: nothing is told that was not shown and agreed', () => {
  let app: TestApp
  const policy = { receives: [...claimNames] as ClaimName[] }
  before(async () => {
    app = await aTestApp({ offline: true, gamesReceives: () => policy.receives })
  })
  after(() => app.close())

  const walked = async (name: string, shown: ClaimName[], pressed: ClaimName[]): Promise<void> => {
    const walk = walks[name]
    assert.ok(walk, name)
    policy.receives = shown
    const { company, partner, person, back, traveller } = await walk(app, () => {
      policy.receives = pressed
    })
    await app.settled()
    const account = await app.features.links.accountAt(person, 'games')
    const copy = Object.entries(account?.copy ?? {}).flatMap(([field, value]) => (value ? [field as DetailName] : []))
    const events = app.told.filter(({ payload }) => (payload.sub_id as { sub?: string })?.sub === account?.subject)
    const told = events.flatMap(({ payload }) =>
      Object.values((payload.events ?? {}) as Record<string, { claims?: Record<string, unknown> }>).flatMap(
        ({ claims = {} }) => toldDetails(claims),
      ),
    )
    const more = (what: DetailName[], allowed: DetailName[]) => what.filter((field) => !allowed.includes(field))
    assert.deepEqual(more([...copy, ...told, ...(account?.link?.agreed ?? [])], company), [], `${name}: the company`)
    const isPartner = name.startsWith('partner')
    if (!traveller || !back || !traveller.isBack(new URL(back.next ?? app.issuer))) return
    const client = isPartner ? 'leaderboard' : 'games-arcade'
    const { access_token: token } = await aTokenClient(app).redeemed(client, back)
    const answer = await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
    const claims = toldDetails((await answer.json()) as Record<string, unknown>)
    assert.deepEqual(more(claims, isPartner ? partner : company), [], `${name}: ${client}`)
    assert.deepEqual(more(claims, account?.link?.agreed ?? []), [], `${name}: ${client} beyond the company`)
  }

  it('U1: a partner of a company not yet linked names both recipients, itself first, with what and why; neither gets more', async () => {
    policy.receives = ['name', 'email', 'birthdate', 'address']
    const { person, traveller, page } = await atService(app, 'leaderboard')
    const [partner = [], company = [], ...others] = shownDetails(page)
    assert.deepEqual(partner, ['givenName', 'familyName', 'birthDate', 'email'])
    assert.deepEqual(company, detailsOfClaims(policy.receives).toSorted(inOrder))
    assert.deepEqual(others, [])
    assert.match(testIds(page, 'partner').join(), /Leaderboard Example Oy .*Privacy policy of Leaderboard/)
    assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
    assert.match(readable(page), /Shows where you stand among friends.*To run your account/)
    assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
    await app.settled()
    const account = await app.features.links.accountAt(person.id, 'games')
    assert.deepEqual(account?.link?.agreed.toSorted(inOrder), company)
    assert.ok(!app.told.some(({ service }) => service.startsWith('mobile') || service.startsWith('pictures')))
  })

  it('U1: a page of which the form says nothing of what was shown links nothing', async () => {
    policy.receives = ['name', 'email']
    const { person, traveller, page } = await atService(app, 'games-arcade')
    const { shown, ...rest } = fieldsOf(page, `${traveller.baseOf(page)}/link`)
    assert.equal(shown, 'givenName,familyName,email')
    const stale = await traveller.post(page, '/link', rest)
    assert.equal(stale.again, true)
    assert.equal(await app.features.links.accountAt(person.id, 'games'), undefined)
    assert.deepEqual(shownDetails(stale), [['givenName', 'familyName', 'email']])
  })

  it('U1: what a company asks for since is asked once on the way to its service; *Not now* goes on and is kept', async () => {
    policy.receives = ['name', 'email', 'birthdate']
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    await agreedToNameOnly(app, person.accounts.games ?? '')
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    assert.deepEqual(shownDetails(page), [['birthDate', 'email']])
    assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
    const back = await traveller.post(page, '/more/not-now', fieldsOf(page, `${traveller.baseOf(page)}/more`))
    assert.equal(traveller.told(await traveller.follow(back.next ?? '', traveller.isBack)), 'code')
    assert.equal(traveller.told(await traveller.go('games-arcade')), 'code')
    await app.settled()
    const { link, copy } = await app.account(person.accounts.games ?? '')
    assert.deepEqual(link?.agreed, ['givenName', 'familyName'])
    assert.equal(copy.birthDate, undefined)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.match(readable(await visitor.page('/account/services')), /is asking to receive more.*birth date/)
  })

  it('U1: a partner gets what its page named, though its company has more and its scopes come to carry more', async () => {
    policy.receives = [...claimNames]
    const person = await app.aPerson({ details, links: ['games'] })
    policy.receives = ['name']
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    assert.deepEqual(shownDetails(page), [['givenName', 'familyName']])
    policy.receives = [...claimNames]
    const back = await traveller.act(page, '/consent')
    const { access_token: token } = await aTokenClient(app).redeemed('leaderboard', back)
    const answer = await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })
    assert.deepEqual(toldDetails((await answer.json()) as Record<string, unknown>), ['givenName', 'familyName'])
  })

  for (const name of Object.keys(walks))
    it(`U1: by the ${name}, a policy that grew between the page and the press releases nothing more`, () =>
      walked(name, ['name', 'birthdate'], [...claimNames]))

  it('U1: fields told ⊆ fields shown and agreed, by every entry point and whatever policies did meanwhile', async () => {
    const receives = fc.subarray([...claimNames], { minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.keys(walks)), receives, receives, (name, shown, pressed) =>
        walked(name, shown, pressed),
      ),
      { numRuns: 40 },
    )
  })

  it('U1: every place that links, agrees or consents is walked here', () => {
    const source = join(import.meta.dirname, '../../src')
    const found = readdirSync(source, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && !path.startsWith('links/'))
      .flatMap((path) =>
        [...readFileSync(join(source, path), 'utf8').matchAll(useCases)].map(([, name]) => `${path} ${name}`),
      )
    assert.deepEqual([...new Set(found)].sort(), Object.keys(entryPoints).sort())
    for (const [place, names] of Object.entries(entryPoints))
      for (const name of names) assert.ok(walks[name], `${place}: no walk is called ${name}`)
    const writers = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && readFileSync(join(source, path), 'utf8').includes("'link.agreed'"),
    )
    assert.deepEqual(writers, ['links/link-rules.ts'])
  })
})
