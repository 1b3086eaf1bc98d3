import type { DetailName } from '../details/index.ts'
import { ApiError } from '../http/index.ts'
import { coreSchema, detailsSchema, patchSchema } from './scim-resource.ts'

interface FieldChange {
  field: DetailName
  value: string | null
  /** The attribute as the company knows it, for what it is told. */
  path: string
}

const fieldOfPath = new Map<string, DetailName>([
  ['name.givenName', 'givenName'],
  ['name.familyName', 'familyName'],
  ['emails.value', 'email'],
  ['phoneNumbers.value', 'phone'],
  ['addresses.streetAddress', 'street'],
  ['addresses.locality', 'city'],
  ['addresses.region', 'region'],
  ['addresses.postalCode', 'postalCode'],
  ['addresses.country', 'country'],
  [`${detailsSchema}:birthDate`, 'birthDate'],
])
export const pathOfField = Object.fromEntries([...fieldOfPath].map(([path, field]) => [field, path])) as Record<
  DetailName,
  string
>

const plural = ['emails', 'phoneNumbers', 'addresses']
/** What a company may send back as it read it; it says nothing about basic details. */
const carriesNothing = ['type', 'primary', 'formatted', 'display']
const hasDerived = ['name', ...plural].map((each) => each.toLowerCase())
const readOnly = ['id', 'externalId', 'userName', 'active', 'meta']

/**
 * Reads a PATCH (RFC 7644 §3.5.2) into changes of basic details, the last one of a field counting. Pure; touches only
 * attributes it knows, so that no name from outside ever becomes a path in the store. Throws ApiError 400.
 */
export const readPatch = (body: unknown): FieldChange[] => {
  if (!isObject(body)) throw new ApiError(400, 'invalidSyntax', 'The body is not a JSON object.')
  const schemas = member(body, 'schemas')
  if (!Array.isArray(schemas) || !schemas.includes(patchSchema))
    throw new ApiError(400, 'invalidSyntax', `schemas must name ${patchSchema}.`)
  const operations = member(body, 'operations')
  if (!Array.isArray(operations) || operations.length === 0 || operations.length > 50)
    throw new ApiError(400, 'invalidSyntax', 'Operations must be an array of 1 to 50 operations.')
  const changes = new Map<DetailName, FieldChange>()
  for (const operation of operations) for (const change of readOperation(operation)) changes.set(change.field, change)
  return [...changes.values()]
}

const readOperation = (operation: unknown): FieldChange[] => {
  if (!isObject(operation)) throw new ApiError(400, 'invalidSyntax', 'An operation is not a JSON object.')
  const said = member(operation, 'op')
  const op = typeof said === 'string' ? said.toLowerCase() : ''
  if (!['add', 'replace', 'remove'].includes(op))
    throw new ApiError(400, 'invalidSyntax', 'op must be add, replace or remove.')
  const path = member(operation, 'path')
  if (path !== undefined && typeof path !== 'string') throw new ApiError(400, 'invalidPath', 'path must be a string.')
  if (op === 'remove') {
    if (!path) throw new ApiError(400, 'noTarget', 'remove needs a path.')
    if (isDerived(canonical(path))) return []
    return fieldsUnder(path).map((field) => ({ field, value: null, path: pathOfField[field] }))
  }
  const value = member(operation, 'value')
  if (value === undefined) throw new ApiError(400, 'invalidValue', `${op} needs a value.`)
  return readValue(path ? canonical(path) : '', value)
}

const readValue = (path: string, value: unknown): FieldChange[] => {
  const field = fieldOfPath.get(path)
  if (field) {
    if (value !== null && typeof value !== 'string')
      throw new ApiError(400, 'invalidValue', `${path} must be a string or null.`)
    return [{ field, value: field === 'phone' ? withoutScheme(value) : value, path }]
  }
  if (isDerived(path)) return []
  if (plural.includes(path)) return readPlural(path, value)
  if (path !== '' && path !== 'name' && path !== detailsSchema) throw unknownPath(path)
  if (!isObject(value)) throw new ApiError(400, 'invalidValue', `${path || 'value'} must be an object.`)
  return Object.entries(value).flatMap(([name, part]) => {
    if (path === '' && name.toLowerCase() === 'schemas') return []
    return readValue(under(path, name), part)
  })
}

const readPlural = (path: string, value: unknown): FieldChange[] => {
  const values = Array.isArray(value) ? value : [value]
  if (values.length === 0) return fieldsUnder(path).map((field) => ({ field, value: null, path: pathOfField[field] }))
  const [only] = values
  if (values.length > 1 || !isObject(only))
    throw new ApiError(400, 'invalidValue', `${path} holds exactly one value, an object.`)
  return Object.entries(only).flatMap(([name, part]) => readValue(under(path, name), part))
}

/** Derived or fixed, in whatever spelling it comes: taken, and nothing is changed by it (O7). */
const isDerived = (path: string): boolean => {
  const [, parent = '', name = ''] = /^([^.]+)\.([^.]+)$/.exec(path) ?? []
  return hasDerived.includes(parent.toLowerCase()) && carriesNothing.includes(name.toLowerCase())
}

const fieldsUnder = (path: string): DetailName[] => {
  const whole = canonical(path)
  const fields = [...fieldOfPath]
    .filter(([known]) => known === whole || known.startsWith(`${whole}.`) || known.startsWith(`${whole}:`))
    .map(([, field]) => field)
  if (fields.length === 0) throw unknownPath(whole)
  return fields
}

const under = (path: string, name: string): string => {
  if (path === '') return canonical(name)
  return canonical(path === detailsSchema ? `${path}:${name}` : `${path}.${name}`)
}

/**
 * The core schema's address may stand before an attribute's name; names themselves ignore case (RFC 7643 §2.1). A filter
 * that means the one value there is may stand behind a plural attribute's.
 */
const canonical = (path: string): string => {
  const bare = path.toLowerCase().startsWith(`${coreSchema.toLowerCase()}:`) ? path.slice(coreSchema.length + 1) : path
  const plain = withoutFilter(bare)
  const known = [...fieldOfPath.keys(), ...plural, ...readOnly, 'name', detailsSchema]
  return known.find((name) => name.toLowerCase() === plain.toLowerCase()) ?? plain
}

const withoutFilter = (path: string): string => {
  const [, attribute = '', filter = '', rest = ''] = /^(\w+)\[(.*)\](\.\w+)?$/s.exec(path) ?? []
  if (attribute === '') return path
  if (/^\s*(type\s+eq\s+"home"|primary\s+eq\s+true)\s*$/i.test(filter)) return attribute + rest
  throw new ApiError(
    400,
    'invalidFilter',
    `Of a plural attribute there is one value, home and primary: write ${attribute}${rest}, or the filter [type eq "home"].`,
  )
}

/** A number may be written as an address (RFC 3966), as RFC 7643 §4.1.2 likes it. */
const withoutScheme = (value: string | null): string | null => value?.replace(/^tel:/i, '') ?? null

const unknownPath = (path: string) =>
  readOnly.includes(path)
    ? new ApiError(400, 'mutability', `${path} is read-only here.`)
    : new ApiError(400, 'invalidPath', `${path.slice(0, 120)} is no attribute that can be changed here.`, {
        saw: 'a path that is no attribute here',
      })

/** A message's own names ignore case like any attribute's. */
const member = (message: Record<string, unknown>, name: string): unknown =>
  Object.entries(message).find(([each]) => each.toLowerCase() === name)?.[1]

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
