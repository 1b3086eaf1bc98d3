/**
 * Writes the JSON Schemas of `config/*.yaml` from the very schemas that check them, for editors that complete by a file's
 * first line. Narrower in places than what is accepted: the check has the last word.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { companyShape, operatorShape } from '../src/companies/index.ts'
import { apiSchema, clientSchema, partnerSchema, serviceSchema } from '../src/services/index.ts'

const files = {
  'company.schema.json': z.object({
    ...companyShape,
    services: z.array(serviceSchema).optional(),
    partners: z.array(partnerSchema).optional(),
    clients: z.array(clientSchema).optional(),
    apis: z.array(apiSchema).optional(),
  }),
  'operator.schema.json': z.object(operatorShape),
}

/** Each file's name and text. */
export const configSchemas = (): [name: string, text: string][] =>
  Object.entries(files).map(([name, schema]) => {
    const written = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
    return [name, `${JSON.stringify(written, undefined, 2)}\n`]
  })

if (import.meta.main)
  for (const [name, text] of configSchemas()) writeFileSync(join(import.meta.dirname, '../config', name), text)
