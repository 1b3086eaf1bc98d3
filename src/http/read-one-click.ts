import getRawBody from 'raw-body'
import { AppError } from '../lib/errors.ts'
import type { PageContext } from './page-context.ts'
import type { Filled } from './read-form.ts'

const mostBytes = 4096
const name = 'List-Unsubscribe'
/** The one part of a form that has but this: its header, an empty line, its value, up to the line that ends it. */
const part = /\r?\n\r?\n([^\r\n]{0,100})\r?\n--/
const disposition = /^content-disposition:[^\r\n]{0,100}name="?List-Unsubscribe"?/im

/**
 * The body of a one-click unsubscribe, which a mail service sends without a cookie of ours and in either form (RFC 8058
 * §3.2): read by hand, since its own multipart example is refused by parsers. What else is in it is not read.
 */
export const readOneClick = async (ctx: PageContext): Promise<Filled> => {
  const kind = ctx.is('application/x-www-form-urlencoded', 'multipart/form-data')
  if (!kind) ctx.throw(415)
  const body = await getRawBody(ctx.req, { limit: mostBytes, encoding: 'utf8' }).catch((error: { type?: string }) => {
    if (error.type === 'entity.too.large') throw new AppError('too-large', 'form-too-large')
    throw new AppError('invalid', 'form-malformed', { cause: error })
  })
  const value =
    kind === 'multipart/form-data'
      ? disposition.test(body)
        ? part.exec(body)?.[1]
        : undefined
      : new URLSearchParams(body).get(name)
  return value ? { [name]: value.trim() } : {}
}
