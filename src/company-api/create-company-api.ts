import { ApiError, answerInJson, answerInScim, mount, type PageMiddleware } from '../http/index.ts'
import type { Translations } from '../i18n/index.ts'
import type { Log } from '../lib/log.ts'
import { type AuthorizeDeps, createAuthorize } from './authorize.ts'
import { type AccountsApiDeps, accountOfCompany, accountRoutes, inScim } from './company-routes.ts'
import { jsonBody } from './read-json.ts'
import { type SupportApiDeps, supportRoutes } from './support-routes.ts'

export interface CompanyApiDeps extends AccountsApiDeps, AuthorizeDeps, SupportApiDeps {
  /** What the console tells an agent is told to a ticket system too, in English. */
  words: Translations
  log: Log
}

/** The APIs of a company's register, in SCIM, and of its ticket system, in plain JSON. */
export const createCompanyApi = (deps: CompanyApiDeps) => {
  const authorized = createAuthorize(deps)
  const [accounts, support] = [accountRoutes(deps), supportRoutes(deps)]
  return {
    table: [...accounts, ...support],
    middleware: [
      mount(accounts, {
        around: answerInScim(deps, inScim),
        enter: async (right, ctx, goOn) => {
          if (right === 'anyone') return goOn(undefined as never)
          const caller = await authorized(ctx, ctx.params, right)
          await goOn({ ...caller, account: await accountOfCompany(deps.accounts, ctx.params) } as never)
        },
        readJson: jsonBody,
      }),
      mount(support, {
        around: answerInJson(deps),
        enter: async (right, ctx, goOn) =>
          goOn((right === 'anyone' ? undefined : await authorized(ctx, ctx.params, right)) as never),
        readJson: jsonBody,
        refuseJson: (issue) => {
          const field = issue?.path.join('.') || (issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined)
          const detail = `${field ?? 'The body'}: ${issue?.message ?? 'not as it should be'}.`
          return new ApiError(400, undefined, detail, { code: 'invalid-body', field, saw: field ?? 'the body' })
        },
      }),
    ] satisfies PageMiddleware[],
  }
}
