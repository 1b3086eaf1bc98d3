import { isOver, type WaitingCode } from '../credentials/index.ts'
import type { Problems } from '../http/index.ts'
import { AppError, unless } from '../lib/errors.ts'
import type { PortalContext } from './portal-tools.ts'

/** The handle that this browser keeps in a cookie. AppError `code-expired` (gone) when it keeps none. */
export const handleIn = (ctx: PortalContext, cookie: string): string => {
  const handle = ctx.cookies.get(cookie)
  if (!handle) throw new AppError('gone', 'code-expired')
  return handle
}

/** What `/parts/code` shows: `path` takes the code, and `path/send-again` asks for another. */
export const codeOf = async (
  ctx: PortalContext,
  cookie: string,
  { path, waiting, sent = false }: { path: string; waiting: (handle: string) => Promise<WaitingCode>; sent?: boolean },
): Promise<Partial<WaitingCode> & { action: string; again: string; sent: boolean; isOver: boolean }> => {
  const known = await waitingIn(ctx, cookie, waiting)
  return { ...known, isOver: isOver(known), action: path, again: `${path}/send-again`, sent }
}

/** What this browser waits for; undefined when that is nothing any more. */
export const waitingIn = async <Known>(
  ctx: PortalContext,
  cookie: string,
  look: (handle: string) => Promise<Known>,
): Promise<Known | undefined> => {
  // Most wait for nothing: that is no error, whose trace of calls would have to be written.
  const handle = ctx.cookies.get(cookie)
  if (!handle) return undefined
  return unless(
    'code-expired',
    () => look(handle),
    () => undefined,
  )
}

/** What a code page is shown with: that another is on its way, or what is wrong. */
export interface CodeShown {
  sent?: boolean
  problems?: Problems
}

/** The one field of such a page is the code, whatever was wrong with what it proves. */
export const atTheCode = ({ problems }: { problems: Problems }): CodeShown => {
  const [problem] = Object.values(problems)
  return problem ? { problems: { code: problem } } : {}
}
