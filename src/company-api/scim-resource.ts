import { type Account, versionOf } from '../accounts/index.ts'
import { wholeName } from '../details/index.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'

export const coreSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
export const detailsSchema = 'urn:ietf:params:scim:schemas:extension:basic-details:2.0:User'
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'

/**
 * What a company sees of its own account (RFC 7643 §4.1): its copy and nothing of any other company. There is exactly
 * one value of each plural attribute, `home` and `primary`. `meta.version` is the account's own `epoch.seq` (model M5).
 */
export const scimResource = (account: Account, resource: string) => {
  const { copy } = account
  const name = filled({ givenName: copy.givenName, familyName: copy.familyName })
  const address = filled({
    streetAddress: copy.street,
    locality: copy.city,
    region: copy.region,
    postalCode: copy.postalCode,
    country: copy.country,
  })
  return omitUndefined({
    schemas: [coreSchema, detailsSchema],
    id: account.subject,
    userName: account.subject,
    active: account.status === 'open',
    name: name && { ...name, formatted: wholeName(copy) },
    emails: copy.email ? [{ value: copy.email, type: 'home', primary: true }] : undefined,
    phoneNumbers: copy.phone ? [{ value: copy.phone, type: 'home', primary: true }] : undefined,
    addresses: address && [{ ...address, type: 'home', primary: true }],
    [detailsSchema]: filled({ birthDate: copy.birthDate }),
    meta: {
      resourceType: 'User',
      version: `W/"${versionOf(account)}"`,
      location: `${resource}/Users/${encodeURIComponent(account.subject)}`,
    },
  })
}

/** Without what is cleared or was never known; undefined when nothing is left. */
const filled = (values: Record<string, string | null | undefined>): Record<string, string> | undefined => {
  const known = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return known.length > 0 ? Object.fromEntries(known) : undefined
}
