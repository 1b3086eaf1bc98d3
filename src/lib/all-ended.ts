/** As `Promise.all`, but not before each has ended: where one fails, none goes on beside what comes next, or past a stop. */
export const allEnded = async <T>(begun: readonly Promise<T>[]): Promise<T[]> => {
  await Promise.allSettled(begun)
  return Promise.all(begun)
}
