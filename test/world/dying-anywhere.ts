/** The whole product, whose process dies before any operation on its storage that a test wants. */
import { type AdjustableClock, adjustableClock, second } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { aTestApp, type TestApp } from './app.ts'
import { beforeEachOperation } from './around-storage.ts'
import { openTestDatabase } from './database.ts'
import { Died } from './dying.ts'

export const aMortalApp = async () => {
  const clock: AdjustableClock = adjustableClock()
  const database = await openTestDatabase()
  /** Operations until the process dies; undefined: it lives. */
  let left: number | undefined
  const connection = beforeEachOperation(database.connection, () => {
    if (left === undefined) return
    if (left <= 0) throw new Died()
    left -= 1
  })
  const app: TestApp = await aTestApp({ database: { ...database, connection } })

  /**
   * Acts, and dies before the first operation, then before the second, and so on; each time what is left is judged. How
   * many operations the act has.
   */
  const dyingAnywhere = async <Made>(
    begin: () => Promise<Made>,
    act: (made: Made) => Promise<unknown>,
    judge: (made: Made, died: boolean) => Promise<void>,
  ): Promise<number> => {
    for (let operations = 0; ; operations++) {
      const made = await begin()
      left = operations
      const died = await act(made).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Died) && !isAppError(error)) throw error
          return true
        },
      )
      left = undefined
      // Reservations that nobody finished are settled by then.
      clock.advance(31 * second)
      await app.settled()
      await judge(made, died)
      if (!died) return operations
    }
  }

  const close = async (): Promise<void> => {
    left = undefined
    clock.reset()
    await app.close()
    await database.close()
  }

  return { app, clock, database, dyingAnywhere, close }
}

export type MortalApp = Awaited<ReturnType<typeof aMortalApp>>
