import assert from 'node:assert/strict'
import { asAccount, asPerson, companyWrites } from '../../src/accounts/index.ts'
import { type AdjustableClock, adjustableClock, day, hour, minute, now } from '../../src/lib/clock.ts'
import { type MailKind, outlives } from '../../src/mail/index.ts'
import { byCompany, byPerson, changeDetails } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk } from '../world/desk.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

/** Where something that somebody said of themselves, or that was said of them, may stand readable while they are there. */
const holding = ['accounts', 'approvals', 'bundles', 'cases', 'drafts', 'events', 'identifiers', 'people', 'undoOffers']
/** Ids, times, digests and what is sealed. */
const holdingNone = [
  'alarms',
  'artifacts',
  'audienceAsks',
  'audienceChanges',
  'audit',
  'auditHeads',
  'auditKeys',
  'bouncedAddresses',
  'consents',
  'credentials',
  'deviceMarks',
  'disclosures',
  'exportPages',
  'exportPieces',
  'exports',
  'handedOn',
  'keys',
  'known-clients',
  'lasting-sign-ins',
  'limits',
  'links',
  'logouts',
  'looks',
  'mails',
  'meta',
  'preferences',
  'requestDesks',
  'requestFiles',
  'requestIntakes',
  'requestParts',
  'session-uses',
  'sessions',
  'staff',
  'staffInvitations',
  'staffSessions',
  'statistics',
  'statisticsCounted',
  'statisticsKeys',
  'supportChoices',
  'uses',
]
/** Development's stand-in for the mailboxes of the world. */
const outside = ['mailbox']

const grace = { kind: 'at-once' } as const

describe('a person who is erased (S4-10, S10)', () => {
  let clock: AdjustableClock
  let app: TestApp
  const begin = async () => {
    clock = adjustableClock()
    app = await aTestApp()
  }
  const end = async () => {
    clock.reset()
    await app.close()
  }

  const rowsOf = (name: string) => app.database.connection.collection(name).find({}).toArray()
  const names = () => [...app.database.connection.declared.keys()]
  /** Where a word that was planted stands, in whatever spelling. */
  const found = async (word = /canary/i): Promise<string[]> => {
    const all = names().filter((name) => !outside.includes(name))
    const texts = await Promise.all(all.map(async (name) => [name, JSON.stringify(await rowsOf(name))] as const))
    return texts
      .filter(([, text]) => word.test(text))
      .map(([name]) => name)
      .sort()
  }

  /** A company writes what it heard, with its reason. */
  const gamesWrites = async (id: string): Promise<void> => {
    const wrote = await app.features.accounts.change(id, (account) =>
      companyWrites(account, {
        op: 'canary-write',
        changes: [{ field: 'givenName', value: 'Canaryother' }],
        actor: { kind: 'company', company: 'games', epoch: account.epoch },
        source: byCompany,
        reason: 'Canary said so',
        at: now(),
      }),
    )
    assert.ok(wrote)
  }

  /** Somebody of whom a word stands wherever one may, and then they are erased; nothing follows that yet. */
  const anErasedPerson = async () => {
    const { addressChanges, recovery, people, accounts, support, links } = app.features
    const first = 'canary.first@mail.example'
    const details = { givenName: 'Canarygiven', familyName: 'Canaryfamily', street: 'Canary Row 1', city: 'Canaryby' }
    const person = await app.aPerson({ email: first, details, links: ['games', 'mobile'] })
    const { id, password } = person
    const actor = { kind: 'person', id } as const
    await accounts.change(person.accounts.games ?? '', () => ({ set: { 'ownData.nickname': 'Canarynick' } }))

    const email = 'canary.second@mail.example'
    const moved = await addressChanges.begin(asPerson(id), email)
    await addressChanges.complete(asPerson(id), moved, await app.code(email))
    // Nobody can take that back any more: an end that could undo it would wait (H4).
    clock.advance(4 * day)
    await app.settled()

    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('games-arcade', { login_hint: email }), '', asTyped({ email, password }))
    await aTraveller(app).go('mobile-store', { login_hint: email })
    await aVisitor(app.issuer).signIn({ email, password })

    const desk = aDesk(app)
    const agent = await desk.aMember('games', 'support')
    const theCase = await desk.aProvenCase(agent, email)
    const open = await support.openCase.open(agent, { reference: '', reason: 'Canary asks why', askedBy: 'guardian' })
    await support.openCase.find(agent, open._id, email)
    await support.proveCaller.notePapers(agent, open._id, 'A passport of Canary Canaryfamily')
    const country = { field: 'country', value: 'NO', evidence: 'Canary moved to Norway' } as const
    await app.database.connection
      .collection('cases')
      .updateOne({ _id: theCase as never }, { $set: { reason: 'Canary, again' } })
    await support.corrections.proposeGuarded(agent, theCase, country)
    await support.actOnAccount.act(agent, theCase, 'address-offered', 'canary.third@mail.example')
    await support.proveCaller.sendCode(agent, await desk.aCase(agent, email))
    await support.approvals.setStandingApproval(`person:${id}`, true)
    const { ask } = app.features.rightsRequests
    const who = await app.features.readPrincipal(asPerson(id))
    assert.ok(who)
    const held = [await app.account(person.accounts.games ?? '')]
    await ask.ask(who, held, { kind: 'access', about: 'Canary asks what is known', companies: ['games'], once: 'o' })
    const [request] = (await ask.page(who.id, held)).parts
    const upload = { name: 'canary.txt', bytes: Buffer.from('Canary Row 1') }
    await ask.say(who.id, request?.id ?? '', 'Canary again', [upload])
    await app.settled()

    // What waits to be told in one letter.
    const waiting = [{ event: 'e', op: 'o', fields: ['city'], by: 'Games', reason: 'Canary said so' }]
    await app.database.connection
      .collection('bundles')
      .insertOne({ _id: `person:${id}` as never, rev: 0, first: 'f', openUntil: now() + 3_600_000, waiting, told: [] })

    // What a crash leaves: taken for somebody, and listed by nobody.
    await app.database.connection
      .collection('identifiers')
      .insertOne({ _id: 'email:group:canary.orphan@mail.example' as never, owner: id, rev: 1, provenAt: 0 })
    await app.database.connection
      .collection('credentials')
      .insertOne({ _id: `person:${id}:password:orphan` as never, kind: 'password', secret: 'x', createdAt: 0 })
    await addressChanges.begin(asPerson(id), 'canary.fourth@mail.example')
    await recovery.begin({ email, company: 'games', language: 'en' })
    const changes = [{ field: 'city', value: 'Canaryhamn' }] as const
    await changeDetails(people, id, { source: byPerson, actor, changes })
    await gamesWrites(person.accounts.games ?? '')
    assert.deepEqual(await found(), holding)
    assert.deepEqual(names().sort(), [...holding, ...holdingNone, ...outside].sort(), 'a collection nobody thought of')

    for (const account of Object.values(person.accounts)) {
      const closed = await app.features.closures.close(await app.account(account), grace, actor)
      await links.afterLeaving(closed)
    }
    await app.features.erasePerson.erase(id)
    return person
  }

  describe('and all that follows is done', () => {
    let person: Awaited<ReturnType<typeof anErasedPerson>>
    /** The kinds of the letters that were still to be sent. */
    let letters: MailKind[]
    before(async () => {
      await begin()
      person = await anErasedPerson()
      await app.features.runMaintenance()
      const waiting = (await rowsOf('mails')).filter(({ sealed }) => sealed)
      const { box } = app.features
      letters = waiting.map(({ _id, sealed }) => JSON.parse(box.open(String(sealed), `mail:${_id}`)).kind)
      await app.settled()
    })
    after(end)

    it('takes along what was begun, offered, asked and on its way, before anything of it has run out', async () => {
      // A code for a new password goes to whatever address somebody typed; what it could open is gone.
      for (const kind of letters.filter((each) => each !== 'recovery-code'))
        assert.ok(outlives(kind), `${kind} is still sent`)
      assert.ok(letters.includes('sign-in-deleted'))
      assert.deepEqual(await found(), [])
    })

    it('leaves an id where something happened, and nothing that is found by it but that', async () => {
      const left = await found(new RegExp(person.id))
      assert.deepEqual(left, ['accounts', 'cases', 'disclosures', 'links', 'people', 'requestParts'])
      const [tombstone] = (await rowsOf('people')).filter(({ _id }) => String(_id) === person.id)
      assert.deepEqual([tombstone?.status, tombstone?.fields, tombstone?.log], ['erased', {}, []])
      assert.deepEqual(
        (await rowsOf('credentials')).filter(({ _id }) => String(_id).startsWith(`person:${person.id}`)),
        [],
      )
    })

    it('is told of it at the address that signed in', async () => {
      const [letter] = (await app.features.mailer.mailbox?.list('canary.second@mail.example')) ?? []
      assert.deepEqual([letter?.kind, letter?.subject], ['sign-in-deleted', 'Your sign-in has been deleted'])
    })
  })

  describe('later', () => {
    beforeEach(begin)
    afterEach(end)

    it('is gone once more a minute and a day later: what somebody who stood still has put back goes with them (M9)', async () => {
      const person = await anErasedPerson()
      await app.settled()
      const { connection } = app.database
      const late = { _id: `person:${person.id}:late` as never, at: now(), kind: 'details-changed', city: 'Canaryby' }
      await connection.collection('events').insertOne(late)
      await connection.collection('undoOffers').insertOne({
        _id: 'late' as never,
        of: `person:${person.id}`,
        offer: { kind: 'address', person: person.id, former: { address: 'canary.first@mail.example' } },
        until: now() + 3 * day,
        purgeAt: '9',
      })
      assert.deepEqual(await found(), ['events', 'undoOffers'])
      clock.advance(day)
      await app.settled()
      assert.deepEqual(await found(), [])
      const due = await connection
        .collection('people')
        .find({ due: { $exists: true } })
        .toArray()
      assert.deepEqual(due, [], 'and is looked at no more')
    })

    it('S10, M9: a use that is recorded in the very moment of the erasure is gone a minute later', async () => {
      const { activity, closures, erasePerson, links } = app.features
      const { id, accounts } = await app.aPerson({ links: ['games'] })
      const account = accounts.games ?? ''
      const network = '203.0.113.7'
      const use = {
        kind: 'service-used',
        holder: asPerson(id),
        company: 'games',
        account,
        service: 'games-arcade',
      } as const
      const seen = { ...use, how: 'session', browser: 'b', device: 'Canary', network } as const
      const left = async () => {
        const rows = [...(await rowsOf('events')), ...(await rowsOf('uses'))].map(({ _id }) => String(_id))
        return rows.filter((row) => row.includes(id) || row.startsWith(account)).length
      }
      await links.afterLeaving(await closures.close(await app.account(account), grace, { kind: 'person', id }))
      await erasePerson.erase(id)
      await app.settled()
      assert.equal(await left(), 0)
      // Its answer was given before the erasure, and its record comes after all that followed from that.
      await activity.record(seen)
      assert.ok((await left()) > 0)
      clock.advance(minute)
      await app.settled()
      assert.equal(await left(), 0)
      assert.deepEqual(await found(), [])
    })

    it('H4: and so is a person whose end waited for a change of their address, with every way to take it back', async () => {
      const { addressChanges, erasePerson, people } = app.features
      const email = 'canary.one@mail.example'
      const details = { givenName: 'Canarygiven', familyName: 'Canaryfamily', city: 'Canaryby' }
      const { id } = await app.aPerson({ email, details })
      for (const next of ['canary.two@mail.example', 'canary.three@mail.example']) {
        const moved = await addressChanges.begin(asPerson(id), next)
        await addressChanges.complete(asPerson(id), moved, await app.code(next))
        await app.settled()
      }
      assert.equal(await erasePerson.erase(id), false)
      await app.settled()
      const { ending, takeBacks } = (await people.get(id)) ?? {}
      assert.deepEqual([ending !== undefined, takeBacks?.length], [true, 2])
      assert.ok((await found()).includes('undoOffers'), 'and the way back is there')
      clock.advance(3 * day + hour)
      await app.settled()
      assert.equal((await people.get(id))?.status, 'erased')
      assert.deepEqual(await found(), [])
      const at = async (to: string) => ((await app.features.mailer.mailbox?.list(to)) ?? []).map(({ kind }) => kind)
      assert.ok((await at(email)).includes('deletion-started'))
      assert.deepEqual((await at('canary.three@mail.example')).slice(0, 2), ['sign-in-deleted', 'deletion-started'])
    })

    it('H4: and so is an account with a sign-in of its own, once it is closed', async () => {
      const { addressChanges, closures } = app.features
      const details = { givenName: 'Canarygiven', city: 'Canaryby' }
      const { account: id } = await app.aSeparateAccount('games', { email: 'canary.first@own.example', details })
      const email = 'canary.second@own.example'
      const moved = await addressChanges.begin(asAccount(id), email)
      await addressChanges.complete(asAccount(id), moved, await app.code(email))
      await app.settled()
      await gamesWrites(id)
      await addressChanges.begin(asAccount(id), 'canary.third@own.example')
      await app.features.runMaintenance()
      assert.deepEqual(await found(), ['accounts', 'drafts', 'events', 'undoOffers'])
      // Whoever moved the address may be a thief: it stands still, and ends for good once nobody can take that back (H4).
      await closures.close(await app.account(id), grace, { kind: 'account', id })
      await app.settled()
      assert.equal((await app.account(id)).status, 'closing')
      assert.ok((await found()).includes('undoOffers'), 'and the way back is there')
      clock.advance(3 * day + hour)
      await app.settled()
      assert.deepEqual(await found(), [])
      const letters = ((await app.features.mailer.mailbox?.list(email)) ?? []).map(({ kind }) => kind)
      assert.deepEqual(letters.slice(0, 2), ['closure-done', 'closure-started'])
    })
  })
})
