import type { Log } from '../lib/log.ts'

interface RefusedBy {
  /** The rule that refused, by a name to search for. */
  rule: string
  /** What it saw, nothing secret or personal. */
  saw?: string | undefined
  /** Of a client's request to the provider. */
  endpoint?: string
  client?: string | undefined
  error?: string
}

/** One line for each refused request, under the id that its answer carries (R4). */
export const logRefusal = (log: Pick<Log, 'info'>, ctx: { state: { requestId?: unknown } }, refused: RefusedBy): void =>
  log.info({ request: ctx.state.requestId, ...refused }, 'request refused')
