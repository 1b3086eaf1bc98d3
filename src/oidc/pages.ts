import { type Client, type DeviceCode, type ErrorOut, errors, type KoaContextWithOIDC } from 'oidc-provider'
import { contentSecurityPolicy, isForPrograms, type PageContext, seeOther, wayBackOf } from '../http/index.ts'
import type { Group, GroupClient } from '../services/index.ts'
import { deviceName } from './device-name.ts'
import type { Refusals } from './refusals.ts'
import { isResumption, signedOut } from './routes.ts'
import type { OurSession } from './session-model.ts'
import { shownCode } from './user-code.ts'
import type { WaysBack } from './ways-back.ts'

export interface EnginePagesDeps {
  group: Group
  get: (clientId: string) => GroupClient | undefined
  refusals: Pick<Refusals, 'note' | 'shown'>
  waysBack: Pick<WaysBack, 'wayTo' | 'ofPage'>
}

/** Errors with words of their own; all others share one sentence. Nothing a request said is repeated. */
const errorsWithWords = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_redirect_uri',
  'invalid_request',
  'invalid_request_uri',
  'invalid_scope',
  'invalid_target',
  'access_denied',
  'server_error',
])

const pageOf = (ctx: KoaContextWithOIDC): PageContext => ctx as unknown as PageContext

/** The provider's own pages, in our views: sign-out, device codes, errors (P9, P12). */
export const createPages = ({ group, get, refusals, waysBack }: EnginePagesDeps) => {
  const serviceOf = (clientId: string | undefined) => {
    const client = clientId ? get(clientId) : undefined
    const company = client && group.companies.get(client.company)
    return {
      service: client?.service?.name ?? client?.partner?.name ?? group.operator.name,
      home: client?.service?.url ?? client?.partner?.url,
      company: company ?? group.operator,
      partner: client?.partner ?? null,
    }
  }
  const secretOf = (ctx: KoaContextWithOIDC): unknown => (ctx.oidc.session as OurSession | undefined)?.state?.secret

  /** In fixed words for the person, and the rule that refused for whoever runs the service (R4). */
  const showError = (ctx: object & { status: number; path: string }, error: string, client?: string): void => {
    const code = errorsWithWords.has(error) ? error : 'other'
    const page = ctx as PageContext
    const { requestId, t } = page.page
    const about = ctx.path.startsWith('/session/end') ? 'sign-out' : 'sign-in'
    const status = Math.max(ctx.status, 400)
    const wayBack =
      about === 'sign-out'
        ? { href: '/session/end', label: t('oidc.sign-out-error.sign-out') }
        : (waysBack.wayTo(page, client) ?? waysBack.ofPage(page) ?? wayBackOf(page))
    const shown = { code, error: code === 'other' ? '' : error, about, requestId, wayBack, ...refusals.shown(ctx) }
    page.render('oidc/error', shown, status)
  }

  return {
    /** Asked only when the service did not prove which session it means (OIDC RP-Initiated Logout 1.0 §2). */
    confirmSignOut: async (ctx: KoaContextWithOIDC): Promise<void> => {
      const session = ctx.oidc.session as OurSession
      const clientId = ctx.oidc.client?.clientId
      const hint = ctx.oidc.entities.IdTokenHint?.payload
      const known = clientId ? session.authorizations?.[clientId] : undefined
      if (known && hint && (hint.sid !== undefined ? hint.sid === known.sid : hint.sub === known.sub)) {
        const { postLogoutRedirectUri, state } = session.state as { postLogoutRedirectUri?: string; state?: string }
        await session.destroy()
        forgetSession(ctx)
        const next = postLogoutRedirectUri ? new URL(postLogoutRedirectUri) : undefined
        if (next && state !== undefined) next.searchParams.set('state', state)
        return seeOther(ctx, next?.href ?? signedOut)
      }
      const isNamed = clientId !== undefined && get(clientId) !== undefined
      pageOf(ctx).render('oidc/sign-out', { secret: secretOf(ctx), ...serviceOf(clientId), isNamed })
    },

    /** A client is named here when it alone was left: the person is signed in as before (O15). */
    signedOut: (ctx: KoaContextWithOIDC): void => {
      const clientId = ctx.oidc.client?.clientId
      pageOf(ctx).render('oidc/signed-out', {
        ...serviceOf(clientId),
        what: clientId === undefined ? 'signed-out' : 'left',
      })
    },

    /** What the person at the page needs to tell their own television by; no address is kept. */
    deviceInfo: (ctx: KoaContextWithOIDC) => ({ device: deviceName(ctx.get('user-agent')) }),

    deviceCode: (ctx: KoaContextWithOIDC, _form: string, _out?: ErrorOut, error?: Error): void => {
      const { prefill, unlinked } = ctx.state as { prefill?: string; unlinked?: string }
      if (unlinked) {
        pageOf(ctx).render('oidc/device-unlinked', {
          company: group.companies.get(unlinked) ?? group.operator,
          services: [...group.services.values()].filter(({ company }) => company === unlinked),
          code: ctx.oidc.deviceCode?.userCode ?? '',
        })
        return
      }
      const problem = error && (deviceProblems[error.name] ?? 'device-failed')
      ctx.state.guessedWrong = problem === 'device-not-found'
      const typed = (error as { userCode?: unknown } | undefined)?.userCode
      const status = problem === 'device-failed' ? ctx.status : 200
      pageOf(ctx).render(
        'oidc/device',
        {
          secret: secretOf(ctx),
          code: typeof typed === 'string' ? typed.slice(0, 20) : (prefill ?? ''),
          problem,
          aborted: problem === 'device-aborted',
        },
        status,
      )
    },

    deviceConfirm: (ctx: KoaContextWithOIDC, _form: string, client: Client, info: DeviceCode['deviceInfo']): void =>
      pageOf(ctx).render('oidc/device-confirm', {
        secret: secretOf(ctx),
        code: shownCode(ctx.oidc.entities.DeviceCode?.userCode ?? ''),
        device: typeof info?.device === 'string' ? info.device : '',
        ...serviceOf(client.clientId),
      }),

    deviceDone: (ctx: KoaContextWithOIDC): void =>
      pageOf(ctx).render('oidc/device-done', serviceOf(ctx.oidc.client?.clientId)),

    error: (ctx: KoaContextWithOIDC, out: ErrorOut, thrown: Error): void => {
      refusals.note(ctx, thrown)
      if (isForPrograms(ctx.path)) {
        ctx.body = out
        return
      }
      // *Back* onto a step that is done, by whoever is signed in: on to the service, which knows them (U8).
      const onward = isResumption(ctx.path) && ctx.oidc.session?.accountId ? waysBack.ofPage(pageOf(ctx)) : undefined
      if (thrown instanceof errors.SessionNotFound && onward) seeOther(ctx, onward.href)
      else showError(ctx, out.error, ctx.oidc.client?.clientId)
    },

    /** What was refused before the library saw it. */
    showError,

    /** One button, no script: the only page whose form leaves this origin, and its policy says where to. */
    formPost: (ctx: KoaContextWithOIDC, redirectUri: string, payload: Record<string, unknown>): void => {
      const action = new URL(redirectUri)
      ctx.set('Content-Security-Policy', contentSecurityPolicy({ formAction: [action.origin] }))
      pageOf(ctx).render('oidc/form-post', {
        action: redirectUri,
        fields: Object.entries(payload).filter(([, value]) => value !== undefined && value !== null),
        ...serviceOf(ctx.oidc.client?.clientId),
      })
    },
  }
}

export type EnginePages = ReturnType<typeof createPages>

const deviceProblems: Record<string, string> = {
  NoCodeError: 'device-no-code',
  NotFoundError: 'device-not-found',
  ExpiredError: 'device-expired',
  AlreadyUsedError: 'device-used',
  AbortedError: 'device-aborted',
}

/** As it was set, or browsers keep it. */
const forgetSession = (ctx: KoaContextWithOIDC): void => {
  ctx.oidc.cookies.set(ctx.oidc.provider.cookieName('session'), null, { path: '/', httpOnly: true, signed: true })
}
