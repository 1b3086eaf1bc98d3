import { type Config, settingsOf } from '../config/index.ts'
import type { DetailName } from '../details/index.ts'
import { mount, type Route, rowsOf } from '../http/index.ts'
import { documentedRefusals } from '../oidc/index.ts'
import { clientSchema } from '../services/index.ts'
import { examplesFor } from './examples.ts'
import { type OpenApi, operationsOf } from './operations.ts'
import { recipesFor } from './recipes.ts'
import { vocabularyOf } from './vocabulary.ts'

export interface DevelopersDeps {
  config: Config
  /** Of each basic detail, as a company's PATCH names it. */
  scimPaths: Readonly<Record<DetailName, string>>
  /** The document of the companies' APIs. */
  openApi: () => OpenApi
}

const row = rowsOf<{ anyone: undefined }>()

/** What a company's API answers instead; the sentence of each is in `developers.api-errors`. */
const apiErrors = ['401', '403', '403-mutability', '400', '404', '409', '412', '413', '415', '429', '503'] as const

export const createDevelopers = ({ config, scimPaths, openApi }: DevelopersDeps) => {
  const { issuer, production, group } = config
  const [company = 'your-company'] = production ? [] : group.companies.keys()
  const page = {
    issuer,
    isDevelopment: !production,
    company,
    examples: examplesFor({ issuer, company, isDevelopment: !production }),
    recipes: recipesFor(issuer),
    settings: settingsOf(clientSchema.shape),
    refusals: documentedRefusals(issuer),
    apiErrors,
    vocabulary: vocabularyOf(scimPaths),
  }
  const table: Route[] = [
    row({
      method: 'GET',
      path: '/developers',
      right: 'anyone',
      handler: (ctx) => ctx.render('developers/page', page),
    }),
    row({
      method: 'GET',
      path: '/developers/api',
      right: 'anyone',
      handler: (ctx) => ctx.render('developers/api', { operations: operationsOf(openApi()) }),
    }),
    row({
      method: 'GET',
      path: '/developers/openapi.json',
      right: 'anyone',
      handler: (ctx) => {
        ctx.body = openApi()
      },
    }),
  ]
  return { table, middleware: mount(table, { enter: (_right, _ctx, goOn) => goOn(undefined as never) }) }
}
