import { isoNow, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { padded, randomId } from '../lib/ids.ts'
import { type Connection, insertOnce, storeOf, storeSchema, trusted } from '../storage/index.ts'

/** A letter as it would have left the house. */
interface SentMail {
  to: string
  kind: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
  /** ISO 8601. */
  at: string
}

/** When a letter was asked for, and its place among those of the same moment. */
export interface Asked {
  at: number
  place: number
}

const mostShown = 500

/** Development only: where letters land when there is no mail server. */
export const createMailbox = (connection: Connection) => {
  const model = storeOf<SentMail & { _id: string }>(
    connection,
    storeSchema<SentMail & { _id: string }>({
      _id: String,
      to: String,
      kind: String,
      subject: String,
      text: String,
      html: String,
      headers: {},
      at: String,
    }),
    'mailbox',
  )
  return {
    /** In the order in which they were asked for, whichever was written first; the same letter twice is one. */
    put: async (mail: Omit<SentMail, 'at'>, { at, place }: Asked): Promise<void> => {
      const _id = `${padded(at)}:${padded(place)}`
      await insertOnce(model, { ...mail, _id, at: new Date(at).toISOString() })
    },

    /** One that somebody else's mailer sent, as it came over the wire; AppError `invalid` where it is none. */
    receive: async (message: string): Promise<void> => {
      const { default: PostalMime } = await import('postal-mime')
      const { to, subject = '', text = '', html = '', headers } = await PostalMime.parse(message)
      const address = to?.[0]?.address
      if (!address) throw new AppError('invalid', 'bad-request')
      await insertOnce(model, {
        _id: `${padded(now())}:${randomId(8)}`,
        to: address,
        kind: 'newsletter',
        subject,
        text,
        html,
        headers: Object.fromEntries(headers.map(({ originalKey, value }) => [originalKey, value])),
        at: isoNow(),
      })
    },

    /** Newest first. */
    list: async (to?: string): Promise<SentMail[]> => {
      const letters = await model.find({}, { sort: { _id: -1 }, limit: mostShown })
      const address = to?.trim().toLowerCase()
      return letters.filter((mail) => !address || mail.to.toLowerCase() === address).map(({ _id, ...mail }) => mail)
    },

    clear: async (): Promise<void> => {
      await model.deleteMany({ _id: trusted({ $gte: '' }) })
    },
  }
}

export type Mailbox = ReturnType<typeof createMailbox>
