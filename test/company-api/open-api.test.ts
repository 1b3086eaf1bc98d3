import assert from 'node:assert/strict'
import { Validator } from '@seriousme/openapi-schema-validator'
import Ajv2020 from 'ajv/dist/2020.js'
import type { z } from 'zod'
import { scimError, scimUser } from '../../src/company-api/answers.ts'
import { readPatch } from '../../src/company-api/read-patch.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

type Schema = Record<string, unknown>
interface Operation {
  summary?: string
  security: Record<string, string[]>[]
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const details = 'urn:ietf:params:scim:schemas:extension:basic-details:2.0:User'
const patch = (...Operations: unknown[]) => ({ schemas: [patchSchema], Operations })

describe('the document of the companies’ APIs (O10)', () => {
  let app: TestApp
  let document: { openapi: string; paths: Record<string, Record<string, Operation>> }
  before(async () => {
    app = await aTestApp()
    document = (await (await fetch(`${app.issuer}/developers/openapi.json`)).json()) as typeof document
  })
  after(() => app.close())

  const rows = () => app.tables['company-api'].filter(({ method }) => method !== 'ALL')
  const operationOf = ({ method, path }: { method: string; path: string }) =>
    document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
  const bodyOf = (row: { method: string; path: string }): Schema =>
    Object.values(operationOf(row)?.requestBody?.content ?? {})[0]?.schema as Schema
  const takes = (schema: Schema) => new Ajv2020.default({ strict: false }).compile(schema)

  it('O10: is OpenAPI 3.1', async () => {
    const validator = new Validator()
    const { valid, errors } = await validator.validate(structuredClone(document) as never)
    assert.deepEqual([valid, errors], [true, undefined])
    assert.equal(document.openapi, '3.1.0')
  })

  it('O10: has every row that is served, with what it does and the scope it needs', () => {
    assert.ok(rows().length > 15)
    for (const row of rows()) {
      const operation = operationOf(row)
      assert.ok(operation?.summary, `${row.method} ${row.path}`)
      assert.deepEqual(operation.security, [{ company: [row.right] }])
      assert.equal(Boolean(operation.requestBody), row.json !== undefined, row.path)
    }
    const operations = Object.values(document.paths).flatMap((each) => Object.keys(each))
    assert.equal(operations.length, rows().length)
  })

  it('O10: what a query has unless it is written is what it is without it', async () => {
    const audience = `${app.issuer}/audience/games`
    const authorization = `Bearer ${await app.companyToken('games', 'audience.read', audience)}`
    const ask = async (url: string) => (await fetch(url, { headers: { authorization } })).status
    const tried = []
    for (const end of ['changes', 'export'])
      for (const { name, in: place, schema } of document.paths[`/audience/{company}/${end}`]?.get?.parameters ?? [])
        if (place === 'query') {
          tried.push(name)
          const written = new URLSearchParams({ [name]: String(schema.default) })
          assert.equal(await ask(`${audience}/${end}?${written}`), 200, name)
        }
    assert.deepEqual(tried, ['since', 'after'])
  })

  it('O10: what a PATCH may hold by the document is taken by the check, and what neither knows is refused by both', () => {
    const byDocument = takes(bodyOf({ method: 'PATCH', path: '/scim/:company/Users/:subject' }))
    const byCheck = (body: unknown) => {
      try {
        readPatch(body)
        return true
      } catch {
        return false
      }
    }
    const good = [
      patch({ op: 'replace', path: 'name.givenName', value: 'Ada' }),
      patch({ op: 'add', path: 'addresses.locality', value: null }),
      patch({ op: 'remove', path: 'phoneNumbers' }, { op: 'remove', path: `${details}:birthDate` }),
      patch({ op: 'replace', path: 'name', value: { givenName: 'Ada', familyName: 'Berg' } }),
      patch({ op: 'replace', path: 'emails', value: [{ value: 'a@mail.example', type: 'home', primary: true }] }),
      patch({ op: 'replace', path: 'addresses', value: [] }),
      patch({ op: 'replace', path: details, value: { birthDate: '1990-02-03' } }),
      patch({ op: 'replace', value: { name: { givenName: 'Ada' }, [details]: { birthDate: '1990-02-03' } } }),
    ]
    const bad = [
      {},
      [],
      patch(),
      { schemas: [], Operations: [{ op: 'remove', path: 'name' }] },
      patch({ op: 'move', path: 'name.givenName', value: 'Ada' }),
      patch({ op: 'replace', path: 'nickName', value: 'A' }),
      patch({ op: 'replace', path: 'id', value: 'other' }),
      patch({ op: 'remove' }),
      patch({ op: 'replace', path: 'name.givenName' }),
      patch({ op: 'replace', path: 'name.givenName', value: 7 }),
      patch({ op: 'replace', path: 'emails', value: [{ value: 'a@b.example' }, { value: 'c@d.example' }] }),
      patch({ op: 'replace', value: { nickName: 'A' } }),
      patch(...Array.from({ length: 51 }, () => ({ op: 'remove', path: 'name' }))),
    ]
    for (const body of good) assert.deepEqual([byDocument(body), byCheck(body)], [true, true], JSON.stringify(body))
    for (const body of bad) assert.deepEqual([byDocument(body), byCheck(body)], [false, false], JSON.stringify(body))
    // Narrower, as it says: names in any case and the filter that means the one value.
    const spelled = patch({ op: 'Replace', path: 'emails[type eq "home"].value', value: 'a@mail.example' })
    assert.deepEqual([byDocument(spelled), byCheck(spelled)], [false, true])
  })

  it('O10: what a ticket system may send by the document is taken by the check, and refused by both', () => {
    const agent = 'kim@games.example'
    const samples: [path: string, good: object, bad: object[]][] = [
      ['', { agent, find: 'ada@mail.example' }, [{ agent }, { agent, find: 7 }, { agent, find: 'a', more: 1 }]],
      ['/:id/code', { agent }, [{}, { agent, code: '1' }]],
      [
        '/:id/details',
        { agent, details: { city: 'Lund' }, shown: { city: null } },
        [{ agent, details: { nick: 'x' }, shown: {} }],
      ],
      ['/:id/guarded', { agent, field: 'country', value: 'SE' }, [{ agent, field: 'city', value: 'Lund' }]],
      ['/:id/acts', { agent, act: 'redelivery' }, [{ agent, act: 'erase' }]],
    ]
    for (const [path, good, bad] of samples) {
      const row = rows().find((each) => each.method === 'POST' && each.path === `/support/:company/cases${path}`)
      assert.ok(row?.json, path)
      const byDocument = takes(bodyOf(row))
      const byCheck = (body: unknown) => (row.json as z.ZodType).safeParse(body).success
      assert.deepEqual([byDocument(good), byCheck(good)], [true, true], `${path} ${JSON.stringify(byDocument.errors)}`)
      for (const body of bad) assert.deepEqual([byDocument(body), byCheck(body)], [false, false], JSON.stringify(body))
    }
  })

  it('O10: what is really answered is as the document says', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { subject } = await app.account(person.accounts.games!)
    const headers = { authorization: `Bearer ${await app.companyToken('games')}` }
    const read = await fetch(`${app.issuer}/scim/games/Users/${subject}`, { headers })
    scimUser.parse(await read.json())
    const missing = await fetch(`${app.issuer}/scim/games/Users/nobody`, { headers })
    scimError.parse(await missing.json())
  })
})
