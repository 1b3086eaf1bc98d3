import { principalKey } from '../accounts/index.ts'
import { cookieName } from '../http/index.ts'
import { day } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { PortalContext, Signed } from './portal-tools.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

/** People who share a browser; of more the first is told once more. */
const most = 8
const keptFor = 400 * day
const mark = /^[\w-]{16}$/

/**
 * What somebody decided about sharing and messages holds wherever they sign in. In a browser where they have not decided it
 * they are told so once, in a cookie of its own that names nobody; nothing rests on it (S8).
 */
export const createChoicesNotice = (deps: Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'choose'>) => {
  const cookie = cookieName(deps.config, 'choices')
  const visible = createVisibleAccounts(deps)

  const markOf = ({ principal }: Signed): string => digest(`choices:${principalKey(principal.id)}`).slice(0, 16)
  const marks = (ctx: PortalContext): string[] =>
    (ctx.cookies.get(cookie) ?? '').split('.', most).filter((each) => mark.test(each))

  const hasChosen = async (signed: Signed): Promise<boolean> => {
    const { preferences } = await deps.choose.of(signed.principal.id)
    if (preferences.n > 0) return true
    return (await visible.live(signed)).some(({ link }) => link?.purposes !== undefined || link?.paused !== undefined)
  }

  return {
    /** There are choices of which they were not told here. */
    isDue: async (ctx: PortalContext, signed: Signed): Promise<boolean> =>
      !marks(ctx).includes(markOf(signed)) && hasChosen(signed),

    /** They were told, or decided it here. */
    told: (ctx: PortalContext, signed: Signed): void => {
      const own = markOf(signed)
      const value = [own, ...marks(ctx).filter((each) => each !== own)].slice(0, most).join('.')
      ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: keptFor, overwrite: true })
    },
  }
}
