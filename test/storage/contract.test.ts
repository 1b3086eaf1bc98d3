import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hour, minute, now } from '../../src/lib/clock.ts'
import {
  byId,
  compareAndSet,
  conflict,
  type Database,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  outboxOf,
  prefix,
  purge,
  retryOnConflict,
  type Store,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

interface Thing {
  _id: string
  n?: number
  name?: string | null
  rev?: number
  when?: Date
  nested?: Record<string, unknown>
  list?: { id: number; done?: boolean }[]
  tags?: string[]
  due?: string
}

const times = <T>(count: number, make: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => make(i)))

/** As it is before another test moves the clock of this process: what a schema knows. */
const instant = Date

/** What the product asks of a database, whichever it is. */
describe('storage, on the embedded database and on MongoDB alike', () => {
  let database: Database
  let things: Store<Thing>
  before(async () => {
    database = await openTestDatabase()
    things = storeOf<Thing>(
      database.connection,
      storeSchema<Thing>({
        _id: String,
        n: Number,
        name: String,
        rev: Number,
        when: instant as never,
        nested: {},
        list: { type: [{}], default: undefined },
        tags: { type: [String], default: undefined, index: true, sparse: true },
        due: { type: String, index: true, sparse: true },
      }),
      'things',
    )
    await database.prepare()
  })
  beforeEach(() => things.deleteMany({}))
  after(() => database.close())

  const put = (thing: Thing) => things.updateOne({ _id: thing._id }, { $setOnInsert: { ...thing } }, { upsert: true })
  const get = (id: string) => byId(things, id)
  /** What no schema holds. */
  const raw = () => database.connection.collection('things')
  const idsOf = (found: Thing[]) => found.map(({ _id }) => _id)

  it('H23: finds by some values of a key what it finds by each, once and in the order that is asked for', async () => {
    await put({ _id: 'a', due: 'x', n: 3 })
    await put({ _id: 'b', due: 'y', n: 1 })
    await put({ _id: 'c', due: 'z', n: 2 })
    await put({ _id: 'd', tags: ['x', 'y'], n: 4 })
    const some = { due: trusted({ $in: ['z', 'x', 'x', 'nowhere'] }) }
    assert.deepEqual(idsOf(await things.find(some, { sort: { n: 1 } })), ['c', 'a'])
    assert.deepEqual(idsOf(await things.find(some, { sort: { due: -1 }, limit: 1 })), ['c'])
    assert.deepEqual(idsOf(await things.find({ tags: trusted({ $in: ['x', 'y'] }) })), ['d'])
    assert.equal(await things.countDocuments(some), 2)
    assert.equal((await things.deleteMany(some)).deletedCount, 2)
    assert.deepEqual(idsOf(await things.find({}, { sort: { _id: 1 } })), ['b', 'd'])
  })

  it('Q6: is purged by no store in one statement', () => {
    const src = join(import.meta.dirname, '../../src')
    const alone = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /deleteMany\(\s*\{\s*(purgeAt|due|exp)\b/.test(readFileSync(join(src, file), 'utf8')),
    )
    assert.deepEqual(alone, [])
  })

  it('Q6: purges what has run out some at a time, while others go on, and leaves what was written anew', async () => {
    const gone = trusted({ $lte: '5' })
    await times(1000, (i) => put({ _id: `old${i}`, due: '1' }))
    await put({ _id: 'kept', due: '9' })
    const perStatement: number[] = []
    const watched = {
      find: things.find,
      deleteMany: async (filter: object) => {
        // Somebody writes one of them anew between the look and the deletion.
        await things.updateOne({ _id: 'old0' }, { $set: { due: '9' } })
        const deleted = await things.deleteMany(filter)
        perStatement.push(deleted.deletedCount)
        return deleted
      },
    }
    assert.equal(await purge(watched as never, { due: gone }), 999)
    assert.ok(perStatement.length >= 5 && Math.max(...perStatement) <= 300, perStatement.join(' '))
    assert.deepEqual(idsOf(await things.find({}, { sort: { _id: 1 } })), ['kept', 'old0'])
  })

  it('Q6: deletes what has run out by its own word, and of that only what is meant', async () => {
    interface Passing {
      _id: string
      n: number
      purgeAt?: string
    }
    const passing = storeOf<Passing>(
      database.connection,
      storeSchema<Passing>({ _id: String, n: Number, ...ttl.field }),
      'passing',
    )
    await insertOnce(passing, { _id: 'over', n: 1, ...ttl.at(now() - 1) })
    await insertOnce(passing, { _id: 'over, and still wanted', n: 2, ...ttl.at(now() - 1) })
    await insertOnce(passing, { _id: 'not over', n: 1, ...ttl.at(now() + hour) })
    await insertOnce(passing, { _id: 'for good', n: 1 })
    assert.equal(await ttl.purge(passing, { n: 1 }), 1)
    const left = await passing.find({}, { sort: { _id: 1 } })
    assert.deepEqual(
      left.map(({ _id }) => _id),
      ['for good', 'not over', 'over, and still wanted'],
    )
  })

  it('M14: inserts once: of many at once one is told that it was first, and what stands stays', async () => {
    const told = await times(20, (i) => insertOnce(things, { _id: 'one', n: i }))
    assert.equal(told.filter(Boolean).length, 1)
    const standing = await get('one')
    assert.equal(standing?.n, told.indexOf(true))
    assert.equal(await insertOnce(things, { _id: 'one', n: 99, name: 'late' }), false)
    assert.deepEqual(await get('one'), standing)
  })

  it('M14: loses no change of many at once who read, decide and write again', async () => {
    await put({ _id: 'one', rev: 1, n: 0, name: 'gone by the first' })
    await times(20, () =>
      retryOnConflict(async () => {
        const seen = (await get('one')) as Thing & { rev: number }
        const saved = await compareAndSet(things as Store<Thing & { rev: number }>, seen, {
          set: { n: seen.n! + 1 },
          unset: ['name'],
        })
        return saved ?? conflict
      }),
    )
    assert.deepEqual(await get('one'), { _id: 'one', rev: 21, n: 20 })
    const stale = { _id: 'one', rev: 20 }
    assert.equal(await compareAndSet(things as Store<Thing & { rev: number }>, stale, { set: { n: 0 } }), undefined)
    const nobody = { _id: 'nobody', rev: 1 }
    assert.equal(await compareAndSet(things as Store<Thing & { rev: number }>, nobody, { set: { n: 0 } }), undefined)
    assert.equal(await get('nobody'), null)
  })

  it('M14: finds by the beginning of a key nothing of a key that only looks like it', async () => {
    for (const _id of ['acme:7:a', 'acme:7:b', 'acme:7:c', 'acme:71:a', 'acme:7', 'acme:7%3A12:a', 'acme:7;a'])
      await put({ _id })
    const found = async (filter: object) => idsOf(await things.find(filter, { sort: { _id: 1 } }))
    assert.deepEqual(await found(prefix('acme:7:')), ['acme:7:a', 'acme:7:b', 'acme:7:c'])
    assert.deepEqual(await found(prefix('acme:7:', { after: 'acme:7:a' })), ['acme:7:b', 'acme:7:c'])
    assert.deepEqual(await found(prefix('acme:7:', { from: 'acme:7:b' })), ['acme:7:b', 'acme:7:c'])
    assert.deepEqual(await found(prefix('acme:7:', { before: 'acme:7:b' })), ['acme:7:a'])
    assert.deepEqual(await found({ ...prefix('acme:7:'), n: 1 }), [])
  })

  it('C4: skips from lane to lane, and hands a lane out by page, oldest first, what is due and meant', async () => {
    const at = now()
    for (const [_id, lane, time, n] of [
      ['a2', 'a', at - 2, 1],
      ['a1', 'a', at - 3, 1],
      ['a3', 'a', at - 1, 2],
      ['a9', 'a', at + hour, 1],
      ['b1', 'b', at + hour, 1],
    ] as const)
      await put({ _id, n, due: dueIn(lane, time) })
    const index = dueIndex(things)
    assert.deepEqual(await index.lanes(), [
      { lane: 'a', at: at - 3 },
      { lane: 'b', at: at + hour },
    ])
    assert.deepEqual(idsOf(await index.due('a', 2)), ['a1', 'a2'])
    assert.deepEqual(idsOf(await index.due('a', 2, { after: dueIn('a', at - 2) })), ['a3'])
    assert.deepEqual(idsOf(await index.due('a', 9, { before: at - 2 })), ['a1', 'a2'])
    assert.deepEqual(idsOf(await index.due('a', 9, { also: { n: 2 } })), ['a3'])
    assert.equal(await index.countDue('a'), 3)
    assert.deepEqual(await index.due('b', 9), [])
  })

  it('C4: an outbox hands a delivery to one, and puts back nothing of what ended meanwhile', async () => {
    const outbox = outboxOf(things)
    await put({ _id: 'a', n: 0, due: dueIn('games', now()) })
    const [row] = await outbox.due('games', 9)
    assert.ok(row)
    const claims = await times(9, (i) => outbox.claim(row, now() + minute, { n: i + 1 }))
    const [claimed, ...more] = claims.filter((each) => each !== undefined)
    assert.ok(claimed)
    assert.deepEqual(more, [])
    assert.deepEqual(await get('a'), claimed)
    assert.deepEqual(await outbox.due('games', 9), [])
    await outbox.postpone(claimed, now(), { name: 'busy' })
    assert.deepEqual(idsOf(await outbox.due('games', 9)), ['a'])
    await outbox.end('a', { name: 'told' }, ['n'])
    await outbox.postpone(claimed, now(), { name: 'busy' })
    assert.deepEqual(await get('a'), { _id: 'a', name: 'told' })
  })

  it('counts every one of 300 concurrent increments', async () => {
    await put({ _id: 'a', n: 0 })
    await times(300, () => things.updateOne({ _id: 'a' }, { $inc: { n: 1 } }))
    assert.equal((await get('a'))?.n, 300)
  })

  it('lets one of 200 concurrent compare-and-sets win', async () => {
    await put({ _id: 'a', rev: 1 })
    const results = await times(200, (i) => things.updateOne({ _id: 'a', rev: 1 }, { $set: { rev: 2, n: i } }))
    assert.equal(results.filter(({ modifiedCount }) => modifiedCount === 1).length, 1)
    assert.equal((await get('a'))?.rev, 2)
  })

  it('hands the document after the change to the one who changed it', async () => {
    await put({ _id: 'a', rev: 1 })
    const results = await times(50, (i) =>
      things.findOneAndUpdate({ _id: 'a', rev: 1 }, { $set: { rev: 2, n: i } }, { returnDocument: 'after' }),
    )
    const [won, ...more] = results.filter((each) => each !== null)
    assert.equal(more.length, 0)
    assert.deepEqual(await get('a'), won)
  })

  it('lets one of 50 concurrent inserts of an _id win, and tells the others', async () => {
    const results = await times(50, (i) => put({ _id: 'a', n: i }))
    assert.equal(results.filter(({ upsertedCount }) => upsertedCount === 1).length, 1)
    assert.equal(await things.countDocuments({}), 1)
  })

  it('refuses a second document of the same _id by its code', async () => {
    await raw().insertOne({ _id: 'a' } as never)
    await assert.rejects(raw().insertOne({ _id: 'a' } as never), { code: 11000 })
  })

  it('keeps absent and null apart', async () => {
    await put({ _id: 'absent' })
    await put({ _id: 'null', name: null })
    assert.equal('name' in ((await get('absent')) as Thing), false)
    assert.equal((await get('null'))?.name, null)
    const named = await things.find({ name: trusted({ $exists: true }) })
    assert.deepEqual(
      named.map(({ _id }) => _id),
      ['null'],
    )
  })

  it('keeps what is undefined absent, inside a value as well', async () => {
    await things.updateOne({ _id: 'a' }, { $setOnInsert: { nested: { x: undefined, y: null } } }, { upsert: true })
    assert.deepEqual(await get('a'), { _id: 'a', nested: { y: null } })
  })

  it('says whether a path is there, clears it, and finds what is cleared or absent by null', async () => {
    await put({ _id: 'a', nested: { x: null } })
    await put({ _id: 'b', nested: {} })
    await put({ _id: 'c', nested: { x: 1 } })
    const found = async (filter: object) => idsOf(await things.find(filter, { sort: { _id: 1 } }))
    assert.deepEqual(await found({ 'nested.x': null }), ['a', 'b'])
    assert.deepEqual(await found({ 'nested.x': trusted({ $exists: true }) }), ['a', 'c'])
    assert.deepEqual(await found({ 'nested.x': trusted({ $ne: null }) }), ['c'])
    assert.deepEqual(await found({ 'nested.x': trusted({ $lt: 5 }) }), ['c'])
    assert.deepEqual(await found({ 'nested.x': trusted({ $in: [1, 2] }) }), ['c'])
  })

  it('finds an object by its fields in their order, and by no other order', async () => {
    await put({ _id: 'a', nested: { b: 1, c: 2 } })
    assert.deepEqual(idsOf(await things.find({ nested: trusted({ $eq: { b: 1, c: 2 } }) })), ['a'])
    assert.deepEqual(idsOf(await things.find({ nested: trusted({ $eq: { c: 2, b: 1 } }) })), [])
  })

  it('finds by null a list of which one element lacks the field', async () => {
    await put({ _id: 'a', list: [{ id: 1, done: true }, { id: 2 }] })
    await put({ _id: 'b', list: [{ id: 1, done: true }] })
    assert.deepEqual(idsOf(await things.find({ 'list.done': null })), ['a'])
  })

  // As mongod; the wire server in Java takes neither.
  it('takes what is absent for null where null is compared @embedded', async () => {
    await put({ _id: 'a' })
    await put({ _id: 'b', name: null })
    await put({ _id: 'c', name: 'x' })
    for (const operator of ['$gte', '$lte'])
      assert.deepEqual(idsOf(await things.find({ name: trusted({ [operator]: null }) })), ['a', 'b'], operator)
  })

  it('refuses to add to what is no number', async () => {
    await put({ _id: 'a', nested: { n: 'text' } })
    await assert.rejects(things.updateOne({ _id: 'a' }, { $inc: { 'nested.n': 1 } }))
    assert.deepEqual((await get('a'))!.nested, { n: 'text' })
  })

  it('refuses an update that says two things about one path', async () => {
    await put({ _id: 'a', nested: { x: 1 } })
    await assert.rejects(things.updateOne({ _id: 'a' }, { $set: { nested: {}, 'nested.x': 2 } }))
    assert.deepEqual(await get('a'), { _id: 'a', nested: { x: 1 } })
  })

  it('keeps the newest of a list that is cut as it grows', async () => {
    await put({ _id: 'a', tags: ['1', '2'] })
    await things.updateOne({ _id: 'a' }, { $push: { tags: { $each: ['3', '4'], $slice: -3 } } })
    assert.deepEqual((await get('a'))?.tags, ['2', '3', '4'])
  })

  it('keeps empty objects, dates, and texts of every script', async () => {
    const when = new Date('2026-02-03T04:05:06.789Z')
    await put({ _id: 'a', nested: {}, when, name: '優希 Ågren 🎈 \u{10ffff}' })
    const kept = await get('a')
    assert.deepEqual(kept?.nested, {})
    assert.equal(kept?.when?.getTime(), when.getTime())
    assert.equal(kept?.name, '優希 Ågren 🎈 \u{10ffff}')
  })

  it('sets and unsets nested paths and leaves their neighbours', async () => {
    await put({ _id: 'a', nested: { person: { x: 1 }, 'games#3': { y: 2 } } })
    await things.updateOne({ _id: 'a' }, { $set: { 'nested.person.z': 3 }, $unset: { 'nested.games#3': '' } })
    assert.deepEqual((await get('a'))?.nested, { person: { x: 1, z: 3 } })
  })

  it('says that nothing was modified when nothing changed', async () => {
    await put({ _id: 'a', n: 1 })
    const { matchedCount, modifiedCount } = await things.updateOne({ _id: 'a' }, { $set: { n: 1 } })
    assert.deepEqual({ matchedCount, modifiedCount }, { matchedCount: 1, modifiedCount: 0 })
  })

  it('raises a number only upwards with $max', async () => {
    await put({ _id: 'a', n: 5 })
    await things.updateOne({ _id: 'a' }, { $max: { n: 3 } })
    assert.equal((await get('a'))?.n, 5)
    await things.updateOne({ _id: 'a' }, { $max: { n: 8 } })
    assert.equal((await get('a'))?.n, 8)
  })

  it('pushes several, pulls by condition, and sets the element that the filter found', async () => {
    await put({ _id: 'a', list: [{ id: 1 }] })
    await things.updateOne({ _id: 'a' }, { $push: { list: { $each: [{ id: 2 }, { id: 3 }] } } })
    await raw().updateOne({ _id: 'a', 'list.id': 2 } as never, { $set: { 'list.$.done': true } })
    await things.updateOne({ _id: 'a' }, { $pull: { list: { id: trusted({ $lte: 1 }) } } })
    assert.deepEqual((await get('a'))?.list, [{ id: 2, done: true }, { id: 3 }])
  })

  it('loses no element that many push at once', async () => {
    await put({ _id: 'a', list: [] })
    await times(60, (id) => things.updateOne({ _id: 'a' }, { $push: { list: { $each: [{ id }] } } }))
    const ids = (await get('a'))?.list?.map(({ id }) => id).sort((a, b) => a - b)
    assert.deepEqual(
      ids,
      Array.from({ length: 60 }, (_, i) => i),
    )
  })

  it('reads a range of _id in order, from either end, as far as it is asked to', async () => {
    for (const _id of ['p:1', 'p:2', 'p:3', 'p;', 'o:9', 'q:1']) await put({ _id })
    const range = { _id: trusted({ $gte: 'p:', $lt: 'p;' }) }
    assert.deepEqual(idsOf(await things.find(range, { sort: { _id: 1 } })), ['p:1', 'p:2', 'p:3'])
    assert.deepEqual(idsOf(await things.find(range, { sort: { _id: -1 }, limit: 2 })), ['p:3', 'p:2'])
    assert.equal(await things.countDocuments(range), 3)
  })

  it('finds several by $in, each once, and nothing for those that are not there', async () => {
    for (const _id of ['a', 'b', 'c']) await put({ _id })
    const found = await things.find({ _id: trusted({ $in: ['c', 'a', 'a', 'none'] }) })
    assert.deepEqual(found.map(({ _id }) => _id).sort(), ['a', 'c'])
  })

  it('finds by a sparse key in the order of its values, and forgets it when it goes', async () => {
    await put({ _id: 'a', due: '-|3' })
    await put({ _id: 'b', due: '-|1' })
    await put({ _id: 'c' })
    const due = () => things.find({ due: trusted({ $gte: '-|', $lte: '-|9' }) }, { sort: { due: 1 }, limit: 5 })
    assert.deepEqual(
      (await due()).map(({ _id }) => _id),
      ['b', 'a'],
    )
    await things.updateOne({ _id: 'b' }, { $unset: { due: '' } })
    await things.updateOne({ _id: 'c' }, { $set: { due: '-|2' } })
    assert.deepEqual(
      (await due()).map(({ _id }) => _id),
      ['c', 'a'],
    )
  })

  it('finds a document by any of the strings of an array, once', async () => {
    await put({ _id: 'a', tags: ['x', 'y'] })
    await put({ _id: 'b', tags: ['y'] })
    assert.deepEqual(
      (await things.find({ tags: 'x' })).map(({ _id }) => _id),
      ['a'],
    )
    const both = await things.find({ tags: trusted({ $gte: 'x', $lte: 'z' }) })
    assert.deepEqual(both.map(({ _id }) => _id).sort(), ['a', 'b'])
    await things.updateOne({ _id: 'a' }, { $set: { tags: ['z'] } })
    assert.equal((await things.find({ tags: 'x' })).length, 0)
  })

  it('deletes what a filter means, says how many, and nothing else', async () => {
    for (const [i, _id] of ['a', 'b', 'c'].entries()) await put({ _id, n: i })
    assert.equal((await things.deleteMany({ n: trusted({ $gte: 1 }) })).deletedCount, 2)
    assert.equal((await things.deleteOne({ _id: 'none' })).deletedCount, 0)
    assert.deepEqual(
      (await things.find({})).map(({ _id }) => _id),
      ['a'],
    )
  })

  it('does not upsert through a compare-and-set that lost', async () => {
    const result = await things.updateOne({ _id: 'a', rev: 3 }, { $set: { rev: 4 } })
    assert.equal(result.matchedCount, 0)
    assert.equal(await get('a'), null)
  })

  it('takes operators from outside as values that match nothing (T21)', async () => {
    await put({ _id: 'a', name: 'secret', nested: { x: 'secret' } })
    const hostile = { $gt: '' } as unknown as string
    for (const find of [{ name: hostile }, { _id: hostile }, { tags: hostile }])
      await assert.rejects(things.findOne(find), /holds other values/)
    assert.deepEqual(await things.find({ 'nested.x': hostile }), [])
    assert.equal((await things.deleteMany({ nested: hostile as never })).deletedCount, 0)
    assert.equal((await things.find({ 'nested.x': trusted({ $gt: '' }) })).length, 1)
  })

  it('is asked by no store past what its schema declares (T21)', () => {
    const src = join(import.meta.dirname, '../../src')
    const past = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /\bconnection(\.|!\.|\?\.)(model|models|db|collection)\b/.test(readFileSync(join(src, file), 'utf8')),
    )
    // Copies and restores documents as they are, of every collection; development empties them.
    const asTheyAre = ['backup/', 'storage/', 'dev/create-dev-door.ts']
    assert.deepEqual(
      past.filter((file) => !asTheyAre.some((each) => file.startsWith(each))),
      [],
    )
  })

  it('finds nothing by what is absent, and never everything (T21)', async () => {
    await put({ _id: 'a', name: 'secret' })
    for (const ask of [
      () => byId(things, undefined as never),
      () => things.deleteMany({ name: undefined }),
      () => things.deleteMany({ nested: undefined }),
    ])
      await assert.rejects(ask(), /holds other values/)
    assert.ok(await get('a'))
  })

  it('refuses a field that no schema names, and a value of another kind, in a filter and in an update', async () => {
    await put({ _id: 'a', n: 1, tags: ['x'] })
    for (const strange of [
      { nobody: 1 },
      { 'n.x': 1 },
      { 'tags.0': 'y' },
      { n: '1' },
      { tags: [1] },
      { __proto__x: 1 },
    ]) {
      await assert.rejects(things.findOne(strange as never), /have no|holds other values/)
      await assert.rejects(things.updateOne({ _id: 'a' }, { $set: strange as never }), /have no|holds other values/)
    }
    for (const update of [{ $inc: { n: '1' } }, { $unset: { nobody: '' } }, { $push: { nobody: 1 } }, { name: 'x' }])
      await assert.rejects(
        things.updateOne({ _id: 'a' }, update as never),
        /have no|holds other values|needs operators/,
      )
    assert.deepEqual(await get('a'), { _id: 'a', n: 1, tags: ['x'] })
  })

  it('stores nothing that nobody said: no list beside what is set, and what is undefined leaves what stands', async () => {
    await put({ _id: 'a', name: 'stands', list: undefined })
    await things.updateOne({ _id: 'a' }, { $set: { name: undefined, n: 1 } })
    assert.deepEqual(await get('a'), { _id: 'a', name: 'stands', n: 1 })
  })

  it('refuses operators that it does not know, instead of missing silently', async () => {
    await put({ _id: 'a' })
    await assert.rejects(async () => raw().updateOne({ _id: 'a' } as never, { $frobnicate: { n: 1 } } as never))
    await assert.rejects(async () =>
      raw()
        .find({ n: { $frobnicate: 1 } } as never)
        .toArray(),
    )
  })

  it('is asked whether it is there, and says so', async () => {
    await database.ping()
  })

  it('builds what a store declares when it is told to and never behind a write, and says which it cannot build', async () => {
    const database = await openTestDatabase()
    const later = storeOf<Pick<Thing, '_id' | 'due'>>(
      database.connection,
      storeSchema<Pick<Thing, '_id' | 'due'>>({ _id: String, due: indexed }),
      'later',
    )
    const { db } = database.connection
    const { collection } = db
    const built: unknown[] = []
    let build = async (...asked: unknown[]): Promise<string> => String(built.push(asked))
    db.collection = ((name: string) =>
      name === 'later'
        ? { createIndex: (...asked: unknown[]) => build(...asked) }
        : collection.call(db, name)) as typeof collection
    await later.updateOne({ _id: 'a' }, { $setOnInsert: { due: '-|1' } }, { upsert: true })
    assert.deepEqual(built, [])
    await database.prepare()
    assert.deepEqual(built, [[{ due: 1 }, { sparse: true }]])

    build = () => Promise.reject(new Error('not authorized'))
    await assert.rejects(database.prepare(), /index of the collection later cannot be built\. Let this process/)
    db.collection = collection
    await database.close()
  })
})
