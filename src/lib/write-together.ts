import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * One write for all that is asked in a turn, or while the write before is under way: many at once wait for one answer of
 * the store instead of one each, and whoever comes alone waits for nobody. Each is told once all of its write is durable;
 * should that fail, each of them is told so.
 */
export const writeTogether = <Item>(write: (items: readonly Item[]) => Promise<unknown>) => {
  let next: { items: Item[]; done: Promise<unknown> } | undefined
  let last: Promise<unknown> = Promise.resolve()

  const begin = () => {
    const items: Item[] = []
    const done = last.then(nextTurn).then(() => {
      next = undefined
      return write(items)
    })
    last = done.catch(() => {})
    return { items, done }
  }

  return async (items: readonly Item[]): Promise<void> => {
    next ??= begin()
    next.items.push(...items)
    await next.done
  }
}
