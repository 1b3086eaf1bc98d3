import { detailNames } from '../details/index.ts'
import { fields } from '../http/index.ts'

/** The version of the policy that the page showed, and what it said that each recipient gets (U1). */
export const agreed = {
  policyVersion: fields.maybe(200),
  shown: fields.maybe(300),
  shownPartner: fields.maybe(300),
}

/** Basic details with a company's own fields beside them, and what was agreed to. */
export const filledIn = <Own extends Record<string, ReturnType<typeof fields.maybe>>>(own: Own) =>
  fields.openForm({ ...fields.detailFields(), ...agreed, password: fields.password(), ...own }, ['own.'], 200)

/** A preview that was agreed to: by its proof, with whose value is kept of each detail that differs. */
export const previewed = fields.form({
  proof: fields.text(200),
  ...agreed,
  ...Object.fromEntries(detailNames.map((name) => [`keep.${name}`, fields.maybe(20)])),
})
