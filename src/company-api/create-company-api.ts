import type { z } from 'zod'
import { ApiError, answerInJson, answerInScim, mount, type PageMiddleware, type Plainly } from '../http/index.ts'
import type { Translations } from '../i18n/index.ts'
import type { Log } from '../lib/log.ts'
import { audienceAddresses, scimResource } from '../services/index.ts'
import { type AudienceApiDeps, audienceRoutes, type Begun } from './audience-routes.ts'
import { type AuthorizeDeps, createAuthorize } from './authorize.ts'
import { type AccountsApiDeps, accountOfCompany, accountRoutes, inScim } from './company-routes.ts'
import { createOpenApi } from './open-api.ts'
import { createPlainAccount } from './plain-account.ts'
import { createPlainEvaluation } from './plain-evaluation.ts'
import { jsonBody } from './read-json.ts'
import { pathOfField } from './read-patch.ts'
import { type SupportApiDeps, supportRoutes } from './support-routes.ts'

export interface CompanyApiDeps extends AccountsApiDeps, AudienceApiDeps, AuthorizeDeps, SupportApiDeps {
  /** What the console tells an agent is told to a ticket system too, in English. */
  words: Translations
  log: Log
  config: { plainLane: boolean }
}

/** The APIs of a company's register, in SCIM, and of its ticket system, in plain JSON. */
export const createCompanyApi = (deps: CompanyApiDeps) => {
  const authorized = createAuthorize(deps, (issuer, company) => [scimResource(issuer, company)])
  const audienceAuthorized = createAuthorize(deps, (...of) => Object.values(audienceAddresses(...of)))
  const begun: Begun = new WeakMap()
  const [accounts, support, audience] = [accountRoutes(deps), supportRoutes(deps), audienceRoutes(deps, begun)]
  const table = [...accounts, ...support, ...audience]
  const plainAccount = createPlainAccount({ accounts: deps.accounts, authorized })
  const plainEvaluation = createPlainEvaluation({ audience: deps.audience, authorized: audienceAuthorized, begun })
  const plainly: Plainly = (request) => plainAccount(request) ?? plainEvaluation(request)
  return {
    table,
    /** OpenAPI 3.1; made when somebody asks for it. */
    document: () => createOpenApi(table, deps.issuer),
    /** What is plainly good is answered by it before all that a page needs, in the same words. */
    plainly: deps.config.plainLane ? plainly : () => undefined,
    /** Of each basic detail, as a PATCH names it. */
    paths: pathOfField,
    middleware: [
      mount(accounts, {
        around: answerInScim(deps, inScim),
        enter: async (right, ctx, goOn, params) => {
          if (right === 'anyone') return goOn(undefined as never)
          const caller = await authorized(ctx, params, right)
          await goOn({ ...caller, account: await accountOfCompany(deps.accounts, params) } as never)
        },
        readJson: jsonBody,
      }),
      mount(support, {
        around: answerInJson(deps),
        enter: async (right, ctx, goOn, params) =>
          goOn((right === 'anyone' ? undefined : await authorized(ctx, params, right)) as never),
        readJson: jsonBody,
        refuseJson,
      }),
      mount(audience, {
        around: answerInJson(deps),
        enter: async (right, ctx, goOn, params) =>
          goOn((right === 'anyone' ? undefined : await audienceAuthorized(ctx, params, right)) as never),
        readJson: jsonBody,
        refuseJson,
      }),
    ] satisfies PageMiddleware[],
  }
}

const refuseJson = (issue: z.core.$ZodIssue | undefined): ApiError => {
  const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined)
  const detail = `${field ?? 'The body'}: ${issue?.message ?? 'not as it should be'}.`
  return new ApiError(400, undefined, detail, { code: 'invalid-body', field, saw: field ?? 'the body' })
}
