import type { IncomingMessage } from 'node:http'
import type { Context } from 'koa'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import getRawBody from 'raw-body'
import { clientNetwork, navigationsOnly, type PageContext, type PageMiddleware, seeOther } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { digest, randomId } from '../lib/ids.ts'
import { untilFloor } from '../lib/until-floor.ts'
import type { Limits } from '../limits/index.ts'
import { type Answers, formErrorOf } from './answers.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import type { Begun } from './begun.ts'
import type { Clients } from './clients.ts'
import { deviceName } from './device-name.ts'
import { devicePicturePath, showDevicePicture } from './device-picture.ts'
import type { EnginePages } from './pages.ts'
import { runProvider } from './provider.ts'
import type { Refusals } from './refusals.ts'
import type { RetriedRefresh } from './retried-refresh.ts'
import { isProviderPath, isResumption, routes, signedOut } from './routes.ts'
import type { SessionState, SessionStore } from './session-store.ts'
import type { SessionTermination } from './session-termination.ts'
import { createTellSignedOut, type TellSignedOutDeps } from './tell-signed-out.ts'
import { foldedCode } from './user-code.ts'

export interface MiddlewareDeps extends TellSignedOutDeps {
  provider: () => Provider
  artifacts: ArtifactsStore
  sessions: SessionStore
  endings: SessionTermination
  clients: Clients
  limits: Pick<Limits, 'judged'>
  begun: Pick<Begun, 'takeFor'>
  aroundToken: RetriedRefresh['around']
  answers: Answers
  refusals: Pick<Refusals, 'noteEarly' | 'around'>
  showError: EnginePages['showError']
  /** When the plain lane began to look at a request that it handed on, on the steady clock. */
  lookedAt: Pick<WeakMap<IncomingMessage, number>, 'get'>
}

const longestForm = '16kb'
const longestQuery = 3000
const postedFor = 600
/** Nobody signed in, and somebody that this service may not know of, are answered after the same while (P4). */
const silentFloor = 60

type Step = (ctx: Context, next: () => Promise<void>) => Promise<void>

/** What stands around the library, in the order in which a request meets it. */
export const createMiddleware = (deps: MiddlewareDeps): PageMiddleware => {
  const { artifacts, sessions, endings, clients, limits, begun } = deps
  const { askForProof, answerRevocation, introspectJwt, letKeep } = deps.answers
  const pageOf = (ctx: Context) => ctx as unknown as PageContext

  /** The library signs two of its cookies with the app's keys and reads them with its own: here both are its own. */
  const useEngineCookies: Step = async (ctx, next) => {
    const plain = ctx.cookies
    let signed: typeof plain | undefined
    const either = (options: { signed?: boolean } | undefined) => {
      if (!options?.signed) return plain
      if (!signed) {
        signed = deps.provider().createContext(ctx.req, ctx.res).cookies
        signed.secure = ctx.secure
      }
      return signed
    }
    ctx.cookies = Object.assign(Object.create(plain) as typeof plain, {
      get: (name: string, options?: Parameters<typeof plain.get>[1]) => either(options).get(name, options),
      set: (name: string, value?: string | null, options?: Parameters<typeof plain.set>[2]) =>
        either(options).set(name, value, options),
    })
    await next()
  }

  /** OIDC Core 3.1.2.1 has POST too; with `SameSite=Lax` cookies come along only with the GET after it (P8). */
  const answerPosts: Step = async (ctx, next) => {
    if (ctx.method !== 'POST') return next()
    const isForm = ctx.is('application/x-www-form-urlencoded')
    if (isForm === false) ctx.throw(415)
    const query = isForm
      ? await getRawBody(ctx.req, { limit: longestForm, encoding: 'utf8' }).catch((error) => {
          throw formErrorOf(error)
        })
      : ''
    if (query.length <= longestQuery) return seeOther(ctx, `${ctx.path}${query && '?'}${query}`)
    await begun.takeFor(pageOf(ctx))
    const id = randomId()
    await artifacts.put(artifactId('Posted', id), { payload: query, exp: epochSeconds() + postedFor })
    seeOther(ctx, `${ctx.path}?posted=${id}`)
  }

  const takePosted: Step = async (ctx, next) => {
    const id = ctx.query.posted
    if (typeof id === 'string' && ctx.method === 'GET') {
      const posted = await artifacts.get(artifactId('Posted', id))
      if (posted) ctx.querystring = posted.payload
    }
    await next()
  }

  const sessionOf = async (ctx: Context): Promise<SessionState | undefined> => {
    const cookie = ctx.cookies.get(deps.provider().cookieName('session'), { signed: true })
    return cookie ? sessions.byCookie(cookie) : undefined
  }
  const { leads, tells } = createTellSignedOut(deps, sessionOf)

  /**
   * With nobody signed in the library would show a form that submits itself (P9). A hint is validated all the same, as
   * with a session: a forged one, or one that names another client, leads nowhere (RP-Initiated Logout 1.0 §2, §4).
   */
  const signOutNobody: Step = async (ctx, next) => {
    if (ctx.method !== 'GET' || (await sessionOf(ctx))?.principal) return next()
    const { post_logout_redirect_uri: uri, state, client_id, id_token_hint } = ctx.query
    const id = id_token_hint === undefined ? client_id : await clientOfHint(id_token_hint)
    const client = typeof id === 'string' ? clients.get(id) : undefined
    const isContradicted = id_token_hint !== undefined && (!client || (client_id !== undefined && client_id !== id))
    const isRegistered = typeof uri === 'string' && client?.client.postLogoutRedirectUris.includes(uri)
    if (isContradicted || (uri !== undefined && !isRegistered)) {
      const rule = isContradicted ? 'id_token_hint does not fit' : 'post_logout_redirect_uri not registered'
      deps.refusals.noteEarly(ctx, 'invalid_request', rule)
      ctx.status = 400
      return deps.showError(ctx, 'invalid_request')
    }
    if (typeof uri !== 'string') return pageOf(ctx).render('oidc/signed-out', signedOutOf(client?.client.id))
    const back = new URL(uri)
    if (typeof state === 'string') back.searchParams.set('state', state)
    seeOther(ctx, back.href)
  }

  /** The client that an ID token of ours was made out to, expired or not; undefined for any other text. */
  const clientOfHint = async (hint: unknown): Promise<string | undefined> => {
    const { Client, IdToken } = deps.provider()
    const client = await Client.find(audienceOf(hint) ?? '')
    if (!client || typeof hint !== 'string') return undefined
    return IdToken.validate(hint, client).then(
      () => client.clientId,
      () => undefined,
    )
  }

  const signedOutOf = (id: string | undefined) => {
    const client = id ? clients.get(id) : undefined
    return {
      home: client?.service?.url ?? client?.partner?.url,
      service: id ? clients.nameOf(id) : undefined,
      what: 'nobody',
    }
  }

  /** A code that came with the address is filled in, never sent by itself: the person compares it first (P9, T20). */
  const fillInCode: Step = async (ctx, next) => {
    if (ctx.method === 'GET' && typeof ctx.query.user_code === 'string') {
      ctx.state.prefill = foldedCode(ctx.query.user_code)
        .replace(/[^A-Za-z-]/g, '')
        .slice(0, 12)
      ctx.querystring = ''
    }
    // The form needs a session to count in: a browser that has none is left one, which counts as begun (H7).
    if (ctx.method === 'GET' && !(await sessionOf(ctx))) await begun.takeFor(pageOf(ctx))
    if (ctx.method === 'POST') {
      const network = clientNetwork(pageOf(ctx))
      // Not begun in this browser, or too long ago: the page is opened anew, and only that gives a form that counts.
      if (!(await sessionOf(ctx))) return seeOther(ctx, routes.code_verification)
      await limits.judged([['device-code-network', network]], async () => {
        await next()
        return ctx.state.guessedWrong ? undefined : true
      })
      return
    }
    await next()
  }

  /**
   * One principal per browser at a time. Somebody else proved themselves here: the first is signed out, with logout to
   * their services, before the library sees the request. Several tabs proved the same person: one session (P5, P9).
   */
  const joinOrSwitch: Step = async (ctx, next) => {
    const provider = deps.provider()
    const uid = ctx.path.split('/')[2]!
    // Only the browser that began this sign-in: others must not end a session by following a link.
    if (ctx.cookies.get(provider.cookieName('resume'), { signed: true }) !== uid) return next()
    const interaction = await provider.Interaction.find(uid)
    const principal = interaction?.result?.login?.accountId
    if (!interaction || !principal) return next()

    const session = await sessionOf(ctx)
    const isAnothers = session?.principal !== undefined && session.principal !== principal
    if (isAnothers) {
      await endings.endSession(session)
      interaction.session = undefined
      await interaction.persist()
    }
    if (!session || isAnothers) ctx.state.joining = await sessionToJoin(ctx, principal)
    // Begun with a television's code, before anybody signed in: it keeps that, and is this browser's from now on.
    else if (!session.principal) {
      const whose = whoseOf(ctx)
      await sessions.ofBrowser(whose.browser, session.uid)
      ctx.state.joining = { ...whose, uid: session.uid }
    }
    await next()
  }

  const whoseOf = (ctx: Context) => ({
    browser: digest(pageOf(ctx).page.browser),
    device: deviceName(ctx.get('user-agent')),
  })

  const sessionToJoin = async (ctx: Context, principal: string) => {
    const { browser, device } = whoseOf(ctx)
    const begun = await sessions.ofBrowser(browser, randomId())
    if (!begun.session || begun.session.principal === principal) return { ...begun, browser, device }
    await endings.endSession(begun.session)
    await sessions.releaseBrowser(browser)
    return { ...(await sessions.ofBrowser(browser, randomId())), browser, device }
  }

  const tellTruly: Step = async (ctx, next) => {
    await next()
    const body = ctx.body as { subject_types_supported?: string[] } | undefined
    if (body && typeof body === 'object') body.subject_types_supported = ['pairwise']
  }

  /**
   * An app is opened by a press alone: browsers stop a redirect to it that no press led to (RFC 8252 §7.1). So the page
   * that leads on has the app's own address under its button; pressed twice it opens the app twice.
   */
  const openApp: Step = async (ctx, next) => {
    await next()
    const location = ctx.response.get('location')
    if (!location || /^(https?:|\/)/i.test(location) || ctx.query.prompt === 'none') return
    ctx.remove('location')
    pageOf(ctx).render('oidc/continue', { href: location, away: true })
  }

  /** Chromium holds redirects after a form to `form-action`; a page that leads on is bound by nothing (P9). */
  const leadOn: Step = async (ctx, next) => {
    await next()
    const location = ctx.response.get('location')
    if (ctx.method !== 'POST' || ctx.status !== 303 || !location.startsWith('http')) return
    if (new URL(location).origin === ctx.origin) return
    ctx.remove('location')
    pageOf(ctx).render('oidc/continue', { href: location, away: true })
  }

  /** Refused without a page, for whatever reason: no cookie is touched, and it took as long as always (P4, T19, H10). */
  const answerSilently: Step = async (ctx, next) => {
    const begun = deps.lookedAt.get(ctx.req) ?? performance.now()
    const before = ctx.res.getHeader('set-cookie')
    await next()
    if (!/[?&#]error=/.test(ctx.response.get('location'))) return
    if (before) ctx.res.setHeader('set-cookie', before)
    else ctx.res.removeHeader('set-cookie')
    await untilFloor(begun, silentFloor)
  }

  /** What stands before which endpoint; those that only take tokens or clients have nothing before them. */
  const before: Record<string, Step[]> = {
    [routes.authorization]: [navigationsOnly, useEngineCookies, answerPosts, takePosted, answerSilently, openApp],
    [routes.end_session]: [navigationsOnly, useEngineCookies, answerPosts, takePosted, openApp, signOutNobody, leads],
    '/session/end/confirm': [navigationsOnly, useEngineCookies, openApp, leadOn, leads],
    [signedOut]: [useEngineCookies, tells],
    [routes.code_verification]: [navigationsOnly, useEngineCookies, fillInCode],
    [routes.token]: [askForProof, (ctx, next) => deps.aroundToken(ctx as unknown as KoaContextWithOIDC, next)],
    [routes.pushed_authorization_request]: [askForProof],
    [routes.device_authorization]: [askForProof],
    [routes.revocation]: [askForProof, answerRevocation],
    [routes.introspection]: [askForProof, introspectJwt],
    [routes.jwks]: [letKeep],
    '/.well-known/openid-configuration': [letKeep, tellTruly],
    '/.well-known/oauth-authorization-server': [letKeep, tellTruly],
  }
  const beforeResumption = [navigationsOnly, useEngineCookies, openApp, joinOrSwitch]

  return async function provide(ctx, next) {
    if (ctx.path === devicePicturePath && ctx.method === 'GET')
      return showDevicePicture(ctx as unknown as Context, deps.issuer)
    if (!isProviderPath(ctx.path, ctx.method)) return next()
    const koa = ctx as unknown as Context
    const steps = isResumption(ctx.path) ? beforeResumption : (before[ctx.path] ?? [])
    const run = (at: number): Promise<void> => {
      const step = steps[at]
      return step ? step(koa, () => run(at + 1)) : runProvider(deps.provider(), koa, next)
    }
    return deps.refusals.around(koa, () => run(0))
  }
}

/** Whom a hint names as its audience, unverified: by whose registration it is to be verified. */
const audienceOf = (hint: unknown): string | undefined => {
  try {
    const [, payload = ''] = String(hint).split('.')
    const { aud } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { aud?: unknown }
    return typeof aud === 'string' ? aud : undefined
  } catch {
    return undefined
  }
}
