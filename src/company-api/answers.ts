import { z } from 'zod'
import { requesters } from '../support/index.ts'
import { detailsSchema } from './scim-resource.ts'

/**
 * What these APIs answer, for their document; tests hold the real answers against it. Answers may grow: a client reads
 * what it knows and leaves the rest.
 */
const contact = z.looseObject({ value: z.string(), type: z.literal('home'), primary: z.literal(true) })

export const scimUser = z.looseObject({
  schemas: z.array(z.string()),
  id: z.string().describe('the account’s subject: `sub` of its tokens and events'),
  userName: z.string(),
  active: z.boolean(),
  name: z
    .looseObject({
      givenName: z.string().optional(),
      familyName: z.string().optional(),
      formatted: z.string().optional(),
    })
    .optional(),
  emails: z.array(contact).max(1).optional(),
  phoneNumbers: z.array(contact).max(1).optional(),
  addresses: z
    .array(
      z.looseObject({
        streetAddress: z.string().optional(),
        locality: z.string().optional(),
        region: z.string().optional(),
        postalCode: z.string().optional(),
        country: z.string().optional(),
        type: z.literal('home'),
        primary: z.literal(true),
      }),
    )
    .max(1)
    .optional(),
  [detailsSchema]: z.looseObject({ birthDate: z.string().optional() }).optional(),
  meta: z.looseObject({
    resourceType: z.literal('User'),
    version: z.string().describe('`W/"epoch.seq"`, as events carry it and `If-Match` takes it'),
    location: z.string(),
  }),
})

export const scimError = z.looseObject({
  schemas: z.array(z.string()),
  status: z.string(),
  scimType: z.string().optional(),
  detail: z.string(),
})

export const shownCase = z.looseObject({
  id: z.string(),
  case: z.string().describe('the name that people call it by'),
  askedBy: z.enum(requesters),
  state: z.string(),
  url: z.string().describe('where an agent goes on with it in the console'),
  found: z.boolean(),
})

export const apiError = z.looseObject({
  error: z.string().describe('a code to go by'),
  field: z.string().optional().describe('where it is'),
  detail: z.string().describe('a sentence to show'),
})
