import { z } from 'zod'
import { isOver, type WaitingCode } from '../credentials/index.ts'
import { fields, type Route } from '../http/index.ts'
import type { Language } from '../i18n/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { row } from './access.ts'
import type { StepContext } from './pages-deps.ts'
import type { Steps } from './steps.ts'

/** One way that goes by a code from the mail: `/sign-in/{uid}/{way}`, then `/code` under it. */
export interface CodeWay {
  way: 'create' | 'recover' | 'separate' | 'by-code' | 'address'
  /** AppError gone `code-expired` when it is spent, or too old for another code. */
  waiting: (handle: string) => Promise<WaitingCode>
  sendAgain: (handle: string, language: Language) => Promise<void>
  prove: (ctx: StepContext, interaction: SignInInteraction, handle: string, code: string) => Promise<void>
}

/**
 * The page that asks for the code: it says where the code went, sends another, and leads back to whoever mistyped. It
 * looks the same whatever the address is to us (T19).
 */
export const codeSteps = (steps: Steps, { way, waiting, sendAgain, prove }: CodeWay): Route[] => {
  const path = `/sign-in/:uid/${way}`

  const showCode = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    { sent = false, ...more }: { sent?: boolean; problems?: object },
    status = 200,
  ): Promise<void> => {
    const base = `${steps.baseOf(interaction)}/${way}`
    const known = await steps.ofDraft(ctx, waiting)
    const code = { ...known, isOver: isOver(known), action: `${base}/code`, again: `${base}/send-again`, sent }
    steps.show(ctx, interaction, 'code', { way, code, ...more }, status)
  }

  return [
    row({
      method: 'GET',
      path: `${path}/code`,
      right: 'a sign-in',
      query: z.object({ sent: fields.flag() }),
      handler: async (ctx, interaction, { query: { sent } }) => {
        if (await steps.ofDraft(ctx, waiting)) return showCode(ctx, interaction, { sent })
        await showCode(ctx, interaction, { sent, problems: { code: { code: 'code-expired' } } }, 410)
      },
    }),
    row({
      method: 'POST',
      path: `${path}/send-again`,
      right: 'a sign-in',
      form: fields.form({}),
      limit: 'code-sent-network',
      handler: async (ctx, interaction) => {
        await sendAgain(steps.draftOf(ctx), ctx.page.language)
        steps.goTo(ctx, interaction, `/${way}/code?sent`)
      },
      again: showCode,
    }),
    row({
      method: 'POST',
      path: `${path}/code`,
      right: 'a sign-in',
      form: fields.form({ code: fields.text(40) }),
      handler: (ctx, interaction, { form }) => prove(ctx, interaction, steps.heldDraft(ctx), form.code),
      again: showCode,
    }),
  ]
}
