import { normalizeEmail } from '../details/index.ts'
import { cookieName, type Filled, networkOf, problemsOf, seeOther } from '../http/index.ts'
import { minute } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Person } from '../people/index.ts'
import { leadTo } from './door.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'

type AddressDeps = Pick<PortalDeps, 'config' | 'people' | 'credentials' | 'oidc' | 'limits' | 'record' | 'wakePerson'>

/**
 * A new address for signing in and for contact together: fresh proof, a code at the new address, and nothing changes
 * before it came back to this very browser (T3, T4). Asked for again, the earlier code is worth nothing here.
 */
export const addAddressChange = (router: PortalRouter, tools: PortalTools, deps: AddressDeps) => {
  const { config, people, credentials, oidc, limits, record, wakePerson } = deps
  const cookie = cookieName(config, 'address-change')

  const begin = async (ctx: PortalContext, person: Person, typed: string): Promise<void> => {
    const email = normalizeEmail(typed.trim())
    await limits.take('code-sent-network', networkOf(ctx))
    await limits.take('code-sent-address', email)
    const handle = await credentials.beginAddressChange(person._id, email)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 15 * minute })
    seeOther(ctx, '/account/details/address')
  }

  const showCode = async (ctx: PortalContext, signed: Signed, problems = {}, status = 200): Promise<void> =>
    tools.show(ctx, signed, 'details', 'portal/address-code', { problems }, status)

  const complete = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { principal, session } = signed
    if (principal.kind !== 'person') throw new AppError('not-found', 'person-not-found')
    try {
      const handle = ctx.cookies.get(cookie)
      if (!handle) throw new AppError('gone', 'code-expired')
      await credentials.completeAddressChange(principal.person, handle, (form.code ?? '').replace(/\s/g, ''))
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      // The one field of this page is the code, whatever was wrong with what it proves.
      return showCode(ctx, signed, { code: Object.values(problems)[0] }, 400)
    }
    ctx.cookies.set(cookie, null, { path: '/' })
    // Every other session was begun under the old address (T2); this one has just proven the new.
    await oidc.endOthers(principal, session.uid)
    await oidc.provenAgain(ctx)
    const person = await people.get(principal.person)
    if (person) await record.person(person, person.log)
    wakePerson(principal.person)
    leadTo(ctx, 'details', 'address')
  }

  /** A company or its support changed the contact address: the person makes it the one that signs in, by proving it. */
  const takeOffered = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    if (!signed.person) throw new AppError('not-found', 'person-not-found')
    await begin(ctx, signed.person, form.email ?? '')
  }

  router.get(
    '/account/details/address',
    tools.signedIn((ctx, signed) => showCode(ctx, signed)),
  )
  router.post('/account/details/address', tools.submitted(complete))
  router.post('/account/details/address/offered', tools.proven(takeOffered))
  return { begin }
}
