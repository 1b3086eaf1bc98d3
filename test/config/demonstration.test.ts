import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadDemonstration } from '../../src/config/index.ts'
import { loadConfig } from '../../src/config/settings.ts'
import { ConfigurationError } from '../../src/lib/config-issues.ts'
import { type ConfigFiles, configFiles } from '../world/config-files.ts'

describe('the people that the demonstration starts with', () => {
  const shipped = join(import.meta.dirname, '../../config')
  const { people, staff, spareClients } = loadDemonstration(shipped)
  let files: ConfigFiles | undefined
  afterEach(() => files?.remove())

  it('are at least those of the outside contract', () => {
    const having = (links: string[], separate: string[]) =>
      people.filter(
        (person) =>
          String(person.links.toSorted()) === String(links) &&
          String(person.separate.map(({ company }) => company)) === String(separate),
      )
    assert.equal(having(['games', 'mobile'], []).length, 1)
    assert.ok(having(['pictures'], []).length > 0)
    const [alone] = having([], ['games'])
    assert.equal(alone?.email, undefined)
    assert.equal(alone?.password, undefined)
    const [both] = having(['mobile'], ['games'])
    assert.notEqual(both?.email, both?.separate[0]?.email)
    assert.notEqual(both?.details?.familyName, both?.separate[0]?.details.familyName)
  })

  it('have staff beside them: support at Mobile and at Games, two at one company, all with a second factor', () => {
    const support = staff.filter(({ roles }) => roles.includes('support')).map(({ company }) => company)
    assert.ok(support.includes('mobile') && support.includes('games'))
    assert.ok(staff.filter(({ company }) => company === 'mobile').length >= 2)
    for (const company of ['mobile', 'games', 'pictures'])
      assert.ok(
        staff.some((each) => each.company === company && each.roles.includes('privacy')),
        `a request to ${company} lies at a desk (S9)`,
      )
    const atDesk = staff.filter(({ company, roles }) => company === 'mobile' && roles.includes('privacy'))
    assert.ok(atDesk.length >= 2, 'and there is somebody to hand it over to')
    assert.equal(new Set(staff.map(({ totpSecret }) => totpSecret)).size, staff.length)
  })

  it('leave a website and a device client each at Mobile and Games to foreign testers', () => {
    files = configFiles()
    const { group } = loadConfig({ CONFIG_DIR: files.dir, SECRET_KEYS: Buffer.alloc(32).toString('base64url') })
    const spare = spareClients.map((id) => group.clients.get(id))
    assert.deepEqual(
      spare.map((each) => `${each?.company} ${each?.client.kind}`),
      ['mobile web', 'mobile device', 'games web', 'games device'],
    )
    const ports = [...group.services.values(), ...group.partners.values()].map(({ url }) => new URL(url).port)
    for (const each of spare)
      for (const address of each?.client.redirectUris ?? []) assert.ok(!ports.includes(new URL(address).port), address)
  })

  it('are real to nobody: every address is under .example', () => {
    files = configFiles()
    files.write('demonstration.yaml', {
      people: [{ email: 'somebody@gmail.com', password: 'long enough for this', language: 'en' }],
      staff: [],
      spareClients: [],
    })
    const { dir } = files
    assert.throws(
      () => loadDemonstration(dir),
      (error) => error instanceof ConfigurationError && /people\[0\]\.email "somebody@gmail\.com"/.test(error.message),
    )
  })
})
