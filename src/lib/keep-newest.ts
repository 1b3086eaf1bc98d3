/** Keeps so many in memory at most: whoever has been there for longest since it was last put in makes room. */
export const keepNewest = <Key, Value>(kept: Map<Key, Value>, key: Key, value: Value, atMost: number): void => {
  kept.delete(key)
  kept.set(key, value)
  const [oldest] = kept.keys()
  if (kept.size > atMost && oldest !== undefined) kept.delete(oldest)
}
