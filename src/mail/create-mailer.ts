import type { Translations } from '../i18n/index.ts'
import { createCircuits } from '../lib/circuits.ts'
import { day, hour, minute, now, second } from '../lib/clock.ts'
import { nextTry } from '../lib/delivery-rules.ts'
import { createDispatcher, type Heard } from '../lib/dispatcher.ts'
import { keyedDigest, randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import type { Connection, Lease } from '../storage/index.ts'
import type { Bounces } from './bounces.ts'
import { outlives } from './kinds.ts'
import { type MailFailure, mailFailure } from './mail-failures.ts'
import { createMailStore, type QueuedMail } from './mail-store.ts'
import { createMailbox } from './mailbox.ts'
import { createTransportTo, type MailSettings, mostConnections } from './transport.ts'
import { createWriteMail, type Mail } from './write-mail.ts'

export interface MailerDeps {
  config: MailSettings
  words: Translations
  connection: Connection
  /** Whoever holds it looks for what falls due; what is queued here is sent here at once. */
  lease: Pick<Lease, 'isHeld'>
  log: Log
  viewsDir: string
  /** Names the letter in the sender of its envelope, where bounces are read. */
  bounces?: Pick<Bounces, 'senderOf'>
  /** Counts what became of an attempt, for the metrics: `sent`, `expired`, or why it was not taken. */
  counted?: (outcome: 'sent' | 'expired' | MailFailure['why']) => void
}

/** After the nth answer that was not for good. */
const waits = [10 * second, 30 * second, 2 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 8 * hour]
/** A code is good for 15 minutes; news is still news some days later. */
const codeLasts = 15 * minute
const newsLasts = 3 * day
/** A code that comes later than this before its end could hardly be typed any more: a new one is asked for instead. */
const leastOfACode = 2 * minute
const longestAttempt = 45 * second
/** A claim outlives the attempt, so that no other process sends the same letter meanwhile. */
const claimedFor = minute
/** One that failed on the way stands behind the others of its lane, however soon the server is well. */
const putBackFor = 5 * second

/**
 * Sending means queueing: the request that asked never waits for a mail server, so known and unknown addresses answer
 * alike (T19), and a dead server loses nothing: only a recipient that is not there is final (RFC 5321 §4.2.1). What waits
 * is sealed, and its content goes as soon as it is sent.
 */
export const createMailer = ({
  config,
  words,
  connection,
  lease,
  log,
  viewsDir,
  bounces,
  counted = () => {},
}: MailerDeps) => {
  const { issuer, group, secretKeys, smtpUrl } = config
  const store = createMailStore(connection)
  const box = createSecretBox(secretKeys)
  const mailbox = smtpUrl ? undefined : createMailbox(connection)
  const transport = createTransportTo(config, mailbox)
  const writeMail = createWriteMail({ issuer, operator: group.operator, words, viewsDir })
  let timer: NodeJS.Timeout | undefined
  let failingSince: number | undefined
  let lastFailure: { why?: string; code?: string; responseCode?: number } = {}

  /** The mail server: as many letters at once as it takes; while it is not well one probe, at least twice a minute. */
  const server = createCircuits({
    first: 4,
    most: mostConnections,
    longestPause: 30 * second,
    onUnwell: () => {
      failingSince = now()
      log.error(lastFailure, 'the mail server takes no letters from us: all of them wait until it does')
    },
    onWell: () => {
      if (failingSince !== undefined) log.warn({ seconds: (now() - failingSince) / second }, 'letters are taken again')
      failingSince = undefined
      dispatcher.wake()
    },
  })
  /** A mail domain that is slow, or asks for patience, holds up its own letters only. */
  const domains = createCircuits({ first: 1, most: mostConnections / 2, prompt: 5 * second })

  const laneOf = (address: string): string => {
    const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
    return keyedDigest(secretKeys[0]!, 'mail-lane', domain).slice(0, 16)
  }

  const deliver = async (found: QueuedMail, stopped: AbortSignal): Promise<Heard> => {
    const queued = await store.claim(found, now() + claimedFor)
    if (!queued) return 'untried'
    let mail: Mail | undefined
    try {
      mail = JSON.parse(box.open(queued.sealed ?? '', `mail:${queued._id}`)) as Mail
      const left = queued.at + lifetimeOf(mail) - now()
      if (left < (mail.values.code ? leastOfACode : 0)) return await giveUp(queued, mail, 'expired')
      const written = writeMail(mail, Math.round(left / minute))
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(longestAttempt)])
      const sender = bounces?.senderOf(mail.of, mail.to, queued.at)
      await transport.deliver({ kind: mail.kind, to: mail.to, sender, ...written }, queued, signal)
    } catch (error) {
      if (stopped.aborted) return putBack(queued, 'untried', now())
      return notTaken(queued, mail, error)
    }
    await store.finish(queued)
    counted('sent')
    return 'answered'
  }

  const notTaken = async (queued: QueuedMail, mail: Mail | undefined, error: unknown): Promise<Heard> => {
    const { against, why } = mailFailure(error)
    // The server's own sentence may quote the address; its code does not.
    const { name, code, responseCode } = error as { name?: string; code?: string; responseCode?: number }
    lastFailure = { why, ...(code && { code }), ...(responseCode && { responseCode }) }
    counted(why)
    if (against === 'server') return putBack(queued, 'down')
    log.warn({ kind: mail?.kind, tries: queued.tries + 1, why, name, code, responseCode }, 'mail not taken')
    if (against === 'silent') return putBack(queued, 'silent')
    if (against === 'recipient') await store.finish(queued)
    else {
      const patience = { waits, repeats: true, lasts: mail ? lifetimeOf(mail) : newsLasts }
      const next = nextTry(patience, queued, now())
      if (next === undefined) await giveUp(queued, mail, why)
      else await store.postpone(queued, next)
    }
    return why === 'unwritten' ? 'untried' : 'answered'
  }

  const putBack = async (queued: QueuedMail, heard: Heard, until = now() + putBackFor): Promise<Heard> => {
    await store.putBack(queued, until)
    return heard
  }

  const giveUp = async (queued: QueuedMail, mail: Mail | undefined, why: string): Promise<Heard> => {
    log.error({ kind: mail?.kind, tries: queued.tries, why }, 'a letter came too late and is not sent')
    if (why === 'expired') counted('expired')
    await store.finish(queued)
    return 'untried'
  }

  const dispatcher = createDispatcher({ name: 'mail', outbox: store, lanes: domains, gate: server, deliver, log })

  const look = async (): Promise<void> => {
    if (!(await lease.isHeld())) return
    dispatcher.wake()
    await store.purge()
  }

  return {
    /** Queues a letter. With an id the same letter is queued once, however often it is asked for. */
    send: async ({ id, of, ...mail }: Mail & { id?: string }): Promise<void> => {
      const _id = id ?? randomId()
      const sealed = box.seal(JSON.stringify({ ...mail, of }), `mail:${_id}`)
      const goesWith = of !== undefined && !outlives(mail.kind)
      await store.insert({ _id, once: id !== undefined, sealed, ...(goesWith && { of }) }, laneOf(mail.to))
      if (timer) dispatcher.wake()
    },

    /** Of somebody who is no more: only what warns them, or tells them that it is over, is still sent. */
    forget: store.forget,

    start: (): void => {
      timer ??= setInterval(() => void look().catch(() => {}), 2 * second).unref()
      dispatcher.wake()
    },

    /** Ends within seconds; what is not sent by then is sent after the next start. */
    stop: async (): Promise<void> => {
      clearInterval(timer)
      timer = undefined
      await dispatcher.stop()
      transport.close()
    },

    /** How many letters could be sent now and are not yet; those that wait for another time do not count. */
    pending: dispatcher.pending,

    /** How many wait, whatever for, and for how many seconds the oldest has. */
    waiting: async (): Promise<{ count: number; seconds: number }> => {
      const { count, since } = await store.unsent()
      return { count, seconds: since === undefined ? 0 : Math.max(0, (now() - since) / second) }
    },

    /** Whether the mail server takes nothing from us just now. */
    isFailing: (): boolean => failingSince !== undefined,

    /** Settles when nothing is left to be sent now. */
    idle: dispatcher.idle,

    /** Development: what would have been sent; read after what is in hand has landed. */
    mailbox: mailbox && {
      list: async (to?: string) => {
        await dispatcher.idle()
        return mailbox.list(to)
      },
      receive: mailbox.receive,
      clear: mailbox.clear,
    },
  }
}

const lifetimeOf = ({ values }: Mail) => (values.code ? codeLasts : newsLasts)

export type Mailer = ReturnType<typeof createMailer>
