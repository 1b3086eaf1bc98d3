import getRawBody from 'raw-body'
import { AppError, isAppError } from '../lib/errors.ts'
import { assertFewParts } from './assert-few-parts.ts'
import type { Browsers } from './browser.ts'
import type { PageContext } from './page-context.ts'
import { createUploadTurns } from './upload-turns.ts'

/** Flat texts as they were sent; what each may hold is its page's to say. */
export type Filled = Record<string, string>

const mostBytes = 64 * 1024
const mostFields = 200
/** Of the longest that a page asks for: 500 characters, in whatever spelling. What a field holds is its rule's to say. */
const longestField = 2000
/** No brackets, no dollar: a form is flat, so an operator or a path into a prototype can't even be spelled (security §6). */
const fieldName = /^[A-Za-z][\w.-]{0,99}$/
const neverAField = new Set(['constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'])

/** Reads a form of ours: its shape first, then whether this browser was given it. */
export const createReadForm =
  (browsers: Browsers) =>
  async (ctx: PageContext): Promise<Filled> => {
    if (!ctx.is('application/x-www-form-urlencoded')) ctx.throw(415)
    return ownForm(browsers, ctx, fieldsOf(await bodyOf(ctx)))
  }

/** A page of ours sent it in this browser, and only its token is not, or no more, this browser's (R7). */
export class TokenRefused extends AppError {
  readonly filled: Filled
  constructor({ code, detail }: AppError, filled: Filled) {
    super('forbidden', code, detail === undefined ? {} : { detail })
    this.filled = filled
  }
}

const ownForm = (browsers: Browsers, ctx: PageContext, { csrf, ...filled }: Filled): Filled => {
  try {
    ctx.page.sentBy = browsers.requireFormToken(ctx as never, csrf)
    return filled
  } catch (error) {
    throw isAppError(error, 'csrf') && browsers.isFromHere(ctx as never) ? new TokenRefused(error, filled) : error
  }
}

/** A file as it was sent with a form; nothing of it is believed yet. */
export interface SentFile {
  name: string
  bytes: Uint8Array
}

/** What a form may carry beside its fields. */
export const mostFiles = { count: 5, bytes: 10 * 1024 * 1024 }
/** Such a form is read whole before anything is judged, in turns. */
const mostWithFiles = mostFiles.bytes + mostBytes
/** One for the process: a new configuration makes no more places. */
const inTurn = createUploadTurns()

/** AppError `too-many-files` (invalid), at the field `file`. */
export const assertFewFiles = ({ length }: readonly SentFile[]): void => {
  const { count: most } = mostFiles
  if (length > most) throw new AppError('invalid', 'too-many-files', { values: { field: 'file', most } })
}

/**
 * The same for a form with files (`multipart/form-data`), by the platform's own parser; a form without any may be sent as
 * every other. AppErrors of `readForm`, `busy` (unavailable), `files-too-large` (too-large), which comes before the token is
 * read: what another site sends is refused before that.
 */
export const createReadFormWithFiles =
  (browsers: Browsers) =>
  async (ctx: PageContext): Promise<{ filled: Filled; files: SentFile[] }> => {
    if (!ctx.is('multipart/form-data')) return { filled: await createReadForm(browsers)(ctx), files: [] }
    browsers.refuseForeign(ctx as never)
    return inTurn(async () => {
      const { fields, files } = await partsOf(ctx)
      return { filled: ownForm(browsers, ctx, fields), files }
    })
  }

const partsOf = async (ctx: PageContext): Promise<{ fields: Filled; files: SentFile[] }> => {
  const sent = await formDataOf(ctx)
  const fields: Filled = {}
  const files: SentFile[] = []
  let parts = 0
  for (const [name, value] of sent) {
    parts += 1
    if (parts > mostFields) throw new AppError('invalid', 'form-malformed', { detail: 'too many fields' })
    if (typeof value === 'string') takeField(fields, name, value)
    // A browser sends an empty file where none was chosen.
    else if (value.name !== '' || value.size > 0) files.push({ name: value.name, bytes: await value.bytes() })
  }
  return { fields, files }
}

const formDataOf = async (ctx: PageContext): Promise<FormData> => {
  const tooLarge = () => new AppError('too-large', 'files-too-large', { values: { field: 'file' } })
  const body = await bytesOf(ctx, mostWithFiles, tooLarge)
  assertFewParts(body, ctx.get('content-type'), mostFields)
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': ctx.get('content-type') } }).formData()
  } catch (error) {
    throw new AppError('invalid', 'form-malformed', { cause: error })
  }
}

const bodyOf = async (ctx: PageContext): Promise<string> => (await bytesOf(ctx, mostBytes)).toString('utf8')

const formTooLarge = () => new AppError('too-large', 'form-too-large')

const bytesOf = async (ctx: PageContext, limit: number, tooLarge = formTooLarge): Promise<Buffer> => {
  const length = Number(ctx.get('content-length') || 0)
  if (length > limit) throw tooLarge()
  try {
    return await getRawBody(ctx.req, { limit })
  } catch (error) {
    const { type } = error as { type?: string }
    if (type === 'entity.too.large') throw tooLarge()
    throw new AppError('invalid', 'form-malformed', { cause: error })
  }
}

const fieldsOf = (body: string): Filled => {
  const fields: Filled = {}
  const parts = body.split('&').filter((part) => part !== '')
  if (parts.length > mostFields) throw new AppError('invalid', 'form-malformed', { detail: 'too many fields' })
  for (const part of parts) {
    const at = part.indexOf('=')
    const name = decoded(at < 0 ? part : part.slice(0, at))
    const value = at < 0 ? '' : decoded(part.slice(at + 1))
    takeField(fields, name, value)
  }
  return fields
}

const takeField = (fields: Filled, name: string, value: string): void => {
  if (!fieldName.test(name) || neverAField.has(name) || Object.hasOwn(fields, name) || value.includes('\0'))
    throw new AppError('invalid', 'form-malformed', { detail: 'a field that no form of ours has' })
  // A browser sends two characters for the end of a line, and counts one where a field says how many it holds (H42).
  const text = value.length > 2 * longestField ? value : value.replaceAll('\r\n', '\n')
  if (text.length > longestField) throw new AppError('invalid', 'field-too-long', { detail: name })
  fields[name] = text
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw new AppError('invalid', 'form-malformed', { cause: error })
  }
}
