const refuse = () => {
  throw new TypeError('this is frozen')
}

/** Nothing below can be changed any more, the entries of maps and sets included. Bytes stay as they are: they can't be frozen. */
export const deepFreeze = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Object.isFrozen(value)) return value
  if (value instanceof Map || value instanceof Set) {
    for (const entry of value.values()) deepFreeze(entry)
    for (const change of ['set', 'add', 'delete', 'clear']) Object.defineProperty(value, change, { value: refuse })
  } else {
    for (const part of Object.values(value)) deepFreeze(part)
  }
  return Object.freeze(value)
}
