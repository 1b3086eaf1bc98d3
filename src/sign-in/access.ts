import { type Account, principalKey } from '../accounts/index.ts'
import { rowsOf, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { PersonId } from '../people/index.ts'
import { createHeldGate } from './held.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'
import { companyOf, isAskedForMore, linkingPerson, type Steps } from './steps.ts'

/** The account that a separate sign-in is offered to link. */
export interface Offered {
  interaction: SignInInteraction
  account: Account
}

/** Who may take a step of a sign-in, always in the browser that began it (H2). A step that is over is `gone`. */
interface StepWho {
  /** Whoever has this page's form; the provider knows which sign-in it is. */
  'this browser': undefined
  'a sign-in': SignInInteraction
  'who is to prove themselves': SignInInteraction
  /** Nobody who is to prove themselves anew registers anybody (CVE-2023-6787); who is signed in has no need to. */
  'who may register': SignInInteraction
  'who is asked for consent': SignInInteraction
  'a person who links': SignInInteraction
  /** Both sides are proven within the last minutes, by one person in one browser (T8, T11). */
  'a person who links, proven anew': SignInInteraction
  'a linked person who is asked for more': { interaction: SignInInteraction; account: Account; person: PersonId }
  'who is offered to link': Offered
  'who is offered to link, proven anew': Offered
  'who is offered a unified sign-in, proven anew': Offered
}

export const row = rowsOf<StepWho>()

const freshMinutes = 15

const over = () => new AppError('gone', 'step-is-over')

export type Access = ReturnType<typeof createAccess>

/** The access rules of the sign-in pages: each right of their tables, and what whoever lacks a fresh proof is shown. */
export const createAccess = (steps: Steps, deps: SignInPagesDeps) => {
  const { oidc, links, readPrincipal } = deps
  const held = createHeldGate(steps, deps)

  const isFresh = async (ctx: StepContext): Promise<boolean> =>
    (await oidc.session(ctx))?.isFresh(freshMinutes) ?? false

  const askAnew = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    path: string,
    more: object = {},
    status = 200,
  ): Promise<void> => {
    // A question that was put in answer to a form would be that form once more by *Back* or a reload.
    if (ctx.method === 'POST' && status === 200) return steps.goTo(ctx, interaction, `/${path}`)
    const holder = interaction.principal && (await readPrincipal(interaction.principal))
    steps.show(ctx, interaction, 'fresh-proof', { path, address: holder?.address ?? '', ...more }, status)
  }

  const offeredAccount = async (interaction: SignInInteraction): Promise<Account> => {
    const { prompt, principal } = interaction
    const account =
      prompt === 'link' && principal ? await links.accountOf(principal, companyOf(interaction).id) : undefined
    if (!account || account.link) throw over()
    return account
  }

  const askedForMore = async (interaction: SignInInteraction) => {
    const { principal } = interaction
    const account =
      isAskedForMore(interaction) && principal ? await links.accountOf(principal, companyOf(interaction).id) : undefined
    if (!account?.link) throw over()
    return { interaction, person: account.link.person, account }
  }

  const requirePrompt = (interaction: SignInInteraction, prompt: SignInInteraction['prompt']): void => {
    if (interaction.prompt !== prompt) throw over()
  }

  /** The page of a sign-in that is over: whoever is signed in goes on to its service by themselves (U8). */
  const leadOn = async (ctx: StepContext, error: unknown): Promise<undefined> => {
    const { wayBack } = ctx.page
    const goesOn = isAppError(error, 'interaction-expired') && ctx.method === 'GET' && wayBack
    if (!goesOn || !(await oidc.session(ctx))) throw error
    seeOther(ctx, wayBack.href)
  }

  return {
    isFresh,
    askAnew,
    offeredAccount,
    askedForMore,

    /** Whoever is signed in where the step is taken; '' before anybody is. */
    whose: (who: SignInInteraction | { interaction: SignInInteraction } | undefined): string => {
      const { principal } = (who && 'interaction' in who ? who.interaction : who) ?? {}
      return principal ? principalKey(principal) : ''
    },

    enter: async (right: string, ctx: StepContext, goOn: (who: never) => Promise<void>): Promise<void> => {
      oidc.nameTheService(ctx)
      if (right === 'this browser') return goOn(undefined as never)
      const interaction = await steps.interaction(ctx).catch((error) => leadOn(ctx, error))
      if (!interaction) return
      // Whatever step is refused for a change that may be taken back is answered alike (H4).
      const hand = <Right extends keyof StepWho>(who: StepWho[Right]) =>
        held.around(ctx, interaction, () => goOn(who as never))
      switch (right as keyof StepWho) {
        case 'who is to prove themselves':
          requirePrompt(interaction, 'login')
          break
        case 'who may register':
          requirePrompt(interaction, 'login')
          if (interaction.must) throw over()
          break
        case 'who is asked for consent':
          requirePrompt(interaction, 'consent')
          break
        case 'a person who links':
          linkingPerson(interaction)
          break
        case 'a person who links, proven anew':
          linkingPerson(interaction)
          if (!(await isFresh(ctx))) return askAnew(ctx, interaction, 'existing/fresh')
          break
        case 'a linked person who is asked for more':
          return hand<'a linked person who is asked for more'>(await askedForMore(interaction))
        case 'who is offered to link':
        case 'who is offered to link, proven anew':
        case 'who is offered a unified sign-in, proven anew': {
          const account = await offeredAccount(interaction)
          const path = freshPaths[right]
          if (path && !(await isFresh(ctx))) return askAnew(ctx, interaction, path)
          return hand<'who is offered to link'>({ interaction, account })
        }
      }
      await hand<'a sign-in'>(interaction)
    },
  }
}

/** Where the password of whoever is signed in is asked for once more. */
const freshPaths: Partial<Record<string, string>> = {
  'who is offered to link, proven anew': 'offer/fresh',
  'who is offered a unified sign-in, proven anew': 'offer/fresh-make',
}
