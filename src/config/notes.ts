import { clientExemptions, type Group } from '../services/index.ts'
import { unkeptPromises } from './promises.ts'

/** What is allowed and still worth a second look, each in a sentence. */
export const notesOf = (group: Group, clientSecrets: ReadonlyMap<string, string>): string[] => [
  ...unkeptPromises(group),
  ...leftOfACopy(group),
  ...clientExemptions(group).map(({ client, exempt }) => `client ${client} is exempt from ${exempt} by its entry`),
  ...[...clientSecrets]
    .filter(([, secret]) => !/^[\w.~-]+$/.test(secret))
    .map(
      ([client]) =>
        `the secret of client ${client} has characters that must be form-encoded in the Authorization header, which libraries forget: write openssl rand -hex 32's answer when it is next replaced`,
    ),
]

/** A company's file is mostly a copy of another's: people know a company by its names, and staff work for one. */
const leftOfACopy = ({ companies, operator }: Pick<Group, 'companies' | 'operator'>): string[] => {
  const seen = new Map<string, string>()
  const sharedBy = (id: string, what: string, text: string): string[] => {
    const key = `${what}: ${text.trim().toLowerCase()}`
    const other = seen.get(key)
    if (other === undefined) seen.set(key, id)
    return other === undefined ? [] : [`${other} and ${id} have the same ${what}`]
  }
  return [{ ...operator, administrators: [] }, ...companies.values()].flatMap(
    ({ id, name, legalName, administrators }) => [
      ...Object.entries({ name, 'legal name': legalName }).flatMap(([what, text]) =>
        sharedBy(id, what, text).map((shared) => `${shared}, “${text}”: people cannot tell them apart`),
      ),
      ...administrators
        .flatMap((address) => sharedBy(id, 'administrator', address))
        .map((shared) => `${shared}: whoever works for one of them cannot join the other`),
    ],
  )
}
