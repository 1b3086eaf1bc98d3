import type { Config } from '../config.ts'
import type { Words } from '../http/index.ts'
import { day, hour, minute, now, second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import type { Connection } from '../storage/index.ts'
import { outliving } from './kinds.ts'
import { createMailStore, type QueuedMail } from './mail-store.ts'
import { createMailbox } from './mailbox.ts'
import { createTransportTo } from './transport.ts'
import { createWriteMail, type Mail } from './write-mail.ts'

export interface MailerDeps {
  config: Config
  words: Words
  connection: Connection
  log: Log
  viewsDir: string
}

const waits = [10 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 8 * hour]
/** A code is good for 15 minutes; news is still news some days later. */
const lifetimeOf = ({ values }: Mail) => (values.code ? 15 * minute : 3 * day)
const longestAttempt = minute
const atOnce = 8

/**
 * Sending means queueing: the request that asked never waits for a mail server, so known and unknown addresses answer
 * alike (T19), and a dead server loses nothing. What waits is sealed, and its content goes as soon as it is sent.
 */
export const createMailer = ({ config, words, connection, log, viewsDir }: MailerDeps) => {
  const { issuer, group, secretKeys, smtpUrl } = config
  const store = createMailStore(connection)
  const box = createSecretBox(secretKeys)
  const mailbox = smtpUrl ? undefined : createMailbox(connection)
  const transport = createTransportTo(config, mailbox)
  const writeMail = createWriteMail({ issuer, operator: group.operator, words, viewsDir })
  let timer: NodeJS.Timeout | undefined
  let round: Promise<void> | undefined
  let again = false

  const sendOne = async (queued: QueuedMail): Promise<void> => {
    if (!(await store.claim(queued, now() + longestAttempt))) return
    let mail: Mail | undefined
    try {
      mail = JSON.parse(box.open(queued.sealed ?? '', `mail:${queued._id}`)) as Mail
      await transport.deliver({ kind: mail.kind, to: mail.to, ...writeMail(mail) }, queued)
      await store.finish(queued)
    } catch (error) {
      const next = now() + (waits[queued.tries] ?? waits.at(-1)!)
      const hopeless = !mail || isFinal(error) || next > queued.at + lifetimeOf(mail)
      // The server's own sentence may quote the address; its code does not.
      const { name, code, responseCode } = error as { name?: string; code?: string; responseCode?: number }
      log.warn({ kind: mail?.kind, tries: queued.tries + 1, hopeless, name, code, responseCode }, 'mail not sent')
      if (hopeless) await store.finish(queued)
      else await store.postpone(queued._id, next)
    }
  }

  const drain = async (): Promise<void> => {
    try {
      while (again) {
        again = false
        for (let due = await store.due(atOnce); due.length > 0; due = await store.due(atOnce))
          await Promise.all(due.map(sendOne))
      }
    } catch (error) {
      log.error({ error }, 'mails could not be looked at')
    } finally {
      // In the same breath as the last look at `again`: whoever comes in between would be looked at by nobody.
      round = undefined
    }
  }

  /** One round at a time; whoever comes while it runs has it look once more. */
  const wake = (): Promise<void> => {
    again = true
    round ??= drain()
    return round
  }

  return {
    /** Queues a letter. With an id the same letter is queued once, however often it is asked for. */
    send: async ({ id, of, ...mail }: Mail & { id?: string }): Promise<void> => {
      const _id = id ?? randomId()
      const sealed = box.seal(JSON.stringify(mail), `mail:${_id}`)
      const goesWith = of !== undefined && !outliving.includes(mail.kind)
      await store.insert({ _id, once: id !== undefined, sealed, ...(goesWith && { of }) })
      if (timer) void wake()
    },

    /** Of somebody who is no more: only what warns them, or tells them that it is over, is still sent. */
    forget: store.forget,

    start: (): void => {
      timer ??= setInterval(() => {
        void wake()
        void store.purge().catch(() => {})
      }, 2 * second).unref()
      void wake()
    },

    /** Ends after the letters in hand; the others are sent after the next start. */
    stop: async (): Promise<void> => {
      clearInterval(timer)
      timer = undefined
      await round
      transport.close()
    },

    /** How many letters could be sent now and are not yet; those that wait for another try do not count. */
    pending: async (): Promise<number> => (await store.countDue()) + (round ? 1 : 0),

    /** Settles when nothing is left to be sent now. */
    idle: wake,

    /** Development: what would have been sent; read after what is in hand has landed. */
    mailbox: mailbox && {
      list: async (to?: string) => {
        await wake()
        return mailbox.list(to)
      },
      clear: mailbox.clear,
    },
  }
}

/** The server will never take it (RFC 5321 §4.2.1). */
const isFinal = (error: unknown): boolean => {
  const { responseCode } = error as { responseCode?: number }
  return responseCode !== undefined && responseCode >= 500 && responseCode < 600
}

export type Mailer = ReturnType<typeof createMailer>
