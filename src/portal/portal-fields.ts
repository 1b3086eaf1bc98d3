import { z } from 'zod'
import { detailNames } from '../details/index.ts'
import { fields } from '../http/index.ts'

/** What several of the account pages take. */
export const nothing = fields.form({})
export const atCompany = z.object({ company: fields.segment() })
/** What a handler of such an address is handed of it. */
export interface AtCompany {
  params: z.infer<typeof atCompany>
}
/** Where another account is linked, at one company. */
export const linkPath = ({ id }: { id: string }): string => `/account/services/link/${id}`
export const credentials = fields.form({ email: fields.text(254), password: fields.password() })
export const code = fields.form({ code: fields.text(40) })
export const codeAndPassword = fields.form({ code: fields.text(40), password: fields.password() })
/** Another code is on its way. */
export const sent = z.object({ sent: fields.flag() })
/** What was done, as the page it leads to says it. */
export const done = z.object({ done: fields.word(30) })

/** The details as they are now, as the page showed them, and from which version of each. */
export const changedDetails = fields.form({
  ...fields.detailFields(),
  ...fields.details('was.'),
  ...Object.fromEntries(detailNames.map((name) => [`base.${name}`, fields.maybe(20)])),
})

/** A company's own fields, as they are now and as the page showed them. */
export const customAttributesForm = fields.openForm({}, ['own.', 'was.'], 200)

/** What the page said that the company gets, under which policy. */
export const agreed = { policyVersion: fields.maybe(200), shown: fields.maybe(300) }

/** A preview that was agreed to: by its proof, with whose value is kept of each detail that differs. */
export const previewed = fields.form({
  proof: fields.text(200),
  ...agreed,
  onward: fields.maybe(100),
  ...Object.fromEntries(detailNames.map((name) => [`keep.${name}`, fields.maybe(20)])),
})
