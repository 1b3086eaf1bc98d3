import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { isUnderAge } from '../people/index.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import type { Steps } from './steps.ts'

const leastAge = 16

/**
 * Nobody too young for a company gets an account there, by whichever page (S11): told kindly, and nothing of what was
 * written is kept but that this browser has tried; it tries no other date for a day.
 */
export const createAgeGate = (steps: Steps, { limits }: Pick<SignInPagesDeps, 'limits'>) => {
  const ageAt = ({ company }: SignInInteraction): number => company?.minimumAge ?? leastAge

  const turnAway = (ctx: StepContext, interaction: SignInInteraction): true => {
    steps.show(ctx, interaction, 'too-young', { age: ageAt(interaction) }, 403)
    return true
  }

  const isTooYoung = (interaction: SignInInteraction, birthDate: string | null | undefined): boolean =>
    typeof birthDate === 'string' && isUnderAge(birthDate, ageAt(interaction), now())

  /** True when the page is answered: this browser gave a date under the limit before. */
  const hasTried = async (ctx: StepContext, interaction: SignInInteraction): Promise<boolean> =>
    (await limits.isReached('under-age-browser', ctx.page.browser)) && turnAway(ctx, interaction)

  return {
    hasTried,
    turnAway,

    /** True when the page is answered: the date that was entered, or one before it, is under the limit. */
    stopsEntered: async (
      ctx: StepContext,
      interaction: SignInInteraction,
      birthDate: string | null | undefined,
    ): Promise<boolean> => {
      if (await hasTried(ctx, interaction)) return true
      if (!isTooYoung(interaction, birthDate)) return false
      await limits.consume('under-age-browser', ctx.page.browser).catch(ignoreLimit)
      return turnAway(ctx, interaction)
    },

    /** True when the page is answered: by the date that is known, this company is closed to them for now. */
    stopsKnown: (ctx: StepContext, interaction: SignInInteraction, birthDate: string | null | undefined): boolean =>
      isTooYoung(interaction, birthDate) && turnAway(ctx, interaction),
  }
}

const ignoreLimit = (error: unknown): void => {
  if (!isAppError(error, 'too-many-attempts')) throw error
}
