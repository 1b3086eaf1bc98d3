import { z } from 'zod'
import { detailsSchema, patchSchema } from './scim-resource.ts'

/**
 * What `readPatch` takes, as its document says it (RFC 7644 §3.5.2). Narrower than the check, which also takes names in
 * any case, a filter that means the one value there is, and what it reads over because it is derived.
 */
export const patchShape = (paths: readonly string[]) => {
  const set = z.enum(['add', 'replace'])
  const value = z.string().nullable()
  const one = { type: z.literal('home').optional(), primary: z.literal(true).optional() }
  const name = z.strictObject({
    givenName: value.optional(),
    familyName: value.optional(),
    formatted: value.optional(),
  })
  const contact = z.strictObject({ ...one, value: value.optional(), display: value.optional() })
  const address = z.strictObject({
    ...one,
    formatted: value.optional(),
    streetAddress: value.optional(),
    locality: value.optional(),
    region: value.optional(),
    postalCode: value.optional(),
    country: value.optional(),
  })
  const basicDetails = z.strictObject({ birthDate: value.optional() })
  const only = <Shape extends z.ZodType>(shape: Shape) => z.array(shape).max(1)
  const whole = z.strictObject({
    schemas: z.array(z.string()).optional(),
    name: name.optional(),
    emails: only(contact).optional(),
    phoneNumbers: only(contact).optional(),
    addresses: only(address).optional(),
    [detailsSchema]: basicDetails.optional(),
  })
  const groups = ['name', 'emails', 'phoneNumbers', 'addresses', detailsSchema] as const
  const operation = z.union([
    z.strictObject({ op: set, path: z.enum(paths), value }),
    z.strictObject({ op: z.literal('remove'), path: z.enum([...paths, ...groups]) }),
    z.strictObject({ op: set, path: z.literal('name'), value: name }),
    z.strictObject({ op: set, path: z.enum(['emails', 'phoneNumbers']), value: only(contact) }),
    z.strictObject({ op: set, path: z.literal('addresses'), value: only(address) }),
    z.strictObject({ op: set, path: z.literal(detailsSchema), value: basicDetails }),
    z.strictObject({ op: set, value: whole }),
  ])
  return z.object({
    schemas: z.tuple([z.literal(patchSchema)]).meta({ description: 'exactly this one' }),
    Operations: z.array(operation).min(1).max(50),
  })
}
