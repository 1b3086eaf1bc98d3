import assert from 'node:assert/strict'
import { mostWaiting } from '../../src/rights-requests/desk-places.ts'
import type { RequestPart } from '../../src/rights-requests/request.ts'
import { kept } from '../security/routes.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { readable, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('an executor asks for somebody who died (S9, S4-5)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const send = async (fields: Record<string, string>, papers: Record<string, string> = { 'will.txt': 'The will' }) => {
    const visitor = aVisitor(app.issuer)
    const form = new FormData()
    form.set('csrf', tokenOf(await visitor.page('/report-death')))
    const said = { company: 'games', who: 'Ada Berg', asker: 'Bo Berg, her son', contact: 'bo@mail.example' }
    for (const [name, value] of Object.entries({ ...said, about: 'Please close her account', ...fields }))
      form.set(name, value)
    for (const [name, text] of Object.entries(papers)) form.append('file', new File([text], name))
    const answer = await visitor.visit(`${app.issuer}/report-death`, { method: 'POST', body: form })
    return answer.next ? visitor.visit(answer.next) : answer
  }

  it('S9: it reaches that company’s desk alone, with its papers, and touches no account and no credential', async () => {
    const { email } = await app.aPerson({ links: ['games', 'mobile'] })
    const [ours, theirs] = [await desk.aMember('games', 'privacy'), await desk.aMember('mobile', 'privacy')]
    await app.settled()
    const { mails: _, requestParts: __, requestFiles: ___, ...before } = await kept(app)
    const told = await send({ who: `Ada Berg, ${email}` })
    assert.match(readable(told), /Your request is with the company/)
    const { desk: requests } = app.features.rightsRequests
    const [part] = (await requests.queue(ours)).open
    assert.deepEqual([part?.kind, part?.state, part?.subject], ['executor', 'received', ''])
    assert.match(part?.said[0]?.text ?? '', /Bo Berg, her son/)
    const file = await requests.file(ours, part?.id ?? '', part?.said[0]?.files[0]?.id ?? '')
    assert.equal(file.bytes.toString(), 'The will')
    assert.deepEqual(await requests.queue(theirs), { open: [], ended: [] })
    await requests.answer(ours, part?.id ?? '', 'Written to him by post', [])
    await app.settled()
    const { mails: _m, requestParts: _p, requestFiles: _f, ...after } = await kept(app)
    assert.deepEqual(after, before)
    const letters = ((await app.features.mailer.mailbox?.list(email)) ?? []).map(({ kind }) => kind)
    assert.ok(!letters.some((kind) => kind.startsWith('request-')), 'nobody is told at the address that was named')
  })

  it('S9: the answer is the same whether anybody is known, and says what is missing (T19)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const [known, unknown] = [await send({ who: email }), await send({ who: 'nobody@mail.example' })]
    assert.equal(readable(known), readable(unknown))
    assert.match(readable(await send({}, {})), /Add at least one document/)
    assert.match(readable(await send({ company: 'nowhere' })), /Company: Please choose one/)
    const nothing = { company: '', who: '', asker: '', contact: '', about: '' }
    assert.match(readable(await send(nothing, {})), /Please check 6 things/)
    assert.match(readable(await send({}, { 'will.pdf': 'no PDF' })), /content does not match its name/)
  })

  it('S9: so much waits at one desk and no more, from however many networks; another company takes its own', async () => {
    const parts = app.database.connection.collection('requestParts')
    const files = app.database.connection.collection('requestFiles')
    await send({ company: 'pictures' })
    const waiting = await parts.findOne({ company: 'pictures' })
    assert.ok(waiting)
    const { _id, ...row } = waiting
    const full = async (told: Awaited<ReturnType<typeof send>>) => {
      const before = [await parts.countDocuments({}), await files.countDocuments({})]
      assert.match(readable(told), /Pictures has too many requests waiting .* Please contact .+@.+\./)
      assert.deepEqual([await parts.countDocuments({}), await files.countDocuments({})], before)
    }
    const size = mostWaiting.bytes - 10
    const [said] = row.said as RequestPart['said']
    const heavy = [{ ...said, files: said?.files?.map((file) => ({ ...file, size })) }]
    await parts.updateOne({ _id }, { $set: { said: heavy } })
    await full(await send({ company: 'pictures' }, { 'will.txt': 'eleven more' }))
    assert.match(readable(await send({ company: 'pictures' }, { 'will.txt': 'ten more..' })), /with the company/)
    await parts.updateOne({ _id }, { $set: { said: row.said } })
    const rows = Array.from({ length: mostWaiting.rows - 2 }, (_, n) => ({ ...row, _id: `pictures:${n}` }))
    await parts.insertMany(rows as never[])
    await full(await send({ company: 'pictures' }))
    assert.match(readable(await send({ company: 'games' })), /Your request is with the company/)
    const staff = await desk.aMember('pictures', 'privacy')
    await app.features.rightsRequests.desk.refuse(staff, String(_id), 'Nobody of that name')
    assert.match(readable(await send({ company: 'pictures' })), /Your request is with the company/)
  })

  it('S9: however many send at the same moment, no more wait at a desk than there is room for', async () => {
    const parts = app.database.connection.collection('requestParts')
    const staff = await desk.aMember('pictures', 'privacy')
    const queue = () => parts.countDocuments({ company: 'pictures', open: { $exists: true } })
    while ((await queue()) > mostWaiting.rows - 2) {
      const [part] = await parts.find({ company: 'pictures', open: { $exists: true } }).toArray()
      await app.features.rightsRequests.desk.refuse(staff, String(part?._id), 'Nobody of that name')
    }
    const { askForTheDead } = app.features.rightsRequests
    const paper = { name: 'will.txt', bytes: Buffer.from('The will') }
    const sent = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        askForTheDead({ company: 'pictures', words: 'Please', once: `at once ${n}` }, [paper]),
      ),
    )
    assert.deepEqual(sent.map(({ status }) => status).sort(), [
      ...Array(2).fill('fulfilled'),
      ...Array(4).fill('rejected'),
    ])
    for (const each of sent) if (each.status === 'rejected') assert.ok(refuses('desk-full')(each.reason))
    assert.equal(await queue(), mostWaiting.rows)
  })

  it('S9: whoever sends what no desk can read takes nobody’s place there', async () => {
    await Promise.all([1, 2, 3].map(() => send({ company: 'mobile' }, { 'will.pdf': 'no PDF' })))
    const [place] = await app.database.connection
      .collection('requestDesks')
      .find({ _id: 'mobile' as never })
      .toArray()
    assert.deepEqual(place?.taken, [])
  })
})
