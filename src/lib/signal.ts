/**
 * Something that a lower feature says has happened, or asks for, and that one connects later: whoever speaks need not know
 * who listens. Spoken before anybody is connected the map is wrong, and says so.
 */
export const createSignal = <Said extends unknown[], Answer = void>(name: string) => {
  let listener: ((...said: Said) => Answer) | undefined
  return {
    emit: (...said: Said): Answer => {
      if (!listener) throw new Error(`nobody is connected to ${name}`)
      return listener(...said)
    },
    connect: (to: (...said: Said) => Answer): void => {
      listener = to
    },
  }
}

export type Signal<Said extends unknown[], Answer = void> = ReturnType<typeof createSignal<Said, Answer>>
