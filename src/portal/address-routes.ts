import { normalizeEmail } from '../details/index.ts'
import { clientNetwork, cookieName, type Filled, problemsOf, seeOther } from '../http/index.ts'
import { minute } from '../lib/clock.ts'
import { codeOf, handleIn, problemsOfSending, waitingIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, PortalRouter, PortalTools, Signed } from './portal-tools.ts'
import { createRecordOwn } from './record-own.ts'
import { leadTo } from './session-guard.ts'

type AddressDeps = Pick<
  PortalDeps,
  'config' | 'readPrincipal' | 'currentPrincipal' | 'addressChanges' | 'oidc' | 'trustedDevices' | 'limits' | 'enqueue'
>

/**
 * A new address for signing in and for contact together: fresh proof, a code at the new address, and nothing changes
 * before it came back to this very browser (T3, T4). Asked for again, the earlier code is worth nothing here.
 */
export const addAddressChange = (router: PortalRouter, tools: PortalTools, deps: AddressDeps) => {
  const { config, readPrincipal, addressChanges, oidc, trustedDevices, limits } = deps
  const recordOwn = createRecordOwn(deps)
  const cookie = cookieName(config, 'address-change')

  const begin = async (ctx: PortalContext, { principal }: Signed, typed: string): Promise<void> => {
    const email = normalizeEmail(typed.trim())
    await limits.consume('code-sent-network', clientNetwork(ctx))
    const handle = await addressChanges.begin(principal.id, email)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 30 * minute })
    seeOther(ctx, '/account/details/address')
  }

  const waitingFor =
    ({ principal }: Signed) =>
    (handle: string) =>
      addressChanges.waiting(principal.id, handle)

  const showCode = async (ctx: PortalContext, signed: Signed, problems = {}, status = 200): Promise<void> => {
    const code = await codeOf(ctx, cookie, { path: '/account/details/address', waiting: waitingFor(signed) })
    tools.show(ctx, signed, 'details', 'portal/address-code', { problems, code }, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const problems = await problemsOfSending(async () => {
      await limits.consume('code-sent-network', clientNetwork(ctx))
      await addressChanges.sendAgain(signed.principal.id, handleIn(ctx, cookie), ctx.page.language)
    })
    if (problems) return showCode(ctx, signed, problems, 400)
    seeOther(ctx, '/account/details/address?sent')
  }

  const complete = async (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> => {
    const { id, company } = signed.principal
    const { code = '' } = form
    let proven: number | undefined
    try {
      const handle = handleIn(ctx, cookie)
      proven = await addressChanges.complete(id, handle, code, { network: clientNetwork(ctx) })
    } catch (error) {
      const problems = problemsOf(error)
      if (!problems) throw error
      // The one field of this page is the code, whatever was wrong with what it proves.
      return showCode(ctx, signed, { code: Object.values(problems)[0] }, 400)
    }
    ctx.cookies.set(cookie, null, { path: '/' })
    // Every other session, and what this one gave out, was begun under the old address (T2); this one has just proven the
    // new, and its services come back without a form (R2). Not by the second of two clicks: what is spent is no fresh
    // proof (H1).
    if (proven !== undefined) {
      await oidc.provenAgain(ctx, proven)
      await oidc.endOutdated(id)
      await trustedDevices.trust(ctx, (await readPrincipal(id))?.address ?? '', id, company)
    }
    await recordOwn(signed)
    leadTo(ctx, 'details', 'address')
  }

  /** A company or its support changed the contact address: whose it is makes it the one that signs in, by proving it. */
  const takeOffered = (ctx: PortalContext, signed: Signed, form: Filled): Promise<void> =>
    begin(ctx, signed, form.email ?? '')

  router.get(
    '/account/details/address',
    tools.signedIn((ctx, signed) => showCode(ctx, signed)),
  )
  router.post('/account/details/address', tools.submitted(complete))
  router.post('/account/details/address/send-again', tools.submitted(sendAgain))
  router.post('/account/details/address/offered', tools.proven(takeOffered))
  return {
    begin,
    /** Back from the code page: the address that was written before, by whoever is signed in (U5). */
    writtenBefore: async (ctx: PortalContext, signed: Signed): Promise<string | undefined> =>
      (await waitingIn(ctx, cookie, waitingFor(signed)))?.address,
  }
}
