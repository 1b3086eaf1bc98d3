import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatList, formatParts, type Language } from '../../src/i18n/index.ts'

const root = join(import.meta.dirname, '../..')

/** Rooms that put words together for people; what the others join is read by machines, or by whoever runs the product. */
const rooms = ['portal', 'sign-in', 'console', 'activity', 'http', 'details', 'preferences', 'rights-requests']

describe('several things in one sentence', () => {
  const companies = ['Mobile', 'Games', 'Pictures']
  const street = ['Södra Esplanaden 13 B', 'uppgång 2']

  it('U20: are joined as each language joins them, and the lines of one address by its comma alone', () => {
    const all: Record<Language, [string, string]> = {
      en: ['Mobile, Games and Pictures', 'Södra Esplanaden 13 B, uppgång 2'],
      sv: ['Mobile, Games och Pictures', 'Södra Esplanaden 13 B, uppgång 2'],
      ja: ['Mobile、Games、Pictures', 'Södra Esplanaden 13 B、uppgång 2'],
    }
    for (const [language, [list, parts]] of Object.entries(all) as [Language, [string, string]][]) {
      assert.equal(formatList(language, companies), list)
      assert.equal(formatParts(language, street), parts)
    }
  })

  it('U20: and nothing that people read is joined by a comma of ours', () => {
    const read = [
      ...globSync(`src/{${rooms}}/*.ts`, { cwd: root }),
      ...globSync('src/{companies/show-*,mail/write-mail}.ts', { cwd: root }),
      ...globSync('views/**/*.eta', { cwd: root }),
    ]
    assert.ok(read.length > 200)
    assert.deepEqual(
      read.filter((file) =>
        /join\((['"`]), \1\)|replaceAll\('\\n', ', '\)/.test(readFileSync(join(root, file), 'utf8')),
      ),
      [],
    )
  })
})
