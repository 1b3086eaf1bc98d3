/**
 * Fills an empty embedded database: one person goes through registration and is linked with every company by the
 * product's own use cases; the others are copies of what that left in the store, under ids and addresses of their own.
 */
import { type App, createApp } from '../../src/app/index.ts'
import { policyInForce } from '../../src/companies/index.ts'
import { type Config, loadConfig } from '../../src/config/index.ts'
import { detailsOfClaims } from '../../src/details/index.ts'
import { keyedDigest, randomId } from '../../src/lib/ids.ts'
import { createLog } from '../../src/lib/log.ts'
import { type Database, openDatabase } from '../../src/storage/index.ts'

export const password = 'an umbrella in the rain'
export const addressOf = (n: number): string => `person${n}@bench.example`
/** The subject that person n has at a company. */
export const subjectOf = (company: string, n: number): string => `${company}-${String(n).padStart(8, '0')}`

interface First {
  person: string
  address: string
  subjects: Map<string, string>
}

const collections = ['people', 'identifiers', 'credentials', 'accounts', 'links']
const batch = 500

/** Answers the seconds it took. */
export const fill = async (environment: Record<string, string>, count: number): Promise<number> => {
  const started = performance.now()
  const config = loadConfig(environment)
  const database = await openDatabase({ dataDir: config.dataDir, synchronous: 'NORMAL' })
  const { features } = await createApp({ config, database, log: createLog('silent') })
  const first = await firstPerson(features, config)
  const lookupKey = await features.meta.persistentKey('lookup-key', features.box)

  for (const name of collections) {
    const texts = await template(database, name)
    for (let from = 0; from < count; from += batch) {
      const copies: Record<string, unknown>[] = []
      for (let n = from; n < Math.min(from + batch, count); n += 1) {
        const copy = copyingTo(n, first, lookupKey)
        for (const text of texts) copies.push(JSON.parse(copy(text)))
      }
      await database.connection.collection(name).insertMany(copies as never)
    }
  }
  for (const company of config.group.companies.keys()) await features.meta.set(`policy-applied:${company}`, '1')
  await database.close()
  return (performance.now() - started) / 1000
}

const firstPerson = async ({ registration, links, mailer }: App['features'], { group }: Config): Promise<First> => {
  const address = `first-${randomId()
    .replaceAll(/[^a-z0-9]/gi, '')
    .toLowerCase()}@bench.example`
  const details = {
    givenName: 'Bench',
    familyName: 'Person',
    birthDate: '1980-05-17',
    street: 'Storgatan 1',
    postalCode: '111 22',
    city: 'Stockholm',
    country: 'SE',
    email: address,
  }
  const handle = await registration.begin({ details, password, language: 'en', company: '' })
  const [mail] = (await mailer.mailbox?.list(address)) ?? []
  const { person } = await registration.complete(handle, /\d{6}/.exec(mail?.text ?? '')?.[0] ?? '')
  const subjects = new Map<string, string>()
  for (const company of group.companies.values()) {
    const { subject } = await links.linkNewAccount(person, {
      company,
      actor: { kind: 'person', id: person },
      policyVersion: policyInForce(company).version,
      shown: detailsOfClaims(company.release.receives),
    })
    subjects.set(company.id, subject)
  }
  return { person, address, subjects }
}

/** What the first person left in a collection, as if its records had been carried on and told already; taken out again. */
const template = async ({ connection }: Database, name: string): Promise<string[]> => {
  const documents = await connection.collection(name).find({}).toArray()
  await connection.collection(name).deleteMany({})
  return documents.map(({ due, lifecycleEvents, ...document }) =>
    JSON.stringify({ ...document, ...(document.log && { log: [] }) }),
  )
}

const copyingTo = (n: number, { person, address, subjects }: First, lookupKey: Uint8Array) => {
  const replaced: [string, string][] = [
    [person, `bench-${String(n).padStart(8, '0')}`],
    [address, addressOf(n)],
    [keyedDigest(lookupKey, address), keyedDigest(lookupKey, addressOf(n))],
    ...[...subjects].map(([company, subject]): [string, string] => [subject, subjectOf(company, n)]),
  ]
  return (text: string) => replaced.reduce((made, [from, to]) => made.replaceAll(from, to), text)
}
