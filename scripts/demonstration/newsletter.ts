/**
 * A letter as a company's own mailer sends it: asked for at the audience door first, and with the two headers that the door
 * gave (RFC 8058), which its DKIM signature covers.
 */
import { createTransport } from 'nodemailer'

export interface Newsletter {
  from: string
  to: string
  subject: string
  /** Every one says where to end it (S6-b). */
  text: (unsubscribe: string) => string
}

export interface Mailing {
  /** Where a company asks whether it may send: `evaluation` of `demo.json`. */
  evaluation: string
  /** Of its own client, for that address. */
  token: string
  dkim: { domainName: string; keySelector: string; privateKey: string }
}

/** What a signature must cover: without the two of the list a mail service offers no one-click unsubscribe. */
const signed = 'From:To:Subject:Date:Message-ID:MIME-Version:Content-Type:List-Unsubscribe:List-Unsubscribe-Post'

/** The letter as it goes over the wire; undefined: its reader does not want it at this moment. */
export const writeNewsletter = async (
  { evaluation, token, dkim }: Mailing,
  subject: string,
  letter: Newsletter,
): Promise<string | undefined> => {
  const answer = await fetch(evaluation, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      subject: { type: 'user', id: subject },
      action: { name: 'marketing' },
      resource: { type: 'channel', id: 'email', properties: { address: letter.to } },
    }),
  })
  if (!answer.ok) throw new Error(`the audience door answered ${answer.status}`)
  const { decision, context } = (await answer.json()) as {
    decision: boolean
    context: { headers?: Record<string, string> }
  }
  if (!decision || !context.headers) return undefined
  const unsubscribe = /<(.+)>/.exec(context.headers['List-Unsubscribe'] ?? '')?.[1] ?? ''
  // By `headers`: what nodemailer's own `list` makes of the second of them is not what RFC 8058 asks for.
  const mailer = createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
    dkim: { ...dkim, headerFieldNames: signed },
  })
  const { message } = (await mailer.sendMail({
    ...letter,
    text: letter.text(unsubscribe),
    headers: context.headers,
  })) as unknown as { message: Buffer }
  return message.toString()
}
