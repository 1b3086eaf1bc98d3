/**
 * Ends what is under way after so many milliseconds, or when somebody breaks it off. `putAway` once it is over: the
 * time-out of a signal's own (`AbortSignal.timeout`) would hold all that belongs to a call until it is reached.
 */
export const createDeadline = (milliseconds: number) => {
  const controller = new AbortController()
  // Made when it is needed: it takes a trace of the stack along.
  let late: DOMException | undefined
  const timer = setTimeout(() => {
    late = new DOMException('The time for it is up.', 'TimeoutError')
    controller.abort(late)
  }, milliseconds)
  return {
    signal: controller.signal,
    breakOff: (): void => controller.abort(),
    /** Whether it was the time. */
    isLate: (): boolean => late !== undefined && controller.signal.reason === late,
    putAway: (): void => clearTimeout(timer),
  }
}

export type Deadline = ReturnType<typeof createDeadline>
