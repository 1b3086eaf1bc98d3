import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkConfig, clientSecret, type Environment, loadConfig } from '../../src/config/settings.ts'
import { ConfigurationError } from '../../src/lib/config-issues.ts'
import { type ConfigFiles, configFiles, type Raw } from '../world/config-files.ts'

describe('starting with settings from the environment', () => {
  let files: ConfigFiles
  let dataDir: string
  const settings = (env: Environment = {}): Environment => ({ CONFIG_DIR: files.dir, DATA_DIR: dataDir, ...env })
  const issuesOf = (env: Environment): string[] => {
    try {
      loadConfig(env)
    } catch (error) {
      if (error instanceof ConfigurationError) return error.issues
      throw error
    }
    return []
  }

  beforeEach(() => {
    files = configFiles()
    dataDir = mkdtempSync(join(tmpdir(), 'data-'))
  })
  afterEach(() => {
    files.remove()
    rmSync(dataDir, { recursive: true })
  })

  it('needs nothing in development, and is on loopback at port 3000', () => {
    const { issuer, host, port, production, passwordMinimum } = loadConfig(settings())
    assert.deepEqual(
      { issuer, host, port, production, passwordMinimum },
      { issuer: 'http://localhost:3000', host: '127.0.0.1', port: 3000, production: false, passwordMinimum: 10 },
    )
  })

  it('moves the issuer, the demonstration services and the APIs with PORT alone', () => {
    const { issuer, group } = loadConfig(settings({ PORT: '4100' }))
    assert.equal(issuer, 'http://localhost:4100')
    assert.equal(group.services.get('mobile-store')?.url, 'http://localhost:4101')
    assert.deepEqual(group.clients.get('games-arcade')?.client.redirectUris, ['http://localhost:4103/callback'])
    assert.ok(group.apis.has('http://localhost:4100/scim/games'))
  })

  it('makes secret keys once in development, for their owner alone, and finds them again', () => {
    const [first] = loadConfig(settings()).secretKeys
    const [second] = loadConfig(settings()).secretKeys
    assert.equal(first?.length, 32)
    assert.deepEqual(first, second)
    assert.equal(statSync(join(dataDir, 'secret-keys')).mode & 0o777, 0o600)
  })

  it('writes nothing when it only checks', () => {
    assert.deepEqual(checkConfig(settings()).issues, [])
    assert.throws(() => readFileSync(join(dataDir, 'secret-keys')))
  })

  it('tells every wrong setting at once, each with its name and its cure', () => {
    const issues = issuesOf(
      settings({
        NODE_ENV: 'prod',
        PORT: 'http',
        ISSUER: 'http://sign-in.example.com/',
        HOST: '0.0.0.0',
        METRICS_PORT: '70000',
        MONGODB_URI: 'localhost:27017',
        SMTP_URL: 'mail.example.com',
        SECRET_KEYS: 'short',
        TRUSTED_PROXIES: '10.0.0.0/8, proxy',
        LOG_LEVEL: 'loud',
        DATA_SYNCHRONOUS: 'OFF',
        PLAIN_LANE: 'no',
        PROCESSES: 'many',
      }),
    )
    const names = issues.map((issue) => issue.split(' ')[0])
    assert.deepEqual(names.toSorted(), [
      'DATA_SYNCHRONOUS',
      'HOST',
      'ISSUER',
      'LOG_LEVEL',
      'METRICS_PORT',
      'MONGODB_URI',
      'NODE_ENV',
      'PLAIN_LANE',
      'PORT',
      'PROCESSES',
      'SECRET_KEYS',
      'SMTP_URL',
      'TRUSTED_PROXIES',
    ])
    for (const issue of issues) assert.match(issue, /: write |: take |: put /, issue)
  })

  it('is several processes on MongoDB alone: by default one for each core in production, else one', () => {
    const MONGODB_URI = 'mongodb://db.example.com/sign-in'
    assert.equal(loadConfig(settings()).processes, 1)
    assert.equal(loadConfig(settings({ MONGODB_URI })).processes, 1)
    assert.equal(loadConfig(settings({ MONGODB_URI, PROCESSES: '3' })).processes, 3)
    assert.deepEqual(issuesOf(settings({ PROCESSES: '2' })), [
      'PROCESSES is "2", and the embedded database is one process\'s own: write 1, or set MONGODB_URI',
    ])
    for (const PROCESSES of ['0', '65', '-1', '2.5'])
      assert.match(issuesOf(settings({ MONGODB_URI, PROCESSES })).join(), /write a number from 1 to 64/)
  })

  it('never repeats a secret in an issue', () => {
    const issues = issuesOf(settings({ SECRET_KEYS: 'hunter2', MONGODB_URI: 'mongo://root:hunter2@db' }))
    assert.equal(issues.length, 2)
    assert.doesNotMatch(issues.join('\n'), /hunter2/)
  })

  it('hands out nothing that can be changed afterwards', () => {
    const config = loadConfig(settings())
    assert.throws(() => Object.assign(config, { issuer: 'https://evil.example' }), TypeError)
    assert.throws(() => config.group.companies.get('games')?.release.writes.push('email'), TypeError)
    assert.throws(() => (config.group.clients as Map<string, unknown>).clear(), TypeError)
    assert.throws(() => (config.group.apiScopes as Set<string>).add('all'), TypeError)
  })

  describe('in production', () => {
    const key = Buffer.alloc(32, 1).toString('base64url')
    const production = (env: Environment = {}): Environment =>
      settings({
        NODE_ENV: 'production',
        ISSUER: 'https://sign-in.example.com',
        SECRET_KEYS: key,
        SMTP_URL: 'smtps://mail.example.com',
        MONGODB_URI: 'mongodb://db.example.com/sign-in',
        ...env,
      })
    const ready = () =>
      configFiles(({ companies }) => {
        for (const [id, company] of Object.entries(companies)) {
          company.reachablePrivately = []
          companies[id] = publicAddresses(company)
        }
      })

    it('refuses the demonstration: loopback, unencrypted addresses, development secrets, placeholders', () => {
      const issues = issuesOf(production()).join('\n')
      assert.match(
        issues,
        /games\.yaml:\d+: reachablePrivately\[0\] "localhost" is this machine, which production refuses/,
      )
      assert.match(issues, /games\.yaml:\d+: services\[0\]\.clients\[0\]\.secret is for development/)
      assert.match(issues, /pictures\.yaml:\d+: services\[0\]\.clients\[0\]\.redirectUris\[0\] .* has a placeholder/)
    })

    it('names everything that has to be set, when nothing is', () => {
      files.remove()
      files = ready()
      const names = issuesOf({ NODE_ENV: 'production', CONFIG_DIR: files.dir }).map((issue) => issue.split(' ')[0])
      for (const name of ['ISSUER', 'SECRET_KEYS', 'SMTP_URL', 'MONGODB_URI']) assert.ok(names.includes(name), name)
    })

    it('refuses an issuer without encryption', () => {
      assert.match(
        issuesOf(production({ ISSUER: 'http://sign-in.example.com' })).join('\n'),
        /ISSUER is "http:\/\/sign-in\.example\.com", unencrypted: write https:\/\//,
      )
    })

    it('starts with secrets from the environment and from files, which the configuration files never hold', () => {
      files.remove()
      files = ready()
      const secret = 'a'.repeat(43)
      writeFileSync(join(files.dir, 'secret'), `${secret}\n`)
      const config = loadConfig(production({ MOBILE_SECRET: 'b'.repeat(43) }))
      assert.equal(clientSecret(config, 'mobile-store'), 'b'.repeat(43))
      assert.equal(clientSecret(config, 'games-arcade'), secret)
      assert.equal(clientSecret(config, 'account'), undefined)
      assert.equal(config.processes, availableParallelism())
    })

    it('refuses a secret that is missing or short, without repeating it', () => {
      files.remove()
      files = ready()
      writeFileSync(join(files.dir, 'secret'), 'guessable')
      const issues = issuesOf(production()).join('\n')
      assert.match(issues, /MOBILE_SECRET is missing: write the secret of client mobile-store there/)
      assert.match(issues, /secret is short for client games-arcade/)
      assert.doesNotMatch(issues, /guessable/)
    })

    it('takes the embedded database only when its place is said', () => {
      files.remove()
      files = ready()
      const embedded = { MONGODB_URI: undefined, MOBILE_SECRET: 'b'.repeat(43) }
      writeFileSync(join(files.dir, 'secret'), 'a'.repeat(43))
      assert.deepEqual(issuesOf(production(embedded)), [])
      assert.match(issuesOf(production({ ...embedded, DATA_DIR: undefined })).join(), /MONGODB_URI is missing/)
    })
  })

  it('gives each client of development a secret of its own, the same after a restart', () => {
    const before = loadConfig(settings())
    const after = loadConfig(settings())
    assert.equal(clientSecret(before, 'games-spare'), clientSecret(after, 'games-spare'))
    assert.notEqual(clientSecret(before, 'games-spare'), clientSecret(before, 'mobile-spare'))
    assert.equal(Buffer.from(clientSecret(before, 'games-spare') ?? '', 'base64url').length, 32)
  })
})

/** The same company at public addresses, its secrets from the environment (Mobile) or a file. */
const publicAddresses = (company: Raw): Raw =>
  JSON.parse(
    JSON.stringify(company)
      .replace(/http:\/\/localhost:\{port\+(\d+)\}/g, 'https://service$1.example.com')
      .replaceAll('{"development":true}', company.id === 'mobile' ? '{"env":"MOBILE_SECRET"}' : '{"file":"secret"}'),
  )
