/** Staff at work: members with a second factor, cases opened and brought to a level. */
import assert from 'node:assert/strict'
import { now } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { type Role, type Staff, totpContext, totpOf } from '../../src/staff/index.ts'
import type { TestApp } from './app.ts'

export const staffPassword = 'a desk with seven telephones'
export const totpSecret = '7GJETNHYUEWXG2JIS3TV47BEOLNUMMYW'

export const refuses = (code: string) => (error: unknown) => isAppError(error, code)

/** The code an authenticator shows, `steps` of 30 seconds from now. */
export const totpNow = (steps = 0): string =>
  totpOf(totpSecret, 'staff').generate({ timestamp: now() + steps * 30_000 })

type From = Parameters<TestApp['features']['support']['signIn']['password']>[2]

export const aDesk = (app: TestApp) => {
  const { support, passwords, box } = app.features
  let count = 0

  const aMember = async (company: string, ...roles: Role[]): Promise<Staff> => {
    count += 1
    const _id = `agent${count}@${company}.example`
    const member: Staff = {
      _id,
      rev: 1,
      company,
      roles,
      status: 'active',
      password: await passwords.hash(staffPassword),
      totp: box.seal(totpSecret, totpContext(_id)),
      totpStep: 0,
      epoch: 1,
      createdAt: now(),
      invitedBy: 'configuration',
    }
    assert.ok(await support.staff.insert(member))
    return member
  }

  const aCase = async (staff: Staff, find?: string, reference = '') => {
    const reason = 'The caller asks why a name is old'
    const { _id } = await support.openCase.open(staff, { reference, reason, askedBy: 'person' })
    if (find !== undefined) assert.equal(await support.openCase.find(staff, _id, find), 'found')
    return _id
  }

  /** A case in which the caller has read the code from their mailbox. */
  const aProvenCase = async (staff: Staff, email: string, reference = '') => {
    const id = await aCase(staff, email, reference)
    await support.proveCaller.sendCode(staff, id)
    await support.proveCaller.checkCode(staff, id, await app.code(email))
    return id
  }

  /** What a company's audit says of a case, oldest first. */
  const audited = async (company: string, id: string) =>
    (await support.audit.search(company, { kind: 'case', value: id }, 100)).reverse().map(({ action }) => action)

  /** What a person reads of support's looks and acts, oldest first. */
  const readBy = async (person: string) =>
    (await app.features.activity.listFor({ kind: 'person', person }, { limit: 100, kinds: ['support-act'] })).reverse()

  /** As from the desk where everybody of a test sits. */
  const password = (email: string, typed: string, from: From = { network: '127.0.0.1/32' }) =>
    support.signIn.password(email, typed, from)

  return { ...support, signIn: { ...support.signIn, password }, aMember, aCase, aProvenCase, audited, readBy }
}

export type Desk = ReturnType<typeof aDesk>
