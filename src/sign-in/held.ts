import { type AppError, isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import type { Steps } from './steps.ts'

/**
 * While a change of the address that signs in may be taken back, nothing is linked or allowed without a code at the former
 * one (H4): the page says so, until when, and where the code is asked for. What decides is the use case, whatever page asks.
 */
export const createHeldGate = (steps: Steps, { readPrincipal }: Pick<SignInPagesDeps, 'readPrincipal'>) => {
  /** True when the page is answered. */
  const stops = async (ctx: StepContext, interaction: SignInInteraction, status = 200): Promise<boolean> => {
    const { principal } = interaction
    const held = principal && (await readPrincipal(principal))?.held
    if (!held) return false
    const shown = { until: held.until, address: held.address.replace(/^(.)[^@]*@/, '$1…@') }
    steps.show(ctx, interaction, 'former-address', { held: shown }, status)
    return true
  }

  /** Of the side that was only proven here: until when, and no address of it. */
  const stopsOther = (ctx: StepContext, interaction: SignInInteraction, { values }: AppError): void =>
    steps.show(ctx, interaction, 'former-address', { held: { until: Date.parse(String(values?.until)) } }, 409)

  return {
    stops,

    /** What the use case refused for it is told on its page. */
    around: async (ctx: StepContext, interaction: SignInInteraction, act: () => Promise<unknown>): Promise<void> => {
      try {
        await act()
      } catch (error) {
        if (!isAppError(error, 'former-address-first')) throw error
        if (!(await stops(ctx, interaction, 409))) stopsOther(ctx, interaction, error)
      }
    },
  }
}
