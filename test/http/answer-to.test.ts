import assert from 'node:assert/strict'
import { ApiError, answerInJson, answerInScim, mount, rowsOf } from '../../src/http/index.ts'
import { AppError, type ErrorKind } from '../../src/lib/errors.ts'
import type { Log } from '../../src/lib/log.ts'
import { openSite, type Site, words } from './site.ts'

const statuses: Record<ErrorKind, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  gone: 410,
  'too-large': 413,
  limited: 429,
  unavailable: 503,
}

describe('one map from an error to what leaves', () => {
  let site: Site
  let failing: () => Error
  before(async () => {
    const log = { info: () => {}, error: () => {} } as unknown as Log
    const row = rowsOf<{ anyone: undefined }>()
    const around = {
      '/page': undefined,
      '/json': answerInJson({ words, log }),
      '/scim/x': answerInScim({ words, log }, () => undefined),
    }
    site = await openSite({}, (router) => {
      for (const [path, inForm] of Object.entries(around)) {
        const table = [row({ method: 'GET', path, right: 'anyone', handler: () => Promise.reject(failing()) })]
        router.use(mount(table, { enter: (_right, _ctx, goOn) => goOn(undefined as never), around: inForm }) as never)
      }
    })
  })
  after(() => site.close())

  const answers = async () => {
    const all = await Promise.all(
      ['/page', '/json', '/scim/x'].map((path) => site.ask({ path, headers: { accept: 'text/html' } })),
    )
    return all.map(({ status, headers, text }) => ({ status, after: headers['retry-after'], text }))
  }

  it('a page, JSON and SCIM have the same status, and say for how long', async () => {
    for (const [kind, status] of Object.entries(statuses) as [ErrorKind, number][]) {
      failing = () =>
        new AppError(kind, kind === 'invalid' ? 'required' : kind, { values: { minutes: 2, field: 'name' } })
      const found = await answers()
      assert.deepEqual(
        found.map((each) => each.status),
        [status, status, status],
        kind,
      )
      assert.deepEqual(
        found.map(({ after }) => after),
        ['120', '120', '120'],
      )
      assert.equal(
        (JSON.parse(found[1]?.text ?? '') as { error: string }).error,
        kind === 'invalid' ? 'required' : kind,
      )
    }
  })

  it('what nobody foresaw says nothing of itself', async () => {
    failing = () => new TypeError('a secret of the house')
    for (const { status, text } of await answers()) {
      assert.equal(status, 500)
      assert.doesNotMatch(text, /secret/)
    }
  })

  it('an API’s own refusal keeps its sentence, its type and its field', async () => {
    failing = () => new ApiError(400, 'invalidPath', 'No such path.', { code: 'invalid-body', field: 'path' })
    const [, json, scim] = await answers()
    assert.deepEqual(JSON.parse(json?.text ?? ''), { error: 'invalid-body', field: 'path', detail: 'No such path.' })
    const { detail, scimType } = JSON.parse(scim?.text ?? '') as Record<string, unknown>
    assert.deepEqual([detail, scimType], ['No such path.', 'invalidPath'])
  })
})
