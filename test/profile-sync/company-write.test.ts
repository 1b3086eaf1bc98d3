import assert from 'node:assert/strict'
import type { DetailName } from '../../src/details/index.ts'
import { detailsOf } from '../../src/people/index.ts'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'

const grace = { kind: 'after-grace', days: 14 } as const

describe('a company’s write to an account that is being closed', () => {
  let app: TestApp
  let desk: Desk
  let [first, second]: Staff[] = []
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
    first = await desk.aMember('mobile', 'support')
    second = await desk.aMember('mobile', 'support-lead')
  })
  after(() => app.close())

  type Closing = { id: string; subject: string; email: string; caseId: string; person: string }
  const aPersonClosing = async (): Promise<Closing> => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const id = person.accounts.mobile!
    await app.features.closures.close(await app.account(id), grace, { kind: 'person', id: person.id })
    await app.settled()
    const caseId = await desk.aProvenCase(first!, person.email)
    return { id, subject: (await app.account(id)).subject, email: person.email, caseId, person: person.id }
  }
  const post = async (path: string, method: string, type: string, body: object) => {
    const headers = { authorization: `Bearer ${await app.companyToken('mobile')}`, 'content-type': type }
    const answer = await fetch(app.issuer + path, { method, headers, body: JSON.stringify(body) })
    const { detail, error = detail } = (await answer.json()) as { error?: string; detail?: string }
    return { status: answer.status, error }
  }
  const code = (asked: Promise<unknown>) =>
    asked.then(
      () => ({ status: 200, error: 'nothing' }),
      ({ kind, code: error }: { kind: string; code: string }) => ({ status: kind === 'conflict' ? 409 : 400, error }),
    )

  const entries: Record<string, (at: Closing) => Promise<{ status: number; error: string | undefined }>> = {
    'by its API': ({ subject }) =>
      post(`/scim/mobile/Users/${subject}`, 'PATCH', 'application/scim+json', {
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'name.givenName', value: 'Late' }],
      }),
    'by its ticket system': ({ caseId }) =>
      post(`/support/mobile/cases/${caseId.replaceAll(':', '.')}/details`, 'POST', 'application/json', {
        agent: first!._id,
        details: { givenName: 'Late' },
        shown: { givenName: 'Ada' },
      }),
    'by its support at the console': ({ caseId }) =>
      code(desk.corrections.correct(first!, caseId, { givenName: 'Late' }, { givenName: 'Ada' })),
    'by a guarded change that is proposed': ({ caseId }) =>
      code(desk.corrections.proposeGuarded(first!, caseId, { field: 'country', value: 'NO', evidence: 'a passport' })),
    'by a second agent': ({ caseId }) => code(desk.corrections.agreeToGuarded(second!, caseId)),
    'by what its person approved': ({ caseId }) =>
      code(desk.corrections.makeApproved(first!, caseId, { field: 'country' as DetailName, value: 'NO' })),
  }
  for (const [how, write] of Object.entries(entries))
    it(`H4: is refused ${how}: nothing changes there unless its person comes back (house §2)`, async () => {
      const at = await aPersonClosing()
      const before = await app.account(at.id)
      const { status, error } = await write(at)
      assert.equal(status, 409, error)
      assert.match(error ?? '', /^account-stands-still$|being closed or unlinked/)
      await app.settled()
      const after = await app.account(at.id)
      assert.deepEqual([after.copy, after.own, after.intents], [before.copy, before.own, {}])
      const person = (await app.features.people.get(at.person))!
      assert.deepEqual([detailsOf(person).givenName, detailsOf(person).country], ['Ada', 'SE'])
    })
})
