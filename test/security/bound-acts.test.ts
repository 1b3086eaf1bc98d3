import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock } from '../../src/lib/clock.ts'
import { detailsOf } from '../../src/people/index.ts'
import type { TestApp } from '../world/app.ts'
import { anAppWithMeanwhile, type Meanwhile } from '../world/meanwhile.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, formsOf, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'
import { routesIn } from './routes.ts'

/** Sent while the owner takes the sign-in back, by a thief who was let in before. */
interface Tried {
  form: Record<string, string>
  /** Where its form stands; else at its own address. */
  page?: string
  links?: string[]
}

/**
 * Every form that is taken of somebody who is signed in, and what bounds it to the credentials of that sign-in (H4, T11):
 * it is tried below · `act`, tried at every moment in `taken-back-meanwhile.test.ts` · or the reason why nothing must.
 */
type Bounds = Tried | { act: string } | { free: string }

const takesAway = { free: 'gives nothing and ends what its owner can begin again' }
const codeFirst = { free: 'another code is sent to an address that was named before' }
const byItsCode = { free: 'what it was begun with is held against the credentials when the code comes back' }
const proves = { free: 'proves who they are anew, and rests on no sign-in of before' }
const [password, security] = ['seven copper lanterns humming', '/account/security']

const bounds: Record<string, Bounds> = {
  '/account/details': { form: { givenName: 'Eve' } },
  '/account/details/undo': { act: 'change details' },
  '/account/details/address': byItsCode,
  '/account/details/address/offered': { act: 'begin another address' },
  '/account/details/address/send-again': codeFirst,
  '/account/details/former-address': { free: 'a code to the former address, which is the owner’s' },
  '/account/details/former-address/code': { free: 'the former address proves the owner' },
  '/account/details/former-address/code/send-again': codeFirst,
  '/account/messages': { form: { groupNews: 'on' } },
  '/account/messages/object': { form: { objection: 'profiling' }, page: '/account/messages' },
  '/account/sharing/:company': { form: { which: 'none' }, page: '/account/sharing' },
  '/account/sharing/:company/pause': { form: {}, page: '/account/sharing' },
  '/account/sharing/:company/resume': {
    free: 'tells what is theirs to a company that they linked, and is paused again',
  },
  '/account/requests': { form: { kind: 'access', 'company.games': 'on' }, page: '/account/requests/new' },
  '/account/requests/archive': { form: {}, page: '/account/requests/new' },
  '/account/requests/archive/:archive/hand-over': { form: {}, page: '/account/requests/new' },
  '/account/requests/:request/message': { form: { message: 'More.' }, page: '/account/requests/new' },
  '/account/requests/:request/withdraw': { form: {}, page: '/account/requests/new' },
  '/account/requests/:request/files/:file': { form: {}, page: '/account/requests/new' },
  '/account/services/:company/unlink': { form: { keep: 'now' } },
  '/account/services/:company/close': { form: {} },
  '/account/services/:company/keep': { free: 'a take-back calls the closure off, and nothing is left to keep' },
  '/account/services/:company/own-fields': { form: { 'own.interests': 'puzzles' } },
  '/account/services/:company/agree': { act: 'link' },
  '/account/services/:company/take-off': { free: 'shows less of what was left, at its own page' },
  '/account/services/:company/withdraw': takesAway,
  '/account/services/:company/way-in': codeFirst,
  '/account/services/:company/way-in/code': { free: 'the address of that account proves its holder' },
  '/account/services/:company/way-in/code/send-again': codeFirst,
  '/account/services/link/:company': { act: 'link' },
  '/account/services/link/:company/again': { act: 'link' },
  '/account/services/link/:company/preview': { act: 'link' },
  '/account/services/link/:company/make': { act: 'link' },
  '/account/services/link/:company/address': codeFirst,
  '/account/services/link/:company/address/code': byItsCode,
  '/account/services/link/:company/address/code/send-again': codeFirst,
  '/account/services/link/:company/by-code': codeFirst,
  '/account/services/link/:company/by-code/code': byItsCode,
  '/account/services/link/:company/by-code/code/send-again': codeFirst,
  '/account/security/password': { form: { password }, page: '/account/security/password' },
  '/account/security/delete': { form: {}, links: [] },
  '/account/security/stay': { free: 'keeps what its owner has; a deletion is begun again' },
  '/account/security/approve': { form: { approval: 'none' }, page: security },
  '/account/security/decline': { form: { approval: 'none' }, page: security },
  '/account/security/object': { form: { company: 'games', case: 'none' }, page: security },
  '/account/security/support-choice': { form: { standing: 'on' }, page: security },
  '/account/security/end-session': takesAway,
  '/account/security/end-lasting': takesAway,
  '/account/security/end-others': takesAway,
  '/account/security/stop-recovery': takesAway,
  '/account/sign-out': takesAway,
  '/report-death': { free: 'asked by anybody, under no sign-in' },
  '/undo/:token': { free: 'the letter proves its reader' },
  '/undone/way-in': { free: 'the letter proves its reader' },
  '/undone/way-in/send-again': codeFirst,

  '/sign-in/:uid': proves,
  '/sign-in/:uid/known': proves,
  '/sign-in/:uid/another': proves,
  '/sign-in/:uid/somebody-else': proves,
  '/sign-in/:uid/create': proves,
  '/sign-in/:uid/create/code': proves,
  '/sign-in/:uid/create/send-again': codeFirst,
  '/sign-in/:uid/recover': proves,
  '/sign-in/:uid/recover/code': proves,
  '/sign-in/:uid/recover/password': proves,
  '/sign-in/:uid/recover/wait': proves,
  '/sign-in/:uid/recover/send-again': codeFirst,
  '/sign-in/:uid/separate': proves,
  '/sign-in/:uid/separate/code': proves,
  '/sign-in/:uid/separate/send-again': codeFirst,
  '/sign-in/:uid/existing': proves,
  '/sign-in/:uid/existing/fresh': proves,
  '/sign-in/:uid/offer/fresh': proves,
  '/sign-in/:uid/offer/fresh-make': proves,
  '/sign-in/:uid/not-now': takesAway,
  '/sign-in/:uid/more/not-now': takesAway,
  '/sign-in/:uid/offer/not-now': takesAway,
  '/sign-in/:uid/stay': { free: 'writes nothing; the grant is held against the credentials (M12)' },
  '/sign-in/:uid/link': { act: 'link' },
  '/sign-in/:uid/more': { act: 'link' },
  '/sign-in/:uid/preview': { act: 'link' },
  '/sign-in/:uid/offer/link': { act: 'link' },
  '/sign-in/:uid/offer/make': { act: 'link' },
  '/sign-in/:uid/offer/address': codeFirst,
  '/sign-in/:uid/address/code': byItsCode,
  '/sign-in/:uid/address/send-again': codeFirst,
  '/sign-in/:uid/by-code': codeFirst,
  '/sign-in/:uid/by-code/code': byItsCode,
  '/sign-in/:uid/by-code/send-again': codeFirst,
  '/sign-in/:uid/consent': { act: 'allow' },
}

describe('what is done under a sign-in is bound to its credentials (H4, T11)', function () {
  this.timeout(240_000)
  let app: TestApp
  let clock: AdjustableClock
  let meanwhile: Meanwhile
  before(async () => {
    clock = adjustableClock()
    ;({ app, meanwhile } = await anAppWithMeanwhile())
  })
  after(async () => {
    clock.reset()
    await app.close()
  })
  const { move } = movedAddress(() => app)

  it('H4: every form of the account pages and of a sign-in is in the list, with what bounds it or why nothing must', () => {
    const posts = (['portal', 'sign-in'] as const)
      .flatMap((room) => routesIn(app, room))
      .filter(({ method }) => method === 'POST')
      .map(({ path }) => path)
    assert.deepEqual(posts.toSorted(), Object.keys(bounds).toSorted())
    const acts = readFileSync(join(import.meta.dirname, 'taken-back-meanwhile.test.ts'), 'utf8')
    for (const how of Object.values(bounds))
      if ('act' in how) assert.match(acts, new RegExp(`^    '?${how.act}'?: \\{$`, 'm'), how.act)
  })

  /** Whatever the thief could have written. */
  const kept = async (id: string, account: string | undefined) => {
    const person = (await app.features.people.get(id))!
    const { ownData, status, closing, leaving, link } = account ? await app.account(account) : ({} as never)
    const standing = await app.features.support.approvals.hasStandingApproval(`person:${id}`)
    const { preferences } = await app.features.choose.of(asPerson(id))
    return {
      details: detailsOf(person),
      status: person.status,
      ownData,
      at: [status, closing, leaving, link],
      standing,
      preferences,
    }
  }

  for (const [path, how] of Object.entries(bounds)) {
    if (!('form' in how)) continue
    const { form, links = ['games'] } = how
    const action = path
      .replace(':company', 'games')
      .replace(':request', 'games:none')
      .replace(':file', 'none')
      .replace(':archive', 'none')
    it(`H4: ${path}, let in before the take-back, writes nothing after it`, async () => {
      const { id, email, password: typed, accounts } = await app.aPerson({ links })
      const thief = aVisitor(app.issuer)
      await thief.signIn({ email, password: typed })
      await move(thief, `thief-${email}`)
      await app.settled()
      const at = how.page ?? action
      const page = await thief.page(at)
      assert.equal(page.status, 200)
      let before: unknown
      const run = async () => {
        const [former] = (await app.features.readPrincipal(asPerson(id)))?.takeBacks ?? []
        await app.features.takeBackAddress.take(asPerson(id), former!)
        await app.settled()
        before = await kept(id, accounts.games)
      }
      // The session is looked at by the first of these reads, the person as they stand by the next.
      meanwhile.next = { after: 1, run }
      const shown = formsOf(page).some((each) => each.action === action) ? fieldsOf(page, action) : {}
      const answer = await thief.submit(`${app.issuer}${action}`, { csrf: tokenOf(page), ...shown, ...form })
      assert.equal(meanwhile.next, undefined, 'taken back in the middle of it')
      assert.match(answer.next ?? '', /\/auth\?/, `${answer.status}`)
      await app.settled()
      assert.deepEqual(await kept(id, accounts.games), before)
    })
  }
})
