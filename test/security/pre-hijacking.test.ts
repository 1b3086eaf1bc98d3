import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { clientSecret } from '../../src/config/settings.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver } from '../world/browser.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { verifier } from '../world/tokens.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const theirs = 'the plan of a patient thief'
const rightful = 'a door that locks from inside'

/** "Pre-hijacked accounts" (USENIX Security 2022): somebody prepares, the owner comes, and the first holds nothing. */
describe('what somebody prepared before the owner came (§5)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const tokens = async (fields: Record<string, string>): Promise<Record<string, string>> => {
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`mobile-store:${clientSecret(app.config, 'mobile-store')}`)}` },
      body: new URLSearchParams(fields),
    })
    return (await answer.json()) as Record<string, string>
  }
  const userinfo = async (token: string): Promise<number> =>
    (await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${token}` } })).status

  const recover = async (email: string): Promise<void> => {
    const owner = aTraveller(app)
    const form = await owner.open(await owner.go('mobile-store'), '/recover')
    const page = await owner.act(form, '/recover', { email })
    const proven = await owner.act(page, '/recover/code', { code: await app.code(email) })
    await owner.act(proven, '/recover/password', { password: rightful })
    await app.settled()
  }

  const isGone = (error: unknown): boolean => isAppError(error, 'code-expired')

  it('T1, keycloak#53041, classic–federated merge: their registration with the owner’s address signs nobody in', async () => {
    const email = 'merged.with@mail.example'
    const thief = aTraveller(app)
    const form = await thief.open(await thief.go('mobile-store'), '/create')
    const sent = await thief.send(form, '/create', aRegistration(email, { password: theirs }))
    const waiting = await thief.follow(sent.next ?? '', () => false)
    const first = await app.code(email)

    const owner = aTraveller(app)
    const own = await owner.open(await owner.go('games-arcade'), '/create')
    const code = await owner.act(own, '/create', aRegistration(email, { password: rightful, givenName: 'Owner' }))
    assert.equal(owner.told(await owner.act(code, '/create/code', { code: await app.code(email) })), 'code')

    assert.equal(await app.features.authentication.authenticate(email, theirs, 'mobile'), undefined)
    // Even with the code that went to the owner's mailbox, they are asked for the owner's password.
    const late = await thief.act(waiting, '/create/code', { code: first })
    assert.match(readable(late), /password/i)
    assert.ok(!late.next)
    const found = await app.features.authentication.authenticate(email, rightful, null)
    assert.equal(found?.kind, 'person')
    const person = found?.kind === 'person' ? await app.features.people.get(found.person) : null
    assert.equal(person?.fields.givenName?.person?.value, 'Owner')
  })

  it('T2, T4, unexpired session and e-mail change: a recovery leaves them no session, token, half-done step or new address', async () => {
    const person = await app.aPerson({ password: theirs, links: ['mobile'] })
    const thief = aTraveller(app)
    const back = await thief.act(await thief.go('mobile-store'), '', asTyped({ ...person, password: theirs }))
    const redirect = app.config.group.clients.get('mobile-store')?.client.redirectUris[0] ?? ''
    const redeem = { grant_type: 'authorization_code', redirect_uri: redirect, code_verifier: verifier }
    const held = await tokens({ ...redeem, code: handedOver(back).get('code') ?? '' })
    assert.equal(await userinfo(held.access_token ?? ''), 200)
    assert.ok(held.refresh_token)
    const unredeemed = handedOver(await thief.go('mobile-store')).get('code') ?? ''
    const { addressChanges, recovery: recoveries } = app.features
    const change = await addressChanges.begin(asPerson(person.id), 'thief@mail.example')
    const recovery = await recoveries.begin({ email: person.email, company: null, language: 'en' })
    const early = await app.code(person.email)
    await recoveries.prove(recovery, early)
    const halfway = aTraveller(app)
    const asked = await halfway.go('mobile-store')
    const finished = await halfway.send(asked, '', asTyped({ ...person, password: theirs }))
    const visitor = aVisitor(app.issuer)
    await visitor.signIn({ ...person, password: theirs })
    const form = await visitor.page('/account/details')

    await recover(person.email)

    assert.equal(await app.features.authentication.authenticate(person.email, theirs, null), undefined)
    assert.equal(await userinfo(held.access_token ?? ''), 401)
    const refresh = { grant_type: 'refresh_token', refresh_token: held.refresh_token ?? '' }
    assert.equal((await tokens(refresh)).error, 'invalid_grant')
    assert.equal((await tokens({ ...redeem, code: unredeemed })).error, 'invalid_grant')
    assert.match((await thief.visit(`${app.issuer}/account/services`)).next ?? '', /\/auth\?/)
    assert.match(readable(await thief.go('mobile-store')), /Forgot password\?/)
    assert.match(readable(await halfway.follow(finished.next ?? '', halfway.isBack)), /Forgot password\?/)
    const sent = await visitor.submit(`${app.issuer}/account/details`, {
      ...fieldsOf(form, '/account/details'),
      givenName: 'Thief',
    })
    assert.match(sent.next ?? '', /\/auth\?/)
    await assert.rejects(
      addressChanges.complete(asPerson(person.id), change, await app.code('thief@mail.example')),
      isGone,
    )
    await assert.rejects(recoveries.complete(recovery, 'unified', theirs), isGone)
    const now = await person.now()
    assert.deepEqual(now.identifiers, [`email:group:${person.email}`])
    assert.equal(now.fields.givenName?.person?.value, 'Ada')
    assert.equal((await app.features.oidc.sessionsOf({ kind: 'person', person: person.id })).length, 1)
  })

  it('T3, trojan identifier: what they linked or wrote as an address is no way in, then or later', async () => {
    const person = await app.aPerson({ password: theirs, links: ['mobile'] })
    const own = await app.aSeparateAccount('games', {
      email: 'trojan@own.example',
      password: 'wheels on a wooden horse',
    })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn({ ...person, password: theirs })
    const preview = await visitor.act('/account/services/link/games', asTyped(own))
    const action = '/account/services/link/games/preview'
    await visitor.submit(app.issuer + action, fieldsOf(preview, action))
    await app.settled()
    assert.equal((await app.account(own.account)).link?.person, person.id)

    await recover(person.email)

    for (const company of ['games', 'mobile', null])
      for (const password of [own.password, theirs])
        assert.equal(
          await app.features.authentication.authenticate(own.email, password, company),
          undefined,
          `${company}`,
        )
    // What a link of the owner's mail gives back to the account's former mailbox is that account as it was.
    const { text = '' } =
      (await app.features.mailer.mailbox?.list(own.email))?.find(({ kind }) => kind === 'account-linked') ?? {}
    const undo = /\/undo\/[\w-]+/.exec(text)?.[0] ?? ''
    const thief = aVisitor(app.issuer)
    await thief.act(undo)
    await app.settled()
    const left = await app.account(own.account)
    assert.equal(left.link, null)
    assert.deepEqual([left.copy.givenName, left.copy.email], ['Bo', own.email])
  })

  it('T5, T14, non-verifying issuer: an address that a company wrote signs nobody in and recovers nothing', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const stranger = await app.aPerson()
    const { accounts, links } = app.features
    // As bad as it gets: a company's own copy names somebody else's mailbox.
    await accounts.change(person.accounts.mobile ?? '', ({ seq }) => ({
      set: { 'own.email': stranger.email, 'copy.email': stranger.email, seq: seq + 1 },
    }))
    await recover(stranger.email)
    const found = await app.features.authentication.authenticate(stranger.email, rightful, 'mobile')
    assert.ok(found?.kind === 'person' && found.person === stranger.id)
    assert.equal(await links.accountAt(stranger.id, 'mobile'), undefined)
    assert.ok(await app.features.authentication.authenticate(person.email, person.password, null))
  })
})
