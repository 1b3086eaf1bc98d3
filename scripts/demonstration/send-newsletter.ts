import { generateKeyPairSync } from 'node:crypto'
import { inLanguage } from '../../src/companies/in-language.ts'
import type { Localized } from '../../src/companies/index.ts'
import type { Language } from '../../src/i18n/index.ts'
import { writeNewsletter } from './newsletter.ts'

/** What a company's own mailer works with: its machine client, the audience door, its API, and where letters go. */
export interface NewsletterSettings {
  audience: string
  scim: string
  clientId: string
  clientSecret: string
  from: string
  /** The message as the company declared it. */
  name: Localized
}

export interface Sent {
  sent: number
  skipped: number
}

/**
 * A company's newsletter, from asking whom to the mailbox: who may be written to comes from the audience door, the address
 * from the company's own account, and each is asked about once more at the moment its letter is written.
 */
export const createNewsletter = (issuer: string, settings: NewsletterSettings) => {
  const { audience, scim, clientId, clientSecret, from, name } = settings
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const dkim = {
    domainName: from.slice(from.indexOf('@') + 1),
    keySelector: 'letters',
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }

  const tokenFor = async (resource: string, scope: string): Promise<string> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope, resource })
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`
    const answer = await fetch(`${issuer}/token`, { method: 'POST', headers: { authorization }, body })
    return ((await read(answer)) as { access_token: string }).access_token
  }

  const readers = async (token: string): Promise<{ subject: string; isReader: boolean }[]> => {
    const answer = await fetch(`${audience}/export`, { headers: { authorization: `Bearer ${token}` } })
    if (!answer.ok) throw new Error(`the audience door answered ${answer.status}`)
    const lines = (await answer.text()).trim().split('\n')
    const members = lines.map((line) => JSON.parse(line) as Partial<Member>)
    return members.flatMap(({ subject, allowed = [] }) => {
      const isReader = allowed.some(({ action, resource }) => action.name === 'marketing' && resource.id === 'email')
      return subject ? [{ subject: subject.id, isReader }] : []
    })
  }

  const addressOf = async (token: string, subject: string): Promise<string | undefined> => {
    const address = `${scim}/Users/${encodeURIComponent(subject)}`
    const answer = await fetch(address, { headers: { authorization: `Bearer ${token}` } })
    return ((await read(answer)) as { emails?: { value: string }[] }).emails?.[0]?.value
  }

  const deliver = async (message: string): Promise<void> => {
    const headers = { 'content-type': 'application/json' }
    await read(await fetch(`${issuer}/dev/mail`, { method: 'POST', headers, body: JSON.stringify({ message }) }))
  }

  return {
    send: async (language: Language, text: (unsubscribe: string) => string): Promise<Sent> => {
      const [token, own] = await Promise.all([tokenFor(audience, 'audience.read'), tokenFor(scim, 'accounts.read')])
      const mailing = { evaluation: `${audience}/evaluation`, token, dkim }
      const result: Sent = { sent: 0, skipped: 0 }
      for (const { subject, isReader } of await readers(token)) {
        const to = isReader ? await addressOf(own, subject) : undefined
        const letter = to && { from, to, subject: inLanguage(name, language), text }
        const message = letter ? await writeNewsletter(mailing, subject, letter) : undefined
        if (message) await deliver(message)
        result[message ? 'sent' : 'skipped'] += 1
      }
      return result
    },
  }
}

interface Member {
  subject: { id: string }
  allowed: { action: { name: string }; resource: { id: string } }[]
}

const read = async (answer: Response): Promise<unknown> => {
  if (!answer.ok) throw new Error(`${new URL(answer.url).pathname} answered ${answer.status}`)
  return answer.json()
}
