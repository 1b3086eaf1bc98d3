import type { Config, Demonstration } from '../config/index.ts'
import { isoNow, minute, now } from '../lib/clock.ts'
import type { Mailer } from '../mail/index.ts'
import { totpOf } from '../staff/index.ts'
import type { createDemonstrationServices, DemonstrationService } from './demonstration-services.ts'

/** What the tour shows: every service and how it fails just now, whom the demonstration begins with, and their codes. */
export const tourOf = async (
  { group, issuer }: Config,
  { people, staff }: Demonstration,
  outside: Pick<ReturnType<typeof createDemonstrationServices>, 'faultOf'>,
) => {
  const named = (id: string) => group.companies.get(id)?.name ?? id
  return {
    services: await Promise.all(
      servicesOf(group)
        .toSorted((a, b) => a.url.localeCompare(b.url))
        .map(async (service) => ({
          ...service,
          companyName: named(service.company),
          // A partner wears nobody's colours.
          brand: group.partners.has(service.id) ? null : group.companies.get(service.company)?.brand,
          description: (group.services.get(service.id) ?? group.partners.get(service.id))?.description,
          fault: (await outside.faultOf(service.id)) ?? null,
        })),
    ),
    people: people.map(({ email, password, links, separate }) => ({
      email: email ?? null,
      password: password ?? null,
      links: links.map(named),
      separate: separate.map((account) => ({ ...account, company: named(account.company) })),
    })),
    staff: staff.map((member) => ({
      ...member,
      company: named(member.company),
      code: totpOf(member.totpSecret, member.email).generate({ timestamp: Date.parse(isoNow()) }),
    })),
    now: Date.parse(isoNow()),
    issuer,
  }
}

type Letter = Awaited<ReturnType<NonNullable<Mailer['mailbox']>['list']>>[number]

/** The code that a letter brought, where it brought one. */
export const codeIn = ({ kind, text }: Pick<Letter, 'kind' | 'text'>): string | undefined =>
  /-(code|known)$/.test(kind) ? /\d{6}/.exec(text)?.[0] : undefined

/** Where a letter can be ended by one click (RFC 8058), as mail services offer it beside the letter. */
export const oneClickOf = ({ headers }: Pick<Letter, 'headers'>): string | undefined =>
  headers['List-Unsubscribe-Post'] === 'List-Unsubscribe=One-Click'
    ? /^<(.+)>$/.exec(headers['List-Unsubscribe']?.replace(/\s/g, '') ?? '')?.[1]
    : undefined

const shownFor = 15 * minute
const mostCodes = 3

/** The newest codes that may still hold, for whoever reads the tour's step that asks for one. */
export const codesIn = (letters: readonly Letter[]) =>
  letters
    .filter(({ at }) => now() - Date.parse(at) < shownFor)
    .flatMap((letter) => {
      const code = codeIn(letter)
      return code ? [{ to: letter.to, code }] : []
    })
    .slice(0, mostCodes)

const servicesOf = ({ services, partners }: Config['group']): DemonstrationService[] =>
  [...services.values(), ...partners.values()].map(({ id, name, company, url }) => ({ id, name, company, url }))
