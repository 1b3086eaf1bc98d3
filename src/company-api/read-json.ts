import getRawBody from 'raw-body'
import { ApiError, type RouteContext } from '../http/index.ts'

const longestBody = '64kb'
/** Of the longest that any attribute takes: 500 characters, in whatever spelling (H3). */
const longestText = 2000
/** A PATCH of ours nests four deep; what goes deeper is nobody's, and would be walked by recursion (H22). */
const deepest = 16

/** The body as JSON; whatever stands against that is told as it is. */
export const jsonBody = async (ctx: RouteContext): Promise<unknown> => {
  if (!ctx.is('application/scim+json', 'application/json'))
    throw new ApiError(415, undefined, 'Send application/scim+json or application/json.')
  const text = await getRawBody(ctx.req, { limit: longestBody, length: ctx.request.length, encoding: 'utf8' }).catch(
    (error: { type?: string }) => {
      if (error.type === 'entity.too.large') throw new ApiError(413, undefined, 'The body is larger than 64 KB.')
      throw new ApiError(400, 'invalidSyntax', 'The body could not be read.')
    },
  )
  return jsonOf(text)
}

/** Of a text that is no longer than a body may be. ApiError: it is no JSON, or goes deeper or further than is taken here. */
export const jsonOf = (text: string): unknown => {
  const body = parsed(text)
  measure(body)
  return body
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    throw new ApiError(400, 'invalidSyntax', 'The body is not JSON.')
  }
}

/** Before anybody touches it: how deep it goes, how long each name and text in it is, and that each is text. */
const measure = (body: unknown): void => {
  const left: { value: unknown; name: string; depth: number }[] = [{ value: body, name: 'The body', depth: 0 }]
  for (let each = left.pop(); each; each = left.pop()) {
    const { value, name, depth } = each
    if (depth > deepest) throw new ApiError(400, 'invalidSyntax', `The body nests deeper than ${deepest} levels.`)
    if (typeof value === 'string') assertText(value, name)
    if (typeof value !== 'object' || value === null) continue
    for (const [key, part] of Object.entries(value)) {
      assertText(key, 'A name')
      left.push({ value: part, name: key, depth: depth + 1 })
    }
  }
}

const tooLong = (name: string) =>
  new ApiError(400, 'invalidValue', `${name} is longer than anything that is taken here (${longestText}).`)

/** JSON can write half a character, which no address, no key and no file can (RFC 8259 §8.2). */
const assertText = (value: string, name: string): void => {
  if (value.length > longestText) throw tooLong(name)
  if (!value.isWellFormed()) throw new ApiError(400, 'invalidValue', `${name} has half a character in it.`)
}
