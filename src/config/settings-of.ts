import { z } from 'zod'

export type SettingShape = Record<string, z.ZodType>

/** A setting as readers see it; names and values in backquotes. */
export interface Setting {
  name: string
  what: string
  kind: string
  standard: string
}

/**
 * Every setting that a schema takes, from the very schema that checks it: `docs/configuration.md` and `/developers` are
 * made of this. `apart`: lists of these stand in tables of their own.
 */
export const settingsOf = (shape: SettingShape, apart: readonly z.ZodType[] = []): Setting[] => rowsOf(shape, apart)

const languages = 'en,sv,ja'
const contact = 'name,address,email,phone,url'

interface Opened {
  schema: z.ZodType
  standard: string
}

/** What is under `optional` and `default`. */
const opened = (schema: z.ZodType, standard = 'required'): Opened => {
  if (schema instanceof z.ZodDefault) return opened(schema.unwrap() as z.ZodType, asText(schema.def.defaultValue))
  if (schema instanceof z.ZodOptional) return opened(schema.unwrap() as z.ZodType, 'optional')
  return { schema, standard }
}
const asText = (value: unknown): string => `\`${JSON.stringify(value)}\``

const isMembers = (schema: z.ZodType, keys: string): boolean =>
  schema instanceof z.ZodObject && Object.keys(schema.shape).join() === keys

const kindOf = (schema: z.ZodType): string => {
  if (isMembers(schema, languages)) return 'text in `en`, and `sv`, `ja`'
  if (isMembers(schema, contact)) return 'a contact'
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ')
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(', ')
  if (schema instanceof z.ZodBoolean) return '`true`, `false`'
  if (schema instanceof z.ZodNumber) return 'whole number'
  if (schema instanceof z.ZodArray) return `list: ${kindOf(opened(schema.element as z.ZodType).schema)}`
  if (schema instanceof z.ZodObject) return 'settings'
  return schema instanceof z.ZodString ? 'text' : 'one of'
}

/** The schema itself says what to write where something is missing. */
const hintOf = (schema: z.ZodType): string => {
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodNumber || schema instanceof z.ZodArray)) return ''
  const said = schema.safeParse(undefined).error?.issues[0]?.message ?? ''
  return said.replace(/^.*?: write /, '').replace(/, each on a line of its own after "- "$/, '')
}

const rowsOf = (shape: SettingShape, apart: readonly z.ZodType[], prefix = ''): Setting[] =>
  Object.entries(shape).flatMap(([key, declared]) => {
    const { schema, standard } = opened(declared)
    const hint = isMembers(schema, languages)
      ? hintOf(opened((schema as z.ZodObject<SettingShape>).shape.en!).schema)
      : hintOf(schema)
    const what = (declared.description ?? schema.description ?? hint).replace(/, in English$/, '')
    const members = membersOf(schema, apart, `${prefix}${key}`)
    const isGroup = members.length > 0 && !(schema instanceof z.ZodArray)
    return isGroup ? members : [{ name: `${prefix}${key}`, what, kind: kindOf(schema), standard }, ...members]
  })

const membersOf = (schema: z.ZodType, apart: readonly z.ZodType[], path: string): Setting[] => {
  if (isMembers(schema, languages) || isMembers(schema, contact)) return []
  if (schema instanceof z.ZodObject) return rowsOf(schema.shape as SettingShape, apart, `${path}.`)
  if (schema instanceof z.ZodArray) {
    const item = schema.element as z.ZodType
    return apart.includes(item) ? [] : membersOf(item, apart, `${path}[]`)
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return choicesOf(schema, apart, path)
  return []
}

/** What chooses, and then what each choice has besides. */
const choicesOf = (schema: z.ZodDiscriminatedUnion, apart: readonly z.ZodType[], path: string): Setting[] => {
  const by = schema.def.discriminator
  const choices = (schema.options as z.ZodObject<SettingShape>[]).map(({ shape }) => shape)
  const names = choices.map((shape) => kindOf(shape[by]!)).join(', ')
  const rest = choices.flatMap(({ [by]: chosen, ...others }) =>
    rowsOf(others, apart, `${path}.`).map((row) => ({
      ...row,
      standard: row.standard === 'required' ? `required with ${kindOf(chosen!)}` : row.standard,
    })),
  )
  return [{ name: `${path}.${by}`, what: schema.description ?? '', kind: names, standard: 'required' }, ...rest]
}
