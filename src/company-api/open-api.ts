import { z } from 'zod'
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi'
import type { Route } from '../http/index.ts'
import { apiError, scimError, scimUser, shownCase } from './answers.ts'

/**
 * The document of the companies' APIs (OpenAPI 3.1), made of the very rows that are served and the schemas that check
 * them. Where a check takes more than its schema can say (trimmed text, names in any case), the document is the narrower.
 */
export const createOpenApi = (table: readonly Route[], issuer: string) => {
  const rows = table.filter(({ method }) => method !== 'ALL')
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const row of rows) {
    const path = row.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [row.method.toLowerCase()]: operationOf(row) }
  }
  const scopes = [...new Set(rows.map(({ right }) => right))]
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'The companies’ APIs',
      version: '1',
      description:
        'A company reads and corrects its own accounts (SCIM 2.0), and its ticket system works in cases of its support, with a client-credentials token of its own. Another company’s account is not there.',
    },
    servers: [{ url: issuer }],
    paths: paths as ZodOpenApiPathsObject,
    components: {
      securitySchemes: {
        company: {
          type: 'oauth2',
          description: 'resource names the API that the token is for',
          flows: {
            clientCredentials: {
              tokenUrl: `${issuer}/token`,
              scopes: Object.fromEntries(scopes.map((scope) => [scope, `what the operations that name ${scope} need`])),
            },
          },
        },
      },
    },
  })
}

const isScim = ({ path }: Route) => path.startsWith('/scim/')

const operationOf = (row: Route): ZodOpenApiOperationObject => {
  const { json, says = '', right } = row
  const type = isScim(row) ? 'application/scim+json' : 'application/json'
  return {
    operationId: `${row.method.toLowerCase()}${row.path.replaceAll(/[^a-zA-Z]+(\w)/g, (_all, letter) => letter.toUpperCase())}`,
    summary: says,
    security: [{ company: [right] }],
    requestParams: {
      path: z.object(Object.fromEntries([...row.path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, z.string()]))),
      ...(row.query && { query: row.query as z.ZodObject }),
      ...(isScim(row) && row.method === 'PATCH' && { header: patchHeaders }),
    },
    ...(json && { requestBody: { required: true, content: { [type]: { schema: json } } } }),
    responses: {
      [isOpening(row) ? '201' : '200']: { description: 'done', content: { [type]: { schema: answerOf(row) } } },
      default: {
        description: 'refused; 429 and 503 carry Retry-After, and Link (rel="help") leads to what the errors mean',
        content: { [type]: { schema: isScim(row) ? scimError : apiError } },
      },
    },
  }
}

const patchHeaders = z.object({
  'If-Match': z.string().optional().describe('the version that was read: nothing newer is overwritten'),
  'Change-Reason': z.string().optional().describe('percent-encoded UTF-8, 500 characters at most; the person reads it'),
})

const isOpening = ({ path }: Route) => path === '/support/:company/cases'

const answerOf = (row: Route): z.ZodType => {
  if (isScim(row)) return scimUser
  return row.path.startsWith('/support/') ? shownCase : z.looseObject({})
}
