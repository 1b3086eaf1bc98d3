import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import type { Steps } from './steps.ts'

const leastAge = 16

/** Whoever is too young for a company is told kindly, by whichever page of a sign-in they were stopped (S11). */
export const createAgeGatePages = (steps: Steps, { ageGate, config }: Pick<SignInPagesDeps, 'ageGate' | 'config'>) => {
  const ageAt = ({ company }: SignInInteraction): number => company?.minimumAge ?? leastAge

  /**
   * Whichever page of theirs it was, whoever mistyped is told whom to ask, and until when this browser tries no other
   * date (U14): looked up here, so that no caller leaves it out.
   */
  const turnAway = async (ctx: StepContext, interaction: SignInInteraction): Promise<true> => {
    const until = await ageGate.triedUntil(ctx.page.browser)
    const { contacts } = interaction.company ?? config.group.operator
    steps.show(ctx, interaction, 'too-young', { age: ageAt(interaction), until, contact: contacts.support }, 403)
    return true
  }

  return {
    turnAway,

    /** True when the page is answered: this browser gave a date under the limit before. */
    hasTried: async (ctx: StepContext, interaction: SignInInteraction): Promise<boolean> =>
      (await ageGate.triedUntil(ctx.page.browser)) !== undefined && turnAway(ctx, interaction),

    /** True when the page is answered: the date that was entered, or one before it, is under the limit. */
    stopsEntered: async (
      ctx: StepContext,
      interaction: SignInInteraction,
      birthDate: string | null | undefined,
    ): Promise<boolean> =>
      (await ageGate.refuses(ctx.page.browser, birthDate, ageAt(interaction))) && turnAway(ctx, interaction),

    /** True when the page is answered: by the date that is known, this company is closed to them for now. */
    stopsKnown: async (
      ctx: StepContext,
      interaction: SignInInteraction,
      birthDate: string | null | undefined,
    ): Promise<boolean> => ageGate.isTooYoung(birthDate, ageAt(interaction)) && turnAway(ctx, interaction),
  }
}
