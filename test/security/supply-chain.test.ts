import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const read = (name: string): string => readFileSync(join(import.meta.dirname, '../..', name), 'utf8')

interface Locked {
  integrity?: string
  hasInstallScript?: boolean
  license?: string
  dev?: boolean
  link?: boolean
  inBundle?: boolean
}

const licences = [
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'MPL-2.0',
  'PSF-2.0',
  'OFL-1.1',
]

describe('what the product is made of (§8)', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
  const installed = Object.entries(packages).filter(([path]) => path !== '')
  const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

  it('is pinned, each package by the digest of what is in it', () => {
    assert.ok(installed.length > 100)
    for (const [path, { integrity, inBundle }] of installed)
      assert.ok(inBundle || integrity?.startsWith('sha512-'), `${path} is whatever is served under its name`)
  })

  it('runs nothing while it is installed but what is allowed by name', () => {
    const { allowScripts } = JSON.parse(read('package.json')) as { allowScripts: Record<string, boolean> }
    const scripts = installed.filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
    for (const [path] of scripts) assert.ok(allowScripts[nameOf(path)], `${path} has an install script`)
  })

  it('may be used by anybody', () => {
    for (const [path, { license, dev }] of installed)
      if (!dev) assert.ok(licences.includes(license ?? ''), `${path} is under ${license}`)
  })

  it('in its image: no install script, nothing of development, not root', () => {
    const image = read('Dockerfile')
    assert.match(image, /npm ci --omit=dev --ignore-scripts/)
    const last = image.slice(image.lastIndexOf('\nFROM '))
    assert.match(last, /^USER node$/m)
    assert.doesNotMatch(last, /npm |COPY \. /)
    assert.match(read('compose.yaml'), /read_only: true/)
  })
})
