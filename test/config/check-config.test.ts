import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type ConfigFiles, configFiles, put } from '../world/config-files.ts'

describe('the command that checks a configuration', () => {
  let files: ConfigFiles | undefined
  afterEach(() => files?.remove())
  const checked = (dir: string) =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../../scripts/check-config.ts')], {
      encoding: 'utf8',
      env: { CONFIG_DIR: dir },
    })

  it('counts what it found when there is nothing to mend', () => {
    files = configFiles()
    const { status, stdout, stderr } = checked(files.dir)
    assert.deepEqual([status, stderr], [0, ''])
    assert.equal(stdout, '3 companies, 4 services, 13 clients: nothing to mend\n')
  })

  it('O13, O8: tells who is exempt from PKCE, and whose secret libraries forget to encode', () => {
    files = configFiles(({ companies }) => {
      put(companies.mobile!, 'services.0.clients.0.withoutPkce', true)
      put(companies.mobile!, 'services.0.clients.0.secret', { file: 'slashed' })
      put(companies.games!, 'services.0.clients.0.secret', { file: 'plain' })
    })
    files.write('slashed', `${'a/+='.repeat(12)}`)
    files.write('plain', 'a0'.repeat(32))
    const { status, stdout } = checked(files.dir)
    assert.equal(status, 0)
    const [exempt, encoded, ...more] = stdout.trim().split('\n')
    assert.match(exempt!, /^note: client mobile-store is exempt from PKCE by its entry$/)
    assert.match(encoded!, /^note: the secret of client mobile-store has characters that must be form-encoded/)
    assert.match(more.join(), /^3 companies.*nothing to mend$/)
    assert.ok(!stdout.includes('a/+='))
  })

  it('H44: names what a copied company still has of the one it was copied from, and takes it all the same', () => {
    files = configFiles(({ companies, operator }) => {
      put(companies.pictures!, 'name', 'games')
      put(companies.pictures!, 'legalName', operator.legalName)
      put(companies.pictures!, 'administrators', companies.games!.administrators)
    })
    const { status, stdout } = checked(files.dir)
    assert.equal(status, 0)
    assert.deepEqual(stdout.trim().split('\n').slice(0, -1), [
      'note: games and pictures have the same name, “games”: people cannot tell them apart',
      'note: sign-in and pictures have the same legal name, “Tsukimori Sign-in AB”: people cannot tell them apart',
      'note: games and pictures have the same administrator: whoever works for one of them cannot join the other',
    ])
  })

  it('O11: names a text that promises an erasure by time, or word of it before, in any language', () => {
    const promises = {
      en: 'An account that nobody uses is erased after 24 months.',
      sv: 'Ett konto som ingen använder raderas efter 24 månader.',
      ja: 'サインインのないアカウントは24か月後に消去します。',
    }
    for (const [language, text] of Object.entries(promises)) {
      files = configFiles(({ companies }) => put(companies.games!, `retention.text.${language}`, text))
      const { status, stdout } = checked(files.dir)
      assert.equal(status, 0)
      assert.match(stdout, /note: games promises what is not done by itself/, language)
      assert.ok(stdout.includes(text), language)
      files.remove()
    }
    // What it keeps for a time, without saying that it then erases it, promises nothing.
    files = configFiles(({ companies }) =>
      put(companies.games!, 'retention.text.en', 'Records are kept for seven years.'),
    )
    assert.doesNotMatch(checked(files.dir).stdout, /promises/)
  })

  it('prints each issue on a line and fails', () => {
    files = configFiles(({ companies }) => {
      put(companies.games!, 'policy', undefined)
      put(companies.mobile!, 'minimumAge', 12)
    })
    const { status, stdout, stderr } = checked(files.dir)
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(
      stderr,
      /games\.yaml: policy is missing: write .*\n.*mobile\.yaml:\d+: minimumAge is below 16: .*\n2 to mend\n$/,
    )
  })
})
