import { type AdjustableClock, adjustableClock } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from './app.ts'

/** The product, and a clock that the test moves; when the product is closed, the clock goes right again. */
export const aTimedApp = async (
  options: Parameters<typeof aTestApp>[0] = {},
): Promise<{ app: TestApp; clock: AdjustableClock }> => {
  const clock = adjustableClock()
  try {
    const app = await aTestApp(options)
    const close = async (): Promise<void> => {
      await app.close()
      clock.reset()
    }
    return { app: { ...app, close }, clock }
  } catch (error) {
    clock.reset()
    throw error
  }
}
