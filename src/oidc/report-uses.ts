import type { Provider } from 'oidc-provider'
import { principalIdOf } from '../accounts/index.ts'
import { type PageContext, trackingSignal } from '../http/index.ts'
import type { createBackground } from '../lib/background.ts'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Clients } from './clients.ts'
import type { OurGrant } from './grants.ts'
import type { OidcDeps, ServiceUse } from './oidc-deps.ts'
import type { OurSession } from './session-model.ts'

export interface ReportUsesDeps {
  clients: Pick<Clients, 'get'>
  background: Pick<ReturnType<typeof createBackground>, 'run'>
  log: Log
  onUse: OidcDeps['onUse']
}

/** Tells of what an engine does: its failures in the log, and which service was reached by whom, behind its answer. */
export const createReportUses =
  ({ clients, background, log, onUse }: ReportUsesDeps) =>
  (engine: Provider): void => {
    engine.on('server_error', (ctx, error) =>
      log.error({ request: (ctx as unknown as PageContext).page.requestId, error }, 'the provider failed'),
    )
    engine.on('authorization.success', (ctx) => {
      const session = ctx.oidc.session as OurSession | undefined
      const clientId = ctx.oidc.client?.clientId ?? ''
      const account = (ctx.oidc.grant as OurGrant | undefined)?.account
      const { company, service, partner } = clients.get(clientId) ?? {}
      if (!session?.accountId || !account || !company || !onUse) return
      const how = ctx.oidc.deviceCode ? 'device' : ctx.oidc.result?.login ? 'signed-in' : 'session'
      const use: ServiceUse = {
        principal: principalIdOf(session.accountId),
        account,
        company,
        service: service?.id,
        partner: partner?.id,
        device: session.device,
        browser: session.browser,
        how,
        ...(how === 'signed-in' && { method: ctx.oidc.result?.login?.amr?.includes('otp') ? 'otp' : 'pwd' }),
        asksNotToBeTracked: trackingSignal(ctx) !== '',
      }
      background.run(`use ${randomId()}`, async () => onUse(use))
    })
  }
