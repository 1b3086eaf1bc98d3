import type { Operator } from '../companies/index.ts'
import { second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { MailKind } from './kinds.ts'
import type { Asked, Mailbox } from './mailbox.ts'
import type { WrittenMail } from './write-mail.ts'

/** Where letters go, and from whom they come. */
export interface MailSettings {
  issuer: string
  /** Newest first. */
  secretKeys: Uint8Array[]
  /** Absent: into the mailbox of development. */
  smtpUrl?: string
  group: { operator: Operator }
}

type Letter = WrittenMail & {
  kind: MailKind
  to: string
  /** Of the envelope, where it is another than who it is from. */
  sender: string | undefined
}

interface Transport {
  /** Settles when the mail server has taken the letter; breaks off at the signal. */
  deliver(letter: Letter, asked: Asked, signal: AbortSignal): Promise<void>
  close(): void
}

/** From whom letters come. */
export const senderOf = ({ name, contacts }: Operator, issuer: string): { name: string; address: string } => ({
  name,
  address: contacts.support.email ?? `no-reply@${new URL(issuer).hostname}`,
})

/** At most, at one mail server; how many of them are used depends on how many it takes. */
export const mostConnections = 32

/** The last hand a letter passes: to a mail server, or in development into the mailbox. */
export const createTransportTo = (
  { issuer, smtpUrl, group }: Pick<MailSettings, 'issuer' | 'smtpUrl' | 'group'>,
  mailbox: Mailbox | undefined,
): Transport => {
  const { hostname } = new URL(issuer)
  const from = senderOf(group.operator, issuer)
  const headers = (): Record<string, string> => ({
    'Message-ID': `<${randomId()}@${hostname}>`,
    // RFC 3834: no out-of-office answers to letters that nobody wrote.
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
  })

  if (!smtpUrl) {
    return {
      deliver: async ({ to, sender: envelope, kind, subject, text, html }, asked) => {
        const sender = { From: `"${from.name.replace(/["\\]/g, '')}" <${from.address}>`, To: to, Subject: subject }
        const path: Record<string, string> = envelope === undefined ? {} : { 'Return-Path': `<${envelope}>` }
        await mailbox?.put({ to, kind, subject, text, html, headers: { ...path, ...sender, ...headers() } }, asked)
      },
      close: () => {},
    }
  }
  const connect = async (url: string) => {
    const { createTransport } = await import('nodemailer')
    return createTransport(
      {
        url,
        pool: true,
        maxConnections: mostConnections,
        connectionTimeout: 10 * second,
        greetingTimeout: 10 * second,
        socketTimeout: 20 * second,
      },
      { disableFileAccess: true, disableUrlAccess: true },
    )
  }
  // Loaded with the first letter: a start has none to send.
  let connected: ReturnType<typeof connect> | undefined
  return {
    deliver: async ({ to, sender, subject, text, html }, _asked, signal) => {
      const { 'Message-ID': messageId, ...others } = headers()
      // As an object: an address is one address, never a list or a header that somebody typed.
      const address = { name: '', address: to }
      connected ??= connect(smtpUrl)
      const smtp = await connected
      const envelope = sender === undefined ? {} : { envelope: { from: sender, to } }
      const letter = { from, to: address, subject, text, html, messageId, headers: others, ...envelope }
      await smtp.sendMail({ ...letter, signal })
    },
    close: () => void connected?.then((smtp) => smtp.close({ force: true })),
  }
}
