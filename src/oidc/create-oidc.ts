import type { IncomingMessage } from 'node:http'
import { type JWKS, Provider } from 'oidc-provider'
import { principalIdOf } from '../accounts/index.ts'
import { clientSecret } from '../config/index.ts'
import { createBackground } from '../lib/background.ts'
import { second } from '../lib/clock.ts'
import { keyedDigest } from '../lib/ids.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import { createMetaStore } from '../storage/index.ts'
import { createAdapter, deviceInterval } from './adapter.ts'
import { createAnswers } from './answers.ts'
import { createArtifactsStore } from './artifacts-store.ts'
import { createBegun } from './begun.ts'
import { createClientStore } from './client-store.ts'
import { createClients } from './clients.ts'
import { configurationOf } from './configuration.ts'
import { createCookieSignatures } from './cookie-signatures.ts'
import { createEndedLogins } from './ended-logins.ts'
import { createFetchKeys } from './fetch-keys.ts'
import { createGrantFence } from './grant-fence.ts'
import { createGrants, type OurGrant } from './grants.ts'
import { createPolicy } from './interaction-policy.ts'
import { createInteractions } from './interactions.ts'
import { createKeyring, type Keyring } from './keyring.ts'
import { createKeys } from './keys.ts'
import { createKeysStore } from './keys-store.ts'
import { grantAtMost } from './lifetimes.ts'
import { createLogoutStore } from './logout-store.ts'
import { createMiddleware } from './middleware.ts'
import { createOfflineSessionStore } from './offline-session-store.ts'
import type { Oidc } from './oidc.ts'
import type { OidcDeps } from './oidc-deps.ts'
import { createPages } from './pages.ts'
import { createPlainLane } from './plain/plain-lane.ts'
import { createProfiles } from './profiles.ts'
import { createProvider } from './provider.ts'
import { createRefreshTokens } from './refresh-tokens.ts'
import { createRefusals } from './refusals.ts'
import { createReportUses } from './report-uses.ts'
import { createRetriedRefresh } from './retried-refresh.ts'
import { createScopeEnforcement } from './scope-enforcement.ts'
import { createSendLogouts } from './send-logouts.ts'
import { createSessionStore } from './session-store.ts'
import { createSessionTermination } from './session-termination.ts'
import { createSessions } from './sessions.ts'
import { createSubjectResolver } from './subject-resolver.ts'
import { createUnderWay } from './under-way.ts'
import { createVerifyCompanyToken } from './verify-company-token.ts'
import { createWaysBack } from './ways-back.ts'

const readKeysEvery = 30 * second
const sweepEvery = 60 * second
const sendEvery = 2 * second

export const createOidc = async (deps: OidcDeps): Promise<Oidc> => {
  const { config, connection, accounts, log, outbound } = deps
  const { group, issuer } = config
  const box = createSecretBox(config.secretKeys)
  const keys = createKeys({ store: createKeysStore(connection), box })
  const meta = createMetaStore(connection)
  const artifacts = createArtifactsStore(connection)
  const refreshTokens = createRefreshTokens({ artifacts, proofKey: await meta.persistentKey('refresh-proof-key', box) })
  const sessions = createSessionStore(connection, artifacts)
  const logouts = createLogoutStore(connection)
  const ended = createEndedLogins(artifacts)
  const offlineSessions = createOfflineSessionStore(connection, grantAtMost * second)
  const clientStore = createClientStore(connection)
  const clients = createClients({
    group,
    secretOf: (id) => clientSecret(config, id),
    known: await clientStore.known(),
  })

  let keyring: Keyring
  let provider: Provider
  const current = () => provider
  const known = { issuer, production: config.production, port: config.port, provider: current, group, get: clients.get }

  const subjects = createSubjectResolver({
    group,
    accounts,
    readPrincipal: deps.readPrincipal,
    accountOf: deps.accountOf,
    // The identifiers that partner applications know people by hang on it.
    subjectKey: await meta.persistentKey('subject-key', box),
  })
  const sender = createSendLogouts({
    issuer,
    logouts,
    get: clients.get,
    reachablePrivately: (company) => group.companies.get(company)?.reachablePrivately ?? [],
    outbound,
    sign: (...parameters) => keyring.sign(...parameters),
    log,
  })
  const background = createBackground(log)
  const endings = createSessionTermination({
    sessions,
    artifacts,
    offlineSessions,
    logouts,
    takesLogouts: clients.takesLogouts,
    wake: sender.wake,
    onSignedOut: async ({ principal, device }) =>
      deps.onSignedOut?.({ principal: principalIdOf(principal), ...(device && { device }) }),
  })
  const begun = createBegun(deps.limits)
  const doors = createScopeEnforcement({ group, get: clients.get })
  const fence = createGrantFence({ group, get: clients.get, subjects, doors, consents: deps.consents })
  const grants = createGrants({ group, get: clients.get, subjects, doors, consents: deps.consents, sessions, fence })
  const {
    limit,
    sweep: sweepSessions,
    ...asked
  } = createSessions({
    ...known,
    accounts,
    clients,
    sessions,
    endings,
    offlineSessions,
    artifacts,
    ended,
    subjects,
  })
  const refusals = createRefusals({ ...known, log })
  const waysBack = createWaysBack({ config, get: clients.get })
  const pages = createPages({ group, get: clients.get, refusals, waysBack })
  const reportUses = createReportUses({ clients, background, log, onUse: deps.onUse })
  const retriedRefresh = createRetriedRefresh({ artifacts, refreshTokens, get: clients.get })

  const onReuse = async (grantId: string): Promise<void> => {
    // Not by `find`, which would keep it for the rest of the request.
    const grant = (await provider.Grant.adapter.find(grantId)) as OurGrant | undefined
    await endings.revokeGrant(grantId)
    if (!grant?.accountId || !grant.clientId) return
    log.warn({ client: grant.clientId }, 'a spent code or refresh token was presented; its grant was revoked')
    const principal = principalIdOf(grant.accountId)
    await deps.onReuse?.({ principal, account: grant.account, service: clients.get(grant.clientId)?.service?.id })
  }

  const underWay = createUnderWay()
  const adapter = createAdapter({
    artifacts,
    refreshTokens,
    box,
    lookupKey: config.secretKeys[0]!,
    client: clients.metadata,
    isRetry: async (token, payload, consumed) => retriedRefresh.isRetry(Provider.ctx!, token, payload, consumed),
    onLost: () => retriedRefresh.lost(Provider.ctx!),
    begun: {
      take: (model) => begun.take(Provider.ctx, model),
      finished: (model) => begun.finished(Provider.ctx, model),
    },
    onReuse,
    ...underWay.asked,
  })
  const policy = createPolicy({ ...known, grants, subjects, isMarked: deps.isMarked ?? (async () => false) })
  const lookedAt = new WeakMap<IncomingMessage, number>()
  const signatures = createCookieSignatures(config.secretKeys.map((key) => keyedDigest(key, 'cookies')))
  const profiles = createProfiles({ group, get: clients.get, log })
  const configuration = configurationOf.bind(undefined, {
    production: config.production,
    port: config.port,
    signatures,
    get: clients.get,
    adapter,
    grants,
    doors,
    profiles,
    policy,
    pages,
    waysBack,
    isAskedAgain: retriedRefresh.isAskedAgain,
    fetch: createFetchKeys({ group, outbound }),
  })

  /** Requests under way end with the provider they began with (P10). */
  const useKeys = async (): Promise<void> => {
    const next = await createKeyring(await keys.current())
    if (keyring?.kids === next.kids) return
    const swapped = createProvider(
      {
        issuer,
        artifacts,
        refreshTokens,
        formPost: pages.formPost,
        refusals,
        isEnded: ended.isEnded,
        sessions: {
          sessions,
          endings,
          joining: (ctx) => ctx.state.joining,
          // Each principal's own: many who sign in at one moment are all looked at.
          onBegin: (principal) => background.run(`limit-sessions ${principal}`, () => limitSessions(principal)),
        },
      },
      configuration(next.jwks as JWKS),
    )
    swapped.proxy = true
    reportUses(swapped)
    swapped.on('device_authorization.success', (_ctx, answer) => Object.assign(answer, { interval: deviceInterval }))
    keyring = next
    provider = swapped
  }

  const limitSessions = async (key: string): Promise<void> => {
    for (const { device } of await limit(key)) await deps.onSessionEvicted?.({ principal: principalIdOf(key), device })
  }

  await useKeys()
  const interactions = createInteractions({ ...known, doors, subjects, sessions, endings, waysBack })

  const sweep = async (): Promise<void> => {
    await sweepSessions()
    await artifacts.purge()
    await logouts.purge()
    await logouts.adoptQueued()
  }
  const tick = async (): Promise<void> => {
    await useKeys()
    await sweep()
    await sender.drain()
  }

  return {
    middleware: createMiddleware({
      ...known,
      artifacts,
      sessions,
      endings,
      clients,
      limits: deps.limits,
      begun,
      aroundToken: retriedRefresh.around,
      answers: createAnswers({
        ...known,
        doors,
        verify: (token) => keyring.verify(token, { typ: 'at+jwt', issuer }),
      }),
      refusals,
      showError: pages.showError,
      lookedAt,
    }),
    plainly: config.plainLane
      ? createPlainLane({
          ...{
            ...known,
            adapter,
            refreshTokens,
            sessions,
            fence,
            subjects,
            doors,
            grants,
            policy,
            signatures,
          },
          ...{ lookedAt, halt: underWay.halt },
          sign: (payload, algorithm) => keyring.sign(payload, {}, algorithm),
        })
      : () => undefined,
    ...interactions,
    ...asked,
    sign: (payload, header) => keyring.sign(payload, header),
    verifyCompanyToken: createVerifyCompanyToken({
      issuer,
      group,
      clients,
      enforcement: doors,
      verify: (...of) => keyring.verify(...of),
      isNew: (...of) => provider.ReplayDetection.unique(...of),
      mayProve: profiles.mayProve,
    }),
    rotate: async (options) => {
      await keys.rotate(options)
      await useKeys()
    },
    tick,
    rememberClients: () => clientStore.remember(group.clients.keys()),
    pending: async () => {
      const waiting = await sender.pending()
      return waiting > 0 ? [`${waiting} sign-outs to be told`] : []
    },
    start: () => {
      background.every(readKeysEvery, 'keys', useKeys)
      background.every(sweepEvery, 'sweep', async () => {
        if (await deps.lease.isHeld()) await sweep()
      })
      background.every(sendEvery, 'sign-outs', async () => {
        if (await deps.lease.isHeld()) sender.wake()
      })
      void logouts.adoptQueued().then(sender.wake, (error: unknown) => log.error({ error }, 'sign-outs wait'))
    },
    stop: async () => {
      await Promise.all([background.stop(), sender.stop()])
    },
  }
}
