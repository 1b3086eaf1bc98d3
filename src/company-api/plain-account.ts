import type { IncomingMessage } from 'node:http'
import type { PathParams, PlainAnswer, Plainly } from '../http/index.ts'
import { asksPlainly, shownBy } from './asks-plainly.ts'
import type { createAuthorize } from './authorize.ts'
import { type AccountsApiDeps, accountOfCompany, accountPath, accountType } from './company-routes.ts'
import { scimResource } from './scim-resource.ts'

interface PlainAccountDeps extends Pick<AccountsApiDeps, 'accounts'> {
  authorized: ReturnType<typeof createAuthorize>
}

const address = /^\/scim\/([a-z\d-]{1,100})\/Users\/([\w-]{1,100})$/

/** Of a GET at exactly this address, whatever its version; undefined for every other. */
const askedBy = (request: IncomingMessage): PathParams | undefined => {
  const { method, url = '', headers } = request
  const [, company, subject] = (method === 'GET' && address.exec(url)) || []
  const isOfAnyVersion = headers['if-none-match'] === undefined && headers['content-length'] === undefined
  return company && subject && isOfAnyVersion && asksPlainly(request) ? { company, subject } : undefined
}

/**
 * One account as its company reads it, without a context, a router and a page, by the functions of its row. It says no to
 * nobody: whatever is not plainly good is handed on untouched, and refused by the row.
 */
export const createPlainAccount = ({ accounts, authorized }: PlainAccountDeps): Plainly => {
  const answered = async (request: IncomingMessage, params: PathParams): Promise<PlainAnswer> => {
    const { resource } = await authorized(shownBy(request), params, 'accounts.read')
    const body = scimResource(await accountOfCompany(accounts, params), resource)
    return { headers: { ETag: body.meta.version, 'Content-Type': accountType }, body, pattern: accountPath }
  }
  return (request) => {
    const params = askedBy(request)
    return params && answered(request, params).catch(() => undefined)
  }
}
