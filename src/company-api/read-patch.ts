import type { DetailName } from '../details/index.ts'
import { coreSchema, detailsSchema, patchSchema } from './scim-resource.ts'

interface FieldChange {
  field: DetailName
  value: string | null
  /** The attribute as the company knows it, for what it is told. */
  path: string
}

/** A request that is refused as a whole (RFC 7644 §3.12); nothing of it is done. */
export class ScimError extends Error {
  readonly status: number
  readonly scimType: string | undefined
  constructor(status: number, scimType: string | undefined, detail: string) {
    super(detail)
    this.status = status
    this.scimType = scimType
  }
}

const fieldOfPath: Record<string, DetailName> = {
  'name.givenName': 'givenName',
  'name.familyName': 'familyName',
  'emails.value': 'email',
  'phoneNumbers.value': 'phone',
  'addresses.streetAddress': 'street',
  'addresses.locality': 'city',
  'addresses.region': 'region',
  'addresses.postalCode': 'postalCode',
  'addresses.country': 'country',
  [`${detailsSchema}:birthDate`]: 'birthDate',
}
export const pathOfField = Object.fromEntries(
  Object.entries(fieldOfPath).map(([path, field]) => [field, path]),
) as Record<DetailName, string>

const plural = ['emails', 'phoneNumbers', 'addresses']
/** What a company may send back as it read it; it says nothing about basic details. */
const carriesNothing = ['type', 'primary', 'formatted', 'display']

/**
 * Reads a PATCH (RFC 7644 §3.5.2) into changes of basic details, the last one of a field counting. Pure; touches only
 * attributes it knows, so that no name from outside ever becomes a path in the store. Throws ScimError 400.
 */
export const readPatch = (body: unknown): FieldChange[] => {
  if (!isObject(body)) throw new ScimError(400, 'invalidSyntax', 'The body is not a JSON object.')
  if (!Array.isArray(body.schemas) || !body.schemas.includes(patchSchema))
    throw new ScimError(400, 'invalidSyntax', `schemas must name ${patchSchema}.`)
  const operations = body.Operations
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > 50)
    throw new ScimError(400, 'invalidSyntax', 'Operations must be an array of 1 to 50 operations.')
  const changes = new Map<DetailName, FieldChange>()
  for (const operation of operations) for (const change of readOperation(operation)) changes.set(change.field, change)
  return [...changes.values()]
}

const readOperation = (operation: unknown): FieldChange[] => {
  if (!isObject(operation)) throw new ScimError(400, 'invalidSyntax', 'An operation is not a JSON object.')
  const op = typeof operation.op === 'string' ? operation.op.toLowerCase() : ''
  if (!['add', 'replace', 'remove'].includes(op))
    throw new ScimError(400, 'invalidSyntax', 'op must be add, replace or remove.')
  const { path } = operation
  if (path !== undefined && typeof path !== 'string') throw new ScimError(400, 'invalidPath', 'path must be a string.')
  if (op === 'remove') {
    if (!path) throw new ScimError(400, 'noTarget', 'remove needs a path.')
    return fieldsUnder(path).map((field) => ({ field, value: null, path: pathOfField[field] }))
  }
  if (operation.value === undefined) throw new ScimError(400, 'invalidValue', `${op} needs a value.`)
  return readValue(path ? canonical(path) : '', operation.value)
}

const readValue = (path: string, value: unknown): FieldChange[] => {
  const field = fieldOfPath[path]
  if (field) {
    if (value !== null && typeof value !== 'string')
      throw new ScimError(400, 'invalidValue', `${path} must be a string or null.`)
    return [{ field, value, path }]
  }
  if (plural.includes(path)) return readPlural(path, value)
  if (path !== '' && path !== 'name' && path !== detailsSchema) throw unknownPath(path)
  if (!isObject(value)) throw new ScimError(400, 'invalidValue', `${path || 'value'} must be an object.`)
  return Object.entries(value).flatMap(([name, part]) => {
    if (path === '' && name === 'schemas') return []
    if (path === 'name' && carriesNothing.includes(name)) return []
    return readValue(under(path, name), part)
  })
}

const readPlural = (path: string, value: unknown): FieldChange[] => {
  const values = Array.isArray(value) ? value : [value]
  if (values.length === 0) return fieldsUnder(path).map((field) => ({ field, value: null, path: pathOfField[field] }))
  const [only] = values
  if (values.length > 1 || !isObject(only))
    throw new ScimError(400, 'invalidValue', `${path} holds exactly one value, an object.`)
  return Object.entries(only).flatMap(([name, part]) =>
    carriesNothing.includes(name) ? [] : readValue(`${path}.${name}`, part),
  )
}

const fieldsUnder = (path: string): DetailName[] => {
  const whole = canonical(path)
  const fields = Object.entries(fieldOfPath)
    .filter(([known]) => known === whole || known.startsWith(`${whole}.`) || known.startsWith(`${whole}:`))
    .map(([, field]) => field)
  if (fields.length === 0) throw unknownPath(path)
  return fields
}

const under = (path: string, name: string): string => {
  if (path === '') return canonical(name)
  return path === detailsSchema ? `${path}:${name}` : `${path}.${name}`
}

/** The core schema's address may stand before an attribute's name; names themselves ignore case (RFC 7643 §2.1). */
const canonical = (path: string): string => {
  const bare = path.toLowerCase().startsWith(`${coreSchema.toLowerCase()}:`) ? path.slice(coreSchema.length + 1) : path
  const known = [...Object.keys(fieldOfPath), ...plural, 'name', detailsSchema]
  return known.find((name) => name.toLowerCase() === bare.toLowerCase()) ?? bare
}

const unknownPath = (path: string) =>
  new ScimError(400, 'invalidPath', `${path.slice(0, 120)} is no attribute that can be changed here.`)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
