import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { readMutations, spoil } from '../../scripts/mutations.ts'

const root = join(import.meta.dirname, '../..')

describe('the list of spoiled rules', () => {
  const lines = readMutations(root)

  it('W: names a rule that stands once in its file, spoils it into code that still parses, and a test that is there', () => {
    for (const each of lines) {
      const good = readFileSync(join(root, 'src', each.room, each.file), 'utf8')
      const spoiled = spoil(each, good)
      assert.notEqual(spoiled, good, `${each.room}/${each.file}: ${each.replace}`)
      stripTypeScriptTypes(spoiled)
      if (each.test !== undefined) assert.ok(existsSync(join(root, each.test)), `${each.room}: ${each.test}`)
    }
  })

  it('W: names titles that stand in their test', () => {
    const missing = lines.filter(
      ({ test, grep }) => test && grep && !new RegExp(grep).test(readFileSync(join(root, test), 'utf8')),
    )
    assert.deepEqual(
      missing.map(({ room, test, grep }) => `src/${room}/mutations.yaml: ${grep} is in no title of ${test}`),
      [],
    )
  })
})
