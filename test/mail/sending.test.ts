import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createTranslations } from '../../src/i18n/index.ts'
import { type AdjustableClock, adjustableClock, minute, second } from '../../src/lib/clock.ts'
import { createLog, type Log } from '../../src/lib/log.ts'
import { createMailer, type Mailer } from '../../src/mail/index.ts'
import { type Database, heldAlone } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import { aConfig } from '../world/group.ts'

const viewsDir = join(import.meta.dirname, '../../views')
const words = createTranslations(join(viewsDir, 'words'))
const quiet = createLog('silent')
const aCode = (to = 'ada@example.com') => ({
  kind: 'recovery-code' as const,
  to,
  language: 'en' as const,
  values: { code: '012345' },
})
const news = {
  kind: 'closure-done' as const,
  to: 'ada@example.com',
  language: 'en' as const,
  values: { company: 'Games' },
}

describe('letters in development', () => {
  let database: Database
  let mailer: Mailer
  beforeEach(async () => {
    database = await openTestDatabase()
    mailer = createMailer({
      config: aConfig(),
      words,
      connection: database.connection,
      lease: heldAlone,
      log: quiet,
      viewsDir,
    })
  })
  afterEach(async () => {
    await mailer.stop()
    await database.close()
  })

  it('land in the mailbox, newest first, by address', async () => {
    await mailer.send(aCode())
    await mailer.mailbox!.list()
    await mailer.send({ ...news, to: 'bo@example.com' })
    assert.deepEqual(
      (await mailer.mailbox!.list()).map(({ to }) => to),
      ['bo@example.com', 'ada@example.com'],
    )
    const [letter] = await mailer.mailbox!.list('Ada@Example.com')
    assert.equal(letter!.kind, 'recovery-code')
    assert.match(letter!.text, /012345/)
    assert.match(letter!.headers['Message-ID']!, /^<[\w-]+@localhost>$/)
    assert.equal(letter!.headers['Auto-Submitted'], 'auto-generated')
    assert.equal(letter!.headers['List-Unsubscribe'], undefined)
    await mailer.mailbox!.clear()
    assert.deepEqual(await mailer.mailbox!.list(), [])
  })

  it('lie in the order in which they were asked for, whichever of them was written first', async () => {
    const order = Array.from({ length: 30 }, (_, n) => `reader${n}@example.com`)
    for (const to of order) await mailer.send({ ...news, to })
    assert.deepEqual((await mailer.mailbox!.list()).map(({ to }) => to).reverse(), order)
  })

  it('are sent once however often the same one is asked for', async () => {
    await Promise.all([1, 2, 3].map(() => mailer.send({ ...news, id: 'closure:1' })))
    await mailer.idle()
    await mailer.send({ ...news, id: 'closure:1' })
    assert.equal((await mailer.mailbox!.list()).length, 1)
  })

  it('§8: what waits is sealed, and nothing of it stays when it is sent', async () => {
    await mailer.send(aCode())
    await mailer.send({ ...news, id: 'closure:1' })
    const queue = database.connection.collection('mails')
    assert.equal(await mailer.pending(), 2)
    assert.ok(!/ada|012345|Games/.test(JSON.stringify(await queue.find({}).toArray())))
    await mailer.idle()
    assert.equal(await mailer.pending(), 0)
    const left = await queue.find({}).toArray()
    assert.deepEqual(
      left.map(({ _id, sealed }) => ({ _id: String(_id), sealed })),
      [{ _id: 'closure:1', sealed: undefined }],
    )
  })
})

describe('letters by a mail server', () => {
  let clock: AdjustableClock
  let database: Database
  let server: MailServer
  let mailer: Mailer
  let log: string[]
  let outcomes: string[]
  const queue = () => database.connection.collection('mails')
  const alarms = () => log.filter((line) => line.includes('ERROR'))
  const reads = async (to = 'ada@example.com') => {
    await mailer.idle()
    return server.letters.filter((letter) => letter.to.includes(`<${to}>`)).length
  }
  before(() => {
    clock = adjustableClock()
  })
  beforeEach(async () => {
    database = await openTestDatabase()
    server = await openMailServer()
    log = []
    outcomes = []
    mailer = aMailer()
  })
  const aMailer = (bounces?: Parameters<typeof createMailer>[0]['bounces']) => {
    const write = (...parts: unknown[]) => log.push(JSON.stringify(parts))
    return createMailer({
      lease: heldAlone,
      config: aConfig({ smtpUrl: `smtp://sign-in:secret@127.0.0.1:${server.port}` }),
      words,
      connection: database.connection,
      log: { info: write, warn: write, error: (...parts: unknown[]) => write('ERROR', ...parts) } as unknown as Log,
      viewsDir,
      ...(bounces && { bounces }),
      counted: (outcome) => outcomes.push(outcome),
    })
  }
  afterEach(async () => {
    await mailer.stop()
    await server.close()
    await database.close()
  })
  after(() => clock.reset())

  it('arrive, with the headers of a letter that nobody answers', async () => {
    await mailer.send(news)
    await mailer.idle()
    const [letter] = server.letters
    assert.deepEqual(letter!.to, ['<ada@example.com>'])
    assert.match(letter!.content, /^Auto-Submitted: auto-generated\r$/m)
    assert.match(letter!.content, /^Message-ID: <[\w-]+@localhost>\r$/m)
    assert.match(letter!.content, /multipart\/alternative/)
    assert.equal(mailer.mailbox, undefined)
  })

  it('§6: an address can’t bring a second one or a header', async () => {
    for (const to of ['ada@example.com, eve@example.com', 'ada@example.com\r\nBcc: eve@example.com']) {
      await mailer.send({ ...news, to })
      await mailer.idle()
    }
    await mailer.send(news)
    await mailer.idle()
    assert.ok(server.letters.length >= 1)
    for (const { to, content } of server.letters) {
      assert.equal(to.length, 1)
      assert.notEqual(to[0], '<eve@example.com>')
      assert.ok(!/^Bcc:/im.test(content))
    }
  })

  it('wait for a server that is busy, and are not lost', async () => {
    server.answerRecipients = '451 later'
    await mailer.send(news)
    await mailer.idle()
    assert.equal(server.letters.length, 0)
    assert.equal(await mailer.pending(), 0, 'waiting for another time is not pending')
    server.answerRecipients = '250 ok'
    clock.advance(minute)
    await mailer.idle()
    assert.equal(server.letters.length, 1)
    assert.ok(!log.join().includes('ada'), 'the log has no address')
  })

  it('are given up when the server never takes them, or when their code has run out', async () => {
    server.answerRecipients = '550 nobody'
    await mailer.send(news)
    await mailer.idle()
    assert.equal(await database.connection.collection('mails').countDocuments({}), 0)
    server.answerRecipients = '451 later'
    await mailer.send(aCode())
    for (let tries = 0; tries < 6; tries++) {
      await mailer.idle()
      clock.advance(10 * minute)
    }
    assert.equal(await database.connection.collection('mails').countDocuments({}), 0)
  })

  const refusals: [why: string, line: RegExp, answer: string][] = [
    ['its login', /^AUTH/, '535 5.7.8 credentials invalid'],
    ['its login without a word', /^AUTH/, '535 no'],
    ['its sender', /^MAIL FROM/, '550 5.7.1 sender not allowed'],
    ['its sender at this time', /^MAIL FROM/, '451 4.3.0 later'],
    ['its host', /^$/, '554 5.7.1 not from there'],
    ['one connection more', /^$/, '421 4.7.0 too many'],
    ['who has no login, when the recipient is named', /^RCPT TO/, '530 5.7.0 authentication required'],
    ['its sender, when the recipient is named', /^RCPT TO/, '550 5.7.1 relaying denied'],
    ['the same in older words', /^RCPT TO/, '550 relay not permitted'],
    ['a client that it does not trust', /^RCPT TO/, '554 5.7.1 client host blocked'],
    ['what the letter says', /^\.$/, '554 5.7.1 looks like spam'],
    ['a letter while its disk is full', /^\.$/, '452 4.3.1 disk full'],
  ]
  for (const [why, line, answer] of refusals)
    it(`O2: no letter is lost to a server that refuses ${why}: it waits, the operator is told, and it arrives`, async () => {
      server.answers = (heard) => (line.test(heard) ? answer : undefined)
      await mailer.send({ ...news, id: 'news' })
      await mailer.idle()
      clock.advance(minute)
      await mailer.idle()
      assert.equal(await queue().countDocuments({ sealed: { $exists: true } }), 1)
      assert.equal((await mailer.waiting()).count, 1)
      assert.ok(outcomes.length > 0 && outcomes.every((outcome) => !['sent', 'recipient'].includes(outcome)), 'counted')
      assert.ok(log.length > 0, 'said')
      server.answers = () => undefined
      clock.advance(10 * minute)
      assert.equal(await reads(), 1)
      assert.equal(outcomes.at(-1), 'sent')
      assert.ok(!log.join().includes('ada'), 'the log has no address')
    })

  it('O2: a server that is down for everybody is one alarm until it is well, not one a letter', async () => {
    server.answers = (line) => (line.startsWith('AUTH') ? '535 5.7.8 no' : undefined)
    for (let n = 0; n < 20; n++) await mailer.send({ ...news, to: `reader${n}@mail${n}.example` })
    for (let round = 0; round < 5; round++) {
      await mailer.idle()
      clock.advance(10 * second)
    }
    assert.equal(alarms().length, 1)
    assert.match(alarms()[0]!, /"why":"login"/)
    assert.equal(mailer.isFailing(), true)
    server.answers = () => undefined
    clock.advance(minute)
    await mailer.idle()
    assert.equal(server.letters.length, 20)
    assert.equal(mailer.isFailing(), false)
  })

  for (const answer of ['550 5.1.1 nobody', '550 nobody', '551 moved', '556 5.1.10 no mail here'])
    it(`O2: a mailbox that is not there (${answer}) is final at once, and no alarm`, async () => {
      server.answerRecipients = answer
      await mailer.send(news)
      await mailer.idle()
      assert.equal(await queue().countDocuments({}), 0)
      assert.deepEqual(outcomes, ['recipient'])
      assert.deepEqual(alarms(), [])
      assert.equal(mailer.isFailing(), false)
    })

  it('O2: where bounces are read the envelope names the letter, and who it is from stays', async () => {
    await mailer.stop()
    mailer = aMailer({ senderOf: (of, to) => `bounces+${of}-${to.length}@sign-in.example` })
    await mailer.send({ ...news, of: 'whose' })
    assert.equal(await reads(), 1)
    assert.ok(server.heard.some((line) => line.startsWith('MAIL FROM:<bounces+whose-15@sign-in.example>')))
    assert.doesNotMatch(server.letters[0]!.content, /bounces\+/)
    assert.match(server.letters[0]!.content, /^From: /m)
  })

  it('O2: a letter that cannot be opened waits for its key', async () => {
    await mailer.send({ ...news, id: 'news' })
    const row = await queue().findOne({})
    await queue().updateOne({}, { $set: { sealed: 'rubbish' } })
    await mailer.idle()
    await queue().updateOne({}, { $set: { sealed: row!.sealed } })
    clock.advance(minute)
    assert.equal(await reads(), 1)
  })

  it('Q2: how long the oldest letter waits is told, though it waits for another try', async () => {
    assert.deepEqual(await mailer.waiting(), { count: 0, seconds: 0 })
    server.answerRecipients = '451 later'
    await mailer.send(news)
    await mailer.idle()
    clock.advance(5 * minute)
    await mailer.idle()
    const { count, seconds } = await mailer.waiting()
    assert.deepEqual([count, Math.round(seconds / 60)], [1, 5])
  })

  it('Q13: when the server is well again one letter finds it out, and all others go at once', async () => {
    server.answers = (line) => (line === '' ? '421 down' : undefined)
    for (let n = 0; n < 60; n++) await mailer.send({ ...news, to: `reader${n}@mail${n % 7}.example` })
    for (let round = 0; round < 30; round++) {
      await mailer.idle()
      clock.advance(minute)
    }
    server.heard.length = 0
    server.answers = () => undefined
    clock.advance(30 * second)
    await mailer.idle()
    clock.advance(6 * second)
    await mailer.idle()
    assert.equal(server.letters.length, 60, 'half a minute later, after half an hour of failing')
  })

  it('Q13: a server that is down is asked by one letter at a time, at most twice a minute', async () => {
    let asked = 0
    server.answers = (line) => {
      if (line !== '') return undefined
      asked++
      return '421 down'
    }
    for (let n = 0; n < 40; n++) await mailer.send({ ...news, to: `reader${n}@mail${n}.example` })
    for (let round = 0; round < 10; round++) {
      await mailer.idle()
      clock.advance(minute)
    }
    asked = 0
    await mailer.idle()
    await mailer.idle()
    assert.ok(asked <= 1, `${asked} connections`)
  })

  it('Q13: a code says how long it is still good for, and one that has run out is not sent as if it were fresh', async () => {
    server.answerRecipients = '451 later'
    await mailer.send({ ...aCode(), id: 'first' })
    await mailer.idle()
    clock.advance(9 * minute)
    server.answerRecipients = '250 ok'
    assert.equal(await reads(), 1)
    assert.match(server.letters[0]!.content, /valid for 6 minutes/)
    server.answers = (line) => (/^($|MAIL)/.test(line) ? '421 down' : undefined)
    await mailer.send({ ...aCode('bo@example.com'), id: 'second' })
    await mailer.idle()
    clock.advance(14 * minute)
    server.answers = () => undefined
    assert.equal(await reads('bo@example.com'), 0)
    assert.equal((await mailer.waiting()).count, 0)
    assert.equal(outcomes.at(-1), 'expired')
  })

  it('Q13: a server that takes many at once gets many at once', async () => {
    let [most, now] = [0, 0]
    server.answers = (line) => {
      if (line === '.') now--
      if (line.startsWith('DATA')) most = Math.max(most, ++now)
      return undefined
    }
    for (let n = 0; n < 150; n++) await mailer.send({ ...news, to: `reader${n}@example.com` })
    await mailer.idle()
    assert.equal(server.letters.length, 150)
    assert.ok(most >= 8, `${most} at once`)
  })

  it('H24: mail domains that hang hold up nobody else’s letters', async () => {
    const slow = ['slow.example', 'slower.example', 'slowest.example']
    server.answers = (line) =>
      line.startsWith('RCPT') && slow.some((domain) => line.includes(domain)) ? null : undefined
    for (const domain of slow) for (let n = 0; n < 20; n++) await mailer.send({ ...news, to: `reader${n}@${domain}` })
    await mailer.send(news)
    mailer.start()
    await until(() => server.letters.length === 1)
    assert.deepEqual(server.letters[0]!.to, ['<ada@example.com>'])
    // Each place that is free again is free for those whose domain answers.
    for (let n = 0; n < 12; n++) await mailer.send({ ...news, to: `ada${n}@example.com` })
    await until(() => server.letters.length === 13)
    assert.ok(server.heard.filter((line) => line.startsWith('RCPT') && line.includes('slow')).length <= slow.length)
  })

  it('H24: whose domain it is cannot be read in what waits', async () => {
    await mailer.send(news)
    assert.ok(!JSON.stringify(await queue().find({}).toArray()).includes('example'))
  })

  it('Q9: a server that hangs does not keep the process from stopping; its letter is sent after the start', async () => {
    server.answers = (line) => (line.startsWith('RCPT') ? null : undefined)
    await mailer.send(news)
    mailer.start()
    await until(() => server.heard.some((line) => line.startsWith('RCPT')))
    const began = performance.now()
    await mailer.stop()
    assert.ok(performance.now() - began < 5 * second)
    server.answers = () => undefined
    mailer = aMailer()
    assert.equal(await reads(), 1)
  })

  it('T19: asking for one never waits for the server', async () => {
    await server.close()
    await mailer.send(aCode())
    assert.equal(await mailer.pending(), 1)
  })
})

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

interface MailServer {
  port: number
  letters: { to: string[]; content: string }[]
  answerRecipients: string
  /** What the server says to a line instead of its own answer; `null`: nothing, ever. */
  answers: (line: string) => string | null | undefined
  /** Lines of envelopes that were heard. */
  heard: string[]
  /** Connections that are open now. */
  open: () => number
  close(): Promise<void>
}

/** As much of RFC 5321 as a letter needs. */
const openMailServer = async (): Promise<MailServer> => {
  const sockets = new Set<Socket>()
  const state: MailServer = {
    port: 0,
    letters: [],
    answerRecipients: '250 ok',
    answers: () => undefined,
    heard: [],
    open: () => sockets.size,
    close: async () => {},
  }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let to: string[] = []
    let content: string | undefined
    let rest = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    const answer = (line: string) => {
      if (/^(EHLO|HELO)/i.test(line)) return '250-localhost\r\n250 AUTH PLAIN LOGIN'
      if (/^AUTH/i.test(line)) return '235 welcome'
      if (/^RCPT TO:/i.test(line)) return state.answerRecipients
      if (/^DATA/i.test(line)) return '354 go on'
      return '250 ok'
    }
    const hear = (line: string) => {
      if (content !== undefined) {
        if (line !== '.') content += `${line}\r\n`
        else {
          const taken = state.answers('.') ?? '250 taken'
          if (taken.startsWith('2')) state.letters.push({ to, content })
          content = undefined
          to = []
          say(taken)
        }
        return
      }
      if (/^QUIT/i.test(line)) return void socket.end('221 bye\r\n')
      state.heard.push(line)
      const other = state.answers(line)
      if (other === null) return
      const said = other ?? answer(line)
      if (/^RCPT TO:/i.test(line) && said.startsWith('2')) to.push(line.slice('RCPT TO:'.length).trim())
      if (/^DATA/i.test(line) && said.startsWith('3')) content = ''
      say(said)
    }
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk) => {
      rest += chunk.toString()
      const lines = rest.split('\r\n')
      rest = lines.pop()!
      for (const line of lines) hear(line)
    })
    say(state.answers('') ?? '220 localhost')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.port = (server.address() as AddressInfo).port
  state.close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    })
  return state
}
