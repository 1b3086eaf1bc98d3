import type { Context } from 'koa'
import getRawBody from 'raw-body'
import { ScimError } from './read-patch.ts'

const longestBody = '64kb'

/** The body as JSON; whatever stands against that is told as it is. */
export const jsonBody = async (ctx: Context): Promise<unknown> => {
  if (!ctx.is('application/scim+json', 'application/json'))
    throw new ScimError(415, undefined, 'Send application/scim+json or application/json.')
  const text = await getRawBody(ctx.req, { limit: longestBody, length: ctx.request.length, encoding: 'utf8' }).catch(
    (error: { type?: string }) => {
      if (error.type === 'entity.too.large') throw new ScimError(413, undefined, 'The body is larger than 64 KB.')
      throw new ScimError(400, 'invalidSyntax', 'The body could not be read.')
    },
  )
  try {
    return JSON.parse(text)
  } catch {
    throw new ScimError(400, 'invalidSyntax', 'The body is not JSON.')
  }
}
