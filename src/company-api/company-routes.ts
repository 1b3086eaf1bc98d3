import Router from '@koa/router'
import type { Context, Next } from 'koa'
import { type Account, type AccountsStore, accountIdOf, versionOf } from '../accounts/index.ts'
import { isDetailName } from '../details/index.ts'
import { exactPaths, logRefusal } from '../http/index.ts'
import { type AppError, isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { plainText } from '../lib/plain-text.ts'
import type { CompanyApi } from '../services/index.ts'
import { type AuthorizeDeps, createAuthorize } from './authorize.ts'
import { jsonBody } from './read-json.ts'
import { pathOfField, readPatch, ScimError } from './read-patch.ts'
import { errorSchema, scimResource } from './scim-resource.ts'
import { addSupport, type SupportApiDeps } from './support-routes.ts'
import { createWriteDetails, type WriteDeps } from './write-details.ts'

export interface CompanyApiDeps extends WriteDeps, AuthorizeDeps, SupportApiDeps {
  accounts: AccountsStore
  apis: ReadonlyMap<string, CompanyApi>
  log: Log
}

const longestReason = 500
const ruleOfStatus: Record<number, string> = {
  401: 'company-token',
  403: 'token-scope',
  404: 'not-found',
  405: 'method-not-allowed',
  412: 'unchanged-since',
  413: 'too-large',
  415: 'unsupported-type',
}

export const createCompanyApi = (deps: CompanyApiDeps) => {
  const router = new Router({ prefix: '/scim/:company', ...exactPaths })
  const authorized = createAuthorize(deps)
  const writeDetails = createWriteDetails(deps)
  const support = new Router({ prefix: '/support/:company', ...exactPaths })
  addSupport(support, authorized, deps)

  router.use(answerInScim(deps.log))
  router.get('/Users/:subject', async (ctx) => {
    const { resource } = await authorized(ctx, ctx.params, 'accounts.read')
    present(ctx, resource, await ownAccount(ctx.params))
  })
  router.patch('/Users/:subject', async (ctx) => {
    const { company, resource } = await authorized(ctx, ctx.params, 'accounts.write')
    const account = await ownAccount(ctx.params)
    const changes = readPatch(await jsonBody(ctx))
    const reason = readReason(ctx.get('Change-Reason'))
    const circumstances = {
      guard: (seen: Account) => assertUnchanged(ctx, seen),
      ...(reason && { reason }),
    }
    present(ctx, resource, (await writeDetails(company, account._id, changes, circumstances)) ?? account)
  })
  router.all('/Users/:subject', async (ctx) => {
    ctx.set('Allow', 'GET, HEAD, PATCH')
    throw new ScimError(405, undefined, 'An account here is read with GET and changed with PATCH.')
  })
  router.all('/*rest', async () => {
    throw new ScimError(404, undefined, 'Only single accounts are served here, at /Users/{id}.')
  })

  const ownAccount = async (params: Record<string, string>): Promise<Account> => {
    const account = await deps.accounts.get(accountIdOf(params.company ?? '', params.subject ?? ''))
    if (!account || account.status === 'void' || account.status === 'closed')
      throw new ScimError(404, undefined, 'There is no such account here.')
    return account
  }

  return { routes: () => [router.routes(), support.routes()] as const }
}

const present = (ctx: Context, resource: string, account: Account): void => {
  const body = scimResource(account, resource)
  ctx.status = 200
  ctx.set('ETag', body.meta.version)
  ctx.body = JSON.stringify(body)
  ctx.type = 'application/scim+json'
}

/** A change made from an older version is refused (RFC 7644 §3.14). */
const assertUnchanged = (ctx: Context, account: Account): void => {
  const wanted = ctx.get('If-Match')
  const matches = wanted
    .split(',')
    .some((tag) => ['*', `"${versionOf(account)}"`].includes(tag.trim().replace(/^W\//, '')))
  if (wanted !== '' && !matches)
    throw new ScimError(412, undefined, `The account is at version W/"${versionOf(account)}" now: read it again.`)
}

/** Every failure in SCIM's own form (RFC 7644 §3.12). */
const answerInScim = (log: Log) => async (ctx: Context, next: Next) => {
  ctx.set('Cache-Control', 'no-store')
  try {
    await next()
  } catch (error) {
    const refusal = error instanceof ScimError ? error : isAppError(error) ? refusalOf(error) : undefined
    if (refusal) logRefusal(log, ctx, { rule: ruleOf(error, refusal), saw: refusal.saw })
    else log.error({ request: ctx.state.requestId, error }, 'a company call failed')
    if (isAppError(error) && ['limited', 'unavailable'].includes(error.kind))
      ctx.set('Retry-After', String(error.values.seconds ?? 60 * Number(error.values.minutes ?? 1)))
    const { status, scimType, message } =
      refusal ?? new ScimError(500, undefined, 'Something failed here. Nothing was changed; try again.')
    ctx.status = status
    ctx.body = JSON.stringify({
      schemas: [errorSchema],
      status: String(status),
      ...(scimType && { scimType }),
      detail: message,
    })
    ctx.type = 'application/scim+json'
  }
}

const ruleOf = (error: unknown, { scimType, status }: ScimError): string =>
  isAppError(error) ? error.code : (scimType ?? ruleOfStatus[status] ?? 'refused')

const refusalOf = ({ code, kind, values }: AppError): ScimError | undefined => {
  const path = typeof values.field === 'string' && isDetailName(values.field) ? pathOfField[values.field] : undefined
  switch (code) {
    case 'account-stands-still':
      return new ScimError(
        409,
        undefined,
        'The account is being closed or unlinked: nothing changes until its person comes back.',
      )
    case 'field-not-writable':
      return new ScimError(403, 'mutability', `${path} is not writable under this company's release policy.`)
    case 'field-guarded':
      return new ScimError(409, 'mutability', `${path} is guarded: only the person can change it, with fresh proof.`)
  }
  if (kind === 'invalid' && path) return new ScimError(400, 'invalidValue', `${path}: ${code.replaceAll('-', ' ')}.`)
  if (kind === 'too-large') return new ScimError(413, undefined, 'The body is larger than 64 KB.')
  if (kind === 'limited')
    return new ScimError(429, undefined, 'Too many changes in a while. Try again after Retry-After.')
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
  throw new ScimError(
    400,
    'invalidValue',
    `Change-Reason is percent-encoded UTF-8 of at most ${longestReason} characters.`,
  )
}
