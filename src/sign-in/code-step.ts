import type { WaitingCode } from '../credentials/index.ts'
import { clientNetwork } from '../http/index.ts'
import type { Language } from '../i18n/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import type { SignInPagesDeps, StepContext, StepRouter } from './pages-deps.ts'
import type { Steps } from './steps.ts'

/** One way that goes by a code from the mail: `/sign-in/{uid}/{way}`, then `/code` under it. */
export interface CodeWay {
  way: 'create' | 'recover' | 'separate' | 'by-code' | 'address'
  /** AppError gone `code-expired` when it is spent, or too old for another code. */
  waiting: (handle: string) => Promise<WaitingCode>
  sendAgain: (handle: string, language: Language) => Promise<void>
  authentication: (ctx: StepContext, interaction: SignInInteraction, handle: string, code: string) => Promise<void>
}

/**
 * The page that asks for the code: it says where the code went, sends another, and leads back to whoever mistyped. It
 * looks the same whatever the address is to us (T19).
 */
export const addCodeStep = (
  router: StepRouter,
  steps: Steps,
  { limits }: Pick<SignInPagesDeps, 'limits'>,
  { way, waiting, sendAgain, authentication }: CodeWay,
): void => {
  const path = `/sign-in/:uid/${way}`

  const showCode = async (
    ctx: StepContext,
    interaction: SignInInteraction,
    more: Record<string, unknown> = {},
    status = 200,
  ): Promise<void> => {
    const base = `${steps.baseOf(interaction)}/${way}`
    const sent = ctx.method === 'GET' && ctx.query.sent !== undefined
    const known = await steps.ofDraft(ctx, waiting)
    const code = { ...known, action: `${base}/code`, again: `${base}/send-again`, sent }
    steps.show(ctx, interaction, 'code', { way, code, ...more }, status)
  }

  router.get(`${path}/code`, async (ctx) => {
    const interaction = await steps.interaction(ctx)
    if (await steps.ofDraft(ctx, waiting)) return showCode(ctx, interaction)
    await showCode(ctx, interaction, { problems: { code: { code: 'code-expired' } } }, 410)
  })

  router.post(`${path}/send-again`, async (ctx) => {
    const interaction = await steps.interaction(ctx)
    await steps.filledIn(ctx)
    await steps.onPage(
      ctx,
      {},
      (more, status) => showCode(ctx, interaction, more, status),
      async () => {
        await limits.consume('code-sent-network', clientNetwork(ctx))
        await sendAgain(steps.draftOf(ctx), ctx.page.language)
        steps.goTo(ctx, interaction, `/${way}/code?sent`)
      },
    )
  })

  router.post(`${path}/code`, async (ctx) => {
    const interaction = await steps.interaction(ctx)
    const form = await steps.filledIn(ctx)
    await steps.onPage(
      ctx,
      form,
      (more, status) => showCode(ctx, interaction, more, status),
      async () => {
        await authentication(ctx, interaction, steps.heldDraft(ctx), form.code ?? '')
      },
    )
  })
}
