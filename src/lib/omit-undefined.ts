/** Leaves undefined members out: the store would keep them as null, and absent is not null here. */
export const omitUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as T
