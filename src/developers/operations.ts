/** What this page reads of a document in OpenAPI 3.1. */
export interface OpenApi {
  paths?: Record<string, object>
}

interface Documented {
  summary?: string
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string; required?: boolean; description?: string }[]
  requestBody?: { content: Record<string, { schema: unknown }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>
}

/** One operation as it is read: everything in words or in JSON, nothing to unfold. */
export interface Operation {
  id: string
  method: string
  path: string
  summary: string
  scope: string
  parameters: { name: string; where: string; isRequired: boolean; what: string }[]
  body?: string
  answers: { status: string; what: string; schema: string }[]
}

export const operationsOf = ({ paths = {} }: OpenApi): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, documented]) => operationOf(method, path, documented as Documented)),
  )

const operationOf = (method: string, path: string, documented: Documented): Operation => {
  const { summary = '', security = [], parameters = [], requestBody, responses } = documented
  const body = schemaIn(requestBody?.content)
  return {
    id: `${method}-${path.replaceAll(/[^a-zA-Z]+/g, '-')}`.replace(/-$/, ''),
    method: method.toUpperCase(),
    path,
    summary,
    scope: security.flatMap((each) => Object.values(each).flat()).join(' '),
    parameters: parameters.map(({ name, in: where, required = false, description = '' }) => ({
      name,
      where,
      isRequired: required,
      what: description,
    })),
    ...(body && { body }),
    answers: Object.entries(responses).map(([status, { description, content }]) => ({
      status,
      what: description,
      schema: schemaIn(content) ?? '',
    })),
  }
}

const schemaIn = (content: Record<string, { schema: unknown }> | undefined): string | undefined => {
  const [first] = Object.values(content ?? {})
  return first && JSON.stringify(first.schema, undefined, 2)
}
