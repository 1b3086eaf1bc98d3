import assert from 'node:assert/strict'
import { writeTogether } from '../../src/lib/write-together.ts'

/** A store whose writes end when the test says so. */
const aStore = () => {
  const writes: { items: string[]; end: PromiseWithResolvers<void> }[] = []
  const begun = new EventTarget()
  return {
    writes,
    write: (items: readonly string[]) => {
      const end = Promise.withResolvers<void>()
      writes.push({ items: [...items], end })
      begun.dispatchEvent(new Event(String(writes.length)))
      return end.promise
    },
    /** Once so many were begun. */
    begun: (count: number) =>
      writes.length >= count
        ? undefined
        : new Promise((resolve) => begun.addEventListener(String(count), resolve, { once: true })),
  }
}

describe('what many write at once', () => {
  it('is one write for those of a turn and for those who come while it is under way, each told when theirs is done', async () => {
    const store = aStore()
    const write = writeTogether(store.write)
    const told: string[] = []
    const say = (...items: string[]) => write(items).then(() => told.push(items.join('')))
    const first = [say('a'), say('b', 'c')]
    await store.begun(1)
    const later = [say('d'), say('e')]
    assert.deepEqual([store.writes.map(({ items }) => items), told], [[['a', 'b', 'c']], []])
    store.writes[0]!.end.resolve()
    await Promise.all(first)
    await store.begun(2)
    assert.deepEqual(
      [store.writes[1]!.items, told],
      [
        ['d', 'e'],
        ['a', 'bc'],
      ],
    )
    store.writes[1]!.end.resolve()
    await Promise.all(later)
    assert.deepEqual([told, store.writes.length], [['a', 'bc', 'd', 'e'], 2])
  })

  it('is refused to each of them where their write failed, and to nobody after them', async () => {
    const store = aStore()
    const write = writeTogether(store.write)
    const refused = Promise.allSettled([write(['a']), write(['b'])])
    await store.begun(1)
    const later = write(['c'])
    store.writes[0]!.end.reject(new Error('no store'))
    for (const each of await refused) assert.match(String((each as PromiseRejectedResult).reason), /no store/)
    await store.begun(2)
    assert.deepEqual(store.writes[1]!.items, ['c'])
    store.writes[1]!.end.resolve()
    await later
  })
})
