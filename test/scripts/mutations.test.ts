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
      const good = readFileSync(join(root, each.folder, each.file), 'utf8')
      const spoiled = spoil(each, good)
      assert.notEqual(spoiled, good, `${each.folder}/${each.file}: ${each.replace}`)
      if (each.file.endsWith('.ts')) stripTypeScriptTypes(spoiled)
      if (each.test !== undefined) assert.ok(existsSync(join(root, each.test)), `${each.folder}: ${each.test}`)
    }
  })

  // A title is put together of its `describe`, its `it` and what a loop fills in: each word of it stands somewhere.
  it('W: names titles whose words stand in their test', () => {
    const wordsOf = (grep: string) => grep.match(/[\p{L}\d]{3,}/gu) ?? []
    const missing = lines.flatMap(({ folder, test, grep }) => {
      const text = test && grep ? readFileSync(join(root, test), 'utf8') : ''
      const lacking = test && grep ? wordsOf(grep).filter((word) => !text.includes(word)) : []
      return lacking.map((word) => `${folder}/mutations.yaml: ${word} of "${grep}" stands nowhere in ${test}`)
    })
    assert.deepEqual(missing, [])
  })
})
