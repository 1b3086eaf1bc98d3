/** The process's death, between any two of its operations. */
export class Died extends Error {}

/** The store; asked once more than is left, it first waits for what `halt` answers. */
export const haltingAfter = <T extends object>(
  store: T,
  left: { operations: number },
  halt: () => Promise<unknown>,
): T =>
  new Proxy(store, {
    get: (target, name) => {
      const method = Reflect.get(target, name) as unknown
      if (typeof method !== 'function') return method
      return async (...parameters: unknown[]) => {
        if (left.operations <= 0) await halt()
        left.operations -= 1
        return method.apply(target, parameters)
      }
    },
  })

/** The store, until it is asked once more than is left. */
export const dyingAfter = <T extends object>(store: T, left: { operations: number }): T =>
  haltingAfter(store, left, async () => {
    throw new Died()
  })

/** Lets one act run up to where it halts, does another meanwhile, and lets the first go on; false: it never halted. */
export const meanwhile = async (
  act: (halt: () => Promise<unknown>) => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<boolean> => {
  const halted = Promise.withResolvers<true>()
  const goOn = Promise.withResolvers<void>()
  const acted = act(() => {
    halted.resolve(true)
    return goOn.promise
  }).then(
    () => false,
    () => false,
  )
  const stopped = await Promise.race([halted.promise, acted])
  await other().catch(() => {})
  goOn.resolve()
  await acted
  return stopped
}
