import type { SeparateLogins } from '../accounts/index.ts'
import { type Company, type CompanyId, policyInForce } from '../companies/index.ts'
import type { Demonstration } from '../config/index.ts'
import { type Details, detailsOfClaims } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import type { Links } from '../links/index.ts'
import type { Mailer } from '../mail/index.ts'
import type { Registered, Registration } from '../people/index.ts'
import { type StaffStore, totpContext } from '../staff/index.ts'
import type { MetaStore } from '../storage/index.ts'

export interface SeedDeps {
  demonstration: Demonstration
  companies: ReadonlyMap<CompanyId, Company>
  meta: MetaStore
  mailer: Pick<Mailer, 'mailbox'>
  registration: {
    begin: (registration: Registration) => Promise<string>
    complete: (handle: string, code: string) => Promise<Registered>
  }
  links: Pick<Links, 'linkNewAccount'>
  separateLogins: Pick<SeparateLogins, 'beginSeparate' | 'complete'>
  enqueuePerson: (person: string) => void
  passwords: { hash: (password: string) => Promise<string> }
  box: { seal: (text: string, context: string) => string }
  staff: StaffStore
}

type SeededPerson = Demonstration['people'][number]

/**
 * The demonstration's people and staff, made by the use cases that anybody goes through, codes from mails included;
 * once, and continued where a crash left it. False when all were there.
 */
export const seedDemonstration = async (deps: SeedDeps): Promise<boolean> => {
  const { demonstration, meta } = deps
  if (await meta.get('seeded:all')) return false
  for (const [i, person] of demonstration.people.entries())
    await once(meta, `seeded:person:${i}`, () => seedPerson(deps, person))
  for (const member of demonstration.staff)
    await once(meta, `seeded:staff:${member.email}`, () => seedStaff(deps, member))
  await meta.set('seeded:all', 'done')
  return true
}

const once = async (meta: MetaStore, name: string, act: () => Promise<void>): Promise<void> => {
  if (await meta.get(name)) return
  await act()
  await meta.set(name, 'done')
}

const seedPerson = async (deps: SeedDeps, seeded: SeededPerson): Promise<void> => {
  const { registration, links, companies, enqueuePerson } = deps
  const { email, password, details, language, ownData } = seeded
  if (email && password) {
    const handle = await registration.begin({
      details: { ...(details as Details), email },
      password,
      language,
      company: companies.get(seeded.links[0] ?? '')?.name ?? '',
    })
    const { person } = await registration.complete(handle, await codeFor(deps, email))
    for (const id of seeded.links) {
      const company = companies.get(id)
      if (!company) continue
      await links.linkNewAccount(person, {
        company,
        actor: { kind: 'person', id: person },
        policyVersion: policyInForce(company).version,
        shown: detailsOfClaims(company.release.receives),
        ownData: ownData[id] ?? {},
      })
    }
    enqueuePerson(person)
  }
  for (const account of seeded.separate) {
    const company = companies.get(account.company)
    if (!company) continue
    const handle = await deps.separateLogins.beginSeparate({
      company: company.id,
      companyName: company.name,
      details: { ...(account.details as Details), email: account.email },
      ownData: account.ownData,
      password: account.password,
      language,
    })
    await deps.separateLogins.complete(handle, await codeFor(deps, account.email))
  }
}

const codeFor = async ({ mailer }: SeedDeps, address: string): Promise<string> => {
  const letters = (await mailer.mailbox?.list(address)) ?? []
  return letters.map(({ text }) => /\d{6}/.exec(text)?.[0]).find((code) => code !== undefined) ?? ''
}

const seedStaff = async (
  { staff, passwords, box }: SeedDeps,
  { email, company, roles, password, totpSecret }: Demonstration['staff'][number],
): Promise<void> => {
  const active = {
    roles,
    status: 'active' as const,
    password: await passwords.hash(password),
    totp: box.seal(totpSecret, totpContext(email)),
  }
  const fresh = {
    _id: email,
    rev: 1,
    company,
    totpStep: 0,
    epoch: 1,
    createdAt: now(),
    invitedBy: 'configuration' as const,
  }
  if (await staff.insert({ ...fresh, ...active })) return
  const invited = await staff.get(email)
  if (invited) await staff.commit(invited, active)
}
