import type { WaitingCode } from '../credentials/index.ts'
import { type Problems, problemsOf } from '../http/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
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
  { path, waiting }: { path: string; waiting: (handle: string) => Promise<WaitingCode> },
): Promise<Partial<WaitingCode> & { action: string; again: string; sent: boolean }> => {
  const sent = ctx.method === 'GET' && ctx.query.sent !== undefined
  return { ...(await waitingIn(ctx, cookie, waiting)), action: path, again: `${path}/send-again`, sent }
}

/** What this browser waits for; undefined when that is nothing any more. */
export const waitingIn = async <Known>(
  ctx: PortalContext,
  cookie: string,
  look: (handle: string) => Promise<Known>,
): Promise<Known | undefined> => {
  try {
    return await look(handleIn(ctx, cookie))
  } catch (error) {
    if (isAppError(error, 'code-expired')) return undefined
    throw error
  }
}

/** Why another code was not sent, as far as its page can say it; a limit is the error page's. */
export const problemsOfSending = async (send: () => Promise<void>): Promise<Problems | undefined> => {
  try {
    await send()
    return undefined
  } catch (error) {
    const problems = problemsOf(error)
    if (!problems) throw error
    return problems
  }
}
