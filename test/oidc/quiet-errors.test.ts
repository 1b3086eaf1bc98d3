import assert from 'node:assert/strict'
import { errors } from 'oidc-provider'
import { quietErrors } from '../../src/oidc/quiet-errors.ts'

describe('errors of the library', () => {
  before(quietErrors)
  const frames = ({ stack = '' }: Error) => stack.split('\n').filter((line) => /^\s+at /.test(line)).length

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
})
