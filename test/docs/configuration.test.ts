import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationDocs, configurationPage, environment } from '../../scripts/configuration-docs.ts'

const src = join(import.meta.dirname, '../../src')

describe('docs/configuration.md', () => {
  it('is what the schemas say today: `node scripts/configuration-docs.ts` writes it anew', () => {
    assert.equal(readFileSync(configurationPage, 'utf8'), configurationDocs())
  })

  it('says of every setting what it is for', () => {
    assert.doesNotMatch(configurationDocs(), /^\| `[^`]+` \|\s*\|/m)
  })

  it('names every variable that is read from the environment, and no other', () => {
    const read = globSync('**/*.ts', { cwd: src }).flatMap((file) =>
      [...readFileSync(join(src, file), 'utf8').matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name!),
    )
    assert.deepEqual(environment.map(([name]) => name).toSorted(), [...new Set(read)].toSorted())
  })
})
