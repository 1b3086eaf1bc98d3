import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { heapFlags, nodeEnvironment } from '../../scripts/node-options.ts'
import { type ConfigFiles, configFiles, put } from '../world/config-files.ts'

const root = join(import.meta.dirname, '../..')
const sample = join(root, 'config/production.example')
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

const checked = (dir: string, env: Record<string, string> = {}) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts/check-config.ts'), '--production'],
    { encoding: 'utf8', env: { CONFIG_DIR: dir, ...env } },
  )
  return { status, stdout, issues: stderr.trim().split('\n').slice(0, -1) }
}

describe('the first hour of an operator', () => {
  let files: ConfigFiles | undefined
  afterEach(() => {
    files?.remove()
    files = undefined
  })

  const env = {
    ISSUER: 'https://sign-in.tsukimori.se',
    SECRET_KEYS: Buffer.alloc(32, 7).toString('base64url'),
    SMTP_URL: 'smtps://name:password@mail.tsukimori.se:465',
    DATA_DIR: '/nowhere',
    STORE_CLIENT_SECRET: 'a0'.repeat(32),
    COMPANY_MACHINE_SECRET: 'b1'.repeat(32),
  }

  it('O9: the sample lacks what only its operator knows, each with its line, and nothing else', () => {
    const { status, issues } = checked(sample)
    assert.equal(status, 1)
    const ofFiles = issues.filter((issue) => issue.includes('.yaml'))
    for (const issue of ofFiles) {
      const [, file = '', line = '', says = ''] =
        /^(.+\.yaml):(\d+): \S+ has (<your .*>), which only you/.exec(issue) ?? []
      assert.ok(readFileSync(file, 'utf8').split('\n')[Number(line) - 1]?.includes(says), issue)
    }
    assert.ok(ofFiles.length > 20)
    assert.deepEqual(
      issues.filter((issue) => !issue.includes('.yaml')).map((issue) => issue.split(' ')[0]),
      ['ISSUER', 'SECRET_KEYS', 'SMTP_URL', 'MONGODB_URI', 'STORE_CLIENT_SECRET', 'COMPANY_MACHINE_SECRET'],
    )
  })

  it('O9: with that written it is accepted for production', () => {
    files = configFiles()
    const written = (name: string) =>
      readFileSync(join(sample, name), 'utf8')
        .replaceAll(/<your [^>]*host>/g, 'store.tsukimori.se')
        .replaceAll(/<your [^>]*e-mail address>/g, 'people@tsukimori.se')
        .replaceAll(/<your [^>]*>/g, 'Written by the operator')
    files.write('operator.yaml', written('operator.yaml'))
    for (const name of ['games', 'mobile', 'pictures']) files.drop(`companies/${name}.yaml`)
    files.write('companies/company.yaml', written('companies/company.yaml'))
    const { status, stdout, issues } = checked(files.dir, env)
    assert.deepEqual([status, issues], [0, []])
    assert.match(stdout, /1 companies, 1 services, 3 clients: nothing to mend/)
  })

  it('O9: the check for production says what production refuses, wherever it is asked', () => {
    const { status, issues } = checked(join(root, 'config'), env)
    assert.equal(status, 1)
    assert.match(issues.join('\n'), /secret is for development, which production refuses/)
  })

  it('O9: an issue names its line, that of the part above where something is missing, and none where nothing is', () => {
    files = configFiles(({ companies }) => {
      put(companies.mobile!, 'services.0.clients.0.kind', 'website')
      put(companies.mobile!, 'services.1.description', undefined)
      put(companies.mobile!, 'contacts', undefined)
    })
    const { stderr } = spawnSync(process.execPath, [join(root, 'scripts/check-config.ts')], {
      encoding: 'utf8',
      env: { CONFIG_DIR: files.dir },
    })
    const lines = readFileSync(join(files.dir, 'companies/mobile.yaml'), 'utf8').split('\n')
    const [, kind = ''] = /mobile\.yaml:(\d+): services\[0\]\.clients\[0\]\.kind/.exec(stderr) ?? []
    assert.match(lines[Number(kind) - 1] ?? '', /kind: website/)
    const [, service = ''] = /mobile\.yaml:(\d+): services\[1\]\.description is missing/.exec(stderr) ?? []
    assert.match(lines[Number(service) - 1] ?? '', /id: mobile-cloud/)
    assert.match(stderr, /mobile\.yaml: contacts is missing/)
  })

  it('O9: every command of an operator is in the image, with what it imports', () => {
    const copied = [...textOf('Dockerfile').matchAll(/scripts\/[\w-]+\.ts/g)].map(([file]) => file)
    const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
    const development = /start|test-mongodb|mutate|bench/
    const named = Object.values(scripts).flatMap((line) => /scripts\/[\w-]+\.ts/.exec(line) ?? [])
    const needed = [
      ...named.filter((file) => !development.test(file)),
      ...['scripts/reload.ts', 'scripts/rotate-keys.ts', 'scripts/verify-audit.ts'],
      ...copied.flatMap((file) =>
        [...textOf(file).matchAll(/from '\.\/([\w-]+\.ts)'/g)].map(([, name]) => `scripts/${name}`),
      ),
    ]
    assert.ok(needed.length > 5)
    assert.deepEqual(
      [...new Set(needed)].filter((file) => !copied.includes(file)),
      [],
    )
  })

  it('O9: the image starts Node with what npm start and the bench start it with', () => {
    const image = textOf('Dockerfile')
    const { NODE_COMPILE_CACHE: _ofTheirOwn, ...environment } = nodeEnvironment
    const settings = /^ENV (.*)$/m.exec(image)?.[1]?.split(' ') ?? []
    for (const [name, value] of Object.entries(environment)) assert.ok(settings.includes(`${name}=${value}`), name)
    assert.deepEqual(JSON.parse(/^CMD (.*)$/m.exec(image)?.[1] ?? ''), ['node', ...heapFlags, 'src/main.ts'])
  })

  it('O9: nothing of a start is left to compile in the container, which could not keep it', function () {
    this.timeout(60_000)
    const compiled = mkdtempSync(join(tmpdir(), 'compiled-'))
    const env = { PATH: dirname(process.execPath), NODE_ENV: 'production', NODE_COMPILE_CACHE: compiled }
    const says = `data:text/javascript,process.on('exit', () => console.log(process.moduleLoadList.some((each) => each.includes('deps/amaro'))))`
    const compiledAnew = (...what: string[]) =>
      spawnSync(process.execPath, [...heapFlags, '--import', says, ...what], { cwd: root, env, encoding: 'utf8' })
        .stdout
    try {
      const [, command = ''] = /^RUN (.* src\/main\.ts .*)$/m.exec(textOf('Dockerfile')) ?? []
      assert.equal(spawnSync('/bin/sh', ['-c', command], { cwd: root, env }).status, 0)
      assert.equal(compiledAnew('src/main.ts'), 'false\n')
      assert.equal(
        compiledAnew('-e', "import('./src/serve.ts').then(() => import('./src/app/entry-points.ts'))"),
        'false\n',
      )
    } finally {
      rmSync(compiled, { recursive: true, force: true })
    }
  })

  it('O9: what compose.yaml mounts of this folder is there', () => {
    const mounts = [...textOf('compose.yaml').matchAll(/(?:":-|:-|")(\.\/[\w./-]+)/g)].map(([, path = '']) => path)
    assert.ok(mounts.length > 0)
    assert.deepEqual(
      mounts.filter((path) => !existsSync(join(root, path))),
      [],
    )
  })
})
