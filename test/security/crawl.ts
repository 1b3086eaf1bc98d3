/** Every page and form that links lead to from somewhere: a new page, form or field is met without anybody's doing. */
import assert from 'node:assert/strict'
import type { Visit } from '../world/browser.ts'
import { fieldsOf, formsOf, linksOf } from '../world/pages.ts'
import type { Visitor } from '../world/visitor.ts'

interface Field {
  name: string
  /** As the page itself says it. */
  maxlength?: number
}

interface Form {
  action: string
  fields: Field[]
}

export interface FormField extends Field {
  action: string
  /** Sends the form as it stands there, with this value in this field. */
  send: (value: string) => Promise<Visit>
}

const postedIn = (page: Visit): Form[] =>
  formsOf(page).map(({ action, form }) => ({
    action,
    fields: form.querySelectorAll('input, select, textarea').flatMap((field) => {
      const [name, most] = [field.getAttribute('name'), field.getAttribute('maxlength')]
      return !name || name === 'csrf' ? [] : [{ name, ...(most && { maxlength: Number(most) }) }]
    }),
  }))

export const crawl = async (
  issuer: string,
  visitor: Pick<Visitor, 'visit' | 'submit'>,
  starts: Visit[],
  within: RegExp,
  { onPage, onField }: { onPage?: (page: Visit) => void; onField: (field: FormField) => Promise<void> },
): Promise<void> => {
  const seen = new Set<string>()
  const waiting = [...starts]
  while (waiting.length > 0) {
    const page = waiting.shift() as Visit
    onPage?.(page)
    for (const link of linksOf(page).filter((each) => each.startsWith('/'))) {
      const path = link.split(/[?#]/)[0] as string
      if (seen.has(path) || !within.test(path)) continue
      seen.add(path)
      waiting.push(await visitor.visit(issuer + link))
    }
    for (const { action, fields } of postedIn(page)) {
      if (seen.has(`POST ${action}`) || !within.test(action)) continue
      seen.add(`POST ${action}`)
      const own = fieldsOf(page, action)
      const named = new Map(fields.map((field) => [field.name, field]))
      for (const field of named.values())
        await onField({
          ...field,
          action,
          send: (value) => visitor.submit(issuer + action, { ...own, [field.name]: value }),
        })
    }
  }
  assert.ok(seen.size > 0, 'nothing was found')
}
