import { fields, type Route, seeOther } from '../http/index.ts'
import { createPasswordProof } from './password-proof.ts'
import type { PortalDeps } from './portal-deps.ts'
import { nothing } from './portal-fields.ts'
import { type Form, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createRecordAct } from './record-act.ts'
import { leadTo } from './session-guard.ts'

type PasswordDeps = Pick<
  PortalDeps,
  'oidc' | 'setPassword' | 'trustedDevices' | 'requireStrong' | 'currentPrincipal' | 'enqueue' | 'recoveries' | 'box'
>

/** A new password, and a no to one that somebody else has asked for. */
export const passwordRoutes = (tools: PortalTools, deps: PasswordDeps): Route[] => {
  const { oidc, setPassword, trustedDevices, requireStrong } = deps
  const recordAct = createRecordAct(deps)
  const passwordProof = createPasswordProof(deps.box)

  const showPassword = async (
    ctx: PortalContext,
    signed: Signed,
    { problems = {}, raw = {} }: { problems?: object; raw?: Form },
    status = 200,
  ): Promise<void> =>
    tools.show(
      ctx,
      signed,
      'security',
      'portal/password',
      { problems, proof: passwordProof.seal(signed) ?? raw.proof },
      status,
    )

  /** The password is asked before the form for a new one, and that proof lasts until the form is sent (U11). */
  const openPassword = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    if (await tools.isProven(ctx, signed)) await showPassword(ctx, signed, {})
  }

  /** Proven first, judged second: judging costs much, and a session that somebody left open is no proof (H5). */
  const changePassword = async (ctx: PortalContext, signed: Signed, { password, proof }: Form): Promise<void> => {
    const { id, details, address, company } = signed.principal
    if (!passwordProof.holds(signed, proof) && !(await tools.isProven(ctx, signed))) return
    if (password === undefined) return seeOther(ctx, '/account/security/password')
    const personal = Object.values(details).filter((value) => typeof value === 'string')
    await requireStrong(password, [...personal, address])
    await setPassword(id, { password, how: 'changed', proveAnew: (epoch) => oidc.provenAgain(ctx, epoch) })
    await trustedDevices.trust(ctx, address, id, company)
    await recordAct(signed)
    leadTo(ctx, 'security', 'password')
  }

  /** Asked for by a code to an address that nobody had used for long: whoever is signed in says that it was not they (H15). */
  const stopRecovery = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    await deps.recoveries.stop(signed.principal.id)
    await recordAct(signed)
    leadTo(ctx, 'security', 'recovery')
  }

  return [
    row({ method: 'GET', path: '/account/security/password', right: 'signed in', handler: openPassword }),
    row({
      method: 'POST',
      path: '/account/security/password',
      right: 'signed in',
      form: fields.form({ password: fields.maybe(256, 'password-long'), proof: fields.maybe(400) }),
      handler: (ctx, signed, { form }) => changePassword(ctx, signed, form),
      again: showPassword,
    }),
    row({
      method: 'POST',
      path: '/account/security/stop-recovery',
      right: 'signed in',
      form: nothing,
      handler: stopRecovery,
    }),
  ]
}
