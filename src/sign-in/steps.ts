import { personOf } from '../accounts/index.ts'
import { type Company, showController, transferFor } from '../companies/index.ts'
import type { Details } from '../details/index.ts'
import { type Filled, scopedCookieName, seeOther } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext } from './pages-deps.ts'

/** What the steps of one sign-in share: the form, the draft's handle in a cookie of this sign-in alone, the shell. */
export const createSteps = ({ config, oidc }: Pick<SignInPagesDeps, 'config' | 'oidc'>) => {
  const draftCookie = scopedCookieName(config, 'draft')
  const baseOf = (interaction: SignInInteraction) => `/sign-in/${interaction.uid}`

  const show = (
    ctx: StepContext,
    interaction: SignInInteraction,
    view: string,
    /** `livesIn`: their country, where it is known: it decides whom they turn to. */
    data: Record<string, unknown> & { livesIn?: string | undefined } = {},
    status = 200,
  ): void => {
    const { company, service, partner, client } = interaction
    const all = {
      base: baseOf(interaction),
      company: company ?? null,
      service: service ?? partner ?? null,
      partner: partner ?? null,
      controller: company ? showController(company, ctx.page.language, data.livesIn) : null,
      partnerTransfer: transferFor(partner ?? {}, data.livesIn) ?? null,
      clientId: client.client.id,
      ...data,
    }
    // A part of a page sees only what it is handed: `all` is what the parts of these pages are handed.
    ctx.render(`sign-in/${view}`, { ...all, all }, status)
  }

  /** Empty where there is none: looked for like any other, so that none and another browser's are told the same (H2). */
  const heldDraft = (ctx: StepContext): string => ctx.cookies.get(draftCookie) ?? ''

  const draftOf = (ctx: StepContext): string => {
    const handle = heldDraft(ctx)
    if (!handle) throw new AppError('gone', 'code-expired')
    return handle
  }

  /** What is known of the draft that this browser began; undefined when there is none any more. */
  const ofDraft = async <Known>(
    ctx: StepContext,
    look: (handle: string) => Promise<Known>,
  ): Promise<Known | undefined> => {
    try {
      return await look(draftOf(ctx))
    } catch (error) {
      if (isAppError(error, 'code-expired')) return undefined
      throw error
    }
  }

  return {
    show,
    baseOf,
    draftOf,
    heldDraft,

    /** To another page of this sign-in. */
    goTo: (ctx: StepContext, interaction: SignInInteraction, end = ''): void => {
      seeOther(ctx, baseOf(interaction) + end)
    },

    /** Only this browser, and only within this sign-in, goes on with what was begun (T1). */
    keepDraft: (ctx: StepContext, interaction: SignInInteraction, handle: string): void => {
      ctx.cookies.set(draftCookie, handle, {
        httpOnly: true,
        sameSite: 'lax',
        path: baseOf(interaction),
        overwrite: true,
      })
    },

    /** Done with, or come to nothing: this browser holds nothing of it any more (H1). */
    dropDraft: (ctx: StepContext, interaction: SignInInteraction): void => {
      ctx.cookies.set(draftCookie, null, { path: baseOf(interaction), overwrite: true })
    },

    ofDraft,

    /**
     * Back from the code page, to correct something or to begin again: nothing is typed twice but the password (U5).
     * Before that, the address that the service meant (K5).
     */
    writtenBefore: async (
      ctx: StepContext,
      interaction: SignInInteraction,
      look: (handle: string) => Promise<{ details: Details; ownData: Record<string, string> }>,
    ): Promise<Filled> => {
      const { details = {}, ownData = {} } = (await ofDraft(ctx, look)) ?? {}
      const own = Object.entries(ownData).map(([name, value]) => [`own.${name}`, value])
      return { email: hintOf(interaction), ...(details as Filled), ...Object.fromEntries(own) }
    },

    interaction: (ctx: StepContext): Promise<SignInInteraction> => oidc.interaction(ctx),
  }
}

export type Steps = ReturnType<typeof createSteps>

/** The address that the service meant, shortened to what an address may be; empty where it named none. */
export const hintOf = ({ params }: SignInInteraction): string =>
  typeof params.login_hint === 'string' ? params.login_hint.slice(0, 254) : ''

/** A step that belongs to a company's service; the account pages have none of these. */
export const companyOf = ({ company }: SignInInteraction): Company => {
  if (!company) throw new AppError('not-found', 'not-found')
  return company
}

/** Linked already; its company's policy came to release more than was agreed. */
export const isAskedForMore = ({ reasons }: SignInInteraction): boolean => reasons.includes('ask_more')

/** A person on their way to a company they are not linked with; anything else means that the page is stale. */
export const linkingPerson = (interaction: SignInInteraction): string => {
  const { prompt, principal, device } = interaction
  // Whoever sent a television's code would have chosen the company for them (T13, T20).
  const person = personOf(principal)
  if (prompt !== 'link' || person === undefined || device || isAskedForMore(interaction))
    throw new AppError('gone', 'step-is-over')
  return person
}
