import { createPublicKey } from 'node:crypto'

/** Of `node:dns/promises`; a text record comes in its strings. */
export interface Resolver {
  resolveTxt: (name: string) => Promise<string[][]>
  resolveMx: (name: string) => Promise<{ exchange: string }[]>
}

interface Found {
  /** Each a place, what is wrong, and what to write. */
  issues: string[]
  /** What is well, or to be known. */
  notes: string[]
}

/** An evaluation that asks for more fails at every receiver (RFC 7208 §4.6.4). */
const mostLookups = 10
const leastKeyBits = 2048

/**
 * Whether receivers will believe letters of a domain: SPF (RFC 7208), DKIM of the selectors that its mail server signs
 * with (RFC 6376), DMARC (RFC 7489), and that answers and bounces arrive somewhere. Says all of it at once. That the mail
 * server is among those that SPF names, nobody can see from here: a letter to a mailbox elsewhere shows it.
 */
export const lookAtSender = async (
  { domain, selectors }: { domain: string; selectors: readonly string[] },
  resolver: Resolver,
): Promise<Found> => {
  const texts = (name: string) => recordsOf(async () => (await resolver.resolveTxt(name)).map((it) => it.join('')))
  const found = await Promise.all([
    spfOf(domain, texts),
    ...selectors.map((selector) => dkimOf(`${selector}._domainkey.${domain}`, texts)),
    dmarcOf(domain, texts),
    mxOf(domain, resolver),
  ])
  if (selectors.length === 0)
    found.push(
      wrong('DKIM', 'no selector was named: write --selector NAME, as your mail server signs (s= in its letters)'),
    )
  return { issues: found.flatMap((each) => each.issues), notes: found.flatMap((each) => each.notes) }
}

type Texts = (name: string) => Promise<string[] | Unanswered>
interface Unanswered {
  error: string
}

const wrong = (place: string, says: string): Found => ({ issues: [`${place}: ${says}`], notes: [] })
const well = (place: string, says: string): Found => ({ issues: [], notes: [`${place}: ${says}`] })
const unanswered = (place: string, { error }: Unanswered): Found =>
  wrong(place, `could not be looked up (${error}): ask again, from where the names of the internet are answered`)

/** Empty where there is none; what no answer came of is told apart. */
const recordsOf = async <T>(ask: () => Promise<T[]>): Promise<T[] | Unanswered> => {
  try {
    return await ask()
  } catch (error) {
    const { code = 'no answer' } = error as { code?: string }
    return code === 'ENOTFOUND' || code === 'ENODATA' ? [] : { error: code }
  }
}

const spfOf = async (domain: string, texts: Texts): Promise<Found> => {
  const place = `SPF of ${domain}`
  const all = await texts(domain)
  if ('error' in all) return unanswered(place, all)
  const records = all.filter((text) => /^v=spf1(\s|$)/i.test(text))
  const [record] = records
  if (record === undefined)
    return wrong(place, 'is missing: write a TXT record "v=spf1 <your mail server’s part> -all"')
  if (records.length > 1) return wrong(place, `stands ${records.length} times, so none counts: leave one`)
  const terms = record.trim().split(/\s+/).slice(1)
  const lookups = terms.filter((term) => /^[-+?~]?(include|a|mx|ptr|exists)([:/]|$)|^redirect=/i.test(term)).length
  if (lookups > mostLookups)
    return wrong(
      place,
      `asks for ${lookups} lookups, and receivers stop at ${mostLookups}: name addresses (ip4:, ip6:)`,
    )
  const end = terms.find((term) => /^[-+?~]?all$/i.test(term))
  if (end && /^(\+?all|\?all)$/i.test(end))
    return wrong(place, `ends with "${end}", which lets anybody send: write -all`)
  if (!end && !terms.some((term) => /^redirect=/i.test(term)))
    return wrong(place, 'says nothing of everybody else: write -all at its end')
  return well(place, record)
}

const tagsOf = (record: string): Map<string, string> =>
  new Map(
    record.split(';').flatMap((part): [string, string][] => {
      const [name = '', ...value] = part.split('=')
      return name.trim() === '' ? [] : [[name.trim().toLowerCase(), value.join('=').replace(/\s/g, '')]]
    }),
  )

const dkimOf = async (name: string, texts: Texts): Promise<Found> => {
  const place = `DKIM at ${name}`
  const all = await texts(name)
  if ('error' in all) return unanswered(place, all)
  const [record] = all.filter((text) => tagsOf(text).has('p'))
  if (record === undefined) return wrong(place, 'is missing: write the TXT record that your mail server shows for it')
  const tags = tagsOf(record)
  const key = tags.get('p') ?? ''
  if (key === '') return wrong(place, 'is a key that was withdrawn (p= is empty): sign with another selector')
  const kind = tags.get('k') ?? 'rsa'
  if (kind === 'rsa') {
    const bits = bitsOf(key)
    if (bits === undefined) return wrong(place, 'holds no key that can be read (p=): copy it again, whole')
    if (bits < leastKeyBits) return wrong(place, `is a key of ${bits} bits: make one of ${leastKeyBits}`)
  }
  if ((tags.get('t') ?? '').split(':').includes('y'))
    return wrong(place, 'says that it is only a test (t=y), so receivers ignore it: leave t=y out')
  return well(place, `a key of kind ${kind}`)
}

const bitsOf = (key: string): number | undefined => {
  try {
    const spki = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    return spki.asymmetricKeyDetails?.modulusLength
  } catch {
    return undefined
  }
}

/** Of the domain itself, else of the nearest above it that has one; what a parent says of its children is `sp`. */
const dmarcOf = async (domain: string, texts: Texts): Promise<Found> => {
  const labels = domain.split('.')
  for (let from = 0; from <= labels.length - 2; from++) {
    const at = labels.slice(from).join('.')
    const place = `DMARC at _dmarc.${at}`
    const all = await texts(`_dmarc.${at}`)
    if ('error' in all) return unanswered(place, all)
    const records = all.filter((text) => /^v=DMARC1\s*(;|$)/.test(text))
    const [record] = records
    if (record === undefined) continue
    if (records.length > 1) return wrong(place, `stands ${records.length} times, so none counts: leave one`)
    const tags = tagsOf(record)
    const policy = (from > 0 && tags.get('sp')) || tags.get('p')
    if (policy === undefined) return wrong(place, 'says no policy: write p=quarantine or p=reject')
    if (!['none', 'quarantine', 'reject'].includes(policy))
      return wrong(place, `has the policy "${policy}": write p=quarantine or p=reject`)
    if (policy === 'none')
      return wrong(
        place,
        'only watches (none), so letters in your name reach people: write p=quarantine, then p=reject',
      )
    const reports = tags.has('rua') ? '' : '; nobody is sent its reports (rua=)'
    return well(place, `${policy}${reports}`)
  }
  return wrong(
    `DMARC of ${domain}`,
    `is missing: write a TXT record at _dmarc.${domain}, "v=DMARC1; p=quarantine; rua=mailto:you@${domain}"`,
  )
}

const mxOf = async (domain: string, resolver: Resolver): Promise<Found> => {
  const place = `MX of ${domain}`
  const found = await recordsOf(() => resolver.resolveMx(domain))
  if ('error' in found) return unanswered(place, found)
  const hosts = found.map(({ exchange }) => exchange).filter((exchange) => exchange !== '' && exchange !== '.')
  if (hosts.length === 0)
    return wrong(
      place,
      'is missing, and answers and bounces reach nobody: write one, or send from a domain that has one',
    )
  return well(place, hosts.join(', '))
}
