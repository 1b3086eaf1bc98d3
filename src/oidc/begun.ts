import { errors, type KoaContextWithOIDC } from 'oidc-provider'
import { clientNetwork, type PageContext } from '../http/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { Limits } from '../limits/index.ts'

/** What may lie there unfinished, begun by somebody whom nobody knows yet. */
const begunModels = ['Interaction', 'PushedAuthorizationRequest', 'DeviceCode']

/**
 * How much may be begun and *unfinished* per network (H7): a school that shares one address signs in one after another,
 * whoever only begins fills the disk. What is finished is given back. A client's own servers, which push requests for all
 * its people, answer by their secret or key for what they begin; a television's secret lies in every living room.
 */
export const createBegun = (limits: Pick<Limits, 'consume' | 'refund'>) => {
  const pageOf = (ctx: KoaContextWithOIDC) => ctx as unknown as PageContext

  const isCounted = (ctx: KoaContextWithOIDC | undefined, model: string): ctx is KoaContextWithOIDC =>
    ctx !== undefined &&
    begunModels.includes(model) &&
    (model !== 'PushedAuthorizationRequest' || ctx.oidc.client?.clientAuthMethod === 'none')

  const takeFor = async (page: PageContext): Promise<void> => {
    await limits.consume('begun-network', clientNetwork(page))
  }

  return {
    /**
     * What a page leaves behind before anybody is asked who they are: a browser that opens a television's page, a form
     * too long for an address. It goes by its own time, and counts until then. AppError `too-many-attempts` (limited).
     */
    takeFor,

    /** RFC 6749 §4.1.2.1 `temporarily_unavailable`, with 429 and Retry-After where no redirect carries it. */
    take: async (ctx: KoaContextWithOIDC | undefined, model: string): Promise<void> => {
      if (!isCounted(ctx, model)) return
      try {
        await takeFor(pageOf(ctx))
      } catch (error) {
        if (!isAppError(error)) throw error
        ctx.set('Retry-After', String(60 * Number(error.values.minutes ?? 1)))
        const description = 'too much was begun and not finished from this network; try again later'
        throw Object.assign(new errors.TemporarilyUnavailable(description), { statusCode: 429, status: 429 })
      }
    },

    finished: async (ctx: KoaContextWithOIDC | undefined, model: string): Promise<void> => {
      if (isCounted(ctx, model)) await limits.refund('begun-network', clientNetwork(pageOf(ctx)))
    },
  }
}

export type Begun = ReturnType<typeof createBegun>
