import getRawBody from 'raw-body'
import { AppError } from '../lib/errors.ts'
import type { Browsers } from './browser.ts'
import type { PageContext } from './page-context.ts'

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
    const length = Number(ctx.get('content-length') || 0)
    if (length > mostBytes) throw new AppError('too-large', 'form-too-large')
    const { csrf, ...filled } = fieldsOf(await bodyOf(ctx))
    browsers.requireFormToken(ctx as never, csrf)
    return filled
  }

const bodyOf = async (ctx: PageContext): Promise<string> => {
  try {
    return await getRawBody(ctx.req, { limit: mostBytes, encoding: 'utf8' })
  } catch (error) {
    const { type } = error as { type?: string }
    if (type === 'entity.too.large') throw new AppError('too-large', 'form-too-large')
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
    if (!fieldName.test(name) || neverAField.has(name) || Object.hasOwn(fields, name) || value.includes('\0'))
      throw new AppError('invalid', 'form-malformed', { detail: 'a field that no form of ours has' })
    if (value.length > longestField) throw new AppError('invalid', 'field-too-long', { detail: name })
    fields[name] = value.replaceAll('\r\n', '\n')
  }
  return fields
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch (error) {
    throw new AppError('invalid', 'form-malformed', { cause: error })
  }
}
