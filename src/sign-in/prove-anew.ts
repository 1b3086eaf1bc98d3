import type { PrincipalId } from '../accounts/index.ts'
import { fields } from '../http/index.ts'
import { AppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { companyOf } from './steps.ts'

interface Holder {
  principal: PrincipalId
  address: string
}

export const passwordAlone = fields.form({ password: fields.password() })

/** The password of whoever is signed in, once more. AppError `password-wrong` (invalid). */
export const createProveAnew =
  ({ authentication, trustedDevices, oidc }: SignInPagesDeps) =>
  async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { principal, address }: Holder,
    password: string,
  ): Promise<void> => {
    const again = () => authentication.reauthenticate(principal, password)
    const at = principal.kind === 'account' ? companyOf(interaction).id : null
    const proven = await trustedDevices.attempt(ctx, address, again, at)
    if (proven === undefined) throw new AppError('invalid', 'password-wrong')
    await oidc.provenAgain(ctx, proven)
  }

export const proofFailed = () => new AppError('invalid', 'sign-in-failed', { values: { field: 'form' } })
