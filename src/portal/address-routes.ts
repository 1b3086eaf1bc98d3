import { normalizeEmail } from '../details/index.ts'
import { clientNetwork, cookieName, fields, type Route, seeOther } from '../http/index.ts'
import { minute } from '../lib/clock.ts'
import { atTheCode, type CodeShown, codeOf, handleIn, waitingIn } from './code-page.ts'
import type { PortalDeps } from './portal-deps.ts'
import { code, nothing, sent } from './portal-fields.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createRecordAct } from './record-act.ts'
import { leadTo } from './session-guard.ts'

type AddressDeps = Pick<
  PortalDeps,
  'config' | 'readPrincipal' | 'currentPrincipal' | 'addressChanges' | 'oidc' | 'trustedDevices' | 'limits' | 'enqueue'
>

/**
 * A new address for signing in and for contact together: fresh proof, a code at the new address, and nothing changes
 * before it came back to this very browser (T3, T4). Asked for again, the earlier code is worth nothing here.
 */
export const addressRoutes = (tools: PortalTools, deps: AddressDeps) => {
  const { config, readPrincipal, addressChanges, oidc, trustedDevices, limits } = deps
  const recordAct = createRecordAct(deps)
  const cookie = cookieName(config, 'address-change')

  const begin = async (ctx: PortalContext, { principal }: Signed, typed: string): Promise<void> => {
    const email = normalizeEmail(typed.trim())
    await limits.consume('code-sent-network', clientNetwork(ctx))
    const handle = await addressChanges.begin(principal.id, email, ctx.page.language)
    ctx.cookies.set(cookie, handle, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: 30 * minute })
    seeOther(ctx, '/account/details/address')
  }

  const waitingFor =
    ({ principal }: Signed) =>
    (handle: string) =>
      addressChanges.waiting(principal.id, handle)

  const showCode = async (
    ctx: PortalContext,
    signed: Signed,
    { sent, problems = {} }: CodeShown,
    status = 200,
  ): Promise<void> => {
    const code = await codeOf(ctx, cookie, { path: '/account/details/address', waiting: waitingFor(signed), sent })
    tools.show(ctx, signed, 'details', 'portal/address-code', { problems, code }, status)
  }

  const sendAgain = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await addressChanges.sendAgain(signed.principal.id, handleIn(ctx, cookie), ctx.page.language)
    seeOther(ctx, '/account/details/address?sent')
  }

  const complete = async (ctx: PortalContext, signed: Signed, code: string): Promise<void> => {
    const { id, company } = signed.principal
    const proven = await addressChanges.complete(id, handleIn(ctx, cookie), code, { network: clientNetwork(ctx) })
    ctx.cookies.set(cookie, null, { path: '/' })
    // Every other session, and what this one gave out, was begun under the old address (T2); this one has just proven the
    // new, and its services come back without a form (R2). Not by the second of two clicks: what is spent is no fresh
    // proof (H1).
    if (proven !== undefined) {
      await oidc.provenAgain(ctx, proven, 'otp')
      await oidc.endOutdated(id)
      await trustedDevices.trust(ctx, (await readPrincipal(id))?.address ?? '', id, company)
    }
    await recordAct(signed)
    leadTo(ctx, 'details', 'address')
  }

  const table: Route[] = [
    row({
      method: 'GET',
      path: '/account/details/address',
      right: 'signed in',
      query: sent,
      handler: (ctx, signed, { query }) => showCode(ctx, signed, query),
    }),
    row({
      method: 'POST',
      path: '/account/details/address',
      right: 'signed in',
      form: code,
      handler: (ctx, signed, { form }) => complete(ctx, signed, form.code),
      again: (ctx, signed, more, status) => showCode(ctx, signed, atTheCode(more), status),
    }),
    row({
      method: 'POST',
      path: '/account/details/address/send-again',
      right: 'signed in',
      form: nothing,
      limit: 'code-sent-network',
      handler: sendAgain,
      again: showCode,
    }),
    /** A company or its support changed the contact address: whose it is makes it the one that signs in, by proving it. */
    row({
      method: 'POST',
      path: '/account/details/address/offered',
      right: 'proven anew',
      form: fields.form({ email: fields.text(254) }),
      handler: (ctx, signed, { form }) => begin(ctx, signed, form.email),
    }),
  ]
  return {
    table,
    begin,
    /** Back from the code page: the address that was written before, by whoever is signed in (U5). */
    writtenBefore: async (ctx: PortalContext, signed: Signed): Promise<string | undefined> =>
      (await waitingIn(ctx, cookie, waitingFor(signed)))?.address,
  }
}
