import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { errors } from 'oidc-provider'
import * as client from 'openid-client'
import { goOnQuietly, quietErrors } from '../../src/oidc/quiet-errors.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn } from '../world/oidc.ts'
import { aRelyingParty } from '../world/relying-party.ts'

describe('errors of the library', () => {
  before(quietErrors)
  const frames = ({ stack = '' }: Error) => stack.split('\n').filter((line) => /^\s+at /.test(line)).length

  it('H48: say what was wrong, each that we throw', async () => {
    const room = new URL('../../src/oidc/', import.meta.url)
    const files = (await readdir(room, { recursive: true })).filter((name) => name.endsWith('.ts'))
    const texts = await Promise.all(files.map((name) => readFile(new URL(name, room), 'utf8')))
    const silent = texts.flatMap((text) => [...text.matchAll(/new errors\.(\w+)\(\)/g)].map(([, name]) => name))
    const library = errors as unknown as Record<string, new () => { error_description?: string }>
    for (const name of silent) assert.ok(new library[name as string]!().error_description, name)
  })

  it('carry what they say and no frames where a client did wrong', () => {
    const error = new errors.InvalidToken('access token not found')
    assert.ok(error instanceof errors.InvalidToken && error instanceof Error)
    assert.deepEqual(
      [error.name, error.message, error.status, error.error_detail],
      ['InvalidToken', 'invalid_token', 401, 'access token not found'],
    )
    assert.equal(frames(error), 0)
  })

  it('keep their frames where we failed, and so does every other error', () => {
    const here = /quiet-errors\.test\.ts/
    quietErrors()
    const ours = new (class extends errors.OIDCProviderError {
      constructor() {
        super(500, 'server_error')
        Error.captureStackTrace(this)
      }
    })()
    const marked = {} as Error
    Error.captureStackTrace(marked)
    for (const error of [ours, marked, new TypeError('ours')]) assert.match(error.stack?.split('\n')[1] ?? '', here)
  })

  it('carry none where a caller goes on quietly, until it waits again', async () => {
    const goOn = async () => {
      goOnQuietly()
      await true
      const quiet = new TypeError('caught by the library')
      await true
      return [frames(quiet), frames(new TypeError('ours')) > 0]
    }
    assert.deepEqual(await goOn(), [0, true])
    assert.deepEqual(await Promise.all([goOn(), goOn(), goOn()]), [
      [0, true],
      [0, true],
      [0, true],
    ])
  })

  it('carry none where an opaque token is taken for a JWT, and again by the time that the store is asked', async () => {
    const atStore: number[] = []
    const wrap = (connection: Parameters<typeof beforeEachOperation>[0]) =>
      beforeEachOperation(connection, () => void atStore.push(Error.stackTraceLimit))
    const product = await aTestOidc({ wrap, config: { plainLane: false } })
    const { split } = String.prototype
    try {
      const person = await product.aPerson()
      await product.link(person, 'mobile')
      const service = await aRelyingParty(product, 'mobile-store')
      const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
      const { access_token: token } = await service.redeem(visit, asked)
      const atToken: number[] = []
      String.prototype.split = function (this: string, ...of: unknown[]) {
        if (String(this) === token && of[0] === '.') atToken.push(Error.stackTraceLimit)
        return Reflect.apply(split, this, of)
      } as typeof split
      atStore.length = 0
      assert.equal((await client.tokenIntrospection(service.config, token)).active, true)
      assert.deepEqual(atToken, [0])
      assert.ok(atStore.length > 0 && !atStore.includes(0))
    } finally {
      String.prototype.split = split
      await product.close()
    }
  })
})
