import { z } from 'zod'
import { type Account, accountIdOf, type ReadAccounts, versionOf } from '../accounts/index.ts'
import { isDetailName } from '../details/index.ts'
import {
  ApiError,
  fields,
  type InScim,
  isUnchanged,
  type PathParams,
  type Route,
  type RouteContext,
  rowsOf,
} from '../http/index.ts'
import { plainText } from '../lib/plain-text.ts'
import { atCompany, type CompanyCaller } from './authorize.ts'
import { patchShape } from './patch-shape.ts'
import { pathOfField, readPatch } from './read-patch.ts'
import { scimResource } from './scim-resource.ts'
import { createWriteDetails, type WriteDeps } from './write-details.ts'

export interface AccountsApiDeps extends WriteDeps {
  accounts: ReadAccounts
}

/** Its own account, which is there. */
type AccountCaller = CompanyCaller & { account: Account }

const row = rowsOf<{ 'accounts.read': AccountCaller; 'accounts.write': AccountCaller; anyone: undefined }>()
export const accountPath = '/scim/:company/Users/:subject'
export const accountType = 'application/scim+json'
const params = atCompany.extend({ subject: fields.segment() })
const longestReason = 500
/** Checked by hand, since names ignore case and filters are read; its document says what to send. */
const patchBody = z
  .unknown()
  .transform(readPatch)
  .meta({ override: z.toJSONSchema(patchShape(Object.values(pathOfField))) as object })

/** A company's accounts, one at a time (RFC 7644 §3.4.1, §3.5.2). */
export const accountRoutes = (deps: AccountsApiDeps): Route[] => {
  const writeDetails = createWriteDetails(deps)
  return [
    row({
      method: 'GET',
      path: accountPath,
      right: 'accounts.read',
      says: 'Reads one account of the company.',
      params,
      handler: (ctx, { resource, account }) => present(ctx, resource, account),
    }),
    row({
      method: 'PATCH',
      path: accountPath,
      right: 'accounts.write',
      says: 'Changes basic details of one account; answered once they are in force there.',
      params,
      json: patchBody,
      handler: async (ctx, { company, resource, account }, { json: changes }) => {
        const reason = readReason(ctx.get('Change-Reason'))
        const circumstances = {
          guard: (seen: Account) => assertUnchanged(ctx, seen),
          ...(reason && { reason }),
        }
        present(ctx, resource, (await writeDetails(company, account._id, changes, circumstances)) ?? account)
      },
    }),
    row({
      method: 'ALL',
      path: accountPath,
      right: 'anyone',
      params,
      handler: (ctx) => {
        ctx.set('Allow', 'GET, HEAD, PATCH')
        throw new ApiError(405, undefined, 'An account here is read with GET and changed with PATCH.')
      },
    }),
    row({
      method: 'ALL',
      path: '/scim/:company/*rest',
      right: 'anyone',
      handler: () => {
        throw new ApiError(404, undefined, 'Only single accounts are served here, at /Users/{id}.')
      },
    }),
  ]
}

/** ApiError 404: there is none, or none any more. */
export const accountOfCompany = async (
  accounts: ReadAccounts,
  { company = '', subject = '' }: PathParams,
): Promise<Account> => {
  const account = await accounts.get(accountIdOf(company, subject))
  if (!account || account.status === 'void' || account.status === 'closed')
    throw new ApiError(404, undefined, 'There is no such account here.')
  return account
}

const present = (ctx: RouteContext, resource: string, account: Account): void => {
  const body = scimResource(account, resource)
  ctx.status = 200
  ctx.set('ETag', body.meta.version)
  if (ctx.method !== 'PATCH' && isUnchanged(ctx, body.meta.version)) {
    ctx.status = 304
    return
  }
  ctx.body = JSON.stringify(body)
  ctx.type = accountType
}

/** A change made from an older version is refused (RFC 7644 §3.14). */
const assertUnchanged = (ctx: RouteContext, account: Account): void => {
  const wanted = ctx.get('If-Match')
  const matches = wanted
    .split(',')
    .some((tag) => ['*', `"${versionOf(account)}"`].includes(tag.trim().replace(/^W\//, '')))
  if (wanted !== '' && !matches)
    throw new ApiError(412, undefined, `The account is at version W/"${versionOf(account)}" now: read it again.`)
}

/** What a refused change is called in the company's own terms: its attributes, not our fields. */
export const inScim: InScim = ({ code, kind, values }) => {
  const path = typeof values.field === 'string' && isDetailName(values.field) ? pathOfField[values.field] : undefined
  switch (code) {
    case 'account-stands-still':
      return { detail: 'The account is being closed or unlinked: nothing changes until its person comes back.' }
    case 'sharing-paused':
      return { detail: 'The person has paused sharing with this company: nothing changes until they resume it.' }
    case 'field-not-writable':
      return { scimType: 'mutability', detail: `${path} is not writable under this company's release policy.` }
    case 'field-not-shared':
      return { scimType: 'mutability', detail: `The person does not share ${path} with this company.` }
    case 'field-guarded':
      return {
        scimType: 'mutability',
        detail: `${path} is guarded: only the person can change it, with fresh proof.`,
      }
  }
  if (kind === 'invalid' && path) return { scimType: 'invalidValue', detail: `${path}: ${code.replaceAll('-', ' ')}.` }
  if (kind === 'too-large') return { detail: 'The body is larger than 64 KB.' }
  if (kind === 'limited') return { detail: 'Too many changes in a while. Try again after Retry-After.' }
  return undefined
}

/** Percent-encoded UTF-8, as header values carry no other text safely. */
const readReason = (header: string): string | undefined => {
  if (header === '') return undefined
  try {
    const reason = plainText(decodeURIComponent(header), longestReason)
    if ([...reason].length <= longestReason) return reason || undefined
  } catch {
    // told below, like a reason that is too long
  }
  throw new ApiError(
    400,
    'invalidValue',
    `Change-Reason is percent-encoded UTF-8 of at most ${longestReason} characters.`,
  )
}
