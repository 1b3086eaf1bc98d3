import type { PrincipalId } from '../accounts/index.ts'
import { fields } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'

export const passwordAlone = fields.form({ password: fields.password() })

/** The password of whoever is signed in, once more. AppError `password-wrong` (invalid). */
export const createProveAnew =
  ({ readPrincipal, authentication, trustedDevices, oidc }: SignInPagesDeps) =>
  async (ctx: StepContext, id: PrincipalId, password: string): Promise<void> => {
    const { address = '', company = null } = (await readPrincipal(id)) ?? {}
    const again = () => authentication.reauthenticate(id, password)
    const proven = await trustedDevices.attempt(ctx, address, again, company)
    if (proven === undefined) throw new AppError('invalid', 'password-wrong')
    await oidc.provenAgain(ctx, proven)
  }

export const proofFailed = () => new AppError('invalid', 'sign-in-failed', { values: { field: 'form' } })
