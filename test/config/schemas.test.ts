import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { configSchemas } from '../../scripts/config-schema.ts'

const config = join(import.meta.dirname, '../../config')

describe('what an editor is told of the configuration', () => {
  it('is what the configuration is checked against: node scripts/config-schema.ts writes it anew', () => {
    for (const [name, text] of configSchemas()) assert.equal(readFileSync(join(config, name), 'utf8'), text, name)
  })

  it('is named in the first line of every file, by a path that is there', () => {
    for (const file of globSync('{operator.yaml,companies/*.yaml}', { cwd: config })) {
      const [first = ''] = readFileSync(join(config, file), 'utf8').split('\n')
      const [, schema] = /^# yaml-language-server: \$schema=(\S+)$/.exec(first) ?? []
      assert.ok(schema, file)
      JSON.parse(readFileSync(join(config, dirname(file), schema), 'utf8'))
    }
  })
})
