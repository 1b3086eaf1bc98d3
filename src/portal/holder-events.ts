import { principalKey } from '../accounts/index.ts'
import { kindsOn } from '../activity/index.ts'
import { fields } from '../http/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, Signed } from './portal-tools.ts'

/** Where an older page begins. */
export const cursor = fields.word(400).transform((from) => from || undefined)

export const olderBy = (ctx: PortalContext, name: string, cursor: string | undefined): string =>
  cursor === undefined ? '' : `${ctx.path}?${new URLSearchParams({ [name]: cursor })}`

interface Page {
  name: string
  cursor: string | undefined
  limit: number
  list: 'support' | 'messages'
}

/** A page of a holder's own events; what goes into an address names none of their ids. */
export const createHolderEvents =
  ({ activity }: Pick<PortalDeps, 'activity'>) =>
  async (ctx: PortalContext, signed: Signed, { name, cursor, limit, list }: Page) => {
    const prefix = `${principalKey(signed.principal.id)}:`
    const found = await activity.listFor(signed.principal.id, {
      limit: limit + 1,
      kinds: kindsOn(list),
      ...(cursor && { before: prefix + cursor }),
    })
    const last = found[limit - 1]
    const isMore = found.length > limit && last
    return {
      events: found.slice(0, limit),
      older: olderBy(ctx, name, isMore ? last.id.slice(prefix.length) : undefined),
    }
  }
